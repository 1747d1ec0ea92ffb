"""How scores are distributed, with a threshold: bars with their counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .svg import LEFT, LIGHT, RIGHT, WIDTH, Bar, count, document, fitted, label, legend, px, rule, short, width_of

HEIGHT = 388
_TOP, _BASE = 112, 300  # the field in which the bars stand
_MOST_COUNTS = 30  # bars that get their numbers; with more, only the highest does


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
        label((LEFT + RIGHT) / 2, _BASE + 44, fitted(axis, 12.5), 12.5, "soft", "middle"),
        f'<g transform="translate(20 {(_TOP + _BASE) // 2}) rotate(-90)">',
        label(0, 0, "rows", 12.5, "soft", "middle") + "</g>",
    ]
    has_rows = any(bar.rows for bar in bars)
    if has_rows:
        parts += [*_bars(bars), *_ticks(bars, width)]
    else:
        parts.append(label((LEFT + RIGHT) / 2, (_TOP + _BASE) / 2, "no row has a score", 14, "soft", "middle"))
    parts.append(rule(LEFT, _BASE, RIGHT, _BASE, "soft", ""))
    if has_rows and threshold is not None:
        parts += _mark(threshold, bars[0].start, bars[0].start + len(bars) * width)
    if has_rows:
        parts += _numbers(bars)
    kept = sum(bar.kept for bar in bars)
    if kept or threshold is not None:
        rest = sum(bar.rows for bar in bars) - kept
        parts += legend(HEIGHT - 15, [("kept", f"kept: {kept:,}"), ("rest", f"not kept: {rest:,}")])
    return document(HEIGHT, title, caption, parts)


def _bars(bars: Sequence[Bar]) -> Iterator[str]:
    slot = (RIGHT - LEFT) / len(bars)
    wide = min(slot * (0.82 if slot > 12 else 0.94), 90)
    highest = max(bar.rows for bar in bars)
    for number, bar in enumerate(bars):
        middle = LEFT + slot * (number + 0.5)
        high = _high(bar.rows, highest)
        kept = high if bar.kept == bar.rows else min(_high(bar.kept, highest), high - 1)
        for name, bottom, size in (("kept", _BASE, kept), ("rest", _BASE - kept, high - kept)):
            if size > 0:
                yield (
                    f'<rect class="{name}" x="{px(middle - wide / 2)}" y="{px(bottom - size)}" width="{px(wide)}" '
                    f'height="{px(size)}" fill="{LIGHT[name]}"/>'
                )


def _numbers(bars: Sequence[Bar]) -> Iterator[str]:
    """How many rows each bar stands for, above it; over very many bars, only the highest one's."""
    slot = (RIGHT - LEFT) / len(bars)
    highest = max(bar.rows for bar in bars)
    top = next(number for number, bar in enumerate(bars) if bar.rows == highest)
    for number, bar in enumerate(bars):
        if len(bars) <= _MOST_COUNTS or number == top:
            shown = count(bar.rows, slot if len(bars) <= _MOST_COUNTS else WIDTH)
            half = width_of(shown, 11) / 2
            x = min(max(LEFT + slot * (number + 0.5), LEFT + half), RIGHT - half)
            y = _BASE - _high(bar.rows, highest) - 5
            yield f'<g class="halo">{label(x, y, shown, 11, "ink" if bar.rows else "soft", "middle")}</g>'


def _high(rows: int, highest: int) -> float:
    """How high a bar is; the least is seen too."""
    return max(1.5, (_BASE - _TOP) * rows / highest) if rows else 0.0


def _ticks(bars: Sequence[Bar], width: float) -> Iterator[str]:
    """The score at which each bar begins, or each second, fifth ... where they would run into each other."""
    slot = (RIGHT - LEFT) / len(bars)
    room = max(width_of(short(bar.start), 12) for bar in bars) + 8
    every = next((n for n in (1, 2, 4, 5, 10, 20, 25, 50, 100) if n * slot >= room), len(bars))
    for number, bar in enumerate(bars):
        if round(bar.start / width) % every == 0:
            yield label(LEFT + slot * (number + 0.5), _BASE + 18, short(bar.start), 12, "ink", "middle")


def _mark(threshold: float, low: float, high: float) -> Iterator[str]:
    x = LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, (threshold - low) / (high - low)))
    yield rule(x, _TOP - 32, x, _BASE + 5, "ink", ' stroke-dasharray="5 4"')
    said = f"{short(threshold)} or more"
    to_right = x + 6 + width_of(said, 12) <= RIGHT
    yield label(x + 6 if to_right else x - 6, _TOP - 23, said, 12, "ink", "start" if to_right else "end", "600")
