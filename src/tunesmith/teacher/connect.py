"""From ``provider:model`` to a client; the one table of providers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from tunesmith.errors import UsageError
from tunesmith.text import nearest

from .anthropic import OFFICIAL as ANTHROPIC
from .anthropic import AnthropicClient
from .chat import Client
from .openai import OFFICIAL as OPENAI
from .openai import OpenAIClient
from .scripted import ScriptedClient


def _key(variable: str) -> str:
    """A key from the environment, without the line end that reading it from a file may have left.

    Raises:
        UsageError: It holds what no HTTP header may hold.
    """
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise UsageError(f"the environment variable {variable} holds a line break or another character that no key has")
    return key


def _openai(model: str, base_url: str | None, timeout: float) -> Client:
    base_url = base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
    key = _key("OPENAI_API_KEY")
    if base_url.rstrip("/") == OPENAI and not key:
        raise UsageError("openai: needs a key in the environment variable OPENAI_API_KEY (or --base-url for a server)")
    return OpenAIClient(model, base_url, key, timeout)


def _anthropic(model: str, base_url: str | None, timeout: float) -> Client:
    base_url = base_url or os.environ.get("ANTHROPIC_BASE_URL") or ANTHROPIC
    key = _key("ANTHROPIC_API_KEY")
    if base_url.rstrip("/") == ANTHROPIC and not key:
        raise UsageError("anthropic: needs a key in the environment variable ANTHROPIC_API_KEY")
    return AnthropicClient(model, base_url, key, timeout)


def _scripted(model: str, base_url: str | None, timeout: float) -> Client:
    if base_url is not None:
        raise UsageError("--base-url means nothing to a scripted teacher; leave it out")
    return ScriptedClient(model)


PROVIDERS: dict[str, Callable[[str, str | None, float], Client]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "scripted": _scripted,
}


_ADDRESS = re.compile(r"@(?=https?://)")  # a bare @ belongs to the model's name


def connect(name: str, base_url: str | None = None, timeout: float = 300.0) -> Client:
    """A client for ``provider:model``, such as ``openai:gpt-4o-mini`` or ``scripted:replies.yaml``.

    Args:
        name: Provider and model, and, after an ``@``, its address if it has one of its own:
            ``openai:MODEL@http://localhost:8000/v1``.
        base_url: Another endpoint than the provider's own for names without an address; else the provider's
            environment variable counts.
        timeout: Seconds for a whole answer.

    Raises:
        UsageError: An unknown provider, no model, no key.
    """
    named, *address = _ADDRESS.split(name, maxsplit=1)
    provider, _, model = named.partition(":")
    if provider not in PROVIDERS or not model:
        known = ", ".join(f"{known}:NAME" for known in PROVIDERS)
        hint = f" (did you mean 'openai:{name}'?)" if name and ":" not in name else nearest(provider, PROVIDERS)
        raise UsageError(f"{named!r} names no model; expected one of {known}{hint}")
    return PROVIDERS[provider](model, address[0] if address else base_url, timeout)
