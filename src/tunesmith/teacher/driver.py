"""The driver: sends requests over a client in an event loop of its own, and stores each reply before anyone sees it.

It runs in a background thread, so that the network goes on while a step computes, and so that no step ever meets
async. Requests go in by `submit`; outcomes come out in batches, in the order in which they were settled, by `results`.
Everything that concerns time, failure and money is decided here and in ``limits.py`` and ``budget.py``.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from queue import SimpleQueue

from tunesmith.errors import BudgetSpent, Interrupted, Refused, RunError, TeacherStopped, Transient, UsageError

from .budget import Budget
from .chat import Client, Reply
from .jobs import Job, Outcome, Stats
from .limits import Breaker, Gate, Limits, Pace, backoff
from .saver import Batch, Saver
from .store import ReplyStore, with_key

# How much of a request's patience a failure costs, 1 if not named here: a busy server is hardly the request's fault,
# an unreachable one not at all.
_WEIGHT = {"rate": 0.125, "connection": 0.0}
_WORTH_A_WORD = 10.0  # seconds of waiting that a person should be told the reason of
_REFUSALS = 8  # this many refusals and not one answer: the fault is not in the requests
_GARBLED = 12  # this many unreadable answers and not one other: a wrong address, most likely
_MANY_GARBLED = 500  # likewise since the last good answer: it was right once
_SAME_REFUSALS = 20  # likewise this many in a row with the very same words


class Driver:
    """Sends jobs until closed. Create and call it from one thread; the rest happens in its own.

    Args:
        client: Who answers.
        store: Where replies go first.
        run: The run that pays, as the store names it.
        limits: What the user allows.
        budget: The money.
        notice: Called with a sentence when the user should know why nothing moves.
    """

    def __init__(
        self,
        client: Client,
        store: ReplyStore,
        run: str,
        limits: Limits,
        budget: Budget,
        notice: Callable[[str], None],
    ) -> None:
        self.results: SimpleQueue[list[Outcome]] = SimpleQueue()
        self.stats = Stats(spent=budget.spent, unconfirmed=budget.unconfirmed, concurrency=limits.concurrency)
        self._client, self._store, self._limits = client, store, limits
        self._budget, self._notice = budget, notice
        self._gate = Gate(limits.concurrency)
        self._pace = Pace(limits.requests_per_minute, limits.tokens_per_minute)
        self._breaker = Breaker(limits.patience)
        self._refusals: list[str] = []  # since the last answer
        self._garbled = 0  # likewise
        self._ever_answered = False  # now, or in an earlier process
        self._said = ""
        self._ready: deque[Job] = deque()
        self._waiting: dict[str, list[int]] = {}  # key -> tickets; the same question is sent once
        self._halted: RunError | None = None
        self._later: dict[Job | None, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: self._defect(context.get("exception")))
        self._saver = Saver(
            self._loop,
            lambda *batch: store.put(run, client.identity, *batch),
            budget,
            lambda: not self._ready,
            self._saved,
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="tunesmith-driver", daemon=True)
        self._thread.start()

    # Called from the submitting thread.

    def submit(self, jobs: list[Job]) -> None:
        """Take jobs in; their outcomes appear in `results`."""
        self._loop.call_soon_threadsafe(self._accept, jobs)

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
                self._ever_answered = True
                self.stats.from_store += 1
                known.append((job.ticket, stored))
            elif self._halted is not None:
                known.append((job.ticket, self._halted))
            else:
                self._waiting[job.key] = [job.ticket]
                self._ready.append(job)
        if known:
            self.results.put(known)
        self._pump()

    def _pump(self) -> None:
        """Send as many ready jobs as concurrency, pace, breaker and budget allow."""
        while self._ready and self._halted is None:
            allowed = 1 if self._breaker.open else int(self._gate.limit)
            if self.stats.in_flight >= allowed:
                return
            now, job = self._loop.time(), self._ready[0]
            try:
                job.worst = self._budget.worst(job.request)
                if not self._budget.fits(job.worst):
                    if not self.stats.in_flight:
                        self._halt(self._budget_spent(job))
                    return
                if self._budget.must_announce(job.worst):
                    self._announce(allowed)
                    return
            except UsageError as error:
                self._halt(TeacherStopped(str(error)))
                return
            pause = max(self._breaker.probe_at - now, 0.0) or self._pace.wait(self._tokens(job), now)
            if pause > 0:
                self._wake(pause)
                return
            self._ready.popleft()
            self._budget.hold(job.worst)
            self.stats.in_flight += 1
            task = self._loop.create_task(self._serve(job))
            self._tasks.add(task)
            task.add_done_callback(self._served)

    @staticmethod
    def _tokens(job: Job) -> int:
        # Four bytes a token is the usual rule for English; a pace need not be exact.
        return job.request.size() // 4 + (job.request.max_tokens or 0)

    def _wake(self, seconds: float, job: Job | None = None) -> None:
        """Pump again after ``seconds``, with ``job`` back in the queue."""

        def ring() -> None:
            self._later.pop(job, None)
            if job is not None:
                self._ready.append(job)
            self._pump()

        if job is None and job in self._later:
            self._later[job].cancel()
        self._later[job] = self._loop.call_later(seconds, ring)

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
        kept: deque[Job] = deque()
        for job in (*self._ready, *(job for job in self._later if job is not None)):
            left = [ticket for ticket in self._waiting.get(job.key, ()) if ticket not in tickets]
            if left:
                self._waiting[job.key] = left
                if job not in self._later:
                    kept.append(job)
            else:
                self._waiting.pop(job.key, None)
                if job in self._later:
                    self._later.pop(job).cancel()
        self._ready = kept

    async def _serve(self, job: Job) -> None:
        sent_at = self._loop.time()
        try:
            reply = await self._client.complete(job.request)
        except Transient as error:
            self._failed(job, error, sent_at)
        except Refused as error:
            self._give_up(job, error, may_be_charged=False)
            self._refused(str(error))
        except asyncio.CancelledError:
            self._budget.failed(job.worst, may_be_charged=True)
            self.stats.in_flight -= 1
            raise
        except RunError as error:
            self._give_up(job, error, may_be_charged=False)
            self._halt(error)
        except Exception as error:  # a defect in a client must stop the run, not hang it
            self._give_up(job, stop := TeacherStopped(f"the client failed: {error!r}"), may_be_charged=True)
            self._halt(stop)
        else:
            self._answered(job, reply, self._loop.time() - sent_at)
        self._pump()

    def _refused(self, why: str) -> None:
        """One request was refused; many of them may mean that all will be."""
        self._alive()
        self._refusals.append(why)
        if len(self._refusals) >= _REFUSALS and not self._ever_answered:
            self._halt(TeacherStopped(f"every request so far was refused; the last: {why}"))
        elif self._refusals[-_SAME_REFUSALS:] == [why] * _SAME_REFUSALS:
            self._halt(TeacherStopped(f"{_SAME_REFUSALS} requests in a row were refused: {why}"))

    def _alive(self) -> None:
        if self._breaker.alive():
            self._say("the endpoint answers again; going on")

    def _answered(self, job: Job, reply: Reply, seconds: float) -> None:
        tokens = reply.usage.output_tokens if reply.usage else len(reply.text) // 4
        self._gate.succeeded(seconds, tokens)
        self._pace.heard(reply.rate, self.stats.in_flight - 1, self._loop.time())
        self._alive()
        self._ever_answered, self._refusals, self._garbled = True, [], 0
        priced = reply.usage is not None and self._budget.price is not None
        cost = self._budget.price.cost(reply.usage) if priced else None  # type: ignore[union-attr,arg-type]
        self._budget.paid(job.worst, cost)
        if reply.usage:
            self.stats.input_tokens += reply.usage.input_tokens
            self.stats.output_tokens += reply.usage.output_tokens
        self._saver.add(job, with_key(reply, job.key, cost))

    def _failed(self, job: Job, error: Transient, sent_at: float) -> None:
        """Decide what becomes of a request that failed in a way that may pass."""
        now, unreachable = self._loop.time(), error.kind == "connection"
        self._budget.failed(job.worst, error.answered)
        self.stats.in_flight -= 1
        self.stats.retries += 1
        job.failures += _WEIGHT.get(error.kind, 1.0)
        if error.kind == "rate":
            self._gate.overloaded()
        down = False
        if error.kind == "garbled":
            self._alive()  # it answers, if badly: that is between it and this request
            self._garbled += 1
        else:
            down = self._breaker.failed(unreachable, sent_at, now)
        self._refresh()
        if self._halted is not None:
            self._settle(job, self._halted)
        elif (error.retry_after or 0.0) > self._limits.patience:
            self._ready.append(job)
            wait = f"{error.retry_after:,.0f} s, longer than --patience"
            self._halt(
                TeacherStopped(f"{error}; the endpoint asks to wait {wait}, so give the same command again then")
            )
        elif self._garbled >= (_MANY_GARBLED if self._ever_answered else _GARBLED):
            self._ready.append(job)
            self._halt(TeacherStopped(f"the endpoint answers, but not with anything that can be read: {error}"))
        elif job.failures > self._limits.retries:
            self._exhausted(job, error)
        elif self._breaker.hopeless(unreachable, now):
            self._ready.append(job)
            self._give_in(error)
        elif down:
            self._breaker.probe_at = max(self._breaker.probe_at, now + (error.retry_after or 0.0))
            self._ready.append(job)
            self._say(f"{error}; trying again in {max(self._breaker.probe_at - now, 0):.0f} s")
        else:
            delay = backoff(int(job.failures), error.retry_after)
            if error.retry_after and delay > _WORTH_A_WORD:
                self._say(f"{error}; the endpoint asks to wait {delay:.0f} s")
            self._wake(delay, job)

    def _exhausted(self, job: Job, error: Transient) -> None:
        what = f"gave up after {int(job.failures)} tries; the last: {error}"
        self._settle(job, Transient(what, error.kind, answered=error.answered))

    def _give_in(self, error: Transient) -> None:
        """The patience with the endpoint is at its end.

        If even requests that were never tried before wait in vain, the endpoint is down. If only such are left that
        have failed before, while all others were answered, they may be to blame, and are given up alone.
        """
        left = [*self._ready, *(job for job in self._later if job is not None)]
        if self._ever_answered and error.kind != "connection" and all(job.failures >= 2 for job in left):
            self._ready.clear()
            for job in left:
                if job in self._later:
                    self._later.pop(job).cancel()
                self._exhausted(job, error)
        else:
            self._halt(TeacherStopped(f"the endpoint does not answer: {error}"))

    def _say(self, what: str) -> None:
        if self._said != what:
            self._said = what
            self._notice(what)

    def _give_up(self, job: Job, error: RunError, may_be_charged: bool) -> None:
        self._budget.failed(job.worst, may_be_charged)
        self.stats.in_flight -= 1
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
        stranded = [*self._ready, *(job for job in self._later if job is not None)]
        for timer in self._later.values():
            timer.cancel()
        self._ready.clear()
        self._later.clear()
        for job in stranded:
            self._settle(job, why)

    def _budget_spent(self, job: Job) -> BudgetSpent:
        budget = self._budget
        risk = (
            f" and up to ${budget.unconfirmed:.4f} for requests without a counted answer" if budget.unconfirmed else ""
        )
        return BudgetSpent(
            f"the budget of ${budget.cap:.10g} is spent: ${budget.spent:.4f} paid{risk}, and the next request may "
            f"cost up to ${job.worst:.4f}; all replies are kept, so raise --budget and give the same command again"
        )

    def _refresh(self) -> None:
        self.stats.spent, self.stats.unconfirmed = self._budget.spent, self._budget.unconfirmed
        self.stats.concurrency = int(self._gate.limit)

    def _announce(self, allowed: int) -> None:
        """Have the store note what the next requests may cost, before they are sent."""
        soon = islice(self._ready, max(1, allowed - self.stats.in_flight))
        self._saver.announce(sum(self._budget.worst(job.request) for job in soon))

    def _saved(self, batch: Batch, stored: list[Reply] | RunError) -> None:
        self.stats.in_flight -= len(batch)
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
        await self._client.close()
        if failed is not None:
            self._say(str(failed))  # not raised: whatever ended the run matters more
