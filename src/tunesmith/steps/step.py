"""What all kinds of step have in common: settings, the columns they read and write, the teachers they ask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tunesmith.errors import RunError
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Request, Teacher

from .ledger import Ledger

Result = Row | Sequence[Row]
CountRequest = Callable[[Request, int, int], None]
"""Told of each request that would be sent, with the tokens that its reply will probably and at most have."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file that a step puts beside the data set.

    Attributes:
        file: Its name in the folder ``data``. The card shows one that ends in ``.svg``, and names any other.
        caption: What it is, in a sentence.
        content: Its text or bytes; rows to be written as the ending says; or a folder's texts, by its files' names.
    """

    file: str
    caption: str
    content: str | bytes | Mapping[str, str] | Iterable[Row]


class Step(BaseModel, ABC):
    """One stage of a recipe, rows in and rows out."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    has_command: ClassVar[bool] = True
    """Whether it is a command, too."""

    step: str
    """The kind of step; each class fixes it."""
    name: str = Field(
        "",
        pattern=r"^$|^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="Name in the recipe and the ledger, where a kind occurs twice.",
    )

    @property
    def label(self) -> str:
        """The step's name in the ledger, the run folder and on the screen."""
        return self.name or self.step

    @property
    def source(self) -> tuple[str, str]:
        """Where rows come from if it is the first step and the user names no source, and what to call that."""
        return "", ""

    @property
    def reads(self) -> Collection[str]:
        """Columns that rows must have."""
        return ("instruction",)

    @property
    def writes(self) -> Collection[str]:
        """Columns that rows have afterwards."""
        return ()

    @property
    def teachers(self) -> tuple[str, ...]:
        """Teachers that its requests name, as `connect` takes them; none for a step that asks the run's own.

        A step that asks the run's own among others says so with an empty name.
        """
        return ()

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Files of data that it reads besides the source; the manifest names them with their content's hash."""
        return ()

    def check_inputs(self) -> None:
        """See that those files are whole, before anything is spent.

        Raises:
            UsageError: One cannot be read, or does not hold what it should.
        """

    def check_after(self, earlier: Sequence[Step]) -> None:
        """See that it fits the steps before it in the recipe, before anything is spent.

        Raises:
            UsageError: It does not.
        """

    def check_rows(self, rows: Iterable[Row]) -> None:
        """See that there is something to begin with, where it is the first step, before anything is spent.

        Raises:
            UsageError: Nothing could come of these rows.
        """

    def rounds(self, requests: int) -> int:
        """How many times it waits for all that it has asked before it asks on, of so many requests; for estimates."""
        return min(requests, 1)

    def prompts(self) -> dict[str, Prompt]:
        """The prompts that it will use, by role; loading them here finds a broken file before anything is spent."""
        return {}

    def sketch(self, row: Row) -> Iterator[Row]:
        """Rows about as long as this one's results will be, for estimates; nothing is asked."""
        yield row

    def foretell(self, rows: Iterable[Row], count: CountRequest) -> Iterator[Row]:
        """Sketches of the rows that these become, and each request on the way; nothing is asked."""
        for row in rows:
            yield from self.sketch(row)

    def exhibits(self, rows: Iterable[Row], rows_out: int) -> Iterator[Exhibit]:
        """Files to put beside the data set once the run is over: figures, sets to compare with.

        Args:
            rows: The rows as they entered the step; can be gone through more than once.
            rows_out: How many left it.
        """
        yield from ()

    def exhibits_after(self, rows: Iterable[Row]) -> Iterator[Exhibit]:
        """Likewise, made from the rows as they left the step."""
        yield from ()

    @abstractmethod
    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Rows in, rows out, the fate of each in the ledger."""


def copied(row: Row) -> Row:
    """A row that a step may change without changing the one that the ledger compares it with."""
    return {name: deepcopy(value) if isinstance(value, list | dict) else value for name, value in row.items()}


def defect(label: str, row: Row, error: Exception) -> RunError:
    """What a step that fails on a row stops the run with: a defect of its own, told with the row."""
    if isinstance(error, RunError):
        return error
    return RunError(
        f"the step {label} failed on row {row.get('id')}: {type(error).__name__}: {error}; everything so far is kept"
    )
