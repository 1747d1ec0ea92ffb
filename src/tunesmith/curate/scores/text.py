"""Read a line of a judge's reply as a reader sees it: without markdown, XML, LaTeX, emoji and hidden characters.

Each pattern is of bounded length or walks a run once: the work is linear in the length of the reply.
"""

from __future__ import annotations

import re

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import Scale

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ALIKE = {
    ord(char): to
    for char, to in zip("−﹣‐‑‒⁄∕【】“”„", ["-"] * 4 + ["–", "/", "/", "[", "]", '"', '"', '"'], strict=True)
}
_HIDDEN = re.compile(r"[\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_KEYCAP_LIST = re.compile(r"(?m)^([0-9])\u20e3(?=[ \t]*[^\W\d_])")


_STRUCK = re.compile(r"~~[^~\n]{1,200}~~")
_BOXED = re.compile(r"\\boxed\s?\{\s?(?:\\text\s?\{)?([^{}\n]{0,60})\}{1,2}")
_FRACTION = re.compile(r"\\d?frac\s?\{([^{}\n]{1,20})\}\s?\{([^{}\n]{1,20})\}")
_TEXT = re.compile(r"\\(?:text|textbf|mathbf|mathrm)\s?\{([^{}\n]{0,80})\}")
_MATH_MARK = re.compile(r"\\[()\[\]]|\$\$")
_MATH = re.compile(r"\$(?!\s)([^$\n]{1,60})(?<!\s)\$(?!\d)")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9_ -]{0,40}?)\s?/?>", re.I)
_LOOKS = frozenset(
    [
        "b",
        "strong",
        "i",
        "em",
        "u",
        "p",
        "br",
        "hr",
        "div",
        "span",
        "li",
        "ul",
        "ol",
        "center",
        "code",
        "pre",
        "small",
        "big",
        "mark",
        "sub",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    ]
)
# stars between digits or between blanks multiply
_STRESS = re.compile(r"(?<!\d)(?<!\s)\*++|(?<=\d)\*++(?!\d)|(?<=\s)\*++(?!\s)|`++")
_EMOJI = re.compile(r"[\u2600-\u2604\u2607-\u2775\u2794-\u27bf\u2b00-\u2b4f\u2b51-\u2bff\U0001f000-\U0001faff\u20e3]+")
_STAR_RUN = re.compile(r"[★⭐🌟]{1,20}½?[☆✩✰]{0,20}|½?[☆✩✰]{1,20}")
# a dash before a number may be its sign, and "> 4" may mean more than 4
_LEAD = re.compile(r"^(?:(?:#{1,6}\s|[•·▪◦‣]|[–—-]\s(?!\d))\s*|>\s*(?=[^\W\d_]))+")
_LIST_MARK = re.compile(r"^\(?\d{1,2}[.)、]\s?(?=[^\s\d])")
_NESTED = re.compile(r"\"([^\"\n]{1,40})\"\s?:\s?\{\s?\"")
_BLANKS = re.compile(r"\s+")
_BLANK_BEFORE = re.compile(r"\s{1,4}(?=[,;])")

