"""The recipe ``comparisons`` on real rows: judges on loopback, ledger, card, exports, bias, kills and resume."""

import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.runner import start, tunesmith
from tests.judges import answers_in, first_place, honest, judge, worth
from tests.loopback import Json, Loopback, canned, completion, prompt_of
from tunesmith.data.files import read_rows
from tunesmith.errors import UsageError
from tunesmith.recipes import Plan, Run, RunFolder, estimate, ledger_entries, load_recipe, run_recipe
from tunesmith.rows import Row
from tunesmith.teacher import Limits, Voice, connect

MODELS = ["openai:a", "openai:b"]


@pytest.fixture
def some(alpaca: list[Row], tmp_path: Path) -> Path:
    path = tmp_path / "some.json"
    path.write_text(json.dumps(alpaca[::500]))
    return path


def comparisons(source: Path, folder: Path, server: Loopback, also: tuple[str, ...] = (), **settings: Any) -> Run:
    given = {"candidates.models": MODELS} | {k.replace("__", "."): v for k, v in settings.items()}
    recipe = load_recipe("comparisons").change(given)
    voices = {name: Voice(connect(name or "openai:judge", server.url)) for name in recipe.teachers()}
    return run_recipe(Plan(recipe, str(source), folder, also=also), voices)


def by_model(body: Json) -> str:
    """Each model answers in its own words; of one question in nine, both alike."""
    question = prompt_of(body)
    return canned({"q": question} if len(question) % 9 == 0 else body)


def server_of(server: Loopback, verdict: Any) -> None:
    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        shown = answers_in(prompt_of(body))
        return web.json_response(completion(verdict(shown, prompt_of(body)) if shown else by_model(body), body))

    server.behaviour = behave


def test_real_rows_three_answers_each_an_honest_judge(server: Loopback, some: Path, tmp_path: Path) -> None:
    server_of(server, honest)
    run = comparisons(some, tmp_path / "run", server, ("preference", "preference-messages", "comparisons"))
    source = json.loads(some.read_text())
    steps = {step["name"]: step for step in run.manifest["steps"]}
    assert steps["candidates"]["rows_in"] == len(source) == 105
    assert len(server.bodies) == 2 * 105 + 2 * steps["compare"]["rows_out"]
    for row in run.rows():
        assert row["chosen_score"] == worth(row["chosen"]) > worth(row["rejected"]) == row["rejected_score"]
        assert row["margin"] == row["chosen_score"] - row["rejected_score"]
    entries = Counter((entry["step"], entry["fate"]) for entry in ledger_entries(run.folder))
    for step in run.manifest["steps"]:
        assert step["rows_in"] == step["kept"] + step["changed"] + step["dropped"]
        assert step["rows_out"] == step["kept"] + step["changed"] + step["added"]
        assert all(entries[step["name"], fate] == step[fate] for fate in ("kept", "changed", "dropped", "added"))
    rows = list(run.rows())
    for shape, columns in (
        ("preference", {"prompt", "chosen", "rejected", "margin"}),
        ("preference-messages", {"prompt", "chosen", "rejected", "margin"}),
        ("comparisons", {"user_input", "completion_a", "completion_b", "margin"}),
    ):
        path = run.folder.data / f"{shape}.jsonl"
        assert {frozenset(json.loads(line)) for line in path.read_text().splitlines()} == {frozenset(columns)}
        back = list(read_rows(path))
        assert [(r["chosen"], r["rejected"]) for r in back] == [(r["chosen"], r["rejected"]) for r in rows]
    bias = json.loads((run.folder.data / "position_bias.json").read_text())["judges"]
    assert [(judge["rows"], judge["flips"]["value"]) for judge in bias] == [(steps["compare"]["rows_out"], 0.0)]
    card = (run.folder.data / "README.md").read_text()
    assert "the verdict on two answers was another when they stood the other way round in 0.0 %" in card
    assert "`position_bias.json`" in card
    assert run.manifest["seeds"] == {"compare": 0, "pairs": 0}


def test_a_judge_that_loves_the_first_place_is_found_out(server: Loopback, some: Path, tmp_path: Path) -> None:
    server_of(server, first_place)
    run = comparisons(some, tmp_path / "run", server, candidates__columns=[], pairs__ties="keep")
    (bias,) = json.loads((run.folder.data / "position_bias.json").read_text())["judges"]
    assert bias["flips"]["value"] == bias["reversals"]["value"] == bias["first"]["value"] == 1.0
    assert bias["flips"]["low"] > 0.95
    assert bias["flips"]["n"] == bias["rows"]
    assert {row["margin"] for row in run.rows()} == {0.0}
    same = [step for step in run.manifest["steps"] if step["name"] == "compare"][0]["dropped_because"]
    assert same == {"all answers are the same": 105 - bias["rows"]}
    shown = tunesmith("scores", "show", run.folder.path)
    assert "position bias: judge-0613 on" in shown.stdout
    assert "in 100.0 %" in shown.stdout


