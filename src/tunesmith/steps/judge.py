"""Step ``judge``: judges say which of two models' answers is better, pair by pair, in both orders."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, JsonValue, model_validator

from tunesmith.curate.candidates import Candidate, collected_in
from tunesmith.curate.orders import draw_orders
from tunesmith.errors import Drop, RunError, UsageError
from tunesmith.prompts import Prompt
from tunesmith.prompts.categories import ALL_OTHERS
from tunesmith.rows import Row
from tunesmith.teacher import Conversation, Reply, Request, Teacher, Voice
from tunesmith.teacher.voices import called

from .base import MaxTokens, Result, Step, TeacherStep, as_text
from .candidates import Candidates
from .dealings import Dealings, Outcome
from .judging import Notes, Temperature, Told, answers_shown, columns_besides, filled, names_of, told_by_category
from .ledger import Ledger
from .scales import bounds_of
from .showing import Hearing, Showing
from .side_by_side import side_by_side
from .step import Exhibit
from .verdict_exhibits import verdict_exhibits

_HIDDEN: dict[str, JsonValue] = {"no_option": True}
_OURS = frozenset({"form", "kind", "mode", "task"})
_CODE = re.compile(r"\bcod(?:e|ing)\b|\bprogramming\b|\bdebug", re.I)
_MATHS = re.compile(r"\bmath|\balgebra\b|\barithmetic\b", re.I)
TIE = "tie"
_CALLED_TIE = "a model is called 'tie', which is what a verdict without a winner is called"
_FORMS = {"scores": "scores", "choice": "a choice"}


class Judge(TeacherStep):
    """Have judges say which of two models' answers is better, for each two models and in both orders."""

    expected_tokens: ClassVar[int] = 150

    step: Literal["judge"] = "judge"
    mode: Literal["scores", "choice"] = Field(
        "scores", description="scores: each answer gets its own; choice: the first is better, the second is, or a tie."
    )
    scale: str = Field("1-10", description="The lowest and the highest score; half points count on a short one.")
    orders: Literal["both", "one"] = Field(
        "both", description="both: each two answers are shown both ways round; one: in one order, drawn by lot."
    )
    seed: int = Field(0, description="Seed of that lot.")
    baseline: str = Field("", description="The model that each other is held against; each against each if left out.")
    models: tuple[str, ...] = Field((), description="Judges, each PROVIDER:NAME; the run's own teacher if left out.")
    by: tuple[str, ...] = Field(
        ("category", "skill"), description="Columns that tell a question's category; the first that a row has counts."
    )
    category_prompts: Path | None = Field(
        None, description="File with prompts by category and their demonstrations, ours or as published."
    )
    column: str = Field("candidates", min_length=1, description="The column with the answers.")
    temperature: Temperature = 0.0
    max_tokens: MaxTokens = 1024
    fallback: tuple[str, ...] = Field(
        (), description="None: a verdict by another teacher would be taken for the judge's.", json_schema_extra=_HIDDEN
    )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        bounds_of(self.scale)
        if len(set(self.models)) < len(self.models):
            raise ValueError("models names a judge twice")
        if self.model and self.models:
            raise ValueError("model and models are both given; name all judges in models")
        if self.fallback:
            raise ValueError("judge has no fallback: a verdict by another teacher would be taken for the judge's")
        return self

    @property
    def judges(self) -> tuple[str, ...]:
        """The judges, as `Request.teacher` names them."""
        return self.models or (self.model,)

    @property
    def teachers(self) -> tuple[str, ...]:
        """The judges, if the settings name any."""
        return self.models or super().teachers

    @property
    def optional(self) -> tuple[str, ...]:
        """The right answer, where it is known."""
        return ("reference",)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The file of prompts by category."""
        return (self.category_prompts,) if self.category_prompts else ()

    @property
    def reads(self) -> Collection[str]:
        """The answers, and what the prompts name besides."""
        named = {self.column}
        for prompt in self.prompts().values():
            named |= columns_besides([prompt]) - _OURS - ({*self.optional} if self._is_ours(prompt) else set())
        return named

    def _is_ours(self, prompt: Prompt) -> bool:
        """Whether it is our own prompt, which takes rows without the optional columns; a user's does not."""
        return self.prompt is None and prompt is super().prompts()["prompt"]

    @property
    def writes(self) -> tuple[str, ...]:
        """Every verdict, with the order in which the answers were shown."""
        return ("verdicts",)

    def prompts(self) -> dict[str, Prompt]:
        """The prompt and those of categories, seen to have places for two answers and to ask for what is read.

        Raises:
            UsageError: One has places for another number, or asks for a choice where scores are read, or the reverse.
        """
        found = dict(super().prompts())
        for category, told in self._told.items():
            found |= {f"{role}-{category or 'general'}": prompt for role, prompt in told.prompts.items()}
            if told.mode not in ("", self.mode):
                raise UsageError(
                    f"{self.category_prompts}, category {category or 'general'!r}: the prompt asks judges for "
                    f"{_FORMS[told.mode]}, but mode is {self.mode}; give mode={told.mode}"
                )
        for role, prompt in found.items():
            if not role.startswith(("system", "task")) and (shown := answers_shown(prompt)) not in (None, 2):
                raise UsageError(f"{prompt.name} has places for {shown} answers; a judge is shown two")
        return found

    @cached_property
    def _told(self) -> dict[str, Told]:
        """What judges are told about questions of the categories that have prompts of their own."""
        return told_by_category(self.category_prompts, super().prompts()) if self.category_prompts else {}

    def check_after(self, earlier: Sequence[Step]) -> None:
        """See that the models whose answers are collected can be judged, before they are paid for."""
        source = next((step for step in reversed(earlier) if self.column in step.writes), None)
        names = source.names if isinstance(source, Candidates) else [""]
        if TIE in map(str.lower, names):
            raise UsageError(f"the step {self.label}: {_CALLED_TIE}; rename it: NAME=...")
        if self.baseline and self.baseline not in names and all(names):  # a name that is not known yet may be it
            raise UsageError(
                f"the step {self.label}: no answers of the baseline {self.baseline!r} are collected; there are those "
                f"of {', '.join(names)}"
            )

    def showings(self, row: Row) -> list[Showing]:
        """Every two answers that are judged, by each judge in each order.

        Raises:
            Drop: There are not two answers, or the baseline has none.
        """
        found = collected_in(row, self.column)
        if len(found) < 2:
            raise Drop("fewer than two answers to judge")
        if any(one.model.lower() == TIE for one in found):
            raise Drop(f"{_CALLED_TIE}; rename it")
        if self.baseline and all(one.model != self.baseline for one in found):
            raise Drop(f"no answer of the baseline {self.baseline} to judge others against")
        pairs = [
            pair for pair in combinations(found, 2) if not self.baseline or self.baseline in {p.model for p in pair}
        ]
        return [
            Showing(pair[first], pair[second], judge)
            for pair in pairs
            for judge in self.judges
            for first, second in draw_orders(2, 2 if self.orders == "both" else 1, self._lot(row, pair))
        ]

    def _lot(self, row: Row, pair: tuple[Candidate, Candidate]) -> str:
        return f"{self.seed} {row['id']} {' '.join(sorted(one.model for one in pair))}"

    def requests(self, row: Row) -> list[Request]:
        """What the judges are asked; nothing about two answers that are the same, or one that is missing."""
        return [self._request(row, shown) for shown in self.showings(row) if shown.is_asked]

    def _request(self, row: Row, shown: Showing) -> Request:
        """One question to one judge."""
        category = self._category(row)
        told = self._told_of(category)
        kind = "code" if _CODE.search(category) else "maths" if _MATHS.search(category) else "general"
        absent = {"input", *(self.optional if self._is_ours(told.prompts["prompt"]) else ())}
        values = row | {name: as_text(row.get(name)) for name in absent}
        values |= {"kind": kind, "mode": self.mode, "form": "task" not in told.prompts or not told.mode}
        columns = columns_besides(told.prompts.values())
        *system, asked = filled(told.prompts, values, [shown.first.text, shown.second.text], self.scale, columns)
        messages = (*system, *told.before, asked)
        return Request(messages, self.max_tokens, self.temperature, self.top_p, teacher=shown.judge)

    def _told_of(self, category: str) -> Told:
        return self._told.get(category) or self._told.get(ALL_OTHERS) or Told(super().prompts())

    def _category(self, row: Row) -> str:
        return next((str(row[name]).strip().lower() for name in self.by if row.get(name) not in (None, "")), "")

    def read(self, shown: Showing, reply: Reply) -> Row:
        """What a reply says of two answers.

        Raises:
            Unreadable: Nobody can tell.
        """
        # The patterns by which replies are read take half a second to compile.
        if self.mode == "choice":
            from tunesmith.curate.choices import read_choice

            choice = read_choice(reply.text)
            preferred = {1: shown.first.model, -1: shown.second.model, 0: TIE}[choice.sign]
            return {"preferred": preferred, "why": choice.why, "reply": reply.key}
        from tunesmith.curate.scores.lists import read_scores

        scores = read_scores(reply.text, *bounds_of(self.scale), 2)
        return {"scores": list(scores.values), "why": scores.why, "reply": reply.key}

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """Not used: each judge's reply is read for itself."""
        raise NotImplementedError

    def sketch(self, row: Row) -> Iterator[Row]:
        """The row without a verdict."""
        yield row | {"verdicts": []}

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask about every row; a verdict that cannot be read is told as such, and leaves the others standing."""
        if teacher is None:
            raise RunError(f"the step {self.label} asks judges, and none was given")
        voices = teacher.voices
        apart = called([voices[name].identity for name in self.judges])
        judges = {name: apart[who] or str(who) for name in self.judges for who in [voices[name].identity]}
        notes = Notes(names_of(voices, self.judges))
        for row, heard in teacher.converse(self._hear(row, voices) for row in rows):
            if isinstance(heard, Drop):
                ledger.dropped(row, str(heard))
                continue
            verdicts = [self._verdict(shown, outcome, judges[shown.judge]) for shown, outcome in heard]
            notes.add(verdicts, [outcome for _, outcome in heard])
            self._tell_missing(row, verdicts, [outcome for _, outcome in heard], ledger)
            said = [reply for _, outcome in heard if outcome is not None for reply in outcome.said]
            yield from ledger.passed(row, row | {"verdicts": verdicts}, said)
        for line in notes.lines():
            ledger.note(line)

    def _tell_missing(
        self, row: Row, verdicts: list[dict[str, Any]], outcomes: list[Outcome | None], ledger: Ledger
    ) -> None:
        """Enter each verdict that did not come or cannot be read."""
        for number, (verdict, outcome) in enumerate(zip(verdicts, outcomes, strict=True), 1):
            if outcome is not None and outcome.after is None:
                ledger.refused(
                    f"{row['id']}.{self.label}.{number}",
                    f"{verdict['judge']}: {outcome.reason}",
                    f"no verdict of {verdict['judge']}: {outcome.kind or outcome.reason}",
                    source=row["id"],
                    replies=verdict["replies"] or None,
                    unanswered=outcome.unanswered or None,
                )

    def exhibits_after(self, rows: Iterable[Row]) -> Iterator[Exhibit]:
        """The verdict: a page, its figures and its pictures."""
        yield from verdict_exhibits(rows, self.column, self.baseline, f"{self.name}_" if self.name else "")

    def _hear(
        self, row: Row, voices: Mapping[str, Voice]
    ) -> Conversation[tuple[Row, list[tuple[Showing, Outcome | None]] | Drop]]:
        """All judges' dealings about a row, each showing for itself; nothing comes of one that need not be judged."""
        try:
            every = self.showings(row)
            asked = {number: self._request(row, shown) for number, shown in enumerate(every) if shown.is_asked}
        except Drop as why:
            return row, why
        talks = [
            Dealings(Hearing(self.label, self.tries, request, partial(self.read, every[number])), row, voices).talk()
            for number, request in asked.items()
        ]
        came = dict(zip(asked, (yield from side_by_side(talks)), strict=True))
        return row, [(shown, came.get(number)) for number, shown in enumerate(every)]

    def _verdict(self, shown: Showing, outcome: Outcome | None, judge: str) -> dict[str, Any]:
        """The entry for one showing."""
        entry: dict[str, Any] = {"judge": judge, "order": shown.order}
        if shown.absent:
            why = f"no answer of {' and '.join(shown.absent)}; nobody was asked"
            return entry | {"unreadable": why, "absent": shown.absent}
        if outcome is None:
            return entry | {"preferred": TIE, "same": True, "why": "both answers are the same; nobody was asked"}
        if isinstance(outcome.after, dict):
            return entry | outcome.after
        missing: dict[str, Any] = {"unreadable": outcome.reason, "replies": [reply.key for reply in outcome.said]}
        if outcome.said:
            missing["why"] = outcome.said[-1].text.strip()  # what the judge said is shown, whatever it means
        return entry | missing | ({"unanswered": True} if outcome.unanswered else {})
