"""A real HTTP server on loopback that speaks the teachers' APIs and can be told to misbehave."""

import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]


def prompt_of(body: Json) -> str:
    return str(body["messages"][-1]["content"])


def canned(body: Json) -> str:
    """A reply that depends on the whole request and looks like a teacher's."""
    mark = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]
    return f"You are expert {mark}, and this is a long enough answer."


def completion(text: str, body: Json, finish_reason: str = "stop") -> Json:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": body.get("model", "") + "-0613",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": len(json.dumps(body)) // 4, "completion_tokens": len(text) // 4},
    }


Behaviour = Callable[[Json, int, web.Request], Awaitable[web.StreamResponse]]


async def well_behaved(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    return web.json_response(completion(canned(body), body))


async def dropped(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_off(request: web.Request, body: Json) -> web.StreamResponse:
    """Promise a whole body and send half of it."""
    data = json.dumps(completion(canned(body), body)).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(data))})
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


@dataclass
class Loopback:
    """The server; `behaviour` gets the body, how often this very body came before, and the request."""

    behaviour: Behaviour = well_behaved
    latency: float = 0.0
    bodies: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Loopback":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *args: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @staticmethod
    def key(body: Json) -> str:
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._serve)
        app.router.add_post("/v1/messages", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def _stop(self) -> None:
        await self._runner.cleanup()
        stalled = asyncio.all_tasks() - {asyncio.current_task()}
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        key = self.key(body)
        nth = self.seen[key]
        self.seen[key] += 1
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            response = await self.behaviour(body, nth, request)
            if response.status == 200:
                self.answered[key] += 1
            return response
        finally:
            self.in_flight -= 1
