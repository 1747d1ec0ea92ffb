"""The driver: sends requests in an event loop of its own, and stores each reply before anyone sees it.

It runs in a background thread, so that the network goes on while a step computes, and so that no step ever meets
async. Requests go in by `submit`; outcomes come out in batches, in the order in which they were settled, by `results`.
Each teacher has a `Lane`, which knows what its endpoint can take; the money, the way to the disk and the end of the
run are common to all, and are decided here and in ``budget.py``.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from queue import SimpleQueue

from tunesmith.errors import Interrupted, Refused, RunError, TeacherStopped, Transient, UsageError

from .budget import Budget
from .chat import Reply
from .jobs import Outcome, Stats
from .lane import Job, Lane
from .limits import backoff
from .saver import Batch, Saver
from .store import ReplyStore, with_key

# How much of a request's patience a failure costs, 1 if not named here: a busy server is hardly the request's fault,
# an unreachable one not at all. An endpoint that has nothing to say to a request seldom has more to say later.
_WEIGHT = {"rate": 0.125, "connection": 0.0, "empty": 2.0}
_WORTH_A_WORD = 10.0  # seconds of waiting that a person should be told the reason of


class Driver:
    """Sends jobs until closed. Create and call it from one thread; the rest happens in its own.

    Args:
        lanes: The teachers' lanes; each job names its own.
        store: Where replies go first.
        run: The run that pays, as the store names it.
        retries: How often one request is sent again after failures that may pass.
        budget: The money, common to all lanes.
        notice: Called with a sentence when the user should know why nothing moves.
    """

    def __init__(
        self,
        lanes: Sequence[Lane],
        store: ReplyStore,
        run: str,
        retries: int,
        budget: Budget,
        notice: Callable[[str], None],
    ) -> None:
        self.results: SimpleQueue[list[Outcome]] = SimpleQueue()
        self.stats = Stats()
        self._lanes = tuple(lanes)
        self._store, self._retries = store, retries
        self._budget, self._notice = budget, notice
        self._waiting: dict[str, list[int]] = {}  # key -> tickets; the same question is sent once
        self._halted: RunError | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: self._defect(context.get("exception")))
        self._saver = Saver(
            self._loop,
            lambda *batch: store.put(run, *batch),
            budget,
            lambda: not any(lane.ready for lane in self._lanes),
            self._saved,
        )
        self._refresh()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tunesmith-driver", daemon=True)
        self._thread.start()

    # Called from the submitting thread.

    def submit(self, jobs: list[Job]) -> None:
        """Take jobs in; their outcomes appear in `results`."""
        self._loop.call_soon_threadsafe(self._accept, jobs)

    def rest(self, received: int) -> None:
        """Nothing more will be submitted until something comes back; here all is on its way already."""

    def unsure(self) -> bool:
        """Whether it is still being found out what has been paid for; here that is known at once."""
        return False

    def halt(self, why: RunError) -> None:
        """Send nothing more; what is in flight is still waited for and stored."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._halt, why)

    def withdraw(self, tickets: set[int]) -> None:
        """Forget what has not been sent yet and nobody else asked for."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._withdraw, tickets)

    def busy(self) -> bool:
        """Whether something is on its way to the endpoint or to the disk."""
        return self.alive() and bool(self._tasks or self._saver.busy)

    def alive(self) -> bool:
        """Whether the driver's thread runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Cut what is in flight, store what has arrived, and end the thread."""
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
                self._waiting[job.key].append(job.ticket)
                continue
            try:
                stored = self._store.get(job.key)
            except RunError as error:
                self._halt(error)
                stored = None
            if stored is not None:
                job.lane.ever_answered = True
                job.lane.replayed += 1
                self.stats.from_store += 1
                known.append((job.ticket, stored))
            elif self._halted is not None:
                known.append((job.ticket, self._halted))
            else:
                self._waiting[job.key] = [job.ticket]
                job.lane.ready.append(job)
        if known:
            self.results.put(known)
        self._pump()

    def _pump(self) -> None:
        """Send as many ready jobs as concurrency, pace, breaker and budget allow.

        There is one purse, so the earliest job is served first, whoever's it is, and one that does not fit is waited
        for: else the cheap would never leave enough for the dear, and money would go to rows that are never finished.
        """
        lanes = [lane for lane in self._lanes if lane.ready]
        while lanes and self._halted is None:
            lane = lanes[0] if len(lanes) == 1 else min(lanes, key=lambda lane: lane.ready[0].ticket)
            if not self._free(lane):
                lanes.remove(lane)
                continue
            job = lane.ready[0]
            if not self._affordable(job):
                return
            pause = lane.pause(job, self._loop.time())
            if pause > 0:
                lane.wake(self._loop, pause, self._pump)
                lanes.remove(lane)
                continue
            self._send(lane.ready.popleft())
            if not lane.ready:
                lanes.remove(lane)

    def _free(self, lane: Lane) -> bool:
        """Whether the lane may have one more request in flight; if only time can tell, it will be asked again."""
        if lane.room() <= 0:
            return False
        wait = lane.breaker.probe_at - self._loop.time()
        if wait > 0:
            lane.wake(self._loop, wait, self._pump)
        return wait <= 0

    def _affordable(self, job: Job) -> bool:
        """Whether there is money for the job, and the store knows; if not, what brings it about is on its way."""
        try:
            job.worst = self._budget.worst(job.request, job.lane.price)
            if not self._budget.fits(job.worst):
                if not self.stats.in_flight:
                    self._halt(self._budget.exhausted(job.worst, job.lane.name))
                return False
            if self._budget.must_announce(job.worst):
                self._announce()
                return False
        except UsageError as error:
            self._halt(TeacherStopped(str(error)))
            return False
        return True

    def _send(self, job: Job) -> None:
        self._budget.hold(job.worst)
        job.lane.in_flight += 1
        self.stats.in_flight += 1
        task = self._loop.create_task(self._serve(job))
        self._tasks.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._defect(task.exception())

    def _defect(self, error: BaseException | None) -> None:
        """Something of ours failed: stop, and let nobody wait for ever."""
        why = TeacherStopped(f"the driver failed: {error!r}; this is a defect in tunesmith, and all replies are kept")
        self._halt(why)
        stranded = [ticket for tickets in self._waiting.values() for ticket in tickets]
        self._waiting.clear()
        self.results.put([(ticket, why) for ticket in stranded])

    def _withdraw(self, tickets: set[int]) -> None:
        def wanted(job: Job) -> bool:
            left = [ticket for ticket in self._waiting.pop(job.key, ()) if ticket not in tickets]
            if left:
                self._waiting[job.key] = left
            return bool(left)

        for lane in self._lanes:
            lane.keep(wanted)

    async def _serve(self, job: Job) -> None:
        lane, sent_at = job.lane, self._loop.time()
        try:
            reply = await lane.client.complete(job.request)
        except Transient as error:
            self._failed(job, error, sent_at)
        except Refused as error:
            self._give_up(job, Refused(f"{lane.label}{error}"), may_be_charged=False)
            self._alive(lane)
            if why := lane.refused(str(error)):
                self._halt(TeacherStopped(lane.label + why))
        except asyncio.CancelledError:
            self._budget.failed(job.worst, may_be_charged=True)
            self._landed(lane)
            raise
        except RunError as error:
            stop = TeacherStopped(f"{lane.label}{error}") if lane.label else error
            self._give_up(job, stop, may_be_charged=False)
            self._halt(stop)
        except Exception as error:  # a defect in a client must stop the run, not hang it
            stop = TeacherStopped(f"{lane.label}the client failed: {error!r}")
            self._give_up(job, stop, may_be_charged=True)
            self._halt(stop)
        else:
            self._answered(job, reply, self._loop.time() - sent_at)
        self._pump()

    def _landed(self, lane: Lane) -> None:
        lane.in_flight -= 1
        self.stats.in_flight -= 1

    def _alive(self, lane: Lane) -> None:
        if lane.breaker.alive():
            self._say(lane, "the endpoint answers again; going on")

    def _answered(self, job: Job, reply: Reply, seconds: float) -> None:
        lane, usage = job.lane, reply.usage
        lane.answered(reply, seconds, self._loop.time())
        self._alive(lane)
        cost = lane.price.cost(usage) if usage is not None and lane.price is not None else None
        self._budget.paid(job.worst, cost)
        if usage:
            self.stats.input_tokens += usage.input_tokens
            self.stats.output_tokens += usage.output_tokens
        self._saver.add(job, with_key(reply, job.key, cost))

    def _failed(self, job: Job, error: Transient, sent_at: float) -> None:
        """Decide what becomes of a request that failed in a way that may pass."""
        lane, now = job.lane, self._loop.time()
        self._budget.failed(job.worst, error.answered)
        self._landed(lane)
        self.stats.retries += 1
        job.failures += _WEIGHT.get(error.kind, 1.0)
        job.tries += 1
        if error.unusable:
            self._alive(lane)
        down = lane.failed(error, sent_at, now)
        self._refresh()
        if self._halted is not None:
            self._settle(job, self._halted)
        elif why := lane.out_of_patience(error):
            lane.ready.append(job)
            self._halt(TeacherStopped(lane.label + why))
        elif job.failures > self._retries:
            self._settle(job, lane.given_up(job, error))
        elif lane.breaker.hopeless(error.kind == "connection", now):
            lane.ready.append(job)
            self._give_in(lane, error)
        elif down:
            breaker = lane.breaker
            breaker.probe_at = max(breaker.probe_at, now + (error.retry_after or 0.0))
            lane.ready.append(job)
            self._say(lane, f"{error}; trying again in {max(breaker.probe_at - now, 0):.0f} s")
        else:
            delay = backoff(0 if error.kind == "empty" else int(job.failures), error.retry_after)
            if error.retry_after and delay > _WORTH_A_WORD:
                self._say(lane, f"{error}; the endpoint asks to wait {delay:.0f} s")
            lane.wake(self._loop, delay, self._pump, job)

    def _give_in(self, lane: Lane, error: Transient) -> None:
        """The patience with the endpoint is at its end."""
        if lane.blames_requests(error):
            for job in lane.take_all():
                self._settle(job, lane.given_up(job, error))
        else:
            self._halt(TeacherStopped(f"{lane.label}the endpoint does not answer: {error}"))

    def _say(self, lane: Lane, what: str) -> None:
        if lane.said != what:
            lane.said = what
            self._notice(lane.label + what)

    def _give_up(self, job: Job, error: RunError, may_be_charged: bool) -> None:
        self._budget.failed(job.worst, may_be_charged)
        self._landed(job.lane)
        self._settle(job, error)

    def _settle(self, job: Job, error: RunError) -> None:
        """Tell whoever waits for ``job`` that no reply will come."""
        self.stats.failed += 1
        self._refresh()
        self.results.put([(ticket, error) for ticket in self._waiting.pop(job.key, ())])

    def _halt(self, why: RunError) -> None:
        if self._halted is not None:
            return
        self._halted = why
        for lane in self._lanes:
            for job in lane.take_all():
                self._settle(job, why)

    def _refresh(self) -> None:
        self.stats.spent, self.stats.unconfirmed = self._budget.spent, self._budget.unconfirmed
        self.stats.concurrency = sum(int(lane.gate.limit) for lane in self._lanes)

    def _announce(self) -> None:
        """Have the store note what the next requests of all lanes may cost, before they are sent."""
        worst = self._budget.worst
        self._saver.announce(sum(worst(request, lane.price) for lane in self._lanes for request in lane.soon()))

    def _saved(self, batch: Batch, stored: list[Reply] | RunError) -> None:
        for job, _ in batch:
            self._landed(job.lane)
        if isinstance(stored, RunError):
            for job, _ in batch:
                self._settle(job, stored)
            self._halt(stored)
        else:
            outcomes: list[Outcome] = []
            for (job, _), reply in zip(batch, stored, strict=True):
                outcomes += [(ticket, reply) for ticket in self._waiting.pop(job.key, ())]
            self.stats.answered += len(batch)
            self._refresh()
            self.results.put(outcomes)
        self._pump()

    async def _finish(self) -> None:
        self._halt(Interrupted("stopped"))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        failed = await self._saver.finish()
        for lane in self._lanes:
            await lane.close()
        if failed is not None:
            self._notice(str(failed))  # not raised: whatever ended the run matters more
