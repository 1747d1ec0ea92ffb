"""Adaptive concurrency, pace and breaker, on a clock of the test's own."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.teacher.chat import RateHeaders
from tunesmith.teacher.limits import Breaker, Gate, Pace, backoff, parse_duration


def test_overload_halves_the_limit_each_round() -> None:
    gate = Gate(64)
    for _ in range(64):
        gate.overloaded()
    assert gate.limit == 32
    for _ in range(32):
        gate.overloaded()
    assert gate.limit == 16


def test_it_never_falls_below_one_and_grows_back() -> None:
    gate = Gate(64)
    for _ in range(500):
        gate.overloaded()
    assert gate.limit == 1
    for _ in range(5000):
        gate.succeeded(0.1, 100)
    assert gate.limit == 64


def test_stray_refusals_do_not_bring_it_down() -> None:
    gate = Gate(64)
    dice = random.Random(1)
    for _ in range(5000):
        if dice.random() < 0.02:
            gate.overloaded()
        else:
            gate.succeeded(0.1, 100)
        assert gate.limit > 40


def test_rising_latency_lowers_the_limit() -> None:
    gate = Gate(64)
    for _ in range(300):
        gate.succeeded(1.0, 100)
    assert gate.limit == 64
    for _ in range(150):
        gate.succeeded(8.0, 100)
    assert gate.limit < 60
    lowest = gate.limit
    for _ in range(5000):
        gate.succeeded(8.0, 100)
        lowest = min(lowest, gate.limit)
    assert lowest >= 16, "latency alone takes no more than three quarters"
    assert gate.limit == 64, "what lasts is no longer slow but usual"


def test_longer_answers_are_no_overload() -> None:
    gate = Gate(64)
    for _ in range(300):
        gate.succeeded(1.0, 30)
    for _ in range(2000):
        gate.succeeded(40.0, 2000)
    assert gate.limit == 64


@given(
    st.lists(st.tuples(st.sampled_from(["ok", "slow", "429"]), st.floats(0, 100)), max_size=300), st.integers(1, 300)
)
def test_the_limit_stays_within_bounds(events: list[tuple[str, float]], most: int) -> None:
    gate = Gate(most)
    for event, seconds in events:
        if event == "429":
            gate.overloaded()
        else:
            gate.succeeded(seconds * (10 if event == "slow" else 1), 10)
        assert 1 <= gate.limit <= most


def test_pace_keeps_requests_a_minute() -> None:
    pace, now, sent = Pace(120, None), 0.0, 0
    while now < 60:
        pause = pace.wait(10, now)
        if pause == 0:
            sent += 1
        else:
            now += pause
    assert sent == 120


def test_pace_keeps_tokens_a_minute() -> None:
    pace, now, tokens = Pace(None, 6000), 0.0, 0
    while now < 60:
        pause = pace.wait(500, now)
        if pause == 0:
            tokens += 500
        else:
            now += pause
    assert tokens == 6000


def test_pace_waits_for_the_reset_that_headers_name() -> None:
    pace = Pace(None, None)
    pace.heard(RateHeaders(requests_left=5, requests_reset=60.0), 3, now=1.0)
    assert [pace.wait(1, now=1.0) for _ in range(2)] == [0, 0], "three of the five are in flight"
    assert pace.wait(1, now=2.0) == 59.0
    pace.heard(RateHeaders(requests_left=9, requests_reset=60.0), 0, now=3.0)
    assert pace.wait(1, now=3.0) == 0, "a later header knows better"
    pace.heard(RateHeaders(tokens_left=100, tokens_reset=20.0), 0, now=4.0)
    assert pace.wait(150, now=4.0) == 0
    assert pace.wait(1, now=5.0) == 19.0
    assert pace.wait(1, now=24.0) == 0
    pace.heard(RateHeaders(requests_left=0, requests_reset=86400.0), 0, now=30.0)
    assert pace.wait(1, now=30.0) == Pace.LONGEST


def test_one_unlucky_request_does_not_trip_the_breaker() -> None:
    breaker = Breaker(300)
    for second in range(9):
        assert not breaker.failed(False, second, second + 0.5)
    assert not breaker.alive()
    assert not breaker.failed(False, 20, 21)


def test_ten_failures_in_a_row_do_and_pauses_grow() -> None:
    breaker = Breaker(300)
    breaker.alive()
    for second in range(9):
        breaker.failed(False, second, second + 0.5)
    assert breaker.failed(False, 9.0, 9.5)
    assert (breaker.open, breaker.probe_at) == (True, 10.5)
    assert breaker.failed(False, 9.0, 9.6), "one that was on its way before says nothing new"
    assert breaker.probe_at == 10.5
    breaker.failed(False, 10.5, 11.0)
    assert breaker.probe_at == 13.0
    assert breaker.alive()
    assert not breaker.open


def test_an_endpoint_that_was_never_reached_is_given_up_soon() -> None:
    breaker = Breaker(300)
    now = 0.0
    for _ in range(2):
        breaker.failed(True, now, now)
        assert not breaker.hopeless(True, now)
        now = breaker.probe_at
    breaker.failed(True, now, now)
    assert breaker.hopeless(True, now)
    assert now < 10


def test_an_endpoint_that_answered_before_is_given_its_patience() -> None:
    breaker = Breaker(60)
    breaker.alive()
    now = 100.0
    while not breaker.hopeless(True, now):
        breaker.failed(True, now, now)
        now = breaker.probe_at
    assert 160 <= now < 200


@given(st.integers(0, 40), st.none() | st.floats(0, 600))
def test_backoff_waits_at_least_as_long_as_asked(attempt: int, asked: float | None) -> None:
    waited = backoff(attempt, asked)
    assert waited >= asked if asked is not None else 0.25 <= waited <= 30


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("6m0s", 360), ("20ms", 0.02), ("1.5", 1.5), ("1h2m3s", 3723), ("17", 17), ("1s", 1), ("500ms", 0.5),
     ("", None), (None, None), ("soon", None), ("1x", None), ("Wed, 21 Oct 2015 07:28:00 GMT", None)],
)  # fmt: skip
def test_durations_in_headers(text: str | None, seconds: float | None) -> None:
    assert parse_duration(text) == (None if seconds is None else pytest.approx(seconds))
