"""What the checks know of words: how many there are, which are banned, which only stand for others."""

from __future__ import annotations

import re
from functools import cache

from tunesmith.text import unicode_words

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_ALONE = _UNSPACED + "\uac00-\ud7af"  # a Latin word is whole next to these; Korean glues its particles on, too

_BRACKETED = re.compile(r"<([^<>]+)>|\(([^()]+)\)|\[([^\[\]]+)\]|\{\{?([^{}]+)\}?\}|（([^（）]+)）|【([^【】]+)】")
_BLANK = re.compile(r"(?=\s*+(?:_\s++)*+__)[_\s]+|\.{3,}|…+")
_WORDING = re.compile(r"[^\W\d_][\w\s'’,:/&-]*\.{0,3}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FILL_IN = re.compile(
    r"(?:please\s)?(?:insert|your|enter|paste|provide|put|add|type|the|a|an|some|any)\b|请|在此|此处", re.I
)
_LONGEST_PLACEHOLDER = 15  # words


def count_words(text: str) -> int:
    """How many words a text has, as published: what blanks separate; a character each where a script has no blanks."""
    return len(unicode_words(text) if _HAS_UNSPACED.search(text) else text.split())


def is_placeholder(text: str) -> bool:
    """Whether a text says what to put in its place: ``[insert text here]``, ``<article>``, ``{text}``, ``____``.

    That is one pair of brackets around a few words without figures, signs of operation, markup or quotes. Two words
    at least in round brackets, as ``(sin x)`` is an input, and no enumeration: ``[apple, pear]`` is one too.
    """
    text = text.strip()
    if _BLANK.fullmatch(text):
        return True
    bracketed = _BRACKETED.fullmatch(text) if len(text) < 300 else None
    if bracketed is None:
        return False
    inner = next(group for group in bracketed.groups() if group is not None).strip()
    found = _WORD.findall(inner)
    if not found or not _WORDING.fullmatch(inner) or count_words(inner.replace("_", " ")) > _LONGEST_PLACEHOLDER:
        return False
    if _FILL_IN.match(inner):
        return True
    return "," not in inner and (text[0] not in "(（" or len(found) > 1 or not inner.isascii())


@cache
def any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for any of the phrases as whole words; in scripts without blanks anywhere."""
    before, after = f"(?<![^\\W{_ALONE}])", f"(?![^\\W{_ALONE}])"
    bare: list[str] = []
    whole: list[str] = []
    for phrase in sorted(phrases, key=len, reverse=True):
        way = r"\s+".join(re.escape(word) for word in phrase.split())
        (bare if re.match(f"[{_ALONE}]", phrase) else whole).append(way)
    # The ends once for all: they are large sets of letters, and each takes its time to compile.
    ways = [*bare, *([f"{before}(?:{'|'.join(whole)}){after}"] if whole else [])]
    return re.compile("|".join(ways), re.I)
