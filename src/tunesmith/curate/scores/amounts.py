"""Read one amount ("4.5/5", "four and a half", "四分半") where a score may stand, with what makes it none.

A number is an amount of the scale only with what stands around it: "4/10" is on another scale, "4-5" is a range and
"4 examples" counts something. Every pattern is of bounded length, so that reading at one place takes constant time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tunesmith.curate.scores import words

# A letter or digit that a number may not touch; Chinese, Japanese and Korean put no space between. (Compiling these
# ranges without regard to case takes a second, and they have none.)
LETTER = r"(?-i:[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3])"
_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ENGLISH = {word: value for value, word in enumerate(_ONES + _TEENS)}
_ENGLISH |= {word: 10 * value for value, word in enumerate(_TENS, 2)}
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "1/2": 0.5, "1/4": 0.25, "3/4": 0.75}
_CHINESE = dict(zip("零〇一二两兩三四五六七八九", (0, 0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))

_one = "|".join(_ONES)
_ten = "|".join(_TENS)
_ARABIC = r"[+-]?(?:\d{1,3}点\d|\d{1,15}(?:\.\d{1,15}|,\d{1,2})?|\.\d{1,6})(?:\s?[½¼¾]|\s(?:1/2|[13]/4)(?!/))?|[½¼¾]"
_IN_ENGLISH = (
    rf"(?:(?:minus|negative)\s)?(?:(?:(?:a|one)\s)?hundred|(?:{_ten})(?:[\s-](?:{_one}))?|{'|'.join(_TEENS)}|{_one})"
    rf"(?:[\s-]and[\s-]a[\s-]half|(?:\sand)?\s?½|\spoint\s(?:{_one})(?:\s(?:{_one}))?)?"
)
_IN_CHINESE = r"[负負]?[零〇一二两兩三四五六七八九十百]{1,6}(?:[点點][零〇一二三四五六七八九]{1,3})?(?:个半)?"
NUMBER = (
    rf"(?:(?:{_ARABIC})(?![.,:]?\d|{LETTER}|-[a-z]|(?-i:\.[a-z])|/\d+/|['’]\w)|(?:{_IN_ENGLISH})(?!{LETTER}|-[a-z]|['’]\w)"
    rf"|{_IN_CHINESE}(?![零〇一二两兩三四五六七八九十百]))"
)
_UNIT = rf"(?:(?:{words.UNITS})(?![a-z]))"

_NUMBER = re.compile(NUMBER, re.I)
HAS_NUMBER = re.compile(
    rf"[0-9½¼¾零〇一二两兩三四五六七八九十百]|\b(?:{'|'.join(_ONES + _TEENS + _TENS)}|hundred)", re.I
)
_HALF = re.compile(r"\s?[分点點]半")
_OUT_OF = re.compile(
    rf"\s?{_UNIT}?\s?(?:/|out of(?: an?| the)?(?: (?:possible|total|maximum|max|full|perfect))?(?: of)?\s"
    rf"|(?:of|von|sur|su|de|из|av|van)\s)\s?({NUMBER})(?!\s?/)",
    re.I,
)
_PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b)", re.I)
_COUNTED = re.compile(rf"\s?[-]?(?:(?P<stars>(?:{words.STARS})(?![a-z]))|{_UNIT})", re.I)
_RANGE = re.compile(
    rf"(?P<by>\s?(?:-{{1,2}}|–|—|~|〜|/|&|to\b|through\b|or\b|and\b|bis\b|oder\b|ou\b|à\b|到|至|或者?|和"
    rf"|、|,|\.\.\.?|…))\s?(?:(?:maybe|perhaps|even|possibly|an?)\s){{0,2}}(?P<other>{NUMBER})(?P<rest>\s?{_UNIT}?\s?(?:[a-z]{{2,}})?)",
    re.I,
)
_ASIDE = re.compile(rf"\s?[(\[]\s?({NUMBER})\s?(?:(%|/|out of)\s?({NUMBER})?)?\s?{_UNIT}?\s?[)\]]", re.I)
_CLOSERS = re.compile(r"[\"'”’)\]}»」』*]*")
_END = re.compile(r"(?:[\s.!,;:。！；、…)\]}\"'”’|·•]|\s[–—-])*$")
_STOP = re.compile(
    r"\.(?=[\s\"')\]A-Z]|[^\x00-\x7f])(?!\s\d+\s?(?:/|$))|[,;:!。！；、…|](?!\s?\d(?!\d?[.)]\s))|\s[-–—]{1,2}\s|[–—]|\s?[(\[{]|\s?(?:->|=>|→)"
)
_WORD = re.compile(rf"\s(?:{words.AFTER.replace(chr(10), '')})(?!{LETTER})|\s?(?:{words.AFTER_ZH})", re.I)
_OPENER = re.compile(r"\s(?:[A-Z][a-z]+,?|[AI])\s(?=\S)|\s1[.)]\s[A-Z]")


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale that the judge was asked to use, both ends included."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}-{self.high:g}" if self.low >= 0 else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number where a score may stand.

    ``trouble`` says why it is no score of the scale ("" if it is one), ``scaled`` whether its scale or unit was said
    with it ("4/5", "4 points"), ``end`` where it ends, and ``follows`` what comes next: nothing more, a stop, a word
    that may follow a score, or ``""`` for anything else, which makes it a number of something.
    """

    value: float
    trouble: str
    scaled: bool
    end: int
    follows: Literal["end", "stop", "word", ""]

    @property
    def complete(self) -> bool:
        """Whether what follows leaves it a score."""
        return self.follows != ""


