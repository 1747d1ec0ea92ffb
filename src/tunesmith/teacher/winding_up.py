"""Cancelling what a run has in batches, and collecting what was finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tunesmith.errors import Interrupted

from .batches.book import BatchBook
from .batches.driver import BatchDriver
from .budget import Budget
from .lane import Lane
from .limits import Limits
from .voices import Voice


def wind_up(voices: Mapping[str, Voice], book: BatchBook, limits: Limits, notice: Callable[[str], None]) -> None:
    """Cancel all batches of a run at their providers and take what was finished into the store.

    Args:
        voices: Who was asked, each once, by what to call them.
        book: The run's batches.
        limits: Patience, and how to deal with batches.
        notice: Called with a sentence for the user.

    Raises:
        RunError: A provider does not answer, or does not know a batch.
    """
    lanes = [Lane(voice, limits, name) for name, voice in voices.items()]
    prices = {voice.identity: voice.price for voice in voices.values()}
    budget = Budget(None, book.store.paid(book.run), prices)
    driver = BatchDriver(lanes, book.store, book.run, limits, budget, notice, winding_up=True)
    try:
        while driver.working():
            time.sleep(0.02)
        if driver.halted is not None:
            raise driver.halted
    except KeyboardInterrupt:
        raise Interrupted("stopped by Ctrl-C; what is left at the provider is listed by the same command") from None
    finally:
        driver.close()
