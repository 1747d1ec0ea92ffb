"""What a column of ratings says: their distribution, what thresholds would keep, and how sure that is.

One pass over the rows counts equal ones; all figures come from the counts. Memory grows with the number of different
ratings, and of different sets of scores that one row got, not with the number of rows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil, floor, fsum, gcd, sqrt
from statistics import NormalDist
from typing import Any

from tunesmith.errors import DataError, UsageError
from tunesmith.figures import Bar
from tunesmith.rows import Row

from .agreement import Agreement, Scores, agreement_of
from .threshold import AtLeast, Cut, NoRating, plain, rating_of

HALF = 0.5
_MOST_BARS = 400
_READABLE = 24  # bars that are taken in at a glance
_LIKELY = 0.05


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows a threshold would keep, and their share of the rated ones."""

    threshold: float
    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class Near:
    """How firmly rows stand on their side of the threshold.

    Attributes:
        threshold: The threshold.
        within: The points of score that count as near: a bar's width.
        below: Rows that near below it.
        above: Rows that near above it, or at it.
        rescored: Rows that were scored more than once. Where there are none, what follows is ``None``.
        spread: Standard deviation of the scores of one row, pooled over rows.
        expected_flips: How many rows would be expected to change sides if all were scored anew in the same way.
        likely_flips: Rows of which the chance to do so is 5 % or more.
        both_sides: Rows that have single scores on both sides.
    """

    threshold: float
    within: float
    below: int
    above: int
    rescored: int
    spread: float | None = None
    expected_flips: float | None = None
    likely_flips: int | None = None
    both_sides: int | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A column of ratings.

    Attributes:
        column: Its name.
        rows: Rows in all.
        rated: Rows with a rating.
        unrated: Rows without one, by reason.
        mean: Mean rating; ``None`` without ratings, as is the median.
        median: Median rating.
        width: Points of score that a bar spans.
        bars: The distribution, from the lowest bar to the highest, without gaps.
        thresholds: What each bar's start would keep as a threshold.
        near: How firmly rows stand on their side of the threshold asked about.
        agreement: How far teachers agree with themselves and with each other.
    """

    column: str
    rows: int
    rated: int
    unrated: dict[str, int]
    mean: float | None
    median: float | None
    width: float
    bars: tuple[Bar, ...]
    thresholds: tuple[Kept, ...]
    near: Near
    agreement: Agreement


@dataclass(slots=True)
class Counts:
    """Rows counted by rating, and by the scores behind it."""

    ratings: Counter[float] = field(default_factory=Counter)
    unrated: Counter[str] = field(default_factory=Counter)
    once: Counter[float] = field(default_factory=Counter)  # ratings of rows that were scored once
    scores: Counter[Scores] = field(default_factory=Counter)  # of the other rows

    @classmethod
    def of(cls, rows: Iterable[Row], column: str) -> Counts:
        """Count.

        Raises:
            DataError: A row's scores are of another form than the step ``rate`` writes.
        """
        counts = cls()
        for row in rows:
            try:
                rating = rating_of(row.get(column))
            except NoRating as why:
                counts.unrated[why.kind] += 1
                continue
            counts.ratings[rating] += 1
            found = row.get(f"{column}_scores")
            scores = _scores(row, f"{column}_scores") if found not in (None, "", []) else ()
            if sum(len(given) for _, given in scores) > 1:
                counts.scores[scores] += 1
            else:
                counts.once[rating] += 1
        return counts


def _scores(row: Row, column: str) -> Scores:
    try:
        found: Any = row[column]
        found = json.loads(found) if isinstance(found, str) else found  # as CSV holds it
        by_teacher: dict[str, list[float]] = {}
        for given in found:
            by_teacher.setdefault(str(given["teacher"]), []).append(rating_of(given["score"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DataError(
            f'row {row.get("id")}: the column {column!r} is not a list of {{"teacher": ..., "sample": ..., '
            '"score": a number}, as the step rate writes it; mend it or remove the column'
        ) from None
    return tuple((teacher, tuple(sorted(scores))) for teacher, scores in sorted(by_teacher.items()))


def summarise(
    rows: Iterable[Row], column: str = "rating", threshold: float = 4.5, width: float | None = None
) -> Summary:
    """Look over a column of ratings.

    Args:
        rows: The rows; gone through once.
        column: The column.
        threshold: The least rating to keep.
        width: Points of score that a bar spans; half a point if left out, or what suits scales that ask for another.

    Raises:
        UsageError: The bars would be more than 400.
        DataError: A row's scores are of another form than the step ``rate`` writes.
    """
    counts = Counts.of(rows, column)
    ratings, rated = counts.ratings, counts.ratings.total()
    span = width or fitting_width(ratings)
    bars = bars_of(ratings, span, AtLeast(threshold))
    return Summary(
        column=column,
        rows=rated + counts.unrated.total(),
        rated=rated,
        unrated=dict(counts.unrated.most_common()),
        mean=fsum(value * number for value, number in ratings.items()) / rated if rated else None,
        median=median_of(ratings) if rated else None,
        width=span,
        bars=bars,
        thresholds=tuple(_kept(ratings, bar.start, rated) for bar in bars),
        near=_near(counts, threshold, span),
        agreement=agreement_of(counts.scores, threshold),
    )


def fitting_width(ratings: Counter[float]) -> float:
    """Half a point where scores are few to a dozen; a twentieth between 0 and 1; more on scales such as 0 to 100."""
    if not ratings:
        return HALF
    low, high = min(ratings), max(ratings)
    if low >= 0 and high <= 1 and any(value % HALF for value in ratings):
        return 0.05
    steps = (base * 10.0**power for power in range(101) for base in (0.5, 1, 2))
    return next(step for step in steps if (high - low) / step < _READABLE)


def bars_of(ratings: Counter[float], width: float, cut: Cut) -> tuple[Bar, ...]:
    """The distribution as bars whose starts are multiples of their width; the threshold's is among them if not far off.

    Raises:
        UsageError: There would be more than 400.
    """
    if not ratings:
        return ()
    place = {value: _place(value, width) for value in ratings}
    first, last = min(place.values()), max(place.values())
    if last - first >= _MOST_BARS:
        raise UsageError(
            f"from {plain(min(ratings))} to {plain(max(ratings))}, {last - first + 1:,} bars of {plain(width)} would "
            f"be needed; give a width of {plain(fitting_width(ratings))} or so"
        )
    edge = first if cut.threshold is None else _place(cut.threshold, width)
    if max(last, edge) - min(first, edge) < _READABLE:
        first, last = min(first, edge), max(last, edge)
    rows, kept = Counter[int](), Counter[int]()
    for value, number in ratings.items():
        rows[place[value]] += number
        kept[place[value]] += cut.kept(value, number)
    return tuple(Bar(round(n * width, 10), rows[n], kept[n]) for n in range(first, last + 1))


def _place(value: float, width: float) -> int:
    """The number of the bar for a rating; 0.15 / 0.05 is 2.9999999999999996, and yet it is the third bar's."""
    exact = value / width
    return floor(exact + 1e-12 * max(1.0, abs(exact)))


