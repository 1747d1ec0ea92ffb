"""What all figures are drawn with: colours for light and dark screens, text that fits, shapes as SVG.

Each picture has colours of its own for light and for dark screens and a background of its own in each, as the page
around it may be of the other kind than the screen; where the style is not understood, it is the light one. It has no
script, and is the same for the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from tunesmith.text import printable

WIDTH = 720
BOLD = 1.27  # how much wider than `width_of` says bold letters are, in the widest of usual fonts
LEFT, RIGHT = 36, WIDTH - 20  # the field in which the bars stand
LIGHT = {
    "page": "#ffffff", "ink": "#1f2328", "soft": "#59636e", "faint": "#e3e7eb", "kept": "#1f6fb5", "rest": "#c3cad2",
    "level": "#9cc3e6", "win": "#1b5e9e", "tie": "#eef1f4", "lose": "#f2b880", "other": "#b9d8c2",
    "hatch": "#8f4a06", "dot": "#2f6b45",
}  # fmt: skip
_DARK = {
    "page": "#0d1117", "ink": "#f0f6fc", "soft": "#9198a1", "faint": "#262d36", "kept": "#58a6ff", "rest": "#515c67",
    "level": "#2c6099", "win": "#6cb2ff", "tie": "#39424d", "lose": "#a85f1e", "other": "#2f6b45",
    "hatch": "#f6cfa2", "dot": "#b9d8c2",
}  # fmt: skip
_STROKES = ("page", "ink", "soft", "faint", "win", "hatch", "dot")  # the colours of lines


@dataclass(frozen=True, slots=True)
class Bar:
    """The rows with scores from `start` up to the next bar's: how many, and how many of them are kept."""

    start: float
    rows: int
    kept: int


def document(height: float, title: str, caption: str, parts: Sequence[str]) -> str:
    """A picture 720 wide and so high, with a title and at most two lines of caption above its parts."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {px(height)}" width="{WIDTH}" '
        f'height="{px(height)}" '
        'role="img" font-family="system-ui, -apple-system, \'Segoe UI\', Helvetica, Arial, sans-serif">',
        f"<title>{safe(title)}</title>",
        f"<desc>{safe(caption)}</desc>",
        _style(),
        f'<rect class="page" width="{WIDTH}" height="{px(height)}" rx="6" fill="{LIGHT["page"]}"/>',
        _heading(title),
        *(label(LEFT, 53 + 17 * n, said, 12.5, "soft") for n, said in enumerate(wrapped(caption, 12.5, 2))),
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


def _heading(title: str) -> str:
    """The title, in the largest letters in which all of it fits."""
    size = next((size for size in (17.0, 15.0, 13.0) if width_of(title, size * BOLD) <= RIGHT - LEFT), 13.0)
    return label(LEFT, 32, fitted(title, size * BOLD), size, weight="600")


def box(name: str, x: float, y: float, wide: float, high: float, more: str = "") -> str:
    """A rectangle in one of the colours, with further attributes."""
    return (
        f'<rect class="{name}" x="{px(x)}" y="{px(y)}" width="{px(wide)}" height="{px(high)}" '
        f'fill="{LIGHT[name]}"{more}/>'
    )


def legend(y: float, entries: Sequence[tuple[str, str]]) -> list[str]:
    """A coloured square for each entry, with what it means."""
    parts: list[str] = []
    x: float = LEFT
    for name, said in entries:
        parts.append(f'<rect class="{name}" x="{px(x)}" y="{px(y - 10)}" width="11" height="11" fill="{LIGHT[name]}"/>')
        parts.append(label(x + 17, y, said, 12))
        x += 17 + width_of(said, 12) + 24
    return parts


def _style() -> str:
    def rules(colours: dict[str, str]) -> str:
        fills = [f".{name} {{ fill: {colour} }}" for name, colour in colours.items()]
        lines = [f".{name}-line {{ stroke: {colours[name]} }}" for name in _STROKES]
        return " ".join([*fills, *lines, f".halo text {{ stroke: {colours['page']} }}"])

    # A number stands on the threshold's line where that runs through its bar.
    halo = ".halo text { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }"
    # Paper is white whatever the screen is; the colours of bars are printed although they are a background's.
    dark = f"@media screen and (prefers-color-scheme: dark) {{ {rules(_DARK)} }}"
    return f"<style>{rules(LIGHT)} {dark} svg {{ print-color-adjust: exact }} {halo}</style>"


def label(
    x: float, y: float, said: str, size: float, colour: str = "ink", anchor: str = "start", weight: str = "400"
) -> str:
    """Text at a place."""
    return (
        f'<text class="{colour}" x="{px(x)}" y="{px(y)}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{LIGHT[colour]}">{safe(said)}</text>'
    )


def rule(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    """A line from one place to another, with further attributes."""
    return (
        f'<line class="{colour}-line" x1="{px(x1)}" y1="{px(y1)}" x2="{px(x2)}" y2="{px(y2)}" '
        f'stroke="{LIGHT[colour]}" stroke-width="1.2"{more}/>'
    )


def safe(said: str) -> str:
    """Text as XML may hold it: no control characters, no markup."""
    return escape(printable(" ".join(said.split())))


def px(number: float) -> str:
    """A coordinate, to a tenth."""
    return f"{number:.1f}".removesuffix(".0")


def short(number: float) -> str:
    """A number as short as it is true."""
    return f"{number:,.0f}" if number == int(number) else f"{number:.6g}"


def count(rows: int, room: float) -> str:
    """A count in full where there is room for it, else rounded: 12k, 1.2M."""
    full = f"{rows:,}"
    if width_of(full, 11) + 3 <= room or rows < 1000:
        return full
    size, letter = next((s, letter) for s, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if rows >= 0.9995 * s)
    near = rows / size
    return f"{near:.1f}{letter}" if near < 9.95 else f"{near:.0f}{letter}"


def width_of(said: str, size: float) -> float:
    """About how wide text is, in pixels; a Chinese character is as wide as it is high."""
    return sum(size if east_asian_width(character) in "WF" else size * 0.56 for character in said)


def fitted(said: str, size: float, room: float = RIGHT - LEFT) -> str:
    """The text, cut where it would run out of the picture."""
    if width_of(said, size) <= room:
        return said
    while said and width_of(said, size) > room - size:
        said = said[:-1]
    return said.rstrip() + "…"


def wrapped(said: str, size: float, most: int) -> list[str]:
    """The text in at most so many lines, broken at spaces."""
    lines = [""]
    for word in said.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(lines) < most and width_of(longer, size) > RIGHT - LEFT:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fitted(one, size) for one in lines]