_A = r"(?P<a#>[-+]?\d{1,4}(?:[.,]\d)?)"  # the number of the shape stands in for #
_B = r"(?P<b#>\d{1,4}(?:[.,]0)?)"
_TO = r"\s?(?:-|–|—|~|to|through|bis|à|到|至|and)\s?"
_UNIT = rf"\s?(?:{words.UNITS}|scale)?"
_SCALE_SHAPES = (
    rf"(?:(?:on|using|with|from)\s)?(?:(?:a|the)\s)?scale\s?(?:of|from|between|is|:)?\s?{_A}{_TO}{_B}(?![.,]?\d)",
    rf"(?<![\d.]){_A}{_TO}{_B}(?:[\s-]points?)?\s(?:rating\s)?scale",
    rf"(?<![\d.]){_B}[\s-]point\sscale",
    rf"[(\[](?:(?:scale|range|from|on)[:\s]{{1,2}})?{_A}{_TO}{_B}{_UNIT}[)\]]",
    rf"[(\[](?:out of|of|max(?:imum)?\.?(?:\sscore)?(?:\sof)?:?|/|von|sur|[满总]分[为是:]?)\s?{_B}{_UNIT}[)\]]",
    rf"max(?:imum)?(?:\spossible)?\s(?:score|rating|points)\s?(?:[:=]|is|of)\s?{_B}(?![.,]?\d)",
    rf"满分(?:为|是|:)?\s?{_B}\s?分?",
    rf"(?<![\d.]){_B}\s?(?:分(?:制|满分)|点満点(?:中|で)?|점\s?만점(?:에|에서|중)?)",
    rf"between\s{_A}\sand\s{_B}(?![.,]?\d)",
    rf"(?:^|(?<=[.,;]\s))out\sof\s{_B},",
    rf"(?:(?<=score\s)|(?<=rating\s))out\sof\s{_B}(?=\s?[:=])",
)
_SCALE = re.compile("|".join(shape.replace("#", str(n)) for n, shape in enumerate(_SCALE_SHAPES)), re.I)
_COMMON_TOPS = frozenset((3.0, 4.0, 5.0, 6.0, 7.0, 9.0, 10.0, 20.0, 50.0, 100.0, 1000.0))
OTHER_SCALE = re.compile(r"⟦([0-9.]{1,9})⟧")


def _visible(text: str) -> str:
    """Return what a reader sees: hidden characters out, ASCII digits and punctuation."""
    text = _HIDDEN.sub("", _CONTROL.sub(" ", text))
    text = text.translate(_FULL_WIDTH).translate(_ALIKE)
    return _KEYCAP_LIST.sub(r"\1. ", _OTHER_DIGIT.sub(lambda digit: str(int(digit[0])), text))


def plain(line: str) -> str:
    """Return a line of the reply as a reader sees it: without its markup, with single blanks."""
    line = _NESTED.sub(r'"\1 ', _STRUCK.sub(" ", _visible(line)))
    if "\\" in line or "$" in line:
        line = _FRACTION.sub(r"\1/\2", _TEXT.sub(r"\1", line))
        line = _MATH.sub(r"\1", _MATH_MARK.sub(" ", _BOXED.sub(r"[[\1]]", line)))
    line = _TAG.sub(_tag, line)
    line = _EMOJI.sub(" ", _STAR_RUN.sub(_stars, _STRESS.sub("", line)))
    line = _BLANKS.sub(" ", line.replace("_", " ")).strip()
    return _LIST_MARK.sub("", _LEAD.sub("", line))


def _tag(tag: re.Match[str]) -> str:
    """Turn ``<score>4</score>`` into ``score: 4;`` and drop tags that only say how a text looks."""
    name = tag[2].strip().lower()
    return " " if name in _LOOKS else "; " if tag[1] else f" {name}: "


def _stars(run: re.Match[str]) -> str:
    """Turn ★★★★☆ into 4/5; a single one is ornament, and after a number they are its unit."""
    half = run[0].count("½")
    empty = sum(run[0].count(star) for star in "☆✩✰")
    full = len(run[0]) - half - empty
    before = run.string[max(0, run.start() - 2) : run.start()].strip()
    if before[-1:].isdigit():
        return " stars "
    if full + empty + half == 1:
        return " "
    return f" {full + half / 2:g}/{full + half + empty} "


def mark_scales(line: str, scale: Scale) -> str:
    """Take mentions of the scale out of a line; one of another scale becomes ``⟦10⟧``, its upper end."""

    def mark(found: re.Match[str]) -> str:
        ends = {name[0]: float(part.replace(",", ".")) for name, part in found.groupdict().items() if part}
        low, high = ends.get("a"), ends["b"]
        if low not in (None, 0, 1, -1, scale.low):
            return found[0]
        if high == scale.high:
            return " "
        return f" ⟦{high:g}⟧ " if high in _COMMON_TOPS and low != high else found[0]

    marked = _SCALE.sub(mark, line)
    if marked != line:
        marked = _BLANK_BEFORE.sub("", marked)
    return _BLANKS.sub(" ", marked).strip()
