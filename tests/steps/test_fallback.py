"""Fallback teachers: asked in turn for what the one before refuses, and for nothing else."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.errors import UsageError
from tunesmith.recipes import Plan, Recipe, Run, estimate, run_recipe
from tunesmith.rows import Row
from tunesmith.steps import Ledger, TeacherStep
from tunesmith.steps.answer import Answer
from tunesmith.steps.rate import Rate
from tunesmith.teacher import Limits, ReplyStore, Teacher, Voice, connect

SORRY = "I'm sorry, but I can't assist with that."
Say = Callable[[str, int], Any]


def rows(number: int) -> list[Row]:
    return [{"id": str(n), "instruction": f"Question {n}?", "input": "", "output": "old"} for n in range(number)]


def say(server: Loopback, replies: dict[str, Say]) -> None:
    """Each model says what its function makes of the prompt and of how often it was asked: a text, or text and end."""
    asked: Counter[tuple[str, str]] = Counter()

    async def behave(body: Json, nth: int, request: Any) -> Any:
        key = body["model"], prompt_of(body)
        asked[key] += 1
        said = replies[key[0]](key[1], asked[key])
        if isinstance(said, int):
            return web.json_response({"error": {"message": "prompt flagged", "code": "flagged"}}, status=said)
        text, end = said if isinstance(said, tuple) else (said, "stop")
        return web.json_response(completion(text, body, end))

    server.behaviour = behave


def play(step: TeacherStep, source: list[Row], server: Loopback, path: Path) -> tuple[list[Row], list[Row], Ledger]:
    entries: list[Row] = []
    ledger = Ledger(step.label, entries.append)
    voices = {name: Voice(connect(name or "openai:own", server.url)) for name in step.teachers or ("",)}
    with Teacher(voices, ReplyStore(path)) as teacher:
        return list(step.run(source, ledger, teacher)), entries, ledger


def models(server: Loopback) -> list[str]:
    return [body["model"] for body in server.bodies]


PLAIN = {"persona": "plain", "fallback": ("openai:b", "openai:c")}


@pytest.mark.parametrize(
    ("first", "asked", "why"),
    [
        (lambda prompt, nth: ("so", "content_filter"), 1, "withheld by the provider (content_filter)"),
        (lambda prompt, nth: ("no", "refusal"), 1, "withheld by the provider (refusal)"),
        (lambda prompt, nth: 400, 1, "prompt flagged"),
        (lambda prompt, nth: SORRY, 1, "declined in words"),
        (lambda prompt, nth: ("cut", "length"), 3, "cut off by max_tokens, asked 3 times"),
    ],
    ids=["filter", "refusal", "400", "words", "cut"],
)
def test_what_is_refused_goes_to_the_next(server: Loopback, tmp_path: Path, first: Say, asked: int, why: str) -> None:
    say(server, {"own": first, "b": lambda prompt, nth: "Yes.", "c": lambda prompt, nth: "never"})
    step = Answer.model_validate(PLAIN)
    out, (entry,), _ = play(step, rows(1), server, tmp_path / "s.sqlite")
    assert out[0]["output"] == "Yes."
    assert out[0]["answered_by"] == "openai:b"
    assert models(server) == ["own"] * asked + ["b"]
    assert entry["answered_by"] == "openai:b"
    assert entry["refusals"][0]["teacher"] == "openai:own"
    assert why in entry["refusals"][0]["reason"]
    # Whoever is asked anew, it is with the room of the beginning.
    assert server.bodies[-1]["max_tokens"] == server.bodies[0]["max_tokens"]
    sent = len(server.bodies)
    assert play(step, rows(1), server, tmp_path / "s.sqlite")[0] == out
    refused = [body["model"] for body in server.bodies[sent:]]
    assert refused in ([], ["own"])  # a request that was refused has no reply, and is tried again; nothing is paid


def test_what_is_answered_goes_nowhere(server: Loopback, tmp_path: Path) -> None:
    say(server, {"own": lambda prompt, nth: "Yes."})
    out, entries, _ = play(Answer.model_validate(PLAIN), rows(3), server, tmp_path / "s.sqlite")
    assert [row["answered_by"] for row in out] == ["openai:own"] * 3
    assert all(entry.keys() == {"row", "step", "fate", "columns", "replies"} for entry in entries)


def test_without_fallback_nothing_changes(server: Loopback, tmp_path: Path) -> None:
    say(server, {"own": lambda prompt, nth: SORRY})
    out, (entry,), ledger = play(Answer(persona="plain"), rows(1), server, tmp_path / "s.sqlite")
    assert out[0]["output"] == SORRY
    assert "answered_by" not in out[0]
    assert "refusals" not in entry
    assert ledger.tally.notes == ["answers that decline in words: 1; they are kept, as declining can be right"]


def test_all_decline_in_words(server: Loopback, tmp_path: Path) -> None:
    """Then the first one's words stand, and the ledger says so."""
    say(server, dict.fromkeys(("b", "c"), lambda prompt, nth: "As an AI, I cannot help with that."))
    server_says = server.behaviour

    async def behave(body: Json, nth: int, request: Any) -> Any:
        if body["model"] == "own":
            return web.json_response(completion(SORRY, body))
        return await server_says(body, nth, request)

    server.behaviour = behave
    out, (entry,), ledger = play(Answer.model_validate(PLAIN), rows(1), server, tmp_path / "s.sqlite")
    assert out[0]["output"] == SORRY
    assert out[0]["answered_by"] == "openai:own"
    assert entry["declined"] is True
    assert [one["teacher"] for one in entry["refusals"]] == ["openai:own", "openai:b", "openai:c"]
    assert len(entry["replies"]) == 3
    assert "whoever was asked: 1" in ledger.tally.notes[0]


