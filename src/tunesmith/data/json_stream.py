"""Reading JSON lines and JSON arrays row by row, each row with the line it starts on.

The standard library's scanner, written in C, reads one row at a time from a growing piece of the file, so a
million rows never sit in memory, and damage is reported where it stands and not after the whole file.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from typing import Any

from tunesmith.errors import DataError

from .json_text import DECODER, explain, has_half_characters, is_cut_off, is_unfinished, list_key, row_of

BOM = codecs.BOM_UTF8
_PIECE = 1 << 16  # bytes
_HALF = 'the row holds half of a surrogate pair (such as "\\ud83d" alone), which is no character; mend the text'
_AGAIN = "copy or download the file again"

Numbered = tuple[int, dict[str, Any]]


def read_lines(stream: io.BufferedReader, name: str) -> Iterator[Numbered]:
    """Yield the rows of a JSON-lines file; blank lines are skipped.

    Raises:
        DataError: A line is not a JSON object in UTF-8.
    """
    rows = 0
    for line, raw in enumerate(stream, 1):
        raw = raw.removeprefix(BOM)  # also inside: files put together with cat have several
        if not raw or raw.isspace():
            continue
        text = decode(raw, name, line)
        try:
            value = DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            raise DataError(_line_damage(error, text, rows, stream), name, line) from None
        if has_half_characters(text, 0, len(text), value):
            raise DataError(_HALF, name, line)
        rows += 1
        yield line, row_of(value, name, line)


def _line_damage(error: Exception, text: str, rows: int, stream: io.BufferedReader) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return explain(error)
    if error.msg == "Extra data" and text.startswith(("{", "[")):
        return "more follows after the row's end; put every row on a line of its own"
    if is_cut_off(error) and not text.endswith("\n"):
        return f"the file ends in the middle of this row, after {rows:,} whole ones; {_AGAIN}"
    if rows == 0 and is_cut_off(error) and not error.msg.startswith("Invalid control"):  # an object spread over lines
        key = list_key(text + stream.read(1 << 20).decode("utf-8", "replace"))
        if key is not None:
            return wrapped_in(key)
        return 'the row goes on in the next line; put every row on one line, or all of them into a list, "[ ... ]"'
    return explain(error)


def wrapped_in(key: str) -> str:
    """What to say of a file whose rows are inside an object."""
    return (
        f"the file is one object, and the list of rows seems to be in its key {key!r}; "
        f"take the list out (jq '.[\"{key}\"]' FILE > NEW.json)"
    )


def read_array(stream: io.BufferedReader, name: str) -> Iterator[Numbered]:
    """Yield the objects of a file that is one JSON array.

    Raises:
        DataError: The file is damaged or cut off, is not UTF-8, or an element is not an object.
    """
    text = _Text(stream, name)
    text.advance()  # "["
    rows = 0
    closed = text.peek() == "]"
    while not closed:
        start, value = text.value(rows)
        rows += 1
        yield start, row_of(value, name, start)
        after = text.peek()
        if after == ",":
            comma = text.line
            text.advance()
            if text.peek() == "]":
                raise DataError("the last row is followed by a comma; remove it", name, comma)
        elif after == "]":
            closed = True
        elif after:
            raise DataError(f'expected "," or "]" after a row, but found {after!r}; mend it', name, text.line)
        else:
            raise DataError(f'the file ends after {rows:,} rows without the closing "]"; {_AGAIN}', name, text.line)
    text.advance()
    if text.peek():
        raise DataError('more follows after the closing "]"; a file holds one list', name, text.line)


class _Text:
    """The part of a JSON file that is in memory, a position in it, and that position's line."""

    def __init__(self, stream: io.BufferedReader, name: str) -> None:
        self._stream, self._name = stream, name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text, self._at, self._begun, self._end = "", 0, False, False
        self._line_read = 1  # line of the first byte not yet decoded
        self.line = 1

    def _more(self) -> None:
        """Forget what is behind and read on; twice as much each time, so that a huge row costs linear time."""
        size = max(_PIECE, len(self._text) - self._at)
        data = self._stream.read(size)
        self._end = not data
        try:
            text = self._decoder.decode(data, final=self._end)
        except UnicodeDecodeError as error:
            line = self._line_read + error.object.count(b"\n", 0, error.start)
            raise DataError(not_utf8(error), self._name, line) from None
        if text and not self._begun:
            text, self._begun = text.removeprefix("\ufeff"), True
        self._line_read += text.count("\n")
        self._text, self._at = self._text[self._at :] + text, 0

    def _go(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def peek(self) -> str:
        """Step over white space; the character there, or "" at the end of the file."""
        while True:
            text, at = self._text, self._at
            while at < len(text) and text[at] in " \t\r\n":
                at += 1
            self._go(at)
            if at < len(text) or self._end:
                return text[at : at + 1]
            self._more()

    def advance(self) -> None:
        """Step over one character, which is not a line's end."""
        self.peek()
        self._at += 1

    def value(self, rows: int) -> tuple[int, object]:
        """Decode the value here; the line it starts on and the value.

        Args:
            rows: How many came before it.
        """
        if not self.peek():
            raise DataError(
                f'the file ends after {rows:,} rows without the closing "]"; {_AGAIN}', self._name, self.line
            )
        while True:
            start, line = self._at, self.line
            try:
                value, end = DECODER.raw_decode(self._text, start)
            except json.JSONDecodeError as error:
                if is_unfinished(error) and not self._end:
                    self._more()
                    continue
                raise DataError(self._damage(error, rows), self._name, self._line_of(error)) from None
            except (ValueError, RecursionError) as error:
                raise DataError(explain(error), self._name, line) from None
            if has_half_characters(self._text, start, end, value):
                raise DataError(_HALF, self._name, line)
            self._go(end)
            return line, value

    def _damage(self, error: json.JSONDecodeError, rows: int) -> str:
        if is_cut_off(error):
            return f"the file ends in the middle of this row, after {rows:,} whole ones; {_AGAIN}"
        return explain(error, self._at)

    def _line_of(self, error: json.JSONDecodeError) -> int:
        """The row's own line if it was cut off, else the damage's."""
        return self.line if is_cut_off(error) else self.line + self._text.count("\n", self._at, error.pos)


def decode(raw: bytes, name: str, line: int) -> str:
    """Decode one line of UTF-8.

    Raises:
        DataError: It is something else.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise DataError(not_utf8(error), name, line) from None


def not_utf8(error: UnicodeDecodeError) -> str:
    """What to say of bytes that are not UTF-8."""
    if error.reason == "unexpected end of data" and error.end == len(error.object):
        return f"the file ends in the middle of a character; {_AGAIN}"
    byte = error.object[error.start]
    return f"the byte 0x{byte:02x} is not UTF-8; save the file as UTF-8 (iconv -f latin1 -t utf-8 FILE > NEW)"
