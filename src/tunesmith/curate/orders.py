"""The orders in which a judge is shown the answers to one question."""

from __future__ import annotations

from math import factorial
from random import Random

Order = tuple[int, ...]
"""Which answer stands at each place, counted from 0."""


def draw_orders(answers: int, wanted: int, seed: str) -> list[Order]:
    """Draw orders that all differ: one by lot, its reverse, another by lot, its reverse and so on.

    In the reverse, each two answers stand the other way round, which is what shows whether their places made the
    verdict.

    Args:
        answers: How many answers there are.
        wanted: How many orders; of two answers there are only two, of three six.
        seed: Decides the lot.

    Returns:
        As many orders as wanted, or all that there are.
    """
    dice, found = Random(seed), dict[Order, None]()
    wanted = min(wanted, factorial(answers))
    while len(found) < wanted:
        drawn = tuple(dice.sample(range(answers), answers))
        for order in (drawn, drawn[::-1]):
            if len(found) < wanted:
                found.setdefault(order)
    return list(found)


def in_own_order(shown: Order, values: tuple[float, ...]) -> tuple[float, ...]:
    """Take values from the order shown back to the answers' own: the inverse of showing them."""
    own = dict(zip(shown, values, strict=True))
    return tuple(own[answer] for answer in range(len(shown)))
