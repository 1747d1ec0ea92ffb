"""Rows inside an object: a task's file of Explore-Instruct, or a domain file, each with its list of ``examples``."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from tunesmith.errors import DataError
from tunesmith.plain import load_yaml

from .json_stream import Numbered, read_lines
from .json_text import explain, row_of

# Only what stands before the list is looked at: a task's name and reason, what was asked about it, its children.
# No way back is ever taken (*+), so that the time grows with the text and no faster.
_TEXT = rb'"(?:[^"\\]|\\.)*+"'
_FLAT = rb'(?:[^"\[\]{}]|' + _TEXT + rb")*+"
_BEGINS = re.compile(
    rb"""
    \s*+ \{ \s*+
    (?:
        (?!"(?:examples|instruction|conversations|messages)"\s*+:) "[^"\\\[\]{}]*+" \s*+ : \s*+  # a row's, no task's
        (?: %(text)b | -?\d[-+.\deE]*+ | true | false | null | \{%(flat)b\} | \[%(flat)b\] ) \s*+ , \s*+
    )*+
    "examples" \s*+ : \s*+ \[
    """
    % {b"text": _TEXT, b"flat": _FLAT},
    re.VERBOSE,
)


def holds_examples(head: bytes) -> bool:
    """Whether a file that begins like this is a JSON object with a list of examples."""
    return _BEGINS.match(head) is not None


def read_examples(stream: io.BufferedReader, name: str) -> Iterator[Numbered]:
    """Yield the examples of a JSON object or a YAML file, each with its number in the list, from 1.

    Raises:
        DataError: The file is damaged, or there are none.
    """
    try:
        data = stream.read()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"the file is not UTF-8: {error.reason} at byte {error.start}", name) from error
    if name.lower().endswith((".yaml", ".yml")):
        found = load_yaml(text, name)
    elif _has_a_row_a_line(text):
        yield from read_lines(io.BufferedReader(io.BytesIO(data)), name)
        return
    else:
        found = _json(text, name)
    rows = found.get("examples") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not rows:
        raise DataError("the file has no 'examples:' with a list of rows", name)
    for number, row in enumerate(rows, 1):
        yield number, row_of(row, name, number)


def _has_a_row_a_line(text: str) -> bool:
    """Whether it is a file of rows that have a column ``examples``: an object in the first line, more below it."""
    first, _, rest = text.lstrip().partition("\n")
    if not rest.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"the file is not JSON: {error.msg} (column {error.colno})", name, error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise DataError(explain(error), name) from error
