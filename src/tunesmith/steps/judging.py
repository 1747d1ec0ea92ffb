"""What steps that ask judges have in common: places for answers in a prompt, and what is put into them.

A user's prompt names answers ``{answer_1}`` and ``{answer_2}``, or as one of the published ones does
(``{answer_bot1}``, ``{response_a}``, ``{output_1}``, ``{completion_a}``, ``{assistant_1}``). In a Jinja file,
``answers`` is the list of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from tunesmith.curate.positions import Positions
from tunesmith.curate.threshold import plain
from tunesmith.errors import UsageError
from tunesmith.prompts import Prompt
from tunesmith.prompts.categories import CategoryPrompt, read_category_prompts
from tunesmith.rows import Row
from tunesmith.teacher import Message, Voice

from .dealings import Outcome
from .scales import bounds_of

_PLACE = re.compile(r"(?:answer|response|output|completion|assistant)_?(?:bot)?_?(\d{1,2}|(?<=_)[a-h])")
_FILLED = frozenset({"answers", "count", "low", "high", "halves", "mark"})

Temperature = Annotated[
    float | None,
    Field(ge=0, le=2, description="0 for the likeliest verdict, higher for variety."),
]


def places_for_answers(prompt: Prompt) -> dict[str, int]:
    """The places of a prompt that name one answer each, with the answer's number, counted from 0."""
    found = ((place, _PLACE.fullmatch(place)) for place in prompt.places)
    return {place: _number(match[1]) - 1 for place, match in found if match}


def takes_answers(prompt: Prompt) -> bool:
    """Whether a prompt has any place for answers."""
    return bool(places_for_answers(prompt)) or "answers" in prompt.places


def answers_shown(prompt: Prompt) -> int | None:
    """How many answers a prompt has places for; ``None`` if it takes any number.

    Raises:
        UsageError: It has none.
    """
    if not takes_answers(prompt):
        raise UsageError(
            f"{prompt.name} has no place for the answers, such as {{answer_1}} and {{answer_2}}, or the list "
            "'answers' in a Jinja file"
        )
    return max((number + 1 for number in places_for_answers(prompt).values()), default=None)


def columns_besides(prompts: Iterable[Prompt]) -> set[str]:
    """The columns that prompts name besides the answers and what is said of the scale."""
    named = {column for prompt in prompts for column in prompt.columns()}
    return {name for name in named - _FILLED if not _PLACE.fullmatch(name)}


def filled(
    prompts: Mapping[str, Prompt], row: Row, answers: Sequence[str], scale: str, columns: Iterable[str]
) -> tuple[Message, ...]:
    """The messages that put answers before a judge.

    Args:
        prompts: The prompt, and the system message if there is one, by role.
        row: What the prompts name.
        answers: In the order in which they are shown.
        scale: As its setting has it.
        columns: Those that the prompts show besides the answers.
    """
    low, high = bounds_of(scale)
    values: dict[str, Any] = {
        "answers": answers,
        "count": len(answers),
        "low": plain(low),
        "high": plain(high),
        "halves": "Half points are allowed. " if high - low <= 10 else "",
        "mark": _mark([*answers, *(str(row.get(name) or "") for name in columns)]),
    }
    for prompt in prompts.values():
        values |= {place: answers[number] for place, number in places_for_answers(prompt).items()}
    values["task"] = prompts["task"].fill(row | values) if "task" in prompts else ""
    return tuple(
        Message({"prompt": "user"}.get(role, role), prompts[role].fill(row | values))
        for role in ("system", "prompt")
        if role in prompts
    )


def names_of(voices: Mapping[str, Voice], judges: Iterable[str]) -> set[str]:
    """Everything that the judges' own answers may be called, with their provider and without."""
    who = {voices[name].identity for name in judges if name in voices}
    return {name for one in who for name in (str(one), one.model)}


def in_own_cause(names: Iterable[str]) -> str:
    """What to say of judges that had answers of their own before them."""
    return f"{', '.join(sorted(names))} judged answers of its own among others; judges tend to favour their own style"


@dataclass(frozen=True, slots=True)
class Told:
    """What judges are told about questions of one category.

    Attributes:
        prompts: The prompt, and the system message if there is one, by role; and the task, where the prompt is our
            own, which has a place for it.
        before: The turns that come before.
        mode: What form of reply the words of the user ask for; empty if they leave that to us, or to the user.
    """

    prompts: Mapping[str, Prompt]
    before: tuple[Message, ...] = ()
    mode: str = ""


def told_by_category(file: Path, prompts: Mapping[str, Prompt]) -> dict[str, Told]:
    """What judges are told by category, as a file says it.

    Args:
        file: See `tunesmith.prompts.categories`.
        prompts: What stands in for what the file leaves out, by role.

    Raises:
        UsageError: The file cannot be read.
    """

    def told(one: CategoryPrompt) -> Told:
        name = f"{file}, category {one.category or 'general'!r}"
        own, found = Prompt(one.text, jinja=False, name=name), dict(prompts)
        found |= {"prompt" if takes_answers(own) else "task": own}
        found |= {"system": Prompt(one.system, jinja=False, name=name)} if one.system else {}
        turns = [(("user", asked), ("assistant", replied)) for asked, replied in one.demonstrations]
        return Told(found, tuple(Message(*turn) for both in turns for turn in both), one.mode)

    return {category: told(one) for category, one in read_category_prompts(file).items()}


@dataclass(slots=True)
class Notes:
    """What to say of all verdicts together.

    Attributes:
        names: What the judges' own answers may be called.
    """

    names: set[str]
    own: set[str] = field(default_factory=set)
    rows: int = 0
    asked: int = 0
    same: int = 0
    absent: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    positions: Positions = field(default_factory=Positions)

    def add(self, verdicts: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome | None]) -> None:
        """Count one row's verdicts, and what the judges' replies came to, where they were asked."""
        judged = [verdict for verdict in verdicts if not verdict.keys() & {"same", "absent"}]
        self.rows += 1
        self.asked += len(judged)
        self.same += sum("same" in verdict for verdict in verdicts)
        self.absent.update({name for verdict in verdicts for name in verdict.get("absent", ())})
        self.missing.update(came.kind or came.reason for came in outcomes if came is not None and came.after is None)
        self.own |= self.names & {name for verdict in judged for name in verdict["order"]}
        self.positions.add(judged)

    def lines(self) -> Iterator[str]:
        """The notes, in sentences."""
        for model, number in sorted(self.absent.items()):
            yield f"{number:,} of {self.rows:,} questions have no answer of {model}, and say nothing of it"
        if self.missing:
            why = "; ".join(f"{kind} ({number:,})" for kind, number in sorted(self.missing.items()))
            yield (
                f"{self.missing.total():,} of {self.asked:,} verdicts are missing, and count for nothing, neither as a "
                f"tie nor as a loss: {why}"
            )
        if self.same:
            yield f"{self.same:,} verdicts are ties without a question, as both answers were the same"
        yield from self.positions.measured().lines()
        if self.own:
            yield in_own_cause(self.own)


def _mark(texts: Iterable[str]) -> str:
    """A row of ``=`` for the prompt's headings that is in none of these texts, so that none can feign a heading."""
    mark, together = "===", "\n".join(texts)
    while mark in together:
        mark += "="
    return mark


def _number(written: str) -> int:
    """The number of an answer's place from ``2`` or ``b``."""
    return int(written) if written.isdigit() else ord(written) - ord("a") + 1
