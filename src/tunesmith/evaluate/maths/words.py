"""Answers that are words, or letters of multiple choice."""

from __future__ import annotations

import re

from .normal import worded

_CHOICE = re.compile(r"(\()?\s*([A-Z]|(?<=\()[a-j])\s*(?(1)\))\)?|(?i:option|choice)\s+(\()?([A-J])(?(3)\))")
_WORDS = re.compile(r"[^\W\d_]+(?:[\s'-]+[^\W\d_]+)*")
_LONG_WORD = re.compile(r"(?=[^\W\d_]*[aeiouy])[^\W\d_]{4,}|[^\x00-\x7f]{2,}", re.I)
_SHORT_WORDS = {"yes", "no", "odd", "even", "one", "two", "six", "ten", "both", "none", "all"}
_EMPTY_WORDS = {"the", "a", "an", "is", "on", "of", "it", "and", "or", "to", "in"}
_FUNCTIONS = re.compile(r"(?:sin|cos|tan|cot|sec|csc|ln|log|exp|pi|sqrt|arc\w+)\b")


def letter_of(text: str) -> str:
    """The letter of multiple choice that an answer is; empty if it is something else."""
    found = _CHOICE.fullmatch(worded(text))
    return (found[2] or found[4]).upper() if found else ""


def words_of(text: str) -> list[str]:
    """The words that an answer is, in the singular and without articles; none if it is something else."""
    text = worded(text)
    if not _WORDS.fullmatch(text) or _FUNCTIONS.search(text):
        return []
    words = re.split(r"[\s'-]+", text.casefold())
    if not any(_LONG_WORD.fullmatch(word) or word in _SHORT_WORDS for word in words):
        return []
    kept = [word for word in words if word not in _EMPTY_WORDS] or words
    return [word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in kept]
