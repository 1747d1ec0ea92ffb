"""What the scores of several models say: each one's distribution, and who beats whom on the rows that both answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import fsum, sqrt
from typing import Any

from tunesmith.estimates import Estimate, Ratio, student
from tunesmith.figures import Bar

from .positions import Positions, Report
from .ratings import bars_of, median_of
from .threshold import AtLeast, NoRating, rating_of

_WIDE_SCALE = 5  # points; a scale that spans more is shown in bars of one point


@dataclass(frozen=True, slots=True)
class ModelScores:
    """One model's scores.

    Attributes:
        model: Its name.
        n: How many scores there are.
        unread: How many are none: missing, or no number. They count for nothing.
        mean: Their mean, with its interval by Student's t.
        median: Their median; ``None`` without scores.
        outside: How many lie outside the scale. They count in the mean and in the median.
        mean_within: The mean of the others.
        bars: The distribution; ``kept`` are those within the scale.
    """

    model: str
    n: int
    unread: int
    mean: Estimate
    median: float | None
    outside: int
    mean_within: Estimate
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """Two models on the rows that have scores of both: how often the first has the higher one.

    Attributes:
        models: The two.
        wins: Rows on which the first is better.
        ties: Rows with equal scores.
        losses: The other rows.
        share: Of the rows, the share that the first wins, a tie counting half.
    """

    models: tuple[str, str]
    wins: int
    ties: int
    losses: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """All of it.

    Attributes:
        scale: The lowest and the highest score that a judge was to give.
        width: How many points of score a bar spans.
        models: Each model, in the order in which they first came.
        contests: Each two models; none if the scores do not stand in rows.
        positions: The judges' position bias, where the rows hold verdicts.
    """

    scale: tuple[float, float]
    width: float
    models: tuple[ModelScores, ...]
    contests: tuple[Contest, ...]
    positions: Report | None


class ScoreCounts:
    """Counts scores, row by row or as lists."""

    def __init__(self) -> None:
        self.scores: dict[str, Counter[float]] = {}
        self.unread: Counter[str] = Counter()
        self._both: dict[tuple[str, str], Counter[int]] = {}
        self._positions: Positions | None = None

    def add_list(self, model: str, scores: Iterable[Any]) -> None:
        """Count a model's scores that stand by themselves, in no row with another's."""
        self.scores.setdefault(model, Counter())
        for score in scores:
            self._add(model, score)

    def add_row(self, scores: Mapping[str, Any], verdicts: Sequence[Mapping[str, Any]] = ()) -> None:
        """Count a row's scores by model, and the verdicts behind them."""
        found = {model: value for model, score in scores.items() if (value := self._add(model, score)) is not None}
        for first, second in combinations(found, 2):
            pair, sign = (first, second), (found[first] > found[second]) - (found[first] < found[second])
            if (second, first) in self._both:
                pair, sign = (second, first), -sign
            self._both.setdefault(pair, Counter())[sign] += 1
        if verdicts:
            self._positions = self._positions or Positions()
            self._positions.add(verdicts)

    def _add(self, model: str, score: Any) -> float | None:
        self.scores.setdefault(model, Counter())
        try:
            value = rating_of(score)
        except NoRating:
            self.unread[model] += 1
            return None
        self.scores[model][value] += 1
        return value

    def summary(self, low: float, high: float, width: float | None = None) -> ScoreSummary:
        """The figures.

        Args:
            low: The lowest score of the scale.
            high: The highest.
            width: How many points of score a bar spans; one, or half a point on a short scale, if left out.

        Raises:
            UsageError: The bars would be more than 400.
        """
        span = width or (1.0 if high - low >= _WIDE_SCALE else 0.5)
        everyone = sum(self.scores.values(), Counter[float]())
        frame = bars_of(everyone + Counter({low: 1, high: 1}), span, AtLeast(low))
        return ScoreSummary(
            (low, high),
            span,
            tuple(self._model(model, (low, high), frame, span) for model in self.scores),
            tuple(_contest(pair, signs) for pair, signs in self._both.items()),
            self._positions.measured() if self._positions else None,
        )

    def _model(self, model: str, scale: tuple[float, float], frame: Sequence[Bar], width: float) -> ModelScores:
        scores = self.scores[model]
        within = Counter({value: rows for value, rows in scores.items() if scale[0] <= value <= scale[1]})
        bars = {bar.start: bar for bar in bars_of(scores, width, _Within(*scale))}
        return ModelScores(
            model,
            scores.total(),
            self.unread[model],
            _mean(scores, scale),
            median_of(scores) if scores else None,
            scores.total() - within.total(),
            _mean(within, scale),
            tuple(bars.get(bar.start, Bar(bar.start, 0, 0)) for bar in frame),
        )


@dataclass(frozen=True, slots=True)
class _Within:
    """As a cut: keeps what lies within the scale."""

    low: float
    high: float
    threshold: None = None

    def kept(self, rating: float, rows: int) -> int:
        """How many rows of a rating are kept."""
        return rows if self.low <= rating <= self.high else 0

    def judge(self, rating: float) -> tuple[str, str]:
        """Why a rating is not kept, with and without particulars."""
        return ("", "") if self.kept(rating, 1) else ("outside the scale", "outside the scale")


def _mean(scores: Counter[float], scale: tuple[float, float]) -> Estimate:
    number = scores.total()
    if not number:
        return Estimate(None, None, None, 0)
    mean = fsum(value * rows for value, rows in scores.items()) / number
    squares = fsum(rows * (value - mean) ** 2 for value, rows in scores.items())
    if number < 2 or not squares:
        return Estimate(mean, None, None, number)
    reach = sqrt(squares / (number - 1) / number) * student(number - 1)
    lowest, highest = min(scale[0], *scores), max(scale[1], *scores)  # no mean lies beyond them, however few they are
    return Estimate(mean, max(mean - reach, lowest), min(mean + reach, highest), number)


def _contest(pair: tuple[str, str], signs: Counter[int]) -> Contest:
    won = Ratio()
    won.count(1.0, signs[1])
    won.count(0.5, signs[0])
    won.count(0.0, signs[-1])
    return Contest(pair, signs[1], signs[0], signs[-1], won.share())
