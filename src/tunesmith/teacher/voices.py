"""The models of one run by name, each with its price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tunesmith.errors import RunError, UsageError
from tunesmith.text import nearest

from .batches.api import batches_of
from .chat import Client, Identity
from .prices import Price, price_of


@dataclass(frozen=True, slots=True)
class Voice:
    """One model of a run.

    Attributes:
        client: Who answers.
        price: Price of a token; looked up by the model's name if left out, and ``None`` if nobody lists it.
    """

    client: Client
    price: Price | None = None

    @property
    def identity(self) -> Identity:
        """Who answers, for keys and books."""
        return self.client.identity


def voices_of(given: Client | Mapping[str, Voice] | None, price: Price | None = None) -> dict[str, Voice]:
    """The models by the name that a request gives; the name of the run's own, which needs none, is empty.

    Args:
        given: The run's own client alone, or all models by name.
        price: Price of a token for those that have none of their own; else looked up by the model's name.

    Raises:
        UsageError: The same model at the same endpoint is given two prices.
    """
    if given is None:
        return {}
    voices = dict(given) if isinstance(given, Mapping) else {"": Voice(given)}
    prices: dict[Identity, Price | None] = {}
    for voice in voices.values():
        known = prices.setdefault(voice.identity, voice.price)
        if known is None:
            prices[voice.identity] = voice.price
        elif voice.price not in (None, known):
            raise UsageError(f"{voice.identity} is given two prices; it has one, whatever name it goes by")
    found = {who: known or price or price_of(who) for who, known in prices.items()}
    return {name: Voice(voice.client, found[voice.identity]) for name, voice in voices.items()}


def for_batches(voices: Mapping[str, Voice]) -> dict[str, Voice]:
    """The same models, asked through their batch endpoints at half the price; once halved, a price stays.

    Raises:
        UsageError: One of them has none.
    """
    for voice in voices.values():
        batches_of(voice.client)
    return {name: Voice(voice.client, voice.price and voice.price.halved()) for name, voice in voices.items()}


def called(identities: Collection[Identity]) -> dict[Identity, str]:
    """What to call each where there are several: with its address where the name alone does not tell them apart."""
    if len(identities) == 1:
        return dict.fromkeys(identities, "")
    shared = Counter(map(str, identities))
    return {who: f"{who} at {who.endpoint}" if shared[str(who)] > 1 else str(who) for who in identities}


V = TypeVar("V")


def pick(named: Mapping[str, V], name: str) -> V:
    """What belongs to the teacher that a request names.

    Raises:
        RunError: There is no such teacher.
    """
    try:
        return named[name]
    except KeyError:
        raise RunError(no_teacher(name, named)) from None


def no_teacher(name: str, connected: Collection[str]) -> str:
    """That a teacher is missing, and which are there."""
    if not name:
        return "the run has no teacher of its own; name one with --model PROVIDER:NAME"
    there = ", ".join(repr(known) for known in connected if known) or "none by a name"
    return f"the teacher {name!r} is not connected{nearest(name, connected)}; connected: {there}"
