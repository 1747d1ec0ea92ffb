"""Asking on and on: in order, the same whatever the concurrency, and nobody waits for the slowest."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.explore.self_instruct.engine import ask_on
from tunesmith.teacher import Limits, Message, Reply, ReplyStore, Request, Teacher, connect
from tunesmith.teacher.scripted import Script, ScriptedClient


def teacher(server: Loopback, folder: Path, concurrency: int) -> Teacher:
    return Teacher(connect("openai:m", server.url), ReplyStore(folder / "replies.sqlite"), Limits(concurrency))


def texts(asked: Teacher, request: Callable[[int], str], wanted: Callable[[int], int]) -> list[str]:
    found = []
    with asked:
        for _, answer in ask_on(asked, lambda number: Request((Message("user", request(number)),)), wanted):
            assert isinstance(answer, Reply)
            found.append(answer.text)
    return found


async def echo(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(Random(prompt_of(body)).random() / 20)
    return web.json_response(completion(f"to {prompt_of(body)}", body))


def test_answers_come_in_the_order_of_the_requests(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = echo
    found = texts(teacher(server, tmp_path, 8), str, lambda taken: min(5, 40 - taken))
    assert found == [f"to {number}" for number in range(40)]
    assert 1 < server.most_in_flight <= 5


def test_a_slow_reply_holds_up_none_that_come_after_those_under_way(server: Loopback, tmp_path: Path) -> None:
    """Request 1 is answered only once request 8 has come: rounds of eight would wait for it for ever."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        while prompt_of(body) == "1" and "8" not in map(prompt_of, server.bodies):
            await asyncio.sleep(0.005)
        return web.json_response(completion("x", body))

    server.behaviour = behave
    assert len(texts(teacher(server, tmp_path, 8), str, lambda taken: min(8, 20 - taken))) == 20


@pytest.mark.parametrize("concurrency", [1, 7])
def test_a_request_shows_what_was_taken_and_nothing_else(server: Loopback, tmp_path: Path, concurrency: int) -> None:
    """A request is built when there is room for it, out of the answers before it: here it names how many those were."""
    server.behaviour = echo
    taken: list[int] = []

    def request(number: int) -> str:
        return f"{number} after {len(taken)}"

    def wanted(answers: int) -> int:
        taken[:] = range(answers)
        return min(4, 30 - answers)

    found = texts(teacher(server, tmp_path, concurrency), request, wanted)
    assert found == [f"to {number} after {max(0, number - 3)}" for number in range(30)]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_as_many_are_under_way_as_are_wanted(tmp_path_factory: pytest.TempPathFactory, numbers: list[int]) -> None:
    """Whatever is wanted when: all that were asked are answered, and it ends when none is under way."""
    client = ScriptedClient(Script.model_validate({"replies": [{"reply": "x"}]}))
    folder = tmp_path_factory.mktemp("asked")
    asked, expected, taken = [0], 0, 0
    plan = [*numbers, 0]
    while True:
        expected = max(expected, taken + plan[min(taken, len(plan) - 1)])
        if expected == taken:
            break
        taken += 1

    def request(number: int) -> str:
        asked[0] = number + 1
        return str(number)

    with ReplyStore(folder / "replies.sqlite") as store:
        found = texts(Teacher(client, store, Limits(3)), request, lambda n: plan[min(n, len(plan) - 1)])
    assert len(found) == asked[0] == taken
