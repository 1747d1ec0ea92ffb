"""Growing a set of tasks from seeds: what joins, what does not and why, and when it is over.

Y. Wang et al., "Self-Instruct: Aligning Language Models with Self-Generated Instructions", 2022, in the manner of R.
Taori et al., "Alpaca", 2023: a task joins if the ROUGE-L of its instruction with no seed and no task that joined before
exceeds a threshold, tried one after the other in the order of the requests.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from tunesmith.curate.near_duplicates import Engine, NearDuplicates
from tunesmith.curate.neighbours import nearest_neighbours
from tunesmith.curate.rouge import Match, Tokenizer
from tunesmith.errors import RunError, TeacherError, Unreadable
from tunesmith.explore.asking import is_head, text_of
from tunesmith.explore.checks import Checks, kind_of
from tunesmith.explore.rounds import reply_of, sort_drafts, unreadable
from tunesmith.explore.tree import Example
from tunesmith.teacher import Reply, Request, Teacher
from tunesmith.teacher.teacher import Answer

from .asking import TaskAsking, begun_in
from .engine import ask_on
from .reading import read_tasks

Refusal = dict[str, Any]
"""What a teacher wrote and did not join: its ``reply``, and ``why`` with its ``kind``; or what it is ``like``, a
`Match` with the number of a seed or, after these, of an own task."""

NEW_SHARE = 0.6
"""Share of the tasks asked for that is reckoned to be new, for an estimate."""

_WEIGHT = 3  # requests that count as if all of their tasks had been new, so that rather too few are under way
_WORTH_COMPILING = 10_000  # texts for which plain Python takes as long as numba with its start-up
_NOTHING_NEW = 10  # times the requests by which "rare" is told: so many without a new task, and even 0 is rare
NOT_NEEDED = "not needed any more"


@dataclass(frozen=True, slots=True)
class Ending:
    """When to stop.

    Attributes:
        n: New tasks wanted.
        rare: Share of new ones among the proposals of the last requests below which it is not worth going on.
        last: How many requests those are.
        max_requests: Most requests; None for no limit.
        ahead: Most requests under way at once.
    """

    n: int
    rare: float
    last: int
    max_requests: int | None
    ahead: int


def most_under_way(ahead: int, last: int, taken: int) -> int:
    """How many requests may be under way when so many have been taken: few as long as little is known."""
    return min(ahead, max(last, taken))


@dataclass(slots=True)
class Growth:
    """A growing set of tasks.

    Attributes:
        seeds: What it begins with; a seed counts as a classification task where ``is_classification`` is true.
        ending: When to stop.
        checks: What tasks must be like.
        classification: Share of the requests that ask for classification tasks.
        threshold: ROUGE-L above which an instruction is not new.
        tokenizer: What a word is.
        own: The tasks that joined, each with its ``reply`` and ``is_classification``.
        refused: What did not.
        why: Why nothing more is asked; empty as long as something is.
        silence: Why it cannot go on, if the teacher answers nothing any more.
        barren: How many requests there were since the last one that brought a new task.
        spare: Replies that came when nothing was needed any more.
    """

    seeds: Sequence[Example]
    ending: Ending
    checks: Checks
    classification: float
    threshold: float = 0.7
    tokenizer: Tokenizer = "rouge"
    own: list[Example] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    why: str = ""
    failure: str = ""
    silence: str = ""
    taken: int = 0
    answered: int = 0
    spare: int = 0
    barren: int = 0
    proposals: int = 0
    index: NearDuplicates = field(init=False)
    _places: list[int] = field(default_factory=list)  # of each text in the index its place in seeds and own
    _recent: deque[tuple[int, int, bool]] = field(default_factory=deque)  # new, proposed, answered; a request each

    def __post_init__(self) -> None:
        self.index = NearDuplicates(self.threshold, self.tokenizer)
        self._places = [*range(len(self.seeds))]
        for seed in self.seeds:
            self.index.add(text_of(seed, "instruction"), must_stay=True)

    def grow(self, teacher: Teacher, asking: TaskAsking, joined: Callable[[], None]) -> None:
        """Ask until it is over.

        Args:
            teacher: Who is asked.
            asking: Builds the requests.
            joined: Called for each task that joins.

        Raises:
            RunError: The teacher stopped answering, for good or in the last requests; the same call goes on.
        """
        for request, answer in ask_on(teacher, self.requests(asking), lambda _: self.wanted(asking.shown.wanted)):
            before = len(self.own)
            self._take(request, answer, asking)
            for _ in range(len(self.own) - before):
                joined()
        if self.failure and not self.answered:
            raise RunError(f"no request was answered: {self.failure}; the same command asks again")
        if self.silence:
            raise RunError(f"{self.silence}; everything so far is kept, and the same command goes on")

    def requests(self, asking: TaskAsking) -> Callable[[int], Request]:
        """Builds the request of a number from what there is by then."""
        return lambda number: asking.request(number, *self._pools(asking, number), self.asks_for_labels(number))

    def asks_for_labels(self, number: int) -> bool:
        """Whether a request is for classification tasks: these are spread evenly."""
        return int((number + 1) * self.classification + 1e-9) > int(number * self.classification + 1e-9)

    def _pools(self, asking: TaskAsking, number: int) -> tuple[Sequence[Example], Sequence[Example]]:
        """The seeds and the own tasks that a request may show: of its kind, but all where a published one is sent."""
        labels = self.asks_for_labels(number)
        if is_head(asking.classification_prompt if labels else asking.prompt):
            return self.seeds, self.own
        seeds, own = (
            [task for task in tasks if bool(task.get("is_classification")) == labels]
            for tasks in (self.seeds, self.own if asking.shown.own else ())
        )
        return (seeds or ([] if labels else self.seeds)), own

    def wanted(self, each: int) -> int:
        """How many requests shall be under way: as many as what is missing will take, going by what came so far.

        Fewer at first, when nothing is known of the teacher, and where new tasks become rare, so that few are under
        way in vain when it ends for that.

        Args:
            each: How many tasks a request asks for.
        """
        if self.why:
            return 0
        yields = (len(self.own) + _WEIGHT * each) / (self.answered + _WEIGHT)
        new, proposed = self._lately()
        enough = 4 * self.ending.rare * proposed  # four times the share at which it ends
        ahead = most_under_way(self.ending.ahead, self.ending.last, self.taken)
        if self.taken and (new < enough or not proposed):
            ahead = max(1, int(ahead * new / enough)) if proposed else 1
        number = min(ahead, ceil((self.ending.n - len(self.own)) / yields))
        most = self.ending.max_requests
        return number if most is None else min(number, most - self.taken)

    def _take(self, request: Request, answer: Answer, asking: TaskAsking) -> None:
        labels, before, proposed = self.asks_for_labels(self.taken), len(self.own), 0
        self.taken += 1
        if isinstance(answer, Reply):
            self.answered += 1
            self.spare += before >= self.ending.n
            self.replies.append(replace(answer, text=""))
        try:
            reply = reply_of(answer)
            drafts = read_tasks(reply.text, reply.finish_reason == "length", begun_in(request), labels)
        except Unreadable as error:
            key = getattr(answer, "key", "")
            self.refused.append({**unreadable(error, answer), "kind": "unreadable", "reply": key})
        except TeacherError as error:
            self.failure = str(error)
            self.refused.append({"why": f"the teacher failed: {error}", "kind": "the teacher failed"})
        else:
            proposed = len(drafts)
            examples, refused = sort_drafts(drafts, self.checks, reply.key, {}, "")
            self.refused += [{**one, "kind": kind_of(one["why"]), "reply": reply.key} for one in refused]
            for example in examples:
                self._try({**example, "is_classification": asking.kind(labels)})
        self.proposals += proposed
        self.barren = 0 if len(self.own) > before else self.barren + 1
        self._recent.append((len(self.own) - before, proposed, isinstance(answer, Reply)))
        self._see_whether_it_is_over()

    def _try(self, example: Example) -> None:
        """Let a task join, or say why not."""
        if len(self.own) >= self.ending.n:
            self.refused.append({**example, "why": f"{NOT_NEEDED}: there are {self.ending.n:,}", "kind": NOT_NEEDED})
            return
        like = self.index.add(text_of(example, "instruction"))
        self._places.append(len(self.seeds) + len(self.own))
        if like is None:
            self.own.append(example)
        else:
            self.refused.append({**example, "like": Match(self._places[like.row], like.score)})

    def _lately(self) -> tuple[int, int]:
        """How many tasks were new in the last requests, and how many there were."""
        return sum(new for new, _, _ in self._recent), sum(proposed for _, proposed, _ in self._recent)

    def _see_whether_it_is_over(self) -> None:
        ending, recent = self.ending, self._recent
        if len(recent) > ending.last:
            recent.popleft()
        if self.why:
            return
        new, proposed = self._lately()
        if len(self.own) >= ending.n:
            self.why = f"the {ending.n:,} new tasks that were wanted are there"
        elif len(recent) == ending.last and not any(answered for _, _, answered in recent):
            self.why = self.silence = f"the last {ending.last:,} requests were not answered: {self.failure}"
        elif len(recent) == ending.last and not proposed:
            self.why = f"of the last {ending.last:,} requests none brought a task that could be read"
        elif len(recent) == ending.last and new < ending.rare * proposed:
            self.why = (
                f"new tasks have become rare: of {proposed:,} in the last {ending.last:,} requests, {new:,} were new, "
                f"fewer than {ending.rare:.0%}"
            )
        elif self.barren >= _NOTHING_NEW * ending.last:
            self.why = f"of the last {self.barren:,} requests none brought a new task"
        elif self.taken == ending.max_requests:
            self.why = f"the cap of {ending.max_requests:,} requests is reached"

    def similarities(self) -> list[Match | None]:
        """For each task that joined what it was most like of all that was there by then: the seeds, then the others.

        None where not a word is shared.
        """
        texts = [text_of(task, "instruction") for task in (*self.seeds, *self.own)]
        engine: Engine = "python" if len(texts) < _WORTH_COMPILING else "auto"
        return nearest_neighbours(texts, self.tokenizer, engine, earlier=True)[len(self.seeds) :]
