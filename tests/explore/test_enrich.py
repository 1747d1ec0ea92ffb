"""Enriching: it ends with a clear word whatever the teacher does, within the caps, and always in the same tree."""

import json
import shutil
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from tests.explore import teachers
from tests.explore.dying import Death, dying
from tests.explore.teachers import (
    SEEDS,
    Asked,
    Temper,
    asked_in,
    behaviour,
    diligent,
    examples,
    explore,
    found,
    moody,
    tree_in,
    written,
)
from tests.loopback import Json, Loopback, prompt_of
from tunesmith.errors import RunError, TeacherStopped
from tunesmith.explore import Enrich, TreeFolder, filter_examples
from tunesmith.teacher import Price


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Writing letters, with Love (First, Answers) and Trade below it; no examples but the root's."""
    home = found(tmp_path / "tree", SEEDS[:10])
    tree = home.read()
    love = tree.add(tree.root, "Love", "People love.")
    for parent, title in ((tree.root, "Trade"), (love, "First"), (love, "Answers")):
        tree.add(parent, title, f"{title} is needed.")
    home.save(tree)
    return home.path


def counts(path: Path) -> dict[str, int]:
    return {task.title: len(task.examples) for task in tree_in(path).tasks()}


def asked(server: Loopback) -> Counter[str]:
    return Counter(asked_in(prompt_of(body)).task for body in server.bodies)


def why(path: Path) -> Counter[str]:
    return Counter(str(entry["why"]) for task in tree_in(path).tasks() for entry in task.refused)


# As many as asked for


