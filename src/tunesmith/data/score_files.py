"""Scores of several models in a file of their own, as GPT-4-LLM publishes them: ``{model: [scores]}``."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

from tunesmith.errors import DataError

from .compression import open_plain
from .sources import list_files


def read_score_lists(path: Path) -> dict[str, list[Any]] | None:
    """The lists of scores by model; ``None`` for a file of rows.

    Raises:
        UsageError: There is no such file.
        DataError: It is one JSON object that holds lists, but they are not all of scores.
    """
    if path.is_dir() or len(files := list_files(path)) != 1:
        return None
    (file,) = files
    with open_plain(file.path, file.name) as stream:
        if stream.read(1 << 12).removeprefix(codecs.BOM_UTF8).lstrip()[:1] != b"{":
            return None
    with open_plain(file.path, file.name) as stream:
        try:
            found = json.loads(stream.read().decode("utf-8-sig"))
        except RecursionError:
            raise DataError("the scores are lists within lists; expected numbers", file.name) from None
        except ValueError:
            return None  # JSON lines
    if not found or not all(isinstance(scores, list) for scores in found.values()):
        return None
    for model, scores in found.items():
        if any(isinstance(score, list | dict) for score in scores):
            raise DataError(f"the list of {model!r} does not hold scores; expected numbers", file.name)
    return dict(found)
