"""Where a publication gives sums only: totals of points, and counts of wins, ties and losses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tunesmith.data.json_text import described, shorten
from tunesmith.data.sources import SourceFile
from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Counts, Totals

from .doubles import Sums
from .numbers import number_in, whole_in
from .remarks import Remarks
from .source import SourceRow, object_in

_KNOWN = {"gpt4": "GPT4", "chatgpt": "ChatGPT"}  # how GPT-4-LLM writes the models that its figures are named after
_GROUP = re.compile(r"(?P<what>.*?)_?vs_(?P<baseline>.+)")
_COUNTS = (("win", "wins"), ("tie", "ties"), ("lose", "loses", "loss", "losses"))
_SETS = ("domain", "testset", "dataset", "category", "set")


def read_totals(file: SourceFile, remarks: Remarks, sums: Sums) -> list[Totals] | None:
    """Read a JSON object ``{"vs_BASELINE": {MODEL: {"pair": [ours, theirs]}}}``, as GPT-4-LLM has it.

    Returns:
        ``None`` if the file is something else.

    Raises:
        DataError: A pair is damaged, or is there twice and not alike.
    """
    found = object_in(file.path)
    if found is None:
        return None
    groups = {name: group for name, group in found.items() if _GROUP.fullmatch(name) and isinstance(group, dict)}
    if not any(isinstance(one, dict) and "pair" in one for group in groups.values() for one in group.values()):
        return None
    every = [
        (_totals(file.name, name, model, given, remarks), f"{file.name}, {name}")
        for name, group in groups.items()
        for model, given in group.items()
    ]
    return [one for one, where in every if sums.are_new(f"totals (baseline {one.baseline})", *_of(one), where)]


def _of(one: Totals) -> tuple[tuple[str, str], tuple[float, float]]:
    return (one.model, one.baseline), one.points


def _totals(path: str, group: str, model: str, given: Any, remarks: Remarks) -> Totals:
    named = _GROUP.fullmatch(group)
    what, other = (named["what"], named["baseline"].strip()) if named else ("", group)
    pair = given.get("pair") if isinstance(given, dict) else None
    points = [number_in(one) for one in pair] if isinstance(pair, list) else []
    if len(points) != 2 or points[0] is None or not points[1] or min(points[0], points[1]) < 0:
        raise DataError(f"{group}, {model!r}: the pair is {described(pair)}; expected two totals above 0", path)
    ours, theirs = points[0], points[1]
    percent = number_in(given.get("pct"))
    if given.get("pct") is not None and (percent is None or abs(percent - 100 * ours / theirs) > 1e-6):
        said = shorten(given["pct"])
        remarks.say(
            f"{path}: {group}, {model!r}: the file says {said} %, but its totals give {100 * ours / theirs:.4f} %"
        )
    return Totals(f"{what} {model.strip()}".strip(), _KNOWN.get(other, other), (ours, theirs))


def is_counts(columns: Collection[str]) -> bool:
    """Whether rows of these columns are counts."""
    known = sum(not {*columns}.isdisjoint(names) for names in _COUNTS)
    return {"model", "baseline"} <= {*columns} and known > 1


def read_counts(sources: Sequence[SourceRow], sums: Sums) -> Iterator[Counts]:
    """Read rows with ``model``, ``baseline``, ``win``, ``tie``, ``lose``, and perhaps the ``domain`` they are of.

    Raises:
        DataError: A row is damaged, or two are of the same and differ.
    """
    for source in sources:
        of = next((f" ({source.row[name]})" for name in _SETS if source.row.get(name)), "")
        models = source.text("model") + of, source.text("baseline") + of
        if models[0] == models[1]:
            raise source.damaged(f"{models[0]!r} against itself; expected two models")
        wins, ties, losses = (_count(source, names) for names in _COUNTS)
        if sums.are_new("counts", models, (wins, ties, losses), source.where):
            yield Counts(*models, wins, ties, losses)


def _count(source: SourceRow, names: Sequence[str]) -> int:
    given = next((source.row[name] for name in names if name in source.row), None)
    number = whole_in(given)
    if number is None:
        raise source.damaged(f"{names[0]!r} is {described(given)}; expected a whole number")
    return number
