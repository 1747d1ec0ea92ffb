"""A row's candidates: the answers of several models, side by side in one column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any

from tunesmith.errors import Drop
from tunesmith.rows import Row


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer, and the model whose it is; or why there is none of that model."""

    model: str
    text: str
    missing: str = ""


def candidates_of(row: Row, column: str = "candidates") -> list[Candidate]:
    """The candidates in a column: a list of ``{"model": ..., "text": ...}``, or that as JSON text, as CSV holds it.

    Entries ``{"model": ..., "missing": why}`` tell of answers that there are none of; see `collected_in`.

    Raises:
        Drop: The column holds something else, or two answers of one model.
    """
    return [one for one in collected_in(row, column) if not one.missing]


def collected_in(row: Row, column: str = "candidates") -> list[Candidate]:
    """The candidates in a column, and what it tells of models that gave none, in the order in which they stand there.

    Raises:
        Drop: The column holds something else, or two answers of one model.
    """
    try:
        found: Any = row[column]
        found = json.loads(found) if isinstance(found, str) else found
        candidates = [
            Candidate(given["model"], "", str(given["missing"]))
            if given.get("text") is None and given.get("missing")
            else Candidate(given["model"], given["text"].strip())
            for given in found
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Drop(f'the column {column!r} is not a list of {{"model": ..., "text": ...}}') from None
    names = [candidate.model for candidate in candidates]
    if not all(isinstance(name, str) and name for name in names) or len(set(names)) < len(names):
        raise Drop(f"the column {column!r} has an answer without a model's name, or two of one model")
    return candidates


def verdicts_of(row: Row, column: str = "verdicts") -> list[dict[str, Any]]:
    """The verdicts on the candidates, as the step ``compare`` writes them; none where the column is empty.

    Raises:
        Drop: The column holds something else.
    """
    found: Any = row.get(column)
    try:
        found = json.loads(found) if isinstance(found, str) and found else found or []
        if all(map(_is_verdict, found)):
            return list(found)
    except (ValueError, TypeError, RecursionError):
        pass
    raise Drop(f'the column {column!r} is not a list of {{"judge": ..., "order": [...], "scores": [...]}}')


def _is_verdict(found: Any) -> bool:
    if not isinstance(found, dict) or "judge" not in found:
        return False
    order, scores = found.get("order"), found.get("scores")
    return (
        isinstance(order, list)
        and isinstance(scores, list)
        and len(order) == len(scores) == len({name for name in order if isinstance(name, str)})
        and all(isinstance(score, int | float) and isfinite(score) for score in scores)
    )


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
