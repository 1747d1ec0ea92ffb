"""Position bias: how far the order in which answers were shown made a judge's verdict.

Counted over verdicts as the steps ``compare`` and ``judge`` write them. Answers of one row are not independent of each
other, nor are verdicts on one row, so rows are the units of every interval (`Ratio`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from math import fsum
from typing import Any

from tunesmith.estimates import Estimate, Ratio


@dataclass(frozen=True, slots=True)
class Bias:
    """One judge's position bias; each figure's ``rows`` is the number of cases that it rests on.

    Attributes:
        judge: Who.
        rows: Rows judged.
        flips: Of pairs of answers shown both ways round, the share whose verdict (the first better, a tie, the second
            better) was not the same both times.
        reversals: Likewise, the share of which now one was better, now the other.
        first: Of verdicts on two answers that were no tie, the share that preferred the one shown before the other; a
            half if places mean nothing.
        ties: The share of verdicts on two answers that were ties.
        by_position: Mean score of the answers shown first, second and so on.
    """

    judge: str
    rows: int
    flips: Estimate
    reversals: Estimate
    first: Estimate
    ties: Estimate
    by_position: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The position bias of each judge."""

    judges: tuple[Bias, ...]

    def as_json(self) -> str:
        """All figures, laid out for reading."""
        return (
            json.dumps({"judges": [_plain(asdict(bias)) for bias in self.judges]}, ensure_ascii=False, indent=2) + "\n"
        )

    def lines(self) -> Iterator[str]:
        """What to tell of each judge, in sentences."""
        for bias in self.judges:
            said = []
            if bias.flips.rows:
                said.append(
                    "the verdict on two answers was another when they stood the other way round in "
                    f"{_percent(bias.flips)}, and the opposite one in {_percent(bias.reversals)}"
                )
            if bias.first.rows:
                said.append(
                    f"it preferred the answer shown earlier in {_percent(bias.first)} of its verdicts that were no tie"
                )
            if any(place.rows for place in bias.by_position):
                said.append(f"mean score by place: {', '.join(map(_mean, bias.by_position))}")
            if said:
                yield f"{bias.judge or 'the judge'} on {bias.rows:,} rows: {'; '.join(said)}"


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """Figures with ``n`` for the cases that they rest on."""
    if found.keys() >= {"value", "low", "high", "rows"}:
        return {"value": found["value"], "low": found["low"], "high": found["high"], "n": found["rows"]}
    return {
        name: _plain(value)
        if isinstance(value, dict)
        else [_plain(v) for v in value]
        if isinstance(value, tuple)
        else value
        for name, value in found.items()
    }


def _percent(found: Estimate) -> str:
    ends = "" if found.low is None or found.high is None else f" ({100 * found.low:.1f} to {100 * found.high:.1f})"
    return f"{100 * (found.value or 0):.1f} %{ends} of {found.rows:,}"


def _mean(found: Estimate) -> str:
    if found.value is None:
        return "-"
    interval = "" if found.low is None else f" ({found.low:.2f} to {found.high:.2f})"
    return f"{found.value:.2f}{interval}"


@dataclass(slots=True)
class _Counts:
    rows: int = 0
    flips: Ratio = field(default_factory=Ratio)
    reversals: Ratio = field(default_factory=Ratio)
    first: Ratio = field(default_factory=Ratio)
    ties: Ratio = field(default_factory=Ratio)
    places: list[Ratio] = field(default_factory=list)

    def add(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Count one row's verdicts."""
        self.rows += 1
        signs = [_signs(verdict) for verdict in verdicts]
        orders = [list(verdict["order"]) for verdict in verdicts]
        flips, reversals, both = 0.0, 0.0, 0
        for one, other in _mirrored(orders):
            for pair in signs[one[0]]:
                said = [(signs[a][pair], -signs[b][pair[::-1]]) for a in one for b in other]
                times = min(len(one), len(other))  # of several verdicts in an order, any may stand beside any
                both += times
                flips += times * sum(a != b for a, b in said) / len(said)
                reversals += times * sum(a * b < 0 for a, b in said) / len(said)
        self.flips.add(flips, both)
        self.reversals.add(reversals, both)
        every = [sign for found in signs for sign in found.values()]
        self.first.add(sum(sign > 0 for sign in every), sum(sign != 0 for sign in every))
        self.ties.add(sum(sign == 0 for sign in every), len(every))
        longest = max(map(len, orders))
        self.places += [Ratio() for _ in range(longest - len(self.places))]
        for place in range(longest):
            given = [verdict["scores"][place] for verdict in verdicts if place < len(verdict.get("scores") or ())]
            self.places[place].add(fsum(given), len(given))


def _mirrored(orders: Sequence[Sequence[str]]) -> Iterator[tuple[list[int], list[int]]]:
    """The places of verdicts given in some order, and of those given the other way round."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place, order in enumerate(orders):
        places.setdefault(tuple(order), []).append(place)
    for order, found in places.items():
        if order < order[::-1] and order[::-1] in places:
            yield found, places[order[::-1]]


def _signs(verdict: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """For each two answers, the one shown earlier first: 1 if that is better, -1 if the other is, 0 for a tie."""
    if verdict.get("preferred") is not None:
        first, second = verdict["order"]
        return {(first, second): {first: 1, second: -1}.get(verdict["preferred"], 0)}
    shown = list(zip(verdict["order"], verdict["scores"], strict=True))
    return {(a, b): (x > y) - (x < y) for (a, x), (b, y) in combinations(shown, 2)}


class Positions:
    """Counts verdicts row by row."""

    def __init__(self) -> None:
        self._judges: dict[str, _Counts] = {}

    def add(self, verdicts: Sequence[Mapping[str, Any]]) -> None:
        """Count a row's verdicts, as the steps ``compare`` and ``judge`` write them.

        Each has judge, order and scores, or instead of scores, where two answers were shown, the preferred of the
        order (anything else is a tie). One with neither was unreadable, and counts for nothing.
        """
        read = [v for v in verdicts if v.get("scores") is not None or v.get("preferred") is not None]
        for judge in dict.fromkeys(str(verdict["judge"]) for verdict in read):
            self._judges.setdefault(judge, _Counts()).add([v for v in read if str(v["judge"]) == judge])

    def measured(self) -> Report:
        """The figures so far."""
        return Report(
            tuple(
                Bias(
                    judge,
                    counts.rows,
                    counts.flips.share(),
                    counts.reversals.share(),
                    counts.first.share(),
                    counts.ties.share(),
                    tuple(place.mean() for place in counts.places),
                )
                for judge, counts in sorted(self._judges.items())
            )
        )
