"""Step ``keep``: keep the rows with the best ratings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tunesmith.curate.ratings import bars_of, fitting_width
from tunesmith.curate.sample import size_of, uniform
from tunesmith.curate.threshold import AtLeast, Best, Cut, NoRating, count_ratings, exact, part_of, plain, rating_of
from tunesmith.figures import histogram
from tunesmith.rows import Row

from .base import Exhibit, TableStep
from .ledger import Ledger

_WAYS = ("at_least", "best", "share")
USUAL = 4.5


class Keep(TableStep):
    """Keep the rows with the best ratings; a row without a rating is dropped."""

    step: Literal["keep"] = "keep"
    column: str = Field("rating", min_length=1, description="The column with the ratings.")
    at_least: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        None, description="Keep ratings of this or more; 4.5 if neither this nor best nor share is given."
    )
    best: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Keep this many, the best; of equal ratings the earlier rows."
    )
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Keep this share of the rated rows, the best; of equal ratings the earlier rows."
    )
    random_twin: bool = Field(
        False, description="Also write as many rows drawn at random from all, to compare with: random_twin.jsonl."
    )
    seed: int = Field(0, description="Seed of that draw.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [way for way in _WAYS if getattr(self, way) is not None]
        if len(given) > 1:
            raise ValueError(
                f"{' and '.join(given)} are given, but rows are kept in one way; leave out all but one "
                f"(--set {self.label}.{given[0]}=null takes a recipe's {given[0]} away)"
            )
        if not given:
            # Written out with all settings, but not as one that was given: `best` in its place must not clash with it.
            self.__dict__["at_least"] = USUAL
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """The ratings."""
        return (self.column,)

    def apply(self, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        """The rows that are kept, in their order; goes through all rows before, unless each can be judged alone."""
        cut = self._cut(rows)
        for row in rows:
            try:
                reason, kind = cut.judge(rating_of(row.get(self.column)))
            except NoRating as why:
                reason, kind = str(why), why.kind
            if reason:
                ledger.dropped(row, reason, kind=kind)
            else:
                yield from ledger.passed(row, row)

    def _cut(self, rows: Iterable[Row]) -> Cut:
        if self.at_least is not None:
            return AtLeast(self.at_least)
        ratings, _ = count_ratings(rows, self.column)
        return Best(ratings, self.best or part_of(self.share or 1, ratings.total()))

    def exhibits(self, rows: Iterable[Row], rows_out: int) -> Iterator[Exhibit]:
        """The distribution of all ratings with the threshold; a random set of the same size if asked for."""
        ratings, unrated = count_ratings(rows, self.column)
        cut, width = self._cut(rows), fitting_width(ratings)
        rated, without = ratings.total(), unrated.total()
        caption = f"{rows_out:,} of {rated + without:,} rows were kept: {self._way(cut)}."
        if without:
            caption += f" Rows without a rating, not shown: {without:,}."
        picture = histogram(
            bars_of(ratings, width, cut),
            width,
            cut.threshold,
            f"Ratings of the {rated:,} rated rows" if without else f"Ratings of {rated:,} rows",
            f"{self.column} (each bar: from its number up to the next)",
            caption,
        )
        yield Exhibit(self._file("ratings.svg"), caption, picture)
        if self.random_twin:
            yield Exhibit(
                self._file("random_twin.jsonl"),
                f"{rows_out:,} rows drawn at random (seed {self.seed}) from all {rated + without:,} that entered "
                f"the step {self.label}, to compare the kept ones with.",
                (row for row, reason in uniform(rows, size_of(rows_out), self.seed) if not reason),
            )

    def _way(self, cut: Cut) -> str:
        if self.at_least is not None:
            return f"those rated {exact(self.at_least)} or more"
        edge = "" if cut.threshold is None else f", which are rated {plain(cut.threshold)} or more"
        return f"the best {f'{self.best:,}' if self.best else f'{100 * (self.share or 1):.4g} %'}{edge}"

    def _file(self, name: str) -> str:
        """A file's name that no other step of the recipe uses."""
        return f"{self.name}_{name}" if self.name else name
