"""Self-Instruct within a domain: the same teacher, checks and number of requests, and no tree.

What exploring is compared with. Each request shows examples drawn from all that were found so far, and what resembles
none of them joins them (Y. Wang et al., "Self-Instruct", 2022; "domain-aware" in Explore-Instruct).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from tunesmith.curate.near_duplicates import NearDuplicates
from tunesmith.errors import TeacherError, Unreadable
from tunesmith.rows import Row
from tunesmith.teacher import Conversation, Request, Teacher, Watch
from tunesmith.teacher.teacher import Answer

from .asking import Asking, text_of
from .reading import read_drafts
from .rounds import reply_of, sort_drafts
from .tree import Example, new_tree

ALIKE = 0.7
"""ROUGE-L above which an example is not new, as published."""

AT_ONCE = 32
"""Requests that are shown the same pool: asked at once, so that the order of replies makes no difference."""


@dataclass(slots=True)
class SelfInstructed:
    """What Self-Instruct brought.

    Attributes:
        rows: The examples, the seeds first.
        requests: How many requests were sent.
        unreadable: Replies of which nothing could be read, or that did not come.
        refused: Examples that the domain's checks did not let pass.
        alike: Examples that resembled an earlier one.
    """

    rows: list[Row]
    requests: int = 0
    unreadable: int = 0
    refused: int = 0
    alike: int = 0


def self_instruct(
    teacher: Teacher,
    asking: Asking,
    seeds: Iterable[Example],
    requests: int,
    batch: int = 10,
    watch: Watch | None = None,
) -> SelfInstructed:
    """Ask for examples of a domain, so often.

    Args:
        teacher: Who writes them.
        asking: Builds the requests; its domain says what is asked for, and checks it.
        seeds: The examples to begin with.
        requests: How many requests to send.
        batch: Examples to ask for in one.
        watch: Told how it gets on.

    Raises:
        RunError: The teacher stopped answering; the same call goes on.
    """
    pool: list[Example] = list(seeds)
    brought = SelfInstructed([], requests)
    index = NearDuplicates(ALIKE)
    for seed in pool:
        index.add(text_of(seed, "instruction"), must_stay=True)
    if watch is not None:
        watch.step("self-instruct", requests, teacher, "requests")
    for first in range(0, requests, AT_ONCE):
        found: list[Example] = []
        numbers = range(first, min(first + AT_ONCE, requests))
        for answer in teacher.converse(_talk(_request(asking, pool, batch, number)) for number in numbers):
            found += _read(answer, asking, brought)
            if watch is not None:
                watch.row()
        new = [example for example in found if index.add(text_of(example, "instruction")) is None]
        brought.alike += len(found) - len(new)
        pool += new
    brought.rows = [{"id": f"self_instruct.{number}", **example} for number, example in enumerate(pool, 1)]
    return brought


def _request(asking: Asking, pool: list[Example], batch: int, number: int) -> Request:
    """Ask for more of the domain as a whole, showing examples from all over the pool."""
    draw = Random(f"{asking.manner.seed} self-instruct {number}")
    shown = draw.sample(pool, min(asking.manner.demonstrations, len(pool)))
    root = new_tree(asking.domain.title, shown, asking.domain.reason).root
    return asking.examples(root, batch, number)


def _talk(request: Request) -> Conversation[Answer]:
    answers = yield [request]
    return answers[0]


def _read(answer: Answer, asking: Asking, brought: SelfInstructed) -> list[Example]:
    """What can be taken of a reply; the rest is counted."""
    try:
        reply = reply_of(answer)
        drafts = read_drafts(reply.text, reply.finish_reason == "length")
    except (Unreadable, TeacherError):
        brought.unreadable += 1
        return []
    taken, refused = sort_drafts(drafts, asking.domain.checks, reply.key, set())
    brought.refused += len(refused)
    return taken
