"""Counts that make up a whole, as rows of segments: wins, ties and losses; what people chose.

Segments differ by lightness and by texture, so that they can be told apart on paper without colours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .svg import BOLD, LEFT, RIGHT, box, document, fitted, label, px, rule, width_of

LOOKS = ("win", "tie", "lose", "other")
"""How segments may look: dark; nearly empty with an outline; hatched; dotted."""

_TOP, _PITCH, _THICK, _BELOW = 108, 62, 24, 9
_NARROWEST = 4.0
_TEXTURES = {"lose": "slanted", "other": "dotted"}
_PATTERNS = (
    '<defs><pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch" width="1.8" height="6" fill="#8f4a06"/></pattern>'
    '<pattern id="dotted" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle class="dot" cx="3" cy="3" r="1.3" fill="#2f6b45"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Segment:
    """What the segments at one place of all rows stand for, and which of `LOOKS` they have."""

    name: str
    look: str


@dataclass(frozen=True, slots=True)
class Stack:
    """One row: its name, the counts of its segments, and what else to say in a few words."""

    name: str
    counts: Sequence[float]
    note: str = ""


def stacked(rows: Sequence[Stack], segments: Sequence[Segment], title: str, caption: str, unit: str = "") -> str:
    """Draw counts as shares of their sum.

    Args:
        rows: From top to bottom; each with as many counts as there are segments, none below 0.
        segments: What the counts of a row are, from left to right.
        title: What is shown, in a few words.
        caption: What to see in it, in a sentence or two.
        unit: What is counted, for instance "questions".

    Returns:
        An SVG document, 720 wide and as high as it needs.
    """
    base = _TOP + max(1, len(rows)) * _PITCH - 22
    parts: list[str] = [_PATTERNS]
    for number, row in enumerate(rows):
        parts += _row(row, segments, _TOP + number * _PITCH)
    if rows:
        parts += _axis(base)
    else:
        parts.append(label((LEFT + RIGHT) / 2, _TOP + 12, "there is nothing to count", 14, "soft", "middle"))
    parts.append(label((LEFT + RIGHT) / 2, base + 38, fitted(f"share of {unit}".strip(), 12.5), 12.5, "soft", "middle"))
    lines = list(_legend(segments, base + 66))
    return document(base + 56 + 22 * _legend_rows(segments), title, caption, [*parts, *lines])


def _row(row: Stack, segments: Sequence[Segment], y: float) -> Iterator[str]:
    total = sum(row.counts)
    counted = " : ".join(_count(count) for count in row.counts) + f" of {_count(total)}"
    counted = fitted(counted + (f" · {row.note}" if row.note else ""), 12, (RIGHT - LEFT) * 0.6)
    yield label(LEFT, y, fitted(row.name, 13 * BOLD, RIGHT - LEFT - width_of(counted, 12) - 20), 13, weight="600")
    yield label(RIGHT, y, counted, 12, "ink", "end")
    x, top = float(LEFT), y + _BELOW
    if not total:
        yield from _segment("page", LEFT, top, RIGHT - LEFT)
        return
    for count, segment, wide in zip(row.counts, segments, _widths(row.counts), strict=True):
        if wide:
            yield from _segment(segment.look, x, top, wide)
            yield from _share(segment.look, x, top, wide, count / total)
        x += wide


def _widths(counts: Sequence[float]) -> list[float]:
    """How wide each segment is; one that is there is seen, and the others give way."""
    total, room = sum(counts), RIGHT - LEFT
    narrow = {place for place, count in enumerate(counts) if 0 < count * room < _NARROWEST * total}
    rest = sum(count for place, count in enumerate(counts) if place not in narrow)
    left = room - _NARROWEST * len(narrow)
    return [_NARROWEST if place in narrow else left * count / rest for place, count in enumerate(counts)]


def _segment(look: str, x: float, y: float, wide: float, high: float = _THICK) -> Iterator[str]:
    yield box(look, x, y, wide, high)
    place = f'x="{px(x)}" y="{px(y)}" width="{px(wide)}" height="{px(high)}"'
    if look in _TEXTURES:
        yield f'<rect {place} fill="url(#{_TEXTURES[look]})"/>'
    yield f'<rect class="soft-line" {place} fill="none" stroke="#59636e"/>'


def _share(look: str, x: float, y: float, wide: float, part: float) -> Iterator[str]:
    """The share, written into the segment where there is room for it."""
    said = next((text for text in (f"{100 * part:.1f} %", f"{100 * part:.0f} %") if width_of(text, 12) + 9 <= wide), "")
    if not said:
        return
    middle, base = x + wide / 2, y + _THICK / 2 + 4.3
    if look in _TEXTURES:  # a plate, as letters cannot be read on hatching
        plate = width_of(said, 12) + 6
        yield box("page", middle - plate / 2, y + 4, plate, _THICK - 8, ' rx="3"')
    yield label(middle, base, said, 12, "page" if look == "win" else "ink", "middle", "600")


def _axis(base: float) -> Iterator[str]:
    for quarter in range(5):
        x = LEFT + (RIGHT - LEFT) * quarter / 4
        said = f"{25 * quarter} %"
        yield rule(x, base, x, base + 5, "soft")
        half = width_of(said, 11.5) / 2
        yield label(min(max(x, LEFT + half), RIGHT - half), base + 19, said, 11.5, "soft", "middle")
    yield rule(LEFT, base, RIGHT, base, "soft")


def _places(segments: Sequence[Segment]) -> Iterator[tuple[Segment, float, int]]:
    """Each entry of the legend with its place in a line and the line's number."""
    x, line = float(LEFT), 0
    for segment in segments:
        wide = 28 + width_of(_named(segment), 12) + 24
        if x > LEFT and x + wide > RIGHT:
            x, line = float(LEFT), line + 1
        yield segment, x, line
        x += wide


def _named(segment: Segment) -> str:
    return fitted(segment.name, 12, RIGHT - LEFT - 30)


def _legend_rows(segments: Sequence[Segment]) -> int:
    return max((line for _, _, line in _places(segments)), default=0) + 1


def _legend(segments: Sequence[Segment], y: float) -> Iterator[str]:
    for segment, x, line in _places(segments):
        top = y + 22 * line
        yield from _segment(segment.look, x, top - 11, 20, 13)
        yield label(x + 27, top, _named(segment), 12)


def _count(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"
