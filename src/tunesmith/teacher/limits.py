"""How fast to ask: settings, adaptive concurrency, the provider's rate limits, and a breaker for a dead endpoint.

All of these live in the driver's event loop and take the time as an argument, so that tests need no clock.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from statistics import median

from .chat import RateHeaders


@dataclass(frozen=True, slots=True)
class Batching:
    """How to deal with batch endpoints.

    Attributes:
        poll: Most seconds between two looks at a batch; the first looks come after one second and less.
        most: Most requests in one batch, where fewer are wanted than the provider takes.
        retries: How often a request that a batch left without a readable answer goes into another.
        grace: Seconds after which a batch that was being sent when a process died, and that the provider does not
            show, is believed never to have arrived.
        window: Conversations under way at once; what does not fit waits until the first batches are back.
    """

    poll: float = 60.0
    most: int | None = None
    retries: int = 3
    grace: float = 30.0
    window: int = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What the user allows: each of a run's teachers for itself, and all of them together the budget.

    Attributes:
        concurrency: Most requests in flight; fewer where the endpoint asks for it or slows down.
        requests_per_minute: Pace of requests, ``None`` for no pace but the provider's.
        tokens_per_minute: Pace of tokens (estimated, in and out), ``None`` likewise.
        budget: Hard cap on the run's money in US dollars, over all its processes.
        retries: How often one request is sent again after failures that may pass.
        patience: Seconds without any answer from an endpoint after which the run stops.
        batch: Ask through batch endpoints, at half the price and within a day; ``None`` to ask one by one.
    """

    concurrency: int = 32
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    budget: float | None = None
    retries: int = 8
    patience: float = 300.0
    batch: Batching | None = None


class Gate:
    """How many requests may be in flight: judged once a round, which is as many outcomes as the limit, at least ten.

    - More than a twentieth refused for load: the limit shrinks by twice that share, at most by half. A stray 429 among
      hundreds of answers says little, and halving for each one would bring the limit down to a handful.
    - Answers have become slow: the limit shrinks by a tenth, down to a quarter of the most. Latency is counted as
      seconds per (20 + tokens made), which makes long and short answers comparable; slow is a median three times the
      best round's, and half a second longer than that one's would have been. The best is forgotten by a twentieth a
      round, so that a lucky beginning is no yardstick for ever.
    - Otherwise it grows by a tenth, at least by one.
    """

    ROUND = 10

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self._refused = 0
        self._answered: list[tuple[float, float]] = []
        self._best: float | None = None

    def succeeded(self, seconds: float, tokens: int) -> None:
        """A reply arrived after ``seconds``, ``tokens`` long."""
        self._answered.append((seconds / (20 + tokens), seconds))
        self._judge()

    def overloaded(self) -> None:
        """The endpoint refused a request for load."""
        self._refused += 1
        self._judge()

    def _judge(self) -> None:
        outcomes = self._refused + len(self._answered)
        if outcomes < max(self.ROUND, int(self.limit)):
            return
        refused = self._refused / outcomes
        if refused > 0.05:
            self.limit *= 1 - min(0.5, 2 * refused)
        elif self._slow():
            self.limit = max(self.limit * 0.9, min(self.limit, self.most / 4))
        else:
            self.limit += max(1.0, self.limit / 10)
        self.limit = min(max(1.0, self.limit), float(self.most))
        self._refused = 0
        self._answered.clear()

    def _slow(self) -> bool:
        pace, latency = (median(column) for column in zip(*self._answered, strict=True))
        self._best = pace if self._best is None else min(pace, 1.05 * self._best)
        return bool(pace > 3 * self._best and latency * (1 - self._best / pace) > 0.5)


