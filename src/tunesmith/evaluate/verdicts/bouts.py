"""What the verdicts on a question say on balance."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from tunesmith.evaluate.findings import Tally
from tunesmith.evaluate.reviews import Bout, Contest, Verdict

_NOTHING = 1e-9  # what rounding leaves of thirds that cancel each other


def by_question(contest: Contest) -> dict[str, list[Bout]]:
    """The bouts that have a readable verdict, by question: one for each judge."""
    found: dict[str, list[Bout]] = {}
    for bout in contest.bouts:
        if bout.read:
            found.setdefault(bout.question, []).append(bout)
    return found


def balance(bouts: Iterable[Bout]) -> float:
    """Mean sign of the verdicts on a question, from -1 to 1; each judge counts the same, however often it was heard.

    Args:
        bouts: Of one question, each with a readable verdict.
    """
    means = [fsum(verdict.sign or 0 for verdict in bout.read) / len(bout.read) for bout in bouts]
    mean = fsum(means) / len(means)
    return 0.0 if abs(mean) < _NOTHING else mean


def outcome(bouts: Iterable[Bout]) -> int:
    """1 if the verdicts on a question speak for us on balance, -1 if for them, 0 if they cancel each other.

    With one judge and both orders, we have won if one order was won and the other not lost (L. Chen et al., AlpaGasus,
    2023). With several judges, each has one voice.
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
