"""Step ``identity``: the teacher describes the expert best suited to answer (ExpertPrompting, Xu et al. 2023)."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from tunesmith.errors import Unreadable
from tunesmith.rows import Row
from tunesmith.teacher import Reply

from .base import MaxTokens, Result, TeacherStep

# What a teacher writes when it goes on with the examples instead of stopping after its own description.
_NEXT_EXAMPLE = re.compile(r"\n\s*\[?(?:Instruction|指令)\]?\s*[:：]", re.IGNORECASE)
_LABEL = re.compile(r"^\W*(?:Agent Description|Expert(?: Identity)?|专家)\W*[:：]\W*(?=\w)", re.IGNORECASE)
_REFUSAL = re.compile(r"^(?:I['’]m sorry|I am sorry|Sorry,|I can(?:no|['’])t|As an AI|抱歉|对不起)", re.IGNORECASE)


class Identity(TeacherStep):
    """Have the teacher describe the expert who would answer best, from three in-context examples."""

    expected_tokens: ClassVar[int] = 130

    step: Literal["identity"] = "identity"
    max_tokens: MaxTokens = 512

    @property
    def default_prompt(self) -> str:
        """Three examples of our own, then the question."""
        return "identity"

    @property
    def writes(self) -> tuple[str, ...]:
        """The description."""
        return ("expert_identity",)

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """The description without label or quotes, and without further examples that the teacher made up."""
        text = _NEXT_EXAMPLE.split(replies[0].text, maxsplit=1)[0].strip()
        text = _LABEL.sub("", text).strip()
        if len(text) > 1 and text[0] in '"“' and text[-1] in '"”':
            text = text[1:-1].strip()
        if _REFUSAL.match(text):
            raise Unreadable("a refusal in place of the expert's description")
        if len(text) < 8:
            raise Unreadable("no description of an expert in the reply")
        return row | {"expert_identity": text}
