"""Creating a batch so that it is never created twice, whatever happens to a call or to the process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from tunesmith.errors import TeacherError, Transient

from .api import Remote
from .desk import Desk, Live, Waits, requests_of

_CLOCKS = 2 * 86_400.0  # seconds that the provider's clock may be behind ours
_NOT_MADE = {"rate", "connection"}  # failures of a call that certainly began no batch


async def create(desk: Desk, live: Live, lines: Sequence[bytes] | None, may_send: bool) -> Remote | None:
    """See that the provider has the batch, once; returns how it stands there.

    Args:
        desk: What all batches share.
        live: The batch; in the book already.
        lines: Its requests, or ``None`` if it is an earlier process that was about to send them.
        may_send: Whether to send it if it is not there; ``None`` is returned if not.

    Raises:
        TeacherStopped: The provider will not take it.
        Refused: Likewise.
        Halted: The run stops first.
    """
    unsure, old_file, waits = live.tried > 0, bool(live.source), Waits(desk, live.lane)
    while True:
        if unsure and (found := await _search(desk, live)) is not None:
            desk.notice(f"{live.lane.label}found batch {found.id}, whose id had not arrived")
            await _sent(desk, live, found)
            return found
        live.absent = True
        if not may_send:
            return None
        if lines is None:
            lines = await _lines(desk, live)
        if not live.source:
            live.source = await desk.patiently(live.lane, partial(live.client.upload, live.nonce, lines))
        try:
            with desk.undisturbed():
                live.tried, live.absent = time.time(), False
                await desk.commit(desk.book.trying, live.nonce, live.source)
                made = await live.client.create(live.nonce, live.source, lines)
                await _sent(desk, live, made)
            desk.notice(f"{live.lane.label}batch {made.id} sent, {live.requests:,} requests")
            return made
        except Transient as error:
            unsure = error.kind not in _NOT_MADE
            live.absent = not unsure
            await waits.after(error)
        except TeacherError as error:
            live.absent = True
            if not old_file or error.status not in (400, 404):
                raise
            live.source, old_file, unsure = "", False, False  # the file of an earlier process may be gone


async def _sent(desk: Desk, live: Live, remote: Remote) -> None:
    live.id, live.said = remote.id, remote.state
    await desk.commit(desk.book.sent, live.nonce, remote.id, remote.state)


async def _lines(desk: Desk, live: Live) -> list[bytes]:
    requests = await requests_of(desk, live, list(live.worsts))
    return [live.client.line(key, requests[key]) for key in live.worsts]


async def _search(desk: Desk, live: Live) -> Remote | None:
    """The batch among those that the provider shows, after a call whose outcome is not known."""
    others: set[str] = set()
    said = False
    while True:
        known = await desk.commit(desk.book.known)
        candidates = await desk.patiently(live.lane, partial(_candidates, live, known | others))
        undecided = False
        for remote in candidates:
            if live.client.owns(remote, live.nonce, live.source, live.requests):
                return remote
            if not remote.ended:
                undecided = True
            elif await desk.patiently(live.lane, partial(_holds, live, remote)):
                return remote
            else:
                others.add(remote.id)
        if undecided and not said:
            said = True
            desk.notice(
                f"{live.lane.label}a batch of {live.requests:,} requests may be the one that was being sent when an "
                "earlier process ended; its results will tell"
            )
        if not undecided and time.time() - live.tried >= desk.settings.grace:
            return None
        await desk.sleep(desk.settings.poll if undecided else min(desk.settings.poll, desk.settings.grace / 4))


async def _candidates(live: Live, strangers: set[str]) -> list[Remote]:
    found = []
    async for remote in live.client.listed():
        if remote.created < live.created - _CLOCKS:
            break
        if remote.id not in strangers and live.client.owns(remote, live.nonce, live.source, live.requests) is not False:
            found.append(remote)
    return found


async def _holds(live: Live, remote: Remote) -> bool:
    """Whether the results of a batch answer our requests."""
    async for key, _ in live.client.results(remote):
        return key in live.worsts
    return False
