"""Who is better, or that nobody can tell: the one rule for pages, tables, cards and JSON.

One model is called better only if the 95 % interval of its win rate excludes a half, and the sign test says so as well.
Where not every question was judged in both orders, it must also be so with both orders weighing the same: a judge who
always prefers the place shown first would otherwise make a winner of whoever stood there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from tunesmith.estimates import Estimate
from tunesmith.evaluate.findings import ContestReport

Outcome = Literal["better", "worse", "not told apart", "not told from its place", "not measured"]

_LEVEL = 0.05


def outcome(contest: ContestReport) -> Outcome:
    """What the reviews say of our model; by the rule for both orders."""
    rates = contest.by_question
    if rates.win_rate.value is None:
        return "not measured"
    found = side(rates.win_rate, rates.sign_test)
    if not found:
        return "not told apart"
    if hangs_on_order(contest) and side(contest.balanced) != found:
        return "not told from its place"
    return "better" if found > 0 else "worse"


def side(rate: Estimate, p: float | None = None) -> int:
    """1 if a rate is surely above a half, -1 if it is surely below, 0 if nobody can tell.

    Args:
        rate: With its interval.
        p: Of the sign test, where there is one.
    """
    if p is not None and p >= _LEVEL:
        return 0
    return (rate.low is not None and rate.low > 0.5) - (rate.high is not None and rate.high < 0.5)


def hangs_on_order(contest: ContestReport) -> bool:
    """Whether a liking for a place may have come into the figures: the orders are known, and not both were judged."""
    known = contest.ours_first.tally.n + contest.theirs_first.tally.n
    return not contest.paired and 0 < contest.verdicts <= 2 * known


def together(contests: Sequence[ContestReport]) -> Iterator[str]:
    """What is left of several contests' verdicts if they are looked at together (S. Holm, 1979).

    Of many models that are all as good as the baseline, some one looks better or worse by chance more often than not.
    """
    names = [f"{one.model} against {one.baseline}" for one in contests]
    ranked = sorted(
        (1.0 if one.by_question.sign_test is None else one.by_question.sign_test, name)
        for name, one in zip(names, contests, strict=True)
        if outcome(one) != "not measured"
    )
    held = 0
    while held < len(ranked) and ranked[held][0] * (len(ranked) - held) < _LEVEL:
        held += 1
    stay = {name for _, name in ranked[:held]}
    told = [name for name, one in zip(names, contests, strict=True) if outcome(one) in ("better", "worse")]
    if len(ranked) > 1 and (fall := [name for name in told if name not in stay]):
        yield (
            f"Of {len(ranked):,} comparisons, one or another may seem decided by chance: by Holm's correction of the "
            f"sign tests, {len(told) - len(fall):,} of {len(told):,} decided ones remain so, but not {', '.join(fall)}."
        )
