"""What the loopback server, the measured clients and the measuring parent agree on.

Prompts are made, not loaded: prompt *i* is the same text in every process, and the server's reply begins with a
hash of the prompt, so that every client's results can be checked for losses, mix-ups and order.

A client is a program ``peers/<name>.py --port P --prompts N --concurrency C --out FILE``: it asks N prompts and
leaves one JSON object a line in FILE, ``{"text": ...}`` in prompt order, with ``null`` for a prompt that got no
answer. Run one by hand with ``PYTHONPATH=benchmarks`` in front.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

MODEL = "gpt-4o-mini"  # a name that tools have a price for, so that they do the sums they do in earnest
KEY = "sk-loopback-only"
FIRST_WRITE_SUFFIX = ".first"  # FILE.first holds when the first result was on disk, CLOCK_MONOTONIC seconds

_FILLER = "Explain to a curious reader, in a few plain sentences and with one example, what this number is good for. "


def prompt(index: int) -> str:
    """Prompt number ``index``: about 240 characters, different for every index."""
    return f"Question {index}. {_FILLER}{_FILLER}"


def digest(text: str) -> str:
    """What the server's reply to ``text`` begins with: 16 hexadecimal digits."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def body(index: int) -> dict[str, Any]:
    """The chat-completions request of prompt ``index``."""
    return {"model": MODEL, "messages": [{"role": "user", "content": prompt(index)}], "max_tokens": 64}


def now() -> float:
    """Seconds on the clock that all processes of one machine share."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class Arguments(argparse.Namespace):
    """The command line of a measured client."""

    port: int
    prompts: int
    concurrency: int
    out: Path

    @property
    def base_url(self) -> str:
        """Where the loopback server's API lives."""
        return f"http://127.0.0.1:{self.port}/v1"


def arguments() -> Arguments:
    """Read a client's command line, and keep it on this machine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--prompts", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    sys.addaudithook(_loopback_only)
    return parser.parse_args(namespace=Arguments())


def scratch(args: Arguments) -> Path:
    """A folder of the client's own, beside its results; the parent removes it."""
    folder = args.out.with_suffix(".scratch")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_results(out: Path, texts: Iterable[str | None]) -> None:
    """Write all results at once, for the tools that give them all at once."""
    with out.open("w", encoding="utf-8") as file:
        for text in texts:
            file.write(json.dumps({"text": text}) + "\n")


def _loopback_only(event: str, args: tuple[Any, ...]) -> None:
    """Refuse every connection that leaves this machine, so that no peer can phone home."""
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in ("127.0.0.1", "::1"):
        raise OSError(f"the benchmark refuses a connection to {args[1]!r} (process {os.getpid()})")
    if event == "socket.getaddrinfo" and args[0] not in (None, "127.0.0.1", "localhost", "::1", ""):
        raise OSError(f"the benchmark refuses to look up {args[0]!r} (process {os.getpid()})")
