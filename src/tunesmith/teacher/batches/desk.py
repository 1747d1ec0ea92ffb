"""What all batches of a run share: the way to the disk, patience, the end of the run; and a batch under way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tunesmith.errors import TeacherStopped, Transient
from tunesmith.teacher.budget import Budget
from tunesmith.teacher.chat import Request
from tunesmith.teacher.lane import Lane
from tunesmith.teacher.limits import Batching, backoff

from .api import BatchClient, Lost
from .book import BatchBook, Entry

T = TypeVar("T")
CHUNK = 500
"""Items that are read from the book, or stored, with one commit."""


class Halted(Exception):  # noqa: N818 - not an error: the run ends, and this batch is left where it is
    """The run stops; the batch waits at the provider for the next."""


@dataclass(slots=True, eq=False)
class Live:
    """A batch under way, and what its open items may cost, by key."""

    nonce: str
    lane: Lane
    client: BatchClient
    worsts: dict[str, float]
    requests: int
    id: str = ""
    source: str = ""
    tried: float = 0.0
    said: str = ""
    done: int = 0
    checked: bool = False
    absent: bool = True  # surely not at the provider
    doubted: bool = False  # an earlier process has looked for it in vain
    lost: bool = False  # the provider does not know it any more

    @classmethod
    def again(cls, entry: Entry, lane: Lane, client: BatchClient) -> Live:
        """A batch that an earlier process left."""
        live = cls(entry.nonce, lane, client, dict(entry.items), entry.requests)
        live.id, live.source, live.tried = entry.id, entry.source, entry.tried
        live.said, live.done, live.absent = entry.said, entry.done, not entry.tried
        live.doubted = entry.state == "doubted"
        return live


class Desk:
    """What all batches of a run share: the way to the disk, patience, the money, the end of the run.

    Args:
        book: Where batches are written down.
        budget: The money.
        settings: How often to look, and so on.
        patience: Seconds without an answer after which the run stops.
        notice: Called with a sentence for the user.
        changed: Called when something is worth showing.
    """

    def __init__(
        self,
        book: BatchBook,
        budget: Budget,
        settings: Batching,
        patience: float,
        notice: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self.book, self.budget, self.settings, self.patience = book, budget, settings, patience
        self.notice, self.changed = notice, changed
        self.stopping = asyncio.Event()
        self.critical = 0  # steps under way that should be let finish: their outcome would have to be looked for
        self._disk = ThreadPoolExecutor(1, "tunesmith-store")

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """A step that should be let finish when the run stops."""
        if self.stopping.is_set():
            raise Halted
        self.critical += 1
        try:
            yield
        finally:
            self.critical -= 1

    async def commit(self, what: Callable[..., T], *args: Any) -> T:
        """Have the book do something in the thread that writes."""
        return await asyncio.get_running_loop().run_in_executor(self._disk, what, *args)

    def close(self) -> None:
        """Wait for the last commit."""
        self._disk.shutdown()

    async def sleep(self, seconds: float) -> None:
        """Wait, unless the run stops.

        Raises:
            Halted: It does.
        """
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return
        raise Halted

    async def patiently(self, lane: Lane, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the provider until it answers. That it does not know a batch is believed if it says so for a while.

        Raises:
            TeacherStopped: It does not within the patience.
            Lost: It says so for twice the time that a batch may take to show up.
            Halted: The run stops.
        """
        waits, grace = Waits(self, lane), self.settings.grace
        lost_since: float | None = None
        while True:
            try:
                return await ask()
            except Transient as error:
                await waits.after(error)
            except Lost:
                lost_since = lost_since or time.monotonic()
                if time.monotonic() - lost_since >= 2 * grace:
                    raise
                await self.sleep(min(self.settings.poll, grace / 2))


class Waits:
    """Waiting between tries to reach a provider, until the patience is at its end."""

    def __init__(self, desk: Desk, lane: Lane) -> None:
        self._desk, self._lane, self._tries = desk, lane, 0
        self._began = time.monotonic()

    def over(self) -> None:
        """It has answered."""
        self._tries = 0

    async def after(self, error: Transient) -> None:
        """Wait after a failure that may pass.

        Raises:
            TeacherStopped: It has been going on for longer than the patience.
            Halted: The run stops.
        """
        desk, now = self._desk, time.monotonic()
        if self._tries == 0:
            self._began = now
        asked = error.retry_after
        if now - self._began >= desk.patience or (asked or 0.0) > desk.patience:
            raise TeacherStopped(f"{self._lane.label}the batch endpoint does not answer: {error}") from error
        pause = backoff(self._tries, asked)
        self._tries += 1
        if self._tries == 3:
            desk.notice(f"{self._lane.label}{error}; trying on")
        await desk.sleep(pause if asked else min(pause, desk.settings.poll))


async def requests_of(desk: Desk, live: Live, keys: list[str]) -> dict[str, Request]:
    """The requests of open items, as they stand in the book."""
    found: dict[str, Request] = {}
    for first in range(0, len(keys), CHUNK):
        found |= await desk.commit(desk.book.requests, live.nonce, keys[first : first + CHUNK])
    return found
