"""Creating a batch so that it is never created twice unnoticed, whatever happens to a call or to the process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from tunesmith.errors import TeacherError, Transient

from .api import Lost, Remote
from .desk import Desk, Live, Waits

_SHOWN = 2_000  # batches of a list that are looked at, the newest first
_NOT_MADE = {"rate", "connection"}  # failures of a call that certainly began no batch


async def create(desk: Desk, live: Live, lines: Sequence[bytes], waits: Waits) -> bool:
    """See that the provider has the batch; returns whether it is known to.

    Args:
        desk: What all batches share.
        live: The batch; in the book already, and never tried before.
        lines: Its requests.
        waits: The patience with the endpoint, while no batch can be created.

    Raises:
        TeacherStopped: The provider will not take it, or does not answer.
        Refused: Likewise.
        Halted: The run stops first.
    """
    while True:
        if not live.source:
            live.source = await desk.patiently(live.lane, partial(live.client.upload, live.nonce, lines))
        try:
            with desk.undisturbed():
                live.absent = False
                await desk.commit(desk.book.trying, live.nonce, live.source)
                made = await live.client.create(live.nonce, live.source, lines)
                await sent(desk, live, made)
            desk.notice(f"{live.lane.label}batch {made.id} sent, {live.requests:,} requests")
            waits.over()
            return True
        except Transient as error:
            if error.kind not in _NOT_MADE:
                if await search(desk, live):
                    return True
                await waits.after(error)
                return False
            live.absent = True
            await desk.commit(desk.book.not_made, live.nonce)
            await waits.after(error)
        except TeacherError:
            live.absent = True
            raise


async def sent(desk: Desk, live: Live, remote: Remote) -> None:
    """The provider has the batch under this name."""
    live.id, live.said, live.doubted = remote.id, remote.state, False
    await desk.commit(desk.book.sent, live.nonce, remote.id, remote.state)


async def search(desk: Desk, live: Live) -> bool:
    """Look for a batch that was tried among those that the provider shows, for as long as one may take to show up.

    Only this process's clock counts, from now on: it may have been another time when the batch was tried, and the call
    may have gone on for long.
    """
    began, said, strangers = time.monotonic(), False, set[str]()
    while True:
        found, undecided = await look_for(desk, live, strangers)
        if found is not None:
            desk.notice(f"{live.lane.label}found batch {found.id}, whose id had not arrived")
            await sent(desk, live, found)
            return True
        if not undecided and time.monotonic() - began >= desk.settings.grace:
            return False
        if undecided and said != undecided:
            desk.notice(
                f"{live.lane.label}a batch of {live.requests:,} requests may be the one that was being sent when an "
                "earlier process ended; its results will tell"
            )
        elif not said:
            desk.notice(
                f"{live.lane.label}looking for a batch of {live.requests:,} requests that may have been begun "
                f"({desk.settings.grace:g} s)"
            )
        said = undecided or said
        await desk.sleep(desk.settings.poll if undecided else min(desk.settings.poll, desk.settings.grace / 4))


async def look_for(desk: Desk, live: Live, strangers: set[str]) -> tuple[Remote | None, bool]:
    """Look for a batch once.

    Args:
        desk: What all batches share.
        live: The batch.
        strangers: Names of batches that are not it; more are found.

    Returns:
        The batch, if it was found, and whether it may be one that only its results will tell.
    """
    known = await desk.commit(desk.book.known)
    candidates = await desk.patiently(live.lane, partial(_candidates, live, known | strangers))
    for remote in candidates:
        if live.client.owns(remote, live.nonce, live.source, live.requests):
            return remote, False
    if not all(remote.ended for remote in candidates):
        return None, True
    for remote in candidates:
        if await desk.patiently(live.lane, partial(_holds, live, remote)):
            return remote, False
        strangers.add(remote.id)
    return None, False


async def _candidates(live: Live, strangers: set[str]) -> list[Remote]:
    found, seen = [], 0
    async for remote in live.client.listed():
        if remote.id not in strangers and live.client.owns(remote, live.nonce, live.source, live.requests) is not False:
            found.append(remote)
        seen += 1
        if seen >= _SHOWN:
            break
    return found


async def _holds(live: Live, remote: Remote) -> bool:
    """Whether the results of a batch answer our requests and no others."""
    keys = set()
    try:
        async for key, _ in live.client.results(remote):
            if key not in live.worsts:
                return False
            keys.add(key)
    except Lost:
        return False
    return bool(keys)
