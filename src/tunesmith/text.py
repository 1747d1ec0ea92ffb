"""Small things about text that several floors need."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
