"""Scales as people write them: ``0-5``, ``1 to 10``."""

from __future__ import annotations

import re

_SCALE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:-|–|to|\.\.)\s*(-?\d+(?:\.\d+)?)")


def bounds_of(scale: str) -> tuple[float, float]:
    """Lowest and highest score.

    Raises:
        ValueError: The scale is not of the form LOW-HIGH.
    """
    found = _SCALE.fullmatch(scale.strip())
    if not found or float(found[1]) >= float(found[2]):
        raise ValueError(f"scale: expected LOW-HIGH, such as 0-5 or 1-10, found {scale!r}")
    return float(found[1]), float(found[2])
