"""Several teachers in one run: each at its own speed and with its own troubles, all from one purse and one store."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.loopback import Behaviour, Json, Loopback, canned, completion, prompt_of
from tunesmith.errors import BudgetSpent, RunError, TeacherError, TeacherStopped, UsageError
from tunesmith.teacher import (
    Conversation,
    Limits,
    Message,
    Price,
    Reply,
    ReplyStore,
    Request,
    Teacher,
    Usage,
    Voice,
    connect,
    reply_key,
    voices_of,
)
from tunesmith.teacher import limits as limits_module

FREE = Price(0, 0)


@pytest.fixture
def other() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


def request(teacher: str, text: object, max_tokens: int = 100) -> Request:
    return Request((Message("user", str(text)),), max_tokens, teacher=teacher)


def single(asked: Request) -> Conversation[Reply | TeacherError]:
    (answer,) = yield [asked]
    return answer


def both(servers: dict[str, Loopback], prices: dict[str, Price] | None = None) -> dict[str, Voice]:
    return {
        name: Voice(connect(f"openai:{name}", server.url), (prices or {}).get(name)) for name, server in servers.items()
    }


def timed(times: list[float], status: Any = lambda: 200) -> Behaviour:
    """Answers well, noting when; or with the status that the function gives."""

    async def behave(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
        if status() != 200:
            return web.json_response({"error": {"message": "slow down"}}, status=status())
        times.append(time.monotonic())
        return web.json_response(completion(canned(body), body))

    return behave


def test_a_slow_teacher_does_not_hold_up_a_fast_one(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    slow_times, fast_times = list[float](), list[float]()
    server.behaviour, server.latency = timed(slow_times), 0.6
    other.behaviour, other.latency = timed(fast_times), 0.005
    asked = [request(name, n) for n in range(300) for name in (("slow", "fast") if n < 24 else ("fast",))]
    voices = both({"slow": server, "fast": other})
    with Teacher(voices, ReplyStore(tmp_path / "s"), Limits(concurrency=4)) as teacher:
        texts = [reply.text for reply in teacher.ask(asked)]
        assert teacher.stats.answered == len(texts) == 324
        assert teacher.stats.concurrency == 8
    assert (server.most_in_flight, other.most_in_flight) == (4, 4)
    assert len(slow_times) == 24
    assert fast_times[-1] < slow_times[19], "300 answers before the 20th"


def test_a_teacher_that_refuses_for_load_does_not_hold_up_another(
    server: Loopback, other: Loopback, tmp_path: Path
) -> None:
    began = time.monotonic()
    busy_times, fast_times = list[float](), list[float]()
    server.behaviour = timed(busy_times, lambda: 429 if time.monotonic() - began < 2.5 else 200)
    other.behaviour, other.latency = timed(fast_times), 0.01
    asked = [request(name, n) for n in range(400) for name in (("busy", "fast") if n < 30 else ("fast",))]
    voices = both({"busy": server, "fast": other})
    with Teacher(voices, ReplyStore(tmp_path / "s"), Limits(concurrency=8)) as teacher:
        answers = list(teacher.converse(map(single, asked)))
    assert all(isinstance(answer, Reply) for answer in answers)
    assert fast_times[-1] - began < 2.5 < busy_times[0] - began
    assert other.most_in_flight == 8
    assert other.seen.total() == 400, "none of its requests was sent again"


def test_a_teacher_that_is_down_stops_the_run_with_its_name_once_patience_ends(
    server: Loopback, tmp_path: Path
) -> None:
    notices: list[str] = []
    voices = both({"up": server}) | {"down": Voice(connect("openai:down", "http://127.0.0.1:9/v1"))}
    asked = [request("down", 0), *(request("up", n) for n in range(200))]
    store = ReplyStore(tmp_path / "s")
    with (
        Teacher(voices, store, Limits(concurrency=4), run="r", notice=notices.append) as teacher,
        pytest.raises(TeacherStopped, match="^openai:down: the endpoint does not answer"),
    ):
        list(teacher.ask(asked))
    assert notices[0].startswith("openai:down: ")
    assert store.paid("r").replies == 200, "the other one answered all that it was asked meanwhile"


@pytest.mark.parametrize("status", [400, 401])
def test_refusals_say_which_teacher_refused(server: Loopback, other: Loopback, tmp_path: Path, status: int) -> None:
    server.behaviour = timed([], lambda: status)
    with Teacher(both({"strict": server, "kind": other}), ReplyStore(tmp_path / "s")) as teacher:
        kind = list(teacher.ask([request("kind", 1)]))
        assert kind[0].text
        with pytest.raises(TeacherError, match="^openai:strict: "):
            list(teacher.ask([request("strict", 1)]))


def test_keys_differ_by_teacher_and_nothing_is_paid_twice(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    asked = [request(name, n) for n in range(40) for name in ("a", "b")]
    said = []
    for _ in range(2):
        with Teacher(both({"a": server, "b": other}), ReplyStore(tmp_path / "s"), run="r") as teacher:
            said.append([reply.text for reply in teacher.ask(asked)])
    assert said[0] == said[1]
    assert len(server.bodies) == len(other.bodies) == 40
    assert {body["model"] for body in server.bodies} == {"a"}
    entries = list(ReplyStore(tmp_path / "s").entries())
    assert len({entry.reply.key for entry in entries}) == 80
    assert {(e.teacher, e.endpoint) for e in entries} == {("openai:a", server.url), ("openai:b", other.url)}
    alone = connect("openai:a", server.url).identity
    assert reply_key(alone, asked[0]) == reply_key(alone, request("", 0)), "a run with one teacher finds the reply too"


def test_a_request_that_names_no_connected_teacher(server: Loopback, tmp_path: Path) -> None:
    with Teacher(both({"gpt": server}), ReplyStore(tmp_path / "s")) as teacher:
        with pytest.raises(RunError, match=r"'gtp' is not connected \(did you mean 'gpt'\?\); connected: 'gpt'"):
            list(teacher.ask([request("gpt", 1), request("gtp", 1)]))
        with pytest.raises(RunError, match="no teacher of its own; name one with --model"):
            list(teacher.ask([request("", 1)]))


def test_the_runs_own_teacher_among_others(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    voices = both({"b": other}) | {"": Voice(connect("openai:own", server.url), Price(1, 2))}
    with Teacher(voices, ReplyStore(tmp_path / "s")) as teacher:
        assert (str(teacher.identity), teacher.price) == ("openai:own", Price(1, 2))
        list(teacher.ask([request("", 1), request("b", 1), request("b", 2)]))
    assert (len(server.bodies), len(other.bodies)) == (1, 2)


def test_one_model_under_two_names_is_asked_once(server: Loopback, tmp_path: Path) -> None:
    voices = {"": Voice(connect("openai:m", server.url)), "openai:m": Voice(connect("openai:m", server.url), FREE)}
    with Teacher(voices, ReplyStore(tmp_path / "s")) as teacher:
        one, two = teacher.ask([request("", 1), request("openai:m", 1)])
        assert teacher.price == FREE
    assert one == two
    assert len(server.bodies) == 1
    voices[""] = Voice(connect("openai:m", server.url), Price(1, 1))
    with pytest.raises(UsageError, match="openai:m is given two prices"):
        voices_of(voices)


PRICES = {"dear": Price(1.0, 1000.0), "cheap": Price(2.0, 100.0)}


def charged(servers: dict[str, Loopback]) -> float:
    """What a provider would ask for all requests that reached it, answered or not."""
    total = 0.0
    for name, server in servers.items():
        for body in server.bodies:
            usage = completion(canned(body), body)["usage"]
            total += PRICES[name].cost(Usage(usage["prompt_tokens"], usage["completion_tokens"]))
    return total


def test_one_cap_holds_for_all_teachers_at_their_own_prices(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    servers = {"dear": server, "cheap": other}
    for cap in (0.5, 1.0):
        limits, store = Limits(concurrency=8, budget=cap), ReplyStore(tmp_path / "s")
        with (
            Teacher(both(servers, PRICES), store, limits, run="r") as teacher,
            pytest.raises(BudgetSpent, match=r"the budget of \$"),
        ):
            list(teacher.ask(request(name, n) for n in range(1000) for name in servers))
        paid = store.paid("r")
        assert charged(servers) == pytest.approx(paid.cost) == pytest.approx(teacher.stats.spent)
        assert 0.5 * cap < paid.cost <= cap
    assert len(server.bodies) > 20
    assert len(other.bodies) > 20


def test_what_does_not_fit_beside_cheap_requests_gets_its_turn(
    server: Loopback, other: Loopback, tmp_path: Path
) -> None:
    """Without a turn the dear request would wait until no cheap one is left."""
    arrived: list[str] = []

    async def behave(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
        arrived.append(body["model"])
        await asyncio.sleep(len(arrived) % 7 / 200)  # so that they do not all come back at once
        return web.json_response(completion(canned(body), body))

    server.behaviour = other.behaviour = behave
    asked = [request("cheap", n, 1000) for n in range(100)]
    asked.insert(20, request("dear", "rare", 1150))
    limits = Limits(concurrency=4, budget=1.25)
    with Teacher(both({"cheap": server, "dear": other}, PRICES), ReplyStore(tmp_path / "s"), limits) as teacher:
        assert len(list(teacher.ask(asked))) == 101
    assert arrived.index("dear") < 60


def test_a_budget_needs_the_price_of_every_teacher(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    voices = both({"dear": server, "mine": other}, PRICES)
    with pytest.raises(UsageError, match="the price of openai:mine is not known"):
        Teacher(voices, ReplyStore(tmp_path / "s"), Limits(budget=1.0))
    with Teacher(voices, ReplyStore(tmp_path / "s"), price=Price(3, 4)) as teacher:
        assert [voice.price for voice in teacher.voices.values()] == [PRICES["dear"], Price(3, 4)]


PROGRAM = """
import sys
from tests.teacher.test_lanes import PRICES, request
from tunesmith.teacher import Limits, ReplyStore, Teacher, Voice, connect

