"""The tree: a domain taken apart into tasks, each with a reason, examples and the tasks beneath it.

A task knows how far it has been explored, what was proposed for it and refused, and which of its examples were put
aside, so that the tree alone tells the whole story and any command can go on where another stopped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .names import name_of

DEEPEST = 100
"""Deepest task; a tree is read and written by functions that call themselves, and JSON cannot be nested much deeper."""

Example = dict[str, Any]
"""``instruction``, ``input``, ``output``, the key of the ``reply`` that it was read from, and what else was there."""


@dataclass(slots=True)
class Progress:
    """How far one kind of asking about a task has come.

    Attributes:
        requests: How many requests have been asked and dealt with.
        fruitless: How many of the latest in a row brought nothing.
        ended: Why nothing more is asked; empty as long as something is.
    """

    requests: int = 0
    fruitless: int = 0
    ended: str = ""


@dataclass(eq=False, slots=True)
class Task:
    """A task.

    Attributes:
        name: Unique in the tree, and safe as a file's name.
        title: What people call it.
        reason: Why it belongs to the task above it.
        examples: Those that count.
        parent: The task above, if there is one.
        children: The subtasks, in the order in which they were found.
        file: Name of the file in which it is kept.
        reply: Key of the reply that proposed it; empty for a root and for what people wrote.
        found_by: ``lookahead`` or ``backtracking``, likewise.
        lookahead: How far it has been asked for subtasks.
        backtracks: How often it has been gone back to for branches that were missing.
        enriched: How far it has been asked for examples.
        refused: What the teacher proposed and was not taken: ``why``, ``reply``, and a ``task`` or an example's fields.
        filtered: Examples put aside for resembling another: their fields, with ``resembles``, ``score``, ``position``.
        pruned: Why its examples are left out of the data set: the task it ``resembles``, and the ``score``.
        more: What else stood in its entry in the tree's file and in its own, kept as it is.
    """

    name: str
    title: str
    reason: str = ""
    examples: list[Example] = field(default_factory=list)
    parent: Task | None = None
    children: list[Task] = field(default_factory=list)
    file: str = ""
    reply: str = ""
    found_by: str = ""
    lookahead: Progress = field(default_factory=Progress)
    backtracks: int = 0
    enriched: Progress = field(default_factory=Progress)
    refused: list[dict[str, Any]] = field(default_factory=list)
    filtered: list[Example] = field(default_factory=list)
    pruned: dict[str, Any] = field(default_factory=dict)
    more: tuple[dict[str, Any], dict[str, Any]] = field(default_factory=lambda: ({}, {}))

    @property
    def depth(self) -> int:
        """How many tasks stand above it; 0 for the root."""
        return sum(1 for _ in self.ancestors())

    @property
    def path(self) -> list[str]:
        """The titles from the root to itself."""
        return [*(task.title for task in reversed([*self.ancestors()])), self.title]

    @property
    def siblings(self) -> list[Task]:
        """The other tasks beneath the one above."""
        return [] if self.parent is None else [task for task in self.parent.children if task is not self]

    def ancestors(self) -> Iterator[Task]:
        """The tasks above, the nearest first."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def refuse(self, reply: str, refusals: Iterable[dict[str, Any]]) -> None:
        """Note what was not taken of a reply, in place of what was noted of it before."""
        kept = [refusal for refusal in self.refused if refusal.get("reply") != reply]
        self.refused = kept + [{**refusal, "reply": reply} for refusal in refusals]


@dataclass(eq=False, slots=True)
class Tree:
    """A domain's tasks.

    Attributes:
        root: The domain itself.
        state: What the whole tree remembers: its domain, settings, and where an exploration stands.
    """

    root: Task
    state: dict[str, Any] = field(default_factory=dict)
    _taken: tuple[set[str], set[str]] | None = None  # names of tasks and of files, once one was added

    def tasks(self) -> list[Task]:
        """All tasks, level by level, each level in its order."""
        found = [self.root]
        for task in found:
            found += task.children  # the list grows while it is gone through
        return found

    def by_name(self) -> dict[str, Task]:
        """All tasks by name."""
        return {task.name: task for task in self.tasks()}

    def add(self, parent: Task, title: str, reason: str, reply: str = "", found_by: str = "") -> Task:
        """A new task beneath another, with a name and a file of its own."""
        if self._taken is None:
            tasks = self.tasks()
            self._taken = {task.name for task in tasks}, _stems(tasks)
        names, files = self._taken
        task = Task(name_of(title, names), title, reason, parent=parent, reply=reply, found_by=found_by)
        stem = name_of(task.name, files)
        task.file = f"{stem}.json"
        names.add(task.name)
        files.add(stem)
        parent.children.append(task)
        return task


def new_tree(title: str, examples: Iterable[Example] = (), reason: str = "", reserved: Collection[str] = ()) -> Tree:
    """A tree of one task.

    Args:
        title: What the domain is called.
        examples: The task's examples.
        reason: What it is good for.
        reserved: Names that no task may have.
    """
    root = Task(name_of(title, reserved), title, reason, list(examples))
    root.file = f"{name_of(root.name, _stems([]))}.json"
    return Tree(root, _taken=({*reserved, root.name}, _stems([root])))


def file_key(file: str) -> str:
    """What two names of files have in common that some file systems take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", file).casefold())


def _stems(tasks: Iterable[Task]) -> set[str]:
    """Names of files that are taken, without their ending; also the tree's own."""
    return {file_key(task.file).removesuffix(".json") for task in tasks} | {
        "tree_meta_info",
        "pruned_subtasks_name",
    }
