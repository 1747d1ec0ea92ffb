"""What batches can suffer that costs money: calls that stall, results that are late or cut off, lost batches."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.batch_server import BatchServer, Held, Json, Outcome, always
from tests.teacher.test_batches import BOTH, PRICE, QUICK, all_rows, asker, books, odd, question, some
from tunesmith.errors import BudgetSpent, RunError, TeacherStopped
from tunesmith.teacher import Limits, Reply, ReplyStore, Teacher, connect
from tunesmith.teacher.batches.book import LOST, BatchBook
from tunesmith.teacher.budget import Budget


@pytest.fixture
def batch_server() -> Iterator[BatchServer]:
    with BatchServer() as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> ReplyStore:
    return ReplyStore(tmp_path / "replies.sqlite")


def dearest(store: ReplyStore, server: BatchServer, api: str) -> float:
    """What the twelve questions may cost at most."""
    identity = connect(f"{api}:m", server.url(api)).identity
    return 12 * Budget(None, store.paid("run"), {identity: PRICE}).worst(question(11), PRICE) / 2


def within(store: ReplyStore, server: BatchServer) -> None:
    """The books leave room for all that the server charged."""
    paid = store.paid("run")
    assert paid.cost - 1e-9 <= server.dollars <= paid.cost + paid.unconfirmed + paid.held + 1e-9


# A call that begins a batch, and whose answer does not come.


@BOTH
def test_a_call_that_stalls_longer_than_a_batch_takes_to_show_up_is_not_made_again(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.stall, batch_server.lag = {"created": 1}, 1
    client = connect(f"{api}:m", batch_server.url(api), timeout=0.6)
    limits = Limits(batch=replace(QUICK, grace=0.4), patience=5)
    with Teacher(client, store, limits, PRICE, "run", batch_server.notices.append) as teacher:
        assert len(list(teacher.ask(question(n) for n in range(12)))) == 12
    assert len(batch_server.batches) == 1
    assert any(notice.startswith("looking for a batch of 12 requests") for notice in batch_server.notices)
    books(store, batch_server)


@BOTH
def test_a_batch_that_was_given_up_and_turns_up_is_counted_and_its_money_held(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.fail["created"], batch_server.lag = [(500, {})], 10**9  # no list shows the newest batch
    found = all_rows(asker(batch_server, api, store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 2, "it was made a second time, as nothing was seen of it"
    assert "batch batch_1 has turned up after all, and is cancelled" in batch_server.notices
    assert set(batch_server.charged.values()) == {2}
    paid = store.paid("run")
    assert paid.cost == pytest.approx(batch_server.dollars)
    assert paid.twice == pytest.approx(paid.cost / 2)
    assert (paid.unconfirmed, paid.held) == (0, 0)
    assert not BatchBook(store, "run").entries(only_open=True)


@BOTH
def test_the_cap_leaves_room_for_a_batch_that_was_given_up(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    cap = 1.05 * dearest(store, batch_server, api)
    batch_server.outcome = lambda body, key, nth: Outcome(text="long " * 80)
    batch_server.fail["created"], batch_server.lag = [(500, {})], 10**9
    with pytest.raises(BudgetSpent, match="is held: .* held for batches at a provider.*tunesmith batches FOLDER --can"):
        all_rows(asker(batch_server, api, store, budget=cap), 12)
    assert batch_server.most_at_risk <= cap
    within(store, batch_server)
    assert store.paid("run").held > 0
    batch_server.lag = 0
    found = all_rows(asker(batch_server, api, store, budget=cap), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert set(batch_server.charged.values()) == {1}
    assert batch_server.dollars <= cap
    books(store, batch_server)


@BOTH
def test_a_batch_that_never_was_releases_its_money(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.fail["create"] = [(500, {})]
    found = all_rows(asker(batch_server, api, store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 1
    books(store, batch_server)


@BOTH
@pytest.mark.parametrize("days", [-3, 1, 3])
def test_the_clock_may_have_been_another(batch_server: BatchServer, store: ReplyStore, api: str, days: int) -> None:
    batch_server.fail["created"], batch_server.fail["look"] = [(500, {})], [(401, {})] * 9
    batch_server.stall = {"list": 1} if api == "anthropic" else {}
    batch_server.lag = 10**9
    halting = asker(batch_server, api, store, replace(QUICK, grace=60.0))
    with halting:
        thread = threading.Thread(target=lambda: pytest.raises(RunError, lambda: all_rows(halting, 12)))
        thread.start()
        batch_server.reached("list")
        halting.interrupt()
        thread.join()
    with store.writing() as db:
        db.execute("UPDATE batches SET created=created+?, tried=tried+?", (days * 86_400, days * 86_400))
    batch_server.fail.clear()
    batch_server.stall, batch_server.lag = {}, 0
    found = all_rows(asker(batch_server, api, store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 1
    books(store, batch_server)


def test_a_strangers_batch_that_shares_some_questions_is_not_taken_for_ours(
    batch_server: BatchServer, store: ReplyStore, tmp_path: Path
) -> None:
    """Another run's batch of the same size ends first, with nearly all of our questions; ours is still worked on."""
    other = ReplyStore(tmp_path / "other")
    with Teacher(connect("anthropic:m", batch_server.url("anthropic")), other, Limits(batch=QUICK)) as teacher:
        assert len(list(teacher.ask(question(n) for n in range(1, 13)))) == 12
    batch_server.looks = 12
    batch_server.fail["created"] = [(500, {})]
    found = all_rows(asker(batch_server, "anthropic", store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert [len(held.items) for held in batch_server.batches.values()] == [12, 12]
    assert "found batch batch_2, whose id had not arrived" in batch_server.notices
    paid = store.paid("run")
    assert paid.unconfirmed == paid.held == 0


# Results that are not what they should be.


@BOTH
@pytest.mark.parametrize("kind", ["missing", "damaged"])
@pytest.mark.parametrize("ends", ["expired", "cancelled"])
def test_what_a_batch_that_ended_early_does_not_mention_may_have_been_charged(
    batch_server: BatchServer, store: ReplyStore, api: str, kind: str, ends: str
) -> None:
    batch_server.ends = ends
    batch_server.outcome = some(odd, Outcome(kind, text="x" * 40), times=1)
    found = all_rows(asker(batch_server, api, store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert store.paid("run").unconfirmed > 0
    within(store, batch_server)


def test_a_batch_that_fails_half_way_keeps_what_was_answered_and_counts_the_rest(
    batch_server: BatchServer, store: ReplyStore
) -> None:
    batch_server.ends, batch_server.outcome = "failed", some(odd, Outcome("missing"))
    with pytest.raises(TeacherStopped, match="batch batch_1 was broken off: it does not say why"):
        all_rows(asker(batch_server, "openai", store), 12)
    assert store.count()[0] == 6
    assert store.paid("run").unconfirmed > 0
    within(store, batch_server)
    batch_server.ends, batch_server.outcome = "completed", always
    found = all_rows(asker(batch_server, "openai", store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert set(batch_server.charged.values()) == {1}


@BOTH
@pytest.mark.parametrize("trouble", ["cuts", "late_output"])
def test_results_that_are_cut_off_or_late_are_fetched_again_and_not_paid_again(
    batch_server: BatchServer, store: ReplyStore, api: str, trouble: str
) -> None:
    setattr(batch_server, trouble, 2)
    found = all_rows(asker(batch_server, api, store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 1
    books(store, batch_server)


@BOTH
def test_an_answer_counts_whatever_else_is_said_of_its_request_before(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    plain = batch_server._lines

    async def lines(request: web.Request, good: list[bytes]) -> web.StreamResponse:
        said: Json = {"error": {"code": "batch_expired"}, "response": None, "result": {"type": "expired"}}
        bad = [json.dumps({"custom_id": json.loads(line)["custom_id"], **said}).encode() + b"\n" for line in good]
        return await plain(request, bad + good)

    batch_server._lines = lines  # type: ignore[method-assign, assignment]
    found = all_rows(asker(batch_server, api, store), 12)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 1
    books(store, batch_server)


@BOTH
def test_a_batch_that_expires_again_and_again_goes_on_as_long_as_it_brings_something(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.ends = "expired"

    def outcome(body: Json, key: str, nth: int) -> Outcome:
        number = int("".join(c for c in body["messages"][-1]["content"] if c.isdigit()))
        return always(body, key, nth) if nth >= number // 2 else Outcome("expired")

    batch_server.outcome = outcome
    found = all_rows(asker(batch_server, api, store), 14)
    assert all(isinstance(reply, Reply) for reply in found)
    assert len(batch_server.batches) == 7
    batch_server.outcome = lambda body, key, nth: Outcome("expired")
    with asker(batch_server, api, store) as teacher, pytest.raises(RunError, match="gave up after 4 tries"):
        list(teacher.ask([question(99)]))
    assert any(notice.endswith("0 replies, 1 given up") for notice in batch_server.notices)


# Batches that the provider does not show, or shows oddly.


@BOTH
def test_one_lost_batch_keeps_no_other_from_being_collected(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batching = replace(QUICK, most=6)
    batch_server.fail["look"] = [(401, {})] * 2
    with pytest.raises(TeacherStopped):
        all_rows(asker(batch_server, api, store, batching), 12)
    del batch_server.batches["batch_1"]
    batch_server.fail.clear()
    for _ in range(2):
        with pytest.raises(TeacherStopped, match="does not know the batch batch_1.*--forget"):
            all_rows(asker(batch_server, api, store, batching), 12)
        assert store.count()[0] == 6
        (entry,) = BatchBook(store, "run").entries(only_open=True)
        assert (entry.id, entry.said, len(entry.items)) == ("batch_1", LOST, 6)
        assert len(batch_server.batches) == 1, "nothing more is sent before that is settled"


@BOTH
def test_that_a_batch_is_lost_is_not_believed_at_once(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    batch_server.fail["look"] = [(404, {"error": {"message": "No batch found"}})] * 2
    batch_server.fail["content"] = [(404, {"error": {"message": "No file found"}})] * 2
    assert all(isinstance(reply, Reply) for reply in all_rows(asker(batch_server, api, store), 12))
    books(store, batch_server)


@BOTH
@pytest.mark.parametrize("status", [400, 403])
def test_a_look_that_is_refused_does_not_say_that_no_batch_was_begun(
    batch_server: BatchServer, store: ReplyStore, api: str, status: int
) -> None:
    batch_server.fail["look"] = [(status, {"error": {"message": "weird"}})]
    with pytest.raises(TeacherStopped, match=f"^batch batch_1: .* answered {status}: weird"):
        all_rows(asker(batch_server, api, store), 12)


def test_a_key_in_the_reason_of_a_failed_batch_is_blotted_out(
    batch_server: BatchServer, store: ReplyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    said = "the key sk-very-secret\nis bad " + "x" * 3000
    batch_server.refuse = lambda held: [{"code": "sk-very-secret", "message": said, "line": "sk-very-secret"}]
    with pytest.raises(TeacherStopped, match=r"refused batch batch_1: the key \[key\] is bad x") as stopped:
        all_rows(asker(batch_server, "openai", store), 2)
    told = " ".join([str(stopped.value), *batch_server.notices])
    assert "sk-very-secret" not in told
    assert len(str(stopped.value)) < 500
    assert "\n" not in told


@BOTH
def test_strange_batches_in_the_list_are_passed_over(batch_server: BatchServer, store: ReplyStore, api: str) -> None:
    name = f"_{api}"
    plain: Any = getattr(batch_server, name)

    def shown(held: Held) -> Json:
        found: Json = plain(held)
        if held.meta.get("strange"):
            found |= {"request_counts": {"total": "many", "processing": "many"}}
        return found | {"created_at": 12345 if api == "anthropic" else "2026-11-21T12:00:00Z"}

    setattr(batch_server, name, shown)
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Strange?"}]}
    batch_server.fail["created"] = [(500, {})]
    batch_server.begin({f"stranger-{n}": body for n in range(12)}, {"strange": "yes"})
    assert all(isinstance(reply, Reply) for reply in all_rows(asker(batch_server, api, store), 12))
    assert len(batch_server.batches) == 2


@BOTH
def test_a_request_that_is_too_large_for_any_batch_drops_its_row_alone(
    batch_server: BatchServer, store: ReplyStore, api: str
) -> None:
    batch_server.fail["create"] = [(413, {"error": {"message": "too large"}})] * 2
    found = all_rows(asker(batch_server, api, store), 2)
    assert isinstance(found[0], str)
    assert found[0].startswith("Refused: ")
    assert "too large" in found[0]
    assert isinstance(found[1], Reply)
    books(store, batch_server)


# The book.


@BOTH
def test_two_runs_of_one_store_pay_once(batch_server: BatchServer, tmp_path: Path, api: str) -> None:
    """Both begin at the same moment; whoever is later waits for the other."""
    batch_server.looks = 20
    path, said, found = tmp_path / "shared", list[str](), dict[str, list[str]]()
    ReplyStore(path).close()

    def run(name: str) -> None:
        client = connect(f"{api}:m", batch_server.url(api))
        with ReplyStore(path) as store:
            teacher = Teacher(client, store, Limits(batch=QUICK, budget=5), PRICE, name, said.append)
            with teacher:
                found[name] = [reply.text for reply in teacher.ask(question(n) for n in range(12))]

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["a"] == found["b"]
    assert set(batch_server.charged.values()) == {1}
    assert any("12 of these requests are in batches of another run" in one for one in said)
    with ReplyStore(path) as store:
        paid = [store.paid(name) for name in ("a", "b")]
    assert sum(one.cost for one in paid) == pytest.approx(batch_server.dollars)
    assert sum(one.held + one.unconfirmed + one.twice for one in paid) == 0


def test_what_the_other_run_does_not_get_is_asked_here(batch_server: BatchServer, store: ReplyStore) -> None:
    batch_server.fail["look"] = [(401, {})]
    with pytest.raises(TeacherStopped):
        all_rows(asker(batch_server, "openai", store), 12)
    client, found = connect("openai:m", batch_server.url("openai")), list[Reply]()
    other = Teacher(client, store, Limits(batch=QUICK), PRICE, "other", batch_server.notices.append)

    def ask() -> None:
        with other:
            found.extend(other.ask(question(n) for n in range(14)))

    thread = threading.Thread(target=ask)
    thread.start()
    while not any("of another run" in notice for notice in batch_server.notices):
        time.sleep(0.01)
    book = BatchBook(store, "run")
    (entry,) = book.entries(only_open=True)
    book.close(entry.nonce, "void")
    thread.join()
    assert len(found) == 14
    assert [len(held.items) for held in batch_server.batches.values()] == [12, 2, 12]


@BOTH
def test_the_last_reply_closes_its_batch_in_the_same_commit(
    batch_server: BatchServer, store: ReplyStore, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BatchBook, "close", lambda *args: pytest.fail("not reached by a process that is killed"))
    with asker(batch_server, api, store) as teacher:
        try:
            list(teacher.ask(question(n) for n in range(12)))
        except RunError:
            pass
    assert store.count()[0] == 12
    with Teacher(connect(f"{api}:m", batch_server.url(api)), store, Limits(), PRICE, "run") as teacher:
        assert len(list(teacher.ask(question(n) for n in range(12)))) == 12


def test_a_batch_of_which_nothing_is_waited_for_is_done(batch_server: BatchServer, store: ReplyStore) -> None:
    """As a process of an earlier version left it that was killed before it closed its batch."""
    all_rows(asker(batch_server, "openai", store), 3)
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE batches SET state='sent'")
    db.close()
    book = BatchBook(store, "run")
    assert not book.entries(only_open=True)
    assert [entry.state for entry in book.entries()] == ["done"]


def test_the_budget_says_what_is_held_for_batches(batch_server: BatchServer, store: ReplyStore) -> None:
    cap = 1.05 * dearest(store, batch_server, "openai")
    batch_server.fail["look"] = [(401, {})]
    with pytest.raises(TeacherStopped):
        all_rows(asker(batch_server, "openai", store, budget=cap), 12)
    client = connect("openai:other", batch_server.url("openai"))
    teacher = Teacher(client, store, Limits(batch=QUICK, budget=cap), PRICE, "run")
    said = r"is held: \$0.0000 paid, \$0.00\d\d held for batches.*--cancel"
    with teacher, pytest.raises(BudgetSpent, match=said):
        list(teacher.ask(question(n) for n in range(12)))