def test_each_task_gets_as_many_examples_as_asked_for(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    outcome = explore(folder, server, Enrich(examples=(20, 10, 4), batch=5))
    assert counts(folder) == {"Writing letters": 20, "Love": 10, "Trade": 10, "First": 4, "Answers": 4}
    assert asked(server) == {"Writing letters": 2, "Love": 2, "Trade": 2, "First": 1, "Answers": 1}
    assert (outcome.why, outcome.requests, outcome.found) == ("every task has its examples", 8, 38)
    assert explore(folder, server, Enrich(examples=(20, 10, 4), batch=5)).requests == 0
    assert explore(folder, server, Enrich(examples=(20, 10, 6), batch=5)).requests == 2


def test_examples_say_which_reply_they_are_from(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Enrich(examples=(10, 6), batch=3))
    trade = tree_in(folder).by_name()["trade"]
    assert sorted(Counter(example["reply"] for example in trade.examples).values()) == [3, 3]


def test_a_task_must_prove_itself_before_it_is_asked_often_at_once(folder: Path) -> None:
    with Loopback(behaviour(diligent), latency=0.05) as server:
        explore(folder, server, Enrich(examples=(200, 0), batch=5, fruitless=2))
        assert server.bodies
        rounds = tree_in(folder).root.enriched.requests
        assert rounds == 38
        # 2 at once, then twice as often as so far: 4, 12, and what is left.
        assert server.most_in_flight <= 16


def test_pruned_tasks_are_passed_over(server: Loopback, folder: Path) -> None:
    (folder / "pruned_subtasks_name.json").write_text('["love"]')
    server.behaviour = behaviour(diligent)
    explore(folder, server, Enrich(examples=(0, 10)))
    assert asked(server) == {"Trade": 1, "First": 1, "Answers": 1}


def test_what_was_put_aside_is_not_taken_again_and_makes_room(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(lambda asked: "###\n" + examples("f" * 14, asked.wanted) + "\n###")
    explore(folder, server, Enrich(examples=(0, 10)))
    home = TreeFolder(folder)
    tree = home.read()
    assert filter_examples(tree.by_name()["love"], 0.5) == 9
    home.save(tree)
    outcome = explore(folder, server, Enrich(examples=(0, 10)))
    assert outcome.found == 0
    assert why(folder)["the same as an earlier example"] == 27  # nine are asked for, three times
    assert "4 given up for bringing nothing new" in outcome.why


# Teachers that are of no use

USELESS: dict[str, tuple[Temper, str]] = {
    "nonsense": (lambda asked: "Fine weather today, is it not?", "unreadable: no example in the reply"),
    "HTML": (lambda asked: "<html><body><h1>502 Bad Gateway</h1></body></html>", "unreadable: no example in the reply"),
    "a megabyte": (lambda asked: "lorem ipsum \x00\ud83d " * 70_000, "unreadable: no example in the reply"),
    "half a word": (lambda asked: ("1. Instr", "length"), "unreadable: no example in the reply"),
    "half an example": (lambda asked: ("1. Instruction: Do it.\nInput: x\nOutp", "length"), "cut off"),
    "withheld": (lambda asked: ("", "content_filter"), "unreadable: withheld by the provider (content_filter)"),
    "refusal": (lambda asked: ("I cannot.", "refusal"), "unreadable: withheld by the provider (refusal)"),
    "what there is": (
        lambda asked: f"1. Instruction: {SEEDS[0]['instruction']}\nInput: {SEEDS[0]['input']}\nOutput: Other.",
        "the same as an earlier example",
    ),
    "no output": (lambda asked: f"1. Instruction: Do the {asked.mark}.\nInput: y\nOutput:", "no output"),
    "too short": (lambda asked: "1. Instruction: Go.\nOutput: D", "instruction too short (1 word, at least 3)"),
}  # fmt: skip


@pytest.mark.parametrize("name", USELESS)
def test_a_useless_teacher_ends_the_run_with_a_clear_word(server: Loopback, folder: Path, name: str) -> None:
    temper, expected = USELESS[name]
    server.behaviour = behaviour(temper)
    settings = Enrich(examples=(13, 0), batch=1)
    outcome = explore(folder, server, settings)
    assert outcome.why == "nothing is left to ask: of 5 tasks, 1 given up for bringing nothing new"
    # Three at once, as often as it may fail before it has proved itself.
    assert (outcome.requests, outcome.found, len(server.bodies)) == (3, 0, 3)
    assert why(folder) == {expected: 3}
    assert counts(folder)["Writing letters"] == 10
    bodies = len(server.bodies)
    assert explore(folder, server, settings).requests == 0
    assert len(server.bodies) == bodies
    assert sum(len(content) for content in written(folder).values()) < 60_000


def test_a_teacher_that_repeats_itself_is_left_alone(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(lambda asked: "###\n" + examples("e" * 14, asked.wanted) + "\n###")
    outcome = explore(folder, server, Enrich(examples=(100,), batch=10, fruitless=3))
    # What stands in one task is not taken in another, word for word.
    assert counts(folder) == {"Writing letters": 20} | dict.fromkeys(("Love", "Trade", "First", "Answers"), 0)
    assert "5 given up for bringing nothing new" in outcome.why
    assert max(asked(server).values()) <= 9


def test_a_teacher_that_says_there_are_no_more(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(lambda asked: "There are no more examples.")
    outcome = explore(folder, server, Enrich(examples=(20, 0), batch=10))
    assert "1 with no more, as the teacher says" in outcome.why
    assert why(folder) == {}


async def bad_request(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    return web.json_response({"error": {"message": "no such parameter: top_p"}}, status=400)


def test_a_provider_that_refuses_every_request_fails_the_run(server: Loopback, folder: Path) -> None:
    server.behaviour = bad_request
    with pytest.raises(RunError, match="no request was answered: .*no such parameter: top_p"):
        explore(folder, server, Enrich(examples=(20, 0)))
    with pytest.raises(TeacherStopped, match="every request so far was refused; the last: .*top_p"):
        explore(folder, server, Enrich(examples=(500,)))
    server.behaviour = behaviour(diligent)
    assert explore(folder, server, Enrich(examples=(20, 10))).why == "every task has its examples"


def test_one_request_that_is_refused_holds_up_no_other(server: Loopback, folder: Path) -> None:
    calm = behaviour(diligent)

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        if asked_in(prompt_of(body)).task == "Love":
            return await bad_request(body, nth, request)
        return await calm(body, nth, request)

    server.behaviour = behave
    outcome = explore(folder, server, Enrich(examples=(0, 10)))
    assert "1 unanswered" in outcome.why
    assert "which the same command asks again" in outcome.why
    server.behaviour = calm
    assert explore(folder, server, Enrich(examples=(0, 10))).why == "every task has its examples"
    assert counts(folder)["Love"] == 10


# Caps


def test_no_more_requests_than_the_cap_over_the_life_of_the_tree(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    for most in (0, 1, 4, 9):
        for _ in range(2):
            outcome = explore(folder, server, Enrich(examples=(30, 20), batch=5, max_requests=most))
            assert len(server.bodies) == most
        assert (outcome.why, outcome.requests) == (f"the cap of {most} requests is reached", 0)
    assert "exploration" not in json.loads((folder / "tree_meta_info.json").read_text())


def test_a_budget_is_never_exceeded(server: Loopback, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.behaviour = behaviour(diligent)
    monkeypatch.setattr(teachers, "PRICE", Price(1.0, 1.0))
    with pytest.raises(TeacherStopped, match="budget"):
        explore(folder, server, Enrich(examples=(100,), max_tokens=1000), budget=0.005)
    assert 10 < counts(folder)["Writing letters"] < 100
    with pytest.raises(TeacherStopped, match="budget"):
        explore(folder, server, Enrich(examples=(100,), max_tokens=1000), budget=0.005)


@pytest.mark.parametrize("settings", [{"examples": (-1,)}, {"examples": ()}, {"batch": 0}, {"fruitless": 0}])
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Enrich(**settings)


# The same tree always


def test_the_same_tree_whatever_the_concurrency_and_the_order_of_replies(folder: Path, tmp_path: Path) -> None:
    trees = []
    with Loopback(behaviour(moody, latency=0.004)) as server:
        for number, concurrency in enumerate((1, 2, 32, 32)):
            path = tmp_path / str(number)
            shutil.copytree(folder, path)
            explore(path, server, Enrich(examples=(60, 40, 30), batch=4), concurrency)
            trees.append(written(path))
    said = why(tmp_path / "0")
    assert said["the same as an earlier example"] > 3
    assert any(reason.startswith("unreadable") for reason in said)
    assert trees[0] == trees[1] == trees[2] == trees[3]


def test_another_seed_shows_other_demonstrations(server: Loopback, folder: Path, tmp_path: Path) -> None:
    server.behaviour = behaviour(diligent)
    shown = []
    for number, seed in enumerate((0, 0, 1)):
        path = tmp_path / str(number)
        shutil.copytree(folder, path)
        server.bodies.clear()
        explore(path, server, Enrich(examples=(20, 0), seed=seed))
        (body,) = server.bodies
        shown.append(prompt_of(body))
    assert shown[0] == shown[1] != shown[2]


@pytest.mark.parametrize(("most", "every"), [(None, 0.0), (None, 3600.0), (13, 0.0), (13, 3600.0)])
def test_killed_at_any_write_the_same_tree_comes_out_and_nothing_is_asked_twice(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int | None, every: float
) -> None:
    monkeypatch.setattr(teachers, "SAVED_EVERY", every)
    settings = Enrich(examples=(16, 12, 8), batch=3, fruitless=2, max_requests=most)
    with Loopback(behaviour(moody)) as server:
        shutil.copytree(folder, tmp_path / "calm")
        with dying(10**9) as writes:
            explore(tmp_path / "calm", server, settings)
        calm, bodies = written(tmp_path / "calm"), Counter(map(prompt_of, server.bodies))
        assert writes.number > 6
        for last in range(writes.number):
            path = tmp_path / f"killed {last}"
            shutil.copytree(folder, path)
            server.bodies.clear()
            with dying(last), pytest.raises(Death):
                explore(path, server, settings, concurrency=4)
            explore(path, server, settings, concurrency=4)
            assert written(path) == calm, f"killed after {last} files"
            assert (Counter(map(prompt_of, server.bodies)) - bodies).total() <= 4


def test_killed_over_and_over_with_few_savings_the_same_tree_comes_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Random(6)
    settings = Enrich(examples=(30, 20, 15), batch=3, fruitless=2, max_requests=30)
    monkeypatch.setattr(teachers, "SAVED_EVERY", 3600.0)  # only where a round ends
    with Loopback(behaviour(moody)) as server:
        calm, killed = tmp_path / "calm", tmp_path / "killed"
        for path in (calm, killed):
            shutil.copytree(folder, path)
        explore(calm, server, settings)
        for _ in range(12):
            with dying(dice.randrange(1, 9)):
                try:
                    explore(killed, server, settings, concurrency=4)
                except Death:
                    pass
        explore(killed, server, settings)
        assert written(killed) == written(calm)


# By hand between two commands


def test_a_person_may_edit_examples_between_two_rounds(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    with dying(2), pytest.raises(Death):
        explore(folder, server, Enrich(examples=(40, 10), batch=5))
    body = json.loads((folder / "trade.json").read_text())
    body["examples"].append({"instruction": "Order two dozen eggs.", "output": "Two dozen eggs, please."})
    (folder / "trade.json").write_text("\ufeff" + json.dumps(body), encoding="utf-8")
    outcome = explore(folder, server, Enrich(examples=(40, 10), batch=5))
    assert outcome.why == "every task has its examples"
    trade = tree_in(folder).by_name()["trade"]
    assert trade.examples[0] == body["examples"][0]
    assert len(trade.examples) == 10


def test_answers_by_a_schema_are_read(server: Loopback, folder: Path) -> None:
    def by_schema(asked: Asked) -> str:
        some = [
            {"instruction": f"Do {asked.mark[n:]} well.", "input": "", "output": "Done."} for n in range(asked.wanted)
        ]
        return json.dumps({"examples": some})

    server.behaviour = behaviour(by_schema)
    explore(folder, server, Enrich(examples=(20, 10), structured=True))
    assert all("response_format" in body for body in server.bodies)
    assert set(counts(folder).values()) == {10, 20}


def test_a_provider_without_schemas_is_asked_for_text(server: Loopback, folder: Path) -> None:
    calm = behaviour(diligent)

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        if "response_format" in body:
            return web.json_response({"error": {"message": "response_format is not supported"}}, status=400)
        return await calm(body, nth, request)

    server.behaviour = behave
    outcome = explore(folder, server, Enrich(examples=(100,), batch=4, structured=True))
    assert outcome.why == "every task has its examples"
    assert sum("response_format" in body for body in server.bodies) <= 3
