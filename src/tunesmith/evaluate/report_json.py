"""A report as plain data for JSON: every figure with its interval and its ``n``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from tunesmith.estimates import Estimate

from .findings import Report
from .sentences import outcome, verdict


def report_as_json(report: Report) -> dict[str, Any]:
    """The report as objects, lists, text and numbers, under the names that `findings` explains.

    Each contest has its `outcome` and its `sentence` besides.
    """
    found: dict[str, Any] = _plain(report)
    for one, contest in zip(found["contests"], report.contests, strict=True):
        one |= {"outcome": outcome(contest), "sentence": verdict(contest)}
    return found


def _plain(found: object) -> Any:
    if isinstance(found, Estimate):
        return {"value": found.value, "low": found.low, "high": found.high, "n": found.rows}
    if is_dataclass(found):
        return {field.name: _plain(getattr(found, field.name)) for field in fields(found)}
    if isinstance(found, Mapping):
        return {f"{name:g}" if isinstance(name, float) else str(name): _plain(value) for name, value in found.items()}
    return [_plain(one) for one in found] if isinstance(found, tuple | list) else found
