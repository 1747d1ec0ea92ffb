"""What becomes of one batch, from the first note in the book to the last reply in the store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from tunesmith.errors import Refused, RunError, StoreError, TeacherStopped
from tunesmith.teacher.budget import Budget
from tunesmith.teacher.jobs import Outcome, Stats
from tunesmith.teacher.lane import Job, Lane

from .api import Lost, Problem, Remote
from .book import LOST, BatchBook
from .collect import Harvest, collect, stop, watch
from .create import create, search
from .desk import Desk, Halted, Live, Waits
from .doubts import Doubts
from .elsewhere import Elsewhere
from .fleet import Fleet
from .packing import Pack, Packer
from .waiting import Reaped, Waiting

_REFUSALS = 8  # this many refusals in a batch and not one answer: the fault is not in the requests


class Lives(ABC):
    """The lives of a run's batches.

    What is common to them, and what the run does with what comes of them, is the driver's: it asks again, delivers and
    halts.
    """

    stats: Stats
    _desk: Desk
    _book: BatchBook
    _budget: Budget
    _notice: Callable[[str], None]
    _fleet: Fleet
    _packer: Packer
    _waiting: Waiting
    _doubts: Doubts
    _elsewhere: Elsewhere
    _waits: dict[Lane, Waits]
    _winding_up: bool
    _why_lost: str

    @abstractmethod
    def _task(self, what: Coroutine[Any, Any, None]) -> None:
        """Have something go on by itself."""

    @abstractmethod
    def _again(self, jobs: Iterable[Job]) -> None:
        """Put jobs back among those that are ready, in the order of asking."""

    @abstractmethod
    def _send_off(self) -> None:
        """Send what has gathered, if it is time."""

    @abstractmethod
    def _deliver(self, outcomes: list[Outcome]) -> None:
        """Tell those who wait."""

    @abstractmethod
    def _halt(self, why: RunError) -> None:
        """Send nothing more."""

    @abstractmethod
    def _refresh(self) -> None:
        """Count what is where."""

    async def _life(self, live: Live, pack: Pack | None) -> None:
        """From the first note in the book to the last reply in the store."""
        desk = self._desk
        try:
            if not live.id and not await self._begun(live, pack):
                return
            if self._winding_up:
                await stop(desk, live)
            remote = await watch(desk, live)
            if remote.problem is not None and remote.untouched:
                await self._refused_whole(live, remote.problem)
                return
            keys = set(live.worsts)
            harvest = await collect(desk, live, remote)
            await self._doubts.settle(keys, harvest)
            self._reap(live, remote, harvest)
        except Halted:
            return
        except Lost as error:
            await self._lost(live, error)
        except RunError as error:
            if isinstance(error, Refused) and error.status == 413 and not live.id:
                await self._smaller(live, str(error), for_good=True)
            elif isinstance(error, Refused):
                await self._fail(live, f"{f'batch {live.id}' if live.id else 'no batch was begun'}: {error}")
            else:
                await self._fail(live, str(error))

    async def _begun(self, live: Live, pack: Pack | None) -> bool:
        """See that the provider has the batch, the book first; returns whether there is one."""
        if pack is None:
            begun = not live.absent and await search(self._desk, live)
        else:
            if not await self._intend(live, pack):
                return False
            begun = await create(self._desk, live, pack.lines, self._waits[live.lane])
            pack.lines.clear()
        if begun:
            self._refresh()
        elif live.absent or live.doubted or self._winding_up:
            self._again(await self._void(live))
        else:
            await self._doubts.enter(live)
            self._again(self._off(self._gone(live)))
        return begun

    async def _intend(self, live: Live, pack: Pack) -> bool:
        """Write the batch down, but for what another run has in one; returns whether anything is left."""
        desk = self._desk
        items = [(job.key, job.request, job.worst) for job in pack.jobs]
        with desk.undisturbed():
            taken = await desk.commit(self._book.intend, live.nonce, live.lane.identity, items)
        if taken:
            pack.lines = [line for line, job in zip(pack.lines, pack.jobs, strict=True) if job.key not in taken]
            live.requests = len(pack.lines)
            for key in taken:
                self._budget.failed(live.worsts.pop(key), may_be_charged=False)
                self._fleet.leave_out(key)
            if not self._elsewhere:
                self._task(self._look_elsewhere())
            self._elsewhere.add(self._off(taken))
            if not live.worsts:
                self._gone(live)
        return bool(live.worsts)

    async def _look_elsewhere(self) -> None:
        """Deliver what other runs collect, and ask what they do not."""
        try:
            while self._elsewhere:
                done, back = await self._elsewhere.wait()
                self.stats.from_store += len(done)
                self._deliver([told for job, reply in done for told in self._waiting.answered(job.key, reply)])
                self._again(back)
        except Halted:
            return
        except RunError as error:
            self._halt(error)

    async def _lost(self, live: Live, error: Lost) -> None:
        """The provider does not know it any more: no more is sent, and what is at a provider is collected first."""
        live.lost, self._why_lost = True, self._why_lost or f"{live.lane.label}{error}"
        await self._desk.commit(self._book.told, live.nonce, LOST, live.done)
        if not self._fleet.only_lost():
            self._notice(f"{live.lane.label}{error}; collecting the other batches first")
        self._send_off()

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
        live.worsts.clear()
        return self._off(self._gone(live))

    def _gone(self, live: Live) -> set[str]:
        """It is not under way any more; returns the keys of the requests that were waited for in it."""
        keys = self._fleet.remove(live)
        self._packer.ways[live.lane].blocked = False
        self._refresh()
        return keys

    def _off(self, keys: Iterable[str]) -> list[Job]:
        """These requests are in no batch any more; returns their jobs, as far as somebody waits for them."""
        return [job for key in keys if (job := self._waiting.leaves(key)) is not None]

    async def _refused_whole(self, live: Live, problem: Problem) -> None:
        """The provider refused the batch before it tried any request."""
        if problem.code == "token_limit_exceeded":
            await self._smaller(live, problem.what)
        else:
            await self._void(live)
            why = f"the provider refused batch {live.id}: {problem.what} ({problem.code})"
            self._halt(TeacherStopped(live.lane.label + why))

    async def _smaller(self, live: Live, why: str, for_good: bool = False) -> None:
        """The endpoint will not have so much at once: wait for what it has, or else ask in smaller batches."""
        way, lane = self._packer.ways[live.lane], live.lane
        others = self._fleet.others(live)
        way.careful = True
        jobs = await self._void(live)
        if not others:
            if live.requests == 1 and for_good:  # it is this request that is too large, and others may not be
                self._refuse(live, jobs, why)
                return
            if live.requests == 1:
                self._halt(TeacherStopped(f"{lane.label}one request alone is too much for the batch endpoint: {why}"))
                return
            way.most = max(1, live.requests // 2)
        way.blocked = others
        then = "waiting for the batches it has" if others else f"trying {way.most:,} requests at a time"
        self._notice(f"{lane.label}a batch of {live.requests:,} requests was too much at once ({why}); {then}")
        self._again(jobs)

    def _refuse(self, live: Live, jobs: list[Job], why: str) -> None:
        """No batch will take these requests."""
        lane = live.lane
        refused = Harvest(refused=[(job.key, Refused(why)) for job in jobs])
        self._deliver(self._waiting.reap(lane, refused).told)
        if stop := lane.refused(why):
            self._halt(TeacherStopped(lane.label + stop))
        self._again(())

    def _reap(self, live: Live, remote: Remote, harvest: Harvest) -> None:
        """All that came of a batch is in the store: tell whoever waits for it."""
        lane = live.lane
        lane.ever_answered = lane.ever_answered or bool(harvest.replies)
        keys = self._gone(live)
        harvest.again = [(key, error) for key, error in harvest.again if key in keys]
        if len(harvest.refused) >= _REFUSALS and not lane.ever_answered:
            last = harvest.refused[-1][1]
            self._halt(TeacherStopped(f"{lane.label}every request so far was refused; the last: {last}"))
        reaped = self._waiting.reap(lane, harvest)
        self._tell(live, remote, harvest, reaped)
        self._deliver(reaped.told)
        if harvest.stop is not None:
            self._halt(TeacherStopped(f"{lane.label}{harvest.stop}"))
        if remote.problem is not None:
            why = f"batch {live.id} was broken off: {remote.problem.what} ({remote.problem.code})"
            self._halt(TeacherStopped(lane.label + why))
        self._again(reaped.back)

    def _tell(self, live: Live, remote: Remote, harvest: Harvest, reaped: Reaped) -> None:
        counts = {
            "refused": len(harvest.refused),
            "to be asked again": len(reaped.back),
            "given up": reaped.given_up,
        }
        more = "".join(f", {count:,} {what}" for what, count in counts.items() if count)
        self._notice(f"{live.lane.label}batch {live.id} {remote.state}: {len(harvest.replies):,} replies{more}")
