"""One row's dealings with its teachers: ask, read, ask again, and turn to the next teacher for what one refuses.

A step's requests about a row each have a *place*. A place asks its teacher up to ``tries`` times where replies are cut
off or cannot be read. What that teacher refuses for good goes to the step's fallback teachers in turn: the provider
withheld the answer or refused the request, no try could be read, or the answer does nothing but decline
(`TeacherStep.declines`). Where all have declined, the first one's words stand: declining can be right.

All of it follows from the replies alone, so that a run that starts again takes the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from tunesmith.errors import Drop, Refused, TeacherError, Transient, Unreadable
from tunesmith.rows import Row
from tunesmith.teacher import Conversation, Reply, Request, Voice

from .step import Result, copied, defect

_ENDS = {"length": "cut off by max_tokens"}
_FAILED = "the teacher failed"


class Asker(Protocol):
    """What a step must say of itself for its rows to be dealt with; see `TeacherStep`."""

    @property
    def label(self) -> str:
        """Its name."""
        ...

    @property
    def fallback(self) -> tuple[str, ...]:
        """Teachers to ask in turn, as `Request.teacher` names them."""
        ...

    @property
    def tries(self) -> int:
        """How often one teacher is asked."""
        ...

    def asked(self, row: Row) -> list[Request]:
        """What to ask about a row, and whom first."""
        ...

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """What the replies make of it."""
        ...

    def declines(self, reply: Reply) -> bool:
        """Whether a whole reply does nothing but decline."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply, or its want, is not what was asked for.

    Attributes:
        kind: What is wrong, without the particulars of this request.
        teacher: Who is to blame, as `Request.teacher` names it.
        reason: What is wrong, in full, for the ledger.
        again: Whether asking the same teacher once more could help.
        unanswered: Whether there was no reply.
        details: What else to enter, for programs.
    """

    kind: str
    teacher: str
    reason: str = ""
    again: bool = False
    unanswered: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Place:
    """One request about a row, and how far it has come."""

    first: Request
    left: list[str]
    request: Request = field(init=False)
    asked: int = 0
    answer: Reply | TeacherError | None = None
    declined: tuple[str, Reply] | None = None
    settled: bool = False
    refusals: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.request = self.first

    @property
    def reply(self) -> Reply:
        """What the teacher said."""
        assert isinstance(self.answer, Reply)
        return self.answer

    @property
    def by(self) -> str:
        """Whose reply it is, as `Request.teacher` names it."""
        return self.declined[0] if self.settled and self.declined else self.request.teacher


@dataclass(slots=True)
class Outcome:
    """What came of a row: its result, or why there is none; whether that is a teacher that had nothing to say."""

    row: Row
    said: list[Reply]
    after: Result | None = None
    reason: str = ""
    kind: str = ""
    unanswered: bool = False
    is_empty: bool = False
    by: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


class Dealings:
    """The dealings about one row.

    Args:
        step: Says what to ask and reads the replies.
        row: The row.
        voices: The run's teachers, for their names.
    """

    def __init__(self, step: Asker, row: Row, voices: Mapping[str, Voice]) -> None:
        self.step, self.row, self._voices = step, row, voices
        self.places: list[Place] = []
        self.said: list[Reply] = []

    def talk(self) -> Conversation[Outcome]:
        """Ask until there is a result or nobody is left to ask."""
        try:
            self.places = [Place(request, list(self.step.fallback)) for request in self.step.asked(dict(self.row))]
            todo = self.places
            while True:
                answers = yield [place.request for place in todo]
                for place, answer in zip(todo, answers, strict=True):
                    place.answer = answer
                    place.asked += 1
                self.said += [answer for answer in answers if isinstance(answer, Reply)]
                problems = self._problems() or self._read()
                if not isinstance(problems, dict):
                    return self._passed(problems)
                todo = []
                for number, problem in problems.items():
                    place = self.places[number]
                    if not self._go_on(place, problem):
                        return self._dropped(place)
                    if not place.settled:
                        todo.append(place)
        except Drop as why:
            return Outcome(self.row, self.said, reason=str(why))
        except TeacherError:
            raise
        except Exception as error:
            raise defect(self.step.label, self.row, error) from error

    def _problems(self) -> dict[int, Problem]:
        """What is wrong with the answers before anybody reads them, by place."""
        found = ((number, self._problem(place)) for number, place in enumerate(self.places) if not place.settled)
        return {number: problem for number, problem in found if problem is not None}

    def _problem(self, place: Place) -> Problem | None:
        answer, who = place.answer, place.request.teacher
        if not isinstance(answer, Reply):
            return Problem(_FAILED, who, f"{_FAILED}: {answer}", unanswered=True)
        end = answer.finish_reason
        if end in ("content_filter", "refusal"):
            return Problem(f"withheld by the provider ({end})", who)
        if end != "stop":
            return Problem(_ENDS.get(end, f"ended by {end!r}"), who, again=True)
        if (place.left or place.declined) and self.step.declines(answer):
            place.declined = place.declined or (who, answer)
            return Problem("declined in words", who)
        return None

    def _read(self) -> dict[int, Problem] | Wrapped:
        """What the step makes of the replies, or where they cannot be read."""
        try:
            return Wrapped(
                self.step.parse(copied(self.row), [replace(place.reply, teacher=place.by) for place in self.places])
            )
        except Unreadable as error:
            places = error.places or range(len(self.places))
            return {
                number: Problem(f"unreadable: {error}", self.places[number].by, again=True, details=dict(error.details))
                for number in places
            }

    def _go_on(self, place: Place, problem: Problem) -> bool:
        """Prepare what to ask at this place next; returns whether there is anything."""
        if problem.again and place.asked < self.step.tries and not place.settled:
            place.request = _again(place.request, place.reply)
            return True
        if problem.again:
            reason = f"{problem.reason or problem.kind}, asked {times(place.asked)}"
            problem = replace(problem, reason=reason)
        place.refusals.append(problem)
        if _may_pass(place.answer) or place.settled:
            return False
        following = next((name for name in place.left if not self._doubles(place, name)), None)
        if following is not None:
            place.left = place.left[place.left.index(following) + 1 :]
            place.request, place.asked = replace(place.first, teacher=following), 0
            return True
        if place.declined is not None:
            place.answer, place.settled = place.declined[1], True
        return place.settled

    def _doubles(self, place: Place, name: str) -> bool:
        """Whether that teacher is asked the very same at another place, so that one answer would count as two."""
        return any(
            other.request.teacher == name and replace(other.first, teacher="") == replace(place.first, teacher="")
            for other in self.places
            if other is not place
        )

    def _passed(self, read: Wrapped) -> Outcome:
        by, refusals = [self._called(place.by) for place in self.places], self._refusals()
        details: dict[str, Any] = {}
        if refusals:
            details["answered_by"] = by[0] if len(by) == 1 else by
            details["refusals"] = refusals
        if any(place.settled for place in self.places):
            details["declined"] = True
        return Outcome(self.row, self.said, read.after, by=by, details=details)

    def _dropped(self, place: Place) -> Outcome:
        """The row is lost at this place: nobody is left to ask."""
        first, *more = found = place.refusals
        last = found[-1]
        reason, kind = first.reason or first.kind, first.kind
        details = dict(last.details)
        if more:
            # After a failure that may pass, nobody else was asked, and asking again may do.
            everybody = not place.left and not _may_pass(place.answer)
            kind = f"by all teachers: {kind}" if everybody else last.kind
            reason = "; ".join(f"{self._called(one.teacher)}: {one.reason or one.kind}" for one in found)
        if len(refusals := self._refusals()) > len(found):  # some of another place, which a fallback has mended
            details["refusals"] = refusals
        unanswered = any(one.unanswered for one in found)
        is_empty = isinstance(place.answer, Transient) and place.answer.kind == "empty"
        return Outcome(self.row, self.said, None, reason, kind, unanswered, is_empty, details=details)

    def _refusals(self) -> list[dict[str, str]]:
        return [
            {"teacher": self._called(one.teacher), "reason": one.reason or one.kind}
            for place in self.places
            for one in place.refusals
        ]

    def _called(self, name: str) -> str:
        return str(self._voices[name].identity)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A result, told apart from problems; it may be an empty list."""

    after: Result


def _may_pass(answer: Reply | TeacherError | None) -> bool:
    """Whether it is a failure after which the same teacher may answer another time."""
    return isinstance(answer, TeacherError) and not isinstance(answer, Refused)


def _again(request: Request, reply: Reply) -> Request:
    """The request with which to ask again: with twice the room if the reply was cut off, as it would be again."""
    room = request.max_tokens
    if reply.finish_reason == "length" and room is not None:
        room *= 2
    return request.again(room)


def times(number: int) -> str:
    """``once``, ``twice``, ``3 times`` ..."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
