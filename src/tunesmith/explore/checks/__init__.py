"""What examples of a domain must be like: the checks of Explore-Instruct (Wan et al. 2023), each with a reason."""

from __future__ import annotations

import string
import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tunesmith.text import shorten

from .boxed import box_answer, is_boxed
from .words import any_of, count_words, is_placeholder

BANNED_WORDS = (
    "image", "images", "graph", "graphs", "picture", "pictures", "file", "files", "map", "maps", "draw", "plot",
    "go to", "video", "audio", "music", "flowchart", "diagram",
)  # fmt: skip
"""As published for rewriting. Brainstorming leaves out map and maps; maths those and graph and graphs."""

_OPENING = ("Ps", "Pi", "Pf")  # what closes a quotation in one language opens it in another: »so«, ”så”

_Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Checks(BaseModel):
    """What is checked of an example; every setting can be changed in a domain's file.

    The defaults are the published checks, with two exceptions, for the published ones refuse what is plainly right:
    an input in brackets is only refused if they hold words to be filled in (``(a + b)`` and ``<p>Hello</p>`` are
    inputs; ``placeholders: published`` goes by the brackets alone), and words are counted in scripts that have no
    blanks, too (a Chinese sentence would be one word).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_words: int = Field(3, ge=0, description="Fewest words of an instruction; 0 for no limit.")
    max_words: int = Field(150, ge=0, description="Most words of an instruction; 0 for no limit.")
    banned_words: tuple[_Phrase, ...] = Field(
        BANNED_WORDS, description="Words and phrases that no instruction may hold, in any case; whole words only."
    )
    banned_starts: tuple[_Phrase, ...] = Field(
        ("Write a program",), description="What no instruction may begin with, in any case."
    )
    punctuation_start: bool = Field(
        False,
        description="Whether an instruction may begin with punctuation; marks that open a sentence or a quotation in "
        "other scripts may in any case where ascii_start is false.",
    )
    ascii_start: bool = Field(
        True, description="Whether an instruction must begin with an ASCII character; false for other scripts."
    )
    placeholders: bool | Literal["published"] = Field(
        True,
        description="Whether an input that was not filled in is refused; 'published': any in round or angle brackets.",
    )
    boxed: bool = Field(
        False, description=r"Whether an answer must be in \boxed{}; it is put there if it can be found."
    )

    def problem(self, instruction: str, input: str, output: str) -> str:
        """Why an example is refused, ``""`` if it is not.

        The reason is a kind with particulars in brackets: ``instruction too short (2 words, at least 3)``.
        """
        return (
            self._problem_of_instruction(instruction.strip())
            or self._problem_of_input(input.strip())
            or self._problem_of_output(output.strip())
        )

    def mend(self, output: str) -> str:
        r"""The output with its final answer in ``\boxed{}``, if that is asked for and an answer is found."""
        return box_answer(output) if self.boxed else output

    def _problem_of_instruction(self, text: str) -> str:
        if not text:
            return "no instruction"
        words = count_words(text)
        if words < self.min_words:
            return f"instruction too short ({words} {'word' if words == 1 else 'words'}, at least {self.min_words})"
        if 0 < self.max_words < words:
            return f"instruction too long ({words} words, at most {self.max_words})"
        if self.banned_words and (found := any_of(self.banned_words).search(text)):
            return f"banned word in the instruction ({' '.join(found[0].lower().split())})"
        for start in self.banned_starts:
            if text.casefold().startswith(start.casefold()):
                return f"banned start of the instruction ({start})"
        if not self.punctuation_start and _is_punctuation(text[0], opening=self.ascii_start):
            return f"instruction starts with punctuation ({text[0]})"
        if self.ascii_start and not text[0].isascii():
            way = "ascii_start: false lets it pass"
            return f"instruction starts with a character that is not ASCII ({text[0]}; {way})"
        return ""

    def _problem_of_input(self, text: str) -> str:
        if self.placeholders == "published":
            unfilled = text.startswith("<") and text.endswith(">") or text.startswith("(") and text.endswith(")")
        else:
            unfilled = self.placeholders and is_placeholder(text)
        return f"input not filled in ({shorten(text, 40)})" if unfilled else ""

    def _problem_of_output(self, text: str) -> str:
        if not text:
            return "no output"
        return "no answer to box" if self.boxed and not is_boxed(self.mend(text)) else ""


def kind_of(problem: str) -> str:
    """A problem without its particulars, for counting: ``instruction too short``."""
    return problem.partition(" (")[0]


def _is_punctuation(sign: str, opening: bool) -> bool:
    """Whether a sign is punctuation.

    Args:
        sign: A character.
        opening: Whether those count that open a sentence or a quotation but are not ASCII: ``¿ ¡ « “ 「``.
    """
    if sign in string.punctuation:
        return True
    kind = unicodedata.category(sign)
    return kind[0] == "P" and (opening or not (kind in _OPENING or sign in "¿¡⸘"))
