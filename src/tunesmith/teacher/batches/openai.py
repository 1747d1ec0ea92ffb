"""OpenAI's Batch API: a file of requests goes up, a batch is created from it, files of results come down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tunesmith.errors import TeacherError, TeacherStopped, Transient
from tunesmith.teacher.chat import Reply, Request

from .api import Lost, Problem, Remote, encode, page_of, readable, unclear, unfinished

if TYPE_CHECKING:
    from tunesmith.teacher.openai import OpenAIClient

_ENDED = {"completed", "failed", "expired", "cancelled"}
_MARK = "tunesmith"  # the key in a batch's metadata under which our nonce stands
_LEFT = {"batch_expired": "expired", "batch_cancelled": "was cancelled"}


class OpenAIBatches:
    """``{base_url}/files`` and ``{base_url}/batches``, for OpenAI and servers that imitate it."""

    most_requests = 50_000
    most_bytes = 200_000_000

    def __init__(self, client: OpenAIClient) -> None:
        self.identity, self._client, self._http = client.identity, client, client.http
        self._base = client.identity.endpoint

    def line(self, key: str, request: Request) -> bytes:
        """A request as it stands in a batch; see `BatchClient`."""
        body = self._client.body(request)
        line = {"custom_id": key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        return encode(line).encode("utf-8")

    async def upload(self, nonce: str, lines: Sequence[bytes]) -> str:
        """Upload the file of requests; returns its id."""
        edge = f"--{nonce}".encode()
        disposition = b'\r\nContent-Disposition: form-data; name="'
        form = [edge, disposition, b'purpose"\r\n\r\nbatch\r\n', edge, disposition]
        form += [f'file"; filename="tunesmith-{nonce}.jsonl"\r\n'.encode(), b"Content-Type: application/jsonl\r\n\r\n"]
        for line in lines:
            form += [line, b"\n"]
        form += [b"\r\n", edge, b"--\r\n"]
        kind = f"multipart/form-data; boundary={nonce}"
        found = await self._ask("POST", "/files", b"".join(form), kind)
        return _text(found, "id")

    async def create(self, nonce: str, source: str, lines: Sequence[bytes]) -> Remote:
        """Create the batch; the nonce stands in its metadata, so that it is found again."""
        body = {
            "input_file_id": source,
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {_MARK: nonce},
        }
        return self._remote(await self._ask("POST", "/batches", encode(body).encode("utf-8")))

    async def look(self, batch: str) -> Remote:
        """How the batch is getting on."""
        return self._remote(await self._known("GET", batch))

    async def cancel(self, batch: str) -> None:
        """Ask for the batch to be cancelled."""
        await self._known("POST", batch, "/cancel")

    async def listed(self) -> AsyncIterator[Remote]:
        """All batches, the newest first, a hundred at a time."""
        after = ""
        while True:
            page = await self._ask("GET", f"/batches?limit=100{after}")
            found = page_of(page)
            for remote in readable(found, self._remote):
                yield remote
            if not (page.get("has_more") and found):
                return
            after = f"&after={_text(found[-1], 'id')}"

    def owns(self, remote: Remote, nonce: str, source: str, requests: int) -> bool | None:
        """By the nonce in its metadata, or by its file, which no other batch of ours has."""
        return remote.mark == nonce or bool(source and remote.source == source)

    async def results(self, remote: Remote) -> AsyncIterator[tuple[str, Any]]:
        """The lines of the file of answers, then of the file of errors."""
        try:
            for file in remote.outputs:
                async for line in self._http.lines(f"{self._base}/files/{file}/content"):
                    try:
                        found = self._http.decoded(line)
                        key = str(found["custom_id"])
                    except (Transient, KeyError, TypeError):
                        continue  # its request will be missed, and asked again
                    yield key, found
        except TeacherError as error:
            if error.status in (404, 405, 410):
                raise Lost(f"the results of batch {remote.id} are gone: {error}") from error
            raise

    def read(self, request: Request, result: Any) -> Reply:
        """The reply in a line; see `BatchClient`."""
        error, response = result.get("error"), result.get("response")
        if isinstance(response, dict) and response.get("status_code") == 200:
            return self._client.read(response.get("body"), request)
        if isinstance(response, dict) and isinstance(response.get("status_code"), int):
            raise self._http.failure(response["status_code"], {}, encode(response.get("body")))
        code = str(error.get("code")) if isinstance(error, dict) else ""
        if code in _LEFT:
            raise unfinished(f"the batch {_LEFT[code]} before this request was answered")
        if not isinstance(error, dict):
            raise unclear("its result says nothing")
        raise self._http.failure(500, {}, encode(error))

    async def close(self) -> None:
        """Let connections go."""
        await self._client.close()

    async def _known(self, method: str, batch: str, what: str = "") -> Mapping[str, Any]:
        """Ask about one batch."""
        try:
            return await self._ask(method, f"/batches/{batch}{what}")
        except TeacherError as error:
            if error.status in (404, 405):
                raise Lost(f"the provider does not know the batch {batch}: {error}") from error
            raise

    async def _ask(
        self, method: str, path: str, data: bytes | None = None, kind: str = "application/json"
    ) -> Mapping[str, Any]:
        try:
            raw, _ = await self._http.send(method, self._base + path, data, kind)
        except TeacherError as error:
            if error.status in (404, 405) and path in ("/files", "/batches"):
                raise TeacherStopped(f"--batch: this endpoint has no batches; leave it out ({error})") from error
            raise
        found = self._http.decoded(raw)
        if not isinstance(found, dict):
            raise Transient("the answer is not a batch: " + self._http.blot(str(found))[:200], "garbled", answered=True)
        return found

    def _remote(self, found: Any) -> Remote:
        """A batch object in our words."""
        state, name = _text(found, "status"), _text(found, "id")
        try:
            counts = found.get("request_counts") or {}
            return Remote(
                name,
                state,
                state in _ENDED,
                state not in ("validating", "failed"),
                int(counts.get("total") or 0),
                int(counts.get("completed") or 0) + int(counts.get("failed") or 0),
                str((found.get("metadata") or {}).get(_MARK) or ""),
                str(found.get("input_file_id") or ""),
                tuple(str(found[name]) for name in ("output_file_id", "error_file_id") if found.get(name)),
                self._problem(found) if state == "failed" else None,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Transient("the answer is not a batch", "garbled", answered=True) from error

    def _problem(self, found: Mapping[str, Any]) -> Problem:
        errors = (found.get("errors") or {}).get("data") or []
        first = errors[0] if errors and isinstance(errors[0], dict) else {}
        line = first.get("line")
        where = f" (line {line} of {len(errors)} with errors)" if line and isinstance(line, int) else ""
        # The key is blotted out first, so that no part of it is left at the cut.
        code, what = (" ".join(self._http.blot(str(first.get(n) or "")).split())[:300] for n in ("code", "message"))
        return Problem(code or "no code", (what or "it does not say why") + where)


def _text(found: Any, name: str) -> str:
    if not isinstance(found, dict) or not isinstance(found.get(name), str) or not found[name]:
        raise Transient(f"the answer has no {name!r}", "garbled", answered=True)
    return str(found[name])
