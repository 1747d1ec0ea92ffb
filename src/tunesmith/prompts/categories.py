"""Prompts by category of question: a judge asked about code is asked otherwise than one asked about a letter.

A file holds a record for each category, as YAML, JSON or JSON lines::

    - category: coding
      prompt: ...                # with places for the answers, or a task that stands below them in our own frame
      system: ...                # may be missing
      mode: scores               # or choice: what form of reply the prompt asks for, where it does so in its own words
      demonstrations:            # may be missing: turns that come before
        - input: ...
          output: ...

The published ones are read as they are: Explore-Instruct's (``class``, ``prompt``, ``demo_input_1``,
``demo_output_1``, ...), FastChat's ``prompt.jsonl`` (``prompt_template`` with its ``defaults``, ``system_prompt``) and
its ``reviewer.jsonl``, which names prompts of the ``prompt.jsonl`` beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunesmith.errors import DataError
from tunesmith.plain import load_yaml
from tunesmith.text import nearest

from . import read_prompt_file

ALL_OTHERS = ""
_ANY = frozenset({"", "general", "default", "other", "*"})
_COUNTED = re.compile(r"demo_(?:in|out)put_(\d+)")
_MODES = ("scores", "choice")
_KNOWN = (
    *("category", "prompt", "system", "mode", "demonstrations", "class"),
    *("prompt_template", "defaults", "system_prompt", "prompt_id", "description", "reviewer_id", "metadata"),
)


@dataclass(frozen=True, slots=True)
class CategoryPrompt:
    """What a judge of one category of questions is told.

    Attributes:
        category: The category in lower case; `ALL_OTHERS` for questions of any that has no prompt of its own.
        text: The prompt, or the task alone.
        system: The system message; none if empty.
        mode: What form of reply the prompt asks for, ``scores`` or ``choice``; empty if it does not say.
        demonstrations: Turns that come before: what was asked, and what was replied.
    """

    category: str
    text: str
    system: str = ""
    mode: str = ""
    demonstrations: tuple[tuple[str, str], ...] = ()


def read_category_prompts(path: Path) -> dict[str, CategoryPrompt]:
    """The prompts of a file, by category.

    Raises:
        UsageError: The file cannot be read.
        DataError: It holds something else, or two prompts for one category.
    """
    found: dict[str, CategoryPrompt] = {}
    for record in _joined(list(_records(path)), path):
        one = _prompt_of(record, path)
        if found.setdefault(one.category, one) != one:
            raise DataError(f"two prompts for the category {one.category or 'general'!r}; keep one", path)
    if not found:
        raise DataError("no prompt in the file; expected records with 'category' and 'prompt'", path)
    return found


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    text = read_prompt_file(path)
    if path.suffix in (".jsonl", ".ndjson"):
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        records = [_parsed(line, path, number) for number, line in lines]
    else:
        data = load_yaml(text, str(path))  # JSON is YAML
        records = data if isinstance(data, list) else [data]
        if isinstance(data, Mapping) and not data.keys() & {"prompt", "prompt_template"}:
            records = [
                {"category": name, **(one if isinstance(one, Mapping) else {"prompt": one})}
                for name, one in data.items()
            ]
    for record in records:
        if not isinstance(record, Mapping):
            raise DataError("a record is no object; expected 'category' and 'prompt'", path)
        yield record


def _parsed(line: str, path: Path, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise DataError(f"the line is not JSON: {error}", path, number) from None


def _joined(records: list[Mapping[str, Any]], path: Path) -> Iterator[Mapping[str, Any]]:
    """The records; those of FastChat's ``reviewer.jsonl`` with the prompt that they name."""
    beside: dict[Any, Mapping[str, Any]] = {}
    for record in records:
        if "prompt_id" not in record or record.keys() & {"prompt", "prompt_template"}:
            yield record
            continue
        if not beside:
            beside = {one.get("prompt_id"): one for one in _records(path.with_name("prompt.jsonl"))}
        if record["prompt_id"] not in beside:
            raise DataError(f"no prompt {record['prompt_id']!r} in the prompt.jsonl beside it", path)
        yield {**beside[record["prompt_id"]], "category": record.get("category", "")}


def _prompt_of(record: Mapping[str, Any], path: Path) -> CategoryPrompt:
    category = str(record.get("category", record.get("class", ""))).strip().lower()
    text = record.get("prompt", record.get("prompt_template"))
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"the record for the category {category!r} has no text in 'prompt'; write one", path)
    defaults = record.get("defaults")
    for name, value in defaults.items() if isinstance(defaults, Mapping) else ():
        text = text.replace(f"{{{name}}}", str(value))
    system = record.get("system", record.get("system_prompt")) or ""
    # Explore-Instruct's prompts order the two assistants; FastChat's want two scores.
    mode = record.get("mode") or ("choice" if "class" in record else "scores" if "prompt_template" in record else "")
    if not isinstance(system, str):
        raise DataError(f"the record for the category {category!r}: 'system' is {system!r:.40}; expected text", path)
    if mode not in ("", *_MODES):
        what = f"'mode' is {mode!r:.40}; expected {' or '.join(_MODES)}"
        raise DataError(f"the record for the category {category!r}: {what}", path)
    if strangers := [name for name in map(str, record) if name not in _KNOWN and not _COUNTED.fullmatch(name)]:
        what = f"nobody knows what {strangers[0]!r} is{nearest(strangers[0], _KNOWN)}; remove it"
        raise DataError(f"the record for the category {category!r}: {what}", path)
    turns = tuple(_demonstrations(record, path))
    return CategoryPrompt(ALL_OTHERS if category in _ANY else category, text, system, mode, turns)


def _demonstrations(record: Mapping[str, Any], path: Path) -> Iterator[tuple[str, str]]:
    given = record.get("demonstrations") or []
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise DataError("'demonstrations' is no list of records with 'input' and 'output'; make it one", path)
    numbers = sorted({int(found[1]) for name in record if (found := _COUNTED.fullmatch(str(name)))})
    ways = ("input", "output")
    for one in [*given, *({way: record.get(f"demo_{way}_{number}") or "" for way in ways} for number in numbers)]:
        asked, replied = one.get("input"), one.get("output")
        if (asked, replied) == ("", ""):  # as published, where there is none
            continue
        if one.keys() - {*ways} or not all(isinstance(x, str) and x.strip() for x in (asked, replied)):
            raise DataError("a demonstration lacks 'input' or 'output', or has more; give both as text", path)
        yield asked, replied
