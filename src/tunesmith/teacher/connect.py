"""From ``provider:model`` to a client; the one table of providers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tunesmith.errors import UsageError
from tunesmith.text import nearest

from .anthropic import OFFICIAL as ANTHROPIC
from .anthropic import AnthropicClient
from .chat import Client
from .http import check_base_url
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


@dataclass(frozen=True)
class _Provider:
    """A provider over HTTP: its client, its own endpoint, and the environment variables for key and endpoint."""

    client: Callable[[str, str, str, float], Client]
    official: str
    key: str
    base: str

    def __call__(self, model: str, base_url: str | None, timeout: float) -> Client:
        """At the endpoint that the user names, or else at the provider's own; the provider's key goes there."""
        return self._client(model, base_url or os.environ.get(self.base) or self.official, _key(self.key), timeout)

    def at(self, model: str, address: str, timeout: float) -> Client:
        """At an address that stands behind the model's name.

        Such a name may come from somebody else's recipe, which must not have the user's key sent to wherever it likes.
        So an address has a key of its own, unless it is the provider's or the one in the environment.
        """
        key = _key(f"TUNESMITH_KEY_{re.sub('[^A-Z0-9]', '_', urlsplit(address).netloc.upper())}")
        if not key and _origin(address) in (_origin(self.official), _origin(os.environ.get(self.base, ""))):
            key = _key(self.key)
        return self._client(model, address, key, timeout)

    def _client(self, model: str, base_url: str, key: str, timeout: float) -> Client:
        if base_url.rstrip("/") == self.official and not key:
            name = next(name for name, provider in PROVIDERS.items() if provider is self)
            raise UsageError(f"{name}: needs a key in the environment variable {self.key} (or --base-url for a server)")
        return self.client(model, base_url, key, timeout)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _scripted(model: str, base_url: str | None, timeout: float) -> Client:
    if base_url is not None:
        raise UsageError("a scripted teacher has no address, so --base-url or an @ means nothing to it; leave it out")
    return ScriptedClient(model)


PROVIDERS: dict[str, Callable[[str, str | None, float], Client]] = {
    "openai": _Provider(OpenAIClient, OPENAI, "OPENAI_API_KEY", "OPENAI_BASE_URL"),
    "anthropic": _Provider(AnthropicClient, ANTHROPIC, "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    "scripted": _scripted,
}


_ADDRESS = re.compile(r"@(?=https?://)", re.IGNORECASE)  # a bare @ belongs to the model's name
_NO_SCHEME = re.compile(r"(?<=.)@[^@]*(:\d|/)")  # ... even with a slash if it is the first thing there


def split_name(name: str) -> tuple[str, str, str | None]:
    """Provider, model, and the address that stands behind them, if one does.

    Raises:
        UsageError: An address without ``http://``.
    """
    named, *address = _ADDRESS.split(name, maxsplit=1)
    provider, _, model = named.partition(":")
    if provider in PROVIDERS and provider != "scripted" and _NO_SCHEME.search(model):
        model, place = model.rsplit("@", 1)
        raise UsageError(f"an address needs its http:// or https://: write {provider}:{model}@http://{place}")
    if not address:
        return provider, model, None
    scheme, rest = address[0].split("://", 1)
    return provider, model, f"{scheme.lower()}://{rest}"


def connect(name: str, base_url: str | None = None, timeout: float = 300.0) -> Client:
    """A client for ``provider:model``, such as ``openai:gpt-4o-mini`` or ``scripted:replies.yaml``.

    Args:
        name: Provider and model, and, after an ``@``, its address if it has one of its own:
            ``openai:MODEL@http://localhost:8000/v1``. The key for such an address is in the environment variable
            ``TUNESMITH_KEY_LOCALHOST_8000``; the provider's own goes only to the provider's own host, or to that of
            its variable for another endpoint.
        base_url: Another endpoint than the provider's own for names without an address; else the provider's
            environment variable counts.
        timeout: Seconds for a whole answer.

    Raises:
        UsageError: An unknown provider, no model, no key.
    """
    provider, model, address = split_name(name)
    if provider not in PROVIDERS or not model:
        known = ", ".join(f"{known}:NAME" for known in PROVIDERS)
        hint = "" if provider in PROVIDERS else nearest(provider, PROVIDERS)
        if name and ":" not in name and not hint:
            hint = f" (did you mean 'openai:{name}'?)"
        raise UsageError(f"{_ADDRESS.split(name)[0]!r} names no model; expected one of {known}{hint}")
    make = PROVIDERS[provider]
    if address is None:
        return make(model, base_url, timeout)
    check_base_url(address)
    return make.at(model, address, timeout) if isinstance(make, _Provider) else make(model, address, timeout)
