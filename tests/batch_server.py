"""A real HTTP server on loopback that imitates OpenAI's Batch API and Anthropic's Message Batches, errors included.

It answers in the documented shapes, keeps an account of what it would charge, and lets a test stop it at any stage.
"""

import asyncio
import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Price = tuple[float, float]  # dollars per million tokens in and out, already halved

ANSWER = "answer"


def mark_of(body: Json) -> str:
    chat = [[m["role"], m["content"]] for m in body["messages"]]
    return hashlib.sha256(json.dumps(chat).encode()).hexdigest()


def said_to(body: Json) -> str:
    """An answer that depends on the chat alone."""
    return f"This is the answer {mark_of(body)[:12]} and a whole one."


@dataclass
class Outcome:
    """What becomes of one request: an answer, an error with its HTTP status and body, or nothing."""

    kind: str = ANSWER  # or: error, expired, cancelled, missing, damaged
    text: str = ""
    status: int = 500
    error: Json = field(default_factory=dict)


def always(body: Json, key: str, nth: int) -> Outcome:
    return Outcome(text=said_to(body))


@dataclass
class Held:
    """A batch on the server."""

    id: str
    items: dict[str, Json]  # custom_id -> body
    created: float
    meta: Json
    file: str = ""
    status: str = "validating"
    looks: int = 0
    results: dict[str, Outcome] = field(default_factory=dict)
    errors: list[Json] = field(default_factory=list)


