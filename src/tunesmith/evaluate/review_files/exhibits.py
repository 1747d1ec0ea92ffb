"""Reviews as a page shows them: question by question, both answers, and what judges said."""

from __future__ import annotations

from collections.abc import Iterable

from tunesmith.evaluate.page import Ruling, Shown
from tunesmith.evaluate.reviews import Review, contests_of


def exhibits_of(reviews: Iterable[Review], baseline: str | None = None) -> list[Shown]:
    """Questions with both answers, as far as these are known, the model's before the baseline's.

    Args:
        reviews: Of any models.
        baseline: As for `contests_of`.
    """
    kept = [review for review in reviews if review.answers is not None]
    ours = {frozenset((one.model, one.baseline)): one.model for one in contests_of(kept, baseline)}
    found: dict[tuple[str, str, str], list[Review]] = {}
    for review in kept:
        model = ours[frozenset(review.models)]
        other = review.models[1] if review.models[0] == model else review.models[0]
        found.setdefault((model, other, review.question), []).append(review)
    return [_shown(model, other, question, given) for (model, other, question), given in found.items()]


def _shown(model: str, other: str, question: str, reviews: list[Review]) -> Shown:
    first = reviews[0]
    answers = dict(zip(first.models, first.answers or ("", ""), strict=True))
    return Shown(
        first.asked or question,
        ((model, answers[model]), (other, answers[other])),
        tuple(_ruling(review) for review in reviews),
        str(next((first.facts[name] for name in ("category", "dataset") if name in first.facts), "")),
        question if question != first.asked else "",
    )


def _ruling(review: Review) -> Ruling:
    preferred = None if review.sign is None else ("tie", review.models[0], review.models[1])[review.sign]
    return Ruling(review.judge, review.models, review.scores, preferred, review.why)
