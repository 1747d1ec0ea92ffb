"""Step ``strip_leaks``: take out phrases with which an answer gives away the role it was told to play."""

from __future__ import annotations

from typing import Literal

from tunesmith.curate.leaks import strip_leaks
from tunesmith.errors import Drop
from tunesmith.rows import Row

from .base import Result, RowStep, as_text


class StripLeaks(RowStep):
    """Remove "As a botanist, ..." and the like from the output, and note what was removed."""

    step: Literal["strip_leaks"] = "strip_leaks"

    @property
    def reads(self) -> tuple[str, ...]:
        """The answer; the expert's description helps where the row has one."""
        return ("output",)

    @property
    def writes(self) -> tuple[str, ...]:
        """What was removed, phrase by phrase."""
        return ("leaks",)

    def apply(self, row: Row) -> Result:
        """The row with a clean output; dropped if the answer consists of nothing but its role."""
        stripped = strip_leaks(as_text(row["output"]), as_text(row.get("expert_identity")))
        if stripped.removed and not stripped.text.strip():
            raise Drop("the answer consists of nothing but the role it was told to play")
        return row | {"output": stripped.text, "leaks": list(stripped.removed)}