@dataclass
class BatchServer:
    """The server. Everything that a test may set is an attribute.

    Attributes:
        outcome: What becomes of a request, given its body, its custom_id and how often it was worked at before.
        looks: After how many looks a batch has ended.
        ends: The state in which it ends: completed, expired, cancelled or failed.
        refuse: Errors for which a batch is refused whole, given the batch; none to accept it.
        stall: Stages that get no answer any more from the time on when they are reached for so often.
        fail: What to answer at a stage instead, as (status, body), each entry once.
        late_cancel: Whether a batch ends just before it can be cancelled.
        lag: How many lists do not show the newest batch yet.
        cuts: How many downloads of results end early, in the midst of a line and without a sign of it.
        late_output: How many looks at a batch that has ended do not show where its results are.
        key: The key that clients must show, empty for any.
    """

    outcome: Callable[[Json, str, int], Outcome] = always
    looks: int = 2
    ends: str = "completed"
    refuse: Callable[[Held], list[Json]] = lambda held: []
    price: Price = (0.5, 1.0)
    has_batches: bool = True
    late_cancel: bool = False
    lag: int = 0
    cuts: int = 0
    late_output: int = 0
    key: str = ""
    port: int = 0
    chunk_pause: float = 0.0
    stall: dict[str, int] = field(default_factory=dict)
    fail: dict[str, list[tuple[int, Json]]] = field(default_factory=dict)
    stages: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Held] = field(default_factory=dict)
    charged: Counter[str] = field(default_factory=Counter)
    worked: Counter[str] = field(default_factory=Counter)
    dollars: float = 0.0
    most_at_risk: float = 0.0
    headers: list[dict[str, str]] = field(default_factory=list)
    results_host: str = ""
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._count = 0

    def __enter__(self) -> "BatchServer":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *args: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, api: str) -> str:
        return f"http://127.0.0.1:{self.port}" + ("/v1" if api == "openai" else "")

    def reset(self) -> None:
        """Forget all batches and accounts."""
        for kept in (self.stages, self.files, self.batches, self.charged, self.worked, self.headers):
            kept.clear()
        self.dollars = self.most_at_risk = 0.0

    def reached(self, stage: str, times: int = 1, seconds: float = 60) -> None:
        """Wait until a stage has been reached so often."""
        deadline = time.monotonic() + seconds
        while self.stages.count(stage) < times:
            assert time.monotonic() < deadline, f"{stage} was not reached: {self.stages}"
            time.sleep(0.005)

    async def _start(self) -> None:
        app = web.Application(client_max_size=2**30, middlewares=[self._door])
        app.router.add_post("/v1/chat/completions", self._one_by_one)
        app.router.add_post("/v1/messages", self._one_by_one)
        if self.has_batches:
            app.router.add_post("/v1/files", self._upload)
            app.router.add_get("/v1/files/{id}/content", self._content)
            app.router.add_post("/v1/batches", self._create_openai)
            app.router.add_get("/v1/batches", self._list_openai)
            app.router.add_get("/v1/batches/{id}", self._look_openai)
            app.router.add_post("/v1/batches/{id}/cancel", self._cancel_openai)
            app.router.add_post("/v1/messages/batches", self._create_anthropic)
            app.router.add_get("/v1/messages/batches", self._list_anthropic)
            app.router.add_get("/v1/messages/batches/{id}", self._look_anthropic)
            app.router.add_post("/v1/messages/batches/{id}/cancel", self._cancel_anthropic)
            app.router.add_get("/v1/messages/batches/{id}/results", self._results_anthropic)
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

    @web.middleware
    async def _door(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.headers.get("x-api-key", "")
        if self.key and shown != self.key:
            return web.json_response({"error": {"message": "wrong key", "type": "authentication_error"}}, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _stage(self, name: str) -> web.Response | None:
        """A stage is reached: stall for ever, or answer with an error, if the test wants it."""
        self.stages.append(name)
        await self._maybe_stall(name)
        if self.fail.get(name):
            status, body = self.fail[name].pop(0)
            if status == 0:
                raise ConnectionResetError
            return web.json_response(body, status=status)
        return None

    async def _maybe_stall(self, name: str) -> None:
        if 0 < self.stall.get(name, 0) <= self.stages.count(name):
            await asyncio.Event().wait()

    # What both APIs have in common.

    def begin(self, items: dict[str, Json], meta: Json | None = None, file: str = "") -> Held:
        self._count += 1
        held = Held(f"batch_{self._count}", items, time.time(), meta or {}, file)
        self.batches[held.id] = held
        at_risk = sum(
            self._worst(body) for one in self.batches.values() if not _over(one) for body in one.items.values()
        )
        self.most_at_risk = max(self.most_at_risk, self.dollars + at_risk)
        return held

    def _worst(self, body: Json) -> float:
        most = body.get("max_tokens") or body.get("max_completion_tokens") or 0
        return float(self.tokens_in(body) * self.price[0] + most * self.price[1]) / 1e6

    @staticmethod
    def tokens_in(body: Json) -> int:
        return sum(len(m["content"]) for m in body["messages"]) // 4

    def _look(self, held: Held) -> None:
        """Time passes with every look."""
        if _over(held):
            return
        held.looks += 1
        if held.looks == 1 and (errors := self.refuse(held)):
            held.status, held.errors = "failed", errors
            return
        held.status = "in_progress"
        if held.looks >= self.looks:
            self._end(held, self.ends)

    def _end(self, held: Held, how: str) -> None:
        held.status = how
        for key, body in held.items.items():
            outcome = self.outcome(body, key, self.worked[key])
            self.worked[key] += 1
            held.results[key] = outcome
            if outcome.kind in (ANSWER, "damaged"):
                self.charged[key] += 1
                tokens_out = len(outcome.text) // 4
                self.dollars += (self.tokens_in(body) * self.price[0] + tokens_out * self.price[1]) / 1e6

    async def _lines(self, request: web.Request, lines: list[bytes]) -> web.StreamResponse:
        """Send lines; at the stage ``half`` half of them are out."""
        if self.cuts > 0:
            self.cuts -= 1
            whole = b"".join(lines)
            return web.Response(body=whole[: len(whole) // 2], content_type="application/jsonl")
        response = web.StreamResponse(headers={"Content-Type": "application/jsonl"})
        await response.prepare(request)
        half = len(lines) // 2
        await response.write(b"".join(lines[:half]))
        self.stages.append("half")
        await self._maybe_stall("half")
        if self.fail.get("half"):
            self.fail["half"].pop(0)
            assert request.transport is not None
            request.transport.abort()
            return response
        await response.write(b"".join(lines[half:]))
        await response.write_eof()
        self.stages.append("results")
        return response

    def _shown(self, request: web.Request, after: str) -> list[Held]:
        """A page of the list, the newest first; the last few lists do not show the newest batch yet."""
        self.stages.append("list")
        found = [*reversed(self.batches.values())]
        if self.lag > 0:
            self.lag -= 1
            found = found[1:]
        if first := request.query.get(after):
            found = found[[held.id for held in found].index(first) + 1 :]
        return found

    async def _one_by_one(self, request: web.Request) -> web.StreamResponse:
        """The ordinary way to ask, at the ordinary price."""
        body = await request.json()
        outcome = Outcome(text=said_to(body))
        tokens_out = len(outcome.text) // 4
        self.dollars += 2 * (self.tokens_in(body) * self.price[0] + tokens_out * self.price[1]) / 1e6
        self.stages.append("one")
        plain = request.path.endswith("completions")
        return web.json_response(self._completion(body, outcome) if plain else self._message(body, outcome))

    # OpenAI.

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        assert form["purpose"] == "batch"
        assert file.filename.endswith(".jsonl")
        content = file.file.read()
        file.file.close()
        if (answer := await self._stage("upload")) is not None:
            return answer
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        response = web.json_response({"id": name, "object": "file", "purpose": "batch", "filename": file.filename})
        self.stages.append("uploaded")
        return response

    async def _create_openai(self, request: web.Request) -> web.StreamResponse:
        wanted = await request.json()
        assert wanted["endpoint"] == "/v1/chat/completions"
        assert wanted["completion_window"] == "24h"
        if (answer := await self._stage("create")) is not None:
            return answer
        if wanted["input_file_id"] not in self.files:
            error = {"message": f"No such File object: {wanted['input_file_id']}", "type": "invalid_request_error"}
            return web.json_response({"error": error}, status=400)
        items = {}
        for line in self.files[wanted["input_file_id"]].splitlines():
            entry = json.loads(line)
            assert (entry["method"], entry["url"]) == ("POST", "/v1/chat/completions")
            assert entry["custom_id"] not in items
            items[entry["custom_id"]] = entry["body"]
        held = self.begin(items, wanted.get("metadata") or {}, wanted["input_file_id"])
        if (answer := await self._stage("created")) is not None:
            return answer
        return web.json_response(self._openai(held))

    def _openai(self, held: Held) -> Json:
        counts = Counter(outcome.kind for outcome in held.results.values())
        bad = sum(counts[kind] for kind in ("error", "expired", "cancelled"))
        good = counts[ANSWER] + counts["damaged"]
        return {
            "id": held.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "errors": {"object": "list", "data": held.errors} if held.errors else None,
            "input_file_id": held.file,
            "completion_window": "24h",
            "status": held.status,
            "output_file_id": f"{held.id}-output" if good else None,
            "error_file_id": f"{held.id}-errors" if bad else None,
            "created_at": int(held.created),
            "request_counts": {"total": len(held.items), "completed": good, "failed": bad},
            "metadata": held.meta,
        }

    async def _look_openai(self, request: web.Request) -> web.StreamResponse:
        if (answer := await self._stage("look")) is not None:
            return answer
        held = self.batches.get(request.match_info["id"])
        if held is None:
            return web.json_response({"error": {"message": "No batch found"}}, status=404)
        self._look(held)
        shown = self._openai(held)
        if _over(held) and self.late_output > 0:
            self.late_output -= 1
            shown["output_file_id"] = None
        return web.json_response(shown)

    async def _list_openai(self, request: web.Request) -> web.StreamResponse:
        found = self._shown(request, "after")
        page = found[:2]
        return web.json_response(
            {"object": "list", "data": [self._openai(held) for held in page], "has_more": len(found) > len(page)}
        )

    async def _cancel_openai(self, request: web.Request) -> web.StreamResponse:
        held = self.batches[request.match_info["id"]]
        self.stages.append("cancel")
        if _over(held) or self.late_cancel:
            if not _over(held):
                self._end(held, "completed")
            return web.json_response(
                {"error": {"message": f"Cannot cancel a batch with status {held.status}"}}, status=409
            )
        self._end(held, "cancelled")
        return web.json_response(self._openai(held))

    async def _content(self, request: web.Request) -> web.StreamResponse:
        if (answer := await self._stage("content")) is not None:
            return answer
        batch, _, which = request.match_info["id"].rpartition("-")
        held = self.batches[batch]
        lines = []
        for number, (key, outcome) in enumerate(sorted(held.results.items(), reverse=True)):
            good = outcome.kind in (ANSWER, "damaged")
            if outcome.kind == "missing" or good != (which == "output"):
                continue
            line: Json = {"id": f"batch_req_{number}", "custom_id": key, "response": None, "error": None}
            if outcome.kind in ("expired", "cancelled"):
                line["error"] = {"code": f"batch_{outcome.kind}", "message": "This request could not be executed."}
            elif outcome.kind == "error":
                line["response"] = {"status_code": outcome.status, "request_id": "r", "body": {"error": outcome.error}}
            else:
                body = held.items[key]
                line["response"] = {"status_code": 200, "request_id": "r", "body": self._completion(body, outcome)}
            text = json.dumps(line)
            lines.append((text[: len(text) // 2] if outcome.kind == "damaged" else text).encode() + b"\n")
        return await self._lines(request, lines)

    def _completion(self, body: Json, outcome: Outcome) -> Json:
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": body["model"],
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": outcome.text}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": self.tokens_in(body), "completion_tokens": len(outcome.text) // 4},
        }

    # Anthropic.

    async def _create_anthropic(self, request: web.Request) -> web.StreamResponse:
        wanted = await request.json()
        if (answer := await self._stage("create")) is not None:
            return answer
        items = {}
        for entry in wanted["requests"]:
            assert set(entry) == {"custom_id", "params"}
            assert 1 <= len(entry["custom_id"]) <= 64
            assert entry["custom_id"] not in items
            items[entry["custom_id"]] = entry["params"]
        held = self.begin(items)
        if (answer := await self._stage("created")) is not None:
            return answer
        return web.json_response(self._anthropic(held))

    def _anthropic(self, held: Held) -> Json:
        names = {ANSWER: "succeeded", "damaged": "succeeded", "error": "errored", "cancelled": "canceled"}
        counts = Counter(names.get(outcome.kind, "expired") for outcome in held.results.values())
        over = _over(held)
        host = self.results_host or f"http://127.0.0.1:{self.port}"
        return {
            "id": held.id,
            "type": "message_batch",
            "processing_status": "ended" if over else "in_progress",
            "request_counts": {
                "processing": 0 if over else len(held.items),
                **{name: counts[name] for name in ("succeeded", "errored", "canceled", "expired")},
            },
            "created_at": datetime.fromtimestamp(held.created, UTC).isoformat().replace("+00:00", "Z"),
            "expires_at": datetime.fromtimestamp(held.created + 86400, UTC).isoformat(),
            "ended_at": datetime.now(UTC).isoformat() if over else None,
            "cancel_initiated_at": None,
            "archived_at": None,
            "results_url": f"{host}/v1/messages/batches/{held.id}/results" if over else None,
        }

    async def _look_anthropic(self, request: web.Request) -> web.StreamResponse:
        if (answer := await self._stage("look")) is not None:
            return answer
        held = self.batches.get(request.match_info["id"])
        if held is None:
            error = {"type": "not_found_error", "message": "no such batch"}
            return web.json_response({"type": "error", "error": error}, status=404)
        self._look(held)
        return web.json_response(self._anthropic(held))

    async def _list_anthropic(self, request: web.Request) -> web.StreamResponse:
        for held in self.batches.values():
            self._look(held)  # time passes here too
        found = self._shown(request, "after_id")
        page = found[:2]
        return web.json_response(
            {
                "data": [self._anthropic(held) for held in page],
                "has_more": len(found) > len(page),
                "first_id": page[0].id if page else None,
                "last_id": page[-1].id if page else None,
            }
        )

    async def _cancel_anthropic(self, request: web.Request) -> web.StreamResponse:
        held = self.batches[request.match_info["id"]]
        self.stages.append("cancel")
        if _over(held) or self.late_cancel:
            if not _over(held):
                self._end(held, "completed")
            error = {"type": "invalid_request_error", "message": "the batch has ended"}
            return web.json_response({"type": "error", "error": error}, status=400)
        self._end(held, "cancelled")
        return web.json_response(self._anthropic(held))

    async def _results_anthropic(self, request: web.Request) -> web.StreamResponse:
        if (answer := await self._stage("content")) is not None:
            return answer
        held = self.batches[request.match_info["id"]]
        lines = []
        for key, outcome in sorted(held.results.items(), reverse=True):
            result: Json
            if outcome.kind == "missing":
                continue
            if outcome.kind in ("expired", "cancelled"):
                result = {"type": outcome.kind.replace("ll", "l")}
            elif outcome.kind == "error":
                inner = {"type": outcome.error.get("type", "api_error"), "message": outcome.error.get("message", "")}
                result = {"type": "errored", "error": {"type": "error", "error": inner, "request_id": "r"}}
            else:
                result = {"type": "succeeded", "message": self._message(held.items[key], outcome)}
            text = json.dumps({"custom_id": key, "result": result})
            lines.append((text[: len(text) // 2] if outcome.kind == "damaged" else text).encode() + b"\n")
        return await self._lines(request, lines)

    def _message(self, body: Json, outcome: Outcome) -> Json:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": outcome.text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": self.tokens_in(body), "output_tokens": len(outcome.text) // 4},
        }


def _over(held: Held) -> bool:
    return held.status in ("completed", "failed", "expired", "cancelled")
