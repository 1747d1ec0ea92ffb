"""The teacher: what steps and scripts see of a model. Synchronous, in order, each reply stored before it is seen."""

from __future__ import annotations

import time
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from queue import Empty
from types import TracebackType
from typing import Any, Generic, TypeVar

from tunesmith.errors import Interrupted, RunError, TeacherError, TeacherStopped

from .batches.book import check_no_batches
from .batches.driver import BatchDriver
from .budget import Budget
from .chat import Client, Identity, Reply, Request, reply_key
from .driver import Driver
from .jobs import Stats
from .lane import Job, Lane
from .limits import Limits
from .prices import Price
from .store import ReplyStore
from .voices import Voice, called, for_batches, pick, voices_of

T = TypeVar("T")
Answer = Reply | TeacherError
Conversation = Generator[list[Request], list[Answer], T]
"""One row's dealings with the teacher: yields requests, is sent what came of them, returns its result."""


class _Talk(Generic[T]):
    """A conversation under way."""

    __slots__ = ("answers", "conversation", "done", "missing", "result", "stopped")

    def __init__(self, conversation: Conversation[T]) -> None:
        self.conversation = conversation
        self.answers: list[Answer | None] = []
        self.missing = 0
        self.done = False
        self.result: T
        self.stopped: RunError | None = None

    def advance(self, answers: list[Answer] | None) -> list[Request]:
        """Go on with these answers; returns what it asks next, nothing once it is done."""
        try:
            while True:
                asked = self.conversation.send(answers) if answers is not None else next(self.conversation)
                if asked:
                    self.answers, self.missing = [None] * len(asked), len(asked)
                    return asked
                answers = []  # it asked nothing: go straight on
        except StopIteration as end:
            self.result, self.done = end.value, True
            return []


