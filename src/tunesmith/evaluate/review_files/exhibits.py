"""Reviews as a page shows them: question by question, both answers, and what judges said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunesmith.evaluate.page import Ruling, Shown
from tunesmith.evaluate.reviews import Contest, Review, contests_of
from tunesmith.evaluate.verdicts.bouts import by_question, counted, outcome


def exhibits_of(reviews: Iterable[Review], baseline: str | None = None) -> list[Shown]:
    """Questions with both answers, as far as these are known, the model's before the baseline's.

    Args:
        reviews: Of any models.
        baseline: As for `contests_of`.
    """
    found: dict[tuple[frozenset[str], str], list[Review]] = {}
    kept = list(reviews)
    for review in kept:
        found.setdefault((frozenset(review.models), review.question), []).append(review)
    shown = {key: one for contest in contests_of(kept, baseline) for key, one in _of_contest(contest, found)}
    return [shown[key] for key in found if key in shown]


def _of_contest(
    contest: Contest, reviews: dict[tuple[frozenset[str], str], list[Review]]
) -> Iterator[tuple[tuple[frozenset[str], str], Shown]]:
    """The questions of a contest of which answers are known, each with what it counts as."""
    pair, bouts = frozenset((contest.model, contest.baseline)), by_question(counted(contest))
    for question in dict.fromkeys(bout.question for bout in contest.bouts):
        given = reviews[pair, question]
        first = next((review for review in given if review.answers is not None), None)
        if first is None or first.answers is None:
            continue
        answers = dict(zip(first.models, first.answers, strict=True))
        counts = ("tied", "won", "lost")[outcome(bouts[question])] if question in bouts else _left(given)
        yield (
            (pair, question),
            Shown(
                first.asked or question,
                ((contest.model, answers[contest.model]), (contest.baseline, answers[contest.baseline])),
                counts,
                tuple(_ruling(review) for review in given),
                str(next((first.facts[name] for name in ("category", "dataset") if name in first.facts), "")),
            ),
        )


def _left(reviews: Iterable[Review]) -> str:
    """Why a question counts for nothing: a verdict is unreadable; or an answer is missing, or one of both orders."""
    unread = all(review.sign is None and not review.absent for review in reviews)
    return "unreadable" if unread else "left out"


def _ruling(review: Review) -> Ruling:
    preferred = None if review.sign is None else ("tie", review.models[0], review.models[1])[review.sign]
    unasked = "both answers are the same" if review.same else ""
    if review.absent:
        unasked = f"no answer of {' or '.join(review.absent)}"
    return Ruling(review.judge, review.models, review.scores, preferred, review.why, review.shown, unasked)
