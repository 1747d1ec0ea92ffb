"""What tunesmith takes for JSON: RFC 8259, so no NaN and no half characters, with errors in plain words."""

from __future__ import annotations

import json
import re
from typing import Any

from tunesmith.errors import DataError

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_NEAR_END = 16  # characters; longer than any literal, escape or exponent that a buffer's end can cut in two


class NotJson(ValueError):
    """JSON by Python's reading but not by the standard's."""


def _constant(name: str) -> float:
    raise NotJson(f"{name} is not JSON; write null, or leave the column out")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotJson(f"the number {text:.40} is too large for JSON readers; write it as text")
    return value


DECODER = json.JSONDecoder(parse_constant=_constant, parse_float=_finite)


def is_unfinished(error: json.JSONDecodeError) -> bool:
    """Whether more text could mend the error, because the text so far ends where it was found or soon after."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc) - _NEAR_END


def is_cut_off(error: json.JSONDecodeError) -> bool:
    """Whether the text, which is all there is, ends in the middle of the value."""
    return error.msg.startswith("Unterminated string") or not any(c in '}],"' for c in error.doc[error.pos :])


def has_half_characters(text: str, start: int, end: int, value: object) -> bool:
    r"""Whether a value decoded from ``text[start:end]`` holds a surrogate without its other half (``\ud83d``)."""
    if _HALF.search(text, start, end) is None:
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def row_of(value: object, name: str, line: int) -> dict[str, Any]:
    """Check that a decoded value is an object.

    Raises:
        DataError: It is something else.
    """
    if isinstance(value, dict):
        return value
    raise DataError(
        f"expected a row, a JSON object in {{ }}, but found {described(value)}; mend or remove it",
        name,
        line,
    )


def kind_of(value: object) -> str:
    """The JSON type of a value, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, dict) else "a list"


def described(value: object) -> str:
    """A value of the wrong type, in words and as far as it is short."""
    return "null" if value is None else f"{kind_of(value)} ({shorten(value)})"


def shorten(value: object, width: int = 40) -> str:
    """The value as JSON text, cut to a width that fits in an error."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= width else text[: width - 3] + "..."


def explain(error: Exception, row_start: int = 0) -> str:
    """Say what is wrong with a row's text, and where in it.

    Args:
        error: What the decoder raised.
        row_start: Where the row starts in the decoder's text.
    """
    if isinstance(error, json.JSONDecodeError):
        if error.msg.startswith("Invalid control"):
            return _control(error)
        near = error.doc[max(row_start, error.pos - 20) : error.pos + 20].replace("\n", " ")
        what = error.msg[:1].lower() + error.msg[1:]
        what = what.removesuffix(" at").removesuffix(" starting at").replace("enclosed in double quotes", 'in " "')
        return f"the row is not JSON: {what}, near {near!r}; mend or remove the row"
    if isinstance(error, RecursionError):
        return "the row is nested too deeply to be read; mend or remove it"
    if isinstance(error, NotJson):
        return str(error)
    return "a number in the row has thousands of digits; write it as text"  # Python's own limit


def _control(error: json.JSONDecodeError) -> str:
    character = error.doc[error.pos]
    if character == "\n":
        return (
            'a text in the row has no closing quote (") before the line ends; close it, or write the line break as \\n'
        )
    return f"a text in the row holds the bare control character {character!r}; write it as \\u{ord(character):04x}"


def list_key(text: str) -> str | None:
    """The first key of the object that starts the text whose value is a list, as far as the text goes."""
    position = text.find("{") + 1
    key = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')
    while found := key.match(text, position):
        if text.startswith("[", found.end()):
            return str(json.loads(found[1]))
        try:
            position = DECODER.raw_decode(text, found.end())[1]
        except (ValueError, RecursionError):
            return None
    return None
