"""What a provider's batch endpoint does for us: the protocol, and the words for what it says of a batch."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

from tunesmith.errors import TeacherStopped, Transient, UsageError
from tunesmith.teacher.chat import Client, Identity, Reply, Request

encode = json.JSONEncoder(ensure_ascii=False).encode


class Problem(NamedTuple):
    """Why a batch failed, in the provider's words: no key among them, of one line and no great length."""

    code: str
    what: str


@dataclass(frozen=True, slots=True)
class Remote:
    """A batch as the provider shows it.

    Attributes:
        id: The provider's name for it.
        state: In the provider's own word.
        ended: Whether nothing more will happen to it.
        checked: Whether the provider has taken it in: until then it may still refuse it whole.
        requests: How many there are in it; 0 if that is not known yet.
        done: How many of these have an outcome.
        mark: The nonce that we gave it, where the provider keeps such a thing.
        source: The file of its requests, likewise.
        outputs: Where its results are.
        problem: Why it failed, if it did: it was refused whole, or broken off.
    """

    id: str
    state: str
    ended: bool
    checked: bool
    requests: int
    done: int
    mark: str = ""
    source: str = ""
    outputs: tuple[str, ...] = ()
    problem: Problem | None = None

    @property
    def untouched(self) -> bool:
        """Whether it failed before any request was tried, so that nothing was charged."""
        return self.problem is not None and not self.outputs and not self.done


@runtime_checkable
class BatchClient(Protocol):
    """One model at one provider's batch endpoint; knows nothing of retries, stores or money.

    All that talks to the provider raises `Transient`, `Refused` or `TeacherStopped` (see ``errors.py``).
    """

    identity: Identity
    most_requests: int
    most_bytes: int

    def line(self, key: str, request: Request) -> bytes:
        """A request as it stands in a batch, to come back under ``key``."""
        ...

    async def upload(self, nonce: str, lines: Sequence[bytes]) -> str:
        """Hand the requests over where that is a step of its own; returns the name of the file. Charges nothing."""
        ...

    async def create(self, nonce: str, source: str, lines: Sequence[bytes]) -> Remote:
        """Begin a batch."""
        ...

    async def look(self, batch: str) -> Remote:
        """How a batch is getting on."""
        ...

    async def cancel(self, batch: str) -> None:
        """Ask the provider to stop; what has been answered by then is in the results."""
        ...

    def listed(self) -> AsyncIterator[Remote]:
        """All batches that the provider shows, the newest first; what cannot be read is left out."""
        ...

    def owns(self, remote: Remote, nonce: str, source: str, requests: int) -> bool | None:
        """Whether a batch is the one that was created so; ``None`` if only its results can tell."""
        ...

    def results(self, remote: Remote) -> AsyncIterator[tuple[str, Any]]:
        """Keys and results of a batch that has ended, in any order; a line that cannot be read is left out."""
        ...

    def read(self, request: Request, result: Any) -> Reply:
        """The reply in a result.

        Raises:
            Transient: There is none, and asking again may bring one.
            Refused: There never will be.
            TeacherStopped: Nor will there be for any other request.
        """
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


def batches_of(client: Client) -> BatchClient:
    """The batch endpoint of a client.

    Raises:
        UsageError: It has none.
    """
    found = getattr(client, "batches", None)
    if not isinstance(found, BatchClient):
        raise UsageError(f"--batch: {client.identity} has no batches; leave --batch out, or ask openai: or anthropic:")
    return found


def unclear(what: str) -> Transient:
    """A result that says neither what was answered nor that nothing was: it may have been charged."""
    return Transient(what, "garbled", answered=True)


def unfinished(why: str) -> Transient:
    """A request that its batch left alone: nothing was charged, and another batch may answer it."""
    return Transient(why, "unfinished")


class Lost(TeacherStopped):
    """A batch, or its results, that the provider does not have any more, or not for this key."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; `tunesmith batches FOLDER --forget` gives up what is lost")


def page_of(found: Mapping[str, Any]) -> list[Any]:
    """The batches on a page of a list.

    Raises:
        Transient: It has none to show in a way that we know.
    """
    page = found.get("data") or []
    if not isinstance(page, list):
        raise Transient("the answer is not a list of batches", "garbled", answered=True)
    return page


def readable(page: Sequence[Any], read: Callable[[Any], Remote]) -> Iterator[Remote]:
    """Those batches on a page that can be read."""
    for batch in page:
        try:
            yield read(batch)
        except Transient:
            continue
