r"""Inequalities of one variable as the intervals that they stand for: ``x < 2`` or ``x \ge 5``."""

from __future__ import annotations

import re

from .brackets import alternatives

_SIGN = r"(<|>|\\le|\\ge)(?![A-Za-z])"
_LESS = ("<", "\\le")
_ONE_SIDED = re.compile(rf"([A-Za-z])\s*{_SIGN}\s*([^<>=]+)", re.S)
_ONE_SIDED_BACK = re.compile(rf"([^<>=]+?)\s*{_SIGN}\s*([A-Za-z])", re.S)
_TWO_SIDED = re.compile(rf"([^<>=]+?)\s*{_SIGN}\s*([A-Za-z])\s*{_SIGN}\s*([^<>=]+)", re.S)


def intervals_of(text: str) -> list[str] | None:
    """Inequalities of one variable with "or" between them, as intervals; ``None`` if it is something else."""
    found, names = [], set()
    for piece in alternatives(text):
        if both := _TWO_SIDED.fullmatch(piece):
            low, left, name, right, high = both.groups()
            if (left in _LESS) != (right in _LESS):
                return None
        elif one := _ONE_SIDED.fullmatch(piece):
            name, right, high = one.groups()
            low, left = ("-\\infty ", "<") if right in _LESS else ("\\infty ", ">")
        elif back := _ONE_SIDED_BACK.fullmatch(piece):
            low, left, name = back.groups()
            right, high = ("<", "\\infty ") if left in _LESS else (">", "-\\infty ")
        else:
            return None
        if left not in _LESS:
            low, left, right, high = high, right, left, low
        found.append(f"{'(' if left in '<>' else '['}{low},{high}{')' if right in '<>' else ']'}")
        names.add(name)
    return found if len(names) == 1 else None
