"""The folder ``data`` of a run: the data set, what the steps put beside it, and the card."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import chain, count
from pathlib import Path
from typing import Any

from tunesmith.curate.translation.scripts import CODES
from tunesmith.data.atomic import atomic_write_bytes
from tunesmith.data.card import Terms
from tunesmith.data.files import RowWriter, Table, atomic_write_text, read_table, write_rows
from tunesmith.data.formats import ALL_SHAPES, shape_named
from tunesmith.data.shape import Shape
from tunesmith.errors import DataError, RunError
from tunesmith.rows import Row
from tunesmith.steps import Exhibit
from tunesmith.steps.base import as_text
from tunesmith.teacher import Watch

from .card import run_card
from .folder import RunFolder
from .parts import MOST, folder_of, write_parts
from .plan import Plan


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a run leaves to its user.

    Attributes:
        plan: What was done.
        folder: The run's.
        manifest: What came of it; told which files there are.
        watch: Told what happens.
        terms: Licence and languages of the source.
    """

    plan: Plan
    folder: RunFolder
    manifest: dict[str, Any]
    watch: Watch
    terms: Terms

    def write(self) -> None:
        """Write the rows of the last step in the formats asked for, the exhibits, and the card.

        Raises:
            RunError: No row is left.
        """
        self.watch.step("data set", self.manifest["steps"][-1]["rows_out"], None)
        steps = self.plan.recipe.steps
        final = self.folder.rows_after(len(steps), steps[-1].label)
        if not self.manifest["steps"][-1]["rows_out"]:
            self._remove({"train.jsonl", "README.md", *self._might_be_there})
            self.manifest["exhibits"] = []
            raise RunError(
                f"no row is left of {self.manifest['steps'][0]['rows_in']:,}; "
                f"`tunesmith show {self.folder.path} --dropped` tells why"
            )
        names, languages = ["train.jsonl"], dict[str, None]()
        if find_spec("pyarrow") is not None:
            names.append("train.parquet")
        else:
            self.watch.notice("no train.parquet was written; for it, pip install pyarrow")
        for name in names:
            with RowWriter(self.folder.data / name) as writer:
                for row in read_table(final):
                    writer.write(row)
                    if name == names[0]:
                        self.watch.row()
                        languages[as_text(row.get("language"))] = None
        if self.plan.alpaca:
            names.append("alpaca.json")
            with RowWriter(self.folder.data / "alpaca.json") as writer:
                for row in read_table(final):
                    writer.write({name: row.get(name) or "" for name in ("instruction", "input", "output")})
        for shape in map(shape_named, self.plan.also):
            names.append(f"{shape.name}.jsonl")
            with RowWriter(self.folder.data / names[-1]) as writer:
                for row in read_table(final):
                    writer.write(_record(row, shape))
        self._remove(self._might_be_there - set(names))
        self.manifest["data"] = names
        self.manifest["exhibits"] = [
            {"file": exhibit.file, "caption": exhibit.caption} for exhibit in self._write_exhibits()
        ]
        card = run_card(self.manifest, _in_languages(self.terms, languages), self.plan.recipe.description)
        atomic_write_text(self.folder.data / "README.md", card)

    def _remove(self, names: Collection[str]) -> None:
        """Remove files of an earlier run's data set that are not this one's."""
        for name in names:
            path = self.folder.data / name
            if path.is_dir():
                self._make_way(path)
            else:
                path.unlink(missing_ok=True)

    def _make_way(self, folder: Path) -> None:
        """Remove an exhibit's folder; one in which replies were paid for is put aside instead."""
        if any((folder / name).exists() for name in ("replies.sqlite", ".run")):
            aside = next(p for n in count(1) if not (p := folder.with_name(f"{folder.name}.{n}")).exists())
            folder.rename(aside)
            self.watch.notice(f"{folder} was worked in since, so it was put aside as {aside}")
        else:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _might_be_there(self) -> set[str]:
        return {
            "train.parquet",
            "alpaca.json",
            *(f"{shape}.jsonl" for shape in ALL_SHAPES),
            *(exhibit["file"] for exhibit in self.manifest["exhibits"]),
        }

    def _write_exhibits(self) -> Iterator[Exhibit]:
        """Write what the steps put beside the data set."""
        label = "source"
        for position, step in enumerate(self.plan.recipe.steps):
            rows_in = Table(self.folder.rows_after(position, label))
            rows_after = Table(self.folder.rows_after(position + 1, step.label))
            before = step.exhibits(rows_in, self.manifest["steps"][position]["rows_out"])
            for exhibit in chain(before, step.exhibits_after(rows_after)):
                path = self.folder.data / exhibit.file
                if isinstance(exhibit.content, str):
                    atomic_write_text(path, exhibit.content)
                elif isinstance(exhibit.content, bytes):
                    atomic_write_bytes(path, exhibit.content)
                elif isinstance(exhibit.content, Mapping):
                    self._make_way(path)
                    for name, text in exhibit.content.items():
                        atomic_write_text(path / name, text)
                else:
                    write_rows(path, exhibit.content)
                yield exhibit
            label = step.label
        if self.plan.split_by:
            final = Table(self.folder.rows_after(len(self.plan.recipe.steps), label))
            yield from self._parts(final, self.plan.split_by)

    def _parts(self, rows: Table, column: str) -> Iterator[Exhibit]:
        """Write the data set divided by a column."""
        self._make_way(self.folder.data / folder_of(column))
        if written := write_parts(rows, column, self.folder.data):
            yield written
        else:
            self.watch.notice(f"--split-by {column}: it has more than {MOST} values, so the data set was not divided")


def _in_languages(terms: Terms, told: Collection[str]) -> Terms:
    """The terms with the languages that the rows themselves tell, if each tells one that is known."""
    codes = {language.lower(): code for code, language in reversed(CODES.items())}
    found = [codes.get(language.lower(), "") for language in told]
    return replace(terms, languages=tuple(sorted(found))) if found and all(found) else terms


def _record(row: Row, shape: Shape) -> Row:
    """A row in a further shape, with that shape's own columns only."""
    try:
        record = shape.from_row(row)
    except DataError as error:
        raise RunError(f"--also {shape.name}: row {row['id']}: {error}; data/train.jsonl is written") from error
    return {name: record[name] for name in (*shape.columns, "margin") if name in record}
