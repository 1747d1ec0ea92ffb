"""One purse for all teachers: paid replies complete rows, and the books are right even if the disk fails."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.loopback import Json, Loopback, canned, completion, prompt_of
from tunesmith.errors import BudgetSpent, RunError, StoreError
from tunesmith.teacher import (
    Conversation,
    Limits,
    Message,
    Price,
    Reply,
    ReplyStore,
    Request,
    ScriptedClient,
    Teacher,
    Voice,
    connect,
)

DOLLAR_A_REPLY = Price(0, 50_000)  # for the 20 tokens that each reply is said to have


@pytest.fixture
def other() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


async def counted(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
    """Answers in 20 tokens."""
    answer = completion(canned(body), body) | {"usage": {"prompt_tokens": 10, "completion_tokens": 20}}
    return web.json_response(answer)


def row(n: int, *names: str, most: int = 100) -> Conversation[bool]:
    answers = yield [Request((Message("user", str(n)),), most, teacher=name) for name in names]
    return all(isinstance(answer, Reply) for answer in answers)


@pytest.mark.parametrize("latency", [0.005, 0.03])
def test_where_money_runs_short_it_goes_to_rows_that_are_finished(
    server: Loopback, other: Loopback, tmp_path: Path, latency: float
) -> None:
    """A request may cost five times what it does cost, so that only few fit in flight."""
    server.behaviour = other.behaviour = counted
    server.latency, other.latency = 0.005, latency
    voices = {
        "a": Voice(connect("openai:a", server.url), DOLLAR_A_REPLY),
        "b": Voice(connect("openai:b", other.url), DOLLAR_A_REPLY),
    }
    cap, finished = 200.0, list[bool]()

    def finish(teacher: Teacher) -> None:
        for whole in teacher.converse(row(n, "a", "b") for n in range(200)):
            finished.append(whole)

    with (
        Teacher(voices, ReplyStore(tmp_path / "s"), Limits(budget=cap)) as teacher,
        pytest.raises(BudgetSpent),
    ):
        finish(teacher)
    assert 0.9 * cap / 2 <= sum(finished) <= cap / 2


class Fails(ReplyStore):
    """Does not store the third batch of replies, however often it is tried."""

    tries = 0
    once = True

    def put(self, run: str, paid: Sequence[Any], unconfirmed: float = 0.0, still_open: float = 0.0) -> list[Reply]:
        if any(request.messages[0].content == "13" for _, request, _ in paid):
            self.tries += 1
            if self.tries == 1 or not self.once:
                raise StoreError("no room")
        return super().put(run, paid, unconfirmed, still_open)


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("cap", [None, 60.0])
def test_the_books_hold_all_that_was_charged_though_a_commit_failed(
    server: Loopback, tmp_path: Path, once: bool, cap: float | None
) -> None:
    async def behave(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
        if int(prompt_of(body)) % 5 == 2 and not nth:
            return web.Response(text="{")  # and the provider may charge for it
        return await counted(body, nth, http)

    server.behaviour = behave
    store = Fails(tmp_path / "s")
    store.once = once
    limits = Limits(concurrency=4, budget=cap)
    with (
        Teacher({"": Voice(connect("openai:a", server.url), DOLLAR_A_REPLY)}, store, limits, run="r") as teacher,
        pytest.raises(RunError, match="no room|answers, but not|budget"),
    ):
        list(teacher.converse(row(n, "", most=20) for n in range(100)))
    assert store.tries == 2
    paid = ReplyStore(tmp_path / "s").paid("r")
    assert len(server.bodies) * 1.0 <= paid.cost + paid.unconfirmed + 1e-6
    assert paid.cost + paid.unconfirmed == pytest.approx(teacher.stats.spent + teacher.stats.unconfirmed)
    assert (paid.cost == pytest.approx(teacher.stats.spent)) is once


def test_at_no_commit_do_the_books_exceed_the_cap(server: Loopback, tmp_path: Path) -> None:
    """Whatever the process had committed last when it was killed."""
    server.behaviour = counted
    books: list[float] = []

    class Watched(ReplyStore):
        def put(self, *args: Any) -> list[Reply]:
            stored = super().put(*args)
            with sqlite3.connect(tmp_path / "s") as db:
                (paid,) = db.execute("SELECT total(cost) FROM replies").fetchone()
                (risk,) = db.execute("SELECT total(unconfirmed + open) FROM runs").fetchone()
            db.close()
            books.append(paid + risk)
            return stored

    voices = {"": Voice(connect("openai:a", server.url), DOLLAR_A_REPLY)}
    with (
        Teacher(voices, Watched(tmp_path / "s"), Limits(concurrency=8, budget=50.0)) as teacher,
        pytest.raises(BudgetSpent),
    ):
        list(teacher.converse(row(n, "") for n in range(100)))
    assert max(books) <= 50 + 1e-6
    assert len(books) > 5


def test_each_client_is_closed_though_two_are_the_same(tmp_path: Path) -> None:
    closed: list[ScriptedClient] = []

    class Counting(ScriptedClient):
        async def close(self) -> None:
            closed.append(self)

    one, two = Counting("sample"), Counting("sample")
    with Teacher({"": Voice(one), "x": Voice(two), "y": Voice(two)}, ReplyStore(tmp_path / "s")):
        pass
    assert closed == [one, two]


def test_one_model_at_two_addresses_is_called_by_its_address(server: Loopback, other: Loopback, tmp_path: Path) -> None:
    voices = {name: Voice(connect("openai:m", one.url)) for name, one in (("a", server), ("b", other))}

    async def refuse(body: Json, nth: int, http: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "no"}}, status=401)

    other.behaviour = refuse
    with Teacher(voices, ReplyStore(tmp_path / "s")) as teacher, pytest.raises(RunError) as caught:
        list(teacher.converse(row(n, "a", "b") for n in range(3)))
    assert str(caught.value).startswith(f"openai:m at {other.url}: ")
