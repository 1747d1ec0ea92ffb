"""Step ``dedup``: drop rows that resemble one kept before, as Self-Instruct, Alpaca and Explore-Instruct do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

from pydantic import Field

from tunesmith.curate.near_duplicates import find_near_duplicates
from tunesmith.curate.rouge import WORDS, Tokenizer
from tunesmith.curate.threshold import exact
from tunesmith.data.files import read_rows
from tunesmith.errors import DataError
from tunesmith.rows import Row

from .base import TableStep, as_text, text_of
from .ledger import Ledger


class Dedup(TableStep):
    """Drop each row whose text resembles that of a row kept before it: near-duplicates by ROUGE-L, exactly."""

    step: Literal["dedup"] = "dedup"
    column: str = Field(
        "instruction", description="Column whose text is compared; question stands for the instruction with its input."
    )
    threshold: float = Field(0.7, ge=0, le=1, description="A row is dropped if its ROUGE-L exceeds this.")
    tokenizer: Tokenizer = Field(
        "rouge",
        description="rouge: words of a-z and 0-9, as published; unicode: words of all scripts, Chinese by character.",
    )
    within: str = Field("", description="Column such as a task or a category: only rows that agree in it are compared.")
    seeds: Path | None = Field(None, description="File with rows that are there already; none like them is kept.")
    stay: str = Field("", description="Column that is true (not empty, not 0) for rows to keep whatever they resemble.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The text, and what groups it."""
        text = "instruction" if self.column == "question" else self.column
        return tuple(column for column in (text, self.within, self.stay) if column)

    def apply(self, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        """Rows in their order, without those that resemble an earlier one."""
        seeds = list(read_rows(self.seeds)) if self.seeds else []
        texts = [self.text_of(row) for row in chain(seeds, rows)]
        found = find_near_duplicates(
            texts,
            self.threshold,
            tokenizer=self.tokenizer,
            groups=(as_text(row.get(self.within)) for row in chain(seeds, rows)) if self.within else None,
            must_stay=chain((True for _ in seeds), (_is_true(row.get(self.stay)) for row in rows)),
        )
        ids: list[str] = []
        for row, match in zip(chain(seeds, rows), found, strict=True):
            is_seed = len(ids) < len(seeds)
            ids.append(row["id"])
            if is_seed:
                continue
            if match is None:
                yield from ledger.passed(row, row)
            else:
                like, score = ids[match.row], match.score
                shown = f"{score:.4f}" if float(f"{score:.4f}") > self.threshold else repr(score)
                reason, kind = f"ROUGE-L {shown} with the kept", f"ROUGE-L above {exact(self.threshold)}"
                if match.row < len(seeds):
                    ledger.dropped(row, f"{reason} seed {like}", kind=kind, resembles_seed=like, score=score)
                else:
                    ledger.dropped(row, f"{reason} row {like}", kind=kind, resembles=like, score=score)
        self._tell_of_wordless(texts[len(seeds) :], ledger)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The seeds."""
        return (self.seeds,) if self.seeds else ()

    def check_inputs(self) -> None:
        """See that all seeds have the text that is to be compared."""
        for row in read_rows(self.seeds) if self.seeds else ():
            if self.column not in row and self.column != "question":
                raise DataError(f"the seed {row['id']} has no column {self.column!r} to compare", self.seeds)

    def text_of(self, row: Row) -> str:
        """The text that is compared."""
        return text_of(row, self.column)

    def _tell_of_wordless(self, texts: list[str], ledger: Ledger) -> None:
        words = WORDS[self.tokenizer]
        wordless = sum(not words(text) for text in texts)
        if wordless:
            what = f"{wordless:,} of {len(texts):,} rows were kept because they have no word"
            if self.tokenizer == "rouge":
                what += " of a-z or 0-9, all that ROUGE sees; for other scripts, give --tokenizer unicode"
            ledger.note(what)


def _is_true(value: object) -> bool:
    return bool(value) and as_text(value).strip().lower() not in ("", "0", "0.0", "false", "no")
