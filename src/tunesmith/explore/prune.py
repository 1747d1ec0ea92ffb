"""What is left out of a tree's data: tasks that are named alike, and within a task instructions that are alike.

Both are the greedy filter of Explore-Instruct, see ``curate/near_duplicates.py``. Nothing is thrown away: a pruned
task keeps its examples, and a filtered example stays in its task's file with what it resembles, so that either can be
done again with another threshold.
"""

from __future__ import annotations

from tunesmith.curate.near_duplicates import find_near_duplicates
from tunesmith.curate.rouge import Tokenizer

from .asking import text_of
from .tree import Example, Task, Tree

BY_HAND = "hand"

_OWN = "before"  # fields of these names that an example had before it was put aside
_WHY = ("resembles", "score", "position", _OWN)


def prune(tree: Tree, threshold: float = 0.7, tokenizer: Tokenizer = "rouge") -> list[Task]:
    """Mark the tasks whose title resembles that of a task that comes before it, level by level.

    What was pruned before is judged anew, except for tasks that a person put on the list of pruned ones. A pruned
    task's subtasks are judged by their own titles. The root always stays.

    Args:
        tree: The tree.
        threshold: A task is pruned if its ROUGE-L with a kept one exceeds this.
        tokenizer: What a word is.

    Returns:
        The pruned tasks, in their order, those pruned by hand left out.

    Raises:
        UsageError: The threshold is not between 0 and 1.
    """
    tasks = [task for task in tree.tasks() if task.pruned.get("by") != BY_HAND]
    pruned = []
    for task, match in zip(
        tasks, find_near_duplicates([task.title for task in tasks], threshold, tokenizer=tokenizer), strict=True
    ):
        task.pruned = {}
        if match is not None and task is not tree.root:
            task.pruned = {"resembles": tasks[match.row].name, "score": round(match.score, 4)}
            pruned.append(task)
    return pruned


def filter_examples(task: Task, threshold: float = 0.7, tokenizer: Tokenizer = "rouge") -> int:
    """Put aside the examples of a task whose instruction resembles that of an earlier one.

    What was put aside before is judged anew, in its old place.

    Args:
        task: The task.
        threshold: An example is put aside if its ROUGE-L with a kept one exceeds this.
        tokenizer: What a word is.

    Returns:
        How many were put aside.

    Raises:
        UsageError: The threshold is not between 0 and 1.
    """
    examples = all_examples(task)
    texts = [text_of(example, "instruction") for example in examples]
    kept: list[Example] = []
    aside: list[Example] = []
    for position, (example, match) in enumerate(
        zip(examples, find_near_duplicates(texts, threshold, tokenizer=tokenizer), strict=True)
    ):
        if match is None:
            kept.append(example)
        else:
            why = {"resembles": texts[match.row], "score": round(match.score, 4), "position": position}
            own = {name: example[name] for name in _WHY if name in example}
            aside.append({**example, **why, **({_OWN: own} if own else {})})
    task.examples, task.filtered = kept, aside
    return len(aside)


def all_examples(task: Task) -> list[Example]:
    """A task's examples, with those that were put aside in their old places."""
    return [_bare(example) if is_aside else example for example, is_aside in in_order(task)]


def in_order(task: Task) -> list[tuple[Example, bool]]:
    """All examples of a task in their old places, each with whether it was put aside."""
    examples = [(example, False) for example in task.examples]
    for example in sorted(task.filtered, key=_position):
        # After a person has removed some, there are fewer places.
        examples.insert(min(_position(example), len(examples)), (example, True))
    return examples


def _bare(example: Example) -> Example:
    own = example.get(_OWN)
    own = own if isinstance(own, dict) else {}
    return {name: own.get(name, value) for name, value in example.items() if name not in _WHY or name in own}


def _position(example: Example) -> int:
    found = example.get("position")
    return found if isinstance(found, int) and found >= 0 else 1 << 30
