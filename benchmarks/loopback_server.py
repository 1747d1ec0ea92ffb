"""A chat-completions server on 127.0.0.1 that costs next to nothing, for measuring clients against.

Run it as ``python benchmarks/loopback_server.py [--port 0] [--latency 0.05] [--faults 0.01]``; it prints its port.
HTTP/1.1 with keep-alive is parsed by hand in one `asyncio.Protocol`, and replies are prebuilt but for the hash of the
prompt that they begin with. ``GET /stats`` gives counts and times (CLOCK_MONOTONIC) as JSON.

``--faults R`` makes that share of the prompts meet each of four faults: 429, 500, a dropped connection, and a reply
whose JSON is cut off. Which prompt meets which is decided by the prompt's hash, and only the first attempt fails: a
client that asks once more loses nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

from bench_common import MODEL, digest, now

_FAULTS = ("429", "500", "dropped", "cut")
_JSON = b"Content-Type: application/json\r\n"
_LIMITS = b"x-ratelimit-limit-requests: 100000000\r\nx-ratelimit-limit-tokens: 100000000000\r\n"
_FILLER = " and a sentence of plain filler that a model might well have written" * 4


def _message(status: bytes, content: bytes, extra: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %s\r\n%s%sContent-Length: %d\r\n\r\n" % (status, _JSON, extra, len(content))
    return head + content


def _error(status: bytes, words: str, extra: bytes = b"") -> bytes:
    return _message(status, json.dumps({"error": {"message": words, "type": "bench"}}).encode(), extra)


_MARK = b"0123456789abcdef"
_REPLY = _message(
    b"200 OK",
    json.dumps(
        {
            "id": "chatcmpl-" + _MARK.decode(),
            "object": "chat.completion",
            "created": 1700000000,
            "model": MODEL,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": _MARK.decode() + _FILLER, "refusal": None},
                    "logprobs": None,
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 50, "completion_tokens": 60, "total_tokens": 110},
        }
    ).encode(),
    _LIMITS,
)
_BEFORE, _BETWEEN, _AFTER = _REPLY.split(_MARK)
_TOO_MANY = _error(b"429 Too Many Requests", "Rate limit reached", b"Retry-After: 1\r\n" + _LIMITS)
_BROKEN = _error(b"500 Internal Server Error", "The server had an error")
_EMPTY = _error(b"400 Bad Request", "messages is empty", _LIMITS)
_UNKNOWN = _error(b"404 Not Found", "no such page")
_CUT = _message(b"200 OK", _REPLY.partition(b"\r\n\r\n")[2][:120])


@dataclass
class Stats:
    """What the server saw. ``answered`` counts whole replies by prompt hash, ``attempts`` all requests."""

    attempts: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    first_request: float | None = None
    first_reply: float | None = None
    last_reply: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Everything worth reporting, the prompts counted rather than listed."""
        return {
            "requests": self.attempts.total(),
            "replies": self.answered.total(),
            "prompts_answered": len(self.answered),
            "answered_again": self.answered.total() - len(self.answered),
            "faults": dict(self.faults),
            "connections": self.connections,
            "most_in_flight": self.most_in_flight,
            "first_request": self.first_request,
            "first_reply": self.first_reply,
            "last_reply": self.last_reply,
        }


@dataclass
class Settings:
    """The server's command line: latency in seconds, share of prompts for each kind of fault."""

    latency: float = 0.0
    faults: float = 0.0


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, settings: Settings, stats: Stats) -> None:
        self.settings = settings
        self.stats = stats
        self.buffer = b""
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        self.transport = cast(asyncio.Transport, transport)
        self.stats.connections += 1

    def data_received(self, data: bytes) -> None:
        """Answer every whole request in the buffer."""
        self.buffer = buffer = self.buffer + data if self.buffer else data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(buffer) < end + 4 + length:
                break
            content, buffer = buffer[end + 4 : end + 4 + length], buffer[end + 4 + length :]
            self.buffer = buffer
            if head.startswith(b"post"):
                self._post(content)
            elif head.startswith(b"get /stats"):
                self.transport.write(_message(b"200 OK", json.dumps(self.stats.as_json()).encode()))
            else:
                self.transport.write(_UNKNOWN)

    def _post(self, content: bytes) -> None:
        messages = json.loads(content).get("messages")
        if not messages:  # curator asks once with no message, to read the rate limits off the headers
            self.transport.write(_EMPTY)
            return
        text = messages[-1]["content"]
        if not isinstance(text, str):
            text = "".join(part["text"] for part in text)
        key = digest(text)
        stats = self.stats
        if stats.first_request is None:
            stats.first_request = now()
        stats.attempts[key] += 1
        stats.in_flight += 1
        stats.most_in_flight = max(stats.most_in_flight, stats.in_flight)
        fault = self._fault(key) if self.settings.faults and stats.attempts[key] == 1 else ""
        if self.settings.latency:
            self.loop.call_later(self.settings.latency, self._answer, key, fault)
        else:
            self._answer(key, fault)

    def _fault(self, key: str) -> str:
        which = int(int(key, 16) / 2**64 / self.settings.faults)
        return _FAULTS[which] if which < len(_FAULTS) else ""

    def _answer(self, key: str, fault: str) -> None:
        stats = self.stats
        stats.in_flight -= 1
        if fault:
            stats.faults[fault] += 1
            if fault == "dropped":
                self.transport.abort()
            else:
                self.transport.write({"429": _TOO_MANY, "500": _BROKEN, "cut": _CUT}[fault])
            return
        if self.transport.is_closing():
            stats.faults["client left"] += 1
            return
        mark = key.encode()
        self.transport.write(_BEFORE + mark + _BETWEEN + mark + _AFTER)
        stats.answered[key] += 1
        stats.last_reply = now()
        if stats.first_reply is None:
            stats.first_reply = stats.last_reply


async def _serve(port: int, settings: Settings) -> None:
    stats = Stats()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Connection(settings, stats), "127.0.0.1", port, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument("--faults", type=float, default=0.0, help="share of prompts for each of the four faults")
    args = parser.parse_args()
    try:
        asyncio.run(_serve(args.port, Settings(args.latency, args.faults)))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
