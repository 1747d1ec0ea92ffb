"""Which rows a rating keeps: those at a threshold or above, or the best so many."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Protocol

from tunesmith.rows import Row
from tunesmith.text import shorten

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_MOST = 1e100  # far beyond any rating; squares of it can still be added up


class NoRating(ValueError):  # noqa: N818 - a verdict on a row, not an error
    """A row has no rating.

    Args:
        kind: Why, without particulars.
        what: Why, in words.
    """

    def __init__(self, kind: str, what: str = "") -> None:
        super().__init__(what or kind)
        self.kind = kind


def rating_of(value: Any) -> float:
    """The number in a rating's column; text as CSV holds it ("4.5") is its number.

    Raises:
        NoRating: There is none, or it is not a finite number. It is never taken for 0.
    """
    if value is None or value == "":
        raise NoRating("no rating")
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= _MOST:
        found = shorten(value if isinstance(value, str) else repr(value), 40)
        raise NoRating("no rating: not a number", f"no rating: {found!r} is not a number")
    return float(value)


def count_ratings(rows: Iterable[Row], column: str) -> tuple[Counter[float], Counter[str]]:
    """How often each rating occurs, and how many rows have none for which reason."""
    ratings, unrated = Counter[float](), Counter[str]()
    for row in rows:
        try:
            ratings[rating_of(row.get(column))] += 1
        except NoRating as why:
            unrated[why.kind] += 1
    return ratings, unrated


def plain(number: float) -> str:
    """A number as a person writes it: 4.5, 4, 1,203, 4.33333."""
    return f"{number:,.0f}" if number == int(number) and abs(number) < 1e15 else f"{number:.6g}"


def exact(number: float) -> str:
    """The same with as many digits as it takes to tell it from any other number."""
    return plain(number) if float(plain(number).replace(",", "")) == number else repr(number)


class Cut(Protocol):
    """Where a line is drawn through the ratings."""

    @property
    def threshold(self) -> float | None:
        """The least rating that is kept; ``None`` where nothing is."""

    def judge(self, rating: float) -> tuple[str, str]:
        """Why the next row, which has this rating, is dropped, and its kind; twice nothing if it is kept."""

    def kept(self, rating: float, rows: int) -> int:
        """How many are kept of the rows that have this rating."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Keep ratings at the threshold or above, compared exactly as the numbers they are."""

    threshold: float

    def judge(self, rating: float) -> tuple[str, str]:
        """Whether it is below."""
        if rating >= self.threshold:
            return "", ""
        shown = plain(rating)
        if float(shown.replace(",", "")) >= self.threshold:
            shown = exact(rating)  # "4.5 is below 4.5" would be a riddle where it is 4.499999999
        below = f"below {exact(self.threshold)}"
        return f"rating {shown} is {below}", f"rating {below}"

    def kept(self, rating: float, rows: int) -> int:
        """All or none."""
        return rows if rating >= self.threshold else 0


@dataclass(slots=True)
class Best:
    """Keep the best so many; of equal ratings the earlier rows. Rows must come in the order that counts.

    Attributes:
        ratings: How often each rating occurs.
        most: How many to keep.
    """

    ratings: Counter[float]
    most: int
    threshold: float | None = None
    _better: dict[float, int] = field(default_factory=dict)  # rows with a better rating, or an equal one before
    _edge: int = 0

    def __post_init__(self) -> None:
        values = sorted(self.ratings, reverse=True)
        before = accumulate((self.ratings[value] for value in values), initial=0)
        self._better = dict(zip(values, before, strict=False))
        inside = [value for value in values if self._better[value] < self.most]
        if inside:
            self.threshold = inside[-1]
            self._edge = min(self.ratings[self.threshold], self.most - self._better[self.threshold])

    def judge(self, rating: float) -> tuple[str, str]:
        """Whether its rank is too high; counts the row, so each must be judged once."""
        self._better[rating] += 1
        rank = self._better[rating]
        if rank <= self.most:
            return "", ""
        kind = f"not among the best {self.most:,}"
        return f"rating {plain(rating)} (rank {rank:,}) is {kind}", kind

    def kept(self, rating: float, rows: int) -> int:
        """All above the threshold, some at it."""
        if self.threshold is None or rating < self.threshold:
            return 0
        return self._edge if rating == self.threshold else rows


def part_of(share: float, rows: int) -> int:
    """How many rows a share of them is: rounded, but at least one of any."""
    return min(rows, max(1, int(share * rows + 0.5)))
