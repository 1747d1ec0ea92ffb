"""The clients against a real server: what they send, what they make of replies, and what each failure means."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from tests.loopback import Loopback, completion, cut_off, dropped
from tunesmith.errors import Refused, TeacherError, TeacherStopped, Transient, UsageError
from tunesmith.teacher import Client, Message, Reply, Request, Usage, connect
from tunesmith.teacher.anthropic import AnthropicClient
from tunesmith.teacher.http import retry_after
from tunesmith.teacher.openai import OFFICIAL, OpenAIClient
from tunesmith.teacher.scripted import Script, ScriptedClient

KEY = "sk-secret-0123456789"
CHAT = Request(
    (Message("system", "Be brief."), Message("user", "Größe?")), 50, 0.5, 0.9, ("END",), {"seed": 7}, sample=2
)


def ask(client: Client, request: Request = CHAT) -> Reply:
    async def once() -> Reply:
        try:
            return await client.complete(request)
        finally:
            await client.close()

    return asyncio.run(once())


def message(text: str, reason: str = "end_turn") -> dict[str, Any]:
    return {
        "type": "message",
        "model": "claude-x",
        "content": [{"type": "text", "text": text}],
        "stop_reason": reason,
        "usage": {"input_tokens": 5, "output_tokens": 6, "cache_read_input_tokens": 2},
    }


def says(data: Any, status: int = 200, **headers: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    async def behave(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        text = data if isinstance(data, str) else json.dumps(data)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(text=text, status=status, content_type="application/json", headers=named)

    return behave


def test_openai_sends_the_documented_body(server: Loopback) -> None:
    reply = ask(OpenAIClient("gpt-x", server.url, KEY))
    assert server.bodies == [
        {
            "model": "gpt-x",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Größe?"}],
            "max_tokens": 50,
            "temperature": 0.5,
            "top_p": 0.9,
            "stop": ["END"],
            "seed": 7,
        }
    ]
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert reply.finish_reason == "stop"
    assert reply.model == "gpt-x-0613"
    assert reply.usage is not None


def test_openai_leaves_out_what_is_not_set(server: Loopback) -> None:
    ask(OpenAIClient("m", server.url + "/"), Request((Message("user", "q"),)))
    assert server.bodies == [{"model": "m", "messages": [{"role": "user", "content": "q"}]}]
    assert "Authorization" not in server.headers[0]


def test_anthropic_sends_the_documented_body(server: Loopback) -> None:
    server.behaviour = says(message("Groß."))
    client = AnthropicClient("claude-x", server.url, KEY)
    assert ask(client) == Reply("Groß.", "stop", Usage(7, 6), "claude-x")
    assert server.bodies == [
        {
            "model": "claude-x",
            "max_tokens": 50,
            "messages": [{"role": "user", "content": "Größe?"}],
            "system": "Be brief.",
            "temperature": 0.5,
            "top_p": 0.9,
            "stop_sequences": ["END"],
            "seed": 7,
        }
    ]
    assert server.headers[0]["x-api-key"] == KEY
    assert server.headers[0]["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize(
    ("reason", "ours"), [("max_tokens", "length"), ("stop_sequence", "stop"), ("tool_use", "tool_use")]
)
def test_anthropic_stop_reasons(server: Loopback, reason: str, ours: str) -> None:
    server.behaviour = says(message("text", reason))
    assert ask(AnthropicClient("c", server.url)).finish_reason == ours


def test_length_is_told_even_without_a_word(server: Loopback) -> None:
    """A reasoning model may spend all its tokens before the first word."""
    server.behaviour = says({"choices": [{"message": {"content": None}, "finish_reason": "length"}], "usage": None})
    assert ask(OpenAIClient("m", server.url)) == Reply("", "length", None, "")


ERRORS = [
    (401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}, TeacherStopped, "Incorrect API key"),
    (403, "no", Refused, "check the key"),
    (403, {"error": {"message": "Your input was flagged"}}, Refused, "flagged"),
    (422, {"detail": "the prompt 'a fish that does not exist' is bad"}, Refused, "does not exist"),
    (
        429,
        {"error": {"code": "rate_limit_exceeded", "message": "Limit 3/min. Add a payment method at /account/billing"}},
        Transient,
        "3/min",
    ),
    (
        400,
        {"error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API"}},
        TeacherStopped,
        "no money",
    ),
    (404, {"error": {"message": "The model `x` does not exist"}}, TeacherStopped, "check the model's name"),
    (400, {"error": {"code": "model_not_found", "message": "no"}}, TeacherStopped, "check the model's name"),
    (301, "", TeacherStopped, "--base-url"),
    (402, {"error": {"message": "Insufficient Balance"}}, TeacherStopped, "no money"),
    (429, {"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}, TeacherStopped, "no money"),
    (400, {"error": {"code": "context_length_exceeded", "message": "too long"}}, Refused, "too long"),
    (413, "too large", Refused, "too large"),
    (422, {"detail": "bad"}, Refused, "bad"),
    (429, {"error": {"message": "slow down"}}, Transient, "slow down"),
    (529, {"error": {"type": "overloaded_error", "message": "busy"}}, Transient, "busy"),
    (408, "", Transient, "408"),
    (500, "oops", Transient, "oops"),
    (503, "<html>down</html>", Transient, "503"),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"), ERRORS, ids=[f"{e[0]}-{e[2].__name__}-{n}" for n, e in enumerate(ERRORS)]
)
@pytest.mark.parametrize("make", [OpenAIClient, AnthropicClient])
def test_each_status_means_what_it_should(
    server: Loopback, make: Any, status: int, body: Any, kind: type[TeacherError], words: str
) -> None:
    server.behaviour = says(body, status)
    with pytest.raises(kind) as caught:
        ask(make("x", server.url, KEY))
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"choices": [{"mess', "<html>", "[]", "null", '{"choices": []}',
     '{"choices": [{"message": {"content": ""}}]}',
     '{"choices": [{"message": {"content": "  "}, "finish_reason": "stop"}]}', '{"choices": [{"message": null}]}',
     '{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}', '{"error": "200 but failed"}'],
)  # fmt: skip
def test_garbled_answers_may_pass_and_may_be_charged(server: Loopback, text: str) -> None:
    server.behaviour = says(text)
    for client in (OpenAIClient("x", server.url), AnthropicClient("x", server.url)):
        with pytest.raises(Transient) as caught:
            ask(client)
        whole = '"message": {' in text and isinstance(client, OpenAIClient)  # Anthropic's messages look otherwise
        assert caught.value.kind == ("empty" if whole else "garbled")
        assert caught.value.unusable
        assert caught.value.answered


def test_connections_that_fail(server: Loopback) -> None:
    async def drop(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        return await dropped(request)

    async def cut(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        return await cut_off(request, body)

    async def stall(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    for behave, kind in ((drop, "dropped"), (cut, "garbled"), (stall, "timeout")):
        server.behaviour = behave
        with pytest.raises(Transient) as caught:
            ask(OpenAIClient("x", server.url, KEY, timeout=0.5))
        assert (caught.value.kind, caught.value.answered) == (kind, True)


@pytest.mark.parametrize(
    ("url", "words"), [("http://127.0.0.1:9/v1", "nothing listens"), ("http://no-such-host.invalid/v1", "no such host")]
)
def test_hosts_that_are_not_there(url: str, words: str) -> None:
    with pytest.raises(Transient, match=words) as caught:
        ask(OpenAIClient("x", url))
    assert (caught.value.kind, caught.value.answered) == ("connection", False)


def test_what_the_provider_withholds_is_a_reply_that_was_charged(server: Loopback) -> None:
    server.behaviour = says(completion("x", {}, "content_filter"))
    reply = ask(OpenAIClient("x", server.url))
    assert (reply.text, reply.finish_reason) == ("x", "content_filter")
    assert reply.usage is not None
    server.behaviour = says(
        {"choices": [{"message": {"content": None, "refusal": "I won't"}, "finish_reason": "stop"}]}
    )
    assert ask(OpenAIClient("x", server.url)) == Reply("I won't", "refusal", None, "")
    server.behaviour = says(message("", "refusal"))
    assert ask(AnthropicClient("x", server.url)).finish_reason == "refusal"


@pytest.mark.parametrize(
    ("said", "tokens", "ours"),
    [("stop", 5, "stop"), ("eos_token", 5, "stop"), ("model_length", 5, "length"), (None, 5, "stop"),
     (None, 50, "length"), ("length", 5, "length"), ("abort", 5, "abort"), ("tool_calls", 5, "tool_calls")],
)  # fmt: skip
def test_finish_reasons_of_other_servers(server: Loopback, said: str | None, tokens: int, ours: str) -> None:
    data = completion("some text", {}, "stop")
    data["choices"][0]["finish_reason"] = said
    data["usage"]["completion_tokens"] = tokens
    server.behaviour = says(data)
    assert ask(OpenAIClient("x", server.url)).finish_reason == ours


def test_half_a_surrogate_pair_is_mended(server: Loopback) -> None:
    server.behaviour = says(
        '{"choices": [{"message": {"content": "a\\ud83d b \\ud83d\\ude00"}, "finish_reason": "stop"}]}'
    )
    assert ask(OpenAIClient("x", server.url)).text == "a\ufffd b \U0001f600"


def test_a_key_at_the_cut_of_a_long_message(server: Loopback) -> None:
    for length in range(270, 301):
        server.behaviour = says({"error": {"message": "x" * length + KEY}}, 400)
        with pytest.raises(Refused) as caught:
            ask(OpenAIClient("x", server.url, KEY))
        assert KEY[:6] not in str(caught.value)


def test_a_proxy_is_used_and_its_password_kept(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://bob:pr0xypw@127.0.0.1:9")
    with pytest.raises(Transient, match="through the proxy http://127.0.0.1:9") as caught:
        ask(OpenAIClient("x", "http://far.example/v1"))
    assert "pr0xypw" not in str(caught.value)


def test_rate_limits_are_read_from_headers(server: Loopback) -> None:
    server.behaviour = says(
        completion("x", {}), x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="6m0s",
        x_ratelimit_remaining_tokens="90", x_ratelimit_reset_tokens="20ms",
    )  # fmt: skip
    rate = ask(OpenAIClient("x", server.url)).rate
    assert rate is not None
    assert (rate.requests_left, rate.requests_reset, rate.tokens_left, rate.tokens_reset) == (0, 360, 90, 0.02)
    server.behaviour = says(
        message("x"),
        anthropic_ratelimit_requests_remaining="3",
        anthropic_ratelimit_requests_reset="2099-01-01T00:00:00Z",
    )
    rate = ask(AnthropicClient("x", server.url)).rate
    assert rate is not None
    assert rate.requests_left == 3
    assert rate.requests_reset is not None
    assert rate.requests_reset > 1e9


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [({"retry-after": "7"}, 7, 7), ({"retry-after-ms": "1500"}, 1.5, 1.5), ({"retry-after": "-3"}, None, None),
     ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0, 0),
     ({"retry-after": "Fri, 31 Dec 2098 23:59:59 GMT"}, 1e6, 1e6),
     ({"retry-after": "1e9999"}, None, None), ({"retry-after": "soon"}, None, None), ({}, None, None)],
)  # fmt: skip
def test_retry_after(headers: dict[str, str], low: float | None, high: float | None) -> None:
    seconds = retry_after(headers)
    if low is None or high is None:
        assert seconds is None
    else:
        assert seconds is not None
        assert low <= seconds <= high


def test_connecting_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect("openai:gpt-4o-mini").identity.endpoint == OFFICIAL
    assert connect("openai:m", "http://localhost:8000/v1/").identity.endpoint == "http://localhost:8000/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert connect("openai:m").identity.endpoint == "http://localhost:1/v1"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://localhost:2/v1")
    assert connect("anthropic:c").identity.endpoint == "http://localhost:2"
    assert str(connect("openai:org/model:8b").identity) == "openai:org/model:8b"


ADDRESSES = [
    ("openai:m@http://h:8000/v1", "openai:m", "http://h:8000/v1"),
    ("openai:org/m@v2@https://h/v1/", "openai:org/m@v2", "https://h/v1"),
    ("anthropic:c@http://h", "anthropic:c", "http://h"),
    ("openai:m@2024", "openai:m@2024", "http://elsewhere/v1"),
    ("openai:m", "openai:m", "http://elsewhere/v1"),
]


@pytest.mark.parametrize(("name", "identity", "endpoint"), ADDRESSES)
def test_a_name_may_carry_its_own_address(name: str, identity: str, endpoint: str) -> None:
    found = connect(name, "http://elsewhere/v1").identity
    assert (str(found), found.endpoint) == (identity, endpoint)


@pytest.mark.parametrize("name", ["openai:m@http://me:pw@h/v1", "openai:m@http://a/v1@http://b/v1", "openai:@http://h"])
def test_an_address_that_is_none(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        connect(name)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("openai:m@127.0.0.1:8000/v1", "openai:m@http://127.0.0.1:8000/v1"),
        ("openai:org/m@h:80", "openai:org/m@http://h:80"),
        ("anthropic:c@gateway/v1", "anthropic:c@http://gateway/v1"),
    ],
)
def test_an_address_without_its_scheme_is_no_part_of_the_models_name(name: str, written: str) -> None:
    with pytest.raises(UsageError, match=f"write {written}$"):
        connect(name)


def test_what_else_an_at_sign_may_be() -> None:
    assert str(connect("openai:@cf/meta/llama").identity) == "openai:@cf/meta/llama"
    shouted = connect("openai:m@HTTP://h:1/v1").identity
    assert (shouted.model, shouted.endpoint) == ("m", "http://h:1/v1")
    with pytest.raises(UsageError, match="has no address"):
        connect("scripted:sample@http://h")


def test_an_address_behind_a_name_is_not_sent_the_providers_key(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a recipe of somebody else's could have the key sent to wherever it likes."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    ask(connect(f"openai:m@{server.url}"))
    server.behaviour = says(message("text"))
    ask(connect(f"anthropic:c@{server.url}"))
    assert not any({"Authorization", "x-api-key"} & set(headers) for headers in server.headers)


@pytest.mark.parametrize("variable", ["TUNESMITH_KEY_127_0_0_1_{port}", "OPENAI_BASE_URL"])
def test_an_address_that_has_a_key_of_its_own_or_is_the_environments(
    server: Loopback, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    own = variable.format(port=server.port)
    monkeypatch.setenv(own, "sk-own" if own != variable else f"http://127.0.0.1:{server.port}/other")
    ask(connect(f"openai:m@{server.url}"))
    assert server.headers[0]["Authorization"] == f"Bearer {'sk-own' if own != variable else 'sk-test-key'}"
    ask(connect(f"openai:m@{server.url.replace('127.0.0.1', 'localhost')}"))
    assert "Authorization" not in server.headers[1], "another host"


def test_the_providers_own_endpoint_behind_a_name_wants_the_providers_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(f"openai:m@{OFFICIAL}").identity.endpoint == OFFICIAL
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match="openai: needs a key in the environment variable OPENAI_API_KEY"):
        connect(f"openai:m@{OFFICIAL}")


@pytest.mark.parametrize("count", [-1, True, 1.5, "7", None, 1 << 60])
def test_tokens_that_cannot_have_been_counted_are_not_believed(server: Loopback, count: object) -> None:
    chat = {"choices": [{"message": {"content": "text"}, "finish_reason": "stop"}]}
    for field in ("prompt_tokens", "completion_tokens"):
        server.behaviour = says(chat | {"usage": {"prompt_tokens": 1, "completion_tokens": 1, field: count}})
        assert ask(OpenAIClient("m", server.url)).usage is None
    for field in ("input_tokens", "output_tokens", "cache_read_input_tokens"):
        if (field, count) != ("cache_read_input_tokens", None):
            server.behaviour = says(message("text") | {"usage": {"input_tokens": 1, "output_tokens": 1, field: count}})
            assert ask(AnthropicClient("c", server.url)).usage is None


@pytest.mark.parametrize(
    ("name", "url", "words"),
    [
        ("gpt-4", None, "did you mean 'openai:gpt-4'"),
        ("opnai:gpt-4", None, "did you mean 'openai'"),
        ("openai:", None, "names no model"),
        ("google:gemini", None, "names no model"),
        ("anthropic:c", None, "ANTHROPIC_API_KEY"),
        ("openai:m", "localhost:8000", "not a URL"),
        ("openai:m", "ftp://x", "not a URL"),
        ("openai:m", "http://user:pw@host/v1", "never from a URL"),
        ("openai:m", "http://host/v1?key=abc", "never from a URL"),
        ("openai:m", "http://host:port/v1", "not a URL"),
        ("scripted:/no/such/file", None, "no script"),
    ],
)
def test_names_that_cannot_be_connected(name: str, url: str | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        connect(name, url)


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        connect("openai:m")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-\nnew line")
    with pytest.raises(UsageError, match="holds a line break"):
        connect("openai:m")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    connect("openai:m", "http://localhost:8000/v1")


SCRIPT = [
    {"when": ["sky"], "attempt": 0, "sample": 1, "reply": "first attempt of the second sample"},
    {"when": ["sky"], "sample": 1, "reply": "second sample"},
    {"when": ["sky"], "attempt": 0, "reply": "first attempt"},
    {"when": ["sky", "blue"], "sample": 2, "reply": "third sample"},
    {"when": ["sky"], "reply": "any"},
]


@pytest.mark.parametrize(
    ("text", "sample", "attempt", "said"),
    [
        ("sky", 0, 0, "first attempt"),
        ("sky", 0, 1, "any"),
        ("sky", 1, 0, "first attempt of the second sample"),
        ("sky", 1, 1, "second sample"),
        ("sky", 2, 1, "any"),
        ("blue sky", 2, 1, "third sample"),
    ],
)
def test_a_script_may_tell_attempts_and_samples_apart(text: str, sample: int, attempt: int, said: str) -> None:
    client = ScriptedClient(Script.model_validate({"replies": SCRIPT}))
    request = Request((Message("user", text),), sample=sample, attempt=attempt)
    assert ask(client, request).text == said
    with pytest.raises(Refused, match="no reply for a request that ends 'sea'"):
        ask(client, Request((Message("user", "sea"),)))
