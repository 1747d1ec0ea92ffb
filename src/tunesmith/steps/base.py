"""What a step is. The three kinds differ in what they need to see; everything else is the runner's and the teacher's.

- `RowStep` looks at one row: ``apply(row)`` returns it changed, returns several, or raises `Drop`.
- `TableStep` looks at all rows: ``apply(rows, ledger)``.
- `TeacherStep` asks the teacher: ``requests(row)`` says what, ``parse(row, replies)`` makes of it what `RowStep.apply`
  makes, or raises `Unreadable` to be asked again.

A step's pydantic fields are its settings: recipes, the command line and Python all read them from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tunesmith.errors import Drop, RunError, TeacherError, Unreadable
from tunesmith.prompts import Prompt, load_prompt
from tunesmith.rows import Row, question
from tunesmith.teacher import Conversation, Message, Reply, Request, Teacher

from .ledger import Ledger

Result = Row | Sequence[Row]
CountRequest = Callable[[Request, int, int], None]
"""Told of each request that would be sent, with the tokens that its reply will probably and at most have."""
MaxTokens = Annotated[
    int, Field(ge=1, description="Most tokens of a reply; one that is cut off is asked again with twice as many.")
]


_ENDS = {"length": "cut off by max_tokens"}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A file that a step puts beside the data set.

    Attributes:
        file: Its name in the folder ``data``. The card shows one that ends in ``.svg``, and names any other.
        caption: What it is, in a sentence.
        content: Its text; rows to be written as the ending says; or a folder's texts, by the names of its files.
    """

    file: str
    caption: str
    content: str | Mapping[str, str] | Iterable[Row]


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

    @abstractmethod
    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Rows in, rows out, the fate of each in the ledger."""


class RowStep(Step):
    """A step that looks at one row at a time."""

    @abstractmethod
    def apply(self, row: Row) -> Result:
        """The row changed, or the rows that it becomes; raises `Drop`."""

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Apply to each row."""
        for row in rows:
            try:
                after = self.apply(_copy(row))
            except Drop as why:
                ledger.dropped(row, str(why))
            except Exception as error:
                raise _defect(self, row, error) from error
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
    def reads(self) -> Collection[str]:
        """The columns that its prompts name."""
        return set().union(*(prompt.columns() for prompt in self.prompts().values())) - self.places.keys()

    def prompts(self) -> dict[str, Prompt]:
        """The prompt, and the system message if there is one; read once, whatever happens to the files later."""
        return self._loaded

    @cached_property
    def _loaded(self) -> dict[str, Prompt]:
        own = self.default_prompt if self.prompt is None else self.prompt
        found = {"prompt": own if isinstance(own, Prompt) else load_prompt(own)}
        return found | ({"system": load_prompt(self.system)} if self.system else {})

    def requests(self, row: Row) -> list[Request]:
        """What to ask about this row: the prompt filled, below the system message if there is one."""
        prompts, row = self.prompts(), {**row, **self.places}
        messages = [Message("system", prompts["system"].fill(row))] if "system" in prompts else []
        messages.append(Message("user", prompts["prompt"].fill(row)))
        return [Request(tuple(messages), self.max_tokens, self.temperature, self.top_p)]

    def foretell(self, rows: Iterable[Row], count: CountRequest) -> Iterator[Row]:
        """Each row's requests; one that is dropped before it is asked about costs nothing."""
        for row in rows:
            if self.prompts():
                try:
                    requests = self.requests(dict(row))
                except Drop:
                    continue
                for request in requests:
                    count(request, self.expected_tokens, self.max_tokens)
            yield from self.sketch(row)

    def sketch(self, row: Row) -> Iterator[Row]:
        """The row with filler of the usual length in the columns that the step writes."""
        yield row | {column: "word " * (self.expected_tokens * 4 // 5) for column in self.writes}

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask about every row, many at once; results come in the order of the rows."""
        if teacher is None:
            raise RunError(f"the step {self.label} asks a teacher, and none was given")
        for row, after, replies, reason in teacher.converse(self._talk(row) for row in rows):
            if isinstance(reason, Drop):
                ledger.dropped(row, str(reason), replies)
            elif isinstance(reason, Unreadable):
                ledger.dropped(row, f"{reason}, asked {times(self.tries)}", replies, str(reason))
            elif reason is not None:
                ledger.dropped(row, f"the teacher failed: {reason}", replies, "the teacher failed", unanswered=True)
            else:
                yield from ledger.passed(row, after, replies)

    def _talk(self, row: Row) -> Conversation[tuple[Row, Result, list[Reply], Exception | None]]:
        """One row's dealings: ask, read, and ask again for what was cut off or cannot be read."""
        said: list[Reply] = []
        try:
            asked = self.requests(dict(row))
            todo, replies, count = list(range(len(asked))), dict[int, Reply](), [0] * len(asked)
            problem: Exception | None = None
            while problem is None or (todo and all(count[place] < self.tries for place in todo)):
                answers = yield [asked[place] for place in todo]
                said += [answer for answer in answers if isinstance(answer, Reply)]
                for place, answer in zip(todo, answers, strict=True):
                    if isinstance(answer, TeacherError):
                        return row, [], said, answer
                    replies[place] = answer
                    count[place] += 1
                try:
                    return row, self._read(row, [replies[place] for place in range(len(asked))]), said, None
                except Unreadable as error:
                    problem, todo = error, list(error.places) or list(range(len(asked)))
                for place in todo:
                    asked[place] = _again(asked[place], replies[place])
        except Drop as why:
            return row, [], said, why
        except TeacherError:
            raise
        except Exception as error:
            raise _defect(self, row, error) from error
        return row, [], said, problem

    def _read(self, row: Row, replies: list[Reply]) -> Result:
        """What `parse` makes of the replies, provided that all of them are whole.

        Raises:
            Drop: The provider withheld an answer; it would do so again.
            Unreadable: Some cannot be used.
        """
        ends = [reply.finish_reason for reply in replies]
        for end in ends:
            if end in ("content_filter", "refusal"):
                raise Drop(f"withheld by the provider ({end})")
        broken = [place for place, end in enumerate(ends) if end != "stop"]
        if broken:
            end = ends[broken[0]]
            raise Unreadable(_ENDS.get(end, f"ended by {end!r}"), broken)
        try:
            return self.parse(_copy(row), replies)
        except Unreadable as error:
            raise Unreadable(f"unreadable: {error}", error.places) from None


def _again(request: Request, reply: Reply) -> Request:
    """The request with which to ask again: with twice the room if the reply was cut off, as it would be again."""
    room = request.max_tokens
    if reply.finish_reason == "length" and room is not None:
        room *= 2
    return request.again(room)


def _copy(row: Row) -> Row:
    """A row that a step may change without changing the one that the ledger compares it with."""
    return {name: deepcopy(value) if isinstance(value, list | dict) else value for name, value in row.items()}


def _defect(step: Step, row: Row, error: Exception) -> RunError:
    if isinstance(error, RunError):
        return error
    return RunError(
        f"the step {step.label} failed on row {row.get('id')}: {type(error).__name__}: {error}; "
        "everything so far is kept"
    )


def times(number: int) -> str:
    """``once``, ``twice``, ``3 times`` ..."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def as_text(value: Any) -> str:
    """A column's value as text; nothing for ``None``."""
    return "" if value is None else str(value)


def text_of(row: Row, column: str) -> str:
    """A column's text; ``question`` stands for the instruction with its input."""
    return question(row) if column == "question" else as_text(row.get(column))
