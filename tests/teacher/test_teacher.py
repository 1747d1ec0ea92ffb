"""The teacher over a real server: order, storing, retries, limits, money, stopping."""

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.loopback import Behaviour, Loopback, canned, completion, cut_off, dropped, prompt_of
from tunesmith.errors import BudgetSpent, Interrupted, Refused, RunError, TeacherError, TeacherStopped, UsageError
from tunesmith.teacher import Conversation, Limits, Message, Price, Reply, ReplyStore, Request, Teacher, Usage, connect
from tunesmith.teacher import driver as driver_module
from tunesmith.teacher import limits as limits_module
from tunesmith.teacher.teacher import _single


def request(text: object, max_tokens: int = 100) -> Request:
    return Request((Message("user", str(text)),), max_tokens)


def teacher(server: Loopback, path: Path, timeout: float = 5.0, price: Price | None = None, **limits: Any) -> Teacher:
    store = ReplyStore(path / "replies.sqlite")
    return Teacher(connect("openai:m", server.url, timeout), store, Limits(**limits), price, "run")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back off for milliseconds where the server does not say how long."""
    real = limits_module.backoff

    def hurried(attempt: int, retry_after: float | None) -> float:
        return real(attempt, retry_after) / (50 if retry_after is None else 1)

    monkeypatch.setattr(driver_module, "backoff", hurried)


def behaviour(answer: Any) -> Behaviour:
    """A behaviour from a function of prompt and number that returns text, a status or a response."""

    async def behave(body: dict[str, Any], nth: int, http: web.Request) -> web.StreamResponse:
        found = answer(prompt_of(body), nth)
        if isinstance(found, int):
            return web.json_response({"error": {"message": f"failure {found}"}}, status=found)
        if isinstance(found, web.StreamResponse):
            return found
        return web.json_response(completion(found or canned(body), body))

    return behave


def test_replies_come_in_order_and_are_sent_once(server: Loopback, tmp_path: Path) -> None:
    server.behaviour, server.latency = behaviour(lambda text, nth: f"re: {text}"), 0.01
    texts = [str(number % 150) for number in range(400)]
    for round_number in range(2):
        with teacher(server, tmp_path, concurrency=16) as asking:
            assert [r.text for r in asking.ask(map(request, texts))] == [f"re: {t}" for t in texts]
        assert len(server.bodies) == 150, f"round {round_number}"
    assert 4 <= server.most_in_flight <= 16


def test_each_reply_is_on_disk_before_it_is_seen(server: Loopback, tmp_path: Path) -> None:
    with teacher(server, tmp_path, concurrency=8) as asking:
        for reply in asking.ask(map(request, range(60))):
            elsewhere = ReplyStore(tmp_path / "replies.sqlite")
            assert elsewhere.get(reply.key) == reply
            elsewhere.close()


def test_requests_are_read_ahead_only_so_far(server: Loopback, tmp_path: Path) -> None:
    taken = itertools.count()
    with teacher(server, tmp_path, concurrency=4) as asking:
        replies = asking.ask(request(next(taken)) for _ in range(100_000))
        for _ in range(10):
            next(replies)
    assert next(taken) < 2000


def test_teachers_can_be_asked_while_asking(server: Loopback, tmp_path: Path) -> None:
    """One generator feeds another, as a pipeline in a script does."""
    server.behaviour = behaviour(lambda text, nth: text + "!")
    with teacher(server, tmp_path, concurrency=4) as asking:
        first = asking.ask(map(request, range(300)))
        second = asking.ask(request(reply.text) for reply in first)
        assert [r.text for r in second] == [f"{number}!!" for number in range(300)]


def test_a_conversation_of_several_turns(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(lambda text, nth: text + "x")

    def talk(number: int) -> Conversation[str]:
        yield []
        first = yield [request(number), request(f"{number}b")]
        texts = [reply.text for reply in first if isinstance(reply, Reply)]
        (second,) = yield [request("+".join(texts))]
        assert isinstance(second, Reply)
        return second.text

    with teacher(server, tmp_path) as asking:
        assert list(asking.converse(talk(n) for n in range(50))) == [f"{n}x+{n}bxx" for n in range(50)]
        assert list(asking.converse([])) == []


SPOILS = ["429", "429 later", "500", "drop", "cut", "empty", "stall", "html"]


@pytest.mark.usefixtures("quick")
def test_failures_that_may_pass_lose_nothing(server: Loopback, tmp_path: Path) -> None:
    async def behave(body: dict[str, Any], nth: int, http: web.Request) -> web.StreamResponse:
        number = int(prompt_of(body))
        spoil = SPOILS[number // 5 % len(SPOILS)] if number % 5 == 0 and nth < 1 + number % 3 else ""
        match spoil:
            case "429":
                return web.json_response({"error": {"message": "slow"}}, status=429)
            case "429 later":
                return web.json_response({}, status=429, headers={"Retry-After": "0.05"})
            case "500":
                return web.Response(status=500)
            case "drop":
                return await dropped(http)
            case "cut":
                return await cut_off(http, body)
            case "empty":
                return web.json_response(completion("", body))
            case "stall":
                await asyncio.sleep(20)
            case "html":
                return web.Response(text="<html>gateway</html>")
        return web.json_response(completion(f"re: {number}", body))

    server.behaviour = behave
    with teacher(server, tmp_path, timeout=0.4, concurrency=16) as asking:
        texts = [reply.text for reply in asking.ask(map(request, range(400)))]
        assert asking.stats.retries >= 80
    assert texts == [f"re: {number}" for number in range(400)]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["500", "empty"])
def test_several_requests_that_always_fail_do_not_stop_the_run(
    server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(limits_module.Breaker, "LONGEST_PAUSE", 0.05)
    bad = {"3", "17", "38", "39"}

    async def behave(body: dict[str, Any], nth: int, http: web.Request) -> web.StreamResponse:
        if prompt_of(body) in bad:
            return web.Response(status=500) if fault == "500" else web.json_response(completion("", body))
        return web.json_response(completion("fine", body))

    server.behaviour = behave
    for _ in range(2):
        with teacher(server, tmp_path, concurrency=4) as asking:
            answers = list(asking.converse(_single(request(number)) for number in range(40)))
        assert {str(n) for n, (a,) in enumerate(answers) if not isinstance(a, Reply)} == bad


@pytest.mark.usefixtures("quick")
def test_requests_that_fail_while_the_run_is_being_stopped(server: Loopback, tmp_path: Path) -> None:
    """The wait for what is in flight must end even if it ends badly."""

    async def behave(body: dict[str, Any], nth: int, http: web.Request) -> web.StreamResponse:
        if prompt_of(body) == "3":
            return web.json_response({"error": {"message": "no"}}, status=401)
        await asyncio.sleep(0.3)
        return web.Response(status=500 if int(prompt_of(body)) % 2 else 429)

    server.behaviour = behave
    with teacher(server, tmp_path, concurrency=8) as asking, pytest.raises(TeacherStopped, match="401"):
        list(asking.ask(map(request, range(100))))


def test_many_refusals_on_the_second_run(server: Loopback, tmp_path: Path) -> None:
    """What was answered before comes from the store, and only the refused ones are sent."""
    server.behaviour = behaviour(lambda text, nth: 400 if int(text) % 3 == 0 else f"re: {text}")
    for _ in range(2):
        with teacher(server, tmp_path, concurrency=4) as asking:
            answers = list(asking.converse(_single(request(number)) for number in range(45)))
        assert sum(isinstance(answer, Reply) for (answer,) in answers) == 30


@pytest.mark.usefixtures("quick")
def test_an_address_at_which_something_else_answers(server: Loopback, tmp_path: Path) -> None:
    async def page(body: dict[str, Any], nth: int, http: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Welcome</html>")

    server.behaviour = page
    with teacher(server, tmp_path, concurrency=4) as asking, pytest.raises(TeacherStopped, match="answers, but not"):
        list(asking.ask(map(request, range(1000))))
    assert len(server.bodies) < 40


def test_the_same_refusal_over_and_over_stops_the_run(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(lambda text, nth: 400 if int(text) > 30 else f"re: {text}")
    with (
        teacher(server, tmp_path, concurrency=4) as asking,
        pytest.raises(TeacherStopped, match="20 requests in a row"),
    ):
        list(asking.converse(_single(request(number)) for number in range(500)))


def test_an_iterator_that_is_abandoned_asks_no_more(server: Loopback, tmp_path: Path) -> None:
    server.latency = 0.05
    with teacher(server, tmp_path, concurrency=4) as asking:
        replies = asking.ask(map(request, range(500)))
        next(replies)
        del replies
        time.sleep(0.3)
        sent = len(server.bodies)
        assert sent <= 16
        assert len(list(asking.ask(map(request, range(1000, 1010))))) == 10
    assert len(server.bodies) == sent + 10


@pytest.mark.parametrize("defect", ["size", "notice"])
def test_a_defect_of_our_own_stops_the_run_instead_of_hanging_it(server: Loopback, tmp_path: Path, defect: str) -> None:
    def explode(text: str) -> None:
        raise KeyError("oops")

    wrong = Request((Message("user", 5),), 10)  # type: ignore[arg-type]
    asked = [request(1), wrong, request(2)] if defect == "size" else map(request, range(50))
    url = server.url if defect == "size" else "http://127.0.0.1:9/v1"
    notice = explode if defect == "notice" else print
    asking = Teacher(connect("openai:m", url), ReplyStore(tmp_path / "s"), notice=notice)
    with asking, pytest.raises(TeacherStopped, match="the driver failed"):
        list(asking.ask(asked))


def test_a_budget_with_one_unbounded_request_among_others(server: Loopback, tmp_path: Path) -> None:
    asking = teacher(server, tmp_path, price=Price(1, 1), budget=1.0)
    with asking, pytest.raises(TeacherStopped, match="max_tokens"):
        list(asking.ask([request(1), Request((Message("user", "q"),))]))


def test_a_run_without_a_name_has_books_of_its_own(server: Loopback, tmp_path: Path) -> None:
    store, price = ReplyStore(tmp_path / "s"), Price(1.0, 1000.0)
    with Teacher(connect("openai:m", server.url), store, price=price) as one:
        list(one.ask(map(request, range(5))))
    with Teacher(connect("openai:judge", server.url), store, price=price) as other:
        assert one.stats.spent > 0
        assert other.stats.spent == 0


@pytest.mark.usefixtures("quick")
def test_a_request_that_always_fails_is_given_up_alone(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(lambda text, nth: 500 if text == "7" else f"re: {text}")

    def single(number: int) -> Conversation[Reply | TeacherError]:
        (answer,) = yield [request(number)]
        return answer

    with teacher(server, tmp_path, concurrency=2, retries=3) as asking:
        answers = list(asking.converse(map(single, range(40))))
    assert [n for n, a in enumerate(answers) if not isinstance(a, Reply)] == [7]
    assert "gave up after 4 tries" in str(answers[7])
    assert "failure 500" in str(answers[7])


def test_what_cannot_pass_is_not_sent_again(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(lambda text, nth: 400 if text == "3" else f"re: {text}")
    with teacher(server, tmp_path, concurrency=1) as asking, pytest.raises(Refused, match="failure 400"):
        list(asking.ask(map(request, range(10))))
    assert server.seen.total() == len(server.seen)


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_stops_at_once(server: Loopback, tmp_path: Path, status: int) -> None:
    server.behaviour = behaviour(lambda text, nth: status)
    with teacher(server, tmp_path, concurrency=4) as asking, pytest.raises(TeacherStopped, match=str(status)):
        list(asking.ask(map(request, range(10_000))))
    assert len(server.bodies) <= 8


def test_a_server_that_refuses_everything_stops_the_run(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(lambda text, nth: 400)

    def single(number: int) -> Conversation[Reply | TeacherError]:
        (answer,) = yield [request(number)]
        return answer

    with (
        teacher(server, tmp_path, concurrency=2) as asking,
        pytest.raises(TeacherStopped, match="every request so far"),
    ):
        list(asking.converse(map(single, range(10_000))))
    assert len(server.bodies) < 20


def test_an_unreachable_host_stops_the_run_with_a_word(tmp_path: Path) -> None:
    notices: list[str] = []
    store = ReplyStore(tmp_path / "s.sqlite")
    client = connect("openai:m", "http://127.0.0.1:9/v1")
    with (
        Teacher(client, store, notice=notices.append) as asking,
        pytest.raises(TeacherStopped, match="nothing listens"),
    ):
        list(asking.ask(map(request, range(1000))))
    assert notices
    assert "trying again in" in notices[0]


def test_an_endpoint_that_goes_down_and_comes_back(tmp_path: Path) -> None:
    first = Loopback(latency=0.01)
    first.__enter__()
    store, notices = ReplyStore(tmp_path / "s.sqlite"), list[str]()
    with Teacher(connect("openai:m", first.url), store, Limits(concurrency=8), notice=notices.append) as asking:
        replies = asking.ask(map(request, range(300)))
        got = [next(replies) for _ in range(50)]
        first.__exit__()
        again = Loopback(port=first.port, latency=0.01)
        timer = threading.Timer(1.5, again.__enter__)
        timer.start()
        got += replies
        timer.join()
        again.__exit__()
    assert len(got) == 300
    assert any("cannot reach" in text for text in notices), notices
    assert any("answers again" in text for text in notices), notices


def test_the_budget_is_never_exceeded_and_a_larger_one_goes_on(server: Loopback, tmp_path: Path) -> None:
    price = Price(1.0, 1000.0)
    for cap in (0.5, 1.0):
        asking = teacher(server, tmp_path, price=price, budget=cap, concurrency=8)
        with asking, pytest.raises(BudgetSpent, match=r"the budget of \$"):
            list(asking.ask(map(request, range(1000))))
        paid = asking.store.paid("run")
        assert paid.cost == pytest.approx(asking.stats.spent)
        assert 0.5 * cap < paid.cost <= cap
    assert len(server.bodies) == paid.replies


def test_what_is_in_flight_is_booked_before_it_is_sent(server: Loopback, tmp_path: Path) -> None:
    """A process may be killed at any moment; the next one must know what the dead one may have spent."""
    booked: list[float] = []

    def look(text: str, nth: int) -> str:
        booked.append(other.paid("run").unconfirmed + other.paid("run").cost)
        return "a whole answer"

    price = Price(1.0, 1000.0)
    server.behaviour = behaviour(look)
    other = ReplyStore(tmp_path / "replies.sqlite")
    asking = teacher(server, tmp_path, price=price, budget=5.0, concurrency=8)
    with asking:
        list(asking.ask(map(request, range(30))))
    worst = price.cost(Usage(0, 100))
    for number, sum_booked in enumerate(booked):
        # At that moment this very request was in flight, and the answered ones before it paid for or in flight too.
        assert sum_booked >= worst, number
    assert other.paid("run").unconfirmed == 0


def test_a_second_try_is_booked_beside_the_first(server: Loopback, tmp_path: Path) -> None:
    """The first may be charged although its answer was lost; a process that dies now must leave both in the books."""
    booked: list[float] = []

    def lose_the_first(text: str, nth: int) -> Any:
        paid = ReplyStore(tmp_path / "replies.sqlite").paid("run")
        booked.append(paid.unconfirmed + paid.cost)
        return web.Response(text="{") if nth == 0 else "a whole answer"

    price = Price(1.0, 1000.0)
    server.behaviour = behaviour(lose_the_first)
    with teacher(server, tmp_path, price=price, budget=5.0) as asking:
        list(asking.ask([request(1)]))
    worst = price.cost(Usage(0, 100))
    assert [sum_booked // worst for sum_booked in booked] == [1, 2]


def test_a_budget_over_unbounded_replies_is_a_wrong_call(server: Loopback, tmp_path: Path) -> None:
    asking = teacher(server, tmp_path, price=Price(1, 1), budget=1.0)
    with asking, pytest.raises(TeacherStopped, match="max_tokens"):
        list(asking.ask([Request((Message("user", "q"),))]))
    assert not server.bodies
    with pytest.raises(UsageError, match="price"):
        teacher(server, tmp_path, budget=1.0)


def test_answers_that_may_be_charged_count_as_unconfirmed(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(lambda text, nth: web.Response(text="{") if nth == 0 else "fine, a whole answer")
    asking = teacher(server, tmp_path, price=Price(1, 1), budget=1.0)
    with asking:
        list(asking.ask([request("q")]))
        assert asking.stats.unconfirmed > 0
    assert asking.store.paid("run").unconfirmed == pytest.approx(asking.stats.unconfirmed)


def test_an_interrupt_keeps_what_is_in_flight(server: Loopback, tmp_path: Path) -> None:
    server.latency = 0.3
    asking = teacher(server, tmp_path, concurrency=8)
    threading.Timer(0.45, asking.interrupt).start()
    with asking, pytest.raises(Interrupted):
        list(asking.ask(map(request, range(10_000))))
    assert 8 <= len(server.bodies) <= 16
    assert asking.store.paid("run").replies == len(server.bodies)


def test_leaving_early_waits_for_what_is_paid_for(server: Loopback, tmp_path: Path) -> None:
    server.latency = 0.2
    asking = teacher(server, tmp_path, concurrency=8)

    def leave() -> None:
        with asking:
            next(asking.ask(map(request, range(100))))
            raise ZeroDivisionError  # a defect in the caller's code

    with pytest.raises(ZeroDivisionError):
        leave()
    assert asking.store.paid("run").replies == len(server.bodies)


def test_rate_limits_of_the_user_are_kept(server: Loopback, tmp_path: Path) -> None:
    began = time.monotonic()
    with teacher(server, tmp_path, concurrency=32, requests_per_minute=1200) as asking:
        list(asking.ask(map(request, range(40))))
    # 20 a second: the 40th may not leave before 1.95 s have passed, however slow or fast the machine.
    assert time.monotonic() - began >= 1.9


def test_limits_in_headers_are_kept_to(server: Loopback, tmp_path: Path) -> None:
    """Ten requests a second: a client that did not listen would be refused."""
    times: list[float] = []

    def limited(text: str, nth: int) -> Any:
        now = time.monotonic()
        recent = [t for t in times if now - t < 1.0]
        if len(recent) >= 10:
            return 429
        times.append(now)
        reset = 1.0 - (now - recent[0]) if recent else 1.0
        headers = {
            "x-ratelimit-remaining-requests": str(9 - len(recent)),
            "x-ratelimit-reset-requests": f"{reset:.3f}s",
        }
        return web.json_response(completion("a whole answer", {}), headers=headers)

    server.behaviour, server.latency = behaviour(limited), 0.01
    with teacher(server, tmp_path, concurrency=4) as asking:
        assert len(list(asking.ask(map(request, range(35))))) == 35
        assert asking.stats.retries <= 4, "one round of surprise at most"


def test_an_endpoint_that_asks_to_come_back_tomorrow(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(
        lambda text, nth: web.json_response(
            {"error": {"message": "quota"}}, status=429, headers={"Retry-After": "86400"}
        )
    )
    with teacher(server, tmp_path, concurrency=4) as asking, pytest.raises(TeacherStopped, match="wait 86,400 s"):
        list(asking.ask(map(request, range(100))))


def test_overload_lowers_concurrency_for_a_while(server: Loopback, tmp_path: Path) -> None:
    def busy(text: str, nth: int) -> Any:
        return 429 if server.in_flight > 8 and nth < 20 else f"re: {text}"

    server.behaviour, server.latency = behaviour(busy), 0.02
    with teacher(server, tmp_path, concurrency=64) as asking:
        assert len(list(asking.ask(map(request, range(300))))) == 300
        assert asking.stats.concurrency < 64


def test_the_disk_that_fills_up(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = teacher(server, tmp_path, concurrency=4)
    real, calls = asking.store.put, itertools.count()

    def failing(*args: Any, **more: Any) -> Any:
        if next(calls) >= 3:
            raise RunError("database or disk is full")
        return real(*args, **more)

    monkeypatch.setattr(asking.store, "put", failing)
    with asking, pytest.raises(RunError, match="disk is full"):
        list(asking.ask(map(request, range(1000))))
    assert len(server.bodies) < 100


def test_a_last_commit_that_fails_is_told(server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: list[str] = []
    asking = Teacher(connect("openai:m", server.url), ReplyStore(tmp_path / "s"), notice=notices.append)
    real = asking.store.put

    def failing(run: str, paid: Any, *money: float) -> Any:
        if not paid:
            raise RunError("database or disk is full")
        return real(run, paid, *money)

    monkeypatch.setattr(asking.store, "put", failing)
    with asking:
        assert len(list(asking.ask(map(request, range(5))))) == 5
    assert notices == ["database or disk is full"]


class Broken:
    """A client with a defect."""

    def __init__(self) -> None:
        self.identity = connect("openai:m", "http://127.0.0.1:9/v1").identity

    async def complete(self, asked: Request) -> Reply:
        raise KeyError("oops")

    async def close(self) -> None:
        return None


def test_a_defect_in_a_client_stops_the_run_instead_of_hanging_it(tmp_path: Path) -> None:
    with Teacher(Broken(), ReplyStore(tmp_path / "s")) as asking, pytest.raises(TeacherStopped, match="oops"):
        list(asking.ask(map(request, range(100))))


def test_two_teachers_share_a_store(server: Loopback, tmp_path: Path) -> None:
    server.latency = 0.01

    def texts(run: str) -> Iterator[str]:
        store = ReplyStore(tmp_path / "s.sqlite")
        with Teacher(connect("openai:m", server.url), store, Limits(concurrency=4), run=run) as asking:
            yield from (reply.text for reply in asking.ask(map(request, range(100))))

    found: dict[str, list[str]] = {}
    threads = [threading.Thread(target=lambda n=n: found.update({n: list(texts(n))})) for n in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["a"] == found["b"]


def test_an_answer_that_stays_empty_is_given_up_after_five_tries(server: Loopback, tmp_path: Path) -> None:
    """It comes at once and costs money each time; waiting longer and longer for another would help nobody."""

    async def behave(body: dict[str, Any], nth: int, http: web.Request) -> web.StreamResponse:
        return web.json_response(completion("" if prompt_of(body) == "3" else "fine", body))

    server.behaviour = behave
    with teacher(server, tmp_path, concurrency=4) as asking:
        answers = [answer for (answer,) in asking.converse(_single(request(number)) for number in range(8))]
    assert [isinstance(answer, Reply) for answer in answers] == [number != 3 for number in range(8)]
    assert "gave up after 5 tries; the last: the answer is empty" in str(answers[3])
    assert [prompt_of(body) for body in server.bodies].count("3") == 5
