"""Enriching a tree: examples for each task, until there are as many as wanted or the teacher has no new ones.

Level by level from the root, because a task's demonstrations are drawn from the task above, which must have all of its
examples by then. All tasks of a level are asked at once, each for as many batches as it lacks; but a task must prove
itself first: in the beginning it is asked only as often as it may fail, and then twice as often as so far.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from pydantic import Field

from tunesmith.errors import RunError, TeacherError, Unreadable
from tunesmith.teacher import Request
from tunesmith.teacher.teacher import Answer

from .asking import Asking, Manner
from .endings import FAILED, NO_MORE, TOO_MANY, Outcome, nothing_left
from .reading import read_drafts, says_nothing_more
from .rounds import Entry, Round, Work, reply_of, sort_drafts, unreadable, where_of
from .tree import Task

_NO_MORE = re.compile(
    r"\b(?:no|any)\s+(?:more|further|other|new|additional)\s+(?:new\s+)?examples?\b|没有(?:更多|新|其他)的?(?:示例|例子|样例)",
    re.I,
)
_SHORT = 300  # characters: a teacher that has no more says so, and nothing else


class Enrich(Manner):
    """Settings of an enrichment."""

    examples: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (50,),
        min_length=1,
        description="Examples a task shall have, by depth from the root on; the last number holds for deeper ones.",
    )
    batch: int = Field(10, ge=1, description="Examples to ask for in one request.")
    max_requests: int | None = Field(None, ge=0, description="Most requests for examples, over the life of the tree.")
    fruitless: int = Field(3, ge=1, description="Requests in a row without a new example before a task is left alone.")

    def wanted_at(self, depth: int) -> int:
        """How many examples a task at this depth shall have."""
        return self.examples[min(depth, len(self.examples) - 1)]


def enrich(work: Work, asking: Asking, settings: Enrich) -> Outcome:
    """Ask for examples of every task that is not pruned.

    Args:
        work: The tree, which is changed, the teacher, and who keeps and watches.
        asking: Builds the requests.
        settings: How many.

    Raises:
        RunError: The teacher stopped answering, or answered nothing at all; what came before is in the tree, and the
            same call goes on.
    """
    return _Enrichment(work, asking, settings).run()


@dataclass(slots=True)
class _Counts:
    requests: int = 0
    examples: int = 0
    refused: int = 0


class _Enrichment:
    """One call's work."""

    def __init__(self, work: Work, asking: Asking, settings: Enrich) -> None:
        self.work, self.asking, self.settings, self.tree = work, asking, settings, work.tree
        self.new = _Counts()
        self.cap = ""
        self.failures: list[str] = []
        for task in self.tree.tasks():
            if task.enriched.ended.startswith(FAILED):
                task.enriched.ended = ""

    def run(self) -> Outcome:
        """Level by level, until nothing is left to ask."""
        depth, deepest = 0, max(task.depth for task in self.tree.tasks())
        while depth <= deepest and not self.cap:
            capped = self.settings.max_requests is not None
            new = Round(f"examples, depth {depth}", partial(self._lacking, depth), self._still, apart=capped)
            if not self.work.round("enrich", new, self._ask, self._take):
                depth += 1
        if self.failures and not self.new.requests:
            raise RunError(f"no request was answered: {self.failures[-1]}; the same command asks again")
        return Outcome(self.cap or self._all_done(), self.new.requests, self.new.examples, self.new.refused)

    def _missing(self, task: Task) -> int:
        """How many examples a task lacks."""
        missing = self.settings.wanted_at(task.depth) - len(task.examples)
        return 0 if task.pruned or task.enriched.ended else max(0, missing)

    def _lacking(self, depth: int) -> list[Entry]:
        """Which tasks to ask about: from which request on, how often, and how many examples they lack."""
        entries: list[Entry] = []
        for task in self.tree.tasks():
            progress, missing = task.enriched, self._missing(task)
            if task.depth == depth and missing:
                untried = self.settings.fruitless - progress.fruitless
                most = untried if progress.fruitless else max(untried, 2 * progress.requests)
                entries.append([task.name, progress.requests, min(-(-missing // self.settings.batch), most), missing])
        return entries

    def _still(self, todo: list[tuple[Task, Entry]]) -> list[Entry]:
        """What is left of a round, as far as the cap lets us ask."""
        entries: list[Entry] = []
        most = self.settings.max_requests
        left = None if most is None else max(0, most - sum(task.enriched.requests for task in self.tree.tasks()))
        for task, (_, start, number, missing) in todo:
            # The tree's file may be older than the task's: what was taken of this round is not asked for again.
            first = max(start, task.enriched.requests)
            missing -= (first - start) * self.settings.batch
            wanted = 0 if task.pruned else start + number - first
            if wanted > 0 and left == 0:
                self.cap = f"the cap of {most:,} requests is reached" if not entries else ""
                break
            if wanted > 0:
                wanted = wanted if left is None else min(wanted, left)
                left = None if left is None else left - wanted
                entries.append([task.name, first, wanted, missing])
        return entries

    def _ask(self, task: Task, entry: Entry) -> list[Request]:
        _, first, number, missing = entry
        batch = self.settings.batch
        sizes = (max(1, min(batch, missing - place * batch)) for place in range(number))
        return [self.asking.examples(task, size, first + place) for place, size in enumerate(sizes)]

    def _take(self, task: Task, answers: list[Answer]) -> bool:
        for answer in answers:
            self._take_one(task, answer)
        return True

    def _take_one(self, task: Task, answer: Answer) -> None:
        progress, key = task.enriched, getattr(answer, "key", "")
        progress.requests += 1
        try:
            reply = reply_of(answer)
            drafts = read_drafts(reply.text, reply.finish_reason == "length")
            checks, where = self.asking.domain.checks, where_of(task)
            examples, refused = sort_drafts(drafts, checks, key, self.work.seen, where)
        except Unreadable as error:
            text = getattr(answer, "text", "")
            examples, refused = [], [unreadable(error, answer)]
            if len(text) < _SHORT and (_NO_MORE.search(text) or says_nothing_more(text)):
                progress.ended, refused = NO_MORE, []
        except TeacherError as error:
            progress.ended = f"{FAILED}{error}"
            self.failures.append(str(error))
            return
        progress.fruitless = 0 if examples else progress.fruitless + 1
        room = max(0, self.settings.wanted_at(task.depth) - len(task.examples))
        refused += [{"why": TOO_MANY, **example} for example in examples[room:]]
        examples = examples[:room]
        task.examples += examples
        task.refuse(key, refused)
        self.new = replace(
            self.new,
            requests=self.new.requests + 1,
            examples=self.new.examples + len(examples),
            refused=self.new.refused + len(refused),
        )
        if progress.fruitless >= self.settings.fruitless and progress.ended in (
            "",
            _nothing_new(progress.fruitless - 1),
        ):
            progress.ended = _nothing_new(progress.fruitless)

    def _all_done(self) -> str:
        tasks = [task for task in self.tree.tasks() if not task.pruned]
        ends = [task.enriched.ended for task in tasks if task.enriched.ended]
        return nothing_left("every task has its examples", len(tasks), ends, "given up for bringing nothing new")


def _nothing_new(requests: int) -> str:
    return f"nothing new in {requests} requests in a row"
