"""Where a publication gives sums only: totals of points, and counts of wins, ties and losses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from tunesmith.data.json_text import described
from tunesmith.data.sources import SourceFile
from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Counts, Totals

from .source import Remarks, SourceRow, object_in

_KNOWN = {"gpt4": "GPT4", "chatgpt": "ChatGPT"}  # how GPT-4-LLM writes the models that its figures are named after
_GROUP = re.compile(r"(?P<what>.*?)_?vs_(?P<baseline>.+)")
COUNTS = (("win", "wins"), ("tie", "ties"), ("lose", "loses", "loss", "losses"))
_SETS = ("domain", "testset", "dataset", "category", "set")


def read_totals(file: SourceFile, remarks: Remarks) -> list[Totals] | None:
    """Read a JSON object ``{"vs_BASELINE": {MODEL: {"pair": [ours, theirs]}}}``, as GPT-4-LLM has it.

    Returns:
        ``None`` if the file is something else.

    Raises:
        DataError: A pair is damaged.
    """
    found = object_in(file.path)
    if found is None:
        return None
    groups = {name: group for name, group in found.items() if _GROUP.fullmatch(name) and _has_pairs(group)}
    if not groups:
        return None
    return [
        _totals(file.name, name, model, given, remarks)
        for name, group in groups.items()
        for model, given in group.items()
    ]


def _has_pairs(group: object) -> bool:
    return isinstance(group, dict) and any(isinstance(one, dict) and "pair" in one for one in group.values())


def _totals(path: str, group: str, model: str, given: Any, remarks: Remarks) -> Totals:
    named = _GROUP.fullmatch(group)
    what, other = (named["what"], named["baseline"]) if named else ("", group)
    pair = given.get("pair") if isinstance(given, dict) else None
    if not isinstance(pair, list) or len(pair) != 2 or not all(map(_is_total, pair)) or not pair[1]:
        raise DataError(f"{group}, {model!r}: the pair is {described(pair)}; expected two totals above 0", path)
    percent = given.get("pct")
    ours, theirs = float(pair[0]), float(pair[1])
    if isinstance(percent, int | float) and abs(percent - 100 * ours / theirs) > 1e-6:
        remarks.say(
            f"{path}: {group}, {model!r}: the file says {percent:g} %, but its totals give {100 * ours / theirs:.4f} %"
        )
    return Totals(f"{what} {model}".strip(), _KNOWN.get(other, other), (ours, theirs))


def _is_total(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def read_counts(sources: Sequence[SourceRow]) -> Iterator[Counts]:
    """Read rows with ``model``, ``baseline``, ``win``, ``tie``, ``lose``, and perhaps the ``domain`` they are of.

    Raises:
        DataError: A row is damaged, or two are of the same.
    """
    seen: dict[tuple[str, str], SourceRow] = {}
    for source in sources:
        of = next((f" ({source.row[name]})" for name in _SETS if source.row.get(name)), "")
        key = source.text("model") + of, source.text("baseline") + of
        if source.row["model"] == source.row["baseline"]:
            raise source.damaged(f"{source.row['model']!r} against itself; expected two models")
        if key in seen:
            raise source.damaged(f"{key[0]} against {key[1]} is in {seen[key].where} too; remove one")
        seen[key] = source
        wins, ties, losses = (_count(source, names) for names in COUNTS)
        yield Counts(*key, wins, ties, losses)


def _count(source: SourceRow, names: Sequence[str]) -> int:
    given = next((source.row[name] for name in names if name in source.row), None)
    try:
        number = int(given) if isinstance(given, str) else given
    except ValueError:
        number = None
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise source.damaged(f"{names[0]!r} is {described(given)}; expected a whole number")
    return number
