"""The published filters of Self-Instruct's tasks, by name, and what a user may change of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tunesmith.explore.checks import Checks

FilterName = Literal["alpaca", "multilingual", "none"]

_OPEN = {"banned_words": (), "banned_starts": (), "ascii_start": False, "placeholders": False}
FILTERS: dict[FilterName, Checks] = {
    "alpaca": Checks(min_words=4, placeholders=False),
    "multilingual": Checks.model_validate({**_OPEN, "min_words": 4}),
    "none": Checks.model_validate({**_OPEN, "min_words": 0, "max_words": 0, "punctuation_start": True}),
}
"""Alpaca's: four to 150 words; nothing that a model of text cannot do; no program to write; begins with an ASCII
letter or figure. Of these, ``multilingual`` has the lengths and the punctuation: words and beginnings are English."""

_Phrases = tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...]


class Filters(BaseModel):
    """Which checks a new task must pass."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: FilterName = Field(
        "alpaca",
        description="The checks to begin with: alpaca, as published for English; multilingual, without the English "
        "words and the ASCII beginning; or none. What is set below replaces theirs.",
    )
    min_words: int | None = Field(None, ge=0, description="Fewest words of an instruction; 0 for no limit.")
    max_words: int | None = Field(None, ge=0, description="Most words of an instruction; 0 for no limit.")
    banned_words: _Phrases | None = Field(None, description="Words that no instruction may hold, instead of theirs.")
    also_banned: _Phrases = Field((), description="Words that no instruction may hold, besides theirs.")
    banned_starts: _Phrases | None = Field(None, description="What no instruction may begin with.")
    punctuation_start: bool | None = Field(None, description="Whether an instruction may begin with punctuation.")
    ascii_start: bool | None = Field(None, description="Whether an instruction must begin with an ASCII character.")
    placeholders: bool | None = Field(None, description="Whether an input such as '[your text]' is refused.")

    @model_validator(mode="before")
    @classmethod
    def _is_no_name(cls, data: Any) -> Any:
        if isinstance(data, str):
            raise ValueError(f"filters has settings of its own; give filters.base={data}, and what differs beside it")
        return data

    def checks(self) -> Checks:
        """The checks that these settings mean."""
        base = FILTERS[self.base]
        changed = {name: value for name, value in self if name not in ("base", "also_banned") and value is not None}
        words = changed.get("banned_words", base.banned_words) + self.also_banned
        return base.model_copy(update={**changed, "banned_words": words})
