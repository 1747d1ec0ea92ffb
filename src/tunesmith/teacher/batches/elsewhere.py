"""Requests that another run of the same store has in a batch: to ask them here too would be to pay twice."""

from __future__ import annotations

from collections.abc import Sequence

from tunesmith.teacher.chat import Reply
from tunesmith.teacher.lane import Job
from tunesmith.teacher.store import ReplyStore

from .desk import Desk

_PAUSE = 5.0  # most seconds between two looks into the book


class Elsewhere:
    """The requests whose answers another run will bring, as long as its batches are in the book."""

    def __init__(self, desk: Desk, store: ReplyStore) -> None:
        self._desk, self._store = desk, store
        self._jobs: list[Job] = []

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def add(self, jobs: Sequence[Job]) -> None:
        """Another run has these, or their replies have come since they were asked for."""
        waited_for = sum(self._store.get(job.key) is None for job in jobs)
        if waited_for and not self._jobs:
            self._desk.notice(
                f"{waited_for:,} of these requests are in batches of another run of the same store, "
                f"{self._store.path}; waiting until that run's own command has collected them (or its batches are "
                "cancelled with `tunesmith batches`; or give this run a --store of its own, and pay for them again)"
            )
        self._jobs += jobs

    async def wait(self) -> tuple[list[tuple[Job, Reply]], list[Job]]:
        """Wait a moment; returns what has been answered, and what is in no batch any more.

        Raises:
            Halted: The run stops.
            StoreError: The store cannot be read.
        """
        await self._desk.sleep(min(self._desk.settings.poll, _PAUSE))
        jobs = self._jobs
        there = await self._desk.commit(self._desk.book.elsewhere, [job.key for job in jobs])
        done = [(job, self._store.get(job.key)) for job in jobs if job.key not in there]
        gone = {job.key for job, _ in done}
        self._jobs = [job for job in self._jobs if job.key not in gone]
        return [(job, reply) for job, reply in done if reply is not None], [job for job, reply in done if reply is None]
