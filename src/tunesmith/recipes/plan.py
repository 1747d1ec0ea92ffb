"""A plan: which recipe over which rows, into which folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tunesmith.data.card import Terms, terms_beside, terms_of
from tunesmith.data.files import SourceFacts, check_source, read_rows
from tunesmith.errors import UsageError
from tunesmith.rows import Row

from .recipe import Recipe


@dataclass(frozen=True, slots=True)
class Plan:
    """Which recipe over which rows, into which folder.

    Attributes:
        recipe: The recipe.
        source: A path, a folder, ``-`` for standard input, or ``hf:owner/name[:split]``.
        folder: The run folder; a run that is there already goes on.
        shape: The shape of the source (``alpaca``, ``dolly``, ``sharegpt``, ``messages``), recognised if left out.
        limit: Only the first so many rows.
        store: Another reply store than the run folder's own.
        alpaca: Whether to write ``data/alpaca.json`` too.
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
        return facts, self.recipe.check(facts.columns)

    def rows(self, facts: SourceFacts) -> Iterator[Row]:
        """The rows that the run is about, in the shape that the check has found."""
        return islice(read_rows(self.source, facts.shape), self.limit and min(self.limit, sys.maxsize))

    def terms(self) -> Terms:
        """The source's licence and languages, as far as its card or the user says."""
        if self.source.startswith("hf:"):
            from tunesmith.data.hub import hub_card

            terms = terms_of(hub_card(self.source[3:].split(":")[0]))
        else:
            terms = terms_beside(Path(self.source)) if Path(self.source).exists() else Terms()
        return Terms(self.license, terms.languages) if self.license else terms
