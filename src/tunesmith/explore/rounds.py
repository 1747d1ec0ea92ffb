"""Asking about many tasks at once, so that a kill at any moment changes nothing in the tree that comes out.

A *round* is a list of tasks, kept in the tree's state until it is done. All of them are asked at once; what came of it
is taken in the order of the list, whatever came first, and the list grows shorter by one with each. What a task is
asked depends on nothing that another task of the same round brings. So a tree that was saved in the middle of a round
goes on exactly as it would have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from tunesmith.errors import Refused, Unreadable
from tunesmith.teacher import Conversation, Reply, Request, Teacher, Watch
from tunesmith.teacher.teacher import Answer

from .checks import Checks
from .reading import Draft
from .tree import Example, Task, Tree

_SHOWN = 2000  # characters of a reply that cannot be read

Keep = Callable[[Iterable[Task], bool], None]
"""Called with the tasks that changed, often, and whether to save them now or whenever it suits."""

Entry = list[Any]
"""A task of a round: its name, and what else must be known to ask the same after a kill."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Round:
    """A round that may have to be made.

    Attributes:
        label: What to call it on the screen.
        entries: Makes it.
        still: Which entries are still to be asked: the settings, a person's hand or a file that was saved later than
            the tree's may have changed that since the round was made.
        allowed: How many of these tasks, from the first on, may be asked now; the others wait in the round.
        done: Called when it is done, before that is saved.
        apart: Whether no saving may span this round and the next: a kill between the writing of two files would leave
            tasks of both, and a cap would be shared out otherwise.
    """

    label: str
    entries: Callable[[], list[Entry]]
    still: Callable[[list[tuple[Task, Entry]]], list[Entry]]
    allowed: Callable[[list[Task]], int] = len
    done: Callable[[], None] = _nothing
    apart: bool = False


@dataclass(slots=True)
class Work:
    """What every kind of asking works with: the tree, the teacher, and who is told."""

    tree: Tree
    teacher: Teacher
    keep: Keep = lambda changed, now: None
    watch: Watch | None = None
    replies: list[Reply] = field(default_factory=list)
    """What came, without the texts."""
    _seen: dict[Likeness, str] | None = None  # examples of the whole tree, once they are asked for
    _by_schema: bool | None = None  # whether the provider answers by a schema, once it is known

    def notice(self, text: str) -> None:
        """Tell the user."""
        if self.watch is not None:
            self.watch.notice(text)

    @property
    def seen(self) -> dict[Likeness, str]:
        """All examples of the tree, those put aside included, each with its task's path."""
        if self._seen is None:
            # Of two that are the same, the first one counts.
            tasks = reversed(self.tree.tasks())
            self._seen = {
                likeness(example): where_of(task) for task in tasks for example in (*task.examples, *task.filtered)
            }
        return self._seen

    def round(
        self,
        kind: str,
        new: Round,
        ask: Callable[[Task, Entry], list[Request]],
        take: Callable[[Task, list[Answer]], bool],
    ) -> bool:
        """Do a round, or as much of it as is allowed: the one that was interrupted, or a new one.

        Args:
            kind: Under which name the round stands in the tree's state.
            new: The round to do where none was interrupted.
            ask: What to ask about a task, and its entry.
            take: Takes what came; returns whether to go on with the round.

        Returns:
            Whether to come again: something was done, and nothing says to stop.
        """
        rounds = self.tree.state.setdefault("rounds", {})
        interrupted: list[Entry] = rounds.get(kind, [])
        known = self.tree.by_name()
        # A person may have removed a task.
        entries = [entry for entry in interrupted or new.entries() if entry and entry[0] in known]
        todo = rounds[kind] = new.still([(known[entry[0]], entry) for entry in entries])
        if not todo:
            self._over(kind, new)
            return bool(interrupted)
        now = todo[: new.allowed([known[entry[0]] for entry in todo])]
        if not now:
            return False
        if self.watch is not None:
            self.watch.step(new.label, len(now), self.teacher, "tasks")
        for task, answers in self._answers([(known[entry[0]], ask(known[entry[0]], entry)) for entry in now]):
            self.replies += [replace(answer, text="") for answer in answers if isinstance(answer, Reply)]
            go_on = take(task, answers)
            del todo[0]
            if not todo:
                self._over(kind, new)
            self.keep([task, *task.children], new.apart and not todo)
            if self.watch is not None:
                self.watch.row()
            if not go_on:
                return False
        return True

    def _answers(self, asked: list[tuple[Task, list[Request]]]) -> Iterator[tuple[Task, list[Answer]]]:
        """What came, task by task in their order."""
        talks = iter([self._talk(task, requests) for task, requests in asked])
        if self._by_schema is None and any(request.extra for request in asked[0][1]):
            # One task goes first: to many requests that a provider refuses, one after the other, the run would end.
            yield from self.teacher.converse(islice(talks, 1))
        yield from self.teacher.converse(talks)

    def _talk(self, task: Task, asked: list[Request]) -> Conversation[tuple[Task, list[Answer]]]:
        """Ask; and ask for text where the provider refuses to answer by a schema."""
        if self._by_schema is False:
            asked = [replace(request, extra={}) for request in asked]
        answers = yield asked
        with_schema = [n for n, request in enumerate(asked) if request.extra]
        refused = [n for n in with_schema if isinstance(answers[n], Refused)]
        if any(isinstance(answers[n], Reply) for n in with_schema):
            self._by_schema = True
        if refused:
            again = yield [replace(asked[n], extra={}) for n in refused]
            for n, answer in zip(refused, again, strict=True):
                answers[n] = answer
            if self._by_schema is None and any(isinstance(answer, Reply) for answer in again):
                self._by_schema = False
        return task, answers

    def _over(self, kind: str, which: Round) -> None:
        which.done()
        self.tree.state["rounds"].pop(kind, None)
        if not self.tree.state["rounds"]:
            del self.tree.state["rounds"]


