"""Step ``answer``: the teacher answers, as an expert or as one of the two baselines of ExpertPrompting."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from tunesmith.errors import Unreadable
from tunesmith.rows import Row
from tunesmith.teacher import Reply

from .base import MaxTokens, Result, TeacherStep

Persona = Literal["expert", "plain", "static"]


class Answer(TeacherStep):
    """Have the teacher answer each instruction; the answer becomes the row's output."""

    expected_tokens: ClassVar[int] = 220

    step: Literal["answer"] = "answer"
    persona: Persona = Field(
        "expert",
        description="expert: as the expert that the step identity describes; plain: as it is; static: as some expert.",
    )
    max_tokens: MaxTokens = 2048

    @property
    def default_prompt(self) -> str:
        """One prompt for each persona."""
        return f"answer_{self.persona}"

    @property
    def writes(self) -> tuple[str, ...]:
        """The answer."""
        return ("output",)

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """The answer without surrounding white space."""
        text = replies[0].text.strip()
        if not text:
            raise Unreadable("the reply is empty")
        return row | {"output": text}
