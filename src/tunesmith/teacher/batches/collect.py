"""Watching a batch, and collecting what came of it into the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tunesmith.errors import Refused, TeacherStopped, Transient
from tunesmith.teacher.chat import Identity, Reply, Request
from tunesmith.teacher.store import with_key

from .api import Remote
from .desk import CHUNK, Desk, Live, requests_of

_OVER = (400, 409)  # how providers answer who would cancel what has ended


@dataclass(slots=True)
class Harvest:
    """What came of a batch: replies, requests to ask again, refusals, and what must stop the run."""

    replies: list[Reply] = field(default_factory=list)
    again: list[tuple[str, Transient]] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)
    stop: TeacherStopped | None = None


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
    """Take all results of a batch that has ended into the store, chunk by chunk, and close it in the book."""
    harvest = Harvest()

    async def all_of_it() -> None:
        chunk: dict[str, Any] = {}
        async for key, result in live.client.results(remote):
            if key in live.worsts:
                chunk.setdefault(key, result)
            if len(chunk) >= CHUNK:
                await _take(desk, live, chunk, harvest)
                chunk = {}
        await _take(desk, live, chunk, harvest)

    await desk.patiently(live.lane, all_of_it)
    missing = [(key, Transient("the results of its batch do not mention it", "garbled")) for key in live.worsts]
    # Where each request is said to have been tried, one without a result may have been charged.
    risk = sum(live.worsts.values()) if remote.complete else 0.0
    with desk.undisturbed():
        await desk.commit(desk.book.close, live.nonce, "done", risk)
        for worst in live.worsts.values():
            desk.budget.failed(worst, remote.complete)
        live.worsts.clear()
    harvest.again += missing
    return harvest


async def _take(desk: Desk, live: Live, chunk: dict[str, Any], harvest: Harvest) -> None:
    """Take some results in: one commit for their replies, their items and their money."""
    if not chunk:
        return
    requests = await requests_of(desk, live, list(chunk))
    paid: list[tuple[Identity, Request, Reply]] = []
    risks: dict[str, float] = {}
    for key, request in requests.items():
        try:
            reply = live.client.read(request, chunk[key])
        except Transient as error:
            harvest.again.append((key, error))
            if error.kind == "garbled":  # an answer was made, and nobody can say what it cost
                risks[key] = live.worsts[key]
        except Refused as error:
            harvest.refused.append((key, error))
        except TeacherStopped as error:
            harvest.stop = error
            harvest.again.append((key, Transient(str(error), "stopped")))
        else:
            price = live.lane.price
            cost = price.cost(reply.usage) if reply.usage is not None and price is not None else None
            paid.append((live.lane.identity, request, with_key(reply, key, cost)))
    unpriced = sum(live.worsts[reply.key] for _, _, reply in paid if reply.cost is None)
    risk = sum(risks.values()) + unpriced
    with desk.undisturbed():
        harvest.replies += await desk.commit(desk.book.settle, live.nonce, list(requests), paid, risk)
        for _, _, reply in paid:
            desk.budget.paid(live.worsts.pop(reply.key), reply.cost)
        for key in requests.keys() & live.worsts.keys():
            desk.budget.failed(live.worsts.pop(key), key in risks)
    desk.changed()
