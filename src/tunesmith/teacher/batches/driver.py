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
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue

from tunesmith.errors import Interrupted, Refused, RunError, StoreError, TeacherStopped, UsageError
from tunesmith.teacher.budget import Budget
from tunesmith.teacher.jobs import Outcome, Stats
from tunesmith.teacher.lane import Job, Lane
from tunesmith.teacher.limits import Batching, Limits
from tunesmith.teacher.store import ReplyStore

from .api import Problem, Remote, batches_of
from .book import BatchBook
from .collect import Harvest, collect, stop, watch
from .create import create
from .desk import Desk, Halted, Live
from .packing import Pack, Packer
from .waiting import Waiting

_REFUSALS = 8  # this many refusals in a batch and not one answer: the fault is not in the requests


class BatchDriver:
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
        self._live: dict[str, Live] = {}  # by nonce
        self._there: dict[str, str] = {}  # key -> nonce
        self._delivered, self._resting = 0, False
        self._halted: RunError | None = None
        self._packer = Packer({lane: self._clients[lane.identity] for lane in lanes}, budget, self._settings.most)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: self._defect(context.get("exception")))
        self._desk = Desk(self._book, budget, self._settings, limits.patience, notice, self._refresh)
        self._take_up()
        self._refresh()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tunesmith-batches", daemon=True)
        self._thread.start()

    def _take_up(self) -> None:
        """Go on with the batches of earlier processes."""
        by_identity = {lane.identity: lane for lane in self._lanes}
        for entry in self._book.entries(only_open=True):
            self._budget.hold(sum(entry.items.values()))
            lane = by_identity.get(entry.identity)
            if lane is None:
                self._notice(
                    f"{len(entry.items):,} requests are in a batch at {entry.identity}, which this run does not ask "
                    "any more; `tunesmith batches` shows and cancels it"
                )
                continue
            live = Live.again(entry, lane, self._clients[entry.identity])
            self._live[live.nonce] = live
            self._there |= dict.fromkeys(live.worsts, live.nonce)
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
        return self.alive() and bool(self._live) and self._halted is None

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
                if job.key in self._there:
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
        if not self._resting or self._halted is not None:
            return
        try:
            packs, left = self._packer.fill([lane for lane in self._lanes if lane.ready and self._may_send(lane)])
        except UsageError as error:
            self._halt(TeacherStopped(str(error)))
            return
        if left is not None and not packs and not self._live:
            self._halt(self._budget.exhausted(left.worst, left.lane.name))
        for pack in packs:
            live = Live(
                uuid.uuid4().hex,
                pack.lane,
                self._clients[pack.lane.identity],
                {job.key: job.worst for job in pack.jobs},
                len(pack.jobs),
                time.time(),
            )
            self._live[live.nonce] = live
            for job in pack.jobs:
                self._there[job.key] = live.nonce
                self._waiting.boards(job)
            self._start(live, pack)
        self._refresh()

    def _may_send(self, lane: Lane) -> bool:
        """Whether the endpoint may be given another batch; one that has refused one gets them one by one."""
        fresh = any(live.lane is lane and not live.checked for live in self._live.values())
        return self._packer.ways[lane].open(fresh)

    def _start(self, live: Live, pack: Pack | None) -> None:
        if self._halted is None:
            task = self._loop.create_task(self._life(live, pack))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._defect(task.exception())

    async def _life(self, live: Live, pack: Pack | None) -> None:
        """From the first note in the book to the last reply in the store."""
        desk = self._desk
        try:
            if not live.id and not await self._begun(live, pack):
                return
            if self._winding_up:
                await stop(desk, live)
            remote = await watch(desk, live)
            if remote.problem is not None:
                await self._refused_whole(live, remote.problem)
            else:
                self._reap(live, remote, await collect(desk, live, remote))
        except Halted:
            return
        except RunError as error:
            if isinstance(error, Refused) and error.status == 413:
                await self._smaller(live, str(error))
            else:
                await self._fail(live, f"no batch was begun: {error}" if isinstance(error, Refused) else str(error))

    async def _begun(self, live: Live, pack: Pack | None) -> bool:
        """See that the provider has the batch, the book first; returns whether there is one."""
        desk, lines = self._desk, None
        if pack is not None:
            items = [(job.key, job.request, job.worst) for job in pack.jobs]
            with desk.undisturbed():
                await desk.commit(self._book.intend, live.nonce, live.lane.identity, items)
            lines = pack.lines
        if await create(desk, live, lines, not self._winding_up) is None:
            self._again(await self._void(live))
            return False
        if pack is not None:
            pack.lines.clear()
        self._refresh()
        return True

    async def _fail(self, live: Live, why: str) -> None:
        """This batch cannot go on, and no other would."""
        if live.absent and not live.id:
            try:
                await self._void(live)
            except StoreError:
                pass  # it stays in the book as one that is looked for, and the reason to stop is another
        self._halt(TeacherStopped(live.lane.label + why))

    async def _void(self, live: Live) -> list[Job]:
        """The batch never came about: nothing was charged. Returns the jobs that may go into others."""
        await self._desk.commit(self._book.close, live.nonce, "void")
        for worst in live.worsts.values():
            self._budget.failed(worst, may_be_charged=False)
        keys = list(live.worsts)
        live.worsts.clear()
        self._gone(live)
        return [job for key in keys if (job := self._waiting.leaves(key)) is not None]

    def _gone(self, live: Live) -> None:
        self._live.pop(live.nonce, None)
        self._there = {key: nonce for key, nonce in self._there.items() if nonce != live.nonce}
        self._packer.ways[live.lane].blocked = False
        self._refresh()

    def _again(self, jobs: Iterable[Job]) -> None:
        """Put jobs back among those that are ready, in the order of asking."""
        back: dict[Lane, list[Job]] = {}
        for job in jobs:
            if self._halted is None and job.key in self._waiting:
                back.setdefault(job.lane, []).append(job)
        for lane, more in back.items():
            lane.ready = deque(sorted([*lane.ready, *more], key=lambda job: job.ticket))
        self._send_off()

    async def _refused_whole(self, live: Live, problem: Problem) -> None:
        """The provider refused the batch before it tried any request."""
        if problem.code == "token_limit_exceeded":
            await self._smaller(live, problem.what)
        else:
            await self._void(live)
            why = f"the provider refused batch {live.id}: {problem.what} ({problem.code})"
            self._halt(TeacherStopped(live.lane.label + why))

    async def _smaller(self, live: Live, why: str) -> None:
        """The endpoint will not have so much at once: wait for what it has, or else ask in smaller batches."""
        way, lane = self._packer.ways[live.lane], live.lane
        others = any(other.lane is lane and other is not live and other.id for other in self._live.values())
        way.careful = True
        jobs = await self._void(live)
        if not others:
            if live.requests == 1:
                self._halt(TeacherStopped(f"{lane.label}one request alone is too much for the batch endpoint: {why}"))
                return
            way.most = max(1, live.requests // 2)
        way.blocked = others
        then = "waiting for the batches it has" if others else f"trying {way.most:,} requests at a time"
        self._notice(f"{lane.label}a batch of {live.requests:,} requests was too much at once ({why}); {then}")
        self._again(jobs)

    def _reap(self, live: Live, remote: Remote, harvest: Harvest) -> None:
        """All that came of a batch is in the store: tell whoever waits for it."""
        lane = live.lane
        lane.ever_answered = lane.ever_answered or bool(harvest.replies)
        self._gone(live)
        if len(harvest.refused) >= _REFUSALS and not lane.ever_answered:
            last = harvest.refused[-1][1]
            self._halt(TeacherStopped(f"{lane.label}every request so far was refused; the last: {last}"))
        outcomes, back = self._waiting.reap(lane, harvest)
        self._tell(live, remote, harvest, len(back))
        self._deliver(outcomes)
        if harvest.stop is not None:
            self._halt(TeacherStopped(f"{lane.label}{harvest.stop}"))
        self._again(back)

    def _tell(self, live: Live, remote: Remote, harvest: Harvest, back: int) -> None:
        refused = f", {len(harvest.refused):,} refused" if harvest.refused else ""
        again = f", {back:,} to be asked again" if back else ""
        answered = f"{len(harvest.replies):,} replies"
        self._notice(f"{live.lane.label}batch {live.id} {remote.state}: {answered}{refused}{again}")

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
        stats, live = self.stats, self._live.values()
        stats.spent, stats.unconfirmed = self._budget.spent, self._budget.unconfirmed
        stats.in_flight = sum(one.requests for one in live if not one.id)
        stats.at_provider = sum(len(one.worsts) for one in live if one.id)
        stats.done_there = sum(min(one.done, len(one.worsts)) for one in live if one.id)

    async def _finish(self) -> None:
        self._halt(Interrupted("stopped"))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._desk.close()
        for lane in self._lanes:
            await lane.close()
        left = sum(len(live.worsts) for live in self._live.values())
        if left:
            self._notice(f"{left:,} requests are at the provider; the same command collects them")
