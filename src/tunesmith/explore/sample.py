"""Rows from a tree: all of them, or a draw in which each task has its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.curate.sample import size_of, stratified
from tunesmith.errors import DataError
from tunesmith.rows import Row

from .asking import text_of
from .prune import in_order
from .tree import Example, Task, Tree

CAP = 500
"""Most examples of one task, as published."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What was drawn.

    Attributes:
        rows: The rows, task by task in level order, each task's in their order.
        available: How many there were to draw from, no task counting more than the cap.
        pruned: How many tasks were left out for being pruned.
        deeper: How many tasks were left out for being too deep.
        over: How many examples were left out because their task has more than the cap.
        unanswered: How many were left out for want of an output.
    """

    rows: list[Row]
    available: int
    pruned: int
    deeper: int
    over: int
    unanswered: int


def sample(
    tree: Tree,
    n: int | None = None,
    max_depth: int | None = None,
    cap: int = CAP,
    seed: int = 0,
    with_pruned: bool = False,
) -> Draw:
    """Draw examples from the tasks in proportion to how many they have; see `curate.sample.stratified`.

    The published program draws from pruned tasks too and fills up from the root; this one does neither.

    Args:
        tree: The tree.
        n: How many in all; as many as there are if left out or if there are fewer.
        max_depth: Leave out tasks deeper than this.
        cap: Most examples of one task.
        seed: Of the draw.
        with_pruned: Draw from pruned tasks as well.

    Raises:
        DataError: Two examples have the same id, which a person must have written.
    """
    tasks = tree.tasks()
    deep = {task for task in tasks if max_depth is not None and task.depth > max_depth}
    pruned = {task for task in tasks if task.pruned and not with_pruned} - deep
    taken = [task for task in tasks if task not in deep and task not in pruned]
    rows = [row for task in taken for row in rows_of(task)]
    _see_that_ids_differ(rows)
    counts = Counter(row["task"] for row in rows)
    available = sum(min(number, cap) for number in counts.values())
    size = size_of(available if n is None else n)
    drawn = [row for row, reason in stratified(rows, size, seed, "task", cap) if not reason]
    unanswered = sum(len(task.examples) for task in taken) - len(rows)
    return Draw(drawn, available, len(pruned), len(deep), len(rows) - available, unanswered)


def _see_that_ids_differ(rows: list[Row]) -> None:
    """Ids that people wrote may be the same; then no command could read the data set."""
    seen: dict[str, Row] = {}
    for row in rows:
        other = seen.setdefault(str(row["id"]), row)
        if other is not row:
            where = f"in the tasks {other['task']!r} and {row['task']!r}"
            raise DataError(f"two examples have the id {row['id']!r}, {where}; remove one of the ids")


def rows_of(task: Task) -> Iterator[Row]:
    """A task's examples that count, as rows that say where in the tree they stand; one without an output does not."""
    for number, (example, is_aside) in enumerate(in_order(task)):
        if not is_aside and is_answered(example):
            yield row_of(task, number, example)


def is_answered(example: Example) -> bool:
    """Whether it has an output; what people wrote may have none."""
    return bool(text_of(example, "output").strip())


def row_of(task: Task, number: int, example: Example) -> Row:
    """An example as a row.

    Args:
        task: Its task.
        number: Its place among all of the task's examples, those put aside included, so that it stays the same.
        example: The example.
    """
    fields = {name: text_of(example, name) for name in ("instruction", "input", "output")}
    place = {"task": task.name, "path": task.path, "depth": task.depth}
    more = {name: value for name, value in example.items() if name not in fields and name not in place}
    return {"id": f"{task.name}.{number + 1}", **fields, **place, **more}


def all_rows(tree: Tree) -> Iterator[Row]:
    """All examples that count, level by level, those of pruned tasks left out."""
    for task in tree.tasks():
        if not task.pruned:
            yield from rows_of(task)
