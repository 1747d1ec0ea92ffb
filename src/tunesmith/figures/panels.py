"""How the scores of several groups are distributed: a panel of bars for each, below each other on one axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .svg import LEFT, LIGHT, RIGHT, Bar, document, fitted, label, legend, px, rule, short, width_of

_TOP, _HIGH, _GAP = 108, 92, 56  # the first panel's name, the bars of each, and what is between them
_FEWEST = 0.0005  # shares below this get no number


@dataclass(frozen=True, slots=True)
class Panel:
    """One group.

    Attributes:
        name: Whose scores they are.
        note: Their figures, in a few words.
        bars: From the lowest score to the highest, without gaps, the same for all groups; ``kept`` counts those that
            lie within the scale.
        mean: The mean, drawn as a line; none if left out.
    """

    name: str
    note: str
    bars: Sequence[Bar]
    mean: float | None = None


def panels(groups: Sequence[Panel], width: float, title: str, axis: str, caption: str) -> str:
    """Draw the distribution of each group, as shares of its own rows, all to one measure.

    Args:
        groups: The groups, at least one; their bars begin alike.
        width: How many points of score a bar spans.
        title: What is shown, in a few words.
        axis: What the scores are.
        caption: What to see in it, in a sentence or two.

    Returns:
        An SVG document, 720 wide and as high as it needs.
    """
    base = _TOP + len(groups) * (_HIGH + _GAP) - _GAP + 14
    highest = max((_share(bar.rows, group) for group in groups for bar in group.bars), default=0.0)
    parts: list[str] = []
    for number, group in enumerate(groups):
        parts += _panel(group, _TOP + number * (_HIGH + _GAP), highest, width)
    if groups and groups[0].bars:
        parts += _ticks(groups[0].bars, width, base + 18)
    parts.append(label((LEFT + RIGHT) / 2, base + 42, fitted(axis, 12.5), 12.5, "soft", "middle"))
    height = base + 60
    if any(bar.kept < bar.rows for group in groups for bar in group.bars):
        parts += legend(height + 4, [("kept", "within the scale"), ("rest", "outside it")])
        height += 22
    return document(height, title, caption, parts)


def _panel(group: Panel, top: float, highest: float, width: float) -> Iterator[str]:
    """A group's name and figures, and its bars with their shares below."""
    note = fitted(group.note, 12, (RIGHT - LEFT) * 0.7)
    yield label(LEFT, top, fitted(group.name, 13.5, RIGHT - LEFT - width_of(note, 12) - 20), 13.5, weight="600")
    yield label(RIGHT, top, note, 12, "soft", "end")
    base = top + 14 + _HIGH
    slot = (RIGHT - LEFT) / max(1, len(group.bars))
    wide = min(slot * (0.82 if slot > 12 else 0.94), 90)
    for number, bar in enumerate(group.bars):
        middle = LEFT + slot * (number + 0.5)
        high = _high(_share(bar.rows, group), highest)
        kept = high * bar.kept / bar.rows if bar.rows else 0.0
        for name, bottom, size in (("kept", base, kept), ("rest", base - kept, high - kept)):
            if size > 0:
                yield (
                    f'<rect class="{name}" x="{px(middle - wide / 2)}" y="{px(bottom - size)}" width="{px(wide)}" '
                    f'height="{px(size)}" fill="{LIGHT[name]}"/>'
                )
    yield rule(LEFT, base, RIGHT, base, "soft")
    if group.mean is not None and group.bars:
        yield from _mean(group, group.mean, base, slot / width, slot / 2)
    for number, bar in enumerate(group.bars):
        said = _percent(_share(bar.rows, group))
        if said and width_of(said, 10.5) + 3 <= slot:
            y = base - _high(_share(bar.rows, group), highest) - 4
            colour = "ink" if bar.kept else "soft"
            yield f'<g class="halo">{label(LEFT + slot * (number + 0.5), y, said, 10.5, colour, "middle")}</g>'


def _mean(group: Panel, mean: float, base: float, point: float, shift: float) -> Iterator[str]:
    """A broken line at the mean; a score's place on the axis is the middle of its bar, where it is written."""
    x = min(RIGHT, max(LEFT, LEFT + (mean - group.bars[0].start) * point + shift))
    yield rule(x, base - _HIGH - 2, x, base + 5, "ink", ' stroke-dasharray="4 3"')


def _ticks(bars: Sequence[Bar], width: float, y: float) -> Iterator[str]:
    """The score at which each bar begins, or each second, fifth ... where they would run into each other."""
    slot = (RIGHT - LEFT) / len(bars)
    room = max(width_of(short(bar.start), 12) for bar in bars) + 8
    every = next((n for n in (1, 2, 4, 5, 10, 20, 25, 50, 100) if n * slot >= room), len(bars))
    for number, bar in enumerate(bars):
        if round(bar.start / width) % every == 0:
            yield label(LEFT + slot * (number + 0.5), y, short(bar.start), 12, "ink", "middle")


def _share(rows: int, group: Panel) -> float:
    return rows / max(1, sum(bar.rows for bar in group.bars))


def _high(share: float, highest: float) -> float:
    """How high a bar is; the least is seen too."""
    return max(1.5, (_HIGH - 14) * share / highest) if share else 0.0


def _percent(share: float) -> str:
    if not share:
        return ""
    return "<0.1 %" if share < _FEWEST else f"{100 * share:.1f} %" if share < 0.0995 else f"{100 * share:.0f} %"
