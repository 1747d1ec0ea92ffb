"""What the verdicts on a question say on balance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import fsum

from tunesmith.evaluate.findings import Tally
from tunesmith.evaluate.reviews import Bout, Contest, Verdict

_NOTHING = 1e-9  # what rounding leaves of thirds that cancel each other


def by_question(contest: Contest) -> dict[str, list[Bout]]:
    """The bouts that have a readable verdict, by question: one for each judge and turn."""
    found: dict[str, list[Bout]] = {}
    for bout in contest.bouts:
        if bout.read:
            found.setdefault(bout.question, []).append(bout)
    return found


def counted(contest: Contest) -> Contest:
    """The bouts that count where each question counts once.

    If most of those with known orders were read in both, those read in one only are left out: what a judge's liking
    for a place does to the others cancels out, and would come back by these. A tie that nobody was asked about stays.
    """
    return (
        replace(contest, bouts=tuple(bout for bout in contest.bouts if not bout.one_order))
        if paired(contest)
        else contest
    )


def paired(contest: Contest) -> bool:
    """Whether most bouts with known orders were read in both."""
    both = sum(bout.both_orders for bout in contest.bouts)
    return both > sum(bout.one_order for bout in contest.bouts)


def balance(bouts: Iterable[Bout]) -> float:
    """Mean sign of the verdicts on a question, from -1 to 1.

    Of a bout, both orders weigh the same; of a judge, all turns; and of a question, all judges, however often each was
    heard.

    Args:
        bouts: Of one question, each with a readable verdict.
    """
    turns: dict[str, list[float]] = {}
    for bout in bouts:
        orders: dict[bool | None, list[int]] = {}
        for verdict in bout.read:
            orders.setdefault(verdict.first, []).append(verdict.sign or 0)
        turns.setdefault(bout.judge, []).append(_mean([_mean(signs) for signs in orders.values()]))
    mean = _mean([_mean(means) for means in turns.values()])
    return 0.0 if abs(mean) < _NOTHING else mean


def _mean(numbers: Sequence[float]) -> float:
    return fsum(numbers) / len(numbers)


def outcome(bouts: Iterable[Bout]) -> int:
    """1 if the verdicts on a question speak for us on balance, -1 if for them, 0 if they cancel each other.

    With one judge who saw each order once, we have won if one order was won and the other not lost (L. Chen et al.,
    AlpaGasus, 2023). How more verdicts than these are weighed is told at `balance`.
    """
    mean = balance(bouts)
    return (mean > 0) - (mean < 0)


def tally_of(signs: Iterable[int]) -> Tally:
    """Wins, ties and losses among signs."""
    kept = list(signs)
    return Tally(kept.count(1), kept.count(0), kept.count(-1))


def verdicts_on(bouts: Iterable[Bout]) -> list[Verdict]:
    """All readable verdicts of some bouts."""
    return [verdict for bout in bouts for verdict in bout.read]
