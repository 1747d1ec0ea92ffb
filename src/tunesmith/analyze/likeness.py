"""How alike rows are on average: ROUGE-L over pairs of rows, within groups of them and between."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from math import fsum
from typing import Any, Literal

from tunesmith.curate.rouge import f_measure
from tunesmith.estimates import Estimate, jackknife
from tunesmith.text import CommonSubsequence

Kind = Literal["within", "between", "all"]


@dataclass(frozen=True, slots=True)
class Average:
    """ROUGE-L's F-measure, averaged over pairs of rows.

    Attributes:
        estimate: The average and its interval.
        pairs: How many pairs were measured.
        of: How many there are; if more, those measured are a random sample.
    """

    estimate: Estimate = Estimate()
    pairs: int = 0
    of: int = 0

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold of it: everything."""
        return {**asdict(self.estimate), "pairs": self.pairs, "of": self.of}


def average(texts: Sequence[list[str]], groups: Sequence[object], kind: Kind, most: int, seed: int) -> Average:
    """Average ROUGE-L over the pairs of one kind.

    Every pair counts the same, so that a group of twice the size has four times the weight. The interval is for what
    other rows from the same source would give; that they come each with its group, as these do, is part of it. Pairs
    share rows, so a pair too many tells little: the interval comes from leaving out each row with all of its pairs.

    Args:
        texts: Each row as words; none is without.
        groups: The group that each row belongs to.
        kind: Pairs of rows of the same group, of different groups, or all.
        most: The most pairs to measure; if there are more, so many are drawn.
        seed: For drawing them.
    """
    order = sorted(range(len(texts)), key=_places(groups).__getitem__)
    pairs = _Pairs([groups[row] for row in order], kind)
    chosen: Iterator[int] = iter(range(pairs.number))
    if pairs.number > most:
        chosen = iter(sorted(random.Random(f"{seed} {kind}").sample(range(pairs.number), most)))
    scores: list[float] = []
    number, total = [0] * len(order), [0.0] * len(order)
    last, common, words = -1, CommonSubsequence([]), list[str]()
    for one, other in map(pairs.pair, chosen):
        if one != last:
            last, words = one, texts[order[one]]
            common = CommonSubsequence(words)
        others = texts[order[other]]
        score = f_measure(common.length(others), len(words), len(others))
        scores.append(score)
        for row in (one, other):
            number[row] += 1
            total[row] += score
    measured = len(scores)
    if not measured:
        return Average()
    whole = fsum(scores)
    rows = [row for row, count in enumerate(number) if count]
    if any(number[row] == measured for row in rows):  # nothing is left without it
        return Average(Estimate(whole / measured, rows=len(rows)), measured, pairs.number)
    without = Counter((whole - total[row]) / (measured - number[row]) for row in rows)
    return Average(jackknife(whole / measured, without.items()), measured, pairs.number)


def _places(groups: Sequence[object]) -> list[int]:
    """For each row, the place of its group in the order in which groups came."""
    known: dict[object, int] = {}
    return [known.setdefault(group, len(known)) for group in groups]


class _Pairs:
    """The pairs of one kind among rows that stand group by group, numbered from 0.

    The partners of a row that stand behind it are neighbours of each other, whatever the kind: so a pair's number
    leads to it by one search, and as many as there are need not be listed.
    """

    def __init__(self, groups: Sequence[object], kind: Kind) -> None:
        rows = len(groups)
        ends = [rows] * rows  # where the group of each row ends
        for row in range(rows - 2, -1, -1):
            ends[row] = ends[row + 1] if groups[row] == groups[row + 1] else row + 1
        self._first = ends if kind == "between" else list(range(1, rows + 1))
        past = ends if kind == "within" else [rows] * rows
        self._until = list(accumulate(end - first for first, end in zip(self._first, past, strict=True)))
        self.number = self._until[-1] if rows else 0

    def pair(self, number: int) -> tuple[int, int]:
        """The rows of a pair, that which stands first in front."""
        row = bisect_right(self._until, number)
        before = self._until[row - 1] if row else 0
        return row, self._first[row] + number - before
