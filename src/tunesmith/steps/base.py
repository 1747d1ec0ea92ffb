"""What a step is. The three kinds differ in what they need to see; everything else is the runner's and the teacher's.

- `RowStep` looks at one row: ``apply(row)`` returns it changed, returns several, or raises `Drop`.
- `TableStep` looks at all rows: ``apply(rows, ledger)``.
- `TeacherStep` asks the teacher: ``requests(row)`` says what, ``parse(row, replies)`` makes of it what `RowStep.apply`
  makes, or raises `Unreadable` to be asked again.

A step's pydantic fields are its settings: recipes, the command line and Python all read them from there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from tunesmith.errors import Drop, RunError
from tunesmith.prompts import Prompt, load_prompt
from tunesmith.rows import Row, question
from tunesmith.teacher import Message, Reply, Request, Teacher

from .dealings import Dealings, Outcome, times
from .ledger import Ledger
from .step import CountRequest, Exhibit, Result, Step, copied, defect

__all__ = [
    "CountRequest",
    "Exhibit",
    "MaxTokens",
    "Result",
    "RowStep",
    "Step",
    "TableStep",
    "TeacherStep",
    "as_text",
    "text_of",
    "times",
]

MaxTokens = Annotated[
    int, Field(ge=1, description="Most tokens of a reply; one that is cut off is asked again with twice as many.")
]


class RowStep(Step):
    """A step that looks at one row at a time."""

    @abstractmethod
    def apply(self, row: Row) -> Result:
        """The row changed, or the rows that it becomes; raises `Drop`."""

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Apply to each row."""
        for row in rows:
            try:
                after = self.apply(copied(row))
            except Drop as why:
                ledger.dropped(row, str(why))
            except Exception as error:
                raise defect(self.label, row, error) from error
            else:
                yield from ledger.passed(row, after)

    def sketch(self, row: Row) -> Iterator[Row]:
        """Whatever it really makes of the row."""
        try:
            after = self.apply(dict(row))
        except Drop:
            return
        yield from [after] if isinstance(after, dict) else after


