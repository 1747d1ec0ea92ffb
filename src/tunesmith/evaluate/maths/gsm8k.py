"""Final numbers, as word problems end with (K. Cobbe et al., "Training Verifiers to Solve Math Word Problems", 2021).

``#### 42`` marks it in the references. A model's is taken from the same mark if a number stands right behind it, from a
box, from "the answer is ...", or else it is the last number in the text. Currency, units, percent signs and commas
between thousands do not count.
"""

from __future__ import annotations

import re
from fractions import Fraction

from tunesmith.curate.final_answers import answer_at, last_statement

from .extract import Found, final_answer, spoken
from .normal import normal
from .numbers import number

_HASHES = re.compile(
    r"####\s*([*(]{0,3}[-+−–]?\s?\\?[$€£¥]?\s?[-−]?(?:\\[dt]?frac|\.?\d)(?!\d{0,3}[.):]\s+\S).*)",
    re.I,
)
_NUMERAL = re.compile(
    r"""
    (?<![\w.\\^]) (?P<sign>(?:(?<![\d)%])[-−–])?) (?:\\?[$€£¥]\s?(?P<sign_behind>[-−]?))?
    (?P<number> \\[dt]?frac\{\d+\}\{\d+\}
      | (?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,3}(?:[\x20\xa0\u2009\u202f]\d{3})+(?![\d/])|\d+)(?:\.\d+)?
        (?: \s?[*x×]\s?10\s?\^\s?\{?-?\d{1,3}\}? | \^\{?\d{1,2}\}?
          | \s?/\s?\d+(?:\.\d+)? | \s\d+/\d+ | \\frac\{\d+\}\{\d+\} )?
      | \.\d+ )
    (?: \s?(?P<scale>hundred|thousand|million|billion|dozen)\b )?
    """,
    re.X,
)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "dozen": 12}
_POWER = re.compile(r"(\d+)\^\{?(\d{1,2})\}?")


def final_number(text: str) -> Found | None:
    """The final number, as an exact fraction, ``7/2``; ``None`` if the text has no number."""
    said = spoken(text)
    if said is None:
        return None
    marked = _HASHES.findall(said)
    boxed = final_answer(said) if "boxed" in said else None
    place = last_statement(said)
    answer = answer_at(said, place.end) if place and not place.hashes else None
    signs = (
        (marked[-1] if marked else "", "label"),
        (normal(boxed.text) if boxed else "", "box"),
        (said[answer.start : answer.end] if answer else "", "label"),
    )
    for stated, sign in signs:
        if found := _read(_NUMERAL.findall(stated.rpartition("=")[2])[:1], sign):
            return found
    return _read(_NUMERAL.findall(said)[-1:], "text")


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are the same: ``18.00`` is 18, ``1/2`` is 0.5."""
    first, second = number(one), number(other)
    return first is not None and first == second


def _read(found: list[tuple[str, str, str, str]], sign: str) -> Found | None:
    for before, behind, digits, scale in found:
        plain = re.sub(
            r"\\[dt]frac", r"\\frac", re.sub(r"[,\xa0\u2009\u202f]|(?<=\d)\x20(?=\d{3}(?![\d/]))", "", digits)
        )
        power = _POWER.fullmatch(plain)
        value = Fraction(int(power[1]) ** int(power[2])) if power else number(plain.replace("×", "*"))
        if value is not None:
            value *= _SCALES.get(scale, 1)
            return Found(str(-value if before or behind else value), sign)
    return None
