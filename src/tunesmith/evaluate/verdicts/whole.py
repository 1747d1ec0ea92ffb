"""Everything that reviews say, in one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate
from tunesmith.evaluate.findings import Agreement, ContestReport, Rates, Report, Tally
from tunesmith.evaluate.reviews import Contest, Counts, Review, Totals, contests_of
from tunesmith.text import nearest

from .agreement import agreements_of
from .bouts import by_question, counted, paired
from .groups import columns_of, groups_of, left_out
from .length import length_bias
from .notes import notes_on
from .outcome import together
from .positions import balanced, position_bias
from .rules import both_orders, one_order, points_by_question, rates_of, ratio_of, shown, totals_of
from .standings import standings_of


def report(
    reviews: Sequence[Review],
    baseline: str | None = None,
    by: Sequence[str] = (),
    votes: Sequence[Review] = (),
    seed: int = 0,
    resamples: int = 2000,
) -> Report:
    """Everything that reviews say.

    No interval is drawn by lot: they follow from formulas and from leaving out one question at a time, and hold the
    truth no less often than a bootstrap's do (`benchmarks/judge_coverage.py`).

    Args:
        reviews: Of any models, in any order.
        baseline: The model that the others are measured against; if left out, as `contests_of` says.
        by: Columns of facts to group by; the usual ones that there are if left out.
        votes: What people said, to hold the judges against; they do not count as verdicts.
        seed: Of the orders in which Elo games are played.
        resamples: In how many such orders, at most.

    Raises:
        UsageError: No question has a column that was asked for, or there is no such baseline.
    """
    known = dict.fromkeys(name for review in reviews for name in review.models)
    if baseline and known and baseline not in known:
        raise UsageError(
            f"no review is of the baseline {baseline!r}{nearest(baseline, known)}; there are {', '.join(known)}"
        )
    contests = contests_of(reviews, baseline)
    columns = columns_of(contests, by)
    kept = [counted(contest) for contest in contests]
    found = tuple(_contest(*both, columns) for both in zip(contests, kept, strict=True))
    agreements = tuple(agreements_of(kept, _seen_alike(votes, contests)))
    standings, notes = standings_of(kept, seed, resamples)
    notes = (*together(found), *map(_unsure, filter(lambda one: one.why, agreements)), *notes)
    return Report(found, agreements, standings, scores_given(reviews), (*notes, *left_out(kept, columns, by)))


def report_of_totals(totals: Iterable[Totals]) -> tuple[ContestReport, ...]:
    """Relative scores of published totals: without intervals, which would need the questions."""
    nothing = Rates(Tally())
    return tuple(
        ContestReport(
            one.model, one.baseline, 0, 0, 0, 0, one.points,
            Estimate(one.points[0] / one.points[1] if one.points[1] else None),
            nothing, nothing, nothing, nothing,
            notes=("Only totals are known, so there are no intervals.",),
        )
        for one in totals
    )  # fmt: skip


def report_of_counts(counts: Iterable[Counts]) -> tuple[ContestReport, ...]:
    """Rates of published counts of questions won, tied and lost, each taken for independent of the others."""
    nothing = Rates(Tally())
    tallies = [(one, Tally(one.wins, one.ties, one.losses)) for one in counts]
    return tuple(
        ContestReport(
            one.model, one.baseline, tally.n, tally.n, 0, 0, None, Estimate(),
            nothing, rates_of(tally), nothing, nothing,
            notes=("Only counts are known: not who judged, nor which answer was shown first.",),
        )
        for one, tally in tallies
    )  # fmt: skip


def scores_given(reviews: Iterable[Review]) -> dict[str, dict[float, int]]:
    """How often each judge gave each score, in readable reviews; judges and scores in order."""
    counts: dict[str, Counter[float]] = {}
    for review in reviews:
        if review.scores is not None and review.sign is not None:
            counts.setdefault(review.judge, Counter()).update(map(float, review.scores))
    return {judge: dict(sorted(counts[judge].items())) for judge in sorted(counts)}


def _unsure(found: Agreement) -> str:
    judges = " and ".join(judge or "the judge" for judge in found.judges)
    return f"Kappa and F1 of {judges} have no interval: {found.why}."


def _contest(contest: Contest, kept: Contest, columns: Iterable[str]) -> ContestReport:
    """What is found out about a contest, of which the bouts kept count where each question counts once."""
    questions = by_question(contest)
    points = points_by_question(kept)
    asked = [verdict for bout in contest.bouts for verdict in bout.verdicts if not verdict.same and not verdict.absent]
    read = sum(len(bout.given) for bout in contest.bouts)
    absent = {(name, bout.question) for bout in contest.bouts for name in bout.absent}
    found = ContestReport(
        model=contest.model,
        baseline=contest.baseline,
        questions=len(questions),
        verdicts=read,
        unreadable=len(asked) - read,
        both_orders=sum(bout.both_orders for bout in contest.bouts),
        totals=totals_of(points),
        relative=ratio_of(points),
        by_verdict=one_order(contest),
        by_question=both_orders(kept),
        ours_first=shown(contest, True),
        theirs_first=shown(contest, False),
        positions=position_bias(contest),
        length=length_bias(kept),
        groups=tuple(groups_of(kept, columns)),
        same=sum(not any(bout.given for bout in bouts) for bouts in questions.values()),
        absent=dict(sorted(Counter(name for name, _ in absent).items())),
        paired=paired(contest),
        balanced=balanced(contest),
    )
    return replace(found, notes=tuple(notes_on(contest, found)))


def _seen_alike(votes: Sequence[Review], contests: Sequence[Contest]) -> list[Contest]:
    """People's votes as contests that are seen from the same models as the judges' are."""
    found = []
    for contest in contests:
        pair = {contest.model, contest.baseline}
        found += contests_of([vote for vote in votes if set(vote.models) == pair], contest.baseline)
    return found
