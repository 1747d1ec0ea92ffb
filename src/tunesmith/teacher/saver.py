"""The way to the disk: one commit at a time, each taking along all replies that arrived meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tunesmith.errors import RunError

from .budget import Budget
from .chat import Identity, Reply, Request
from .lane import Job

Batch = list[tuple[Job, Reply]]
Commit = Callable[[Sequence[tuple[Identity, Request, Reply]], float, float], list[Reply]]

_GATHER = 0.002  # seconds for which replies are gathered into one commit: an fsync costs about that much


class Saver:
    """Commits in a thread of its own; everything else happens in the driver's loop.

    Args:
        loop: The driver's loop.
        commit: Stores replies with the money that became unconfirmed and that may be in flight; see `ReplyStore.put`.
        budget: The money.
        at_rest: Whether nothing more is about to be sent.
        saved: Called with each batch and what the store now holds for it, or why it could not be stored.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        commit: Commit,
        budget: Budget,
        at_rest: Callable[[], bool],
        saved: Callable[[Batch, list[Reply] | RunError], None],
    ) -> None:
        self._loop, self._commit, self._budget = loop, commit, budget
        self._at_rest, self._saved = at_rest, saved
        self._unsaved: Batch = []
        self._kept: Batch = []  # what a commit failed for; its money is owed to the books
        self._saving = False
        self._announcing = 0.0
        self._thread = ThreadPoolExecutor(1, "tunesmith-store")

    @property
    def busy(self) -> bool:
        """Whether a reply is not on disk yet."""
        return self._saving or bool(self._unsaved)

    def add(self, job: Job, reply: Reply) -> None:
        """Store a reply with the next commit."""
        self._unsaved.append((job, reply))
        self._save_soon()

    def announce(self, more: float) -> None:
        """Have the store note that so much more may soon be in flight; the budget then says that it knows."""
        self._announcing = self._budget.announce(more)
        self._save_soon()

    def _save_soon(self) -> None:
        if not self._saving:
            self._saving = True
            self._loop.call_later(_GATHER, self._save)

    def _save(self) -> None:
        batch, self._unsaved = self._unsaved, []
        if self._at_rest():
            self._announcing = 0.0
        risk, owed = self._budget.take_unconfirmed(), sum(reply.cost or 0.0 for _, reply in self._kept)
        still_open = self._budget.still_open(self._announcing) + owed
        taken = self._budget.booking(still_open) - owed
        future = self._loop.run_in_executor(self._thread, self._commit, _paid(batch), risk, still_open)
        future.add_done_callback(lambda done: self._done(batch, risk, taken, still_open, done))

    def _done(
        self, batch: Batch, risk: float, taken: float, announced: float, done: asyncio.Future[list[Reply]]
    ) -> None:
        self._saving = False
        if self._unsaved:
            self._save_soon()
        error = done.exception()
        if error is None:
            self._budget.booked(taken, announced)
            self._saved(batch, done.result())
        else:
            self._kept += batch
            self._budget.not_booked(risk)
            self._saved(batch, _worded(error))

    async def finish(self) -> RunError | None:
        """Wait for the last commit and note that nothing is in flight any longer; returns why that failed, if so.

        What could not be stored before is tried once more. If it cannot be stored now either, its money at least is
        booked as unconfirmed.
        """
        while self.busy:
            await asyncio.sleep(_GATHER)
        failed = await self._last(self._kept, self._budget.take_unconfirmed())
        if failed is not None:
            await self._last([], self._budget.unbooked)
        self._thread.shutdown()
        return failed

    async def _last(self, batch: Batch, risk: float) -> RunError | None:
        try:
            await self._loop.run_in_executor(self._thread, self._commit, _paid(batch), risk, 0.0)
        except Exception as error:
            return _worded(error)
        return None


def _paid(batch: Batch) -> list[tuple[Identity, Request, Reply]]:
    return [(job.lane.identity, job.request, reply) for job, reply in batch]


def _worded(error: BaseException) -> RunError:
    return error if isinstance(error, RunError) else RunError(f"cannot store replies: {error!r}")
