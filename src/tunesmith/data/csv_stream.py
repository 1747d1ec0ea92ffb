"""Reading CSV row by row, each row with the line it starts on.

A cell is text and nothing else. An empty cell is the empty text in the columns that rows are made of
(instruction, input, output, context, response) and no value in every other one. The columns that hold lists
(conversations, messages, history, chat) are read as JSON, which is how they are written.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from tunesmith.errors import DataError

from .json_stream import BOM, Numbered, decode
from .json_text import DECODER, explain

TEXT_COLUMNS = frozenset({"instruction", "input", "output", "context", "response"})
JSON_COLUMNS = frozenset({"conversations", "messages", "history", "chat"})
_LONGEST_CELL = 1 << 27  # characters; past it, a quote was opened and never closed


def read_csv(stream: io.BufferedReader, name: str) -> Iterator[Numbered]:
    """Yield the rows of a file with a header line; the delimiter (comma, semicolon or tab) is found in the header.

    Raises:
        DataError: A row has more or fewer fields than the header, a quote is wrong, bytes are not UTF-8.
    """
    csv.field_size_limit(_LONGEST_CELL)
    lines = _lines(stream, name)
    first = next(lines, "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(_chain(first, lines), delimiter=delimiter, strict=True)
    header: list[str] = []
    start = 1
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(_quoting(error), name, start) from None
        if not header:
            header = _header(fields, name)
        elif fields:
            if len(fields) != len(header):
                what = f"the row has {len(fields)} fields, the header has {len(header)} columns; mend the row"
                raise DataError(f'{what} (a field that holds a comma or a line break stands in " ")', name, start)
            yield (
                start,
                {c: _value(c, cell, name, start) for c, cell in zip(header, fields, strict=True) if _is_there(c, cell)},
            )
        start = reader.line_num + 1


def header_of(line: bytes) -> list[str]:
    """The column names in a first line that may be a CSV header."""
    text = line.removeprefix(BOM).decode("utf-8", "replace")
    try:
        return [field.strip() for field in next(csv.reader([text], delimiter=max(",;\t", key=text.count)), [])]
    except csv.Error:
        return []


def _lines(stream: io.BufferedReader, name: str) -> Iterator[str]:
    for line, raw in enumerate(stream, 1):
        yield decode(raw.removeprefix(BOM) if line == 1 else raw, name, line)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _header(fields: list[str], name: str) -> list[str]:
    """Column names; one without a name, as pandas writes its index, is called after its place."""
    header = [field.strip() or f"column_{place}" for place, field in enumerate(fields, 1)]
    for column in header:
        if header.count(column) > 1:
            raise DataError(f"the header has two columns {column!r}; rename one", name, 1)
    return header


def _is_there(column: str, cell: str) -> bool:
    return cell != "" or column in TEXT_COLUMNS


def _value(column: str, cell: str, name: str, line: int) -> object:
    if column not in JSON_COLUMNS:
        return cell
    try:
        value: object = DECODER.decode(cell)
    except (ValueError, RecursionError) as error:
        raise DataError(f"column {column!r} holds a list in JSON, but {explain(error)}", name, line) from None
    return value


def _quoting(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text or "field larger" in text:
        return 'a quote (") is opened in this row and never closed; close it, or write "" for a quote inside a field'
    if "new-line character" in text:
        return "the lines end in a carriage return alone; convert the file (tr '\\r' '\\n' < FILE > NEW)"
    return f'the row is not CSV ({text}); a field with quotes stands in " ", its own quotes doubled'


def csv_line(values: Iterable[object], delimiter: str) -> str:
    """One line of CSV: text as it is, nothing for null, JSON for the rest.

    Python's own writer leaves a lone carriage return without quotes, and its reader then refuses the line.
    """
    cells = []
    for value in values:
        text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if any(special in text for special in (delimiter, '"', "\n", "\r")):
            text = '"' + text.replace('"', '""') + '"'
        cells.append(text)
    return (delimiter.join(cells) or '""') + "\n"
