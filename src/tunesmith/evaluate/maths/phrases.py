r"""What an answer says in words beside its formulas, which a computer algebra system drops without a word.

``12\pi\text{ cm}`` and ``12\pi\text{ m}``, "n is even" and "n is odd" are one to it. So units and words are compared
first, and it is given only the formulas between them.
"""

from __future__ import annotations

import re

from .brackets import AND, OR, split
from .numbers import counts_things, measured
from .rules import LETTER, label, one_says_more

_WORD = re.compile(
    r"\\(?:begin|end)\{\w+\*?\}|\\text\{(?P<text>[^{}]*)\}|(?P<dots>\\[lcv]dots)(?![A-Za-z])|\\[A-Za-z]+"
    r"|(?<![A-Za-z])(?P<bare>[A-Z]{2,}|[A-Za-z]{4,}|\d(?:st|nd|rd|th))(?![A-Za-z])"
)
_RELATION = re.compile(r"[<>=]|\\[lgn]e(?![A-Za-z])")
_FUNCTION = re.compile(r"(?:arc)?(?:sin|cos|tan|cot|sec|csc)h?|log|ln|exp|sqrt|frac|theta|alpha|beta", re.I)
WORDS = "its words only a person can compare"
UNITS = "its unit is not the reference's, and may stand for it or not"
EQUATION = "an equation stands beside what is none"


def formulas_of(one: str, other: str) -> list[tuple[str, str]] | str | None:
    """The formulas of two normal answers that must be the same, pair by pair, for these to be.

    Returns:
        The pairs; ``None`` if the answers are surely different; what stands in the way if that cannot be told.
    """
    (first, unit), (second, other_unit) = measured(one), measured(other)
    if unit != other_unit:
        if unit and other_unit and not one_says_more(unit, other_unit):
            return UNITS if counts_things(unit) or counts_things(other_unit) else None
        if {unit, other_unit} & {"%", "°"}:
            return UNITS
    if _RELATION.search(first + second) and bool(OR.search(first)) != bool(OR.search(second)):
        return WORDS  # "and" is not "or"
    first, second = AND.sub(",", first), AND.sub(",", second)
    (words, pieces, in_text), (others, other_pieces, other_in_text) = _apart(first), _apart(second)
    if words != others:
        return None if in_text and other_in_text and not {*words} & {*others} else WORDS
    pairs = [(a.strip(" ,;"), b.strip(" ,;")) for a, b in zip(pieces, other_pieces, strict=True)]
    pairs = [pair for pair in pairs if any(pair)]
    if not all(a and b for a, b in pairs):
        return None
    named = [_without_label(*pair) for pair in pairs]
    return EQUATION if any(_is_equation(a) != _is_equation(b) for a, b in named) else named


def _apart(text: str) -> tuple[list[str], list[str], bool]:
    r"""The words of an answer, the formulas around them, and whether any stands in ``\text``."""
    words, pieces, start, in_text = [], [], 0, False
    for found in _WORD.finditer(text):
        word = found["text"] or found["dots"] or found["bare"]
        if word is None or len(word.strip()) < 2 or _FUNCTION.fullmatch(word):
            continue
        in_text = in_text or bool(found["text"])
        words.append(" ".join(word.casefold().split()))
        pieces.append(text[start : found.start()])
        start = found.end()
    return words, [*pieces, text[start:]], in_text


def _without_label(one: str, other: str) -> tuple[str, str]:
    """Two formulas without the name that one or both are called by, unless they are called by different ones."""
    first, second = label(one), label(other)
    if first and second:
        return (first[2], second[2]) if first[1] == second[1] else (one, other)
    if first and not _is_equation(other) and not LETTER.fullmatch(first[2]):
        return first[2], other
    if second and not _is_equation(one) and not LETTER.fullmatch(second[2]):
        return one, second[2]
    return one, other


def _is_equation(text: str) -> bool:
    return len(split(text, "=")) > 1
