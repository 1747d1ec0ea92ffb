"""Settings that may give a thing a name: ``NAME=THING``."""

from __future__ import annotations

import re

_NAMED = re.compile(r"([^:=@/\\]+)=(.*)", re.DOTALL)


def split_named(text: str) -> tuple[str, str]:
    """The name, empty if there is none, and the thing; a ``=`` within a path or an address names nothing."""
    found = _NAMED.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)