class Teacher:
    """A model, or several, behind a reply store. Use it as a context manager, or call `close`.

    Args:
        client: Who answers; see `connect`. Several by the names that requests give (`Request.teacher`), where the
            empty name is the one that requests without a name ask.
        store: Where replies are kept.
        limits: Concurrency, rates and patience, which each model has for itself; the budget, which is one for all.
        price: Price of a token of those that have none of their own; looked up by the model's name if left out.
        run: Name under which the store books what is paid; a budget counts all processes of the same name. A new
            name if left out.
        notice: Called with a sentence when the user should know why nothing moves.

    Raises:
        UsageError: A budget that cannot be held because a price is not known; batches that a teacher does not have;
            no batches, where the run has requests in some.
    """

    def __init__(
        self,
        client: Client | Mapping[str, Voice],
        store: ReplyStore,
        limits: Limits | None = None,
        price: Price | None = None,
        run: str = "",
        notice: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.limits = limits or Limits()
        self.voices: dict[str, Voice] = voices_of(client, price)
        self.store, self.run = store, run or uuid.uuid4().hex
        self._notice = notice
        batching = self.limits.batch
        if batching is not None:
            self.voices = for_batches(self.voices)
        else:
            check_no_batches(store, self.run)
        store.settle_dead_run(self.run)
        prices = {voice.identity: voice.price for voice in self.voices.values()}
        budget = Budget(self.limits.budget, store.paid(self.run), prices)
        # One model at one endpoint is one lane, whatever names it goes by.
        lanes: dict[Identity, Lane] = {}
        names = called(prices)
        for voice in self.voices.values():
            if voice.identity in lanes:
                lanes[voice.identity].share(voice.client)
            else:
                lanes[voice.identity] = Lane(voice, self.limits, names[voice.identity])
        self._lanes = {name: lanes[voice.identity] for name, voice in self.voices.items()}
        self._driver: Driver | BatchDriver
        # Conversations under way at once: enough that one slow reply at the head holds up nobody for long.
        if batching is not None:
            self._driver = BatchDriver([*lanes.values()], store, self.run, self.limits, budget, notice)
            self._width = batching.window
        else:
            self._driver = Driver([*lanes.values()], store, self.run, self.limits.retries, budget, notice)
            self._width = max(1024, 8 * self.limits.concurrency)
        self._received = 0
        self._interrupted = False
        self._tickets = 0
        self._waiting: dict[int, tuple[_Talk[Any], int]] = {}

    @property
    def identity(self) -> Identity:
        """The run's own teacher, or the first where none is."""
        return self._own.identity

    @property
    def price(self) -> Price | None:
        """Its price, if it is known."""
        return self._own.price

    @property
    def has_schemas(self) -> bool:
        """Whether the run's own teacher is known to answer by a JSON schema (OpenAI's ``response_format``)."""
        return bool(getattr(self._own.client, "has_schemas", False))

    @property
    def _own(self) -> Voice:
        return self.voices.get("") or next(iter(self.voices.values()))

    @property
    def stats(self) -> Stats:
        """What has happened so far, of all models together; changes while a conversation runs."""
        return self._driver.stats

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Replies in the order of the requests, each on disk before it is yielded; requests are read ahead.

        Raises:
            TeacherError: A request got no reply. Later replies that have arrived are in the store all the same.
        """
        for (answer,) in self.converse(_single(request) for request in requests):
            if not isinstance(answer, Reply):
                raise answer
            yield answer

    def converse(self, conversations: Iterable[Conversation[T] | None]) -> Iterator[T]:
        """Run many conversations at once; yields their results in order.

        A conversation is a generator that yields lists of requests, is sent as many replies (or the `TeacherError` that
        kept one from coming), and returns its result. All of them run in the caller's thread, one at a time; only the
        network works in the background. A source that cannot say yet what comes next, because it hangs on a result
        that is still to come, yields ``None`` and is asked again after that.

        Raises:
            RunError: No further request can be answered, or the store failed. Everything so far is kept.
        """
        source = iter(conversations)
        window: deque[_Talk[T]] = deque()
        more, waits = True, False
        try:
            while more or window:
                if more:
                    more, waits = self._fill(window, source)
                while window and window[0].done:
                    yield window.popleft().result
                    waits = False
                if not window:
                    continue
                if window[0].stopped is not None:
                    raise window[0].stopped
                if not more or waits or len(window) >= self._width or not self._driver.results.empty():
                    self._collect()
        finally:
            self._withdraw(window)

    def _withdraw(self, window: deque[_Talk[T]]) -> None:
        """Ask nothing more on behalf of conversations that nobody waits for any longer."""
        if window:
            abandoned = set(map(id, window))
            tickets = {ticket for ticket, (talk, _) in self._waiting.items() if id(talk) in abandoned}
            for ticket in tickets:
                del self._waiting[ticket]
            self._driver.withdraw(tickets)

    def _fill(self, window: deque[_Talk[T]], source: Iterator[Conversation[T] | None]) -> tuple[bool, bool]:
        """Start some of the next conversations; returns whether there may be more, and whether only after a result.

        Only some, so that the first requests are on their way while the rest is prepared.
        """
        jobs: list[Job] = []
        more, waits = True, False
        while len(window) < self._width and len(jobs) < self._width // 4:
            try:
                conversation = next(source)
            except StopIteration:
                more = False
                break
            if conversation is None:
                waits = True
                break
            talk = _Talk(conversation)
            window.append(talk)
            self._enlist(talk, talk.advance(None), jobs)
        if jobs:
            self._driver.submit(jobs)
        return more, waits

    def _collect(self) -> None:
        """Wait for outcomes, hand them to their conversations, and send what those ask next."""
        if self._driver.results.empty():
            self._driver.rest(self._received)
        try:
            outcomes = self._driver.results.get(timeout=1.0)
        except Empty:
            if not self._driver.alive():
                raise RunError("the driver's thread ended; this is a defect in tunesmith") from None
            return
        self._received += 1
        jobs: list[Job] = []
        for ticket, answer in outcomes:
            if ticket not in self._waiting:
                continue  # withdrawn
            talk, place = self._waiting.pop(ticket)
            if isinstance(answer, TeacherStopped) or not isinstance(answer, Reply | TeacherError):
                talk.stopped = answer
                continue
            talk.answers[place] = answer
            talk.missing -= 1
            if not talk.missing:
                answers = [answer for answer in talk.answers if answer is not None]
                self._enlist(talk, talk.advance(answers), jobs)
        if jobs:
            self._driver.submit(jobs)

    def _enlist(self, talk: _Talk[Any], requests: list[Request], jobs: list[Job]) -> None:
        for place, request in enumerate(requests):
            try:
                lane = pick(self._lanes, request.teacher)
            except RunError as error:
                talk.stopped = error
                return
            self._tickets += 1
            self._waiting[self._tickets] = (talk, place)
            jobs.append(Job(self._tickets, reply_key(lane.identity, request), request, lane))

    def interrupt(self) -> None:
        """Stop sending, as on Ctrl-C; what is in flight is still stored. Safe to call from a signal handler."""
        self._interrupted = True
        self._driver.halt(Interrupted("stopped by Ctrl-C; everything so far is kept, and the same command goes on"))

    def drain(self) -> None:
        """Wait until what is in flight has been stored: it is paid for."""
        while self._driver.busy():
            time.sleep(0.02)

    def close(self) -> None:
        """Cut what is in flight and let go of connections; the store stays open."""
        self._driver.close()

    def __enter__(self) -> Teacher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while kind is None and not self._interrupted and self._driver.unsure():
                time.sleep(0.02)
            if kind is None or issubclass(kind, Exception):
                if self.stats.in_flight and not self._interrupted:
                    self._notice(f"waiting for what is in flight: {self.stats.in_flight}")
                self._driver.halt(Interrupted("stopped"))
                self.drain()
        finally:
            self.close()  # also where a second Ctrl-C cuts the wait short


def _single(request: Request) -> Conversation[list[Answer]]:
    return (yield [request])
