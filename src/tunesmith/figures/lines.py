"""Several figures at each of a few places, joined by lines: ROUGE by length of the reference, for several models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from tunesmith.estimates import Estimate

from .axes import Measure, Scale, scale_of
from .svg import LEFT, LIGHT, RIGHT, document, fitted, label, px, rule, width_of

_TOP, _BASE = 92, 372
_STYLES = ("", "7 4", "2 3.5", "9 3 2 3", "12 4")  # of lines, so that they are told apart without colours
_CORNERS = (0, 4, 3, 5, 6)  # of markers: a disc, a square, a triangle ...


@dataclass(frozen=True, slots=True)
class Series:
    """One line: whose figures they are, and one for each place, ``Estimate()`` where there is none."""

    name: str
    figures: Sequence[Estimate]


def lines(
    series: Sequence[Series], places: Sequence[str], measure: Measure, title: str, axis: str, caption: str
) -> str:
    """Draw a line for each series over the same places, with intervals as whiskers.

    Args:
        series: The lines.
        places: What stands below the axis, from left to right.
        measure: What the figures are.
        title: What is shown, in a few words.
        axis: What the places are.
        caption: What to see in it, in a sentence or two.

    Returns:
        An SVG document, 720 wide and as high as it needs.
    """
    parts: list[str] = []
    found = [figure for one in series for figure in one.figures]
    if places and any(figure.value is not None for figure in found):
        scale = scale_of(found, measure, _BASE, _TOP + 16)
        left = LEFT + max(width_of(measure.tick(mark), 11.5) for mark in scale.marks) + 8
        for mark in scale.marks:
            parts.append(rule(left, scale.at(mark), RIGHT, scale.at(mark), "faint"))
            parts.append(label(left - 8, scale.at(mark) + 4, measure.tick(mark), 11.5, "soft", "end"))
        slot = (RIGHT - left) / len(places)
        for number, place in enumerate(places):
            said = fitted(place, 12, slot - 4)
            parts.append(label(left + slot * (number + 0.5), _BASE + 18, said, 12, "ink", "middle"))
        for number, one in enumerate(series):
            shift = min(14.0, slot / (len(series) + 1)) * (number - (len(series) - 1) / 2)  # whiskers side by side
            middles = [left + slot * (place + 0.5) + shift for place in range(len(places))]
            parts += _line(one, number, middles, scale)
    else:
        parts.append(label((LEFT + RIGHT) / 2, (_TOP + _BASE) / 2, "there are no figures", 14, "soft", "middle"))
    parts.append(label(LEFT, _TOP - 2, fitted(measure.name, 12), 12, "soft"))
    parts.append(label((LEFT + RIGHT) / 2, _BASE + 42, fitted(axis, 12.5), 12.5, "soft", "middle"))
    for number, one in enumerate(series):
        parts += _entry(one.name, number, _BASE + 70 + 22 * number)
    return document(_BASE + 66 + 22 * max(1, len(series)), title, caption, parts)


def _line(one: Series, number: int, middles: Sequence[float], scale: Scale) -> Iterator[str]:
    points = [
        (x, scale.at(figure.value), figure)
        for x, figure in zip(middles, one.figures, strict=True)
        if figure.value is not None
    ]
    path = "M" + "L".join(f"{px(x)} {px(y)}" for x, y, _ in points)
    yield f'<path class="{_shade(number)}-line" d="{path}" {_stroke(number)}/>'
    for x, _, figure in points:
        if figure.low is not None and figure.high is not None:
            low, high = px(scale.at(figure.low)), px(scale.at(figure.high))
            caps = f"M{px(x - 4)} {low}H{px(x + 4)}M{px(x - 4)} {high}H{px(x + 4)}"
            yield (
                f'<path class="{_shade(number)}-line" d="M{px(x)} {low}V{high}{caps}" fill="none" '
                f'stroke="{LIGHT[_shade(number)]}" stroke-width="1.4"/>'
            )
    for x, y, _ in points:
        yield _marker(number, x, y)


def _entry(name: str, number: int, y: float) -> Iterator[str]:
    yield f'<path class="{_shade(number)}-line" d="M{LEFT} {px(y - 4)}H{LEFT + 44}" {_stroke(number)}/>'
    yield _marker(number, LEFT + 22, y - 4)
    yield label(LEFT + 54, y, fitted(name, 12, RIGHT - LEFT - 54), 12)


def _shade(number: int) -> str:
    return ("win", "hatch", "dot", "ink", "soft")[number % 5]


def _stroke(number: int) -> str:
    dashes = _STYLES[number % len(_STYLES)]
    broken = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'fill="none" stroke="{LIGHT[_shade(number)]}" stroke-width="2.2" stroke-linejoin="round"{broken}'


def _marker(number: int, x: float, y: float) -> str:
    """A disc or a shape with corners; hollow from the sixth series on."""
    shade, corners = _shade(number), _CORNERS[number % len(_CORNERS)]
    fill = shade if number < len(_CORNERS) else "page"
    look = f'class="{fill} {shade}-line" fill="{LIGHT[fill]}" stroke="{LIGHT[shade]}" stroke-width="1.8"'
    if not corners:
        return f'<circle {look} cx="{px(x)}" cy="{px(y)}" r="4.5"/>'
    turn = pi / 4 if corners == 4 else -pi / 2
    spots = [(turn + 2 * pi * corner / corners) for corner in range(corners)]
    points = " ".join(f"{px(x + 5.8 * cos(spot))},{px(y + 5.8 * sin(spot))}" for spot in spots)
    return f'<polygon {look} points="{points}"/>'
