"""The recipe ``explore-instruct``: a domain in, rows that know their place in the tree out, nothing unaccounted for."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.runner import COMMAND, environment
from tests.explore.teachers import asked_in, behaviour, diligent
from tests.loopback import Json, Loopback, prompt_of
from tunesmith.data.files import check_source, read_rows, read_table
from tunesmith.errors import RecipeError, UsageError
from tunesmith.explore import builtin_domains, load_domain, read_tree
from tunesmith.recipes import Plan, Run, estimate, ledger_entries, load_recipe, row_story, run_recipe
from tunesmith.recipes.recipe import build_recipe
from tunesmith.steps import STEPS, Ledger
from tunesmith.steps.explore import Explore
from tunesmith.teacher import Limits, Voice, connect

SMALL = {"explore.extend.breadth": [5, 3, 2], "explore.enrich.examples": [4], "sample.n": 120}


def explored(folder: Path, **settings: Any) -> Run:
    recipe = load_recipe("explore-instruct").change({**SMALL, **settings})
    source, name = recipe.steps[0].source
    return run_recipe(Plan(recipe, source, folder, source_name=name), connect("scripted:explorer"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return explored(tmp_path_factory.mktemp("explored") / "run")


def test_a_domain_of_depth_three_with_thirty_tasks(run: Run) -> None:
    tree = read_tree(run.folder.data / "tree")
    tasks = tree.tasks()
    assert len(tasks) >= 30
    assert max(task.depth for task in tasks) == 3
    assert any(task.found_by == "backtracking" for task in tasks)
    assert sum(bool(task.pruned) for task in tasks) == 2
    assert "<script" in (run.folder.data / "tree.html").read_text()


def test_every_row_says_where_it_stands(run: Run) -> None:
    rows, tasks = list(run.rows()), read_tree(run.folder.data / "tree").by_name()
    assert len(rows) == 120
    for row in rows:
        task = tasks[row["task"]]
        assert (row["path"], row["depth"]) == (task.path, task.depth)
        assert row["instruction"] in {example["instruction"] for example in task.examples}
        assert not task.pruned
    assert len({row["id"] for row in rows}) == len(rows)


def test_everything_that_was_written_is_accounted_for(run: Run) -> None:
    entries = [entry for entry in ledger_entries(run.folder) if entry["step"] == "explore"]
    fates = Counter(entry["fate"] for entry in entries)
    step = run.manifest["steps"][0]
    assert step["rows_in"] == 9 == fates["kept"] + fates["changed"] + fates["dropped"]
    assert step["rows_out"] == 9 + fates["added"] == len(list(read_table(run.folder.rows_after(1, "explore"))))
    assert step["refused"] == fates["refused"] == sum(step["refused_because"].values())
    why = step["refused_because"]
    assert {"pruned task", "resembles another", "cut off", "banned word in the instruction"} <= why.keys()
    assert {"input not filled in", "instruction too short", "there is a task of this name"} <= why.keys()
    assert step["replies"] == run.manifest["paid"]["replies"] == len(list(_replies(run)))
    known = set(_replies(run))
    assert {key for entry in entries for key in entry.get("replies", ())} <= known


def _replies(run: Run) -> Any:
    from tunesmith.teacher import ReplyStore

    with ReplyStore(run.folder.store) as store:
        return [stored.reply.key for stored in store.entries()]


def test_what_a_refused_proposal_was_stands_in_the_ledger(run: Run) -> None:
    refused = [entry for entry in ledger_entries(run.folder) if entry["fate"] == "refused"]
    assert any("[insert text here]" in entry.get("input", "") for entry in refused)
    assert any(entry.get("subtask") for entry in refused)
    assert any(entry.get("text") for entry in refused)
    assert all(entry["reason"] for entry in refused)


def test_the_story_of_an_added_row_has_its_request(run: Run) -> None:
    row = next(row for row in run.rows() if row["depth"] == 3)
    story = json.dumps(row_story(run.folder, row["id"]))
    assert row["path"][-1] in story
    assert row["reply"] in story


def test_the_card_tells_what_was_refused_and_shows_the_tree(run: Run) -> None:
    card = (run.folder.data / "README.md").read_text()
    assert "left out, though no row was dropped for it" in card
    assert "`tree.html`" in card
    assert "license: apache-2.0" in card
    assert "breadth: 5, 3, 2" in card
    assert "{'" not in card


def test_the_same_again_costs_nothing_and_changes_nothing(run: Run) -> None:
    before = {
        path: path.read_bytes() for path in run.folder.data.rglob("*") if path.name != "README.md" and path.is_file()
    }
    again = explored(run.folder.path)
    assert again.manifest["paid"]["now"] == 0
    after = {
        path: path.read_bytes() for path in run.folder.data.rglob("*") if path.name != "README.md" and path.is_file()
    }
    assert before == after


def test_without_pruning_and_filtering_all_is_there(run: Run, tmp_path: Path) -> None:
    whole = explored(tmp_path / "run", **{"explore.prune": None, "explore.filter": None})
    assert "pruned task" not in whole.manifest["steps"][0]["refused_because"]
    more = whole.manifest["steps"][0]["rows_out"] - run.manifest["steps"][0]["rows_out"]
    why = run.manifest["steps"][0]["refused_because"]
    assert why["pruned task"] == 2 * 2  # no further examples are paid for
    assert more == why["resembles another"] + 2 * 4


def test_its_own_output_is_an_input_like_any_other(run: Run, tmp_path: Path) -> None:
    source = run.folder.data / "train.jsonl"
    recipe = load_recipe("explore-instruct").change(SMALL)
    again = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("scripted:explorer"))
    step = again.manifest["steps"][0]
    assert step["rows_in"] == 120
    ids = [row["id"] for row in read_table(again.folder.rows_after(1, "explore"))]
    assert len(ids) == len(set(ids)) == step["rows_out"]


def test_rows_that_cannot_be_examples_are_dropped_with_the_reason(tmp_path: Path) -> None:
    source = tmp_path / "seeds.jsonl"
    rows = [{"instruction": "Make this kind.", "input": "Go."}, {"instruction": " ", "output": "x"}]
    rows.append({"instruction": "Shorten the note.", "input": "It is so.", "output": "So."})
    source.write_text("\n".join(map(json.dumps, rows)))
    settings = {"explore.extend.breadth": [2], "explore.enrich.examples": [0]}
    recipe = load_recipe("explore-instruct").change({**SMALL, **settings})
    done = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("scripted:explorer"))
    assert done.manifest["steps"][0]["dropped_because"] == {"no output": 1, "no instruction": 1}
    assert all(row["output"] for row in done.rows())
    deeper = next(row["id"] for row in done.rows() if row["depth"] == 1)
    shown = json.dumps(row_story(done.folder, deeper))
    assert "Shorten the note." in shown
    assert "Make this kind." not in shown


def test_a_domain_in_one_line(tmp_path: Path) -> None:
    source = tmp_path / "seeds.jsonl"
    source.write_text(json.dumps({"instruction": "Rewrite the note kindly.", "input": "Go.", "output": "Please go."}))
    settings = {"explore.title": "Rewriting texts", "explore.extend.breadth": [2], "explore.enrich.examples": [0]}
    recipe = load_recipe("explore-instruct").change(settings)
    assert recipe.steps[0].source == ("", "")
    done = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("scripted:explorer"))
    assert {tuple(row["path"][:1]) for row in done.rows()} == {("Rewriting texts",)}
    assert "the domain: Rewriting texts" in str(done.manifest["steps"][0]["notes"])


def test_the_tree_of_a_run_brings_its_domain_and_what_was_paid_for_there_is_put_aside(tmp_path: Path) -> None:
    done = explored(tmp_path / "run", **{"explore.extend.breadth": [2]})
    tree = done.folder.data / "tree"
    assert load_domain(tree / "domain.yaml").guidance == load_domain("rewriting").guidance
    (tree / "replies.sqlite").write_text("paid for")
    explored(tmp_path / "run", **{"explore.extend.breadth": [2]})
    assert (done.folder.data / "tree.1" / "replies.sqlite").read_text() == "paid for"
    assert not (tree / "replies.sqlite").exists()


def test_what_got_no_answer_stands_in_the_ledger(server: Loopback, tmp_path: Path) -> None:
    answers = behaviour(diligent)

    async def picky(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        if asked_in(prompt_of(body)).kind == "enrich" and len(server.bodies) % 3 == 0:
            return web.json_response({"error": {"message": "too long"}}, status=400)
        return await answers(body, nth, request)

    server.behaviour = picky
    settings = {"explore.extend.breadth": [4], "explore.extend.backtrack": 0, "explore.enrich.examples": [0, 4]}
    recipe = load_recipe("explore-instruct").change(settings)
    client = connect("openai:gpt-4o-mini", server.url)
    done = run_recipe(Plan(recipe, recipe.steps[0].source[0], tmp_path / "run"), client, Limits(1))
    unanswered = [entry for entry in ledger_entries(done.folder) if entry.get("unanswered")]
    assert len(unanswered) == done.manifest["steps"][0]["unanswered"] > 0
    assert done.manifest["steps"][0]["refused_because"]["the teacher failed"] == len(unanswered)


@pytest.mark.parametrize("moment", [2, 20, 45, 80, 105])
def test_a_kill_changes_nothing_in_what_comes_out(run: Run, tmp_path: Path, moment: int) -> None:
    folder = tmp_path / "run"
    settings = [f"--set={name}={','.join(map(str, v)) if isinstance(v, list) else v}" for name, v in SMALL.items()]
    command = [*COMMAND, "run", "explore-instruct", "--model", "scripted:explorer", "--output", str(folder), *settings]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while _stored(folder) < moment and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    paid = _stored(folder)
    again = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert _stored(folder) == run.manifest["paid"]["replies"]
    assert paid <= _stored(folder)
    assert (folder / "data" / "train.jsonl").read_bytes() == (run.folder.data / "train.jsonl").read_bytes()
    for file in sorted((run.folder.data / "tree").iterdir()):
        assert (folder / "data" / "tree" / file.name).read_bytes() == file.read_bytes()


def _stored(folder: Path) -> int:
    import sqlite3

    if not (folder / "replies.sqlite").exists():
        return 0
    try:
        with sqlite3.connect(f"file:{folder / 'replies.sqlite'}?mode=ro", uri=True) as data:
            return int(data.execute("SELECT count(*) FROM replies").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_the_estimate_is_a_rehearsal(tmp_path: Path) -> None:
    recipe = load_recipe("explore-instruct").change({"explore.extend.breadth": [3, 2], "explore.enrich.examples": [20]})
    source, _ = recipe.steps[0].source
    client = connect("scripted:explorer")
    found = estimate(recipe, read_rows(source), {"": Voice(client, None)}, Limits())
    # Ahead: the root and its 3 subtasks. Back: these 4, which finds 3 at depth 2, and 1 at depth 1 to be asked ahead.
    # Examples, ten a request: 11 for the root, 18 for each of 4 + 11 tasks.
    assert found.steps[0].requests == 4 + 4 + 1 + 2 + 15 * 2
    assert not list(tmp_path.iterdir())


def test_settings_within_settings(tmp_path: Path) -> None:
    recipe = load_recipe("explore-instruct")
    changed = recipe.change({"explore.extend.breadth": "4,3", "explore.enrich.examples": 7, "explore.domain": "maths"})
    step = changed.steps[0]
    assert isinstance(step, Explore)
    assert (step.extend.breadth, step.enrich.examples, step.domain) == ((4, 3), (7,), "maths")
    assert step.extend.backtrack == 1
    for wrong, said in (
        ({"explore.extend.bredth": 3}, "did you mean 'breadth'"),
        ({"explore.exend.breadth": 3}, "did you mean 'extend'"),
        ({"explore.extend.breadth": "a"}, "whole number"),
        ({"explore.prune": 2}, "expected 1.0 or less"),
    ):
        with pytest.raises(RecipeError, match=said):
            recipe.change(wrong)
    written = tmp_path / "own.yaml"
    written.write_text(changed.to_yaml())
    assert load_recipe(written) == changed


def test_a_domain_file_is_found_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "letters.yaml").write_text(
        "name: letters\ntitle: Letters\nexamples:\n- {instruction: Thank an aunt, output: Dear aunt}\n"
    )
    (tmp_path / "own.yaml").write_text("name: own\nsteps:\n- {step: explore, domain: letters.yaml}\n")
    step = load_recipe(tmp_path / "own.yaml").steps[0]
    assert step.source == (str(tmp_path / "letters.yaml"), "the domain letters")
    assert [row["output"] for row in read_rows(step.source[0])] == ["Dear aunt"]
    assert step.inputs == (tmp_path / "letters.yaml",)


def test_a_domain_that_is_not_there_is_named(tmp_path: Path) -> None:
    recipe = build_recipe({"name": "own", "steps": [{"step": "explore", "domain": "math"}]}, "own")
    with pytest.raises(UsageError, match="did you mean 'maths'"):
        Plan(recipe, str(builtin_domains()["maths"]), tmp_path).check()


def test_examples_in_an_object_are_rows(tmp_path: Path) -> None:
    task = {"raw_task_name": "A [b]", "reason": 'because \\ "so"', "examples": [{"instruction": "x", "output": "y"}]}
    (tmp_path / "task.json").write_text(json.dumps(task, indent=2))
    assert [row["output"] for row in read_rows(tmp_path / "task.json")] == ["y"]
    for name in builtin_domains():
        rows = list(read_rows(str(builtin_domains()[name])))
        assert [row["instruction"] for row in rows] == [seed.instruction for seed in load_domain(name).examples]
    facts = check_source(str(builtin_domains()["rewriting"]))
    assert facts.rows == 9


def test_real_task_files_are_sources(shared: Path) -> None:
    folder = shared / "explore_instruct" / "demo_domain"
    assert sum(1 for _ in read_rows(folder / "paraphrase.json")) == 512
    assert sum(1 for _ in read_rows(folder / "assistance_for_text_editting.json")) == 2


def test_a_ledger_counts_refusals_apart() -> None:
    entries: list[dict[str, Any]] = []
    ledger = Ledger("explore", entries.append)
    ledger.made({"id": "a.1", "instruction": "x"}, task="a", replies=["k"])
    ledger.refused("a.refused.1", "banned word (image)", "banned word", replies=["k"])
    assert (ledger.tally.rows_in, ledger.tally.rows_out) == (0, 1)
    said = ledger.tally.as_json()
    assert (said["refused"], said["refused_because"], said["dropped"]) == (1, {"banned word": 1}, 0)
    assert [entry["replies"] for entry in entries] == [["k"], ["k"]]


def test_the_step_is_known_and_is_no_command_by_itself() -> None:
    assert STEPS["explore"] is Explore
    assert not Explore.has_command
    assert os.fspath(Explore().source[0]).endswith("rewriting.yaml")
