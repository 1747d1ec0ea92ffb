"""How many different things there are among rows, and how many there would be among fewer of them.

The number of different things grows with the number of rows, so that two sets of different size can only be compared
at the same size: by the number that is expected in a random subset of the larger one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache

from tunesmith.estimates import Estimate, jackknife


def rarefied(counts: Iterable[int], rows: int, subset: int) -> Estimate:
    """How many different things are to be expected in a random subset of the rows, drawn without replacement.

    A thing that N_k of all N rows have is missing from m of them with the chance C(N - N_k, m) / C(N, m), so that

        E = sum over k of 1 - C(N - N_k, m) / C(N, m)

    (S. H. Hurlbert, "The nonconcept of species diversity", Ecology 52, 1971, equation 14). The interval is for what m
    rows from the same source would have, not for the other subsets of these rows.

    Args:
        counts: For each thing, how many rows have it; no row has two.
        rows: How many rows there are, with or without such a thing.
        subset: How many rows the subset has; not more than there are.
    """
    often = Counter(counts)

    @cache
    def present(have: int, of: int, drawn: int) -> float:
        """The chance that at least one of the rows that have a thing is drawn."""
        if not have or not drawn:
            return 0.0
        if drawn > of - have:
            return 1.0
        missing = 1.0
        for row in range(have):
            missing *= (of - drawn - row) / (of - row)
        return 1 - missing

    def expected(of: int, drawn: int) -> float:
        return sum(things * present(have, of, drawn) for have, things in often.items())

    value = expected(rows, subset)
    if rows < 2 or not subset:
        return Estimate(value, rows=rows)
    fewer = min(subset, rows - 1)
    all_but_one = expected(rows - 1, fewer)
    without = Counter({all_but_one: rows - sum(have * things for have, things in often.items())})
    for have, things in often.items():
        lost = present(have, rows - 1, fewer) - present(have - 1, rows - 1, fewer)
        without[all_but_one - lost] += have * things
    return jackknife(value, without.items(), 0.0, float(subset))
