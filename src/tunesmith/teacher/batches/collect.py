"""Watching a batch, and collecting what came of it into the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tunesmith.errors import Refused, TeacherError, TeacherStopped, Transient
from tunesmith.teacher.chat import Identity, Reply, Request
from tunesmith.teacher.store import with_key

from .api import Remote
from .desk import CHUNK, Desk, Live, requests_of

_OVER = (400, 409)  # how providers answer who would cancel what has ended
_PAUSES = (2.0, 10.0, 30.0, 60.0)  # seconds before looking again for results that are not there


@dataclass(slots=True)
class Harvest:
    """What came of a batch: replies, requests to ask again, refusals, and what must stop the run."""

    replies: list[Reply] = field(default_factory=list)
    again: list[tuple[str, Transient]] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    stop: TeacherStopped | None = None

    def without(self, key: str, error: TeacherError) -> None:
        """A request got no reply, for this reason."""
        if isinstance(error, Refused):
            self.refused.append((key, error))
        elif isinstance(error, Transient):
            self.again.append((key, error))
        else:
            self.stop = error if isinstance(error, TeacherStopped) else TeacherStopped(str(error))
            self.again.append((key, Transient(str(error), "stopped")))


async def watch(desk: Desk, live: Live) -> Remote:
    """Look at the batch now and then until nothing more will happen to it."""
    pause = min(1.0, desk.settings.poll)
    while True:
        remote = await desk.patiently(live.lane, partial(live.client.look, live.id))
        if (remote.state, remote.done) != (live.said, live.done):
            live.said, live.done = remote.state, remote.done
            await desk.commit(desk.book.told, live.nonce, live.said, live.done)
        live.checked = remote.checked
        desk.changed()
        if remote.ended:
            return remote
        await desk.sleep(pause)
        pause = min(desk.settings.poll, 1.5 * pause)


async def stop(desk: Desk, live: Live) -> None:
    """Have the provider cancel the batch, unless it has ended."""

    async def cancel() -> None:
        try:
            await live.client.cancel(live.id)
        except (Transient, Refused) as error:
            if error.status not in _OVER:
                raise

    remote = await desk.patiently(live.lane, partial(live.client.look, live.id))
    if not remote.ended:
        await desk.patiently(live.lane, cancel)


async def collect(desk: Desk, live: Live, remote: Remote) -> Harvest:
    """Take all results of a batch that has ended into the store, chunk by chunk, and close it in the book.

    A download may end early without a sign of it, and results may show up a moment after the end of their batch: only
    what several looks have not found is missing. What failed is believed when all of the results are read, as there
    may be a reply to it further on.
    """
    harvest = Harvest()
    failed: dict[str, TeacherError] = {}

    async def all_of_it() -> None:
        chunk: list[tuple[str, Any]] = []
        async for key, result in live.client.results(remote):
            if key in live.worsts:
                chunk.append((key, result))
            if len(chunk) >= CHUNK:
                await _take(desk, live, chunk, harvest, failed)
                chunk = []
        await _take(desk, live, chunk, harvest, failed)

    await desk.patiently(live.lane, all_of_it)
    for pause in _PAUSES:
        missing = len(live.worsts.keys() - failed.keys())
        if not missing:
            break
        if pause == _PAUSES[1]:
            desk.notice(f"{live.lane.label}{missing:,} results of batch {live.id} are not there; looking again")
        await desk.sleep(min(pause, desk.settings.poll, desk.patience))
        remote = await desk.patiently(live.lane, partial(live.client.look, live.id))
        await desk.patiently(live.lane, all_of_it)
    await _close(desk, live, harvest, failed)
    return harvest


async def _take(
    desk: Desk, live: Live, chunk: Iterable[tuple[str, Any]], harvest: Harvest, failed: dict[str, TeacherError]
) -> None:
    """Take some results in: the replies among them with one commit for them, their items and their money."""
    requests = await requests_of(desk, live, list(dict(chunk)))
    paid: dict[str, tuple[Identity, Request, Reply]] = {}
    for key, result in chunk:
        request = requests.get(key)
        if request is None or key in paid:
            continue
        try:
            reply = live.client.read(request, result)
        except TeacherError as error:
            failed[key] = error
        else:
            price = live.lane.price
            cost = price.cost(reply.usage) if reply.usage is not None and price is not None else None
            paid[key] = (live.lane.identity, request, with_key(reply, key, cost))
    if not paid:
        return
    risk = sum(live.worsts[key] for key, (_, _, reply) in paid.items() if reply.cost is None)
    with desk.undisturbed():
        harvest.replies += await desk.commit(desk.book.settle, live.nonce, list(paid), list(paid.values()), risk)
        for key, (_, _, reply) in paid.items():
            failed.pop(key, None)
            desk.budget.paid(live.worsts.pop(key), reply.cost)
    desk.changed()


async def _close(desk: Desk, live: Live, harvest: Harvest, failed: dict[str, TeacherError]) -> None:
    """Nothing more will come: what is left open is without a reply.

    A result that says that its request failed, expired or was cancelled says that nothing was charged. Any other
    request may have been, whatever the state of its batch.
    """
    for key in live.worsts:
        failed.setdefault(key, Transient("the results of its batch do not mention it", "garbled"))
    # Some of these answers were made and cannot be read, so that nobody can say what they cost.
    risks = {key for key, error in failed.items() if isinstance(error, Transient) and error.unusable}
    with desk.undisturbed():
        await desk.commit(desk.book.close, live.nonce, "done", sum(live.worsts[key] for key in risks))
        for key, worst in live.worsts.items():
            desk.budget.failed(worst, key in risks)
        live.worsts.clear()
    for key, error in failed.items():
        harvest.without(key, error)
