"""2,000 rows of Alpaca through the whole recipe: killed at 20 moments, and with a tenth of all replies spoiled."""

import asyncio
import hashlib
import json
import random
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.runner import start, tunesmith
from tests.loopback import Json, Loopback, completion, cut_off, dropped
from tunesmith.recipes import ledger_entries
from tunesmith.recipes.folder import RunFolder
from tunesmith.teacher import ReplyStore

CONCURRENCY = 32
KILLS = 20


@pytest.fixture
def source(alpaca: list[dict[str, Any]], tmp_path: Path) -> Path:
    path = tmp_path / "alpaca.json"
    path.write_text(json.dumps(alpaca[:2000]))
    return path


def run_args(server: Loopback, source: Path, folder: Path, *more: object) -> list[object]:
    return ["run", "expertllama", "--input", source, "--model", "openai:gpt-4o-mini", "--base-url", server.url,
            "--output", folder, "--concurrency", CONCURRENCY, "--budget", 5, "--alpaca", *more]  # fmt: skip


def chat_mark(body: Json) -> str:
    """Which chat this is, however often and with however much room it is asked."""
    return hashlib.sha256(json.dumps(body["messages"]).encode()).hexdigest()


async def by_chat(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    """A reply that depends on the chat alone, now and then one that gives the role away."""
    mark = chat_mark(body)
    opening = "As a botanist, I can tell you that this" if mark < "2" else "This"
    return web.json_response(completion(f"{opening} is the answer {mark[:12]} and a whole one.", body))


def outcome(folder: Path) -> dict[str, bytes]:
    names = ["ledger.jsonl", "data/train.jsonl", "data/alpaca.json", "recipe.yaml"]
    names += [f"steps/{path.name}" for path in sorted((folder / "steps").iterdir())]
    return {name: (folder / name).read_bytes() for name in names}


def check_arithmetic(folder: Path, rows: int) -> dict[str, Any]:
    manifest = RunFolder(folder).read_manifest()
    assert manifest["status"] == "finished"
    entries = Counter((entry["step"], entry["fate"]) for entry in ledger_entries(RunFolder(folder)))
    for step in manifest["steps"]:
        assert step["rows_in"] == rows
        assert rows == step["rows_out"] + step["dropped"]
        for fate in ("kept", "changed", "dropped"):
            assert entries[step["name"], fate] == step[fate]
        rows = step["rows_out"]
    assert len((folder / "data" / "train.jsonl").read_text().splitlines()) == rows
    return manifest


def stored(folder: Path) -> set[str]:
    if not (folder / "replies.sqlite").exists():
        return set()
    store = ReplyStore(folder / "replies.sqlite")
    try:
        return {
            json.dumps([entry.request.as_json()["messages"], entry.request.max_tokens]) for entry in store.entries()
        }
    finally:
        store.close()


def asked(body: Json) -> str:
    return json.dumps([[[m["role"], m["content"]] for m in body["messages"]], body["max_tokens"]])


def test_killed_at_20_moments(source: Path, tmp_path: Path) -> None:
    dice = random.Random(20)
    with Loopback(by_chat, latency=0.05) as server:
        calm = tmp_path / "calm"
        done = tunesmith(*run_args(server, source, calm))
        assert done.returncode == 0, done.stderr
        check_arithmetic(calm, 2000)
        assert len(server.bodies) == 4000

        server.bodies.clear()
        folder, total = tmp_path / "killed", 0
        for kill in range(KILLS):
            known = stored(folder)
            server.bodies.clear()
            # Some at a moment of the work, some at any moment: start-up, replay, writing of the data set.
            after = dice.randrange(1, 240) if kill % 3 else 0
            moment = time.monotonic() + (dice.uniform(0.1, 1.4) if not after else 60)
            with start(*run_args(server, source, folder), stdout=None, stderr=None) as process:
                while process.poll() is None and time.monotonic() < moment and len(server.bodies) < (after or 10**9):
                    time.sleep(0.002)
                process.send_signal(signal.SIGKILL)
                process.wait()
            sent = [asked(body) for body in server.bodies]
            total += len(sent)
            assert not known & set(sent), "a stored reply was asked for again"
            assert len(sent) == len(set(sent))
            in_flight = set(sent) - stored(folder)
            assert len(in_flight) <= CONCURRENCY, f"kill {kill}: {len(in_flight)} requests were sent and not stored"
        known = stored(folder)
        assert len(known) < 4000, "the kills came too late to hit the work"
        shown = tunesmith("show", folder).stdout
        assert "(2,000 rows): killed" in shown
        assert "identity" in shown
        assert "the same command again" in shown
        server.bodies.clear()
        done = tunesmith(*run_args(server, source, folder))
        assert done.returncode == 0, done.stderr
        assert not known & {asked(body) for body in server.bodies}
        total += len(server.bodies)

    assert outcome(folder) == outcome(calm)
    manifest = check_arithmetic(folder, 2000)
    assert manifest["paid"]["replies"] == 4000
    assert total <= 4000 + KILLS * CONCURRENCY
    assert manifest["paid"]["unconfirmed"] > 0, "what was in flight at a kill may have been charged"


SPOILS = ["429", "429 later", "500", "drop", "cut", "empty", "length", "stall"]


async def misbehave(kind: str, body: Json, request: web.Request) -> web.StreamResponse:
    match kind:
        case "429":
            return web.json_response({"error": {"message": "slow down"}}, status=429)
        case "429 later":
            return web.json_response({}, status=429, headers={"Retry-After": "1"})
        case "500":
            return web.Response(status=500, text="oops")
        case "drop":
            return await dropped(request)
        case "cut":
            return await cut_off(request, body)
        case "empty":
            return web.json_response(completion("", body))
        case "length":
            return web.json_response(completion("This is the ans", body, "length"))
    await asyncio.sleep(30)
    return await by_chat(body, 0, request)


def test_a_tenth_of_all_replies_spoiled(source: Path, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    spoiled: Counter[str] = Counter()

    async def spoil(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        mark = chat_mark(body)
        seen[mark] += 1
        number = int(mark[:8], 16)
        # One chat in ten; of these, one in four is spoiled twice, in two different ways.
        if number % 10 or seen[mark] > 1 + (number // 10 % 4 == 0):
            return await by_chat(body, nth, request)
        kind = SPOILS[(number // 40 + seen[mark]) % len(SPOILS)]
        spoiled[kind] += 1
        return await misbehave(kind, body, request)

    with Loopback(by_chat) as server:
        assert tunesmith(*run_args(server, source, tmp_path / "calm")).returncode == 0
        server.behaviour = spoil
        done = tunesmith(*run_args(server, source, tmp_path / "spoiled", "--timeout", 3))
        assert done.returncode == 0, done.stderr
    assert min(spoiled[kind] for kind in SPOILS) >= 20, spoiled
    manifest = check_arithmetic(tmp_path / "spoiled", 2000)
    assert [step["dropped"] for step in manifest["steps"]] == [0, 0, 0]
    for name in ("data/train.jsonl", "data/alpaca.json"):
        assert (tmp_path / "spoiled" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()
    assert manifest["paid"]["unconfirmed"] > 0
