"""A run's batches under way, and which request is in which."""

from __future__ import annotations

from collections.abc import Iterator

from tunesmith.teacher.jobs import Stats
from tunesmith.teacher.lane import Lane

from .desk import Live


class Fleet:
    """The batches under way. A request that is in one is not put into another."""

    def __init__(self) -> None:
        self._lives: dict[str, Live] = {}  # by nonce
        self._there: dict[str, str] = {}  # key -> nonce

    def __iter__(self) -> Iterator[Live]:
        return iter(self._lives.values())

    def __bool__(self) -> bool:
        return bool(self._lives)

    def __contains__(self, key: str) -> bool:
        return key in self._there

    def add(self, live: Live) -> None:
        """A batch is under way; of requests that are in another already, that one is waited for."""
        self._lives[live.nonce] = live
        for key in live.worsts:
            self._there.setdefault(key, live.nonce)

    def leave_out(self, key: str) -> None:
        """A request does not go into its batch after all."""
        self._there.pop(key, None)

    def remove(self, live: Live) -> set[str]:
        """A batch is in, or never came about; returns the requests that were waited for in it."""
        self._lives.pop(live.nonce, None)
        keys = {key for key, nonce in self._there.items() if nonce == live.nonce}
        for key in keys:
            del self._there[key]
        return keys

    def fresh(self, lane: Lane) -> bool:
        """Whether the lane's endpoint has a batch that it has not taken in yet."""
        return any(live.lane is lane and not live.checked and not live.lost for live in self)

    def others(self, live: Live) -> bool:
        """Whether the endpoint has another batch."""
        return any(one.lane is live.lane and one is not live and one.id and not one.lost for one in self)

    def only_lost(self) -> bool:
        """Whether nothing is left but what providers do not know any more."""
        return bool(self) and all(live.lost for live in self)

    def tell(self, stats: Stats) -> None:
        """Count what is where."""
        known = [live for live in self if live.id]
        stats.in_flight = sum(live.requests for live in self if not live.id)
        stats.at_provider = sum(len(live.worsts) for live in known)
        stats.done_there = sum(min(live.done, len(live.worsts)) for live in known)

    def left(self) -> int:
        """How many requests the next process may collect."""
        return sum(len(live.worsts) for live in self if not live.lost)
