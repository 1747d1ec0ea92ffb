"""The shapes of test sets' files: which column holds the question, and which the right answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunesmith.data.instances import COLUMN, has_instances, only_instance, split_instances
from tunesmith.data.json_text import described
from tunesmith.data.shape import Shape, missing
from tunesmith.errors import DataError
from tunesmith.rows import Row

from .described import PREFIX, QuestionSet, known_sets, load_set

_FIRST = ("id", "instruction", "input")


def shape_of_set(name: str) -> Shape:
    """How records of a test set's file are read.

    Args:
        name: ``testset:NAME``.

    Raises:
        UsageError: There is no such set.
    """
    found = load_set(name.removeprefix(PREFIX))
    return shape_of(found, name)


def shape_of(found: QuestionSet, name: str = "") -> Shape:
    """How records of a set are read."""
    return Shape(
        name,
        tuple(found.columns),
        lambda record: _has_columns(found, record),
        lambda record: _row_of(found.columns, found.given, record),
        _not_written,
        lambda record: split_instances(record) if has_instances(record) else (record,),
    )


def published_shape(records: Sequence[Row]) -> str:
    """The shape of records that have just the columns of a test set's file; empty if none has."""
    if not records or any(record.keys() & {"output", "messages", "conversations"} for record in records):
        return ""
    sets = (one for one in known_sets().values() if one.by_columns)
    return next((PREFIX + one.name for one in sets if all(_has_columns(one, record) for record in records)), "")


def _has_columns(found: QuestionSet, record: Row) -> bool:
    """Whether a record has just these columns; what stands within instances is not one of its own."""
    inner = {"output"} if COLUMN in found.columns else set()
    return record.keys() == found.columns.keys() - inner


def _row_of(columns: Mapping[str, str], given: Mapping[str, Any], record: Row) -> Row:
    record = only_instance(record) if has_instances(record) else record
    for name in record.keys() & {*columns.values()} - columns.keys():
        theirs = next(theirs for theirs, ours in columns.items() if ours == name)
        if theirs in record:
            raise DataError(f"the row has both {name!r} and {theirs!r}, which is read as it; rename or remove one")
    renamed = {columns.get(name, name): value for name, value in record.items()}
    theirs = next((name for name, ours in columns.items() if ours == "instruction"), "instruction")
    if "instruction" not in renamed:
        raise DataError(missing(theirs, record))
    row: Row = {"instruction": renamed["instruction"], "input": renamed.get("input") or "", **given}
    for name in ("instruction", "input"):
        if not isinstance(row[name], str):
            raise DataError(f"column {theirs if name == 'instruction' else name!r} holds {described(row[name])}, "
                            "expected text; mend the row")  # fmt: skip
    row |= {name: value for name, value in renamed.items() if name not in row or name in given}
    if row.get("reference") in (None, ""):
        row.pop("reference", None)  # as good as none, and a judge must not be shown an empty one
    return {name: row[name] for name in (*_FIRST, *row) if name in row}


def _not_written(row: Row) -> Row:
    raise DataError("a test set's file is read and never written; choose another format")
