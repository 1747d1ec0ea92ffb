"""A data set in parts: one file for each value of a column, such as one a language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tunesmith.data.files import RowWriter
from tunesmith.rows import Row
from tunesmith.steps import Exhibit

MOST = 100  # files; a column of more values is no way to divide a data set


def folder_of(column: str) -> str:
    """The folder in which the parts by this column lie."""
    return f"by-{_as_name(column)}"


def write_parts(rows: Iterable[Row], column: str, data: Path) -> Exhibit | None:
    """Write each row into the file of its value: ``data/by-COLUMN/VALUE.jsonl``.

    Args:
        rows: The data set; can be gone through more than once.
        column: The column that divides it; rows without a value go into ``none.jsonl``.
        data: Where the data set lies.

    Returns:
        What there is now; nothing if the column has more than a hundred values, and then nothing is written.
    """
    values: Counter[str] = Counter()
    for row in rows:
        values[_value(row, column)] += 1
        if len(values) > MOST:
            return None
    files = _files(values)
    with ExitStack() as stack:
        writers = {
            value: stack.enter_context(RowWriter(data / folder_of(column) / file)) for value, file in files.items()
        }
        for row in rows:
            writers[_value(row, column)].write(row)
    said = ", ".join(f"{files[value]} ({number:,} rows)" for value, number in values.most_common())
    return Exhibit(folder_of(column), f"the same rows divided by {column}: {said}", {})


def _value(row: Row, column: str) -> str:
    found: Any = row.get(column)
    return "" if found is None else str(found)


def _files(values: Iterable[str]) -> dict[str, str]:
    """A file name for each value; no two the same, even where capitals do not count."""
    files: dict[str, str] = {}
    taken: set[str] = set()
    for value in sorted(values):
        stem = name = _as_name(value) or "none"
        number = 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.lower())
        files[value] = f"{name}.jsonl"
    return files


def _as_name(text: str) -> str:
    """The text as a part of a file's name: letters and digits of any script, at most 60 of them."""
    return re.sub(r"[^\w.-]+", "_", text).strip("._")[:60]