def test_words_stand_against_what_is_worse(server: Loopback, tmp_path: Path) -> None:
    say(server, {"own": lambda p, n: SORRY, "b": lambda p, n: ("x", "content_filter"), "c": lambda p, n: 422})
    out, (entry,), _ = play(Answer.model_validate(PLAIN), rows(1), server, tmp_path / "s.sqlite")
    assert out[0]["output"] == SORRY
    assert len(entry["refusals"]) == 3
    say(server, {"own": lambda p, n: ("x", "refusal"), "b": lambda p, n: ("", "refusal"), "c": lambda p, n: SORRY})
    out, _, _ = play(Answer.model_validate(PLAIN), rows(1), server, tmp_path / "t.sqlite")
    assert (out[0]["output"], out[0]["answered_by"]) == (SORRY, "openai:c")


def test_nobody_answers(server: Loopback, tmp_path: Path) -> None:
    filtered: Say = lambda prompt, nth: ("x", "content_filter")  # noqa: E731
    say(server, {"own": filtered, "b": filtered, "c": lambda prompt, nth: ("x", "length")})
    out, (entry,), ledger = play(Answer.model_validate(PLAIN), rows(1), server, tmp_path / "s.sqlite")
    assert out == []
    assert entry["reason"] == (
        "openai:own: withheld by the provider (content_filter); openai:b: withheld by the provider (content_filter); "
        "openai:c: cut off by max_tokens, asked 3 times"
    )
    assert ledger.tally.reasons == {"by all teachers: withheld by the provider (content_filter)": 1}
    assert len(entry["replies"]) == 5
    assert not ledger.tally.unanswered


def test_refused_by_all_is_unanswered(server: Loopback, tmp_path: Path) -> None:
    say(server, dict.fromkeys(("own", "b", "c"), lambda prompt, nth: 413))
    _, (entry,), ledger = play(Answer.model_validate(PLAIN), rows(1), server, tmp_path / "s.sqlite")
    assert entry["unanswered"] is True
    assert entry["kind"] == "by all teachers: the teacher failed"
    assert ledger.tally.unanswered == 1


def test_a_failure_that_may_pass_is_no_refusal(server: Loopback, tmp_path: Path) -> None:
    """Another run may get the answer from the teacher that was wanted."""
    say(
        server,
        {"own": lambda prompt, nth: 500 if "0" in prompt else "Yes.", "b": lambda p, n: "no", "c": lambda p, n: "no"},
    )
    step = Answer.model_validate(PLAIN)
    voices = {name: Voice(connect(name or "openai:own", server.url)) for name in step.teachers}
    entries: list[Row] = []
    with Teacher(voices, ReplyStore(tmp_path / "s.sqlite"), Limits(retries=2, patience=2)) as teacher:
        out = list(step.run(rows(4), Ledger("answer", entries.append), teacher))
    assert [row["id"] for row in out] == ["1", "2", "3"]
    assert entries[0]["unanswered"] is True
    assert set(models(server)) == {"own"}


def test_only_the_refused_judges_place_is_asked_of_the_fallback(server: Loopback, tmp_path: Path) -> None:
    say(
        server,
        {"a": lambda p, n: "4", "b": lambda p, n: ("", "refusal"), "c": lambda p, n: "2\nPoor.", "d": lambda p, n: "1"},
    )
    step = Rate(models=("openai:a", "openai:b"), fallback=("openai:c", "openai:d"), samples=2)
    out, (entry,), _ = play(step, rows(1), server, tmp_path / "s.sqlite")
    assert Counter(models(server)) == {"a": 2, "b": 2, "c": 2}
    scores = [(one["teacher"], one["score"]) for one in out[0]["rating_scores"]]
    assert scores == [("openai:a", 4.0), ("openai:a", 4.0), ("openai:c", 2.0), ("openai:c", 2.0)]
    assert entry["answered_by"] == ["openai:a", "openai:a", "openai:c", "openai:c"]


