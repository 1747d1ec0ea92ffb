"""Asking through batch endpoints: both APIs, what single requests and whole batches can suffer, and the money."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.batch_server import BatchServer, Held, Json, Outcome, always, said_to
from tests.loopback import Loopback
from tunesmith.errors import BudgetSpent, TeacherStopped, UsageError
from tunesmith.teacher import (
    Batching,
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
    reply_key,
)
from tunesmith.teacher.batches.book import BatchBook

BOTH = pytest.mark.parametrize("api", ["openai", "anthropic"])
PRICE = Price(1.0, 2.0)  # the server charges half of it
QUICK = Batching(poll=0.02, grace=0.2)


@pytest.fixture
def batch_server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> ReplyStore:
    return ReplyStore(tmp_path / "replies.sqlite")


def question(n: int, teacher: str = "", most: int = 100) -> Request:
    return Request((Message("system", "Be short."), Message("user", f"Question {n}?")), most, teacher=teacher)


def asker(server: BatchServer, api: str, store: ReplyStore, batching: Batching = QUICK, **limits: Any) -> Teacher:
    client = connect(f"{api}:m", server.url(api))
    return Teacher(client, store, Limits(batch=batching, patience=5, **limits), PRICE, "run", server.notices.append)


def row(n: int) -> Conversation[Reply | str]:
    """Asks, and tells why there was no reply."""
    (answer,) = yield [question(n)]
    return answer if isinstance(answer, Reply) else f"{type(answer).__name__}: {answer}"


def all_rows(teacher: Teacher, n: int) -> list[Reply | str]:
    with teacher:
        return list(teacher.converse(row(i) for i in range(n)))


def books(store: ReplyStore, server: BatchServer) -> None:
    """The store says what the server charged, to the cent of a cent."""
    paid = store.paid("run")
    assert paid.cost == pytest.approx(server.dollars)
    assert (paid.unconfirmed, paid.held, paid.twice) == (0, 0, 0)


@BOTH
def test_replies_are_what_they_would_be_one_by_one_under_the_same_keys_at_half_the_price(
    batch_server: BatchServer, server: Loopback, store: ReplyStore, tmp_path: Path, api: str
) -> None:
    teacher = asker(batch_server, api, store)
    found = all_rows(teacher, 20)
    assert len(batch_server.batches) == 1
    for n, reply in enumerate(found):
        assert isinstance(reply, Reply)
        assert reply.key == reply_key(teacher.identity, question(n))
        assert reply.finish_reason == "stop"
        (body,) = [b for k, b in batch_server.batches["batch_1"].items.items() if k == reply.key]
        assert reply.text == said_to(body)
    books(store, batch_server)
    assert teacher.price == Price(0.5, 1.0, "given; halved, as batches are", True)
    if api == "openai":  # the loopback server's address is another, so the bodies are compared
        with Teacher(connect("openai:m", server.url), ReplyStore(tmp_path / "one by one")) as direct:
            list(direct.ask(question(n) for n in range(20)))
        one_by_one = {hashlib.sha256(repr(sorted(b.items())).encode()).hexdigest() for b in server.bodies}
        batched = batch_server.batches["batch_1"].items.values()
        assert {hashlib.sha256(repr(sorted(b.items())).encode()).hexdigest() for b in batched} == one_by_one
    assert "sk-test-key" not in " ".join(batch_server.notices)


@BOTH
def test_what_is_asked_next_gathers_in_one_more_batch(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    def twice(n: int) -> Conversation[str]:
        (first,) = yield [question(n)]
        assert isinstance(first, Reply)
        (second,) = yield [Request((Message("user", f"And then, {n}? {first.text}"),), 50)]
        assert isinstance(second, Reply)
        return second.text

    with asker(batch_server, api, store) as teacher:
        assert len(list(teacher.converse(twice(n) for n in range(300)))) == 300
    assert [len(held.items) for held in batch_server.batches.values()] == [300, 300]
    books(store, batch_server)


def test_the_same_question_of_many_is_sent_once(batch_server: BatchServer, store: ReplyStore) -> None:
    with asker(batch_server, "openai", store) as teacher:
        texts = {reply.text for reply in teacher.ask(question(1) for _ in range(50))}
    assert len(texts) == 1
    assert sum(batch_server.charged.values()) == 1


def test_large_runs_are_cut_at_the_limits(batch_server: BatchServer, store: ReplyStore) -> None:
    found = all_rows(asker(batch_server, "openai", store, replace(QUICK, most=30)), 100)
    assert all(isinstance(reply, Reply) for reply in found)
    assert [len(held.items) for held in batch_server.batches.values()] == [30, 30, 30, 10]
    books(store, batch_server)


def some(spoiled: Callable[[int], bool], outcome: Outcome, times: int = 99) -> Callable[[Json, str, int], Outcome]:
    """Spoil the questions whose number fits, the first few times."""

    def decide(body: Json, key: str, nth: int) -> Outcome:
        number = int("".join(c for c in body["messages"][-1]["content"] if c.isdigit()))
        return outcome if spoiled(number) and nth < times else always(body, key, nth)

    return decide


def odd(number: int) -> bool:
    return number % 2 == 1


@BOTH
@pytest.mark.parametrize("kind", ["expired", "cancelled"])
def test_a_batch_that_expires_half_done_keeps_what_was_done(
    batch_server: BatchServer, store: ReplyStore, api: str, kind: str
) -> None:
    batch_server.outcome = some(odd, Outcome(kind), times=1)
    batch_server.ends = kind
    found = all_rows(asker(batch_server, api, store), 40)
    assert all(isinstance(reply, Reply) for reply in found)
    assert [len(held.items) for held in batch_server.batches.values()] == [40, 20], "only what was missing went again"
    assert set(batch_server.charged.values()) == {1}
    books(store, batch_server)


@BOTH
@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Outcome("error", status=500, error={"type": "api_error", "message": "oops"}), True),
        (Outcome("error", status=529, error={"type": "overloaded_error", "message": "busy"}), True),
        (Outcome("error", status=400, error={"type": "invalid_request_error", "message": "too long"}), False),
    ],
)
def test_single_requests_that_fail(
    batch_server: BatchServer, store: ReplyStore, api: str, error: Outcome, again: bool
) -> None:
    batch_server.outcome = some(odd, error)
    found = all_rows(asker(batch_server, api, store), 40)
    bad = [answer for answer in found if isinstance(answer, str)]
    assert len(bad) == 20
    assert len(batch_server.batches) == (4 if again else 1)
    assert all(answer.startswith("Transient: gave up after 4 tries" if again else "Refused: ") for answer in bad)
    assert error.error["message"] in bad[0]
    books(store, batch_server)


@BOTH
def test_what_fails_once_is_answered_in_the_next_batch(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.outcome = some(odd, Outcome("error", status=503), times=1)
    assert all(isinstance(reply, Reply) for reply in all_rows(asker(batch_server, api, store), 40))
    assert [len(held.items) for held in batch_server.batches.values()] == [40, 20]
    books(store, batch_server)


@BOTH
@pytest.mark.parametrize("kind", ["missing", "damaged"])
def test_a_result_that_is_not_there_is_asked_again_and_may_have_been_charged(
    batch_server: BatchServer, store: ReplyStore, api: str, kind: str
) -> None:
    batch_server.outcome = some(odd, Outcome(kind, text="x" * 40), times=1)
    teacher = asker(batch_server, api, store, budget=5)
    assert all(isinstance(reply, Reply) for reply in all_rows(teacher, 40))
    paid = store.paid("run")
    assert paid.held == 0
    assert 0 < paid.unconfirmed <= 20 * (100 * 1.0 + 200 * 0.5) / 1e6
    assert paid.cost - 1e-9 <= batch_server.dollars <= paid.cost + paid.unconfirmed


@BOTH
def test_an_empty_answer_is_asked_again(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.outcome = some(odd, Outcome(text=" "), times=1)
    assert all(isinstance(reply, Reply) for reply in all_rows(asker(batch_server, api, store), 10))
    assert [len(held.items) for held in batch_server.batches.values()] == [10, 5]


@BOTH
def test_where_every_request_is_refused_the_run_stops(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    error = Outcome("error", status=400, error={"type": "invalid_request_error", "message": "no such parameter"})
    batch_server.outcome = some(lambda n: True, error)
    teacher = asker(batch_server, api, store)
    with teacher, pytest.raises(TeacherStopped, match="every request so far was refused; the last: .*no such param"):
        list(teacher.ask(question(n) for n in range(10)))


@BOTH
def test_a_wrong_model_told_in_the_results_stops_the_run_with_all_answers_kept(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    error = Outcome("error", status=404, error={"type": "not_found_error", "message": "model: m"})
    batch_server.outcome = some(odd, error)
    with pytest.raises(TeacherStopped, match="model: m"):
        all_rows(asker(batch_server, api, store), 20)
    assert store.count()[0] == 10
    books(store, batch_server)


def test_a_batch_that_fails_validation_stops_the_run(batch_server: BatchServer, store: ReplyStore) -> None:
    error = {"code": "model_not_found", "message": "The provided model 'm' is not supported", "line": 1, "param": ""}
    batch_server.refuse = lambda held: [error]
    with pytest.raises(TeacherStopped, match="refused batch batch_1: The provided model 'm' is not supported .line 1"):
        all_rows(asker(batch_server, "openai", store), 20)
    books(store, batch_server)
    batch_server.refuse = lambda held: []
    assert all(isinstance(reply, Reply) for reply in all_rows(asker(batch_server, "openai", store), 20))


TOO_MANY = {"code": "token_limit_exceeded", "message": "Enqueued token limit reached for m", "line": None}


def test_a_limit_on_enqueued_tokens_is_met_by_smaller_batches(batch_server: BatchServer, store: ReplyStore) -> None:
    def refuse(held: Held) -> list[Json]:
        live = sum(
            len(one.items) for one in batch_server.batches.values() if one.status in ("validating", "in_progress")
        )
        return [TOO_MANY] if live > 30 else []

    batch_server.refuse = refuse
    found = all_rows(asker(batch_server, "openai", store), 100)
    assert all(isinstance(reply, Reply) for reply in found)
    assert set(batch_server.charged.values()) == {1}
    assert len(batch_server.charged) == 100
    books(store, batch_server)
    assert any("too much at once" in notice for notice in batch_server.notices)


def test_one_request_above_the_limit_stops_the_run(batch_server: BatchServer, store: ReplyStore) -> None:
    batch_server.refuse = lambda held: [TOO_MANY]
    with pytest.raises(TeacherStopped, match="one request alone is too much.*Enqueued token limit"):
        all_rows(asker(batch_server, "openai", store), 5)


@BOTH
def test_trouble_on_the_way_is_survived(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    """A dropped connection, 500, 429 at each stage; a batch that was begun all the same is found, not made twice."""
    trouble: list[tuple[int, Json]] = [(0, {}), (500, {}), (429, {})]
    for stage in ("upload", "create", "look", "content"):
        batch_server.fail[stage] = trouble[:]
    batch_server.fail["half"] = [(0, {})]
    batch_server.fail["created"] = [(500 if api == "openai" else 0, {})]
    found = all_rows(asker(batch_server, api, store), 1200)
    assert all(isinstance(reply, Reply) for reply in found)
    assert set(batch_server.charged.values()) == {1}
    assert not any(batch_server.fail[stage] for stage in ("create", "created", "look", "content", "half"))
    books(store, batch_server)


@BOTH
def test_a_wrong_key_stops_at_once_and_leaves_nothing_behind(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.key = "another"
    with pytest.raises(TeacherStopped, match="401.*check the key"):
        all_rows(asker(batch_server, api, store), 5)
    assert not BatchBook(store, "run").entries(only_open=True)


@BOTH
def test_a_key_that_goes_wrong_while_waiting_stops_the_run_and_the_next_collects(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.fail["look"] = [(401, {"error": {"message": "revoked"}})]
    with pytest.raises(TeacherStopped, match="revoked"):
        all_rows(asker(batch_server, api, store), 5)
    assert "5 requests are at the provider; the same command collects them" in batch_server.notices
    paid = store.paid("run")
    assert paid.held > 0
    assert paid.unconfirmed == 0
    assert len(all_rows(asker(batch_server, api, store), 5)) == 5
    assert len(batch_server.batches) == 1
    books(store, batch_server)


@BOTH
def test_an_endpoint_that_dies_ends_the_patience(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.fail["look"] = [(503, {})] * 500
    client = connect(f"{api}:m", batch_server.url(api))
    teacher = Teacher(client, store, Limits(batch=QUICK, patience=0.5), PRICE, "run")
    with pytest.raises(TeacherStopped, match="the batch endpoint does not answer: .* answered 503"):
        all_rows(teacher, 5)
    assert store.paid("run").held > 0


@BOTH
def test_a_server_without_batches_is_told_in_a_sentence(store: ReplyStore, api: str) -> None:
    with BatchServer(has_batches=False) as bare, pytest.raises(TeacherStopped, match="endpoint has no batches; leave"):
        all_rows(asker(bare, api, store), 3)
    assert not BatchBook(store, "run").entries(only_open=True)


def test_a_teacher_without_batches_is_named(store: ReplyStore) -> None:
    script = ScriptedClient("sample")
    with pytest.raises(UsageError, match="--batch: scripted:sample has no batches"):
        Teacher(script, store, Limits(batch=Batching()))


@BOTH
def test_without_batches_a_run_that_has_some_is_not_asked_twice(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.fail["look"] = [(401, {})]
    with pytest.raises(TeacherStopped):
        all_rows(asker(batch_server, api, store), 5)
    with pytest.raises(UsageError, match="5 requests of this run are in 1 batch at a provider"):
        Teacher(connect(f"{api}:m", batch_server.url(api)), store, Limits(), PRICE, "run")


def test_the_key_goes_nowhere_but_to_the_provider(
    batch_server: BatchServer, store: ReplyStore, server: Loopback
) -> None:
    """A results_url at another host is not asked; the documented place at the same host is."""
    batch_server.results_host = f"http://localhost:{server.port}"
    found = all_rows(asker(batch_server, "anthropic", store), 5)
    assert all(isinstance(reply, Reply) for reply in found)
    assert not server.headers


@BOTH
def test_an_edited_prompt_leaves_no_reply_behind(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.fail["look"] = [(401, {})]
    with pytest.raises(TeacherStopped):
        all_rows(asker(batch_server, api, store), 5)
    batch_server.looks = 1  # the old batch is done by now, the new one soon
    with asker(batch_server, api, store) as teacher:
        assert len(list(teacher.ask(question(n) for n in range(100, 110)))) == 10
        while teacher.stats.at_provider:
            time.sleep(0.01)
    assert store.count()[0] == 15
    books(store, batch_server)


def test_two_models_get_a_batch_each(batch_server: BatchServer, store: ReplyStore) -> None:
    voices = {
        "a": Voice(connect("openai:a", batch_server.url("openai")), PRICE),
        "b": Voice(connect("anthropic:b", batch_server.url("anthropic")), PRICE),
    }

    def both(n: int) -> Conversation[int]:
        answers = yield [question(n, "a"), question(n, "b")]
        return sum(isinstance(answer, Reply) for answer in answers)

    with Teacher(voices, store, Limits(batch=QUICK, budget=5), None, "run") as teacher:
        assert set(teacher.converse(both(n) for n in range(30))) == {2}
    assert sorted(len(held.items) for held in batch_server.batches.values()) == [30, 30]
    books(store, batch_server)


@BOTH
def test_a_budget_is_held_and_batches_are_made_smaller_for_it(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    cap = 0.002  # some 17 dearest cases; 100 real ones cost a fifth of theirs
    found: list[Reply] = []

    def ask() -> None:
        with asker(batch_server, api, store, budget=cap) as teacher:
            found.extend(teacher.ask(question(n) for n in range(400)))

    with pytest.raises(BudgetSpent, match="the budget of .* is spent"):
        ask()
    assert len(batch_server.batches) > 2
    assert batch_server.dollars <= cap
    assert batch_server.most_at_risk <= cap
    assert batch_server.dollars > 0.8 * cap
    books(store, batch_server)
    with asker(batch_server, api, store, budget=1) as teacher:
        assert len(list(teacher.ask(question(n) for n in range(400)))) == 400
    assert set(batch_server.charged.values()) == {1}
    books(store, batch_server)


@BOTH
def test_one_by_one_and_in_batches_find_each_others_replies(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    client = connect(f"{api}:m", batch_server.url(api))
    with Teacher(client, store, Limits(), PRICE, "run") as teacher:
        one_by_one = list(teacher.ask(question(n) for n in range(0, 40, 2)))
    found = all_rows(asker(batch_server, api, store), 40)
    assert found[::2] == one_by_one
    assert sum(batch_server.charged.values()) == 20
    asked = batch_server.stages.count("one")
    again = connect(f"{api}:m", batch_server.url(api))
    with Teacher(again, store, Limits(), PRICE, "run") as teacher:
        assert list(teacher.ask(question(n) for n in range(40))) == found
    assert batch_server.stages.count("one") == asked == 20
    books(store, batch_server)


@BOTH
def test_a_list_that_lags_behind_makes_no_second_batch(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.fail["created"] = [(500, {})]
    batch_server.lag = 3
    found = all_rows(asker(batch_server, api, store, replace(QUICK, grace=5.0)), 20)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 1
    assert batch_server.stages.count("list") == 4


def test_a_strangers_batch_of_the_same_size_is_not_taken_for_ours(batch_server: BatchServer, store: ReplyStore) -> None:
    """At Anthropic only the results tell; they are waited for."""
    batch_server.fail["create"] = [(500, {})]
    batch_server.looks = 5
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Strange?"}]}
    batch_server.begin({f"stranger-{n}": body for n in range(20)})
    found = all_rows(asker(batch_server, "anthropic", store), 20)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 2
    assert not any(notice.startswith("found batch") for notice in batch_server.notices)
    assert any("its results will tell" in notice for notice in batch_server.notices)


def test_a_store_of_the_time_before_batches_can_be_read_and_used(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with ReplyStore(path) as store, store.writing() as db:
        db.execute("DROP TABLE batches")
        db.execute("DROP TABLE batch_items")
    with ReplyStore(path, read_only=True) as store:
        assert store.paid("run").held == 0
    with ReplyStore(path) as store:
        assert BatchBook(store, "run").entries() == []
