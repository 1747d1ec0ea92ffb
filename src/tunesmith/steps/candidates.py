"""Step ``candidates``: the answers of several models to each instruction, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, JsonValue, model_validator

from tunesmith.data.answer_files import Answers, read_answers
from tunesmith.errors import RunError, UsageError
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Conversation, Reply, Request, Teacher, Voice
from tunesmith.teacher.voices import called as told_apart

from .answer import Answer
from .base import MaxTokens, Result, Step, TeacherStep, as_text
from .dealings import Dealings, Outcome
from .ledger import Ledger
from .names import split_named
from .side_by_side import side_by_side

_HIDDEN: dict[str, JsonValue] = {"no_option": True}
_TEMPLATES: tuple[Literal["plain", "alpaca"], ...] = ("plain", "alpaca")


@dataclass(frozen=True, slots=True)
class _Missing:
    """An answer that is not there: whose it would be, why in words, what of that counts, and what the teacher said."""

    model: str
    reason: str
    kind: str
    unanswered: bool = False
    replies: Sequence[Reply] = ()

    @property
    def entry(self) -> dict[str, str]:
        """What stands in its place."""
        return {"model": self.model, "missing": self.kind}


class Candidates(TeacherStep):
    """Collect several models' answers to each instruction: asked now, from columns of the row, or from files."""

    expected_tokens: ClassVar[int] = 220

    step: Literal["candidates"] = "candidates"
    models: tuple[str, ...] = Field(
        ("",),
        description="Teachers to ask, each PROVIDER:NAME, or NICKNAME=PROVIDER:NAME; an empty one is the run's own, [] "
        "is nobody.",
    )
    columns: tuple[str, ...] = Field(
        ("output",), description="Columns of the row with answers, each COLUMN or NAME=COLUMN."
    )
    files: tuple[str, ...] = Field(
        (),
        description="Files with answers, each FILE or NAME=FILE; rows find theirs by id, or by instruction and input.",
        json_schema_extra={"named_files": []},
    )
    templates: tuple[str, ...] = Field(
        (),
        description="How single models are asked, each NAME=plain, NAME=alpaca or NAME=FILE: in the template that a "
        "model was trained with; --prompt is for all others.",
        json_schema_extra={"named_files": [*_TEMPLATES]},
    )
    unanswered: Literal["drop", "keep"] = Field(
        "drop",
        description="A row with fewer than two answers: drop it; or keep it, as is right for an evaluation, with the "
        "names of models that gave none, an empty answer being one.",
    )
    column: str = Field("candidates", min_length=1, description="Column for the list of answers.")
    max_tokens: MaxTokens = 2048
    fallback: tuple[str, ...] = Field(
        (), description="None: an answer by another teacher would be taken for the model's.", json_schema_extra=_HIDDEN
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.model or self.fallback:
            raise ValueError(
                "candidates asks each of its models for itself; name all in models, and leave model and fallback out"
            )
        names = [name for name, _ in (*self._asked, *self._columns, *self._files) if name]
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"two answers would both be called {twice[0]!r}; give one another name, NAME=...")
        asked = {nickname for nickname, _ in self._asked if nickname}
        if strangers := [name for name, _ in map(split_named, self.templates) if name not in asked]:
            named = f"{strangers[0]!r} is no nickname" if strangers[0] else "one has no name"
            raise ValueError(
                f"templates: {named} in models; give NAME=TEMPLATE where models has NAME=PROVIDER:MODEL, or a "
                "prompt for all"
            )
        return self

    @property
    def _asked(self) -> list[tuple[str, str]]:
        """Nicknames, empty where there is none, and teachers."""
        return [split_named(one) for one in self.models]

    @property
    def _columns(self) -> list[tuple[str, str]]:
        return [(name or column, column) for name, column in map(split_named, self.columns)]

    @property
    def _files(self) -> list[tuple[str, Path]]:
        return [(name or Path(path).name.split(".")[0], Path(path)) for name, path in map(split_named, self.files)]

    @property
    def names(self) -> list[str]:
        """What the answers will be called; empty for the run's own teacher, whose name is not known yet."""
        asked = [nickname or teacher.partition("@")[0] for nickname, teacher in self._asked]
        return [*asked, *(name for name, _ in (*self._columns, *self._files))]

    @property
    def expected(self) -> int:
        """How many answers a row gets, if all come."""
        return len(self.names)

    def check_after(self, earlier: Sequence[Step]) -> None:
        """See that there will be two answers to compare."""
        if self.expected < 2:
            raise UsageError(
                f"the step {self.label}: answers of at least two models are compared; name more in models, columns and "
                "files"
            )

    @property
    def default_prompt(self) -> str:
        """The question as it is, as the step answer asks it of a plain assistant."""
        return "answer_plain"

    @property
    def teachers(self) -> tuple[str, ...]:
        """Those that answer."""
        return tuple(teacher for _, teacher in self._asked)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The files of answers."""
        return tuple(path for _, path in self._files)

    def check_inputs(self) -> None:
        """Read the files of answers."""
        for path in self.inputs:
            read_answers(path)

    @property
    def reads(self) -> Collection[str]:
        """What the prompt names, and the columns with answers."""
        asked = {column for step in self._alone for column in step.reads} or {"instruction"}
        return asked | {column for _, column in self._columns}

    @property
    def writes(self) -> tuple[str, ...]:
        """The list of answers."""
        return (self.column,)

    def prompts(self) -> dict[str, Prompt]:
        """The prompts, unless nobody is asked: the one for all, and each model's own template."""
        own = {nickname: step for (nickname, _), step in zip(self._asked, self._alone, strict=True)}
        templates = {f"template-{name}": own[name].prompts()["prompt"] for name, _ in map(split_named, self.templates)}
        return super().prompts() | templates if self.models else {}

    def requests(self, row: Row) -> list[Request]:
        """The question, to each teacher, in its template."""
        return [request for step in self._alone for request in step.asked(row)]

    def sketch(self, row: Row) -> Iterator[Row]:
        """The row with as many answers of the usual length, no two of them alike."""
        names = [name or f"teacher {n}" for n, name in enumerate(self.names)]
        filler = "word " * (self.expected_tokens * 4 // 5)
        yield row | {self.column: [{"model": name, "text": f"{n} {filler}"} for n, name in enumerate(names)]}

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """Not used: each teacher's reply is read for itself."""
        raise NotImplementedError

    @cached_property
    def _alone(self) -> list[Answer]:
        """For each teacher, the step that asks it and nobody else."""
        settings = {name: getattr(self, name) for name in ("system", "temperature", "top_p", "max_tokens", "tries")}
        templates = dict(map(split_named, self.templates))
        made = []
        for nickname, teacher in self._asked:
            template = templates.get(nickname, "") if nickname else ""
            file = Path(template) if template and template not in _TEMPLATES else self.prompt if not template else None
            persona = next((known for known in _TEMPLATES if known == template), _TEMPLATES[0])
            if file is not None and template and not file.exists():
                known = ", ".join(_TEMPLATES)
                raise UsageError(
                    f"templates: there is no template or file {template!r} (for {nickname}); use {known}, or a file"
                )
            made.append(Answer(persona=persona, model=teacher, prompt=file, **settings))
            if not template:
                made[-1].__dict__["_loaded"] = super().prompts()  # read once, whatever happens to the files later
        return made

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask all teachers about every row, many at once; an answer that does not come leaves the others standing."""
        if teacher is None and self.models:
            raise RunError(f"the step {self.label} asks teachers, and none was given")
        voices = teacher.voices if teacher else {}
        names = self._called(voices)
        files = [(name, read_answers(path)) for name, path in self._files]
        place = {name: number for number, name in enumerate([*names, *(n for n, _ in self._columns), *dict(files)])}
        lost, empty = Counter[tuple[str, str]](), Counter[str]()
        for row, outcomes in self._gathered(rows, teacher):
            found, missing = self._of_row(row, outcomes, names, files)
            said = [reply for outcome in outcomes for reply in outcome.said]
            lost.update((one.model, one.kind) for one in missing)
            empty.update(one["model"] for one in found if not one["text"])
            if len(found) < 2 and self.unanswered == "drop":
                yield from self._too_few(row, found, missing, said, ledger)
                continue
            for one in missing:
                ledger.refused(
                    f"{row['id']}.{self.label}.{one.model}",
                    f"{one.model}: {one.reason}",
                    f"no answer of {one.model}: {one.kind}",
                    source=row["id"],
                    replies=[reply.key for reply in one.replies] or None,
                    unanswered=one.unanswered or None,
                )
            entries = found + [one.entry for one in missing if self.unanswered == "keep"]
            entries.sort(key=lambda entry: place[entry["model"]])
            yield from ledger.passed(row, row | {self.column: entries}, said)
        for (model, kind), count in sorted(lost.items()):
            ledger.note(f"{count:,} rows have no answer of {model}: {kind}")
        for model, count in sorted(empty.items()):
            ledger.note(f"{count:,} answers of {model} are empty; they count as answers")

    def _gathered(self, rows: Iterable[Row], teacher: Teacher | None) -> Iterator[tuple[Row, list[Outcome]]]:
        if teacher is None or not self.models:
            return ((row, []) for row in rows)
        return teacher.converse(self._ask(row, teacher.voices) for row in rows)

    def _ask(self, row: Row, voices: Mapping[str, Voice]) -> Conversation[tuple[Row, list[Outcome]]]:
        """All teachers' dealings about a row."""
        return row, (yield from side_by_side([Dealings(step, row, voices).talk() for step in self._alone]))

    def _called(self, voices: Mapping[str, Voice]) -> list[str]:
        """What the teachers' answers are called.

        Raises:
            UsageError: Like another one's.
        """
        voices_asked = [voices[teacher].identity for teacher in self.teachers]
        apart = told_apart(voices_asked)
        names = [nick or apart[who] or str(who) for (nick, _), who in zip(self._asked, voices_asked, strict=True)]
        everyone = Counter([*names, *(name for name, _ in (*self._columns, *self._files))])
        if twice := [name for name, count in everyone.items() if count > 1]:
            raise UsageError(
                f"the step {self.label}: two answers would both be called {twice[0]!r}; give one another name, NAME=..."
            )
        return names

    def _of_row(
        self, row: Row, outcomes: list[Outcome], names: list[str], files: list[tuple[str, Answers]]
    ) -> tuple[list[dict[str, str]], list[_Missing]]:
        """The answers that are there, each with its model's name, and those that are not."""
        found: list[dict[str, str]] = []
        missing: list[_Missing] = []
        for name, outcome in zip(names, outcomes, strict=True):
            if isinstance(outcome.after, dict):
                found.append({"model": name, "text": outcome.after["output"]})
            elif self.unanswered == "keep" and outcome.is_empty:
                found.append({"model": name, "text": ""})
            else:
                kind = outcome.kind or outcome.reason
                missing.append(_Missing(name, outcome.reason or kind, kind, outcome.unanswered, outcome.said))
        given = [(name, row.get(column), f"column {column!r}") for name, column in self._columns]
        given += [(name, answers.to(row), "file") for name, answers in files]
        for name, answer, where in given:
            text = as_text(answer).strip()
            if text or (answer is not None and self.unanswered == "keep"):
                found.append({"model": name, "text": text})
            else:
                what = f"the {where} has none"
                missing.append(_Missing(name, what, what))
        return found, missing

    def _too_few(
        self, row: Row, found: list[dict[str, str]], missing: list[_Missing], said: list[Reply], ledger: Ledger
    ) -> Iterator[Row]:
        """Drop a row for want of answers to compare."""
        why = "; ".join(f"{one.model}: {one.reason}" for one in missing)
        what = "no answer" if not found else "one answer only"
        ledger.dropped(
            row, f"{what}, where two are compared ({why})", said, what, any(one.unanswered for one in missing)
        )
        yield from ()