def test_agreement_leaves_what_the_place_did_not_make(server: Loopback, some: Path, tmp_path: Path) -> None:
    def swayed(shown: list[str], prompt: str) -> str:
        return " ".join(str(worth(text) + 2 * (place == 0)) for place, text in enumerate(shown))

    server_of(server, swayed)
    run = comparisons(some, tmp_path / "run", server, pairs__agree=True)
    rows = list(run.rows())
    assert rows
    assert {row["margin"] >= 2 for row in rows} == {True}
    assert any("the verdicts do not agree" in entry.get("reason", "") for entry in ledger_entries(run.folder))


def test_exports_that_cannot_be_are_told_before_anything_is_sent(server: Loopback, some: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--also preference needs the column 'chosen'"):
        run_recipe(Plan(load_recipe("alpagasus"), str(some), tmp_path / "run", also=("preference",)), None)


def test_the_estimate_counts_every_teacher_and_order(server: Loopback, some: Path) -> None:
    recipe = load_recipe("comparisons").change({"candidates.models": MODELS, "compare.orders": 3})
    voices = {name: Voice(connect(name or "openai:judge", server.url)) for name in recipe.teachers()}
    rows = list(read_rows(some))
    asked = [(step.name, step.teacher, step.requests) for step in estimate(recipe, rows, voices, Limits()).steps]
    assert asked == [
        ("candidates", "openai:a", 105), ("candidates", "openai:b", 105), ("compare", "openai:judge", 315)
    ]  # fmt: skip
    assert server.bodies == []


KILLS, CONCURRENCY = 8, 8


def test_killed_and_gone_on_with(some: Path, tmp_path: Path) -> None:
    """A judge that garbles one reply in five, kills at many moments: the same rows, nothing asked twice."""

    def garbling(shown: list[str], prompt: str) -> str:
        return "8-9 for all" if len(prompt) % 5 == 0 else honest(shown, prompt)

    with Loopback(latency=0.02) as server:
        server_of(server, garbling)
        common = ["run", "comparisons", "--input", some, "--model", "openai:judge", "--base-url", server.url,
                  "--set", "candidates.models=openai:a,openai:b", "--concurrency", CONCURRENCY,
                  "--also", "preference"]  # fmt: skip
        done = tunesmith(*common, "--output", tmp_path / "calm")
        assert done.returncode == 0, done.stderr
        calm = len(server.bodies)
        folder, total = tmp_path / "killed", 0
        for kill in range(KILLS):
            server.bodies.clear()
            with start(*common, "--output", folder, stdout=None, stderr=None) as process:
                until = time.monotonic() + 60
                while process.poll() is None and len(server.bodies) < 10 + 9 * kill and time.monotonic() < until:
                    time.sleep(0.002)
                process.send_signal(signal.SIGKILL)
                process.wait()
            total += len(server.bodies)
        assert total < calm, "the kills came too late to hit the work"
        server.bodies.clear()
        done = tunesmith(*common, "--output", folder)
        assert done.returncode == 0, done.stderr
        total += len(server.bodies)
    # each of two teachers may have had so many in flight
    assert total <= calm + KILLS * 2 * CONCURRENCY, "more was sent again than can have been in flight"
    for name in ("ledger.jsonl", "data/train.jsonl", "data/preference.jsonl", "data/position_bias.json"):
        assert (folder / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()
    dropped = [entry for entry in ledger_entries(RunFolder(folder)) if "unreadable" in entry.get("reason", "")]
    assert dropped
    assert all(len(entry["replies"]) >= 4 for entry in dropped)


def test_the_same_whatever_the_concurrency(server: Loopback, some: Path, tmp_path: Path) -> None:
    server.behaviour = judge(honest)
    recipe = load_recipe("comparisons").change({"candidates.models": MODELS})
    outcomes = set()
    for concurrency in (1, 32):
        voices = {name: Voice(connect(name or "openai:judge", server.url)) for name in recipe.teachers()}
        plan = Plan(recipe, str(some), tmp_path / str(concurrency), limit=30)
        run = run_recipe(plan, voices, Limits(concurrency=concurrency))
        outcomes.add((run.folder.data / "train.jsonl").read_text() + run.folder.ledger.read_text())
    assert len(outcomes) == 1


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"pairs__margin": 20}, "no two scores from 1-10 differ by 20"),
        ({"pairs__agree": True, "compare__orders": 1}, "agree wants two verdicts at least"),
    ],
)
def test_what_can_give_no_pair_is_refused_before_anything_is_paid(
    server: Loopback, some: Path, tmp_path: Path, settings: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        comparisons(some, tmp_path / "run", server, **settings)
    assert not server.bodies
    assert not (tmp_path / "run").exists()


def test_a_judge_in_its_own_cause_is_told(server: Loopback, some: Path, tmp_path: Path) -> None:
    server_of(server, honest)
    own = comparisons(some, tmp_path / "own", server, compare__models=["openai:a"]).manifest["steps"][1]["notes"]
    other = comparisons(some, tmp_path / "other", server).manifest["steps"][1]["notes"]
    assert any("a judged answers of its own" in note for note in own)
    assert not any("of its own" in note for note in other)