class Pace:
    """When the next request may go: token buckets for the user's rates, and what the provider's headers leave.

    Headers say how many requests and tokens are left until a reset. What is in flight has not been counted there yet,
    so it is taken off; each request sent takes off its own, and at nothing left the reset is waited for.
    """

    LONGEST = 120.0  # seconds; a reset further away is a quota of another kind, told by a refusal in time

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None) -> None:
        self._rates = [(requests_per_minute or 0) / 60, (tokens_per_minute or 0) / 60]
        self._free_at = [0.0, 0.0]
        self._left: list[float | None] = [None, None]
        self._reset_at = [0.0, 0.0]

    def wait(self, tokens: int, now: float) -> float:
        """Seconds to wait before a request of ``tokens`` may go; 0 books it."""
        ready = max(self._free_at)
        for i in range(2):
            if now >= self._reset_at[i]:
                self._left[i] = None
            left = self._left[i]
            if left is not None and left <= 0:
                ready = max(ready, self._reset_at[i])
        if ready > now:
            return ready - now
        for i, size in enumerate((1, tokens)):
            if self._rates[i]:
                self._free_at[i] = max(self._free_at[i], now) + size / self._rates[i]
            left = self._left[i]
            if left is not None:
                self._left[i] = left - size
        return 0.0

    def heard(self, rate: RateHeaders | None, in_flight: int, now: float) -> None:
        """Take in what the response headers said, with so many requests still in flight."""
        if rate is None:
            return
        said = ((rate.requests_left, rate.requests_reset), (rate.tokens_left, rate.tokens_reset))
        for i, (left, reset) in enumerate(said):
            if left is not None and reset is not None:
                self._left[i] = left - (in_flight if i == 0 else 0)
                self._reset_at[i] = now + min(reset, self.LONGEST)


class Breaker:
    """Tells a dead endpoint from an unlucky request: many failures in a row with no sign of life between them.

    While open, one request at a time goes out to probe, the ready ones in turn.
    """

    TRIPS_AT = 10
    LONGEST_PAUSE = 10.0

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.ever_answered = False
        self.failures = 0
        self.probes = 0
        self.probe_at = 0.0
        self._opened_at = 0.0
        self._dead_since: float | None = None

    @property
    def open(self) -> bool:
        """Whether only probes may go out, none of them before `probe_at`."""
        return self.probes > 0

    def alive(self) -> bool:
        """The endpoint gave a sign of life; returns whether that ended a pause."""
        recovered = self.open
        self.ever_answered, self.failures, self.probes, self._dead_since = True, 0, 0, None
        self.probe_at = 0.0
        return recovered

    def failed(self, unreachable: bool, sent_at: float, now: float) -> bool:
        """The endpoint failed; returns whether it is held to be down.

        Nothing could be sent at all (``unreachable``) trips it at once; other failures after ten in a row.
        """
        if self._dead_since is None:
            self._dead_since = now
        self.failures += 1
        if self.open and sent_at < self._opened_at:
            return True  # it was on its way when the breaker opened, and says nothing new
        if not (self.open or unreachable or self.failures >= self.TRIPS_AT):
            return False
        if not self.open:
            self._opened_at = now
        self.probe_at = now + min(self.LONGEST_PAUSE, 2.0**self.probes)
        self.probes += 1
        return True

    def hopeless(self, unreachable: bool, now: float) -> bool:
        """Whether to stop: dead for longer than the patience, or never reached in three tries."""
        if unreachable and not self.ever_answered and self.probes >= 3:
            return True
        return self.open and self._dead_since is not None and now - self._dead_since >= self.patience


def backoff(attempt: int, retry_after: float | None) -> float:
    """Seconds before sending again: what the server asked for, else 0.5 s doubling to 30 s; with jitter.

    The jitter spreads waits over half to whole of the nominal value (equal jitter), so that requests that failed
    together do not come back together.
    """
    spread = 0.5 + random.random() / 2
    if retry_after is not None:
        return retry_after + 0.25 * spread
    return min(30.0, 0.5 * 2.0**attempt) * spread


def parse_duration(text: str | None) -> float | None:
    """Seconds in a header such as ``6m0s``, ``20ms``, ``1.5`` or ``1h``; ``None`` if it is something else."""
    if not text:
        return None
    total, number, unit = 0.0, "", ""
    try:
        for char in text.strip() + " ":
            if (char.isdigit() or char in ". ") and unit:
                total += float(number) * {"h": 3600, "m": 60, "s": 1, "ms": 0.001}[unit]
                number, unit = "", ""
            if char.isdigit() or char == ".":
                number += char
            elif char != " ":
                unit += char
        return total + float(number) if number else total
    except (KeyError, ValueError):
        return None
