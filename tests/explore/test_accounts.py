"""Every proposal is accounted for: what came in replies is what was added, dropped and refused."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from random import Random
from typing import Any, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.explore.teachers import DOMAIN, SEEDS, Asked, asked_in, moody, subtask
from tunesmith.errors import Refused, RunError, Unreadable
from tunesmith.explore import (
    Asking,
    Enrich,
    Extend,
    Tree,
    Work,
    accounts,
    enrich,
    extend,
    filter_examples,
    new_tree,
    prune,
)
from tunesmith.explore.reading import read_drafts, read_proposals
from tunesmith.teacher import Conversation, Reply, Request, Teacher

T = TypeVar("T")


class InPerson:
    """A teacher who answers at once, and remembers what was said."""

    def __init__(self, temper: Callable[[Asked, int], Any]) -> None:
        self._temper, self.said = temper, dict[str, tuple[Asked, Reply]]()

    def converse(self, talks: Iterable[Conversation[T]]) -> Iterator[T]:
        for talk in talks:
            try:
                asked = next(talk)
                while True:
                    asked = talk.send([self._answer(request) for request in asked])
            except StopIteration as end:
                yield end.value

    def _answer(self, request: Request) -> Reply | Refused:
        asked = asked_in(request.messages[-1].content)
        said = self._temper(asked, request.sample)
        if said is None:
            return Refused("too long")
        text, finish = (said, "stop") if isinstance(said, str) else said
        key = sha256(f"{asked.text}{request.sample}".encode("utf-8", "replace")).hexdigest()[:16]
        self.said[key] = asked, Reply(text, finish, key=key)
        return self.said[key][1]


def explored(temper: Callable[[Asked, int], Any], breadth: tuple[int, ...], examples: int) -> tuple[Tree, InPerson]:
    tree = new_tree("Writing letters", SEEDS[:5], "Why.")
    teacher = InPerson(temper)
    work = Work(tree, cast(Teacher, teacher))
    wide, many = Extend(breadth=breadth, backtrack=1, max_tasks=14), Enrich(examples=(examples,), batch=4)
    with suppress(RunError):  # where all that was asked was refused
        extend(work, Asking(DOMAIN, wide), wide)
    with suppress(RunError):
        enrich(work, Asking(DOMAIN, many), many)
    return tree, teacher


def in_replies(teacher: InPerson) -> Counter[str]:
    """How many examples each reply holds, by its key; of one that cannot be read, one thing to account for."""
    found: Counter[str] = Counter()
    for key, (asked, reply) in teacher.said.items():
        try:
            if reply.finish_reason not in ("stop", "length"):
                raise Unreadable("withheld")
            cut_off = reply.finish_reason == "length"
            if asked.kind == "enrich":
                found[key] = len(read_drafts(reply.text, cut_off))
            else:
                found[key] = sum(len(proposal.drafts) for proposal in read_proposals(reply.text, cut_off).found)
        except Unreadable:
            found[key] = 1
    return +found


def in_ledger(tree: Tree) -> tuple[Counter[str], Counter[str]]:
    """How many examples the ledger has of each reply, and how many subtasks that were refused."""
    entries = [entry for entry in accounts(tree) if entry.get("replies")]
    of_examples = Counter(entry["replies"][0] for entry in entries if "subtask" not in entry)
    return of_examples, Counter(entry["replies"][0] for entry in entries if "subtask" in entry)


tempers = st.tuples(st.integers(0, 10**6), st.sampled_from([(3,), (4, 2), (2, 2, 2)]), st.integers(0, 12))


@given(tempers, st.sampled_from([None, 0.3, 0.7]))
@settings(max_examples=25, deadline=None)
def test_examples_in_replies_are_those_added_dropped_and_refused(
    temper: tuple[int, tuple[int, ...], int], threshold: float | None
) -> None:
    seed, breadth, examples = temper

    def moods(asked: Asked, sample: int) -> Any:
        dice = Random(f"{seed}{asked.mark}{sample}")
        if dice.random() < 0.05:
            return None  # refused with HTTP 400
        said = moody(Asked(asked.kind, asked.task, asked.wanted, asked.each, f"{seed}{asked.text}{sample}"))
        if dice.random() < 0.2 and isinstance(said, str):
            return said.replace("Output: It is 1.", "Output:").replace(
                "Do the exercise", dice.choice(["Draw", "?", "Do the"])
            )
        return said

    tree, teacher = explored(moods, breadth, examples)
    if threshold is not None:
        prune(tree, threshold)
        for task in tree.tasks():
            filter_examples(task, threshold)
    of_examples, of_subtasks = in_ledger(tree)
    assert of_examples == in_replies(teacher)
    proposed = sum(
        len(read_proposals(reply.text, reply.finish_reason == "length").found)
        for key, (asked, reply) in teacher.said.items()
        if asked.kind != "enrich" and of_examples[key] + of_subtasks[key] and is_readable(reply)
    )
    assert proposed == len(tree.tasks()) - 1 + of_subtasks.total()


def is_readable(reply: Reply) -> bool:
    try:
        read_proposals(reply.text, reply.finish_reason == "length")
    except Unreadable:
        return False
    return reply.finish_reason in ("stop", "length")


@pytest.fixture
def tree() -> Tree:
    tree = new_tree("Root", SEEDS[:3])
    task = tree.add(tree.root, "Tone", "Moods.", reply="r1")
    task.examples = [{"instruction": "Do it now please.", "input": "", "output": "o", "reply": "r1"}] * 2
    task.refused = [{"why": "too short", "reply": "r2", "instruction": "Go", "input": "", "output": "x"}]
    return tree


def fates(tree: Tree) -> list[tuple[str, str, Any]]:
    return [(entry["row"], entry["fate"], entry.get("reason")) for entry in accounts(tree)]


def test_fates(tree: Tree) -> None:
    task = tree.root.children[0]
    added = [(f"root.{n}", "added", None) for n in (1, 2, 3)]
    refused = ("tone.refused.1", "refused", "too short")
    assert fates(tree) == [*added, ("tone.1", "added", None), ("tone.2", "added", None), refused]
    filter_examples(task)
    alike = ("tone.2", "dropped", "resembles 'Do it now please.', ROUGE-L 1.0")
    assert fates(tree) == [*added, ("tone.1", "added", None), alike, refused]
    task.pruned = {"resembles": "root", "score": 0.8}
    pruned = ("tone.1", "dropped", "its task is pruned: resembles the task root, ROUGE-L 0.8")
    assert fates(tree) == [*added, pruned, alike, refused]
    task.pruned = {"by": "hand"}
    assert ("tone.1", "dropped", "its task is pruned by hand") in fates(tree)


def test_entries_say_which_reply_and_what_was_not_taken(tree: Tree) -> None:
    *_, last = accounts(tree)
    assert last == {
        "row": "tone.refused.1", "step": "explore", "fate": "refused", "task": "tone", "reason": "too short",
        "instruction": "Go", "output": "x", "replies": ["r2"],
    }  # fmt: skip


def test_the_examples_of_a_subtask_that_is_refused_are_accounted_for() -> None:
    def twice(asked: Asked, sample: int) -> str:
        return "\n###\n".join(subtask(title, title * 8, asked.each) for title in ("Tone", "TONE"))

    tree, teacher = explored(twice, (2,), 0)
    of_examples, of_subtasks = in_ledger(tree)
    assert of_examples == in_replies(teacher)
    assert of_subtasks.total() == sum(1 for asked, _ in teacher.said.values() if asked.kind == "extend") * 2 - 1 + 2
