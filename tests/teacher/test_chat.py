"""The store's key changes exactly when the request does."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.teacher import Identity, Message, Request, reply_key

WHO = Identity("openai", "http://127.0.0.1:1/v1", "m")
texts = st.text(max_size=20)
numbers = st.none() | st.floats(0, 2, allow_nan=False)
requests = st.builds(
    Request,
    messages=st.lists(
        st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts), min_size=1, max_size=3
    ).map(tuple),
    max_tokens=st.none() | st.integers(1, 10_000),
    temperature=numbers,
    top_p=numbers,
    stop=st.lists(texts.filter(bool), max_size=2).map(tuple),
    extra=st.dictionaries(texts, st.integers() | texts, max_size=2),
    sample=st.integers(0, 3),
    attempt=st.integers(0, 3),
)
identities = st.builds(Identity, texts, texts, texts)


@given(requests, requests)
def test_equal_requests_and_only_those_share_a_key(one: Request, other: Request) -> None:
    assert (reply_key(WHO, one) == reply_key(WHO, other)) == (one == other)


@given(requests, identities, identities)
def test_who_is_asked_is_part_of_the_key(request: Request, one: Identity, other: Identity) -> None:
    assert (reply_key(one, request) == reply_key(other, request)) == (one == other)


@given(requests)
def test_a_request_survives_json(request: Request) -> None:
    assert Request.from_json(json.loads(json.dumps(request.as_json()))) == request


@given(
    requests, st.sampled_from(["messages", "max_tokens", "temperature", "top_p", "stop", "extra", "sample", "attempt"])
)
def test_each_field_counts(request: Request, field: str) -> None:
    changes: dict[str, Any] = {
        "messages": (*request.messages, Message("user", "more")),
        "max_tokens": (request.max_tokens or 0) + 1,
        "temperature": 0.123456,
        "top_p": 0.654321,
        "stop": (*request.stop, "END"),
        "extra": {**request.extra, "a new field": 1},
        "sample": request.sample + 1,
        "attempt": request.attempt + 1,
    }
    changed = replace(request, **{field: changes[field]})
    assert reply_key(WHO, changed) != reply_key(WHO, request)


def test_the_key_does_not_depend_on_the_order_of_extra_fields() -> None:
    one = Request((Message("user", "q"),), extra={"a": 1, "b": 2})
    other = Request((Message("user", "q"),), extra={"b": 2, "a": 1})
    assert reply_key(WHO, one) == reply_key(WHO, other)


def test_the_key_of_today_stays_the_key_of_tomorrow() -> None:
    """Stores on users' disks hold replies under these keys: a change here makes them pay again."""
    request = Request((Message("system", "s"), Message("user", "Größe 大小")), 64, 0.7)
    assert reply_key(WHO, request) == "7dbff9b4d0a1dd42d752237835adcfa0"
