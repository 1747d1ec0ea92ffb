"""What counts as a number in files of reviews, sums and votes: all else is damage, and never a number."""

from __future__ import annotations

LARGEST = 10**9  # beyond any score or count; a number of hundreds of digits fits into no float, and no sum of such


def number_in(value: object) -> float | None:
    """The number that a value is; ``None`` if it is none, or larger than any that is meant."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:  # nor is NaN
        return None
    return float(value)


def whole_in(value: object) -> int | None:
    """The count that a value is, or that CSV holds as text; ``None`` if it is none, or larger than any."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST)) else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        return None
    return value
