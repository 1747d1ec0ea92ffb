"""Step ``answer``: the teacher answers, as an expert, as one of ExpertPrompting's baselines, or as for GPT-4-LLM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal

from pydantic import Field

from tunesmith.curate.refusals import declines
from tunesmith.curate.translation.scripts import amounts
from tunesmith.errors import Unreadable
from tunesmith.rows import Row
from tunesmith.teacher import Reply, Teacher

from .base import MaxTokens, Result, TeacherStep, as_text
from .ledger import Ledger

Persona = Literal["expert", "plain", "static", "alpaca"]
_LOOK_AT = 500  # characters of an answer that tell its script


class Answer(TeacherStep):
    """Have the teacher answer each instruction; the answer becomes the row's output."""

    expected_tokens: ClassVar[int] = 220
    signed: ClassVar[str] = "answered_by"

    step: Literal["answer"] = "answer"
    persona: Persona = Field(
        "expert",
        description="expert: as the expert that the step identity describes; plain: as it is; static: as some expert; "
        "alpaca: in Alpaca's training template, in the row's language.",
    )
    former: str = Field("", description="Column for the output that was there before; it is replaced if left out.")
    max_tokens: MaxTokens = 2048

    @property
    def default_prompt(self) -> str:
        """One prompt for each persona."""
        return f"answer_{self.persona}"

    @property
    def optional(self) -> tuple[str, ...]:
        """Alpaca's template asks for the row's language, where the row has one."""
        return ("language",) if self.persona == "alpaca" else ()

    @property
    def writes(self) -> tuple[str, ...]:
        """The answer; the former one and who gave this one, where that is wanted."""
        more = [self.former] if self.former else []
        return ("output", *more, *([self.signed] if self.fallback else []))

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """The answer without surrounding white space."""
        text = replies[0].text.strip()
        if not text:
            raise Unreadable("the reply is empty")
        former = {self.former: as_text(row.get("output"))} if self.former else {}
        return row | former | {"output": text}

    def declines(self, reply: Reply) -> bool:
        """Whether the answer is nothing but a refusal in words."""
        return declines(reply.text)

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Answer every row; tell how many answers decline, and in which script those to each language are."""
        refusals, scripts = 0, dict[str, Counter[str]]()
        for row in super().run(rows, ledger, teacher):
            text = as_text(row.get("output"))
            refusals += declines(text)
            if language := as_text(row.get("language")):
                (main, _), *_ = amounts(text[:_LOOK_AT]).most_common(1) or [("no letters", 0)]
                scripts.setdefault(language, Counter())[main] += 1
            yield row
        for language, counts in sorted(scripts.items()):
            said = ", ".join(f"{number:,} {script}" for script, number in counts.most_common())
            ledger.note(f"answers to rows in {language}, by their main script: {said}")
        if refusals:
            asked = ", whoever was asked" if self.fallback else ""
            ledger.note(f"answers that decline in words{asked}: {refusals:,}; they are kept, as declining can be right")
