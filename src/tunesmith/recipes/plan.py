"""A plan: which recipe over which rows, into which folder."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from tunesmith.data.card import Terms, terms_beside, terms_of
from tunesmith.data.files import SourceFacts, check_source, read_rows
from tunesmith.data.formats import PAIR_SHAPES, shape_named
from tunesmith.data.preferences import PAIR
from tunesmith.data.testsets import PREFIX, hints_on, named
from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row
from tunesmith.text import nearest

from .recipe import Recipe


@dataclass(frozen=True, slots=True)
class Plan:
    """Which recipe over which rows, into which folder.

    Attributes:
        recipe: The recipe.
        source: A path, a folder, ``-`` for standard input, ``hf:owner/name[:split]``, or ``testset:NAME[=PATH]``.
        folder: The run folder; a run that is there already goes on.
        shape: The shape of the source (``alpaca``, ``dolly``, ``sharegpt``, ``messages``), recognised if left out.
        limit: Only the first so many rows.
        store: Another reply store than the run folder's own.
        alpaca: Whether to write ``data/alpaca.json`` too.
        also: Further shapes in which to write the data set, with their own columns only: ``data/SHAPE.jsonl``.
        split_by: A column by whose values to divide the data set: ``data/by-COLUMN/VALUE.jsonl``.
        license: The licence of the source, where its own card does not say.
        overwrite: Whether a run of another recipe or other rows in the folder may be replaced; its replies stay.
        source_name: What to call the source, if not by its path.
    """

    recipe: Recipe
    source: str
    folder: Path
    shape: str | None = None
    limit: int | None = None
    store: Path | None = None
    alpaca: bool = False
    also: tuple[str, ...] = ()
    split_by: str | None = None
    license: str | None = None
    overwrite: bool = False
    source_name: str | None = None

    def check(self) -> tuple[SourceFacts, list[str]]:
        """Look the source over whole and hold the recipe against it; returns the facts and hints.

        Raises:
            UsageError: Anything that would make the run fail later.
        """
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"--limit {self.limit} leaves no rows; give at least 1")
        for step in self.recipe.steps:
            step.check_inputs()
        needs = {"instruction"} & set().union(*(step.reads for step in self.recipe.steps))
        facts = check_source(self.source, self.shape, needs)
        hints = self.recipe.check(facts.columns)
        hints += hints_on(self.source, facts.shape, facts.rows)
        self.recipe.steps[0].check_rows(self.rows(facts))
        self._check_also(facts)
        self._check_split(facts.columns)
        return facts, hints

    def _check_also(self, facts: SourceFacts) -> None:
        """See that the data set can be written in the further shapes, before anything is spent."""
        there = {*facts.columns, *(column for step in self.recipe.steps for column in step.writes)}
        for shape in self.also:
            lacking = [column for column in PAIR if shape in PAIR_SHAPES and column not in there]
            if shape_named(shape).name in PAIR_SHAPES and lacking:
                raise UsageError(
                    f"--also {shape} needs the column {lacking[0]!r}, which neither the input nor a step has; the step "
                    "pairs writes it, as in the recipe comparisons"
                )
        if not self.also:
            return
        sketches: Iterator[Row] = (dict.fromkeys(facts.columns) | row for row in islice(self.rows(facts), 1))
        for step in self.recipe.steps:
            sketches = step.foretell(sketches, lambda *asked: None)
        for row, name in product(islice(sketches, 1), self.also):
            try:
                shape_named(name).from_row(row)
            except DataError as error:
                raise UsageError(f"--also {name}: {error}") from error

    def _check_split(self, columns: Collection[str]) -> None:
        """See that there will be the column by which to divide the data set."""
        there = [*columns, *(column for step in self.recipe.steps for column in step.writes)]
        if self.split_by is not None and self.split_by not in there:
            raise UsageError(
                f"--split-by {self.split_by}: neither the input nor a step has such a column"
                f"{nearest(self.split_by, there)}; there are: {', '.join(dict.fromkeys(there))}"
            )

    def rows(self, facts: SourceFacts) -> Iterator[Row]:
        """The rows that the run is about, in the shape that the check has found."""
        return islice(read_rows(self.source, facts.shape), self.limit and min(self.limit, sys.maxsize))

    def terms(self) -> Terms:
        """The source's licence and languages, as far as its card or the user says."""
        if self.source.startswith("hf:"):
            from tunesmith.data.hub import hub_card

            terms = terms_of(hub_card(self.source[3:].split(":")[0]))
        elif self.source.startswith(PREFIX):
            described = named(self.source)[0]
            terms = Terms(described.license, described.languages)
        else:
            terms = terms_beside(Path(self.source)) if Path(self.source).exists() else Terms()
        return Terms(self.license, terms.languages) if self.license else terms