class Saver:
    """Saves the tree now and then, and when the block ends, whatever ended it.

    Args:
        save: Called with the tasks that changed.
        every: Seconds between two savings.
    """

    def __init__(self, save: Callable[[Iterable[Task]], None], every: float = 1.0) -> None:
        self._save, self._every = save, every
        self._changed: dict[str, Task] = {}
        self._saved_at = time.monotonic()

    def __call__(self, changed: Iterable[Task], now: bool, /) -> None:
        """Note what changed; save if it is time."""
        self._changed |= {task.name: task for task in changed}
        if now or time.monotonic() - self._saved_at >= self._every:
            self.flush()

    def flush(self) -> None:
        """Save what changed."""
        changed, self._changed = self._changed, {}
        self._save(changed.values())
        self._saved_at = time.monotonic()


def reply_of(answer: Answer) -> Reply:
    """The reply, if it can be read.

    Raises:
        Unreadable: The provider withheld it, or ended it in a way that we do not know.
        TeacherError: There is none.
    """
    if not isinstance(answer, Reply):
        raise answer
    if answer.finish_reason in ("content_filter", "refusal"):
        raise Unreadable(f"withheld by the provider ({answer.finish_reason})")
    if answer.finish_reason not in ("stop", "length"):
        raise Unreadable(f"ended by {answer.finish_reason!r}")
    return answer


def fields_of(draft: Draft) -> Example:
    """An example as its teacher wrote it."""
    return {"instruction": draft.instruction, "input": draft.input, "output": draft.output}


def unreadable(error: Unreadable, answer: Answer) -> dict[str, Any]:
    """What to note of a reply that cannot be read; the whole of it is in the store."""
    text = answer.text if isinstance(answer, Reply) else ""
    return {"why": f"unreadable: {error}", "text": text if len(text) <= _SHOWN else text[:_SHOWN] + " [...]"}


def sort_drafts(
    drafts: Iterable[Draft], checks: Checks, reply: str, seen: dict[Likeness, str], where: str
) -> tuple[list[Example], list[dict[str, Any]]]:
    """The examples that can be taken, and those that cannot, with ``why``.

    Args:
        drafts: As the teacher wrote them.
        checks: What examples must be like.
        reply: Key of the reply.
        seen: Examples that are there already, each with where it stands; grows by those that are taken.
        where: Where these stand.
    """
    taken: list[Example] = []
    refused: list[dict[str, Any]] = []
    for draft in drafts:
        output = checks.mend(draft.output)
        example = {"instruction": draft.instruction, "input": draft.input, "output": output}
        why = draft.problem or checks.problem(draft.instruction, draft.input, output)
        if not why and likeness(example) in seen:
            other = seen[likeness(example)]
            why = "the same as an earlier example" + (f" ({other})" if other != where else "")
        if why:
            refused.append({"why": why, **example})
        else:
            seen[likeness(example)] = where
            taken.append({**example, "reply": reply})
    return taken, refused


Likeness = tuple[str, str]


def likeness(example: Example) -> Likeness:
    """What two examples have in common that ask the same; case and white space aside."""
    instruction, given = (
        " ".join(str(example.get(name) or "").casefold().split()) for name in ("instruction", "input")
    )
    return instruction, given


def where_of(task: Task) -> str:
    """Where a task stands, in words."""
    return " > ".join(task.path)
