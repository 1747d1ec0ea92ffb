"""A lane: one model at one endpoint, with all that is its own: queue, concurrency, pace, breaker, patience.

A run has a lane for each of its teachers, so that one that is slow, overloaded or down holds up no other. What they
share (the loop, the store, the money, the end of the run) is the driver's. Everything here happens in its thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from tunesmith.errors import Transient

from .chat import Client, Reply, Request
from .limits import Breaker, Gate, Limits, Pace
from .voices import Voice

_REFUSALS = 8  # this many refusals and not one answer: the fault is not in the requests
_GARBLED = 12  # this many unreadable answers and not one other: a wrong address, most likely
_MANY_GARBLED = 500  # likewise since the last good answer: it was right once
_SAME_REFUSALS = 20  # likewise this many in a row with the very same words


@dataclass(slots=True, eq=False)
class Job:
    """A request on its way; ``ticket`` is the submitter's number for it, ``lane`` whose it is."""

    ticket: int
    key: str
    request: Request
    lane: Lane
    failures: float = 0.0
    tries: int = 0
    worst: float = 0.0


class Lane:
    """One teacher's requests and what is known of its endpoint.

    Args:
        voice: Who answers, and for how much.
        limits: What the user allows each teacher.
        name: What it is called where there are several.
    """

    def __init__(self, voice: Voice, limits: Limits, name: str = "") -> None:
        self.client, self.identity, self.price = voice.client, voice.identity, voice.price
        self.name = name or str(voice.identity)
        self.label = f"{name}: " if name else ""  # put before what is said of it
        self._spare: list[Client] = []
        self.ready: deque[Job] = deque()
        self.in_flight = 0
        self.gate = Gate(limits.concurrency)
        self.pace = Pace(limits.requests_per_minute, limits.tokens_per_minute)
        self.breaker = Breaker(limits.patience)
        self.ever_answered = False  # now, or in an earlier process
        self.said = ""
        self.replayed = 0  # answers of an earlier process, met in the store
        self._later: dict[Job | None, asyncio.TimerHandle] = {}  # None: the whole lane
        self._patience = limits.patience
        self._refusals: list[str] = []  # since the last answer
        self._garbled = 0  # likewise

    def share(self, client: Client) -> None:
        """Another client of the same model at the same endpoint: not needed, but to be closed with the lane's own."""
        if client is not self.client and not any(client is spare for spare in self._spare):
            self._spare.append(client)

    async def close(self) -> None:
        """Let connections go."""
        for client in (self.client, *self._spare):
            await client.close()

    def wake(
        self, loop: asyncio.AbstractEventLoop, seconds: float, pump: Callable[[], None], job: Job | None = None
    ) -> None:
        """Pump after ``seconds``, with ``job`` back among those that are ready."""

        def ring() -> None:
            self._later.pop(job, None)
            if job is not None:
                self.ready.append(job)
            pump()

        if job is None and job in self._later:
            self._later[job].cancel()
        self._later[job] = loop.call_later(seconds, ring)

    def left(self) -> list[Job]:
        """The jobs that are not on their way."""
        return [*self.ready, *(job for job in self._later if job is not None)]

    def take_all(self) -> list[Job]:
        """Empty the lane of the jobs that are not on their way, and return them."""
        jobs = self.left()
        for timer in self._later.values():
            timer.cancel()
        self._later.clear()
        self.ready.clear()
        return jobs

    def keep(self, wanted: Callable[[Job], bool]) -> None:
        """Forget the jobs that are not on their way and that nobody wants any longer."""
        self.ready = deque(job for job in self.ready if wanted(job))
        for job in [job for job in self._later if job is not None and not wanted(job)]:
            self._later.pop(job).cancel()

    def room(self) -> int:
        """How many more requests may be in flight."""
        return (1 if self.breaker.open else int(self.gate.limit)) - self.in_flight

    def soon(self) -> Iterator[Request]:
        """The requests that will go out next."""
        return (job.request for job in islice(self.ready, max(1, self.room())))

    def pause(self, job: Job, now: float) -> float:
        """Seconds to wait before ``job`` may go; 0 books it."""
        # Four bytes a token is the usual rule for English; a pace need not be exact.
        tokens = job.request.size() // 4 + (job.request.max_tokens or 0)
        return self.pace.wait(tokens, now)

    def answered(self, reply: Reply, seconds: float, now: float) -> None:
        """A reply came."""
        tokens = reply.usage.output_tokens if reply.usage else len(reply.text) // 4
        self.gate.succeeded(seconds, tokens)
        self.pace.heard(reply.rate, self.in_flight - 1, now)
        self.ever_answered, self._refusals, self._garbled = True, [], 0

    def refused(self, why: str) -> str:
        """One request was refused; returns why the run had better stop, if many of them mean that all will be."""
        self._refusals.append(why)
        if len(self._refusals) >= _REFUSALS and not self.ever_answered:
            return f"every request so far was refused; the last: {why}"
        # A run that goes on asks in a row what was refused here and there between answers that it has by now.
        enough = max(_SAME_REFUSALS, 4 * self.replayed)
        if self._refusals[-enough:] == [why] * enough:
            return f"{enough} requests in a row were refused: {why}"
        return ""

    def failed(self, error: Transient, sent_at: float, now: float) -> bool:
        """A request failed in a way that may pass; returns whether the endpoint is held to be down."""
        if error.kind == "rate":
            self.gate.overloaded()
        if error.unusable:
            self._garbled += 1
            return False
        return self.breaker.failed(error.kind == "connection", sent_at, now)

    def out_of_patience(self, error: Transient) -> str:
        """Why the run had better stop after this failure, if it had."""
        if (error.retry_after or 0.0) > self._patience:
            wait = f"{error.retry_after:,.0f} s, longer than --patience"
            return f"{error}; the endpoint asks to wait {wait}, so give the same command again then"
        if self._garbled >= (_MANY_GARBLED if self.ever_answered else _GARBLED):
            return f"the endpoint answers, but not with anything that can be read: {error}"
        return ""

    def given_up(self, job: Job, error: Transient) -> Transient:
        """What the one who waits for ``job`` is told when it has been tried often enough."""
        what = f"{self.label}gave up after {job.tries} tries; the last: {error}"
        return Transient(what, error.kind, answered=error.answered)

    def blames_requests(self, error: Transient) -> bool:
        """Whether, with the patience at its end, the requests that are left may be to blame, not the endpoint.

        If even requests that were never tried before wait in vain, the endpoint is down. If only such are left that
        have failed before, while all others were answered, they may be at fault themselves.
        """
        return self.ever_answered and error.kind != "connection" and all(job.failures >= 2 for job in self.left())
