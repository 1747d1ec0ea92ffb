"""The batch driver: gathers requests into batches, and delivers what comes of a batch all together.

It has the face of `Driver` and takes its place where a run asks through batch endpoints. Requests are gathered until
the teacher says that nothing more will come before something is answered (`rest`); then they go out. Outcomes of a
batch are delivered at once, so that what steps ask next gathers in one further batch.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from queue import SimpleQueue
from typing import Any

from tunesmith.errors import Interrupted, RunError, TeacherStopped, UsageError
from tunesmith.teacher.budget import Budget
from tunesmith.teacher.jobs import Outcome, Stats
from tunesmith.teacher.lane import Job, Lane
from tunesmith.teacher.limits import Batching, Limits
from tunesmith.teacher.store import ReplyStore

from .api import batches_of
from .book import BatchBook
from .desk import Desk, Live, Waits
from .doubts import Doubts
from .elsewhere import Elsewhere
from .fleet import Fleet
from .lives import Lives
from .packing import Pack, Packer
from .waiting import Waiting


class BatchDriver(Lives):
    """Sends jobs in batches until closed. Create and call it from one thread; the rest happens in its own.

    Args:
        lanes: The teachers' lanes; each job names its own.
        store: Where batches are written down and replies go.
        run: The run that pays, as the store names it.
        limits: Patience, and how to deal with batches.
        budget: The money, common to all lanes.
        notice: Called with a sentence for the user.
        winding_up: Whether nothing is to be sent any more: what is at a provider is cancelled and collected.

    Raises:
        UsageError: A teacher has no batches.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        store: ReplyStore,
        run: str,
        limits: Limits,
        budget: Budget,
        notice: Callable[[str], None],
        winding_up: bool = False,
    ) -> None:
        self._clients = {lane.identity: batches_of(lane.client) for lane in lanes}
        self.results: SimpleQueue[list[Outcome]] = SimpleQueue()
        self.stats = Stats()
        self._lanes, self._store, self._winding_up = tuple(lanes), store, winding_up
        self._settings = limits.batch or Batching()
        self._waiting = Waiting(self.stats, self._settings.retries)
        self._budget, self._notice, self._book = budget, notice, BatchBook(store, run)
        self._fleet, self._why_lost = Fleet(), ""
        self._delivered, self._resting = 0, False
        self._halted: RunError | None = None
        self._sure_by: float | None = None
        self._packer = Packer({lane: self._clients[lane.identity] for lane in lanes}, budget, self._settings.most)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: self._defect(context.get("exception")))
        self._desk = Desk(self._book, budget, self._settings, limits.patience, notice, self._refresh)
        self._doubts, self._elsewhere = Doubts(self._desk), Elsewhere(self._desk, store)
        self._waits = {lane: Waits(self._desk, lane) for lane in lanes}
        self._take_up()
        self._refresh()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tunesmith-batches", daemon=True)
        self._thread.start()

    def _take_up(self) -> None:
        """Go on with the batches of earlier processes."""
        by_identity = {lane.identity: lane for lane in self._lanes}
        # Those in doubt last: of requests that are in two, the one that is known is waited for.
        for entry in sorted(self._book.entries(only_open=True), key=lambda entry: entry.state == "doubted"):
            self._budget.hold(sum(entry.items.values()))
            lane = by_identity.get(entry.identity)
            if lane is None:
                self._notice(
                    f"{len(entry.items):,} requests are in a batch at {entry.identity}, which this run does not ask "
                    "any more; `tunesmith batches` shows and cancels it"
                )
                continue
            live = Live.again(entry, lane, self._clients[entry.identity])
            self._fleet.add(live)
            self._loop.call_soon(self._start, live, None)

    # Called from the submitting thread.

    def submit(self, jobs: list[Job]) -> None:
        """Take jobs in; their outcomes appear in `results`."""
        self._loop.call_soon_threadsafe(self._accept, jobs)

    def rest(self, received: int) -> None:
        """Nothing more will be submitted until something comes back, with so many lists taken from `results` so far."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rest, received)

    def halt(self, why: RunError) -> None:
        """Send nothing more and wait for nothing; what is at a provider stays there for the next process."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._halt, why)

    def withdraw(self, tickets: set[int]) -> None:
        """Forget what is not in a batch yet and nobody else asked for."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._withdraw, tickets)

    def busy(self) -> bool:
        """Whether a batch is just being created, or results are on their way to the disk."""
        return self.alive() and self._desk.critical > 0

    def working(self) -> bool:
        """Whether a batch is under way that this process looks after."""
        return self.alive() and bool(self._fleet) and self._halted is None

    def unsure(self) -> bool:
        """Whether it is still being found out if a batch was begun; no longer than that takes as a rule."""
        if self._sure_by is None:
            self._sure_by = time.monotonic() + 3 * self._settings.grace
        searching = any(not live.id for live in list(self._fleet))
        return self.working() and searching and time.monotonic() < self._sure_by

    @property
    def halted(self) -> RunError | None:
        """Why nothing more is sent, if that is so."""
        return self._halted

    def alive(self) -> bool:
        """Whether the driver's thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the thread; what is at a provider stays there."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()

    # Called in the driver's thread.

    def _accept(self, jobs: Iterable[Job]) -> None:
        known: list[Outcome] = []
        for job in jobs:
            if job.key in self._waiting:
                self._waiting.join(job)
                continue
            try:
                stored = self._store.get(job.key)
            except RunError as error:
                self._halt(error)
                stored = None
            if stored is not None:
                job.lane.ever_answered = True
                self.stats.from_store += 1
                known.append((job.ticket, stored))
            elif self._halted is not None:
                known.append((job.ticket, self._halted))
            else:
                self._waiting.join(job)
                if job.key in self._fleet:
                    self._waiting.boards(job)
                else:
                    job.lane.ready.append(job)
        self._deliver(known)

    def _deliver(self, outcomes: list[Outcome]) -> None:
        if outcomes:
            self._delivered += 1
            self._resting = False
            self.results.put(outcomes)

    def _rest(self, received: int) -> None:
        if received == self._delivered:
            self._resting = True
            self._send_off()

    def _send_off(self) -> None:
        """Send what has gathered, if the teacher rests: in the order of asking, as far as the money goes."""
        if self._why_lost:
            if self._fleet.only_lost():
                self._halt(TeacherStopped(self._why_lost))
            return
        if not self._resting or self._halted is not None:
            return
        try:
            packs, left = self._packer.fill([lane for lane in self._lanes if lane.ready and self._may_send(lane)])
        except UsageError as error:
            self._halt(TeacherStopped(str(error)))
            return
        if left is not None and not packs and not self._fleet and not self._elsewhere:
            self._halt(self._budget.exhausted(left.worst, left.lane.name))
        for pack in packs:
            live = Live(
                uuid.uuid4().hex,
                pack.lane,
                self._clients[pack.lane.identity],
                {job.key: job.worst for job in pack.jobs},
                len(pack.jobs),
            )
            self._fleet.add(live)
            for job in pack.jobs:
                self._waiting.boards(job)
            self._start(live, pack)
        self._refresh()

    def _may_send(self, lane: Lane) -> bool:
        """Whether the endpoint may be given another batch; one that has refused one gets them one by one."""
        return self._packer.ways[lane].open(self._fleet.fresh(lane))

    def _start(self, live: Live, pack: Pack | None) -> None:
        if self._halted is None:
            self._task(self._life(live, pack))

    def _task(self, what: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._defect(task.exception())

    def _again(self, jobs: Iterable[Job]) -> None:
        """Put jobs back among those that are ready, in the order of asking."""
        back: dict[Lane, list[Job]] = {}
        for job in jobs:
            if self._halted is None and job.key in self._waiting:
                back.setdefault(job.lane, []).append(job)
        for lane, more in back.items():
            lane.ready = deque(sorted([*lane.ready, *more], key=lambda job: job.ticket))
        self._send_off()

    def _withdraw(self, tickets: set[int]) -> None:
        self._waiting.withdraw(tickets)
        for lane in self._lanes:
            lane.keep(lambda job: job.key in self._waiting)

    def _halt(self, why: RunError) -> None:
        if self._halted is not None:
            return
        self._halted = why
        self._desk.stopping.set()
        for lane in self._lanes:
            lane.take_all()
        self._deliver(self._waiting.strand(why))

    def _defect(self, error: BaseException | None) -> None:
        """Something of ours failed: stop, and let nobody wait for ever."""
        why = TeacherStopped(f"the driver failed: {error!r}; this is a defect in tunesmith, and all replies are kept")
        self._halt(why)
        self._deliver(self._waiting.strand(why))

    def _refresh(self) -> None:
        self.stats.spent, self.stats.unconfirmed = self._budget.spent, self._budget.unconfirmed
        self._fleet.tell(self.stats)

    async def _finish(self) -> None:
        self._halt(Interrupted("stopped"))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._desk.close()
        for lane in self._lanes:
            await lane.close()
        if left := self._fleet.left():
            self._notice(f"{left:,} requests are at the provider; the same command collects them")
