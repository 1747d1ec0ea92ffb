"""Extending: it ends with a clear word whatever the teacher does, within the caps, and always in the same tree."""

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
    DOMAIN,
    SEEDS,
    Asked,
    Temper,
    asked_in,
    behaviour,
    diligent,
    explore,
    found,
    moody,
    subtasks,
    tree_in,
    written,
)
from tests.loopback import Json, Loopback, prompt_of
from tunesmith.errors import RunError, TeacherStopped
from tunesmith.explore import Extend, Task
from tunesmith.explore.tree import DEEPEST
from tunesmith.teacher import Price


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return found(tmp_path / "tree").path


def kinds(server: Loopback) -> Counter[str]:
    return Counter(asked_in(prompt_of(body)).kind for body in server.bodies)


def shape(path: Path) -> list[int]:
    depths = Counter(task.depth for task in tree_in(path).tasks())
    return [depths[depth] for depth in range(len(depths))]


def refused(path: Path) -> Counter[str]:
    return Counter(str(entry["why"]).partition(" (")[0] for task in tree_in(path).tasks() for entry in task.refused)


def ends(path: Path) -> Counter[str]:
    return Counter(task.lookahead.ended for task in tree_in(path).tasks() if task.lookahead.ended)


# The shape that was asked for


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"breadth": (2, 3)}, [1, 2, 6]),
        ({"breadth": (1,)}, [1, 1]),
        ({"breadth": (1,), "max_depth": 4}, [1, 1, 1, 1, 1]),
        ({"breadth": (3, 2), "max_depth": 3}, [1, 3, 6, 12]),
        ({"breadth": (9,), "max_children": 4}, [1, 4]),
        ({"breadth": (2, 0, 5), "max_depth": 3}, [1, 2]),
        ({"breadth": (0,)}, [1]),
        ({"breadth": (5, 3, 2), "max_depth": 0}, [1]),
    ],
)
def test_as_broad_and_as_deep_as_asked_for(
    server: Loopback, folder: Path, settings: dict[str, Any], expected: list[int]
) -> None:
    server.behaviour = behaviour(diligent)
    outcome = explore(folder, server, Extend(backtrack=0, **settings))
    assert shape(folder) == expected
    assert outcome.why == "every task is as broad as asked for"
    assert outcome.found == sum(expected) - 1
    assert outcome.requests == len(server.bodies) == sum(bool(task.children) for task in tree_in(folder).tasks())


def test_each_subtask_has_a_reason_its_examples_and_the_reply_that_proposed_it(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(breadth=(3, 2), each=4))
    for task in tree_in(folder).tasks()[1:]:
        assert task.reason.startswith("Some want ")
        assert len(task.examples) == 4
        assert {example["reply"] for example in task.examples} == {task.reply} != {""}


def test_going_back_finds_missing_branches_at_every_level_and_takes_them_apart(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    outcome = explore(folder, server, Extend(breadth=(2, 2), backtrack=1))
    # At 1 and then at 0; what is found is made as broad as the rest: 2 + 1 beneath the root, with 3, 3 and 2 beneath.
    assert shape(folder) == [1, 3, 8]
    assert kinds(server) == {"extend": 4, "backtrack": 3}
    assert outcome.why == "every task is as broad as asked for"
    again = explore(folder, server, Extend(breadth=(2, 2), backtrack=1))
    assert (again.requests, len(server.bodies)) == (0, 7)
    explore(folder, server, Extend(breadth=(2, 2), backtrack=2))
    assert kinds(server) == {"extend": 5, "backtrack": 7}


def test_going_back_ends_when_it_brings_nothing(server: Loopback, folder: Path) -> None:
    def content(asked: Asked) -> str:
        return "No more subtasks." if asked.kind == "backtrack" else diligent(asked)

    server.behaviour = behaviour(content)
    for _ in range(2):
        outcome = explore(folder, server, Extend(breadth=(2, 2), backtrack=5))
        assert kinds(server) == {"extend": 3, "backtrack": 3}
    assert outcome.why == "every task is as broad as asked for"
    assert "going back found no missing branch" in explore(folder, server, Extend(breadth=(2, 2), backtrack=9)).why


def test_a_call_that_had_nothing_to_go_back_to_leaves_going_back_to_the_next(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(max_depth=0))
    explore(folder, server, Extend(breadth=(2,)))
    assert kinds(server) == {"extend": 1, "backtrack": 1}


def test_no_task_gets_more_subtasks_than_it_may_have_however_often_one_goes_back(
    server: Loopback, folder: Path
) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(breadth=(2, 2), backtrack=9, branches=2, max_children=5))
    assert max(len(task.children) for task in tree_in(folder).tasks()) == 5


