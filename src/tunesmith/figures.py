"""Pictures of one kind: how scores are distributed, as a self-contained SVG.

Written by hand, because a plotting library would be most of the installation (docs/decisions/0014-figures.md). The
picture has colours of its own for light and for dark screens and a background of its own in each, as the page around it
may be of the other kind than the screen; where the style is not understood, it is the light one. It has no script, and
is the same for the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width
from xml.sax.saxutils import escape

from .text import printable

WIDTH, HEIGHT = 720, 388
_LEFT, _RIGHT, _TOP, _BASE = 36, WIDTH - 20, 112, 300  # the field in which the bars stand
_LIGHT = {"page": "#ffffff", "ink": "#1f2328", "soft": "#59636e", "kept": "#1f6fb5", "rest": "#c3cad2"}
_DARK = {"page": "#0d1117", "ink": "#f0f6fc", "soft": "#9198a1", "kept": "#58a6ff", "rest": "#515c67"}
_MOST_COUNTS = 30  # bars that get their numbers; with more, only the highest does


@dataclass(frozen=True, slots=True)
class Bar:
    """The rows with scores from `start` up to the next bar's: how many, and how many of them are kept."""

    start: float
    rows: int
    kept: int


def histogram(bars: Sequence[Bar], width: float, threshold: float | None, title: str, axis: str, caption: str) -> str:
    """Draw a distribution of scores.

    Args:
        bars: From the lowest score to the highest, without gaps.
        width: How many points of score a bar spans.
        threshold: The least score that is kept, drawn as a line; none if left out.
        title: What is shown, in a few words.
        axis: What the scores are.
        caption: What to see in it, in a sentence or two.

    Returns:
        An SVG document, 720 by 388.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img" font-family="system-ui, -apple-system, \'Segoe UI\', Helvetica, Arial, sans-serif">',
        f"<title>{_safe(title)}</title>",
        f"<desc>{_safe(caption)}</desc>",
        _style(),
        f'<rect class="page" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{_LIGHT["page"]}"/>',
        _text(_LEFT, 32, _fitted(title, 17), 17, weight="600"),
        *(_text(_LEFT, 53 + 17 * n, line, 12.5, "soft") for n, line in enumerate(_wrapped(caption, 12.5, 2))),
        _text((_LEFT + _RIGHT) / 2, _BASE + 44, _fitted(axis, 12.5), 12.5, "soft", "middle"),
        f'<g transform="translate(20 {(_TOP + _BASE) // 2}) rotate(-90)">',
        _text(0, 0, "rows", 12.5, "soft", "middle") + "</g>",
    ]
    has_rows = any(bar.rows for bar in bars)
    if has_rows:
        parts += [*_bars(bars), *_ticks(bars, width)]
    else:
        parts.append(_text((_LEFT + _RIGHT) / 2, (_TOP + _BASE) / 2, "no row has a score", 14, "soft", "middle"))
    parts.append(_line(_LEFT, _BASE, _RIGHT, _BASE, "soft", ""))
    if has_rows and threshold is not None:
        parts += _mark(threshold, bars[0].start, bars[0].start + len(bars) * width)
    if has_rows:
        parts += _numbers(bars)
    kept = sum(bar.kept for bar in bars)
    if kept or threshold is not None:
        parts += _legend(kept, sum(bar.rows for bar in bars) - kept)
    return "\n".join([*parts, "</svg>", ""])


def _bars(bars: Sequence[Bar]) -> Iterator[str]:
    slot = (_RIGHT - _LEFT) / len(bars)
    wide = min(slot * (0.82 if slot > 12 else 0.94), 90)
    highest = max(bar.rows for bar in bars)
    for number, bar in enumerate(bars):
        middle = _LEFT + slot * (number + 0.5)
        high = _high(bar.rows, highest)
        kept = high if bar.kept == bar.rows else min(_high(bar.kept, highest), high - 1)
        for name, bottom, size in (("kept", _BASE, kept), ("rest", _BASE - kept, high - kept)):
            if size > 0:
                yield (
                    f'<rect class="{name}" x="{_n(middle - wide / 2)}" y="{_n(bottom - size)}" width="{_n(wide)}" '
                    f'height="{_n(size)}" fill="{_LIGHT[name]}"/>'
                )


def _numbers(bars: Sequence[Bar]) -> Iterator[str]:
    """How many rows each bar stands for, above it; over very many bars, only the highest one's."""
    slot = (_RIGHT - _LEFT) / len(bars)
    highest = max(bar.rows for bar in bars)
    top = next(number for number, bar in enumerate(bars) if bar.rows == highest)
    for number, bar in enumerate(bars):
        if len(bars) <= _MOST_COUNTS or number == top:
            shown = _count(bar.rows, slot if len(bars) <= _MOST_COUNTS else WIDTH)
            half = _wide(shown, 11) / 2
            x = min(max(_LEFT + slot * (number + 0.5), _LEFT + half), _RIGHT - half)
            y = _BASE - _high(bar.rows, highest) - 5
            yield f'<g class="halo">{_text(x, y, shown, 11, "ink" if bar.rows else "soft", "middle")}</g>'


