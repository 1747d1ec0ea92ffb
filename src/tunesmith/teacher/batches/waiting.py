"""Who waits for what: tickets by the key of their request, and what they are told when a batch is in."""

from __future__ import annotations

from typing import NamedTuple

from tunesmith.errors import Refused, RunError
from tunesmith.teacher.chat import Reply
from tunesmith.teacher.jobs import Outcome, Stats
from tunesmith.teacher.lane import Job, Lane

from .collect import Harvest


class Reaped(NamedTuple):
    """What to tell whom, the jobs that go into another batch, and how many have been in enough of them."""

    told: list[Outcome]
    back: list[Job]
    given_up: int


class Waiting:
    """The requests that somebody waits for. Those that are in a batch have their jobs here, the others in their lane.

    Args:
        stats: Where outcomes are counted.
        retries: How often a request goes into another batch.
    """

    def __init__(self, stats: Stats, retries: int) -> None:
        self._stats, self._retries = stats, retries
        self._tickets: dict[str, list[int]] = {}
        self._jobs: dict[str, Job] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._tickets

    def join(self, job: Job) -> None:
        """Wait for a request, perhaps as others do."""
        self._tickets.setdefault(job.key, []).append(job.ticket)

    def boards(self, job: Job) -> None:
        """The job's request is in a batch."""
        self._jobs[job.key] = job

    def leaves(self, key: str) -> Job | None:
        """It is in none any more; its job, if somebody waits for it."""
        return self._jobs.pop(key, None)

    def withdraw(self, tickets: set[int]) -> None:
        """These do not wait any longer."""
        for key, waiting in list(self._tickets.items()):
            left = [ticket for ticket in waiting if ticket not in tickets]
            if left:
                self._tickets[key] = left
            else:
                self._settle(key, RunError())

    def strand(self, why: RunError) -> list[Outcome]:
        """Nobody waits any longer; what to tell them."""
        told = [outcome for key in list(self._tickets) for outcome in self._settle(key, why)]
        self._stats.failed += len(told)
        return told

    def answered(self, key: str, reply: Reply) -> list[Outcome]:
        """The reply is in the store; what to tell."""
        return self._settle(key, reply)

    def reap(self, lane: Lane, harvest: Harvest) -> Reaped:
        """Who is told what, now that a batch is in."""
        told: list[Outcome] = []
        given_up = 0
        # A batch that expires again and again may yet answer some more each time.
        got_on = bool(harvest.replies or harvest.refused)
        for reply in harvest.replies:
            told += self._settle(reply.key, reply)
            self._stats.answered += 1
            if reply.usage:
                self._stats.input_tokens += reply.usage.input_tokens
                self._stats.output_tokens += reply.usage.output_tokens
        for key, refusal in harvest.refused:
            told += self._settle(key, Refused(f"{lane.label}{refusal}"))
        back: list[Job] = []
        for key, error in harvest.again:
            job = self.leaves(key)
            if job is None:
                continue  # nobody asks for it any more
            failed = not (error.kind == "stopped" or (error.kind == "unfinished" and got_on))
            job.failures += failed
            job.tries += failed
            if job.failures > self._retries:
                told += self._settle(key, lane.given_up(job, error))
                given_up += 1
            else:
                back.append(job)
        self._stats.failed += sum(not isinstance(answer, Reply) for _, answer in told)
        self._stats.retries += len(back)
        return Reaped(told, back, given_up)

    def _settle(self, key: str, answer: Reply | RunError) -> list[Outcome]:
        self._jobs.pop(key, None)
        return [(ticket, answer) for ticket in self._tickets.pop(key, [])]