def test_pruned_tasks_are_neither_taken_apart_nor_gone_back_to(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(breadth=(3,), backtrack=0))
    first = tree_in(folder).root.children[0]
    (folder / "pruned_subtasks_name.json").write_text(json.dumps([first.name]))
    explore(folder, server, Extend(breadth=(3, 1), backtrack=1))
    assert [len(task.children) for task in tree_in(folder).root.children] == [0, 2, 2, 1]


# Teachers that are of no use

USELESS: dict[str, tuple[Temper, dict[str, int], str]] = {
    "nonsense": (lambda asked: "Fine weather today, is it not?", {"unreadable: neither": 2}, ""),
    "HTML": (lambda asked: "<html><body><h1>502 Bad Gateway</h1></body></html>", {"unreadable: neither": 2}, ""),
    "a megabyte": (lambda asked: "lorem ipsum \x00\ud83d " * 70_000, {"unreadable: neither": 2}, ""),
    "half a word": (lambda asked: ("Subt", "length"), {"unreadable: neither": 2}, ""),
    "withheld": (lambda asked: ("", "content_filter"), {"unreadable: withheld": 2}, ""),
    "tool calls": (lambda asked: ("Subtask: A", "tool_calls"), {"unreadable: ended": 2}, ""),
    "its own name": (lambda asked: subtasks([asked.task.upper()], asked), {"named like the task itself": 2}, ""),
    "no name": (lambda asked: subtasks(["***"], asked), {"": 2}, ""),
    "nothing more": (lambda asked: "No more subtasks.", {}, "the teacher says"),
    "an empty list": (lambda asked: '{"subtasks": []}', {}, "the teacher says"),
}  # fmt: skip


@pytest.mark.parametrize("name", USELESS)
def test_a_useless_teacher_ends_the_run_with_a_clear_word(server: Loopback, folder: Path, name: str) -> None:
    temper, why, words = USELESS[name]
    server.behaviour = behaviour(temper)
    outcome = explore(folder, server, Extend())
    assert shape(folder) == [1]
    assert outcome.found == 0
    if words:
        assert outcome.why == "nothing is left to ask: of 1 tasks, 1 with no more, as the teacher says"
        assert len(server.bodies) == 1
        assert refused(folder) == {}
    else:
        given_up = "1 given up after 2 requests without anything new"
        assert outcome.why == f"nothing is left to ask: of 1 tasks, {given_up}"
        assert len(server.bodies) == 2
        noted = [entry for entry in tree_in(folder).root.refused if "instruction" not in entry]
        assert all(str(entry["why"]).startswith(next(iter(why))) for entry in noted)
        assert len(noted) == 2
        assert all(entry["reply"] for entry in noted)
    bodies = len(server.bodies)
    assert explore(folder, server, Extend()).requests == 0
    assert len(server.bodies) == bodies


