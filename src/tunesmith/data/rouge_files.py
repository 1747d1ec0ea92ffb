"""ROUGE by length as GPT-4-LLM publishes it: lists of ``Length``, ``NumInstance``, ``Model``, ``rouge1`` ..."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunesmith.errors import DataError

_NAMES = ("Length", "NumInstance", "Model", "rouge1", "rouge2", "rougeL")


@dataclass(frozen=True, slots=True)
class RougeRecord:
    """What one file says of one model on references of one length; scores from 0 to 1."""

    length: str
    rows: int
    model: str
    scores: tuple[float, float, float]


def read_rouge(path: Path) -> list[RougeRecord] | None:
    """The records of a file; ``None`` if it holds something else.

    Raises:
        DataError: It has the names, but not the values.
    """
    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        return None
    if not all(set(_NAMES) <= one.keys() for one in found):
        return None
    return [_record(one, str(path), number) for number, one in enumerate(found, 1)]


def _record(one: dict[str, Any], path: str, number: int) -> RougeRecord:
    rows, scores = one["NumInstance"], tuple(one[name] for name in _NAMES[3:])
    if type(rows) is not int or rows < 1:
        raise DataError(f"record {number}: NumInstance is {rows!r:.40}; expected a number of rows", path)
    if not all(type(score) in (int, float) and 0 <= score <= 1 for score in scores):
        raise DataError(f"record {number}: a score is not from 0 to 1: {scores!r:.80}", path)
    for name in ("Length", "Model"):
        if not isinstance(one[name], str) or not one[name].strip():
            raise DataError(f"record {number}: {name} is {one[name]!r:.40}; expected text", path)
    first, second, longest = map(float, scores)
    return RougeRecord(one["Length"], rows, one["Model"], (first, second, longest))
