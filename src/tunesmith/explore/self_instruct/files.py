"""What Self-Instruct brought to be compared with a tree: kept in the tree's folder, or in that of its run."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tunesmith.data.files import atomic_write_text, read_table, write_rows
from tunesmith.errors import DataError
from tunesmith.rows import Row

Facts = dict[str, Any]
"""How rows were asked for: ``requests``, ``batch``, ``seed``, ``teacher``, and what came of it."""


class SelfInstructFiles:
    """The rows, how they were asked for, and the name under which they are paid.

    Args:
        folder: Where they lie, beside other things.
    """

    def __init__(self, folder: Path) -> None:
        self.rows = folder / "self_instruct.jsonl"
        self.facts = folder / "self_instruct.meta.json"  # no task's file has a dot before its ending
        self._run = folder / ".compare"

    def run(self) -> str:
        """The name under which the store books what is paid: another than the tree's, so that neither counts twice."""
        name = self._run.read_text(encoding="utf-8").strip() if self._run.exists() else ""
        if not name:
            name = uuid.uuid4().hex
            atomic_write_text(self._run, f"{name}\n")
        return name

    def write(self, rows: Iterable[Row], facts: Facts) -> None:
        """Replace what was there."""
        self.facts.unlink(missing_ok=True)  # a kill between the two files must not leave facts of other rows
        write_rows(self.rows, rows)
        atomic_write_text(self.facts, json.dumps(facts, ensure_ascii=False, indent=2) + "\n")

    def read(self) -> tuple[list[Row], Facts]:
        """What was kept: no rows if there is nothing, no facts if nobody noted them.

        Raises:
            DataError: A file is damaged.
        """
        rows = [*read_table(self.rows)] if self.rows.exists() else []
        if not self.facts.exists():
            return rows, {}
        try:
            facts = json.loads(self.facts.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"it is damaged: {error}; remove it", self.facts) from error
        numbers = ("requests", "batch", "seed", "unanswered", "unreadable", "refused", "alike")
        if not isinstance(facts, dict) or not all(isinstance(facts.get(name), int) for name in numbers):
            raise DataError("it is not as tunesmith writes it; remove it", self.facts)
        return rows, facts