class TableStep(Step):
    """A step that sees all rows; it enters each row's fate into the ledger itself."""

    @abstractmethod
    def apply(self, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        """Rows in, rows out; every row must pass through `Ledger.passed` or `Ledger.dropped`.

        The rows can be gone through more than once, so that a step that must see all of them before it decides need
        not hold them.
        """

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Apply to all rows."""
        return self.apply(list(rows) if iter(rows) is rows else rows, ledger)


class TeacherStep(Step):
    """A step that asks the teacher about each row."""

    expected_tokens: ClassVar[int] = 200
    """Tokens of a usual reply, for estimates."""
    signed: ClassVar[str] = ""
    """Column that tells who answered, where there are fallback teachers; none if empty."""

    prompt: Path | None = Field(
        None, description="File that replaces the prompt: Jinja if it ends in .jinja, else text with {name} places."
    )
    system: Path | None = Field(None, description="File with a system message, with places like the prompt's.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, description="0 for the likeliest answer, higher for variety; the provider's default if left out."
    )
    top_p: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Share of probability that sampling draws from; the provider's default if left out."
    )
    max_tokens: MaxTokens = 1024
    tries: int = Field(3, ge=1, description="How often to ask when replies are unreadable or cut off.")
    model: str = Field("", description="Teacher of this step, PROVIDER:NAME; the run's own if left out.")
    fallback: tuple[str, ...] = Field(
        (), description="Teachers, each PROVIDER:NAME, to ask in turn for rows that the one before refuses."
    )

    @model_validator(mode="after")
    def _nobody_stands_in_for_himself(self) -> Self:
        asked = self.teachers
        if twice := [name for name in self.fallback if asked.count(name) > 1]:
            raise ValueError(f"fallback: {twice[0] or 'the own teacher of the run'!r} is asked already; leave it out")
        return self

    @property
    def default_prompt(self) -> str | Prompt:
        """The prompt where the user gives none: the name of one of our own, or a `Prompt`."""
        return self.step

    @abstractmethod
    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """What the replies, in the order of the requests, make of the row; raises `Unreadable` or `Drop`."""

    @property
    def places(self) -> Mapping[str, str]:
        """What prompts may name besides columns: values that come from the step's settings."""
        return {}

    @property
    def optional(self) -> tuple[str, ...]:
        """Columns that our own prompt names although rows may lack them; they are empty then. Not for a user's."""
        return ()

    @property
    def teachers(self) -> tuple[str, ...]:
        """Its own teacher and the fallback ones, if the settings name any."""
        return (self.model, *self.fallback) if self.model or self.fallback else ()

    @property
    def reads(self) -> Collection[str]:
        """The columns that its prompts name."""
        named = {role: prompt.columns() for role, prompt in self.prompts().items()}
        if self.prompt is None and "prompt" in named:
            named["prompt"] -= set(self.optional)
        return set[str]().union(*named.values()) - self.places.keys()

    def prompts(self) -> dict[str, Prompt]:
        """The prompt, and the system message if there is one; read once, whatever happens to the files later."""
        return self._loaded

    @cached_property
    def _loaded(self) -> dict[str, Prompt]:
        own = self.default_prompt if self.prompt is None else self.prompt
        found = {"prompt": own if isinstance(own, Prompt) else load_prompt(own)}
        return found | ({"system": load_prompt(self.system, may_be_fixed=True)} if self.system else {})

    def requests(self, row: Row) -> list[Request]:
        """What to ask about this row: the prompt filled, below the system message if there is one."""
        prompts, row = self.prompts(), {**row, **self.places}
        messages = [Message("system", prompts["system"].fill(row))] if "system" in prompts else []
        absent = dict.fromkeys(self.optional, "") if self.prompt is None else {}
        messages.append(Message("user", prompts["prompt"].fill({**absent, **row})))
        return [Request(tuple(messages), self.max_tokens, self.temperature, self.top_p)]

    def foretell(self, rows: Iterable[Row], count: CountRequest) -> Iterator[Row]:
        """Each row's requests, to the first teachers only; one dropped before it is asked about costs nothing."""
        for row in rows:
            if self.prompts():
                try:
                    requests = self.asked(dict(row))
                except Drop:
                    continue
                for request in requests:
                    count(request, self.expected_tokens, self.max_tokens)
            yield from self.sketch(row)

    def sketch(self, row: Row) -> Iterator[Row]:
        """The row with filler of the usual length in the columns that the step writes."""
        yield row | {column: "word " * (self.expected_tokens * 4 // 5) for column in self.writes}

    def asked(self, row: Row) -> list[Request]:
        """The requests, each with the teacher that is asked first."""
        return [replace(one, teacher=one.teacher or self.model) for one in self.requests(row)]

    def declines(self, reply: Reply) -> bool:
        """Whether a whole reply does nothing but decline, so that a fallback teacher had better be asked."""
        return False

    def remarks(self, row: Row, after: Result) -> Mapping[str, Any]:
        """What else the ledger should say of a row that passed."""
        return {}

    def lost(self, came: Outcome, ledger: Ledger) -> Iterator[Row]:
        """Enter that a row's replies came to nothing; yields what is left of it, if the step leaves anything."""
        ledger.dropped(came.row, came.reason, came.said, came.kind, came.unanswered, **came.details)
        yield from ()

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask about every row, many at once; results come in the order of the rows."""
        if teacher is None:
            raise RunError(f"the step {self.label} asks a teacher, and none was given")
        voices = teacher.voices
        for came in teacher.converse(Dealings(self, row, voices).talk() for row in rows):
            if came.after is None:
                yield from self.lost(came, ledger)
                continue
            after = came.after
            if self.signed and self.fallback and isinstance(after, dict):
                after = after | {self.signed: ", ".join(came.by)}
            yield from ledger.passed(came.row, after, came.said, **came.details, **self.remarks(came.row, after))


def as_text(value: Any) -> str:
    """A column's value as text; nothing for ``None``."""
    return "" if value is None else str(value)


def text_of(row: Row, column: str) -> str:
    """A column's text; ``question`` stands for the instruction with its input."""
    return question(row) if column == "question" else as_text(row.get(column))
