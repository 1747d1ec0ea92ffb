"""Recipes whose steps have teachers of their own."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from tests.loopback import Loopback
from tunesmith.errors import UsageError
from tunesmith.prompts import Prompt
from tunesmith.recipes import (
    Plan,
    Recipe,
    RunFolder,
    current_state,
    estimate,
    load_recipe,
    parse_settings,
    row_story,
    run_recipe,
)
from tunesmith.rows import Row
from tunesmith.steps import TeacherStep
from tunesmith.steps.answer import Answer
from tunesmith.teacher import Limits, Price, Reply, ReplyStore, Request, Voice, connect

ROWS = [{"instruction": f"Question {n}?"} for n in range(20)]


class AskAll(TeacherStep):
    """Asks every one of its models and puts the answers below each other."""

    step: Literal["tests.recipes.test_teachers.AskAll"] = "tests.recipes.test_teachers.AskAll"
    models: tuple[str, ...] = ()

    @property
    def teachers(self) -> tuple[str, ...]:
        return self.models

    @property
    def writes(self) -> tuple[str, ...]:
        return ("output",)

    @property
    def default_prompt(self) -> Prompt:
        return Prompt("All of you: {question}", jinja=False, name="ask_all")

    def requests(self, row: Row) -> list[Request]:
        (asked,) = super().requests(row)
        return [replace(asked, teacher=name) for name in self.models or ("",)]

    def parse(self, row: Row, replies: list[Reply]) -> Row:
        return row | {"output": "\n".join(reply.text for reply in replies)}


@pytest.fixture
def other() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "rows.json"
    path.parent.mkdir()
    path.write_text(json.dumps(ROWS))
    return path


def plan(source: Path, folder: Path, *models: str) -> Plan:
    return Plan(Recipe(name="r", steps=[AskAll(models=models, name="join")]), str(source), folder)


def voices(servers: dict[str, Loopback], **prices: Price) -> dict[str, Voice]:
    return {n: Voice(connect(f"openai:{n or 'own'}", s.url), prices.get(n)) for n, s in servers.items()}


def test_every_row_is_asked_of_every_model(server: Loopback, other: Loopback, source: Path, tmp_path: Path) -> None:
    servers, prices = {"a": server, "b": other}, {"a": Price(1, 2), "b": Price(10, 20)}
    for _ in range(2):
        ended = run_recipe(
            plan(source, tmp_path / "run", "a", "b"), voices(servers, **prices), Limits(concurrency=4, budget=1.0)
        )
        assert len(server.bodies) == len(other.bodies) == 20
    manifest = ended.manifest
    assert manifest["teacher"] is None
    assert [(t["name"], t["endpoint"], t["price"]["output"]) for t in manifest["teachers"]] == [
        ("openai:a", server.url, 2),
        ("openai:b", other.url, 20),
    ]
    assert manifest["models"] == ["a-0613", "b-0613"]
    costs = {e.teacher: 0.0 for e in ReplyStore(tmp_path / "run" / "replies.sqlite").entries()}
    for entry in ReplyStore(tmp_path / "run" / "replies.sqlite").entries():
        assert entry.reply.usage is not None
        assert entry.reply.cost == prices[entry.teacher[-1]].cost(entry.reply.usage)
        costs[entry.teacher] += entry.reply.cost
    assert costs["openai:b"] == pytest.approx(10 * costs["openai:a"])
    assert manifest["paid"]["cost"] == pytest.approx(sum(costs.values()))
    assert manifest["paid"]["replies"] == 40
    (entry,) = row_story(ended.folder, "3")["steps"]
    assert [asked["teacher"] for asked in entry["asked"]] == ["openai:a", "openai:b"]
    assert entry["changes"]["output"] == "\n".join(asked["reply"] for asked in entry["asked"])
    card = (ended.folder.data / "README.md").read_text()
    assert f"| teachers | openai:a at {server.url}, openai:b at {other.url} |" in card
    for name in ("openai:a", "openai:b"):
        assert f"Outputs were written by {name}; the terms of that model" in card


def test_a_step_of_ones_own_teachers_beside_one_that_asks_the_runs(
    server: Loopback, other: Loopback, source: Path, tmp_path: Path
) -> None:
    recipe = Recipe(name="r", steps=[Answer(persona="plain"), AskAll(models=("", "b"), name="join")])
    ended = run_recipe(Plan(recipe, str(source), tmp_path / "run"), voices({"": server, "b": other}))
    assert (len(server.bodies), len(other.bodies)) == (40, 20)
    assert ended.manifest["teacher"]["name"] == "openai:own"
    assert [t["name"] for t in ended.manifest["teachers"]] == ["openai:own", "openai:b"]
    assert recipe.teachers() == {"": "answer", "b": "join"}


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (("a", "bb"), r"the step join: the teacher 'bb' is not connected \(did you mean 'b'\?\); connected: 'a', 'b'"),
        ((), "the step join: the run has no teacher of its own; name one with --model"),
    ],
)
def test_a_teacher_that_is_missing_is_found_before_anything_is_spent(
    server: Loopback, source: Path, tmp_path: Path, models: tuple[str, ...], words: str
) -> None:
    recipe = Recipe(name="r", steps=[AskAll(models=("a",), name="first"), AskAll(models=models, name="join")])
    with pytest.raises(UsageError, match=words):
        run_recipe(Plan(recipe, str(source), tmp_path / "run"), voices({"a": server, "b": server}))
    assert not server.bodies
    assert not (tmp_path / "run" / "manifest.json").exists()


def test_a_price_that_is_not_known_of_one_makes_the_cost_unknown(
    server: Loopback, other: Loopback, source: Path, tmp_path: Path
) -> None:
    servers = {"a": server, "mine": other}
    with pytest.raises(UsageError, match="the price of openai:mine is not known"):
        run_recipe(plan(source, tmp_path / "run", *servers), voices(servers, a=Price(1, 1)), Limits(budget=1.0))
    assert not server.bodies
    ended = run_recipe(plan(source, tmp_path / "run", *servers), voices(servers, a=Price(1, 1)))
    assert ended.manifest["paid"]["cost"] is None
    assert "(no price is known for openai:mine)" in (ended.folder.data / "README.md").read_text()
    known = voices(servers, a=Price(1, 1), mine=Price(2, 3))
    paid = run_recipe(plan(source, tmp_path / "run", *servers), known).manifest["paid"]
    prices = {"openai:a": Price(1, 1), "openai:mine": Price(2, 3)}
    entries = list(ReplyStore(tmp_path / "run" / "replies.sqlite").entries())
    costs = [prices[entry.teacher].cost(entry.reply.usage) for entry in entries if entry.reply.usage]
    assert paid["cost"] == pytest.approx(sum(costs), rel=1e-5)
    assert len(costs) == len(server.bodies) + len(other.bodies) == 40


def test_replies_of_unknown_price_by_a_teacher_that_the_run_no_longer_has(
    server: Loopback, other: Loopback, source: Path, tmp_path: Path
) -> None:
    run_recipe(plan(source, tmp_path / "run", "mine"), voices({"mine": server}))
    ended = run_recipe(plan(source, tmp_path / "run", "b"), voices({"b": other}, b=Price(1, 1)))
    assert ended.manifest["paid"]["cost"] is None
    card = (ended.folder.data / "README.md").read_text()
    assert "no price is known for a teacher that the run had before" in card


def test_a_manifest_of_the_version_before_can_be_read(server: Loopback, source: Path, tmp_path: Path) -> None:
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:gpt-4o-mini", server.url))
    old = {key: value for key, value in ended.manifest.items() if key != "teachers"}
    for status in ("finished", "running"):
        RunFolder(tmp_path / "run").write_manifest(old | {"status": status})
        assert current_state(ended.folder)["paid"]["cost"] == ended.manifest["paid"]["cost"] > 0


def test_the_estimate_knows_each_teachers_price_and_pace(server: Loopback, other: Loopback) -> None:
    recipe = Recipe(name="r", steps=[AskAll(models=("a", "b"), name="join"), AskAll(models=("a",), name="more")])
    rows = [{"id": str(n), "instruction": "x" * 28} for n in range(600)]
    limits = Limits(concurrency=10, requests_per_minute=60)
    priced = voices({"a": server, "b": other}, a=Price(0, 1000), b=Price(0, 10))
    found = estimate(recipe, rows, priced, limits)
    steps = [(s.name, s.teacher, s.requests) for s in found.steps]
    assert steps == [("join", "openai:a", 600), ("join", "openai:b", 600), ("more", "openai:a", 600)]
    assert found.cost == pytest.approx(600 * 200 * (1000 + 10 + 1000) / 1e6)
    assert found.most == pytest.approx(600 * 1024 * (1000 + 10 + 1000) / 1e6)
    assert found.seconds == 1200, "both teachers of a step are asked at once, and the steps one after the other"
    unknown = estimate(recipe, rows, voices({"a": server, "b": other}, a=Price(0, 1000)), limits)
    assert (unknown.cost, unknown.most) == (None, None)
    assert not server.bodies


@pytest.mark.parametrize("typed", ["a,b", "[a,b]", "a, b"])
def test_a_list_is_typed_with_commas(tmp_path: Path, typed: str) -> None:
    (tmp_path / "r.yaml").write_text("name: r\nsteps: [{step: tests.recipes.test_teachers.AskAll, name: join}]")
    changed = load_recipe(tmp_path / "r.yaml").change(parse_settings([f"join.models={typed}"]))
    assert changed.steps[0].teachers == ("a", "b")
    (tmp_path / "again.yaml").write_text(changed.to_yaml())
    assert load_recipe(tmp_path / "again.yaml").steps[0].teachers == ("a", "b")
    named = changed.change(parse_settings(["join.models=openai:M@http://h:8000/v1"]))
    assert named.teachers() == {"openai:M@http://h:8000/v1": "join"}
