"""Exact figures of the binomial distribution: Clopper and Pearson's interval, and the sign test."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, lgamma, log, log1p

from tunesmith.estimates import Estimate

_TAIL = 0.025
_HALVINGS = 60  # of the interval from 0 to 1: to the last digit of a float


def at_least(successes: int, trials: int, chance: float) -> float:
    """How likely it is that so many trials or more succeed.

    The terms are summed from the first one on the falling side of the distribution, where each is smaller than the one
    before, until they no longer matter.
    """
    if successes <= 0:
        return 1.0
    if chance <= 0.0 or successes > trials:
        return 0.0
    if chance >= 1.0:
        return 1.0
    if successes <= trials * chance:
        return 1.0 - at_least(trials - successes + 1, trials, 1.0 - chance)
    ways = lgamma(trials + 1) - lgamma(successes + 1) - lgamma(trials - successes + 1)
    term = total = exp(ways + successes * log(chance) + (trials - successes) * log1p(-chance))
    odds = chance / (1.0 - chance)
    for number in range(successes, trials):
        term *= (trials - number) / (number + 1) * odds
        total += term
        if term <= 1e-17 * total:  # where all underflow, there is nothing to sum
            break
    return min(1.0, total)


def exact_share(happened: int, rows: int) -> Estimate:
    """A share of independent rows with the exact interval (C. J. Clopper and E. S. Pearson, 1934).

    It holds the truth at least 95 % of the time whatever the truth is, and mostly some 96 to 98 %.
    """
    if not rows:
        return Estimate()
    low = _crossing(lambda chance: at_least(happened, rows, chance) > _TAIL) if happened else 0.0
    high = _crossing(lambda chance: at_least(happened + 1, rows, chance) > 1 - _TAIL) if happened < rows else 1.0
    return Estimate(happened / rows, low, high, rows)


def _crossing(is_above: Callable[[float], bool]) -> float:
    """Where something that grows with the chance crosses what it is held against."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return (low + high) / 2


def sign_test(wins: int, losses: int) -> float | None:
    """The two-sided exact p of as uneven a split or worse, if a win were as likely as a loss; ties say nothing."""
    decided = wins + losses
    return min(1.0, 2 * at_least(max(wins, losses), decided, 0.5)) if decided else None
