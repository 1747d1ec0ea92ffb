"""The shapes in which instructions are published, and rows made of them and back.

| shape | one record |
|---|---|
| alpaca | ``instruction``, ``input``, ``output`` |
| dolly | ``instruction``, ``context``, ``response``, ``category`` |
| sharegpt | ``conversations``: a list of ``{"from": "human", "value": "..."}`` |
| messages | ``messages``: a list of ``{"role": "user", "content": "..."}`` |
| instances | ``instruction``, ``instances``: a list of ``{"input": "...", "output": "..."}``, each of them a row |

Those with a better and a worse answer, `PAIR_SHAPES`, are described in `preferences`.

Every other column rides along in every direction. A row without ``input`` gets an empty one; an ``output`` that
is null is no output.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row

from . import chats, instances, preferences, testsets
from .json_text import described
from .shape import Shape, missing

LOOK_AT = 100  # records that are looked at to recognise a shape
PLAIN = "plain"  # rows of any columns, left as they are


def _fits_alpaca(record: Row) -> bool:
    if "instruction" not in record or instances.has_instances(record):
        return False
    return bool(record.keys() & {"input", "output"}) or not record.keys() & {"context", "response"}


def _fits_dolly(record: Row) -> bool:
    return "instruction" in record and bool(record.keys() & {"context", "response"})


def text_of(record: Row, column: str) -> str:
    """The text in a column.

    Raises:
        DataError: The column is missing or holds something else.
    """
    if column not in record:
        raise DataError(missing(column, record))
    value = record[column]
    if isinstance(value, str):
        return value
    raise DataError(f"column {column!r} holds {described(value)}, expected text; mend the row")


def _from_alpaca(record: Row) -> Row:
    if "instruction" in record and not _fits_alpaca(record):
        raise DataError(_of_another("alpaca", ["dolly"], record))
    return _as_row(record, "input", "output")


def _from_dolly(record: Row) -> Row:
    if "instruction" in record and not _fits_dolly(record) and record.keys() & {"input", "output"}:
        raise DataError(_of_another("dolly", ["alpaca"], record))
    return _as_row(record, "context", "response")


def _as_row(record: Row, input_column: str, output_column: str) -> Row:
    row = {"instruction": text_of(record, "instruction"), "input": ""}
    if record.get(input_column) is not None:
        row["input"] = text_of(record, input_column)
    if record.get(output_column) is not None:
        row["output"] = text_of(record, output_column)
    own = {"instruction", input_column, output_column}
    for name, value in record.items():
        if name not in own:
            if name in ("input", "output"):
                raise DataError(f"the row has both {name!r} and dolly's column for it; remove or rename one")
            row[name] = value
    return row


def _to_alpaca(row: Row) -> Row:
    text_of(row, "instruction")
    return row


def _to_dolly(row: Row) -> Row:
    text_of(row, "instruction")
    for name, own in (("context", "input"), ("response", "output")):
        if name in row:
            raise DataError(f"column {name!r} is dolly's name for {own!r}, which is there too; remove or rename it")
    names = {"input": "context", "output": "response"}
    return {names.get(name, name): value for name, value in row.items()}


def _to_instances(row: Row) -> Row:
    text_of(row, "instruction")
    return instances.join_instance(row)


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("alpaca", ("instruction", "input", "output"), _fits_alpaca, _from_alpaca, _to_alpaca),
        Shape("dolly", ("instruction", "context", "response"), _fits_dolly, _from_dolly, _to_dolly),
        Shape(
            "sharegpt",
            ("conversations",),
            chats.SHAREGPT.fits,
            chats.SHAREGPT.to_row,
            chats.SHAREGPT.from_row,
        ),
        Shape("messages", ("messages",), chats.MESSAGES.fits, chats.MESSAGES.to_row, chats.MESSAGES.from_row),
        Shape(
            "instances",
            ("instruction", "instances"),
            instances.has_instances,
            lambda record: _as_row(instances.only_instance(record), "input", "output"),
            _to_instances,
            instances.split_instances,
        ),
    )
}

PAIR_SHAPES: dict[str, Shape] = {  # a question with a better and a worse answer
    shape.name: shape
    for shape in (
        Shape(
            "preference",
            ("prompt", "chosen", "rejected"),
            preferences.fits_preference,
            preferences.to_preference,
            preferences.from_preference,
        ),
        Shape(
            "preference-messages",
            ("prompt", "chosen", "rejected"),
            preferences.fits_preference_messages,
            preferences.from_messages_to_row,
            preferences.from_row_to_messages,
        ),
        Shape(
            "comparisons",
            ("user_input", "completion_a", "completion_b"),
            preferences.fits_comparisons,
            preferences.to_comparisons,
            preferences.from_comparisons,
        ),
    )
}
ALL_SHAPES = SHAPES | PAIR_SHAPES

_TELLING = {  # for each shape, the columns in which records of another would have their text
    "alpaca": frozenset({"context", "response", "conversations", "messages", "instances"}),
    "dolly": frozenset({"input", "output", "conversations", "messages"}),
    "sharegpt": frozenset({"instruction", "messages"}),
    "messages": frozenset({"instruction", "conversations"}),
    **dict.fromkeys(PAIR_SHAPES, frozenset({"instruction", "conversations", "messages"})),
    "instances": frozenset({"input", "output", "context", "response", "conversations", "messages"}),
}


def shape_named(name: str) -> Shape:
    """Look up a shape.

    Raises:
        UsageError: There is none of this name.
    """
    if name in ALL_SHAPES:
        return ALL_SHAPES[name]
    if name.startswith("testset:"):
        return testsets.shape_of_set(name)
    if name == PLAIN:
        return Shape(PLAIN, (), lambda _: True, lambda record: record, lambda row: row)
    raise UsageError(f"there is no format {name!r}; use one of {', '.join(ALL_SHAPES)}")


def fitting_shapes(records: list[Row]) -> list[Shape]:
    """The shapes that at least one of the records could be of."""
    return [shape for shape in ALL_SHAPES.values() if any(map(shape.fits, records))]


def refuse_stray(shape: str, record: Row) -> Row:
    """Check a record that comes after those by which a file's shape was recognised, and return it.

    Raises:
        DataError: It could be of another shape, so that its answer would be taken for a column that rides along.
    """
    if record.keys().isdisjoint(_TELLING.get(shape, frozenset())):
        return record
    others = [other.name for other in fitting_shapes([record]) if other.name != shape]
    if others:
        raise DataError(_of_another(shape, others, record))
    return record


def _of_another(shape: str, others: list[str], record: Row) -> str:
    columns = ", ".join(map(repr, record))
    return (
        f"the row, with {columns:.200}, could be {' or '.join(others)}, but the rows are read as {shape}; "
        "put rows of two formats into two files, or rename the column"
    )


def recognise(records: Iterable[Row], path: str | Path | None = None, line: int | None = None) -> str:
    """Name the shape of a file by looking at its first records.

    Args:
        records: Some of them, from the start.
        path: The file, for errors.
        line: Where the first record starts, for errors.

    Raises:
        DataError: They fit two shapes, or none.
    """
    looked_at = list(records)
    if published := testsets.published_shape(looked_at):
        return published
    fitting = fitting_shapes(looked_at)
    if len(fitting) == 1:
        return fitting[0].name
    if fitting:
        names = " or ".join(shape.name for shape in fitting)
        flags = " or ".join(f"--format {shape.name}" for shape in fitting)
        columns = ", ".join(map(repr, dict.fromkeys(name for record in looked_at for name in record)))
        raise DataError(f"the rows, with {columns:.200}, could be {names}; say which with {flags}", path)
    first = looked_at[0] if looked_at else {}
    known = "; ".join(f"{shape.name}: {', '.join(shape.columns)}" for shape in ALL_SHAPES.values())
    raise DataError(f"{missing('instruction', first)} (known formats: {known})", path, line)
