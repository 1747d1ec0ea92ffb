"""What an exploration will ask, found by playing it through with made-up replies; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any, TypeVar, cast

from tunesmith.errors import UsageError
from tunesmith.teacher import Conversation, Reply, Request, Teacher

from .asking import Asking, Manner
from .domain import Domain
from .enrich import Enrich, enrich
from .extend import Extend, extend
from .rounds import Work
from .tree import Task, Tree

T = TypeVar("T")

_EXAMPLE = 150  # tokens of a usual example, with its input
_SUBTASK = 40  # tokens of a usual name and reason

MOST = 20_000
"""Requests of a rehearsal; a tree that never ends would be rehearsed for ever."""

Asked = tuple[Request, int]
"""A request, and how many tokens its reply will usually have."""


def rehearse(tree: Tree, domain: Domain, settings: Iterable[Extend | Enrich]) -> tuple[Tree, list[list[Asked]]]:
    """Play through what these settings ask for, one after the other, every reply bringing what it was asked for.

    Args:
        tree: The tree as it is; it is not changed.
        domain: Its domain.
        settings: What would be done.

    Returns:
        The tree as it would be, with made-up tasks and examples, and the requests of each of the settings.

    Raises:
        UsageError: They would be too many to count.
    """
    tree = deepcopy(tree)
    names = (f"made-up task {number}" for number in count())
    asked = []
    for one in settings:
        stand_in = _StandIn(_Counting(domain, one), names)
        work = Work(tree, cast(Teacher, stand_in))
        if isinstance(one, Extend):
            extend(work, stand_in.asking, one)
        else:
            enrich(work, stand_in.asking, one)
        asked.append(stand_in.asked)
    return tree, asked


class _Counting(Asking):
    """Remembers what each request is for."""

    def __init__(self, domain: Domain, manner: Manner) -> None:
        super().__init__(domain.model_copy(update={"checks": type(domain.checks)()}), manner)
        self.wanted: dict[int, tuple[int, int]] = {}

    def subtasks(self, task: Task, wanted: int, each: int, most: int, number: int) -> Request:
        return self._note(super().subtasks(task, wanted, each, most, number), wanted, each)

    def branches(self, task: Task, wanted: int, each: int, most: int, number: int) -> Request:
        return self._note(super().branches(task, wanted, each, most, number), wanted, each)

    def examples(self, task: Task, wanted: int, number: int) -> Request:
        return self._note(super().examples(task, wanted, number), 0, wanted)

    def _note(self, request: Request, subtasks: int, examples: int) -> Request:
        self.wanted[id(request)] = (subtasks, examples)
        return request


class _StandIn:
    """In the teacher's place: brings exactly what is asked for."""

    def __init__(self, asking: _Counting, names: Iterator[str]) -> None:
        self.asking = asking
        self.asked: list[Asked] = []
        self._names = names

    def converse(self, talks: Iterable[Conversation[T]]) -> Iterator[T]:
        """See `Teacher.converse`."""
        for talk in talks:
            answers: list[Any] | None = None
            while True:
                try:
                    requests = next(talk) if answers is None else talk.send(answers)
                except StopIteration as end:
                    yield end.value
                    break
                answers = [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Reply:
        if len(self.asked) >= MOST:
            raise UsageError(
                f"this would ask more than {MOST:,} requests, and is not played through to the end; "
                "set less breadth or depth, or a cap on tasks or requests"
            )
        subtasks, examples = self.asking.wanted.pop(id(request))
        self.asked.append((request, (subtasks or 1) * (examples * _EXAMPLE + (_SUBTASK if subtasks else 0))))
        blocks = [self._examples(examples)] if not subtasks else []
        for _ in range(subtasks):
            blocks.append(
                f"Subtask: {next(self._names)}\nReason: {'word ' * 25}\nExamples:\n{self._examples(examples)}"
            )
        return Reply("###\n" + "\n###\n".join(blocks) + "\n###", key="rehearsal")

    def _examples(self, number: int) -> str:
        return "\n".join(
            f"{n}. Instruction: Do the {next(self._names)}\nInput: {'word ' * 60}\nOutput: {'word ' * 60}"
            for n in range(1, number + 1)
        )
