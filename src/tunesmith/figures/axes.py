"""A measure along a line: where a value stands on it, and the round numbers at which it is marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from tunesmith.estimates import Estimate, measured

from .svg import label, px, rule, short

_ROUND = (1, 2, 2.5, 5, 10)
_MOST_TICKS = 8


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured.

    Attributes:
        name: In a few words, below the axis.
        percent: Whether values are shares, 1 of which is 100 %.
        reference: A value to compare with, drawn as a line.
        from_zero: Whether the axis begins at 0, so that lengths of bars compare; else values are drawn as points.
        digits: Decimals of the figures that are written.
    """

    name: str
    percent: bool = True
    reference: float | None = None
    from_zero: bool = True
    digits: int = 1

    def figure(self, found: Estimate) -> str:
        """A figure with its interval: ``96.5 % (92.1 to 101.2)``."""
        if found.value is None:
            return "no figure"
        return measured(found, self.digits, 100 if self.percent else 1, " %" if self.percent else "")

    def tick(self, value: float) -> str:
        """The value as it stands at a mark of the axis."""
        return f"{short(round(100 * value, 9))} %" if self.percent else short(round(value, 9))


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, laid out between two places; `marks` are the round ones among them."""

    low: float
    high: float
    start: float
    end: float
    marks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value stands; one beyond the ends stands at the end."""
        part = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(1.0, max(0.0, part))


def scale_of(figures: Iterable[Estimate], measure: Measure, start: float, end: float) -> Scale:
    """A scale that holds all figures with their intervals, the reference, and 0 where it has to begin there."""
    ends = [value for found in figures for value in (found.value, found.low, found.high) if value is not None]
    values = [value for value in ends if isfinite(value)]
    values += [0.0] if measure.from_zero else []
    values += [measure.reference] if measure.reference is not None else []
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        low, high = (low, low + 1.0) if measure.from_zero else (low - 0.5, high + 0.5)
    step = _step((high - low) / _MOST_TICKS)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    marks = tuple(number * step for number in range(first, last + 1))
    return Scale(marks[0], marks[-1], start, end, marks)


def _step(least: float) -> float:
    """The least round step that is not below this."""
    power = 10.0 ** floor(log10(least))
    return next(size * power for size in _ROUND if size * power >= least * (1 - 1e-9))


def grid(scale: Scale, measure: Measure, top: float, base: float) -> Iterator[str]:
    """Faint lines at the marks, with their values below."""
    for mark in scale.marks:
        yield rule(scale.at(mark), top, scale.at(mark), base, "faint")
    for mark in scale.marks:
        yield label(scale.at(mark), base + 17, measure.tick(mark), 11.5, "soft", "middle")


def whisker(scale: Scale, found: Estimate, y: float, reach: float = 4.5) -> Iterator[str]:
    """The interval as a line with caps."""
    if found.low is None or found.high is None:
        return
    low, high = scale.at(found.low), scale.at(found.high)
    caps = "".join(f"M{px(x)} {px(y - reach)}V{px(y + reach)}" for x in (low, high))
    path = f"M{px(low)} {px(y)}H{px(high)}{caps}"
    yield f'<path class="ink-line" d="{path}" fill="none" stroke="#1f2328" stroke-width="1.6"/>'
