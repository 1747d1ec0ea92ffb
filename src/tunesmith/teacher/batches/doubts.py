"""Batches that were looked for and not found: their requests go into others, and they may turn up all the same."""

from __future__ import annotations

from collections.abc import Collection

from tunesmith.errors import TeacherError

from .collect import Harvest, collect, stop, watch
from .create import look_for, sent
from .desk import Desk, Live


class Doubts:
    """The tries to create a batch of which nobody knows whether they came to something.

    What such a batch may cost stays held until a batch of the same requests is in: that takes so long that what is not
    in the list by then was never begun. One that is there is cancelled, and what it has answered is collected.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lives: list[Live] = []
        self._in: set[str] = set()  # requests of which a batch is in

    async def enter(self, live: Live) -> None:
        """Nobody knows of this one."""
        await self._desk.commit(self._desk.book.doubt, live.nonce)
        live.doubted = True
        self._lives.append(live)
        if not live.worsts.keys().isdisjoint(self._in):
            await self._settle(live, Harvest())  # what it was sent for came in while it was looked for

    async def settle(self, keys: Collection[str], harvest: Harvest) -> None:
        """A batch of these requests is in: look for those that were tried before it, and add what came of them.

        Raises:
            Halted: The run stops first. What is in doubt then is looked for by the next process.
            StoreError: The store fails.
        """
        self._in.update(keys)
        for live in [live for live in self._lives if not live.worsts.keys().isdisjoint(keys)]:
            await self._settle(live, harvest)

    async def _settle(self, live: Live, harvest: Harvest) -> None:
        try:
            found, undecided = await look_for(self._desk, live, set())
            if found is not None:
                await self._take(live, found.id, harvest)
            elif not undecided:
                await self._never(live)
        except TeacherError:
            pass  # it stays in doubt: what is in has been paid for, and is not held up for it

    async def _take(self, live: Live, name: str, harvest: Harvest) -> None:
        desk = self._desk
        desk.notice(f"{live.lane.label}batch {name} has turned up after all, and is cancelled")
        found = await desk.patiently(live.lane, lambda: live.client.look(name))
        await sent(desk, live, found)
        self._lives.remove(live)
        await stop(desk, live)
        more = await collect(desk, live, await watch(desk, live))
        wanted = {key for key, _ in harvest.again}
        found_now = {reply.key: reply for reply in more.replies if reply.key in wanted}
        harvest.replies += found_now.values()
        harvest.again = [(key, why) for key, why in harvest.again if key not in found_now]

    async def _never(self, live: Live) -> None:
        """It never came about."""
        with self._desk.undisturbed():
            await self._desk.commit(self._desk.book.close, live.nonce, "void")
            for worst in live.worsts.values():
                self._desk.budget.failed(worst, may_be_charged=False)
            live.worsts.clear()
        self._lives.remove(live)
