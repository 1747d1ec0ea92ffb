"""Final numbers, as word problems end with (K. Cobbe et al., "Training Verifiers to Solve Math Word Problems", 2021).

``#### 42`` marks it in the references. A model's is taken from the same mark, from a box, from "the answer is ...", or
else the last number in the text. Currency, units, percent signs and commas between thousands do not count.
"""

from __future__ import annotations

import re

from tunesmith.curate.final_answers import answer_at, last_statement

from .extract import Found, final_answer, spoken
from .normal import normal
from .numbers import number

_HASHES = re.compile(r"####\s*(.+)")
_NUMERAL = re.compile(
    r"""
    (?<![\w.\\]) (?P<sign>(?:(?<![\d)])[-−–]\s?)?) [$€£¥]? \s? (?P<sign_behind>[-−]?)
    (?P<number> \\[dt]?frac\{\d+\}\{\d+\}
      | (?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)? (?:\s?/\s?\d+(?:\.\d+)?|\s\d+/\d+|\\frac\{\d+\}\{\d+\})?
      | \.\d+ )
    """,
    re.X,
)


def final_number(text: str) -> Found | None:
    """The final number, as an exact fraction, ``7/2``; ``None`` if the text has no number."""
    said = spoken(text)
    if said is None:
        return None
    if marked := _HASHES.findall(said):
        return _first(marked[-1], "label")
    if "boxed" in said and (boxed := final_answer(said)):
        return _first(normal(boxed.text), "box")
    if (place := last_statement(said)) and (answer := answer_at(said, place.end)):
        stated = _first(said[answer.start : answer.end].rpartition("=")[2], "label")
        if stated:
            return stated
    return _read(_NUMERAL.findall(said)[-1:], "text")


def same_number(one: str, other: str) -> bool:
    """Whether two numbers are the same: ``18.00`` is 18, ``1/2`` is 0.5."""
    first, second = number(one), number(other)
    return first is not None and first == second


def _first(text: str, sign: str) -> Found | None:
    return _read(_NUMERAL.findall(text)[:1], sign)


def _read(found: list[tuple[str, str, str]], sign: str) -> Found | None:
    for before, behind, digits in found:
        value = number(re.sub(r"\\[dt]frac", r"\\frac", digits.replace(",", "")))
        if value is not None:
            return Found(str(-value if before or behind else value), sign)
    return None