def test_one_opinion_never_counts_twice(server: Loopback, tmp_path: Path) -> None:
    """Two judges refuse: the first place gets the first fallback teacher, the second the next."""
    say(
        server,
        {
            "a": lambda p, n: ("", "refusal"),
            "b": lambda p, n: ("", "refusal"),
            "c": lambda p, n: "2",
            "d": lambda p, n: "5",
        },
    )
    out, _, _ = play(
        Rate(models=("openai:a", "openai:b"), fallback=("openai:c", "openai:d")), rows(1), server, tmp_path / "s.sqlite"
    )
    assert [(one["teacher"], one["score"]) for one in out[0]["rating_scores"]] == [("openai:c", 2.0), ("openai:d", 5.0)]
    step = Rate(models=("openai:a", "openai:b"), fallback=("openai:c",))
    out, (entry,), _ = play(step, rows(1), server, tmp_path / "t.sqlite")
    assert out == []
    assert "refusals" in entry


def test_settings_that_make_no_sense() -> None:
    with pytest.raises(ValidationError, match="asked already"):
        Answer(model="openai:a", fallback=("openai:a",))
    with pytest.raises(ValidationError, match="asked already"):
        Rate(models=("openai:a",), fallback=("openai:a",))
    with pytest.raises(ValidationError, match="models and model"):
        Rate(models=("openai:a",), model="openai:b")


def recipe(**settings: Any) -> Recipe:
    return Recipe.model_validate({"name": "mine", "steps": [{"step": "answer", "persona": "plain", **settings}]})


def run(server: Loopback, tmp_path: Path, chosen: Recipe, **limits: Any) -> Run:
    source = tmp_path / "rows.json"
    source.write_text(json.dumps(rows(30)))
    voices = {name: Voice(connect(name or "openai:gpt-4", server.url)) for name in chosen.teachers()}
    return run_recipe(Plan(chosen, str(source), tmp_path / "run"), voices, Limits(**limits))


def test_a_recipe_knows_its_fallback_teachers(server: Loopback, tmp_path: Path) -> None:
    chosen = recipe(fallback=["openai:nobody-prices-this"])
    assert list(chosen.teachers()) == ["", "openai:nobody-prices-this"]
    with pytest.raises(UsageError, match="nobody-prices-this"):
        run(server, tmp_path, chosen, budget=1.0)
    assert server.bodies == []
    with pytest.raises(UsageError, match="names one teacher twice"):
        run(server, tmp_path, recipe(fallback=["openai:gpt-4"]))
    voices = {name: Voice(connect(name or "openai:gpt-4", server.url)) for name in chosen.teachers()}
    found = estimate(chosen, rows(30), voices, Limits())
    assert [(step.teacher, step.requests) for step in found.steps] == [("openai:gpt-4", 30)]
    assert list(recipe(model="openai:x").teachers()) == ["openai:x"]


def test_a_run_that_goes_on_asks_refused_requests_in_a_row_and_does_not_stop(server: Loopback, tmp_path: Path) -> None:
    """23 of 30 prompts are flagged with the same words; the second time nothing else is asked."""
    flagged = {str(n) for n in range(30) if n % 4 or n == 4}

    def own(prompt: str, nth: int) -> Any:
        return 400 if prompt.removeprefix("Question ").rstrip("?") in flagged else "Yes."

    say(server, {"gpt-4": own, "b": lambda prompt, nth: "Yes, b."})
    chosen = recipe(fallback=["openai:b"])
    first = run(server, tmp_path, chosen, concurrency=1)
    out = [row["answered_by"] for row in first.rows()]
    assert Counter(out) == {"openai:b": 23, "openai:gpt-4": 7}
    server.bodies.clear()
    again = run(server, tmp_path, chosen, concurrency=1)
    assert [row["answered_by"] for row in again.rows()] == out
    assert set(models(server)) == {"gpt-4"}


def test_a_row_lost_to_a_failure_that_may_pass_is_not_said_to_be_refused_by_all(
    server: Loopback, tmp_path: Path
) -> None:
    """The first refuses, the second fails, and the third was never asked."""
    say(
        server,
        {
            "own": lambda p, n: ("x", "content_filter"),
            "b": lambda p, n: 500 if "0" in p else "Yes.",
            "c": lambda p, n: "no",
        },
    )
    step = Answer.model_validate(PLAIN)
    voices = {name: Voice(connect(name or "openai:own", server.url)) for name in step.teachers}
    ledger = Ledger("answer", lambda entry: None)
    with Teacher(voices, ReplyStore(tmp_path / "s.sqlite"), Limits(retries=2, patience=2)) as teacher:
        out = list(step.run(rows(4), ledger, teacher))
    assert [row["id"] for row in out] == ["1", "2", "3"]
    assert ledger.tally.reasons == {"the teacher failed": 1}
