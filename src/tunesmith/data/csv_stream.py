"""Reading CSV row by row, each row with the line it starts on.

A cell is text and nothing else. An empty cell is the empty text in the columns that rows are made of
(instruction, input, output, context, response) and no value in every other one. The columns that hold lists
(conversations, messages, history, chat) are read as JSON, which is how they are written, text too; text that
does not begin like JSON is taken as it is, since other people's files have columns of these names.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from tunesmith.errors import DataError

from .json_stream import BOM, Numbered, decode
from .json_text import DECODER, explain

TEXT_COLUMNS = frozenset({"instruction", "input", "output", "context", "response"})
JSON_COLUMNS = frozenset({"conversations", "messages", "history", "chat"})
_LONGEST_CELL = 1 << 27  # characters; past it, a quote was opened and never closed
_LONGEST_HEADER = 1 << 16  # characters
_PLAIN_NAME = re.compile(r"\w(?:[\w .()/-]*[\w)])?")
_DELIMITERS = ",;\t"
_QUOTED = re.compile(r'(?:(?<=[,;\t])|^)"[^"]*(?:""[^"]*)*("|\Z)')  # the group is empty where the quote is still open


def read_csv(stream: io.BufferedReader, name: str) -> Iterator[Numbered]:
    """Yield the rows of a file with a header line.

    The delimiter is comma, semicolon or tab, whichever the header has most of outside quotes.

    Raises:
        DataError: A row has more or fewer fields than the header, a quote is wrong, bytes are not UTF-8.
    """
    csv.field_size_limit(_LONGEST_CELL)
    lines = _lines(stream, name)
    first = _first(lines)
    written = "".join(first).strip("\r\n")
    delimiter = _delimiter(written)
    reader = csv.reader(chain(first, lines), delimiter=delimiter, strict=True)
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
            header = _header(fields, written, delimiter, name, start) if fields else []
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
        return [field.strip() for field in next(csv.reader([text], delimiter=_delimiter(text)), [])]
    except csv.Error:
        return []


def _lines(stream: io.BufferedReader, name: str) -> Iterator[str]:
    for line, raw in enumerate(stream, 1):
        yield decode(raw.removeprefix(BOM) if line == 1 else raw, name, line)


def _first(lines: Iterator[str]) -> list[str]:
    """The lines up to the header's last; more than one if blank ones stand before it, or breaks in its quotes."""
    first: list[str] = []
    size = 0
    for line in lines:
        if not size and not line.strip():
            first.append("\n")
            continue
        is_more, size = size > 0, size + len(line)
        first.append(line)
        if is_more and '"' not in line and size < _LONGEST_HEADER:
            continue
        quoted = [*_QUOTED.finditer("".join(first).lstrip("\n"))]
        if size >= _LONGEST_HEADER or not quoted or quoted[-1][1]:
            break
    return first


def _masked(header: str) -> str:
    """A header with something else in place of what stands in quotes."""
    return _QUOTED.sub(lambda quoted: "\0" * len(quoted[0]), header)


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=_masked(header).count)


def _header(fields: list[str], written: str, delimiter: str, name: str, line: int) -> list[str]:
    """Column names; one without a name, as pandas writes its index, is called after its place.

    Args:
        fields: The names as they were read.
        written: The header itself, which tells the names in quotes: those keep the spaces around them.
        delimiter: What stands between the names.
        name: The file.
        line: Where the header starts.
    """
    header: dict[str, None] = {}
    cells = _masked(written).split(delimiter)
    if len(cells) != len(fields):  # quotes in the middle of a name, which are nothing but characters
        cells = fields
    for place, (field, cell) in enumerate(zip(fields, cells, strict=True), 1):
        column = (field if cell.startswith("\0") else field.strip()) or f"column_{place}"
        if column in header:
            raise DataError(f"the header has two columns {column!r}; rename one", name, line)
        header[column] = None
    return list(header)


def _is_there(column: str, cell: str) -> bool:
    return cell != "" or column in TEXT_COLUMNS


def _value(column: str, cell: str, name: str, line: int) -> object:
    if column not in JSON_COLUMNS:
        return cell
    try:
        value: object = DECODER.decode(cell)
    except (ValueError, RecursionError) as error:
        if not cell.lstrip().startswith(("[", "{", '"')):
            return cell
        raise DataError(f"column {column!r} holds a list in JSON, but {explain(error)}", name, line) from None
    return value


def _quoting(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text or "field larger" in text:
        return 'a quote (") is opened in this row and never closed; close it, or write "" for a quote inside a field'
    if "new-line character" in text:
        return "the lines end in a carriage return alone; convert the file (tr '\\r' '\\n' < FILE > NEW)"
    return f'the row is not CSV ({text}); a field with quotes stands in " ", its own quotes doubled'


def cell_text(column: str, value: object) -> str:
    """What stands in a cell: text as it is, nothing for null, JSON for the rest and in the columns for lists."""
    if value is None:
        return ""
    if isinstance(value, str) and column not in JSON_COLUMNS:
        return value
    return json.dumps(value, ensure_ascii=False)


def csv_line(cells: Iterable[str], delimiter: str) -> str:
    """One line of CSV, quoted where readers that guess the delimiter could go wrong.

    Python's own writer leaves a lone carriage return without quotes, and its reader then refuses the line.
    """
    special = re.compile(f'[{delimiter};\t"\n\r]')
    return (delimiter.join(_quote(cell) if special.search(cell) else cell for cell in cells) or '""') + "\n"


def header_line(names: Iterable[str], delimiter: str) -> str:
    """The first line, by which the file is told from other types: quoted where it holds more than plain words."""
    return delimiter.join(name if _PLAIN_NAME.fullmatch(name) else _quote(name) for name in names) + "\n"


def _quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
