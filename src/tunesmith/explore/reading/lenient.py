"""Read JSON as models write it: cut off, with LaTeX that was not escaped, with a comma too many or a quote too few.

An object that is damaged says so and its neighbours are kept. Takes linear time and no recursion.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

CUT_OFF = "cut off"
BROKEN = "broken JSON"

_TOKEN = re.compile(r'\s*+(?:(?P<mark>[{}\[\]:,])|"(?P<text>(?:[^"\\]++|\\.)*+)"|(?P<word>[-+.\w]++))', re.S)
_UNENDED = re.compile(r'\s*+(?:"|\Z)')
_ELEMENT_ENDS = re.compile(r"\}(?=\s{0,200}(?:,\s{0,200}\{|\]))")
_COLON = re.compile(r"\s{0,200}:")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|(.)([A-Za-z]*))", re.S)
# LaTeX commands whose first letter makes a JSON escape, without that letter; what is left is no word of a text.
_LATEX = {
    "n": ["abla", "eq", "leq", "geq", "otin", "ot", "mid", "subseteq"],
    "t": ["imes", "ext", "extbf", "extit", "extrm", "heta", "anh", "frac", "riangle", "ilde", "herefore", "binom"],
    "r": ["ight", "ightarrow", "ho", "angle", "floor", "ceil", "vert", "brace", "brack"],
}
_ONLY_IN_FORMULAS = {"n": ["u", "e"], "t": ["an", "o", "op", "au"], "r": []}
_FORMULA = re.compile(r"\$|\\\\?[(\[]|\\\\?frac|\\\\?sqrt|\\\\?boxed")


class Word(str):
    """A number, ``true`` or ``false``, as it was written."""

    __slots__ = ()


@dataclass(slots=True)
class Nested:
    """An object, or a list (whose keys are empty).

    Attributes:
        pairs: Its members in order.
        listed: Whether it is a list.
        problem: What is wrong with it; empty if nothing is.
        text: The text that it stands in.
        start: Where it begins there.
        end: Where it ends; 0 if it does not.
    """

    pairs: list[tuple[str, Any]] = field(default_factory=list)
    listed: bool = False
    problem: str = CUT_OFF
    text: str = ""
    start: int = 0
    end: int = 0

    @property
    def source(self) -> str:
        """How it was written; empty where it has no end."""
        return self.text[self.start : self.end]


def read_value(text: str, start: int) -> tuple[Any, int]:
    """Read the object or list that begins at ``start``; returns it with the place behind it."""
    return _Reader(text).read(start)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[Nested] = []
        self._keys: list[str | None] = []  # of each that is open, the key that waits for its value
        self._root: Nested | None = None

    def read(self, start: int) -> tuple[Any, int]:
        place, ready = start, True  # ready: a value or a key may come next
        while True:
            token = _TOKEN.match(self._text, place)
            if token is None:
                if _UNENDED.match(self._text, place):
                    return self._root, len(self._text)
                place = self._skip(place)
            elif token["mark"] in ("}", "]"):
                place = self._close(token)
                ready = False
            elif token["mark"] in (",", ":"):
                place, ready = token.end(), True
            elif not ready and not (token["text"] is not None and _COLON.match(self._text, token.end())):
                place = self._skip(token.end())  # a quote within a text, most likely
            elif token["mark"]:
                place, ready = self._begin(token), True
            else:
                place, ready = self._take(token), False
            if place < 0 or not self._open:
                return self._root, len(self._text) if place < 0 else place

    def _begin(self, token: re.Match[str]) -> int:
        value = Nested(listed=token["mark"] == "[", text=self._text, start=token.end() - 1)
        if self._open:
            self._add(value)
        else:
            self._root = value
        self._open.append(value)
        self._keys.append(None)
        return token.end()

    def _take(self, token: re.Match[str]) -> int:
        value = _unescaped(token["text"]) if token["text"] is not None else Word(token["word"])
        if not self._open[-1].listed and self._keys[-1] is None:
            self._keys[-1] = value
        else:
            self._add(None if token["word"] in ("null", "None") else value)
        return token.end()

    def _add(self, value: Any) -> None:
        self._open[-1].pairs.append((self._keys[-1] or "", value))
        self._keys[-1] = None

    def _close(self, token: re.Match[str]) -> int:
        if self._open[-1].listed != (token["mark"] == "]"):
            return self._skip(token.start())
        self._pop(token.end(), "" if self._keys[-1] is None else BROKEN)
        return token.end()

    def _pop(self, end: int, problem: str) -> None:
        inner = self._open.pop()
        self._keys.pop()
        inner.problem, inner.end = problem, end

    def _skip(self, place: int) -> int:
        """Go on behind the object that is damaged; -1 if its end cannot be made out."""
        end = _ELEMENT_ENDS.search(self._text, place)
        while self._open and self._open[-1].listed:
            self._pop(place, BROKEN)
        if self._open and end:
            self._pop(end.end(), BROKEN)
            return end.end()
        for inner in self._open:
            inner.problem = BROKEN
        return -1


def _unescaped(text: str) -> str:
    """The text that a JSON string stands for, with LaTeX's backslashes where they were not escaped."""
    if "\\" not in text:
        return text
    formulas = _FORMULA.search(text) is not None

    def mended(escape: re.Match[str]) -> str:
        sign, letters = escape[1], escape[2] or ""
        if sign is None or sign in '"\\/':
            return escape[0]
        latex = sign in "bf" and letters or letters in _LATEX.get(sign, ())
        latex = latex or formulas and letters in _ONLY_IN_FORMULAS.get(sign, ())
        return "\\" + escape[0] if latex or sign not in "bfnrt" else escape[0]

    try:
        value = json.loads(f'"{_ESCAPE.sub(mended, text)}"', strict=False)
    except ValueError:
        return text
    return value if isinstance(value, str) else text
