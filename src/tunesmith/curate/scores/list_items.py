"""Numbers that stand one after the other: ``8 9 7``, ``8/10, 9/10 and 7/10``, ``八、九、七``."""

from __future__ import annotations

import re

from tunesmith.curate.scores.amounts import Scale, read_item

_BETWEEN = re.compile(
    r"(?:\s?[,;、|]\s?|\s(?:and|und|et|y|e|vs\.?|versus|&)\s|\s?(?:和|与|與|及)\s?|\s)(?:(?:and|&)\s)?(?:scores?\s?:\s?)?",
    re.I,
)
CLOSE = re.compile(r"[\"'”’)\]}»」]{0,3}[.。;]?\s?")
DECIMAL = re.compile(r"\d{1,3},\d{1,2}")


def read_items(text: str, start: int, scale: Scale) -> tuple[tuple[float, ...], str, int]:
    """Read numbers from ``start`` on: their values, the first trouble among them, and where they end."""
    values: list[float] = []
    trouble, end = "", start
    decimal = apart = ""  # commas within numbers, commas between them: "8,5, 9"
    while item := read_item(text, start, scale):
        values.append(item.value)
        trouble, end = trouble or item.trouble or change(text, start), item.end
        decimal = decimal or (found[0] if (found := DECIMAL.match(text, start)) else "")
        between = _BETWEEN.match(text, end)
        if not between:
            break
        start = between.end()
        apart = apart or ("," if between[0].startswith(",") and read_item(text, start, scale) else "")
    if decimal and apart:
        trouble = trouble or f"{decimal} may be one number or two"
    return tuple(values), trouble, end


def change(text: str, start: int) -> str:
    """Say that ``+1`` is none; nothing of a number without such a sign."""
    return "a number with a plus sign, which may be a change, not a score" if text.startswith("+", start) else ""
