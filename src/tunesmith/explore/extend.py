"""Extending a tree: lookahead takes tasks apart, backtracking goes back for the branches that are missing.

Lookahead asks about every task that is not yet as broad as it shall be, all at once; a task waits until the one above
it has all its subtasks, so that it can be told what stands beside it. When nothing is left to take apart, backtracking
returns to the tasks that have subtasks, the deepest first, shows the teacher what lies beneath and asks what is
missing; what it finds is taken apart in its turn. It ends when it has gone back as often as was asked for, when going
back brings nothing, or at a cap; a task is left alone when the teacher says that there is no more, or brings nothing
new several times in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate
from typing import Annotated, Any

from pydantic import Field

from tunesmith.errors import RunError, TeacherError, Unreadable
from tunesmith.teacher import Request
from tunesmith.teacher.teacher import Answer

from .asking import Asking, Manner
from .endings import FAILED, NO_MORE, REFUSED_TOO, TOO_MANY, Outcome, nothing_left
from .names import same_title
from .reading import Proposal, read_proposals
from .rounds import Entry, Round, Work, fields_of, reply_of, sort_drafts, unreadable, where_of
from .tree import DEEPEST, Task


class Extend(Manner):
    """Settings of an extension."""

    breadth: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (5, 3, 2),
        min_length=1,
        description="Subtasks of a task, for each depth from the root on; the last number holds for deeper ones.",
    )
    max_depth: int | None = Field(
        None,
        ge=0,
        le=DEEPEST,
        description=f"Deepest tasks, at most {DEEPEST}; the root is at 0. As many as breadths if left out.",
    )
    backtrack: int = Field(1, ge=0, description="How often to go back for branches that are missing.")
    branches: int = Field(1, ge=1, description="How many missing branches to ask for, beneath each task.")
    max_children: int = Field(12, ge=1, description="Most subtasks of a task, those found by going back included.")
    max_tasks: int | None = Field(None, ge=1, description="Most tasks of the tree.")
    max_requests: int | None = Field(None, ge=0, description="Most requests for subtasks, over the life of the tree.")
    each: int = Field(2, ge=0, description="Examples to ask for with each new subtask.")
    fruitless: int = Field(2, ge=1, description="Requests in a row without a new subtask before a task is left alone.")

    @property
    def depth(self) -> int:
        """The deepest level."""
        return min(len(self.breadth), DEEPEST) if self.max_depth is None else self.max_depth

    def breadth_at(self, depth: int) -> int:
        """How many subtasks a task at this depth shall have."""
        return min(self.breadth[min(depth, len(self.breadth) - 1)], self.max_children)


def extend(work: Work, asking: Asking, settings: Extend) -> Outcome:
    """Grow a tree.

    Args:
        work: The tree, which is changed, the teacher, and who keeps and watches.
        asking: Builds the requests.
        settings: How far to go.

    Raises:
        RunError: The teacher stopped answering, or answered nothing at all; what came before is in the tree, and the
            same call goes on.
    """
    return _Extension(work, asking, settings).run()


class _Extension:
    """One call's work."""

    def __init__(self, work: Work, asking: Asking, settings: Extend) -> None:
        self.work, self.asking, self.settings = work, asking, settings
        self.tree, self.state = work.tree, work.tree.state
        self.before = _counts(self.tree.tasks())
        self.known = {same_title(task.title): task for task in reversed(self.tree.tasks())}
        self.size = self.before[0]
        self.cap = ""
        self.failures: list[str] = []
        self.missed = 0
        for task in self.tree.tasks():
            if task.lookahead.ended.startswith(FAILED):
                task.lookahead.ended = ""

    def run(self) -> Outcome:
        """Look ahead and go back by turns, until there is an end."""
        why = self._grow()
        tasks, requests, refused = (
            after - before for after, before in zip(_counts(self.tree.tasks()), self.before, strict=True)
        )
        if self.failures and not requests:
            raise RunError(f"no request was answered: {self.failures[-1]}; the same command asks again")
        return Outcome(why, requests, tasks, refused)

    def _grow(self) -> str:
        while True:
            while self._look_ahead():
                pass
            if self.cap:
                return self.cap
            if not self._goes_back():
                return self._all_done()
            went, found = self._go_back()
            if self.cap:
                return self.cap
            if not found:
                return self._all_done() + ("; going back found no missing branch" if went and not self.missed else "")

    def _goes_back(self) -> bool:
        """Whether there is reason to go back: again, or for want of an answer to an earlier call."""
        state = self.state
        unanswered = "unanswered" in state and not self.missed
        return "backtracking" in state or unanswered or state.get("backtracked", 0) < self.settings.backtrack

    # Looking ahead

    def _look_ahead(self) -> bool:
        """A round of lookahead; whether there was something to do."""
        if "backtracking" in self.state:
            return False  # going back was interrupted, and comes first
        new = Round(
            "lookahead",
            lambda: [[task.name] for task in self._open()],
            lambda todo: [entry for task, entry in todo if self._wants(task)],
            partial(self._allowed, self._gap),
        )
        return self.work.round("lookahead", new, self._ask_ahead, self._take_ahead)

    def _open(self) -> list[Task]:
        """Tasks that want more subtasks, beneath tasks that do not."""
        tasks = [task for task in self.tree.tasks() if self._wants(task)]
        wanting = {task.name for task in tasks}
        return [task for task in tasks if task.parent is None or task.parent.name not in wanting]

    def _wants(self, task: Task) -> bool:
        return (
            not task.pruned
            and not task.lookahead.ended
            and task.depth < self.settings.depth
            and len(task.children) < self.settings.breadth_at(task.depth)
        )

    def _gap(self, task: Task) -> int:
        return self.settings.breadth_at(task.depth) - len(task.children)

    def _ask_ahead(self, task: Task, entry: Entry) -> list[Request]:
        settings = self.settings
        number = task.lookahead.requests
        return [self.asking.subtasks(task, self._gap(task), settings.each, settings.max_children, number)]

    def _take_ahead(self, task: Task, answers: list[Answer]) -> bool:
        progress = task.lookahead
        found, end = self._take(task, answers[0], self._gap(task), "lookahead")
        if end.startswith(FAILED):
            progress.ended = end
            return not self.cap
        progress.requests += 1
        progress.fruitless = 0 if found else progress.fruitless + 1
        if end and self._wants(task):
            progress.ended = end
        elif self._wants(task) and progress.fruitless >= self.settings.fruitless:
            progress.ended = f"nothing new in {_times(progress.fruitless)}"
        return not self.cap

    # Going back

    def _go_back(self) -> tuple[bool, bool]:
        """Go back to every task that has subtasks, level by level from below.

        Returns:
            Whether there was any to go back to, and whether that found anything.
        """
        doing = self.state.setdefault("backtracking", {"depth": self.settings.depth - 1, "size": self.size})
        if "unanswered" in self.state:
            # Only they are asked again; the going back that they belong to is counted already.
            doing["only"] = self.state.pop("unanswered")
        while doing["depth"] >= 0:
            depth = doing["depth"]
            new = Round(
                f"going back, depth {depth}",
                partial(self._inner, depth),
                lambda todo: [entry for task, entry in todo if self._missing(task)],
                partial(self._allowed, self._missing),
                partial(_set_depth, doing, depth - 1),
            )
            self.work.round("backtrack", new, self._ask_back, self._take_back)
            if self.cap:
                return True, False
        del self.state["backtracking"]
        went, found = bool(doing.get("went")), bool(self.size > doing["size"])
        if doing.get("failed"):
            self.state["unanswered"] = doing["failed"]
        if went and "only" not in doing:
            done = self.state.get("backtracked", 0) + 1
            # Where nothing was missing, the same command must not ask again.
            self.state["backtracked"] = done if found else max(done, self.settings.backtrack)
        self.work.keep([], False)
        return went, found

    def _inner(self, depth: int) -> list[Entry]:
        only = self.state["backtracking"].get("only")
        inner = (task for task in self.tree.tasks() if task.depth == depth and task.children)
        return [[task.name] for task in inner if only is None or task.name in only]

    def _missing(self, task: Task) -> int:
        """How many missing branches to ask for."""
        room = self.settings.max_children - len(task.children)
        return 0 if task.pruned else max(0, min(self.settings.branches, room))

    def _ask_back(self, task: Task, entry: Entry) -> list[Request]:
        settings = self.settings
        return [self.asking.branches(task, self._missing(task), settings.each, settings.max_children, task.backtracks)]

    def _take_back(self, task: Task, answers: list[Answer]) -> bool:
        _, end = self._take(task, answers[0], self._missing(task), "backtracking")
        if end.startswith(FAILED):
            self.missed += 1
            self.state["backtracking"].setdefault("failed", []).append(task.name)
        else:
            task.backtracks += 1
        self.state["backtracking"]["went"] = True
        return not self.cap

    # Both

    def _allowed(self, wanted: Callable[[Task], int], tasks: list[Task]) -> int:
        """How many of these tasks, from the first on, the caps let us ask about."""
        settings, number = self.settings, len(tasks)
        if settings.max_tasks is not None:
            room = settings.max_tasks - self.size
            if room <= 0:
                self.cap = f"the cap of {settings.max_tasks:,} tasks is reached"
            # No need to ask for more than the tree may still hold.
            before = accumulate(map(wanted, tasks[:-1]), initial=0)
            number = sum(total < room for total in before)
        if number and settings.max_requests is not None:
            left = max(0, settings.max_requests - _counts(self.tree.tasks())[1])
            if not left:
                self.cap = f"the cap of {settings.max_requests:,} requests is reached"
            number = min(number, left)
        return number

    def _take(self, task: Task, answer: Answer, room: int, by: str) -> tuple[int, str]:
        """Take what came; returns how many subtasks were found, and why the task should not be asked again."""
        key = getattr(answer, "key", "")
        try:
            reply = reply_of(answer)
            proposals = read_proposals(reply.text, reply.finish_reason == "length")
        except Unreadable as error:
            task.refuse(key, [unreadable(error, answer)])
            return 0, ""
        except TeacherError as error:
            self.failures.append(str(error))
            return 0, f"{FAILED}{error}"
        found: list[Task] = []
        refused = []
        for proposal in proposals.found:
            why = self._wrong_with(task, proposal, room - len(found))
            if why:
                refused.append({"why": why, "task": proposal.title, "reason": proposal.reason})
                refused += ({"why": draft.problem or REFUSED_TOO, **fields_of(draft)} for draft in proposal.drafts)
            else:
                found.append(self._add(task, proposal, key, by))
        task.refuse(key, refused)
        return len(found), NO_MORE if proposals.nothing_more else ""

    def _wrong_with(self, task: Task, proposal: Proposal, room: int) -> str:
        """Why a proposal cannot be taken."""
        if proposal.problem:
            return proposal.problem
        title = same_title(proposal.title)
        if not title:
            return "no name"
        if title == same_title(task.title):
            return "named like the task itself"
        if any(title == same_title(above.title) for above in task.ancestors()):
            return "named like a task above it"
        other = self.known.get(title)
        if other is not None:
            return f"there is a task of this name ({' > '.join(other.path)})"
        if room <= 0:
            return TOO_MANY
        if self.settings.max_tasks is not None and self.size >= self.settings.max_tasks:
            self.cap = f"the cap of {self.settings.max_tasks:,} tasks is reached"
            return "the tree has as many tasks as it may"
        return ""

    def _add(self, parent: Task, proposal: Proposal, key: str, by: str) -> Task:
        task = self.tree.add(parent, proposal.title, proposal.reason, key, by)
        task.examples, refused = sort_drafts(
            proposal.drafts, self.asking.domain.checks, key, self.work.seen, where_of(task)
        )
        task.refuse(key, refused)
        self.known[same_title(task.title)] = task
        self.size += 1
        return task

    def _all_done(self) -> str:
        """How the tasks ended, when there is nothing left to ask."""
        tasks = self.tree.tasks()
        ends = [task.lookahead.ended for task in tasks if task.lookahead.ended]
        given_up = f"given up after {_times(self.settings.fruitless)} without anything new"
        done = nothing_left("every task is as broad as asked for", len(tasks), ends, given_up)
        if self.missed:
            done += f"; {self.missed:,} not gone back to for want of an answer, which the same command asks again"
        return done


def _counts(tasks: Iterable[Task]) -> tuple[int, int, int]:
    """Tasks, requests for subtasks, and proposals refused."""
    tasks = list(tasks)
    return (
        len(tasks),
        sum(task.lookahead.requests + task.backtracks for task in tasks),
        sum(len(task.refused) for task in tasks),
    )


def _set_depth(doing: dict[str, Any], depth: int) -> None:
    doing["depth"] = depth


def _times(number: int) -> str:
    return "one request" if number == 1 else f"{number} requests"
