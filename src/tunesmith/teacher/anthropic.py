"""Anthropic's Messages API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tunesmith.errors import Transient

from .batches.api import BatchClient
from .chat import Identity, RateHeaders, Reply, Request, Usage, counted
from .http import HttpPoster, check_base_url, whole_number

OFFICIAL = "https://api.anthropic.com"
_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length"} | {
    "model_context_window_exceeded": "length"
}
_DEFAULT_MAX_TOKENS = 4096  # the API insists on a number


class AnthropicClient:
    """Asks ``{base_url}/v1/messages``.

    Args:
        model: The model's name.
        base_url: Without ``/v1``.
        key: Sent as ``x-api-key``.
        timeout: Seconds for a whole answer.
    """

    def __init__(self, model: str, base_url: str = OFFICIAL, key: str = "", timeout: float = 300.0) -> None:
        base_url = check_base_url(base_url).removesuffix("/v1")
        self.identity = Identity("anthropic", base_url, model)
        headers = {"anthropic-version": "2023-06-01"} | ({"x-api-key": key} if key else {})
        self.http = HttpPoster(f"{base_url}/v1/messages", headers, key, timeout)

    @property
    def batches(self) -> BatchClient:
        """The same model through Message Batches."""
        from .batches.anthropic import AnthropicBatches

        return AnthropicBatches(self)

    async def complete(self, request: Request) -> Reply:
        """Ask once; see `Client`."""
        data, headers = await self.http.post(self.body(request))
        return replace(self.read(data), rate=_rate(headers))

    def body(self, request: Request) -> dict[str, Any]:
        """The request as the API wants it."""
        system = "\n\n".join(m.content for m in request.messages if m.role == "system")
        body: dict[str, Any] = {
            "model": self.identity.model,
            "max_tokens": request.max_tokens or _DEFAULT_MAX_TOKENS,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages if m.role != "system"],
        }
        if system:
            body["system"] = system
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.top_p is not None:
            body["top_p"] = request.top_p
        if request.stop:
            body["stop_sequences"] = list(request.stop)
        body.update(request.extra)
        return body

    def read(self, data: Any) -> Reply:
        """The reply in a message.

        Raises:
            Transient: There is none.
        """
        try:
            text = "".join(block["text"] for block in data["content"] if block["type"] == "text")
            reason = _REASONS.get(data["stop_reason"], str(data["stop_reason"]))
            usage, model = _usage(data.get("usage")), str(data.get("model", ""))
        except (KeyError, TypeError, AttributeError) as error:
            raise Transient(
                "the answer is not a message: " + self.http.blot(str(data))[:200], "garbled", answered=True
            ) from error
        if reason == "stop" and not text.strip():
            raise Transient("the answer is empty", "empty", answered=True)
        return Reply(text, reason, usage, model)

    async def close(self) -> None:
        """Let connections go."""
        await self.http.close()


def _usage(found: Any) -> Usage | None:
    match found:
        case {"input_tokens": given, "output_tokens": made}:
            # Tokens written to or read from the prompt cache are billed too, though not at the plain price.
            cached = [found.get(f"cache_{kind}_input_tokens") or 0 for kind in ("creation", "read")]
            return Usage(given + sum(cached), made) if counted(given, made, *cached) else None
    return None


def _rate(headers: Mapping[str, str]) -> RateHeaders | None:
    prefix = "anthropic-ratelimit-"
    if f"{prefix}requests-remaining" not in headers and f"{prefix}tokens-remaining" not in headers:
        return None
    return RateHeaders(
        whole_number(headers.get(f"{prefix}requests-remaining")),
        _until(headers.get(f"{prefix}requests-reset")),
        whole_number(headers.get(f"{prefix}tokens-remaining")),
        _until(headers.get(f"{prefix}tokens-reset")),
    )


def _until(moment: str | None) -> float | None:
    """Seconds until an RFC 3339 time."""
    try:
        then = datetime.fromisoformat(moment or "")
    except ValueError:
        return None
    return max(0.0, (then - datetime.now(UTC)).total_seconds()) if then.tzinfo else None