def read_amount(text: str, start: int, scale: Scale) -> Amount | None:
    """Read the amount that begins at ``start``; none if no number stands there."""
    item = _read_number(text, start, scale)
    if item is None or item.follows:
        return item
    value, trouble, end = item.value, item.trouble, item.end
    if not trouble and (other := _RANGE.match(text, end)) and _is_range(value, other, text):
        trouble, end = f"a range ({text[start : other.end('other')].strip()}), not one score", other.end("other")
        end = counted.end() if (counted := _COUNTED.match(text, end)) else end
    if not trouble and (aside := _ASIDE.match(text, end)):
        trouble, end = _with_an_aside(value, aside, scale), aside.end()
    end = _CLOSERS.match(text, end).end()  # type: ignore[union-attr]
    return Amount(value + 0.0, trouble or _outside(value, scale), item.scaled, end, _follows(text, end))


def read_item(text: str, start: int, scale: Scale) -> Amount | None:
    """Read one number of a list, with its scale or unit; whatever follows, even a number, is the reader's to judge."""
    item = _read_number(text, start, scale)
    return item and Amount(item.value, item.trouble or _outside(item.value, scale), item.scaled, item.end, "")


def _read_number(text: str, start: int, scale: Scale) -> Amount | None:
    """Read a number with the scale or unit that it is given in; ``follows`` is only set if it cannot be one number."""
    found = _NUMBER.match(text, start)
    if found is None:
        return None
    value = to_number(found[0])
    if value is None:
        return Amount(0.0, f"{found[0]}, which is not one number", False, found.end(), "end")
    end = found.end()
    if half := _HALF.match(text, end):
        value, end = value + 0.5, half.end()
    trouble, scaled, end = _with_its_scale(text, end, value, scale)
    return Amount(value + 0.0, trouble, scaled, end, "")


def _outside(value: float, scale: Scale) -> str:
    return "" if scale.low <= value <= scale.high else f"the score {value:g} is outside the scale {scale}"


def to_number(written: str) -> float | None:
    """Return the value of a number as written, none if the words do not make one ("三四")."""
    written = written.strip().lower()
    for sign in ("minus ", "negative ", "负", "負"):
        if written.startswith(sign):
            value = to_number(written[len(sign) :])
            return None if value is None else -value
    if written[0] in _CHINESE or written[0] in "十百":
        return _from_chinese(written)
    if written[0].isalpha():
        return _from_english(written)
    for mark, part in _FRACTIONS.items():
        if written.endswith(mark):
            whole = written[: -len(mark)].strip()
            return (float(whole.replace(",", ".")) if whole else 0.0) + part
    return float(written.replace(",", ".").replace("点", "."))


