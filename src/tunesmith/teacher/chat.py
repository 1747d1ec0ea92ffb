"""The words between a step and whatever answers it: messages, requests, replies, and the client protocol.

A *client* speaks to one provider and knows nothing of retries, stores or money; the driver adds those.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat; ``role`` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One chat completion asked for. ``None`` leaves a setting to the provider.

    Attributes:
        messages: The chat so far, ending with what is to be answered.
        max_tokens: Most tokens that the reply may have; needed to hold a budget.
        temperature: 0 for the likeliest answer, higher for variety.
        top_p: Share of probability that sampling draws from.
        stop: Texts at which the reply ends.
        extra: Further fields of the provider's own API, sent as they are.
        sample: Which of several independent answers to the same chat this is, from 0.
        attempt: How often a step asked before because it could not read the reply.
        teacher: Which of the run's teachers is asked, by its name in the run; empty for the run's own. Not part of
            `as_json`: the key holds the identity of whoever answers.
    """

    messages: tuple[Message, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    sample: int = 0
    attempt: int = 0
    teacher: str = ""

    def again(self, max_tokens: int | None) -> Request:
        """The same request, to be answered anew, with room for ``max_tokens``."""
        return replace(self, attempt=self.attempt + 1, max_tokens=max_tokens)

    def size(self) -> int:
        """UTF-8 bytes of all messages: no byte-level tokenizer makes more tokens of them."""
        return sum(len(m.content.encode("utf-8", "surrogatepass")) for m in self.messages)

    def as_json(self) -> dict[str, Any]:
        """What changes the reply, as plain JSON; settings left to the provider are absent."""
        settings: dict[str, Any] = {
            "max_tokens": self.max_tokens,
            "temperature": _number(self.temperature),
            "top_p": _number(self.top_p),
            "stop": list(self.stop) or None,
            "extra": dict(self.extra) or None,
            "sample": self.sample or None,
            "attempt": self.attempt or None,
        }
        messages = [[m.role, m.content] for m in self.messages]
        return {"messages": messages, **{k: v for k, v in settings.items() if v is not None}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        """The inverse of `as_json`."""
        fields = dict(data)
        messages = tuple(Message(role, content) for role, content in fields.pop("messages"))
        return cls(messages, stop=tuple(fields.pop("stop", ())), **fields)


def _number(setting: float | None) -> float | None:
    """1 and 1.0 are the same setting, and must be the same text."""
    return None if setting is None else float(setting)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them."""

    input_tokens: int
    output_tokens: int


def counted(*tokens: object) -> bool:
    """Whether these can be counts of tokens; what is negative, a truth value or beyond all measure cannot."""
    return all(type(count) is int and 0 <= count < 1 << 53 for count in tokens)


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """What a provider's response headers say of its rate limits: calls and tokens left, seconds to the reset."""

    requests_left: int | None = None
    requests_reset: float | None = None
    tokens_left: int | None = None
    tokens_reset: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        text: The answer.
        finish_reason: ``stop`` for a whole answer, ``length`` for one cut off by ``max_tokens``, ``content_filter``
            or ``refusal`` for one that was withheld, else the provider's own word.
        usage: Tokens, or ``None`` where the provider did not count them.
        model: The model that answered, as the server names it.
        cost: In US dollars, or ``None`` where the price or the usage is not known.
        key: Its key in the reply store.
        rate: Rate limits read from the headers; not stored.
        teacher: Whose it is, as `Request.teacher` named it, where a step is to know; not stored.
    """

    text: str
    finish_reason: str = "stop"
    usage: Usage | None = None
    model: str = ""
    cost: float | None = None
    key: str = ""
    rate: RateHeaders | None = field(default=None, compare=False)
    teacher: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers: with the request, all that a reply depends on."""

    provider: str
    endpoint: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


class Client(Protocol):
    """One provider. ``complete`` raises `Transient`, `Refused` or `TeacherStopped` (see ``errors.py``)."""

    identity: Identity

    async def complete(self, request: Request) -> Reply:
        """Ask once; no retry, no store, no money."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def reply_key(identity: Identity, request: Request) -> str:
    """Hash of everything that changes the reply: 32 hexadecimal digits (BLAKE2b, 128 bits)."""
    parts = [1, identity.provider, identity.endpoint, identity.model, request.as_json()]
    return blake2b(_encode(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
