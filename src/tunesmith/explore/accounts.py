"""The fate of everything that a teacher proposed: each example and each subtask, taken or not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .endings import FAILED
from .prune import in_order
from .sample import is_answered, row_of
from .tree import Task, Tree

Entry = dict[str, Any]
"""``row``, ``step``, ``fate`` (``added``, ``dropped`` or ``refused``), ``task``, ``reason`` and ``replies``."""


def accounts(tree: Tree) -> Iterator[Entry]:
    """An entry for each example that was taken, and for each proposal that was not.

    ``added`` are the examples that count; ``dropped`` those that were taken and then left out, because they resemble
    another, have no output, or their task is pruned; ``refused`` what never was an example or a task of the tree, and
    requests that got no answer.
    """
    for task in tree.tasks():
        yield from _taken(task)
        for number, refusal in enumerate(task.refused, 1):
            yield _entry(f"{task.name}.refused.{number}", task, "refused", refusal)
        for what, end in (("subtasks", task.lookahead.ended), ("examples", task.enriched.ended)):
            if end.startswith(FAILED):
                failed = _entry(f"{task.name}.{what}", task, "refused", {"why": end, "kind": "the teacher failed"})
                yield {**failed, "unanswered": True}


def _taken(task: Task) -> Iterator[Entry]:
    pruned = why_pruned(task)
    for number, (example, is_aside) in enumerate(in_order(task)):
        row = row_of(task, number, example)
        if is_aside:
            like, score = example.get("resembles"), example.get("score")
            why = {"why": f"resembles {like!r}, ROUGE-L {score}", "kind": "resembles another"}
            yield _entry(row["id"], task, "dropped", {**row, **why})
        elif not is_answered(example):
            yield _entry(row["id"], task, "dropped", {**row, "why": "no output"})
        elif pruned:
            yield _entry(row["id"], task, "dropped", {**row, "why": f"its task is {pruned}", "kind": "pruned task"})
        else:
            yield _entry(row["id"], task, "added", row)


def why_pruned(task: Task) -> str:
    """Why a task is pruned, in words; empty if it is not."""
    if not task.pruned:
        return ""
    if "resembles" in task.pruned:
        return f"pruned: resembles the task {task.pruned['resembles']}, ROUGE-L {task.pruned.get('score')}"
    return "pruned by hand"


def _entry(row: str, task: Task, fate: str, facts: dict[str, Any]) -> Entry:
    reply = facts.get("reply")
    what = {name: facts.get(name) for name in ("kind", "instruction", "input", "output", "text")}
    if "task" in facts and fate == "refused":
        what["subtask"] = facts["task"]
    if fate == "added":
        what = {}  # the example itself stands in the tree
    entry: Entry = {"row": row, "step": "explore", "fate": fate, "task": task.name, "reason": facts.get("why")}
    entry |= {**what, "replies": [reply] if reply else None}
    return {name: value for name, value in entry.items() if value not in (None, "")}
