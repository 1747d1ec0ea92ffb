"""Drawing rows at random: each equally likely, so many of each kind, or by weight.

Rows are gone through in their order, twice or more, and not held. A draw depends on the seed and on the number of rows
(and their kinds or weights) alone; `random.Random.random` gives the same numbers on every version of Python.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from math import log
from random import Random
from typing import Any

from tunesmith.rows import Row

from .threshold import NoRating, part_of, rating_of

Size = Callable[[int], int]
"""How many to draw of so many rows; never more than there are, whatever it says."""

Draw = Iterator[tuple[Row, str]]
"""Each row, with the reason why it was not drawn; no reason if it was."""

NOT_DRAWN = "not drawn"


def size_of(n: int | None = None, share: float | None = None) -> Size:
    """So many rows, or a share of them: rounded, but at least one."""
    return lambda rows: part_of(share, rows) if share is not None else min(rows, n or 0)


def uniform(rows: Iterable[Row], size: Size, seed: int) -> Draw:
    """Draw so many rows, every set of that size equally likely.

    Selection sampling: a row is drawn with the chance (still wanted) / (still to come), which comes out at exactly the
    number wanted (D. E. Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).

    Args:
        rows: The rows; gone through twice.
        size: How many to draw.
        seed: Of the random numbers.
    """
    return _select(rows, lambda _: "", lambda counts: {kind: size(number) for kind, number in counts.items()}, seed)


def stratified(rows: Iterable[Row], size: Size, seed: int, by: str, cap: int | None = None) -> Draw:
    """Draw from the rows with each value of a column in proportion to their number.

    Each value's rows get their exact share of the draw, rounded down or up: up for the largest remainders, the value
    that came first winning a tie (the method of Hamilton, or of largest remainders). There is no least number: of a
    value with very few rows there may be none, as rounding up for all of them could take more than is wanted.

    Args:
        rows: The rows; gone through twice.
        size: How many to draw in all.
        seed: Of the random numbers.
        by: The column. Rows without it are one kind more.
        cap: Most rows of one value; where a value has more, only so many count towards its share.
    """

    def wanted(counts: Counter[str]) -> dict[str, int]:
        capped = Counter({kind: number if cap is None else min(number, cap) for kind, number in counts.items()})
        return shares(capped, min(size(counts.total()), capped.total()))

    return _select(rows, lambda row: _kind(row.get(by)), wanted, seed)


def shares(counts: Counter[str], size: int) -> dict[str, int]:
    """A number of rows shared out in proportion, whole rows each, by largest remainders."""
    total = counts.total()
    exact = {kind: divmod(size * number, total) for kind, number in counts.items()}
    left = size - sum(whole for whole, _ in exact.values())
    up = sorted(exact, key=lambda kind: -exact[kind][1])[:left]  # stable: of equals those that came first
    return {kind: whole for kind, (whole, _) in exact.items()} | {kind: exact[kind][0] + 1 for kind in up}


def weighted(rows: Iterable[Row], size: Size, seed: int, by: str) -> Draw:
    """Draw without replacement, each next row with a chance in proportion to its weight among those that are left.

    A row of weight w gets the key log(u) / w, u uniform between 0 and 1, and the largest keys are drawn (P. S.
    Efraimidis and P. G. Spirakis, Weighted Random Sampling with a Reservoir, 2006, algorithm A). Only the keys drawn
    so far are held.

    Args:
        rows: The rows; gone through three times.
        size: How many to draw.
        seed: Of the random numbers.
        by: The column with the weights. Rows of weight 0, less than 0 or none are never drawn.
    """
    random, most = Random(seed), size(sum(1 for _ in rows))
    drawn: list[tuple[float, int]] = []
    for place, row in enumerate(rows):
        weight, _ = _weight(row, by)
        if weight:
            key = log(1 - random.random()) / weight  # 1 - u is never 0
            (heapq.heappush if len(drawn) < most else heapq.heappushpop)(drawn, (key, -place))
    places = {-place for _, place in drawn}
    for place, row in enumerate(rows):
        yield row, "" if place in places else _weight(row, by)[1] or NOT_DRAWN


def _weight(row: Row, by: str) -> tuple[float, str]:
    """A row's weight, and why it is never drawn if it has none."""
    try:
        weight = rating_of(row.get(by))
    except NoRating:
        return 0.0, f"never drawn: no number as weight in {by}"
    if weight > 0:
        return weight, ""
    return 0.0, f"never drawn: the weight in {by} is {'less than 0' if weight < 0 else '0'}"


def _kind(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _select(
    rows: Iterable[Row], kind_of: Callable[[Row], str], wanted: Callable[[Counter[str]], dict[str, int]], seed: int
) -> Draw:
    """Selection sampling within each kind of row."""
    left = Counter(kind_of(row) for row in rows)
    needed, random = wanted(left), Random(seed)
    for row in rows:
        kind = kind_of(row)
        is_drawn = random.random() * left[kind] < needed[kind]
        left[kind] -= 1
        needed[kind] -= is_drawn
        yield row, "" if is_drawn else NOT_DRAWN
