"""What all readers of review files share: rows with their places, what they may assume, and remarks on damage."""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunesmith.data.compression import open_plain
from tunesmith.data.json_text import described
from tunesmith.data.records import read_file
from tunesmith.data.sources import SourceFile, list_files
from tunesmith.errors import DataError
from tunesmith.rows import Row

if TYPE_CHECKING:
    from .answers import Library

_LONGEST_FACT = 60  # characters; what is longer is a text about the question and no property of it
_MOST_LINES = 5  # that a remark names


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file, and where it stands."""

    file: str
    line: int
    row: Row

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.file}, line {self.line}"

    def damaged(self, what: str) -> DataError:
        """The error that says so, with file and line."""
        return DataError(what, self.file, self.line)

    def text(self, column: str) -> str:
        """The text in a column.

        Raises:
            DataError: There is none.
        """
        found = self.row.get(column)
        if isinstance(found, str) and found.strip():
            return found
        raise self.damaged(f"{column!r} is {described(found)}; expected text")

    def text_or_nothing(self, column: str) -> str:
        """The text in a column, empty where there is none."""
        found = self.row.get(column)
        return found if isinstance(found, str) else ""

    def identity(self, *columns: str) -> str:
        """The question's id, from the first of these columns that the row has.

        Raises:
            DataError: It has none, or one that is neither text nor a whole number.
        """
        found = next((self.row[name] for name in columns if self.row.get(name) is not None), None)
        if isinstance(found, str) and found.strip():
            return found
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
    return (SourceRow(file.name, line, row) for line, row in read_file(file))


def object_in(path: str | Path) -> dict[str, Any] | None:
    """The one JSON object that a file is; ``None`` if it is something else.

    Raises:
        UsageError: There is no such file.
    """
    files = list_files(path)
    if len(files) != 1:
        return None
    with open_plain(files[0].path, files[0].name) as stream:
        if stream.read(1 << 12).removeprefix(codecs.BOM_UTF8).lstrip()[:1] != b"{":
            return None
    with open_plain(files[0].path, files[0].name) as stream:
        try:
            found = json.loads(stream.read().decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None
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


def words(text: str) -> int:
    """How many words a text has, split at white space."""
    return len(text.split())


@dataclass(slots=True)
class Remarks:
    """What has to be said about rows that were put right or left out: nothing is mended in silence."""

    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    general: dict[str, None] = field(default_factory=dict)

    def add(self, source: SourceRow, what: str) -> None:
        """Note something about a row; rows of one file of which the same is to be said share a sentence."""
        self.found.setdefault((source.file, what), []).append(source.line)

    def say(self, sentence: str) -> None:
        """Note something about a file, or about all."""
        self.general[sentence] = None

    def sentences(self) -> tuple[str, ...]:
        """All of it."""
        return (*(_sentence(file, what, lines) for (file, what), lines in self.found.items()), *self.general)


def _sentence(file: str, what: str, lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"{file}, line {lines[0]}: {what}"
    return f"{file}, {len(lines):,} lines ({listed(map(str, lines))}): {what}"


def listed(names: Iterable[str]) -> str:
    """Some names as a list that stays short."""
    found = list(names)
    more = len(found) - _MOST_LINES
    return ", ".join(found[:_MOST_LINES]) + (f" and {more:,} more" if more > 0 else "")


@dataclass(slots=True)
class Context:
    """What a reader may use.

    Attributes:
        library: Answers and questions from other files.
        scale: The lowest and the highest score.
        models: Names for the two models of a file whose rows name them by their places, instead of those found.
        remarks: Where to note what was put right.
        baselines: Models that a file itself treats as the one to be measured against.
    """

    library: Library
    scale: tuple[float, float]
    models: tuple[str, str] | None = None
    remarks: Remarks = field(default_factory=Remarks)
    baselines: dict[str, None] = field(default_factory=dict)
