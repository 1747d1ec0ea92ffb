"""What a translation must keep although no marks stand around it: addresses, placeholders, file names, identifiers.

Boundaries are those of ASCII words, as in a Chinese sentence there is no blank on either side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_ENDINGS = (
    "py|ipynb|js|jsx|ts|tsx|java|cpp|hpp|cs|go|rs|rb|php|sh|bat|sql|html?|css|xml|json|jsonl|ya?ml|toml|ini|cfg|conf|csv"
    "|tsv|txt|md|rst|tex|log|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|bmp|mp[34]|wav|avi|mov|zip|tar|gz|exe|dll|db|sqlite"
)
_KINDS = {
    "url": r"(?:https?|ftp)://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9\-_~/#@$&*+=%]"
    r"|(?<![\w.@-])www\.[A-Za-z0-9.-]+\.[a-z]{2,}(?:/[A-Za-z0-9\-._~:/?#@!$&*+=%]*[A-Za-z0-9\-_~/#@$&*+=%])?",
    "e-mail": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "tag": r"</?[A-Za-z][A-Za-z0-9:.-]*"
    r"(?:\s+[A-Za-z_:@][A-Za-z0-9_:@.-]*\s*=\s*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'<>=]+))*\s*/?>"
    r"|<!--.*?-->|<!DOCTYPE[^<>]*>",
    "placeholder": r"\[[A-Z][A-Z0-9]*(?:[ _-][A-Z0-9]+)*\]"
    r"|(?<![A-Za-z0-9_%])%(?:\([A-Za-z_]+\))?[-+#0]*\d*(?:\.\d+)?[sdifgxr](?![A-Za-z0-9_])",
    "command": r"\\[A-Za-z]+",
    "path": r"(?<![A-Za-z0-9_/.])(?:~|\.{1,2})?(?:/[A-Za-z0-9_.-]+){2,}/?|(?<![A-Za-z0-9])[A-Z]:\\[A-Za-z0-9_.\\-]*"
    rf"|(?<![A-Za-z0-9_./-])(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_-]+)*\.(?:{_ENDINGS})(?![A-Za-z0-9_])",
    "call": r"(?<![A-Za-z0-9_.])[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*\(\)",
    "identifier": r"(?<![A-Za-z0-9_])(?:__[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*__"  # dunder
    r"|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+"  # snake_case
    r"|[a-z]+[A-Z][A-Za-z0-9]*"  # camelCase
    r")(?![A-Za-z0-9_])",
    # Like identifiers, but brands, persons and diseases are written so too, and some have names of their own elsewhere.
    "name": r"(?<![A-Za-z0-9_])(?:(?!Ma?c[A-Z]|PhD|BSc|MSc)[A-Z]+[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*"  # LaTeX; not McDonald
    r"|(?:[A-Z]|[A-Za-z]*[A-Z][A-Za-z]*[A-Z][A-Za-z]*)-\d+(?:\.\d+)*[A-Za-z0-9]*"  # GPT-4, F-16
    r")(?![A-Za-z0-9_])",
}


def words_to_keep(text: str, keep: tuple[str, ...] = ()) -> Iterator[tuple[int, int, str]]:
    """Start, end and kind of what a translation must keep, in order; no two overlap."""
    for found in _pattern(keep).finditer(text):
        yield found.start(), found.end(), (found.lastgroup or "").replace("e_mail", "e-mail")


@lru_cache(maxsize=16)
def _pattern(keep: tuple[str, ...]) -> re.Pattern[str]:
    own = {"word": "|".join(_as_word(word) for word in sorted(keep, key=len, reverse=True))} if keep else {}
    kinds = {name.replace("-", "_"): pattern for name, pattern in {**own, **_KINDS}.items()}
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in kinds.items()), re.DOTALL)


def _as_word(word: str) -> str:
    """A pattern for the word as it is written, and not as a part of another ASCII word."""
    ascii_end = r"[A-Za-z0-9_]"
    before = f"(?<!{ascii_end})" if re.match(ascii_end, word) else ""
    after = f"(?!{ascii_end})" if re.match(ascii_end, word[-1]) else ""
    return before + re.escape(word) + after
