"""A picture as PNG, for places that show no SVG, drawn by resvg (the extra ``png``).

What resvg finds no font for it leaves out or draws as an empty box, and says nothing; so it is asked beforehand.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from unicodedata import name

from tunesmith.errors import UsageError

_FAMILIES = ("Helvetica", "Arial", "Liberation Sans", "DejaVu Sans", "Noto Sans", "Segoe UI", "Roboto", "Verdana")
_TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")
_NOWHERE = "\U0010fffd"  # for private use: no font of a system has it
_REMEDY = "or ask for SVG, which the viewer's own fonts draw"


def to_png(svg: str) -> bytes:
    """Draw an SVG of ours as PNG, twice as large, in its colours for light screens.

    Raises:
        UsageError: resvg is not installed, or the system has no font for the picture's words.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise UsageError(f"PNG pictures need resvg-py: pip install 'tunesmith[png]', {_REMEDY}") from None
    words = unescape("".join(_TEXT.findall(svg)))
    if words and not _has_fonts():
        raise UsageError(f"a PNG would have no words, as this system has no font; install one, {_REMEDY}")
    for script, letter in {_script(c): c for c in reversed(words) if not c.isascii()}.items():
        if not _has_letter(letter):
            raise UsageError(
                f"a PNG would have boxes for {letter!r} (U+{ord(letter):04X}), as no font of this system has letters "
                f"of that script ({script}); install one, for instance one of the Noto fonts, {_REMEDY}"
            )
    return bytes(svg_to_bytes(svg_string=svg, zoom=2, sans_serif_family=_sans()))


def _script(letter: str) -> str:
    """The script, or the kind of sign: the first word of the letter's name in Unicode."""
    return name(letter, "UNKNOWN").split()[0]


@cache
def _drawn(said: str, family: str) -> bytes:
    from resvg_py import svg_to_bytes

    text = f'<text x="2" y="16" font-size="16" font-family="{family}">{said}</text>'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">{text}</svg>'
    return bytes(svg_to_bytes(svg_string=picture))


def _has_fonts() -> bool:
    return _drawn("Ag", "none of this name") != _drawn("", "none of this name")


def _has_letter(letter: str) -> bool:
    return _drawn(letter, "none of this name") != _drawn(_NOWHERE, "none of this name")


@cache
def _sans() -> str | None:
    """A sans-serif font that is there: one that draws otherwise than what stands in for a font that is not."""
    stand_in = _drawn("Ag", "none of this name")
    return next((family for family in _FAMILIES if _drawn("Ag", family) != stand_in), None)
