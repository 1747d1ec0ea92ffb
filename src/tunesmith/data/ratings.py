"""Ratings that somebody has given already, in a file of their own.

The file is one of:

- rows of any file type with the ratings in a column, and with the rated rows' ids or without;
- a JSON list of numbers, ``null`` where there is none, in the order of the rows;
- a JSON object from ids to numbers.
"""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunesmith.errors import DataError, UsageError
from tunesmith.text import nearest

from .compression import open_plain
from .records import read_file
from .sources import list_files


@dataclass(frozen=True, slots=True)
class Ratings:
    """What stands in a file of ratings, unread: numbers as a rule, or ``None``. One of the two is there.

    Attributes:
        by_id: By the rows' ids.
        by_position: In the order of the rows.
    """

    by_id: dict[str, Any] | None = None
    by_position: list[Any] | None = None

    def of(self, row_id: str, position: int) -> Any:
        """A row's rating, ``None`` if it has none."""
        return self.by_position[position] if self.by_position is not None else (self.by_id or {}).get(row_id)


def read_ratings(path: Path, column: str, match: str = "auto") -> Ratings:
    """Read a file of ratings.

    Args:
        path: The file.
        column: Where rows have their rating.
        match: ``id``, ``position``, or ``auto`` for ids where there are any.

    Raises:
        UsageError: There is no such file, or it has no ids although they are to count.
        DataError: It is damaged, no row has the column, or two have the same id.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the one file that holds the ratings")
    ratings = _bare(path, column) or _in_rows(path, column)
    if match == "id" and ratings.by_id is None:
        raise UsageError(f"{path}: the ratings have no ids; add a column 'id', or match them by position")
    if match == "position" and ratings.by_id is not None:
        return Ratings(by_position=list(ratings.by_id.values()))
    return ratings


def _bare(path: Path, column: str) -> Ratings | None:
    """The ratings of a JSON file that holds nothing else; ``None`` for any other file."""
    (file,) = list_files(path)
    with open_plain(file.path, file.name) as stream:
        head = stream.read(1 << 12).removeprefix(codecs.BOM_UTF8).lstrip()
        second = head[1:].lstrip()[:1]
        is_list = head[:1] == b"[" and second not in (b"{", b"")
        if not is_list and head[:1] != b"{":
            return None
    try:
        with open_plain(file.path, file.name) as stream:
            found = json.loads(stream.read().decode("utf-8-sig"), object_pairs_hook=_without_twice)
    except RecursionError:
        raise DataError("the ratings are lists within lists; expected numbers", file.name) from None
    except ValueError as error:
        if is_list:
            raise DataError(f"the list of ratings is not JSON: {error}", file.name) from None
        return None  # JSON lines
    if isinstance(found, list):
        return Ratings(by_position=found)
    is_row = not found.keys().isdisjoint({"id", column})
    if not is_row and not any(isinstance(value, list | dict) for value in found.values()):
        return Ratings(by_id=found)
    return None


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise DataError("an id, or a column, stands twice in the file of ratings; keep one of them")
    return found


def _in_rows(path: Path, column: str) -> Ratings:
    by_id: dict[str, Any] = {}
    by_position: list[Any] = []
    (file,) = list_files(path)
    columns: dict[str, None] = {}
    for line, row in read_file(file):
        columns |= dict.fromkeys(row)
        by_position.append(row.get(column))  # a cell of CSV may be empty, and is not there then
        if row.get("id") not in (None, ""):
            row_id = str(row["id"])
            if row_id in by_id:
                raise DataError(f"a second rating for the id {row_id!r}; keep one of them", file.name, line)
            by_id[row_id] = row.get(column)
    if column not in columns:
        there = ", ".join(map(repr, columns))
        raise DataError(f"no column {column!r} with ratings{nearest(column, columns)}; found {there:.200}", file.name)
    if by_id and len(by_id) < len(by_position):
        raise DataError("some ratings have an id and some have none; give all of them one, or none", file.name)
    return Ratings(by_id=by_id) if by_id else Ratings(by_position=by_position)
