"""Anthropic's Message Batches: all requests go up in one call, all results come down as one file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tunesmith.errors import TeacherError, TeacherStopped, Transient
from tunesmith.teacher.chat import Reply, Request

from .api import Lost, Remote, encode, page_of, readable, unclear, unfinished

if TYPE_CHECKING:
    from tunesmith.teacher.anthropic import AnthropicClient

# The status that goes with each type of error; in a batch only the type is told.
_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class AnthropicBatches:
    """``{base_url}/v1/messages/batches``."""

    most_requests = 100_000
    most_bytes = 256_000_000

    def __init__(self, client: AnthropicClient) -> None:
        self.identity, self._client, self._http = client.identity, client, client.http
        self._base = client.http.url + "/batches"

    def line(self, key: str, request: Request) -> bytes:
        """A request as it stands in a batch; see `BatchClient`."""
        return encode({"custom_id": key, "params": self._client.body(request)}).encode("utf-8")

    async def upload(self, nonce: str, lines: Sequence[bytes]) -> str:
        """Nothing: the requests go along with `create`."""
        return ""

    async def create(self, nonce: str, source: str, lines: Sequence[bytes]) -> Remote:
        """Create the batch."""
        try:
            return _remote(await self._ask("POST", "", b'{"requests":[' + b",".join(lines) + b"]}"))
        except TeacherError as error:
            if error.status in (404, 405):
                raise TeacherStopped(f"--batch: this endpoint has no batches; leave it out ({error})") from error
            raise

    async def look(self, batch: str) -> Remote:
        """How the batch is getting on."""
        return _remote(await self._known("GET", batch))

    async def cancel(self, batch: str) -> None:
        """Ask for the batch to be cancelled."""
        await self._known("POST", batch, "/cancel")

    async def listed(self) -> AsyncIterator[Remote]:
        """All batches of the workspace, the newest first, a hundred at a time."""
        after = ""
        while True:
            page = await self._ask("GET", f"?limit=100{after}")
            found = page_of(page)
            for remote in readable(found, _remote):
                yield remote
            if not (page.get("has_more") and found):
                return
            last = page.get("last_id") or (found[-1].get("id") if isinstance(found[-1], dict) else None)
            if not last:
                raise Transient("the list of batches does not say where it goes on", "garbled", answered=True)
            after = f"&after_id={last}"

    def owns(self, remote: Remote, nonce: str, source: str, requests: int) -> bool | None:
        """The API keeps no mark of ours; the number of requests rules most batches out."""
        return None if remote.requests == requests else False

    async def results(self, remote: Remote) -> AsyncIterator[tuple[str, Any]]:
        """The lines of the results."""
        own = f"{self._base}/{remote.id}/results"
        said = remote.outputs[0] if remote.outputs else own
        # The key goes along, so it goes nowhere but where it belongs, whatever address the answer names.
        url = said if urlsplit(said)[:2] == urlsplit(own)[:2] else own
        try:
            async for line in self._http.lines(url):
                try:
                    found = self._http.decoded(line)
                    key, result = str(found["custom_id"]), found["result"]
                except (Transient, KeyError, TypeError):
                    continue  # its request will be missed, and asked again
                yield key, result
        except TeacherError as error:
            if error.status in (404, 405, 410):
                raise Lost(f"the results of batch {remote.id} are gone: {error}") from error
            raise

    def read(self, request: Request, result: Any) -> Reply:
        """The reply in a result; see `BatchClient`."""
        kind = result.get("type") if isinstance(result, dict) else None
        if kind == "succeeded":
            return self._client.read(result.get("message"))
        if kind in ("expired", "canceled"):
            what = "expired" if kind == "expired" else "was cancelled"
            raise unfinished(f"the batch {what} before this request was answered")
        if kind != "errored":
            raise unclear("its result says nothing")
        error = result.get("error") if isinstance(result, dict) else None
        inner = error.get("error", error) if isinstance(error, dict) else {}
        name = str(inner.get("type")) if isinstance(inner, dict) else ""
        raise self._http.failure(_STATUS.get(name, 500), {}, encode(error))

    async def close(self) -> None:
        """Let connections go."""
        await self._client.close()

    async def _known(self, method: str, batch: str, what: str = "") -> Mapping[str, Any]:
        """Ask about one batch."""
        try:
            return await self._ask(method, f"/{batch}{what}")
        except TeacherError as error:
            if error.status in (404, 405):
                raise Lost(f"the provider does not know the batch {batch}: {error}") from error
            raise

    async def _ask(self, method: str, path: str, data: bytes | None = None) -> Mapping[str, Any]:
        raw, _ = await self._http.send(method, self._base + path, data)
        found = self._http.decoded(raw)
        if not isinstance(found, dict):
            raise Transient("the answer is not a batch: " + self._http.blot(str(found))[:200], "garbled", answered=True)
        return found


def _remote(found: Any) -> Remote:
    """A batch object in our words."""
    try:
        counts = found.get("request_counts") or {}
        done = sum(int(counts.get(name) or 0) for name in ("succeeded", "errored", "canceled", "expired"))
        return Remote(
            str(found["id"]),
            str(found["processing_status"]),
            found["processing_status"] == "ended",
            True,
            done + int(counts.get("processing") or 0),
            done,
            outputs=(str(found["results_url"]),) if found.get("results_url") else (),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Transient("the answer is not a message batch", "garbled", answered=True) from error
