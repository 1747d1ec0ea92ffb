"""Names of tasks: a title becomes a short name that is safe as a file's, and no two tasks share one."""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from hashlib import blake2b
from itertools import count

MOST = 80
"""Bytes of a name, in UTF-8; with what is added to it, no file system finds it too long."""

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}
"""Windows has no files of these names, whatever the ending."""


def name_of(title: str, taken: Container[str] = ()) -> str:
    """A task's name: words in lower case with ``_`` between them.

    ``Text expansion!`` becomes ``text_expansion``, as in the published program, which numbers further tasks of a name
    from 0. Unlike there, letters of all scripts stay, a title without any becomes ``task``, and a long one is cut off
    with a mark of its own.

    Args:
        title: What the task is called.
        taken: Names that are no longer free.
    """
    # Composed, so that two ways of writing an accent make one name; twice, as folding can take letters apart.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", title).casefold())
    name = "_".join("".join(sign if _is_of_word(sign) else " " for sign in folded).split()) or "task"
    if len(name.encode()) > MOST:
        mark = blake2b(title.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        name = name.encode()[: MOST - 9].decode("utf-8", "ignore").rstrip("_") + "_" + mark
    if name in RESERVED:
        name += "_task"
    if name not in taken:
        return name
    return next(free for number in count() if (free := f"{name}_{number}") not in taken)


def _is_of_word(sign: str) -> bool:
    """Whether a word may hold it: a letter, a digit, or what is written above and below letters, as in Hindi."""
    return sign.isalnum() or unicodedata.category(sign)[0] == "M"


def same_title(title: str) -> str:
    """What two titles have in common that mean the same task: case, spaces, ``_`` and closing marks aside.

    Signs within stay, for C, C++ and C# are three languages.
    """
    folded = unicodedata.normalize("NFKC", title).casefold().replace("_", " ")
    return " ".join(folded.split()).strip(" .:;,!?\"'*`")
