"""Self-Instruct within a domain: the same teacher, checks and number of requests, and no tree.

What exploring is compared with. Each request shows examples drawn from all that were found so far, and what resembles
none of them joins them (Y. Wang et al., "Self-Instruct", 2022; "domain-aware" in Explore-Instruct).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tunesmith.curate.near_duplicates import NearDuplicates
from tunesmith.curate.rouge import Tokenizer
from tunesmith.errors import RunError, TeacherError, Unreadable
from tunesmith.explore.asking import Asking, text_of
from tunesmith.explore.reading import read_drafts
from tunesmith.explore.rounds import reply_of, sort_drafts
from tunesmith.explore.tree import Example
from tunesmith.rows import Row
from tunesmith.teacher import Request, Teacher, Watch
from tunesmith.teacher.teacher import Answer

from .engine import ask_on

ALIKE = 0.7
"""ROUGE-L above which an example is not new, as published."""

AT_ONCE = 32
"""Most requests under way; so many are shown the seeds alone."""

_USUAL = 150  # tokens of a usual example, as in a rehearsal


@dataclass(slots=True)
class SelfInstructed:
    """What Self-Instruct brought.

    Attributes:
        rows: The examples, the seeds first; those that a teacher wrote have its ``reply``.
        requests: How many requests were sent.
        unanswered: Requests to which no reply came.
        unreadable: Replies of which nothing could be read.
        refused: Examples that the domain's checks did not let pass.
        alike: Examples that resembled an earlier one.
        failure: Why the latest of the unanswered requests was not answered.
    """

    rows: list[Row]
    requests: int = 0
    unanswered: int = 0
    unreadable: int = 0
    refused: int = 0
    alike: int = 0
    failure: str = ""


def self_instruct(
    teacher: Teacher,
    asking: Asking,
    seeds: Iterable[Example],
    requests: int,
    batch: int = 10,
    tokenizer: Tokenizer = "rouge",
    watch: Watch | None = None,
) -> SelfInstructed:
    """Ask for examples of a domain, so often.

    Args:
        teacher: Who writes them.
        asking: Builds the requests; its domain says what is asked for, and checks it.
        seeds: The examples to begin with.
        requests: How many requests to send.
        batch: Examples to ask for in one.
        tokenizer: What a word is where examples are held against each other.
        watch: Told how it gets on.

    Raises:
        RunError: The teacher stopped answering, or answered nothing at all; the same call goes on.
    """
    pool: list[Example] = list(seeds)
    brought = SelfInstructed([], requests)
    index = NearDuplicates(ALIKE, tokenizer)
    for seed in pool:
        index.add(text_of(seed, "instruction"), must_stay=True)
    if watch is not None:
        watch.step("self-instruct", requests, teacher, "requests")

    def request(number: int) -> Request:
        return _request(asking, pool, batch, number)

    for _, answer in ask_on(teacher, request, lambda taken: min(AT_ONCE, requests - taken)):
        found = _read(answer, asking, brought)
        new = [example for example in found if index.add(text_of(example, "instruction")) is None]
        brought.alike += len(found) - len(new)
        pool += new
        if watch is not None:
            watch.row()
    if brought.failure and brought.unanswered == requests:
        raise RunError(f"no request was answered: {brought.failure}; the same command asks again")
    brought.rows = [{"id": f"self_instruct.{number}", **example} for number, example in enumerate(pool, 1)]
    return brought


def foretell(asking: Asking, seeds: Sequence[Example], requests: int, batch: int = 10) -> Iterator[tuple[Request, int]]:
    """What `self_instruct` will ask, with how many tokens a reply will usually have; as if nothing new were found."""
    for number in range(requests):
        yield _request(asking, seeds, batch, number), batch * _USUAL


def _request(asking: Asking, pool: Sequence[Example], batch: int, number: int) -> Request:
    """Ask for more of the domain as a whole, showing examples from all over the pool."""
    draw = Random(f"{asking.manner.seed} self-instruct {number}")
    return asking.of_domain(draw.sample(pool, min(asking.manner.demonstrations, len(pool))), batch, number)


def _read(answer: Answer, asking: Asking, brought: SelfInstructed) -> list[Example]:
    """What can be taken of a reply; the rest is counted."""
    try:
        reply = reply_of(answer)
        drafts = read_drafts(reply.text, reply.finish_reason == "length")
    except Unreadable:
        brought.unreadable += 1
        return []
    except TeacherError as error:
        brought.unanswered += 1
        brought.failure = str(error)
        return []
    taken, refused = sort_drafts(drafts, asking.domain.checks, reply.key, {}, "")
    brought.refused += len(refused)
    return taken
