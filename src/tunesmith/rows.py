"""Rows: the one shape in which data moves through tunesmith.

A row is a JSON object with ``instruction``, ``input`` and ``output`` (all text) and whatever columns steps add.
Its ``id`` is text, unique in the data set, and stays with it from the source to the ledger.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any

from .errors import DataError

Row = dict[str, Any]


class Ids:
    """Gives every row of one source its ``id`` and sees that no two are the same.

    A row keeps its own id (text, or a whole number written as text); a row without one gets its position in the
    source, counted from 0. As long as every id is its row's position there is nothing to remember; from the
    first other id on, ids are remembered as 64-bit hashes, some 60 MB for a million of them.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._in_order = 0  # the first so many rows have their positions as ids
        self._seen: set[int] = set()

    def give(self, row: Row, path: str | Path | None = None, line: int | None = None) -> Row:
        """Return the row with its id, as text, in front.

        Raises:
            DataError: The id is neither text nor a whole number, or an earlier row has it too.
        """
        position = str(self._rows)
        own = row.get("id")
        row_id = position if own is None or own == "" else own if isinstance(own, str) else _as_text(own, path, line)
        if row_id == position and self._in_order == self._rows:
            self._in_order += 1
        elif self._is_taken(row_id):
            what = f"the id {row_id!r} is taken by an earlier row"
            if own is None or own == "":
                what += " (this row has none, so it would get its position, counted from 0)"
            raise DataError(f"{what}; make the ids unique or remove the column", path, line)
        self._rows += 1
        if next(iter(row), None) == "id" and own == row_id:
            return row
        return {"id": row_id, **{name: value for name, value in row.items() if name != "id"}}

    def _is_taken(self, row_id: str) -> bool:
        """Whether an earlier row has the id; remembers it if not."""
        if row_id.isdecimal() and row_id.isascii() and len(row_id) < 16:
            number = int(row_id)
            if number < self._in_order and str(number) == row_id:  # "007" is nobody's position
                return True
        mark = int.from_bytes(blake2b(row_id.encode(), digest_size=8).digest(), "big")
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False


def _as_text(value: object, path: str | Path | None, line: int | None) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise DataError(
        f"the id is {value!r:.60}, but an id is text or a whole number; mend it or remove the column", path, line
    )


def child_ids(parent: str, step: str, taken: Container[str] = ()) -> Iterator[str]:
    """Ids for the further rows that a step makes out of ``parent``: numbered from 1, without those that are taken."""
    return (made for number in count(1) if (made := f"{parent}.{step}.{number}") not in taken)


def question(row: Row) -> str:
    """What the row asks: the instruction, and below it the input where there is one."""
    instruction, extra = str(row.get("instruction", "")), str(row.get("input") or "")
    return f"{instruction}\n\n{extra}" if extra.strip() else instruction
