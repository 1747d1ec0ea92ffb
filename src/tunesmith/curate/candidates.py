"""A row's candidates: the answers of several models, side by side in one column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tunesmith.errors import Drop
from tunesmith.rows import Row


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer, and the model whose it is."""

    model: str
    text: str


def candidates_of(row: Row, column: str = "candidates") -> list[Candidate]:
    """The candidates in a column: a list of ``{"model": ..., "text": ...}``, or that as JSON text, as CSV holds it.

    Raises:
        Drop: The column holds something else, or two answers of one model.
    """
    try:
        found: Any = row[column]
        found = json.loads(found) if isinstance(found, str) else found
        candidates = [Candidate(given["model"], given["text"].strip()) for given in found]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Drop(f'the column {column!r} is not a list of {{"model": ..., "text": ...}}') from None
    names = [candidate.model for candidate in candidates]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise Drop(f"the column {column!r} has an answer without a model's name, or two of one model")
    return candidates


def scores_of(row: Row, column: str = "scores") -> dict[str, float]:
    """The candidates' scores by model, as the step ``compare`` writes them.

    Raises:
        Drop: The column holds something else.
    """
    try:
        found: Any = row[column]
        found = json.loads(found) if isinstance(found, str) else found
        return {str(model): float(score) for model, score in found.items() if score is not None}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Drop(f"the column {column!r} does not hold a score for each model") from None
