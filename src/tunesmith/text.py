"""Small things about text that several floors need."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache


def nearest(word: str, known: Iterable[str]) -> str:
    """``" (did you mean 'x'?)"`` for the known word most like ``word``, or nothing."""
    found = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean {found[0]!r}?)" if found else ""


def printable(text: str) -> str:
    """The text without characters that a terminal would obey; tabs and line ends stay."""
    return "".join(c if c in "\n\t" or c.isprintable() or c.isspace() and ord(c) > 0x9F else "\ufffd" for c in text)


def as_utf8(name: str) -> str:
    """A file's name as text that can be written: bytes that are not UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")


def shorten(text: str, width: int) -> str:
    """The text on one line, at most ``width`` characters long."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + "…"


_ASCII_WORD = re.compile(r"[a-z0-9]+")


def ascii_words(text: str) -> list[str]:
    """Words as ROUGE counts them: runs of a-z and 0-9 in the lower-cased text; everything else is white space.

    The same as the tokenizer of the package ``rouge_score`` without its stemmer. It lower-cases before it looks, so
    that the Kelvin sign is a ``k``; text of other scripts has no words at all.
    """
    return _ASCII_WORD.findall(text.lower())


def unicode_words(text: str) -> list[str]:
    """Words of any script, lower-cased, in compatibility form (NFKC).

    Scripts written without blanks (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give a word a character, with the
    marks that sit on it.
    """
    return _unicode_word().findall(unicodedata.normalize("NFKC", text).lower())


@cache
def _unicode_word() -> re.Pattern[str]:
    # Vowel signs and the like are neither letters nor digits to `re`, and would cut words of many scripts to pieces.
    marks = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c) in ("Mn", "Mc"))
    alone = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u9fff\uf900-\ufaff"
    alone += "\U00020000-\U0003ffff"
    return re.compile(f"(?=[{alone}])[^\\W_][{marks}]*|(?:(?![{alone}])[^\\W_][{marks}]*)+")


class CommonSubsequence:
    """The longest common subsequence of one list of words with any number of others, by its length.

    Bit-parallel (H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): a row of the table of dynamic
    programming is one integer, so that a word of the other list costs a handful of operations, however long this is.
    """

    __slots__ = ("_ones", "_places", "_size")

    def __init__(self, words: Sequence[str]) -> None:
        self._size, self._ones = len(words), (1 << len(words)) - 1
        self._places: dict[str, int] = {}
        for place, word in enumerate(words):
            self._places[word] = self._places.get(word, 0) | 1 << place

    def length(self, words: Iterable[str]) -> int:
        """Number of words in the longest common subsequence with ``words``."""
        row, ones, places = self._ones, self._ones, self._places
        for word in words:
            found = places.get(word)
            if found is not None:
                hit = row & found
                row = ((row + hit) | (row - hit)) & ones
        return self._size - row.bit_count()
