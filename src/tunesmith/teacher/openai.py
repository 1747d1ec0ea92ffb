"""Any endpoint that speaks OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama, gateways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tunesmith.errors import Transient

from .batches.api import BatchClient
from .chat import Identity, Reply, Request, Usage, counted
from .http import HttpPoster, check_base_url, openai_rate

# What other servers and gateways call it.
_REASONS = {"eos": "stop", "eos_token": "stop", "end_turn": "stop", "stop_sequence": "stop"} | {
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
}
OFFICIAL = "https://api.openai.com/v1"


class OpenAIClient:
    """Asks ``{base_url}/chat/completions``.

    Args:
        model: The model's name at that endpoint.
        base_url: Up to and including ``/v1``.
        key: Sent as a bearer token; empty for servers that want none.
        timeout: Seconds for a whole answer.
    """

    def __init__(self, model: str, base_url: str = OFFICIAL, key: str = "", timeout: float = 300.0) -> None:
        base_url = check_base_url(base_url)
        self.identity = Identity("openai", base_url, model)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # Other servers may have schemas too, or refuse a request that names one.
        self.has_schemas = base_url == OFFICIAL
        self.http = HttpPoster(f"{base_url}/chat/completions", headers, key, timeout)
        # OpenAI's newer models refuse max_tokens, and most other servers know nothing else.
        self._limit_field = "max_completion_tokens" if base_url == OFFICIAL else "max_tokens"

    @property
    def batches(self) -> BatchClient:
        """The same model through the Batch API."""
        from .batches.openai import OpenAIBatches

        return OpenAIBatches(self)

    async def complete(self, request: Request) -> Reply:
        """Ask once; see `Client`."""
        data, headers = await self.http.post(self.body(request))
        return replace(self.read(data, request), rate=openai_rate(headers))

    def body(self, request: Request) -> dict[str, Any]:
        """The request as the API wants it."""
        body: dict[str, Any] = {
            "model": self.identity.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        }
        if request.max_tokens is not None:
            body[self._limit_field] = request.max_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.top_p is not None:
            body["top_p"] = request.top_p
        if request.stop:
            body["stop"] = list(request.stop)
        body.update(request.extra)
        return body

    def read(self, data: Any, request: Request) -> Reply:
        """The reply to ``request`` in a chat completion.

        Raises:
            Transient: There is none.
        """
        try:
            choice = data["choices"][0]
            message = choice["message"]
            text, usage = message.get("content"), _usage(data.get("usage"))
            reason = _finish_reason(choice.get("finish_reason"), usage, request.max_tokens)
            model = str(data.get("model", ""))
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise Transient(
                "the answer is not a chat completion: " + self.http.blot(str(data))[:200],
                "garbled",
                answered=True,
            ) from error
        if message.get("refusal"):
            text, reason = str(message["refusal"]), "refusal"
        if text is None and reason in ("length", "content_filter"):
            text = ""  # a reasoning model may have spent all its tokens before the first word
        if not isinstance(text, str) or (reason == "stop" and not text.strip()):
            raise Transient("the answer is empty", "empty", answered=True)
        return Reply(text, reason, usage, model)

    async def close(self) -> None:
        """Let connections go."""
        await self.http.close()


def _finish_reason(said: Any, usage: Usage | None, max_tokens: int | None) -> str:
    """The reason in our words; a server that gives none is believed to have stopped unless the room was used up."""
    if said:
        return _REASONS.get(str(said), str(said))
    full = usage is not None and max_tokens is not None and usage.output_tokens >= max_tokens
    return "length" if full else "stop"


def _usage(found: Any) -> Usage | None:
    match found:
        case {"prompt_tokens": given, "completion_tokens": made} if counted(given, made):
            return Usage(given, made)
    return None
