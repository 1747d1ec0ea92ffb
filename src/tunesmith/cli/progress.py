"""What a person sees while a run goes on: rows, speed, cost, time left, and a word when something holds it up."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from tunesmith.teacher import Teacher, Watch
from tunesmith.text import printable

_LINE_EVERY = 10.0  # seconds between lines where there is no terminal to draw on
_BATCH_LINE_EVERY = 300.0  # likewise while batches are waited for


@dataclass(slots=True)
class _Bar:
    """One step's bar, or its lines: an object of its own, so that the drawing thread never mixes up two of them."""

    label: str
    total: int
    unit: str
    task: TaskID | None = None
    done: int = 0
    began_at: float = field(default_factory=time.monotonic)
    said_at: float = field(default_factory=time.monotonic)


class Screen(Watch):
    """Draws on standard error: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _Speed(),
            TimeRemainingColumn(),
            _Teacher(self),
            console=self.console,
            refresh_per_second=5,
        )
        self._bar: _Bar | None = None
        self._bars: list[_Bar] = []
        self._over = threading.Event()
        self.teacher: Teacher | None = None
        self._asking = False

    def step(self, label: str, rows: int, teacher: Teacher | None, unit: str = "rows") -> None:
        """Begin a new bar."""
        self._finish_line()
        self.teacher, self._asking = teacher or self.teacher, teacher is not None
        bar = _Bar(label, rows, unit)
        if self.console.is_terminal:
            for other in [other for other in self._bars if other.label == label]:
                # Asking in rounds takes the same bar again: the picture must not outgrow the terminal.
                self._bars.remove(other)
                if other.task is not None:
                    self._progress.remove_task(other.task)
            bar.task = self._progress.add_task(label, total=rows)
        self._bars.append(bar)
        self._bar = bar

    def row(self) -> None:
        """One row's fate is settled."""
        if self._bar is not None:
            self._bar.done += 1

    def notice(self, text: str) -> None:
        """Say something above the bar."""
        self.console.print(Text(f"! {printable(text)}", "yellow"), soft_wrap=not self.console.is_terminal)

    def draw(self) -> None:
        """Bring the picture up to date; called from a thread of its own, so that it moves while nothing else does."""
        bar = self._bar
        batches = self.teacher is not None and self.teacher.limits.batch is not None
        every = _BATCH_LINE_EVERY if batches else _LINE_EVERY
        if bar is not None and (bar.task is not None or time.monotonic() - bar.said_at >= every):
            self._tell(bar)

    def _finish_line(self) -> None:
        if self._bar is not None:
            self._tell(self._bar)

    def _tell(self, bar: _Bar) -> None:
        if bar.task is not None:
            self._progress.update(bar.task, completed=bar.done)
            return
        bar.said_at = time.monotonic()
        seconds = bar.said_at - bar.began_at
        speed = bar.done / seconds if seconds else 0.0
        none = "waiting" if bar.total else f"no {bar.unit}"
        left = f"{(bar.total - bar.done) / speed:.0f} s left" if speed else none
        self.console.print(
            f"{bar.label}: {bar.done:,} of {bar.total:,} {bar.unit}, {speed:.1f}/s, {left}{self.money()}",
            soft_wrap=True,
            markup=False,
        )

    def money(self) -> str:
        """What the teacher is doing, and what it has cost."""
        if self.teacher is None:
            return ""
        stats = self.teacher.stats
        prices = [voice.price for voice in self.teacher.voices.values()]
        charged = any(price and (price.input or price.output) for price in prices)
        cost = ", price unknown" if None in prices else f", ${stats.spent:.4f}" if charged else ""
        retries = f", {stats.retries} sent again" if stats.retries else ""
        if self.teacher.limits.batch is not None:
            there = f", {stats.done_there:,} of them done" if stats.at_provider else ""
            return f", {stats.at_provider:,} at the provider{there}{retries}{cost}"
        return f", {stats.in_flight} in flight{retries}{cost}"

    @contextmanager
    def shown(self) -> Iterator[Screen]:
        """Draw until the end of the block."""
        drawer = threading.Thread(target=self._draw_on, daemon=True)
        with self._progress if self.console.is_terminal else _nothing():
            drawer.start()
            try:
                yield self
            finally:
                self._over.set()
                drawer.join()
                self._finish_line()

    def _draw_on(self) -> None:
        while not self._over.wait(0.2):
            self.draw()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C (or SIGTERM) once: send nothing more, wait for what is paid for. Twice: stop at once."""
        pressed = 0

        def stop(number: int, frame: FrameType | None) -> None:
            nonlocal pressed
            pressed += 1
            if self.teacher is None or not self._asking or pressed > 1:
                raise KeyboardInterrupt
            self.teacher.interrupt()
            waiting, there = self.teacher.stats.in_flight, self.teacher.stats.at_provider
            # Not through the console: its lock may be held by the very code that this handler interrupted.
            if self.teacher.limits.batch is not None:
                sending = f"; just being sent, waited for: {waiting} (Ctrl-C again to leave them)" if waiting else ""
                sys.stderr.write(
                    f"\nstopping; requests at the provider, collected by the same command: {there}{sending}\n"
                )
                return
            sys.stderr.write(f"\nstopping; answers in flight, waited for: {waiting} (Ctrl-C again to leave them)\n")

        old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)


class _Speed(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "-/s", "cyan")


class _Teacher(TextColumn):
    """Requests in flight and money, of the bar that is moving."""

    def __init__(self, screen: Screen) -> None:
        super().__init__("")
        self._screen = screen

    def render(self, task: Task) -> Text:
        return Text("" if task.finished else self._screen.money().removeprefix(", "))


@contextmanager
def _nothing() -> Iterator[None]:
    yield
