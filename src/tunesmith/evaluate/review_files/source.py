"""What all readers of review files share: rows with their places, and words that mean a tie."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunesmith.data.compression import open_plain
from tunesmith.data.json_text import described
from tunesmith.data.records import read_file
from tunesmith.data.sources import SourceFile, list_files
from tunesmith.errors import DataError
from tunesmith.rows import Row

_LONGEST_FACT = 60  # characters; what is longer is a text about the question and no property of it
_LOOK_AT = 20  # rows by which a file is recognised
TIES = frozenset(
    {
        *("tie", "tied", "draw", "equal", "same", "both", "neither"),
        *("tie (bothbad)", "tie (both bad)", "bothbad", "both_bad"),
    }
)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file, and where it stands."""

    file: str
    line: int
    row: Row
    number: int = 0
    """Its number in the file, where it is not alone on its line, as in JSON without line breaks; else 0."""

    @property
    def where(self) -> str:
        """File and line, and the row's number where that does not tell it apart."""
        line = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{line}, row {self.number}" if self.number else line

    def damaged(self, what: str) -> DataError:
        """The error that says so, with file and line."""
        return DataError(f"row {self.number}: {what}" if self.number else what, self.file, self.line)

    def text(self, column: str) -> str:
        """The text in a column, without white space around it.

        Raises:
            DataError: There is none.
        """
        found = self.row.get(column)
        if isinstance(found, str) and found.strip():
            return found.strip()
        raise self.damaged(f"{column!r} is {described(found)}; expected text")

    def text_or_nothing(self, column: str) -> str:
        """The text in a column, without white space around it; empty where there is none."""
        found = self.row.get(column)
        return found.strip() if isinstance(found, str) else ""

    def identity(self, *columns: str) -> str:
        """The question's id, from the first of these columns that the row has.

        Raises:
            DataError: It has none, or one that is neither text nor a whole number.
        """
        found = next((self.row[name] for name in columns if self.row.get(name) is not None), None)
        if isinstance(found, str) and found.strip():
            return found.strip()
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        named = " or ".join(map(repr, columns))
        raise self.damaged(f"the question has no id: {named} is {described(found)}; expected text or a whole number")

    def facts(self, besides: Collection[str] = ()) -> dict[str, Any]:
        """Short properties of the question: category, difficulty and the like.

        Args:
            besides: Columns that are none.
        """
        return {name: value for name, value in self.row.items() if name not in besides and _is_fact(value)}


def _is_fact(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_FACT and "\n" not in value
    if isinstance(value, list):  # a question may ask for several skills
        return 0 < len(value) < 20 and all(isinstance(one, str) and _is_fact(one) for one in value)
    return isinstance(value, int | float)


def rows_of(path: str | Path) -> Iterator[SourceRow]:
    """The rows of a file, whatever its type and compression.

    Raises:
        UsageError: There is no such file.
        DataError: It is damaged.
    """
    for file in list_files(path):
        yield from rows_in(file)


def rows_in(file: SourceFile) -> Iterator[SourceRow]:
    """The rows of one file.

    Raises:
        DataError: It is damaged.
    """
    before = 0
    for number, (line, row) in enumerate(read_file(file), 1):
        yield SourceRow(file.name, line, row, number if line == before else 0)
        before = line


def columns_of(sources: Sequence[SourceRow]) -> list[str]:
    """The columns of a file, by its first rows: more than one, so that a damaged one does not hide what it is."""
    return list(dict.fromkeys(name for source in sources[:_LOOK_AT] for name in source.row))


def object_in(path: str | Path) -> dict[str, Any] | None:
    """The one JSON object that a file is; ``None`` if it is something else.

    Raises:
        UsageError: There is no such file.
        DataError: An object in it has a key twice, of which only the last could be read.
    """
    files = list_files(path)
    if len(files) != 1:
        return None
    with open_plain(files[0].path, files[0].name) as stream:
        if stream.read(1 << 12).removeprefix(codecs.BOM_UTF8).lstrip()[:1] != b"{":
            return None
    twice: list[str] = []

    def told(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        twice.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return found

    with open_plain(files[0].path, files[0].name) as stream:
        try:
            found = json.loads(stream.read().decode("utf-8-sig"), object_pairs_hook=told)
        except (ValueError, RecursionError):
            return None
    if twice:
        raise DataError(f"the key {twice[0]!r} is there twice in one object; remove or rename one", files[0].name)
    return found if isinstance(found, dict) else None


def from_json(value: object) -> Any:
    """A value that CSV holds as JSON text; every other as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def name_of(path: str) -> str:
    """A file's name without its types: ``a_vs_b`` for ``x/a_vs_b.jsonl.xz``."""
    name = Path(path).name
    for suffix in (".xz", ".gz", ".zst", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"):
        name = name.removesuffix(suffix)
    return name
