"""What is read from a teacher's reply, and what makes a piece of it useless."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from . import words

LONGEST_TITLE = 150
"""Characters; what is longer is a description, not the name of a task."""

_TITLE_LABEL = re.compile(
    r"[*_]{0,3}(?:(?:(?:sub-?)?task\s)?(?:name|title)|(?:任务)?(?:名称|标题))[*_]{0,3}\s{0,4}[:：][*_]{0,3}", re.I
)
_TITLE_NUMBER = re.compile(r"\d{1,3}[.)、]\s{0,4}(?=\D)")
_WRAPPINGS = (("**", "**"), ("__", "__"), ("*", "*"), ("`", "`"), ('"', '"'), ("“", "”"), ("「", "」"), ("《", "》"))
_BLANK = re.compile(r"(?=\s*+(?:_\s++)*+__)[_\s]+|\.{3,6}|…{1,2}")
_SLOT = re.compile(r"[<\[{][^<>\[\]{}]{0,80}[>\]}]")


@dataclass(frozen=True, slots=True)
class Draft:
    """An example as a teacher wrote it.

    Attributes:
        instruction: What is to be done.
        input: What it is to be done with; empty where the teacher says that there is nothing.
        output: The answer.
        problem: Why it cannot be used: ``cut off``, ``no instruction``, ``no output``, ``not filled in`` or
            ``broken JSON``; empty if it can.
    """

    instruction: str
    input: str
    output: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A subtask as a teacher wrote it.

    Attributes:
        title: What it is called, without quotes, emphasis and full stop.
        reason: Why it is needed; may be empty.
        drafts: Its examples, usable or not; may be none.
        problem: Why it cannot be used: ``cut off``, ``no name``, ``not a name``, ``not filled in`` or
            ``broken JSON``; empty if it can.
    """

    title: str
    reason: str
    drafts: tuple[Draft, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Proposals:
    """The subtasks of a reply, and whether the teacher says that there are no (more)."""

    found: tuple[Proposal, ...]
    nothing_more: bool


def make_draft(instruction: str, given: str, output: str, problem: str = "") -> Draft:
    """An example with its problem, if it has one; ``given`` is its input."""
    if words.means_no_input(given):
        given = ""
    if problem:
        pass  # what happened to the reply says more than what is missing for it
    elif not instruction:
        problem = "no instruction"
    elif not output:
        problem = "no output"
    elif _BLANK.fullmatch(instruction) or _SLOT.fullmatch(instruction) or _BLANK.fullmatch(output):
        problem = "not filled in"
    return Draft(instruction, given, output, problem)


def make_proposal(title: str, reason: str, drafts: Iterable[Draft], damage: str = "") -> Proposal:
    """A subtask with its problem, if it has one.

    One that was damaged (cut off, say) can still be used if one of its examples is not: its name and reason are then
    whole too.
    """
    drafts = tuple(drafts)
    problem = ""
    if damage and all(draft.problem == damage for draft in drafts):
        problem = damage
    elif not title:
        problem = "no name"
    elif _BLANK.fullmatch(title) or _SLOT.fullmatch(title):
        problem = "not filled in"
    elif len(title) > LONGEST_TITLE or "\n" in title:
        problem = "not a name"
    return Proposal(title, reason, drafts, problem)


def clean_title(text: str) -> str:
    """A title without what teachers put around it: quotes, emphasis, a number, another label, a full stop."""
    text = text.strip()
    for _ in range(4):
        before = text
        for label in (_TITLE_LABEL, _TITLE_NUMBER):
            if found := label.match(text):
                text = text[found.end() :].strip()
        for opening, closing in _WRAPPINGS:
            inner = text[len(opening) : -len(closing)]
            if text.startswith(opening) and text.endswith(closing) and inner and opening not in inner:
                text = inner.strip()
        if text.endswith((".", "。", ":", "：")) and not text.endswith("..") and "\n" not in text:
            text = text[:-1].rstrip()
        if text == before:
            break
    return text
