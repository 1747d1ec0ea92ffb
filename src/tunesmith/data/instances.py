"""The shape of Self-Instruct's seed tasks and of Unnatural Instructions: a task, and below it its instances.

A record is ``{"instruction": ..., "instances": [{"input": ..., "output": ..., ...}, ...], ...}``. Each instance is a
row. The first keeps its id; the others are called after it, ``seed_task_7.2`` and so on. Further columns of the
record (``name``, ``is_classification``) and of the instance (``constraints``, ``instruction_with_input``) ride along.
What is written back has one instance a record.
"""

from __future__ import annotations

from collections.abc import Iterator

from tunesmith.errors import DataError
from tunesmith.rows import Row

from .json_text import described

COLUMN = "instances"
_FIELDS = ("instruction_with_input", "input", "constraints", "output")
"""What stands in an instance when it is written; all other columns stand beside it."""


def has_instances(record: Row) -> bool:
    """Whether a record could be a task with its instances."""
    found = record.get(COLUMN)
    return "instruction" in record and isinstance(found, list) and all(isinstance(one, dict) for one in found)


def split_instances(record: Row) -> Iterator[Row]:
    """A record for each instance.

    Raises:
        DataError: There are no instances.
    """
    for number, instance in enumerate(_instances(record), 1):
        own = {} if number == 1 or record.get("id") in (None, "") else {"id": f"{record['id']}.{number}"}
        yield {**record, **own, COLUMN: [instance]}


def only_instance(record: Row) -> Row:
    """A record with one instance in Alpaca's shape.

    Raises:
        DataError: There is none, or several, or it has a column that the record has too.
    """
    (instance,) = _instances(record, 1)
    task = {name: value for name, value in record.items() if name != COLUMN}
    both = task.keys() & instance.keys()
    if both:
        raise DataError(f"column {min(both)!r} stands both in the record and in an instance; remove one")
    return {**task, **instance}


def _instances(record: Row, most: int | None = None) -> list[Row]:
    if COLUMN not in record:
        raise DataError(
            f"no column {COLUMN!r}, a list of objects with input and output; add it, or name another format"
        )
    found = record[COLUMN]
    if not isinstance(found, list) or not found or len(found) > (most or len(found)):
        raise DataError(f"column {COLUMN!r} holds {described(found)}, expected a list of {most or 'some'} instances")
    for instance in found:
        if not isinstance(instance, dict):
            raise DataError(f"an instance is {described(instance)}, expected an object with input and output")
    return found


def join_instance(row: Row) -> Row:
    """The record of a row, with one instance.

    Raises:
        DataError: The row has a column of instances already.
    """
    if COLUMN in row:
        raise DataError(f"column {COLUMN!r} is this format's name for inputs and outputs; rename it")
    instance = {name: row[name] for name in _FIELDS if name in row}
    task = {name: value for name, value in row.items() if name not in instance}
    return {**task, COLUMN: [{"input": "", **instance}]}