def _high(rows: int, highest: int) -> float:
    """How high a bar is; the least is seen too."""
    return max(1.5, (_BASE - _TOP) * rows / highest) if rows else 0.0


def _ticks(bars: Sequence[Bar], width: float) -> Iterator[str]:
    """The score at which each bar begins, or each second, fifth ... where they would run into each other."""
    slot = (_RIGHT - _LEFT) / len(bars)
    room = max(_wide(_short(bar.start), 12) for bar in bars) + 8
    every = next((n for n in (1, 2, 4, 5, 10, 20, 25, 50, 100) if n * slot >= room), len(bars))
    for number, bar in enumerate(bars):
        if round(bar.start / width) % every == 0:
            yield _text(_LEFT + slot * (number + 0.5), _BASE + 18, _short(bar.start), 12, "ink", "middle")


def _mark(threshold: float, low: float, high: float) -> Iterator[str]:
    x = _LEFT + (_RIGHT - _LEFT) * min(1.0, max(0.0, (threshold - low) / (high - low)))
    yield _line(x, _TOP - 32, x, _BASE + 5, "ink", ' stroke-dasharray="5 4"')
    said = f"{_short(threshold)} or more"
    to_right = x + 6 + _wide(said, 12) <= _RIGHT
    yield _text(x + 6 if to_right else x - 6, _TOP - 23, said, 12, "ink", "start" if to_right else "end", "600")


def _legend(kept: int, rest: int) -> Iterator[str]:
    x: float = _LEFT
    for name, said in (("kept", f"kept: {kept:,}"), ("rest", f"not kept: {rest:,}")):
        yield f'<rect class="{name}" x="{_n(x)}" y="{HEIGHT - 25}" width="11" height="11" fill="{_LIGHT[name]}"/>'
        yield _text(x + 17, HEIGHT - 15, said, 12)
        x += 17 + _wide(said, 12) + 24


def _style() -> str:
    def rules(colours: dict[str, str]) -> str:
        fills = [f".{name} {{ fill: {colour} }}" for name, colour in colours.items()]
        lines = [f".{name}-line {{ stroke: {colours[name]} }}" for name in ("ink", "soft")]
        return " ".join([*fills, *lines, f".halo text {{ stroke: {colours['page']} }}"])

    # A number stands on the threshold's line where that runs through its bar.
    halo = ".halo text { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }"
    # Paper is white whatever the screen is; the colours of bars are printed although they are a background's.
    dark = f"@media screen and (prefers-color-scheme: dark) {{ {rules(_DARK)} }}"
    return f"<style>{rules(_LIGHT)} {dark} svg {{ print-color-adjust: exact }} {halo}</style>"


def _text(
    x: float, y: float, said: str, size: float, colour: str = "ink", anchor: str = "start", weight: str = "400"
) -> str:
    return (
        f'<text class="{colour}" x="{_n(x)}" y="{_n(y)}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{_LIGHT[colour]}">{_safe(said)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str) -> str:
    return (
        f'<line class="{colour}-line" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" '
        f'stroke="{_LIGHT[colour]}" stroke-width="1.2"{more}/>'
    )


def _safe(text: str) -> str:
    """Text as XML may hold it: no control characters, no markup."""
    return escape(printable(" ".join(text.split())))


def _n(number: float) -> str:
    """A coordinate, to a tenth."""
    return f"{number:.1f}".removesuffix(".0")


def _short(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:.6g}"


def _count(rows: int, room: float) -> str:
    """A count in full where there is room for it, else rounded: 12k, 1.2M."""
    full = f"{rows:,}"
    if _wide(full, 11) + 3 <= room or rows < 1000:
        return full
    size, letter = next((s, letter) for s, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if rows >= 0.9995 * s)
    near = rows / size
    return f"{near:.1f}{letter}" if near < 9.95 else f"{near:.0f}{letter}"


def _wide(text: str, size: float) -> float:
    """About how wide text is, in pixels; a Chinese character is as wide as it is high."""
    return sum(size if east_asian_width(character) in "WF" else size * 0.56 for character in text)


def _fitted(text: str, size: float, room: float = _RIGHT - _LEFT) -> str:
    """The text, cut where it would run out of the picture."""
    if _wide(text, size) <= room:
        return text
    while text and _wide(text, size) > room - size:
        text = text[:-1]
    return text.rstrip() + "…"


def _wrapped(text: str, size: float, most: int) -> list[str]:
    """The text in at most so many lines, broken at spaces."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(lines) < most and _wide(longer, size) > _RIGHT - _LEFT:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_fitted(line, size) for line in lines]
