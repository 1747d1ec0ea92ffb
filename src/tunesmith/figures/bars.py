"""Figures with their intervals, one below the other: as bars where the axis begins at 0, else as points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunesmith.estimates import Estimate

from .axes import Measure, Scale, grid, scale_of, whisker
from .svg import BOLD, LEFT, LIGHT, RIGHT, box, document, fitted, label, px, rule, width_of

_TOP, _PITCH, _THICK = 128, 48, 14  # the first row's name, from one row to the next, a bar
_BAR_BELOW = 10  # from a row's name down to its bar


@dataclass(frozen=True, slots=True)
class Level:
    """One figure.

    Attributes:
        name: What it is the figure of.
        figure: The figure, with its interval if there is one.
        note: What else to say, in a few words.
    """

    name: str
    figure: Estimate
    note: str = ""


def bars(rows: Sequence[Level], measure: Measure, title: str, caption: str) -> str:
    """Draw figures as horizontal bars, or points, with their intervals as whiskers.

    Args:
        rows: From top to bottom.
        measure: What the figures are.
        title: What is shown, in a few words.
        caption: What to see in it, in a sentence or two.

    Returns:
        An SVG document, 720 wide and as high as it needs.
    """
    base = _TOP + max(1, len(rows)) * _PITCH - 8
    parts: list[str] = []
    if rows:
        right = RIGHT - width_of(measure.tick(1000.0 if not measure.percent else 1.0), 11.5) / 2
        scale = scale_of((row.figure for row in rows), measure, LEFT, right)
        parts += grid(scale, measure, _TOP - 20, base)
        for number, row in enumerate(rows):
            parts += _bar(row, measure, scale, _TOP + number * _PITCH)
        if measure.reference is not None:
            parts += _reference(measure, measure.reference, scale, base)
        for number, row in enumerate(rows):
            parts += _point(row, measure, scale, _TOP + number * _PITCH)
            parts += _words(row, measure, _TOP + number * _PITCH)
    else:
        parts.append(label((LEFT + RIGHT) / 2, _TOP + 20, "there are no figures", 14, "soft", "middle"))
    parts.append(label((LEFT + RIGHT) / 2, base + 40, fitted(measure.name, 12.5), 12.5, "soft", "middle"))
    return document(base + 58, title, caption, parts)


def _bar(row: Level, measure: Measure, scale: Scale, y: float) -> Iterator[str]:
    if row.figure.value is not None and measure.from_zero:
        zero, end = scale.at(0.0), scale.at(row.figure.value)
        yield box("level", min(zero, end), y + _BAR_BELOW, max(1.5, abs(end - zero)), _THICK)


def _point(row: Level, measure: Measure, scale: Scale, y: float) -> Iterator[str]:
    """The interval, and where there is no bar the figure as a disc upon it."""
    middle = y + _BAR_BELOW + _THICK / 2
    yield from whisker(scale, row.figure, middle)
    if not measure.from_zero and row.figure.value is not None:
        x = scale.at(row.figure.value)
        yield f'<circle class="win" cx="{px(x)}" cy="{px(middle)}" r="5.5" fill="{LIGHT["win"]}"/>'


def _words(row: Level, measure: Measure, y: float) -> Iterator[str]:
    """The name at the left and the figure at the right, above the bar."""
    figure = measure.figure(row.figure) + (f" · {row.note}" if row.note else "")
    figure = fitted(figure, 12, (RIGHT - LEFT) * 0.6)
    name = fitted(row.name, 13 * BOLD, RIGHT - LEFT - width_of(figure, 12) - 20)
    for x, said, size in ((float(LEFT), name, 13 * BOLD), (RIGHT - width_of(figure, 12), figure, 12.0)):
        yield box("page", x - 3, y - 12, width_of(said, size) + 6, 16)  # so that no line runs through the words
    yield label(LEFT, y, name, 13, weight="600")
    yield label(RIGHT, y, figure, 12, "ink", "end")


def _reference(measure: Measure, reference: float, scale: Scale, base: float) -> Iterator[str]:
    x, said = scale.at(reference), measure.tick(reference)
    yield rule(x, _TOP - 24, x, base, "ink", ' stroke-dasharray="5 4"')
    half = width_of(said, 12) / 2
    yield label(min(max(x, LEFT + half), RIGHT - half), _TOP - 29, said, 12, "ink", "middle", "600")