def _from_english(written: str) -> float:
    plain = written.replace("-", " ").replace("½", " and a half")
    whole, _, decimals = plain.partition(" point ")
    value = 0.0
    for word in whole.split():
        if word == "hundred":
            value = 100.0
        elif word == "half":
            value += 0.5
        else:
            value += _ENGLISH.get(word, 0) if word != "one" or "hundred" not in whole else 0
    return float(f"{value:g}.{''.join(str(_ENGLISH[word]) for word in decimals.split())}") if decimals else value


def _from_chinese(written: str) -> float | None:
    written = written.replace("點", "点")
    half = 0.5 if written.endswith("个半") else 0.0
    whole, _, decimals = written.removesuffix("个半").partition("点")
    shape = re.fullmatch(r"(?:(.)?百)?(?:零?(.)?十)?零?(.)?", whole)
    if shape is None or any(digit in ("十", "百") for digit in shape.groups("")):
        return None
    hundreds, tens, ones = (_CHINESE.get(digit, 0) for digit in shape.groups(""))
    value = 100.0 * (hundreds or ("百" in whole)) + 10.0 * (tens or ("十" in whole)) + ones
    return float(f"{value:g}.{''.join(str(_CHINESE[digit]) for digit in decimals)}") if decimals else value + half


def _with_its_scale(text: str, end: int, value: float, scale: Scale) -> tuple[str, bool, int]:
    """Read "/5", "out of 5", "%", "points" or "stars": the trouble they make, whether any stands there, the end."""
    if out_of := _OUT_OF.match(text, end):
        other = to_number(out_of[1])
        counted = _COUNTED.match(text, out_of.end())
        return _scale_trouble(other, scale), True, counted.end() if counted else out_of.end()
    if percent := _PERCENT.match(text, end):
        return _scale_trouble(100, scale), True, percent.end()
    if counted := _COUNTED.match(text, end):
        # stars are five unless the judge says otherwise
        return _scale_trouble(5, scale) if counted["stars"] else "", True, counted.end()
    return "", False, end


def _scale_trouble(top: float | None, scale: Scale) -> str:
    return "" if top == scale.high else f"scored out of {'?' if top is None else f'{top:g}'} on a scale of {scale}"


def _is_range(value: float, other: re.Match[str], text: str) -> bool:
    """Whether a second number makes a range or a choice of the first: "4-5", "4 or 5", "4, 5".

    "4, 3 of them wrong", "4 - 2 sources are old", "4 - One of them" and "4 - 1. It" go on with another matter.
    """
    second = to_number(other["other"])
    by = other["by"].strip()
    goes_on = bool(re.search(r"[a-z]", other["rest"], re.I)) and not _COUNTED.match(other["rest"])
    if by in (",", "、", "and", "和", "&"):
        return not goes_on
    if other["by"][0] != " " or by not in ("-", "–", "—", "--"):
        return True
    descends = second is not None and second < value
    is_list = re.match(r"\d{1,2}[.)]\s\S", text[other.start("other") : other.end("other") + 3])
    return not is_list and not (goes_on and (descends or other["other"][0].isupper()))


def _with_an_aside(value: float, aside: re.Match[str], scale: Scale) -> str:
    """Compare "(four)" or "(4/5)" behind a score with it; "(90%)" says it in another way."""
    second, top = to_number(aside[1]), aside[3] and to_number(aside[3])
    if aside[2] == "%" or (top and top != scale.high) or second == value:
        return ""
    return f"two scores that differ ({value:g} and {aside[1]})"


def _follows(text: str, end: int) -> Literal["end", "stop", "word", ""]:
    if _END.match(text, end):
        return "end"
    if _STOP.match(text, end):
        return "stop"
    return "word" if _WORD.match(text, end) or _OPENER.match(text, end) else ""
