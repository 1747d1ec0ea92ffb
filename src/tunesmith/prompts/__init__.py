"""Prompts: text files with places to fill. Ours are Jinja files; a user's file replaces one of them whole.

A file ending in ``.jinja`` or ``.j2`` is a Jinja template. Any other file is sent byte for byte, but for ``{name}``
where ``name`` is a column of the row or ``question`` (the instruction, with the input below it): that is how the
published prompts of the four systems are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from tunesmith.errors import Drop, UsageError
from tunesmith.rows import Row, question

Filler = Callable[[dict[str, Any]], str]

_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Prompt:
    """A prompt that can be filled from a row.

    Args:
        text: The template.
        jinja: Whether it is Jinja, or text with ``{name}`` places.
        name: What to call it in messages.

    Raises:
        UsageError: The template is broken.
    """

    def __init__(self, text: str, jinja: bool, name: str) -> None:
        self.text, self.name, self.suffix = text, name, ".jinja" if jinja else ".txt"
        self.places, self._fill = _jinja(text, name) if jinja else _plain(text)

    def columns(self) -> set[str]:
        """Columns that a row must have; ``question`` stands for ``instruction``, and an input may be missing."""
        return {"instruction" if place == "question" else place for place in self.places} - {"input"}

    def fill(self, row: Row) -> str:
        """The prompt for this row.

        Raises:
            Drop: The row lacks a column that the prompt names, or asks nothing.
        """
        if self.places & {"question", "instruction"} and not question(row).strip():
            raise Drop("the instruction is empty")
        values = {"input": "", **row, "question": question(row)}
        missing = self.places - values.keys()
        if missing:
            raise Drop(f"the row has no column {min(missing)!r}, which the prompt names")
        return self._fill(values)


def _plain(text: str) -> tuple[set[str], Filler]:
    # "{{" stands for "{" only in a file that doubles its braces, as str.format wants it; else it is plain text.
    doubled = "{{" in text and "}}" in text

    def fill(values: dict[str, Any]) -> str:
        def put(found: re.Match[str]) -> str:
            if found[1]:
                return str(values[found[1]])
            return found[0][0] if doubled else found[0]

        return _PLACE.sub(put, text)

    return {place for place in _PLACE.findall(text) if place}, fill


def _jinja(text: str, name: str) -> tuple[set[str], Filler]:
    from jinja2 import StrictUndefined, TemplateError, meta
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # Values are put in as they are: a row that contains braces is text, not template.
    environment = ImmutableSandboxedEnvironment(keep_trailing_newline=True, undefined=StrictUndefined, autoescape=False)
    try:
        template = environment.from_string(text)
        places = meta.find_undeclared_variables(environment.parse(text))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise UsageError(f"{name}{f', line {line}' if line else ''}: {error.message}") from error

    def fill(values: dict[str, Any]) -> str:
        try:
            return template.render(values)
        except TemplateError as error:
            raise Drop(f"{name} cannot be filled: {error.message}") from error

    return set(places), fill


def load_prompt(source: Path | str, may_be_fixed: bool = False) -> Prompt:
    """A prompt from a user's file (`Path`), or one of our own by its name (`str`).

    Args:
        source: The file, or the name.
        may_be_fixed: Whether it may be the same text for every row, as a system message may.

    Raises:
        UsageError: The file cannot be read, is not UTF-8, or holds no place to fill although it must.
    """
    if isinstance(source, str):
        text = files(__package__).joinpath(f"{source}.jinja").read_text(encoding="utf-8")
        return Prompt(text, jinja=True, name=f"the prompt {source!r}")
    text = read_prompt_file(source)
    prompt = Prompt(text, source.suffix in (".jinja", ".jinja2", ".j2"), str(source))
    if not prompt.places and not may_be_fixed:
        raise UsageError(f"the prompt file {source} has no place to fill in the row, such as {{question}}")
    return prompt


def read_prompt_file(path: Path) -> str:
    """A prompt file's text, byte for byte.

    Raises:
        UsageError: The file cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")  # not read_text: line ends are part of the request
    except OSError as error:
        raise UsageError(f"cannot read the prompt file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the prompt file {path} is not UTF-8 text: {error}") from error
