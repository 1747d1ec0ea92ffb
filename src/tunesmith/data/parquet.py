"""Reading and writing Parquet through pyarrow (the extra ``parquet``).

Parquet knows no missing key: a null that is read is a column that the row does not have. A column that fits no
plain Parquet type (mixed types, nested values) is written as JSON text and marked, so that it comes back whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row

from .json_stream import Numbered

_MARK = b"tunesmith"  # field metadata {b"tunesmith": b"json"}: the column is JSON text
_BATCH = 1000  # rows
_EXACT = 1 << 53  # whole numbers up to here are exact as float64
_TURN_KEYS = ({"role", "content"}, {"from", "value"})


def arrow() -> ModuleType:
    """Import pyarrow.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError("Parquet files need pyarrow: pip install pyarrow") from None
    module: ModuleType = pyarrow
    return module


def read_parquet(path: Path, name: str) -> Iterator[Numbered]:
    """Yield the rows with their numbers, counted from 1, in place of lines.

    Raises:
        DataError: The file is damaged or holds bytes.
    """
    pa = arrow()
    number = 0
    try:
        with pa.parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            marked = {f.name for f in schema if (f.metadata or {}).get(_MARK) == b"json"}
            for batch in file.iter_batches(batch_size=_BATCH):
                for record in batch.to_pylist():
                    number += 1
                    yield number, _row(record, marked, name, number)
    except (pa.ArrowException, OSError, ValueError) as error:
        what = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"the Parquet file is damaged ({what}); copy or download it again", name) from None


def _row(record: dict[str, Any], marked: set[str], name: str, number: int) -> Row:
    row: Row = {}
    for column, value in record.items():
        if type(value) is str:
            row[column] = json.loads(value) if column in marked else value
        elif value is not None:
            try:
                plain = _plain(value)
            except TypeError as error:
                raise DataError(f"column {column!r} holds {error}; convert it to text", name, number) from None
            if plain is not None:
                row[column] = plain
    return row


def _plain(value: object) -> object:
    """A JSON value for what Arrow gives; None, and not-a-number, for nothing."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {k: plain for k, v in value.items() if (plain := _plain(v)) is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__}, which JSON has not")


class Columns:
    """The type that each column of a set of rows needs, found while the rows pass by."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {}

    def look(self, row: Row) -> None:
        """Take a row into account."""
        for column, value in row.items():
            self._kinds.setdefault(column, set()).add(_kind(value))

    def names(self) -> list[str]:
        """The columns in the order in which they first came."""
        return list(self._kinds)

    def schema(self, pa: ModuleType) -> Any:
        """The Arrow schema."""
        return pa.schema([self._field(pa, column, kinds - {"null"}) for column, kinds in self._kinds.items()])

    @staticmethod
    def _field(pa: ModuleType, column: str, kinds: set[str]) -> Any:
        if kinds == {"float", "int"}:
            kinds = {"float"}
        if len(kinds) > 1 or "json" in kinds:
            return pa.field(column, pa.string(), metadata={_MARK: b"json"})
        kind = kinds.pop() if kinds else "text"
        if kind.startswith("turns:"):
            keys = kind.removeprefix("turns:").split(",")
            return pa.field(column, pa.list_(pa.struct([pa.field(key, pa.string()) for key in keys])))
        types = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
        return pa.field(column, types[kind])


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if abs(value) <= _EXACT else "json"
    if isinstance(value, float):
        return "float"
    if value is None:
        return "null"
    if isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value):
        keys = set(value[0])  # chats as the hub's own tools write them, for everybody's readers
        if keys in _TURN_KEYS and all(
            set(turn) == keys and all(isinstance(text, str) for text in turn.values()) for turn in value
        ):
            return "turns:" + ",".join(sorted(keys, reverse="role" in keys))
    return "json"


def write_parquet(rows: Iterable[Row], columns: Columns, file: BinaryIO) -> None:
    """Write rows, all of which ``columns`` has seen."""
    pa = arrow()
    schema = columns.schema(pa)
    if not len(schema):  # no rows; a Parquet file has at least one column
        schema = pa.schema([pa.field("id", pa.string())])
    marked = {field.name for field in schema if field.metadata}
    with pa.parquet.ParquetWriter(file, schema) as writer:
        batch: list[Row] = []
        for row in rows:
            batch.append({c: json.dumps(v, ensure_ascii=False) if c in marked else v for c, v in row.items()})
            if len(batch) == _BATCH:
                writer.write_table(pa.Table.from_pylist(batch, schema=schema))
                batch = []
        if batch:
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