def median_of(ratings: Counter[float]) -> float:
    """The median of counted ratings, of which there is at least one."""
    rows = ratings.total()
    middle = {(rows - 1) // 2: 0.0, rows // 2: 0.0}
    before = 0
    for value in sorted(ratings):
        for place in middle:
            if before <= place < before + ratings[value]:
                middle[place] = value
        before += ratings[value]
    return fsum(middle.values()) / len(middle)


def _kept(ratings: Counter[float], threshold: float, rated: int) -> Kept:
    rows = sum(number for value, number in ratings.items() if value >= threshold)
    return Kept(threshold, rows, rows / rated)


def _near(counts: Counts, threshold: float, width: float) -> Near:
    """How many rows a second opinion could flip.

    Take a row's scores as its true value plus noise of standard deviation s, the same for all rows. The mean m of its k
    scores is then off by noise of variance s^2 / k, and so is the mean of k fresh scores, independently: the two differ
    by noise of variance 2 s^2 / k, and nothing else is known about the true value (a flat prior). So the chance that
    the fresh mean lies on the other side of an edge e is Phi(-|m - e| / (s sqrt(2 / k))). The edge is the threshold;
    but where scores are whole or half points, means of k come in steps, and the edge lies in the middle of the step
    below the first that is kept (the correction for continuity). `test_ratings.py` scores rows anew and counts: the
    expected number is right to a fifth where scores are half points, and may be half as much again where they are
    whole points that hardly ever differ.
    """
    ratings = counts.ratings
    below = sum(number for value, number in ratings.items() if threshold - width - 1e-9 <= value < threshold)
    above = sum(number for value, number in ratings.items() if threshold <= value < threshold + width - 1e-9)
    near = Near(threshold, width, below, above, counts.scores.total())
    if not counts.scores:
        return near
    flat = Counter[tuple[float, ...]]({(value,): number for value, number in counts.once.items()})
    for scores, number in counts.scores.items():
        flat[_flat(scores)] += number
    squares = fsum(number * fsum((x - fsum(row) / len(row)) ** 2 for x in row) for row, number in flat.items())
    spread = sqrt(squares / sum(number * (len(row) - 1) for row, number in flat.items()))
    step = _step(score for row in flat for score in row)
    flips, likely, both = 0.0, 0, 0
    for row, number in flat.items():
        edge = _edge(threshold, step / len(row))
        chance = _chance(abs(fsum(row) / len(row) - edge), spread * sqrt(2 / len(row)))
        flips += chance * number
        likely += number if chance >= _LIKELY else 0
        both += number if min(row) < threshold <= max(row) else 0
    return Near(threshold, width, below, above, near.rescored, spread, flips, likely, both)


def _chance(distance: float, spread: float) -> float:
    return NormalDist().cdf(-distance / spread) if spread else 0.0


def _step(scores: Iterable[float]) -> float:
    """The largest number of which all scores are multiples, 0.5 for half points; 0 if it is below a thousandth."""
    fine = [score * 1000 for score in scores]
    return gcd(*map(round, fine)) / 1000 if all(abs(x - round(x)) < 1e-6 for x in fine) else 0.0


def _edge(threshold: float, step: float) -> float:
    """Half a step below the first mean that is kept."""
    return (ceil(threshold / step - 1e-9) - 0.5) * step if step else threshold


def _flat(scores: Scores) -> tuple[float, ...]:
    return tuple(sorted(score for _, given in scores for score in given))
