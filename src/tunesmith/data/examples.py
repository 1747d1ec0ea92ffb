"""Rows inside an object: a task's file of Explore-Instruct, or a domain file, each with its list of ``examples``."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from tunesmith.errors import DataError

from .json_stream import Numbered
from .json_text import row_of

# Only what stands before the list is looked at: short texts, such as a task's name and reason.
_BEGINS = re.compile(rb'\s*\{\s*(?:"[^"\\\[\]{}]*"\s*:\s*"(?:[^"\\]|\\.)*"\s*,\s*)*"examples"\s*:\s*\[')


def holds_examples(head: bytes) -> bool:
    """Whether a file that begins like this is a JSON object with a list of examples."""
    return _BEGINS.match(head) is not None


def read_examples(stream: io.BufferedReader, name: str) -> Iterator[Numbered]:
    """Yield the examples of a JSON object or a YAML file, each with its number in the list, from 1.

    Raises:
        DataError: The file is damaged, or there are none.
    """
    try:
        text = stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"the file is not UTF-8: {error.reason} at byte {error.start}", name) from error
    found = _yaml(text, name) if name.lower().endswith((".yaml", ".yml")) else _json(text, name)
    rows = found.get("examples") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not rows:
        raise DataError("the file has no 'examples:' with a list of rows", name)
    for number, row in enumerate(rows, 1):
        yield number, row_of(row, name, number)


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"the file is not JSON: {error.msg} (column {error.colno})", name, error.lineno) from error


def _yaml(text: str, name: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"the file is not YAML: {' '.join(str(error).split())}", name) from error
