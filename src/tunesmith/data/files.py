"""Reading a source of rows, checking it whole before anything is spent, and writing rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from tunesmith.errors import DataError
from tunesmith.rows import Ids, Row

from .atomic import atomic_file, atomic_write_text
from .formats import LOOK_AT, PLAIN, fitting_shapes, recognise, refuse_stray, shape_named, text_of
from .json_stream import wrapped_in
from .records import read_file
from .shape import Shape, missing
from .sources import SourceFile, list_files
from .writer import RowWriter, write_rows

__all__ = [
    "RowWriter",
    "SourceFacts",
    "Table",
    "atomic_file",
    "atomic_write_text",
    "check_source",
    "convert_rows",
    "read_rows",
    "read_table",
    "write_rows",
]

Located = tuple[str, int, Row]
T = TypeVar("T")
_TEXT = ("instruction", "input", "output")


@dataclass(frozen=True)
class SourceFacts:
    """What a full pass over a source has shown.

    Args:
        rows: How many there are.
        columns: All their columns, in the order in which they first came.
        shape: The shape that was recognised or given.
        sha256: Of the rows' content and order: the same for the same rows in another file type or compression.
        files: What was read.
    """

    rows: int
    columns: tuple[str, ...]
    shape: str
    sha256: str
    files: tuple[str, ...]


def read_rows(source: str | Path, shape: str | None = None) -> Iterator[Row]:
    """Yield the rows of a source, each with ``id``, ``instruction``, ``input``, ``output`` if it has one, and the rest.

    Args:
        source: A file, a folder of files, ``-`` for standard input, ``hf:owner/name[:split]`` or ``testset:NAME``.
        shape: One of ``SHAPES``, or ``plain`` for rows of any columns; recognised by looking if not given.

    Raises:
        UsageError: There is no such source; raised by the call itself.
        DataError: A row or a file is damaged; raised when it is reached, with file and line.
    """
    return (row for _, _, row in _rows(list_files(source), shape))


def read_table(source: str | Path, give_ids: bool = True) -> Iterator[Row]:
    """Yield rows of any columns, and none of an empty file: for files that tunesmith itself has written.

    Args:
        source: As for ``read_rows``.
        give_ids: Whether rows without an id of their own get their position.

    Raises:
        UsageError: There is no such source.
        DataError: A row or a file is damaged.
    """
    files = [file for file in list_files(source) if file.path.stat().st_size]
    ids = Ids()
    records = _records(files, may_be_empty=True)
    return (ids.give(record, name, line) if give_ids else record for name, line, record in records)


@dataclass(frozen=True)
class Table:
    """The rows of a file that tunesmith itself has written, to be gone through as often as one likes."""

    path: Path

    def __iter__(self) -> Iterator[Row]:
        return read_table(self.path)


def convert_rows(source: str | Path, to: str, shape: str | None = None) -> Iterator[Row]:
    """Yield the records of a source in another shape; ids stay as they are, and none are given.

    Args:
        source: As for ``read_rows``.
        to: The shape wanted, one of ``SHAPES``.
        shape: The shape of the source; recognised by looking if not given.

    Raises:
        UsageError: There is no such source or shape.
        DataError: A row is damaged or does not fit into the shape wanted.
    """
    target = shape_named(to)
    rows = _rows(list_files(source), shape, give_ids=False)
    return (_located(target.from_row, row, name, line) for name, line, row in rows)


def check_source(
    source: str | Path, shape: str | None = None, needs: Collection[str] = ("instruction",)
) -> SourceFacts:
    """Read a source from end to end, so that whatever is wrong with it is known before anything is spent.

    Args:
        source: As for ``read_rows``.
        shape: As for ``read_rows``; without ``instruction`` among the needs, rows of no known shape are ``plain``.
        needs: Columns that every row must have, and not null.

    Raises:
        UsageError: There is no such source.
        DataError: Something is damaged or missing, with file and line.
    """
    files = list_files(source)
    found = shape or files[0].shape or _look(files[0], may_be_plain="instruction" not in needs)
    digest = hashlib.sha256()
    columns: dict[str, None] = {}
    rows = 0
    encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
    for name, line, row in _rows(files, found if found == PLAIN else shape):
        for need in needs:
            if row.get(need) is None:
                raise DataError(_lack(need, row), name, line)
            if need in _TEXT:
                _located(partial(_with_text, need), row, name, line)
        columns |= dict.fromkeys(row)
        digest.update(encode(row).encode() + b"\n")
        rows += 1
    return SourceFacts(rows, tuple(columns), found, digest.hexdigest(), tuple(file.name for file in files))


def _lack(need: str, row: Row) -> str:
    if need in row:
        return f"column {need!r} is null, but every row needs it; fill it in or remove the row"
    return missing(need, (column for column in row if column != "id"))


def _with_text(column: str, row: Row) -> Row:
    text_of(row, column)
    return row


def _records(files: list[SourceFile], may_be_empty: bool = False) -> Iterator[Located]:
    for file in files:
        line = 0
        for line, record in read_file(file):
            yield file.name, line, record
        if not line and not may_be_empty:
            what = "a list of rows in JSON, a row a line, a CSV header with rows below it, or Parquet"
            raise DataError(f"the file holds no rows; expected {what}", file.name)


def _rows(files: list[SourceFile], shape: str | None, give_ids: bool = True) -> Iterator[Located]:
    """Rows of all files, each checked to have an id of its own."""
    ids = Ids()
    first = ""
    shape = shape or files[0].shape
    for file in files:
        records = _records([file])
        if shape is None:
            head = list(islice(records, LOOK_AT))
            found = _recognise(head)
            records = chain(head, _of_shape(found, records))
            if first and found != first:
                what = f"the rows are {found}, those of {files[0].name} are {first}; convert one, or give --format"
                raise DataError(what, file.name)
            first = found
        shaped = shape_named(shape or first)
        for name, line, record in records:
            for row in _located(partial(_rows_of, shaped), record, name, line):
                with_id = ids.give(row, name, line)
                yield name, line, with_id if give_ids else row


def _rows_of(shape: Shape, record: Row) -> list[Row]:
    return [shape.to_row(piece) for piece in shape.split(record)]


def _of_shape(shape: str, records: Iterator[Located]) -> Iterator[Located]:
    """Records past those that were looked at, which must not be of another shape either."""
    for name, line, record in records:
        _located(partial(refuse_stray, shape), record, name, line)
        yield name, line, record


def _located(change: Callable[[Row], T], row: Row, name: str, line: int) -> T:
    """Apply a shape's function, whose errors know neither file nor line."""
    try:
        return change(row)
    except DataError as error:
        raise DataError(str(error), name, line) from None


def _look(file: SourceFile, may_be_plain: bool) -> str:
    head = list(islice(_records([file]), LOOK_AT))
    records = [record for _, _, record in head]
    if may_be_plain and not fitting_shapes(records):
        return PLAIN
    return _recognise(head)


def _recognise(head: list[Located]) -> str:
    name, line, first = head[0]
    try:
        return recognise((record for _, _, record in head), name, line)
    except DataError:
        keys = [key for key, value in first.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if len(head) == 1 and len(keys) == 1 and not {"instruction", "conversations", "messages"} & first.keys():
            raise DataError(wrapped_in(keys[0]), name, line) from None
        raise