def test_a_huge_reply_is_kept_once_and_not_in_every_file(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(lambda asked: "x" * 1_000_000)
    explore(folder, server, Extend())
    assert sum(len(content) for content in written(folder).values()) < 50_000


def test_a_teacher_that_repeats_itself(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(lambda asked: subtasks(["Tone", "Form", "tone!", "FORM "], asked))
    outcome = explore(folder, server, Extend(breadth=(3, 2), backtrack=1))
    assert [task.title for task in tree_in(folder).tasks()] == ["Writing letters", "Tone", "Form"]
    assert "3 given up after 2 requests without anything new" in outcome.why
    assert "going back found no missing branch" in outcome.why
    # The root brings two, then nothing twice; Tone and Form nothing twice each; and one goes back to the root alone.
    assert kinds(server) == {"extend": 7, "backtrack": 1}
    why = refused(folder)
    assert why["named like the task itself"] >= 4
    assert why["there is a task of this name"] >= 8


def test_a_teacher_that_names_what_is_above(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(
        lambda asked: subtasks(["Writing letters" if asked.task != "Writing letters" else "Tone"], asked)
    )
    outcome = explore(folder, server, Extend(breadth=(1, 1), backtrack=0))
    assert shape(folder) == [1, 1]
    assert refused(folder)["named like a task above it"] == 2
    assert "1 given up" in outcome.why


async def bad_request(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    return web.json_response({"error": {"message": "no such parameter: temperature"}}, status=400)


def test_a_provider_that_refuses_every_request_fails_the_run(server: Loopback, folder: Path) -> None:
    server.behaviour = bad_request
    with pytest.raises(RunError, match="no request was answered: .*no such parameter: temperature") as caught:
        explore(folder, server, Extend())
    assert caught.value.exit_status == 1
    assert len(server.bodies) == 1
    server.behaviour = behaviour(diligent)
    assert explore(folder, server, Extend(breadth=(2,))).why.startswith("every task is as broad as asked for")


def test_a_provider_that_refuses_from_some_moment_on_stops_the_run_and_keeps_what_there_is(
    server: Loopback, folder: Path
) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(breadth=(12,), backtrack=0))
    server.behaviour = bad_request
    with pytest.raises(TeacherStopped, match="every request so far was refused; the last: .*temperature"):
        explore(folder, server, Extend(breadth=(12, 2), backtrack=0), concurrency=2)
    assert shape(folder) == [1, 12]
    server.behaviour = behaviour(diligent)
    assert explore(folder, server, Extend(breadth=(12, 2), backtrack=0)).why == "every task is as broad as asked for"
    assert shape(folder) == [1, 12, 24]


def test_one_task_that_is_refused_holds_up_no_other_and_is_asked_again_by_another_call(
    server: Loopback, folder: Path
) -> None:
    calm, broken = behaviour(diligent), [True]

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        asked = asked_in(prompt_of(body))
        if asked.task.endswith(" 1") and broken:
            return web.json_response({"error": {"message": "the text is too long"}}, status=400)
        return await calm(body, nth, request)

    server.behaviour = behave
    outcome = explore(folder, server, Extend(breadth=(3, 2), backtrack=1))
    assert "1 unanswered" in outcome.why
    assert "which the same command asks again" in outcome.why
    assert [len(task.children) for task in tree_in(folder).root.children][:3] == [3, 0, 3]
    broken.clear()
    outcome = explore(folder, server, Extend(breadth=(3, 2), backtrack=1))
    assert outcome.why == "every task is as broad as asked for"
    assert [len(task.children) for task in tree_in(folder).root.children][:3] == [3, 2, 3]


# Caps


def test_no_more_tasks_than_the_cap_and_the_same_command_asks_nothing_more(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    for most in (4, 11, 23):
        for _ in range(2):
            outcome = explore(folder, server, Extend(breadth=(3, 3, 3), max_tasks=most))
            bodies = len(server.bodies)
            assert outcome.why == f"the cap of {most} tasks is reached"
            assert sum(shape(folder)) == most
        assert outcome.requests == 0
        assert explore(folder, server, Extend(breadth=(3, 3, 3), max_tasks=most)).found == 0
        assert len(server.bodies) == bodies


def test_no_more_requests_than_the_cap_over_the_life_of_the_tree(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    for most in (0, 1, 3, 7, 20):
        for _ in range(2):
            outcome = explore(folder, server, Extend(breadth=(3, 3, 3), backtrack=3, max_requests=most))
            assert len(server.bodies) == most
        assert (outcome.why, outcome.requests) == (f"the cap of {most} requests is reached", 0)


def test_a_raised_cap_goes_on_as_if_there_had_been_none(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(moody)
    for name in "ab":
        found(tmp_path / name)
    grown: dict[str, Any] = {"breadth": (3, 2, 2), "backtrack": 2, "branches": 2}
    explore(tmp_path / "a", server, Extend(**grown))
    for most in (2, 5, 9, 17, 18, 30, 400):
        explore(tmp_path / "b", server, Extend(**grown, max_requests=most))
    assert Counter(task.title for task in tree_in(tmp_path / "a").tasks()) == Counter(
        task.title for task in tree_in(tmp_path / "b").tasks()
    )


def test_a_lower_cap_holds_for_a_round_that_was_interrupted(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    with dying(26), pytest.raises(Death):
        explore(folder, server, Extend(breadth=(6, 6, 6), backtrack=0), concurrency=1)
    before = len(server.bodies)
    state = tree_in(folder).state
    assert len(state["rounds"]["lookahead"]) > 2
    done = sum(task.lookahead.requests for task in tree_in(folder).tasks())
    outcome = explore(folder, server, Extend(breadth=(6, 6, 6), backtrack=0, max_requests=done + 2), concurrency=1)
    assert outcome.requests == 2
    assert len(server.bodies) <= before + 2


def test_narrower_settings_hold_for_a_round_that_was_interrupted(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    with dying(26), pytest.raises(Death):
        explore(folder, server, Extend(breadth=(6, 6, 6), backtrack=0), concurrency=1)
    server.bodies.clear()
    assert explore(folder, server, Extend(breadth=(6, 0), max_depth=1, backtrack=0)).requests == 0
    assert server.bodies == []


def test_a_teacher_that_never_ends_meets_the_cap_however_deep_the_tree_may_be(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    outcome = explore(folder, server, Extend(breadth=(2,), max_depth=DEEPEST, max_tasks=60, backtrack=3))
    assert outcome.why == "the cap of 60 tasks is reached"
    assert sum(shape(folder)) == 60


def test_a_chain_as_deep_as_can_be(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    outcome = explore(folder, server, Extend(breadth=(1,), max_depth=DEEPEST, backtrack=0))
    assert outcome.why == "every task is as broad as asked for"
    assert shape(folder) == [1] * (DEEPEST + 1)
    assert explore(folder, server, Extend(breadth=(1,), max_depth=DEEPEST, backtrack=0)).requests == 0


@pytest.mark.parametrize(
    "settings",
    [{"max_depth": DEEPEST + 1}, {"max_depth": -1}, {"breadth": (-1,)}, {"breadth": ()}, {"branches": 0},
     {"max_children": 0}, {"each": -1}, {"fruitless": 0}, {"temperature": 3}, {"demonstrations": -1}],
)  # fmt: skip
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Extend(**settings)


def test_a_budget_is_never_exceeded_and_what_was_bought_is_kept(
    server: Loopback, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behaviour = behaviour(diligent)
    monkeypatch.setattr(teachers, "PRICE", Price(1.0, 1.0))
    with pytest.raises(TeacherStopped, match="budget"):
        explore(folder, server, Extend(breadth=(6, 6, 6), max_tokens=1000), budget=0.02)
    tasks = sum(shape(folder))
    assert 6 < tasks < 200
    explore(folder, server, Extend(breadth=(6, 6, 6), max_tokens=1000), budget=100.0)
    assert sum(shape(folder)) > 200


# The same tree always

WIDE: dict[str, Any] = {"breadth": (4, 3, 2), "backtrack": 2, "branches": 2, "fruitless": 3}


def test_the_same_tree_whatever_the_concurrency_and_the_order_of_replies(tmp_path: Path) -> None:
    start = found(tmp_path / "start").path
    trees = []
    with Loopback(behaviour(moody, latency=0.004)) as server:
        for number, concurrency in enumerate((1, 2, 32, 32)):
            path = tmp_path / str(number)
            shutil.copytree(start, path)
            explore(path, server, Extend(**WIDE), concurrency)
            trees.append(written(path))
    why = refused(tmp_path / "0")
    assert why["there is a task of this name"] > 3
    assert any(reason.startswith("unreadable") for reason in why)
    assert len(trees[0]) > 30
    assert trees[0] == trees[1] == trees[2] == trees[3]


def test_another_seed_shows_other_demonstrations(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behaviour(diligent)
    shown: list[str] = []
    for seed in (0, 0, 1):
        path = found(tmp_path / str(len(shown))).path
        server.bodies.clear()
        explore(path, server, Extend(breadth=(3,), backtrack=0, seed=seed))
        (body,) = server.bodies
        shown.append(prompt_of(body))
    assert shown[0] == shown[1] != shown[2]


@pytest.mark.parametrize("every", [0.0, 3600.0])
def test_killed_at_any_write_the_same_tree_comes_out_and_nothing_is_asked_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: float
) -> None:
    monkeypatch.setattr(teachers, "SAVED_EVERY", every)
    settings = Extend(breadth=(3, 1), backtrack=1)
    start = found(tmp_path / "start").path
    with Loopback(behaviour(moody)) as server:
        shutil.copytree(start, tmp_path / "calm")
        with dying(10**9) as writes:
            explore(tmp_path / "calm", server, settings)
        calm, asked = written(tmp_path / "calm"), Counter(map(prompt_of, server.bodies))
        assert writes.number >= 10
        for last in range(writes.number):
            path = tmp_path / f"killed {last}"
            shutil.copytree(start, path)
            server.bodies.clear()
            with dying(last), pytest.raises(Death):
                explore(path, server, settings, concurrency=4)
            explore(path, server, settings, concurrency=4)
            assert written(path) == calm, f"killed after {last} files"
            # What was in flight may be asked again.
            assert (Counter(map(prompt_of, server.bodies)) - asked).total() <= 4


def test_killed_over_and_over_under_caps_the_same_tree_comes_out(tmp_path: Path) -> None:
    dice = Random(5)
    start = found(tmp_path / "start").path
    with Loopback(behaviour(moody)) as server:
        for number, caps in enumerate(({"max_tasks": 14}, {"max_requests": 11}, {"max_tasks": 19, "max_requests": 15})):
            settings = Extend(breadth=(3, 2, 2), backtrack=2, **caps)
            calm, killed = tmp_path / f"calm {number}", tmp_path / f"killed {number}"
            for path in (calm, killed):
                shutil.copytree(start, path)
            explore(calm, server, settings)
            for _ in range(12):
                with dying(dice.randrange(1, 12)):
                    try:
                        explore(killed, server, settings, concurrency=4)
                    except Death:
                        pass
            explore(killed, server, settings)
            assert written(killed) == written(calm)
            bodies = len(server.bodies)
            assert "cap" in explore(killed, server, settings).why
            assert len(server.bodies) == bodies


# Schemas


@pytest.fixture
def without_schemas(server: Loopback) -> Loopback:
    calm = behaviour(diligent)

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        if "response_format" in body:
            return web.json_response({"error": {"message": "response_format is not supported"}}, status=400)
        return await calm(body, nth, request)

    server.behaviour = behave
    return server


def test_a_provider_without_schemas_is_asked_for_text(without_schemas: Loopback, folder: Path) -> None:
    server = without_schemas
    outcome = explore(folder, server, Extend(breadth=(12, 3), structured=True, backtrack=0))
    assert outcome.why == "every task is as broad as asked for"
    assert sum("response_format" in body for body in server.bodies) == 1, "once it is known, it is not tried again"
    explore(folder, server, Extend(breadth=(12, 3, 1), structured=True, backtrack=0))
    assert sum("response_format" in body for body in server.bodies) == 2
    assert shape(folder) == [1, 12, 36, 36]


def test_answers_by_a_schema_are_read(server: Loopback, folder: Path) -> None:
    def by_schema(asked: Asked) -> str:
        names = [f"Skill {asked.mark[n]}{asked.mark[-4:]} {n}" for n in range(asked.wanted)]
        example = {"instruction": f"Do this one {asked.mark[:8]}.", "input": "", "output": "Done."}
        return json.dumps({"subtasks": [{"name": n, "reason": "So.", "examples": [example]} for n in names]})

    server.behaviour = behaviour(by_schema)
    outcome = explore(folder, server, Extend(breadth=(3, 2), structured=True, backtrack=0))
    assert outcome.why == "every task is as broad as asked for"
    assert all("response_format" in body for body in server.bodies)
    assert shape(folder) == [1, 3, 6]


# By hand between two commands


def test_a_task_that_a_person_adds_is_explored_and_its_name_is_known(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(breadth=(2,), backtrack=0))
    meta = json.loads((folder / "tree_meta_info.json").read_text())
    meta["children"].append({"raw_task_name": "Thank-you notes", "reason": "Manners."})
    (folder / "tree_meta_info.json").write_text(json.dumps(meta))
    explore(folder, server, Extend(breadth=(2, 2), backtrack=0))
    tree = tree_in(folder)
    assert [len(task.children) for task in tree.root.children] == [2, 2, 2]
    assert tree.by_name()["thank_you_notes"].reason == "Manners."
    server.behaviour = behaviour(lambda asked: subtasks(["thank-you notes"], asked))
    explore(folder, server, Extend(breadth=(2, 2, 1), backtrack=0))
    assert refused(folder) == {
        "there is a task of this name": 8,
        "named like a task above it": 4,
        "its subtask was refused": 24,
    }


def test_a_task_that_a_person_takes_out_of_an_interrupted_round_is_passed_over(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    with dying(15), pytest.raises(Death):
        explore(folder, server, Extend(breadth=(6, 2), backtrack=0), concurrency=1)
    meta = json.loads((folder / "tree_meta_info.json").read_text())
    waiting = [name for (name,) in meta["exploration"]["rounds"]["lookahead"]]
    meta["children"] = [child for child in meta["children"] if child["task_name"] != waiting[-1]]
    (folder / "tree_meta_info.json").write_text(json.dumps(meta))
    outcome = explore(folder, server, Extend(breadth=(6, 2), backtrack=0))
    assert outcome.why == "every task is as broad as asked for"
    # The root has room again, for one.
    assert shape(folder) == [1, 6, 12]


def test_the_ledger_names_the_fate_of_each_example_and_each_subtask(server: Loopback, folder: Path) -> None:
    def two_of_three(asked: Asked) -> str:
        return subtasks([f"New {asked.mark[:5]}", "Writing letters", f"New {asked.mark[5:10]}"], asked)

    server.behaviour = behaviour(two_of_three)
    explore(folder, server, Extend(breadth=(2,), backtrack=0, each=2))
    entries = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    of_reply = [entry for entry in entries if "replies" in entry]
    assert Counter((entry["fate"], entry.get("reason")) for entry in of_reply) == {
        ("added", None): 4,
        ("refused", "named like the task itself"): 1,
        ("refused", "its subtask was refused"): 2,
    }
    assert len({entry["row"] for entry in entries}) == len(entries) == len(SEEDS) + 7
    assert DOMAIN.title == tree_in(folder).root.title


def test_tasks_know_how_they_were_found(server: Loopback, folder: Path) -> None:
    server.behaviour = behaviour(diligent)
    explore(folder, server, Extend(breadth=(2,), backtrack=1))

    def how(task: Task) -> str:
        return task.found_by

    assert [*map(how, tree_in(folder).tasks())] == ["", "lookahead", "lookahead", "backtracking"]


def test_going_back_that_got_no_answer_is_told_and_asked_again(server: Loopback, folder: Path) -> None:
    broken = True
    answers = behaviour(diligent)

    async def now_and_then(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        if broken and asked_in(prompt_of(body)).kind == "backtrack":
            return web.json_response({"error": {"message": "too long"}}, status=400)
        return await answers(body, nth, request)

    server.behaviour = now_and_then
    settings = Extend(breadth=(3, 2), backtrack=1)
    first = explore(folder, server, settings)
    assert "4 not gone back to for want of an answer" in first.why
    assert "no missing branch" not in first.why
    broken = False
    second = explore(folder, server, settings)
    assert second.requests >= 4
    assert second.found > 0
    assert "want of an answer" not in second.why
    asked_for = len(server.bodies)
    assert explore(folder, server, settings).requests == 0
    assert len(server.bodies) == asked_for
