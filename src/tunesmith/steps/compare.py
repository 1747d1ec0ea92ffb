"""Step ``compare``: a judge scores all answers to a row together, in several orders (GPT-4-LLM, Peng et al. 2023)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from statistics import fmean
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tunesmith.curate.candidates import Candidate, candidates_of
from tunesmith.curate.orders import Order, draw_orders, in_own_order
from tunesmith.curate.positions import Positions
from tunesmith.errors import Drop, Unreadable, UsageError
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Reply, Request, Teacher

from .base import MaxTokens, Result, Step, TeacherStep
from .candidates import Candidates
from .judging import Temperature, answers_shown, columns_besides, filled, in_own_cause, names_of
from .ledger import Ledger
from .scales import bounds_of
from .step import Exhibit


class Compare(TeacherStep):
    """Have a judge score all answers to an instruction together, in an order drawn by lot and in its reverse."""

    expected_tokens: ClassVar[int] = 150

    step: Literal["compare"] = "compare"
    scale: str = Field("1-10", description="The lowest and the highest score; half points count on a short one.")
    orders: int = Field(
        2,
        ge=1,
        le=24,
        description="In how many orders each judge sees the answers: one by lot, its reverse, and so on.",
    )
    seed: int = Field(0, description="Seed of that lot.")
    models: tuple[str, ...] = Field((), description="Judges, each PROVIDER:NAME; the run's own teacher if left out.")
    column: str = Field("candidates", min_length=1, description="The column with the answers.")
    temperature: Temperature = 0.0
    max_tokens: MaxTokens = 768

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        bounds_of(self.scale)
        if len(set(self.models)) < len(self.models):
            raise ValueError("models names a judge twice; to hear it more often, give more --orders")
        if self.model and self.models:
            raise ValueError("model and models are both given; name all judges in models")
        return self

    @property
    def verdicts(self) -> int:
        """How many verdicts a row gets."""
        return self.orders * max(1, len(self.models))

    @property
    def teachers(self) -> tuple[str, ...]:
        """The judges, and who is asked in their place."""
        return (*self.models, *self.fallback) if self.models else super().teachers

    @property
    def reads(self) -> Collection[str]:
        """The answers, and what the prompts name besides."""
        return columns_besides(self.prompts().values()) | {self.column}

    @property
    def writes(self) -> tuple[str, ...]:
        """Each model's mean score, and every verdict with the order in which the answers were shown."""
        return ("scores", "verdicts")

    @cached_property
    def shown(self) -> int | None:
        """How many answers the prompt has places for; ``None`` if it takes any number.

        Raises:
            UsageError: It has none.
        """
        return answers_shown(super().prompts()["prompt"])

    def check_after(self, earlier: Sequence[Step]) -> None:
        """See that the prompt has places for as many answers as will be collected, before they are paid for."""
        source = next((step for step in reversed(earlier) if self.column in step.writes), None)
        if isinstance(source, Candidates) and self.shown not in (None, source.expected):
            raise UsageError(
                f"the step {self.label}: its prompt has places for {self.shown} answers, but the step {source.label} "
                f"collects {source.expected} (models, columns and files together); name as many as are shown"
            )

    def prompts(self) -> dict[str, Prompt]:
        """The prompts, seen to have places for answers."""
        self.shown  # noqa: B018 - raises where there are none
        return super().prompts()

    def requests(self, row: Row) -> list[Request]:
        """Each judge is asked in each order."""
        texts = [candidate.text for candidate in self._distinct(row)]
        columns = columns_besides(self.prompts().values())
        return [
            Request(
                filled(self.prompts(), row, [texts[n] for n in order], self.scale, columns),
                self.max_tokens,
                self.temperature,
                self.top_p,
                teacher=judge,
            )
            for judge in self.models or ("",)
            for order in self._orders(row, len(texts))
        ]

    def _orders(self, row: Row, answers: int) -> list[Order]:
        return draw_orders(answers, self.orders, f"{self.seed} {row['id']}")

    def _distinct(self, row: Row) -> list[Candidate]:
        """The candidates with texts of their own; of several with the same text, the first stands for all.

        Raises:
            Drop: There are not two, or not as many as the prompt has places for.
        """
        candidates = candidates_of(row, self.column)
        found = list({candidate.text: candidate for candidate in reversed(candidates)}.values())[::-1]
        if len(candidates) < 2:
            raise Drop("fewer than two answers to compare")
        if len(found) < 2:
            raise Drop("all answers are the same")
        if self.shown is not None and len(found) != self.shown:
            raise Drop(f"{len(found)} different answers, but the prompt has places for {self.shown}")
        return found

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """The row with its scores; replies that cannot be read are asked for again, one by one."""
        from tunesmith.curate.scores.lists import read_scores  # its patterns take half a second to compile

        low, high = bounds_of(self.scale)
        distinct = self._distinct(row)
        orders = self._orders(row, len(distinct))
        verdicts: list[dict[str, Any]] = []
        totals: dict[str, list[float]] = {candidate.text: [] for candidate in distinct}
        problems: dict[int, str] = {}
        for place, reply in enumerate(replies):
            order = orders[place % len(orders)]
            try:
                read = read_scores(reply.text, low, high, len(distinct))
            except Unreadable as error:
                problems[place] = str(error)
                continue
            for candidate, score in zip(distinct, in_own_order(order, read.values), strict=True):
                totals[candidate.text].append(score)
            verdicts.append(
                {
                    "judge": self._judge(reply, place // len(orders)),
                    "order": [distinct[n].model for n in order],
                    "scores": list(read.values),
                    "why": read.why,
                    "reply": reply.key,
                }
            )
        if problems:
            raise Unreadable(next(iter(problems.values())), tuple(problems))
        scores = {one.model: fmean(totals[one.text]) for one in candidates_of(row, self.column)}
        return row | {"scores": scores, "verdicts": verdicts}

    def _judge(self, reply: Reply, number: int) -> str:
        """Who judged; the run's own teacher, which has no name among them, by its model."""
        return reply.teacher or (self.models[number] if self.models else reply.model)

    def sketch(self, row: Row) -> Iterator[Row]:
        """The row with a score for each answer, no two alike."""
        candidates = candidates_of(row, self.column)
        scores = {one.model: float(len(candidates) - n) for n, one in enumerate(candidates)}
        yield row | {"scores": scores, "verdicts": []}

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask about every row; at the end, note how far the place of an answer made its score."""
        positions, own = Positions(), set[str]()
        names = names_of(teacher.voices if teacher is not None else {}, self.models or (self.model,))
        for row in super().run(rows, ledger, teacher):
            positions.add(row["verdicts"])
            own |= names & row["scores"].keys()
            yield row
        for line in positions.measured().lines():
            ledger.note(line)
        if own:
            ledger.note(in_own_cause(own))

    def exhibits_after(self, rows: Iterable[Row]) -> Iterator[Exhibit]:
        """How far the place of an answer made its score."""
        positions = Positions()
        for row in rows:
            positions.add(row["verdicts"])
        found = positions.measured()
        name = f"{self.name}_position_bias.json" if self.name else "position_bias.json"
        yield Exhibit(name, "How far the order in which answers were shown made the judges' verdicts.", found.as_json())
