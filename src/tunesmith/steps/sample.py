"""Step ``sample``: draw some of the rows at random, or choose some that are unlike each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from tunesmith.curate.neighbours import farthest_first, in_random_order
from tunesmith.curate.rouge import Tokenizer
from tunesmith.curate.sample import NOT_DRAWN, Draw, Size, size_of, stratified, uniform, weighted
from tunesmith.rows import Row

from .base import TableStep, text_of
from .ledger import Ledger

USUAL = 1000


class Sample(TableStep):
    """Draw some of the rows at random; they stay in their order.

    Of fewer rows than are wanted, all are taken.
    """

    step: Literal["sample"] = "sample"
    n: Annotated[int, Field(ge=1)] | None = Field(
        None, description="How many rows; 1000 if neither this nor share is given."
    )
    share: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="Which share of the rows.")
    method: Literal["uniform", "stratified", "weighted", "diverse"] = Field(
        "uniform",
        description="uniform: each row is as likely; stratified: each value of a column keeps its share of the rows; "
        "weighted: the likelier, the larger the number in a column; diverse: each next row the one least like all "
        "chosen before it, by ROUGE-L or by embeddings.",
    )
    by: str = Field(
        "",
        description="The column for stratified (any values), weighted (numbers of 0 or more) or diverse (text, or "
        "vectors; the instruction if left out).",
    )
    cap: Annotated[int, Field(ge=1)] | None = Field(
        None, description="For stratified: most rows of one value of the column."
    )
    tokenizer: Tokenizer = Field("rouge", description="For diverse texts: what a word is; see dedup.")
    embeddings: str = Field("", description="For diverse texts: sentence-transformers model, in place of ROUGE-L.")
    seed: int = Field(0, description="Seed of the draw; the same seed draws the same rows.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.n is not None and self.share is not None:
            raise ValueError(
                f"n and share are given, but only one can hold; leave one out "
                f"(--set {self.label}.n=null takes a recipe's n away)"
            )
        if self.method in ("stratified", "weighted") and not self.by:
            raise ValueError(f"the method {self.method} needs a column: give it as 'by'")
        if self.method == "uniform" and self.by:
            raise ValueError(
                f"the column {self.by!r} is given as 'by', which the method uniform does not use; "
                "give the method stratified or weighted, or leave 'by' out"
            )
        if self.cap is not None and self.method != "stratified":
            raise ValueError("cap is given, which only the method stratified uses; give that method, or leave cap out")
        if self.n is None and self.share is None:
            # Written out with all settings, but not as one that was given: a share in its place must not clash with it.
            self.__dict__["n"] = USUAL
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """The column that the draw goes by, if it does."""
        by = self.by or ("instruction" if self.method == "diverse" else "")
        return ("instruction" if by == "question" else by,) if by else ()

    def apply(self, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        """The rows drawn, in their order."""
        for row, reason in self._draw(rows):
            if reason:
                ledger.dropped(row, reason)
            else:
                yield from ledger.passed(row, row)

    def _draw(self, rows: Iterable[Row]) -> Draw:
        size = size_of(self.n, self.share)
        if self.method == "stratified":
            return stratified(rows, size, self.seed, self.by, self.cap)
        if self.method == "weighted":
            return weighted(rows, size, self.seed, self.by)
        if self.method == "diverse":
            return self._diverse(rows, size)
        return uniform(rows, size, self.seed)

    def _diverse(self, rows: Iterable[Row], size: Size) -> Draw:
        column = self.by or "instruction"
        values = [row[column] if isinstance(row.get(column), list) else text_of(row, column) for row in rows]
        drawn = set(self._farthest(values, size(len(values))))
        for place, row in enumerate(rows):
            yield row, "" if place in drawn else NOT_DRAWN

    def _farthest(self, values: list[Any], wanted: int) -> list[int]:
        """The numbers of so many texts or vectors, each chosen for being least like those before it."""
        are_vectors = any(isinstance(value, list) for value in values)
        if not are_vectors and not self.embeddings:
            return farthest_first(values, wanted, self.seed, self.tokenizer)
        from tunesmith.curate.embeddings import embed, farthest_vectors

        vectors = values if are_vectors else embed(values, self.embeddings)
        return farthest_vectors(vectors, wanted, in_random_order(len(values), self.seed))
