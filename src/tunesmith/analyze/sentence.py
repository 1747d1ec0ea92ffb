"""The first sentence of an instruction, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTED = '"'
"""What stands for a quotation, whatever is in it."""
STOP = frozenset(".?!,:;()[]{}/—–|*=+<>…&")

_LABEL = re.compile(
    r"^\s*(?:(?:[-*•#>]+|\(?\d{1,2}[.)]|[A-Za-z]\))\s+)*"  # a bullet or a number
    r"(?:[A-Z][\w+#]*(?: [A-Za-z]+){0,2}:\s+(?=[A-Z\"]))?"
)
_QUOTATIONS = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|``.*?''|`[^`\n]*`|(?<![\w'])'[^'\n]+?'(?!\w)|(?<!\w)‘[^’\n]+?’(?!\w)")
_ASIDE = re.compile(r"\s*\([^()\n]*\)")
_WORD = re.compile(r"\.(?:[A-Za-z]+)|(?:[A-Za-z]\.){2,}|\d[\d.,:]*\d|\d|[^\W\d_](?:[\w'’.-]*[\w])?(?:\+\+|#)?|\S")
_ABBREVIATIONS = frozenset(["mr", "mrs", "ms", "dr", "st", "vs", "etc", "e.g", "i.e", "eg", "ie", "fig", "approx"])
_MOST_LETTERS, _MOST_WORDS = 4000, 200  # of a sentence; what is longer is no instruction, and may be built to take long


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as words and signs, as they are written and in lower case.

    Attributes:
        words: As written.
        low: In lower case, with straight apostrophes; quotations are `QUOTED`.
        titled: Nearly all words begin with a capital, so that capitals tell nothing.
    """

    words: tuple[str, ...]
    low: tuple[str, ...]
    titled: bool

    def from_(self, start: int) -> Sentence:
        """What is left from a word on."""
        return Sentence(self.words[start:], self.low[start:], self.titled)

    def at(self, place: int) -> str:
        """The word there in lower case; a full stop behind the end."""
        return self.low[place] if 0 <= place < len(self.low) else "."

    def is_name(self, place: int) -> bool:
        """Whether the word looks like a name: a capital where none needs to be."""
        return not self.titled and place > 0 and self.words[place][:1].isupper()


def first_sentence(text: str) -> Sentence:
    """The first sentence of a text, without a label such as ``Question:``, and without what is in brackets."""
    text = text.replace("’", "'").strip()
    text = next((line for line in text.splitlines() if any(c.isalpha() for c in line)), "")[:_MOST_LETTERS]
    text = _LABEL.sub("", text, count=1)
    text = _ASIDE.sub("", _QUOTATIONS.sub(f" {QUOTED} ", text)) or text
    words: list[str] = []
    for word in _WORD.findall(text):
        if len(words) == _MOST_WORDS:
            break
        if word in ".?!" and any(w[0].isalpha() for w in words):
            if word == "." and words[-1].lower() in _ABBREVIATIONS:
                continue
            break
        words.append(word)
    letters = [word for word in words if word[0].isalpha() and len(word) > 3]
    titled = len(letters) > 2 and sum(word[0].isupper() for word in letters) > 0.7 * len(letters)
    return Sentence(tuple(words), tuple(word.lower() for word in words), titled)