path, cap, *urls = sys.argv[1:]
voices = {n: Voice(connect(f"openai:{n}", url), PRICES[n]) for n, url in zip(PRICES, urls)}
limits = Limits(concurrency=8, budget=float(cap))
with Teacher(voices, ReplyStore(path), limits, run="r") as teacher:
    for reply in teacher.ask(request(name, n, 20) for n in range(2000) for name in voices):
        pass
"""


def keys(path: Path) -> set[str]:
    return {entry.reply.key for entry in ReplyStore(path).entries()}


def test_the_cap_holds_however_often_the_process_is_killed(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    """What the providers may charge is never more than the store knows of, at whatever moment the process dies."""
    garbled: set[str] = set()

    async def behave(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
        if int(prompt_of(body)) % 9 == 0 and body["model"] == "cheap" and prompt_of(body) not in garbled:
            garbled.add(prompt_of(body))
            return web.Response(text="{")  # and the provider may charge for it
        return web.json_response(completion(canned(body), body))

    servers, cap, dice = {"dear": server, "cheap": other}, 6.0, random.Random(8)
    for one in servers.values():
        one.behaviour, one.latency = behave, 0.01
    args = [sys.executable, "-c", PROGRAM, tmp_path / "s", cap, server.url, other.url]
    for kill in range(12):
        known = keys(tmp_path / "s")
        before = {name: len(one.bodies) for name, one in servers.items()}
        after = sum(before.values()) + (dice.randrange(1, 120) if kill < 11 else 10**9)
        with subprocess.Popen(
            [str(arg) for arg in args], cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True
        ) as process:
            while process.poll() is None and len(server.bodies) + len(other.bodies) < after:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            _, said = process.communicate()
        time.sleep(0.05)  # what the process sent last is still on its way through the server
        for name, one in servers.items():
            who = connect(f"openai:{name}", one.url).identity
            sent = {reply_key(who, request(name, prompt_of(body), 20)) for body in one.bodies[before[name] :]}
            assert not known & sent, "a stored reply was asked for again"
        paid = ReplyStore(tmp_path / "s").paid("r")
        assert charged(servers) <= paid.cost + paid.unconfirmed + 1e-9, f"kill {kill}"
        assert paid.cost + paid.unconfirmed <= cap + 1e-9
    assert "the budget of $6 is spent" in said
    assert 0.4 * cap < charged(servers) <= cap


def test_a_lane_that_is_hopeless_gives_up_its_own_requests_alone(
    server: Loopback, other: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests that fail again and again, while their teacher answered all others, are dropped, and nobody else's."""
    monkeypatch.setattr(limits_module.Breaker, "LONGEST_PAUSE", 0.05)

    async def behave(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
        if prompt_of(body) == "7":
            return web.Response(status=500)
        return web.json_response(completion(canned(body), body))

    server.behaviour, other.latency = behave, 0.02
    asked = [request(name, n) for n in range(20) for name in ("a", "b")]
    limits = Limits(concurrency=2, retries=2)
    with Teacher(both({"a": server, "b": other}), ReplyStore(tmp_path / "s"), limits) as teacher:
        answers = list(teacher.converse(map(single, asked)))
    ((failed, why),) = [(it, said) for it, said in zip(asked, answers, strict=True) if not isinstance(said, Reply)]
    assert (failed.teacher, failed.messages[0].content) == ("a", "7")
    assert str(why).startswith("openai:a: gave up after")
