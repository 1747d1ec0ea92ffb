"""Everything that reviews say, in one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tunesmith.estimates import Estimate
from tunesmith.evaluate.findings import ContestReport, Rates, Report, Tally
from tunesmith.evaluate.reviews import Contest, Counts, Review, Totals, contests_of

from .agreement import agreements_of
from .bouts import by_question
from .groups import columns_of, groups_of
from .length import length_bias
from .notes import notes_on
from .positions import position_bias
from .rules import both_orders, one_order, points_by_question, rates, ratio_of, shown, totals_of
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
        baseline: The model that the others are measured against; the first one if left out.
        by: Columns of facts to group by; the usual ones that there are if left out.
        votes: What people said, to hold the judges against; they do not count as verdicts.
        seed: Of the orders in which Elo games are played.
        resamples: In how many such orders, at most.

    Raises:
        UsageError: No question has a column that was asked for.
    """
    contests = contests_of(reviews, baseline)
    columns = columns_of(contests, by)
    standings, notes = standings_of(contests, seed, resamples)
    return Report(
        tuple(_contest(contest, columns) for contest in contests),
        tuple(agreements_of(contests, _seen_alike(votes, contests))),
        standings,
        scores_given(reviews),
        notes,
    )


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
    found = []
    for one in counts:
        signs = [Tally(1, 0, 0)] * one.wins + [Tally(0, 1, 0)] * one.ties + [Tally(0, 0, 1)] * one.losses
        found.append(
            ContestReport(
                one.model, one.baseline, len(signs), len(signs), 0, 0, None, Estimate(),
                nothing, rates(signs), nothing, nothing,
            )
        )  # fmt: skip
    return tuple(found)


def scores_given(reviews: Iterable[Review]) -> dict[str, dict[float, int]]:
    """How often each judge gave each score, in readable reviews; judges and scores in order."""
    counts: dict[str, Counter[float]] = {}
    for review in reviews:
        if review.scores is not None and review.sign is not None:
            counts.setdefault(review.judge, Counter()).update(map(float, review.scores))
    return {judge: dict(sorted(counts[judge].items())) for judge in sorted(counts)}


def _contest(contest: Contest, columns: Iterable[str]) -> ContestReport:
    questions = by_question(contest)
    points = points_by_question(contest)
    read = sum(len(bout.read) for bout in contest.bouts)
    found = ContestReport(
        model=contest.model,
        baseline=contest.baseline,
        questions=len(questions),
        verdicts=read,
        unreadable=sum(len(bout.verdicts) for bout in contest.bouts) - read,
        both_orders=sum(bout.both_orders for bout in contest.bouts),
        totals=totals_of(points),
        relative=ratio_of(points),
        by_verdict=one_order(contest),
        by_question=both_orders(contest),
        ours_first=shown(contest, True),
        theirs_first=shown(contest, False),
        positions=position_bias(contest),
        length=length_bias(contest),
        groups=tuple(groups_of(contest, columns)),
    )
    return replace(found, notes=tuple(notes_on(contest, found)))


def _seen_alike(votes: Sequence[Review], contests: Sequence[Contest]) -> list[Contest]:
    """People's votes as contests that are seen from the same models as the judges' are."""
    found = []
    for contest in contests:
        pair = {contest.model, contest.baseline}
        found += contests_of([vote for vote in votes if set(vote.models) == pair], contest.baseline)
    return found
