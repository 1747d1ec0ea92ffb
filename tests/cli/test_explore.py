"""``tunesmith explore`` as people type it: what it says, what it leaves behind, and its exit status."""

import io
import json
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from tests.cli.runner import start
from tests.explore.teachers import SEEDS, asked_in, behaviour, diligent, moody, tree_in, written
from tests.loopback import Json, Loopback, prompt_of
from tunesmith.cli import main
from tunesmith.data.files import read_rows
from tunesmith.explore import Asking, Domain, Enrich, Extend, TreeFolder
from tunesmith.explore.asking import published_enrich, published_extend
from tunesmith.explore.tree_files import META, PRUNED


class Done(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one sentence of a command that failed."""
        assert "Traceback" not in self.err
        (line,) = [line for line in self.err.splitlines() if line.startswith("tunesmith: ")]
        return line


def tunesmith(*args: object) -> Done:
    out, err, status = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([*map(str, args)])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
    return Done(status, out.getvalue(), err.getvalue())


def ok(*args: object) -> str:
    done = tunesmith("explore", *args)
    assert done.status == 0, done.err
    return done.out


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    path = tmp_path / "seeds.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in SEEDS))
    return path


@pytest.fixture
def folder(tmp_path: Path, seeds: Path) -> Path:
    ok("new", "Writing letters", "--examples", seeds, "--reason", "People write.", "-o", tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture
def teacher(server: Loopback) -> list[object]:
    server.behaviour = behaviour(diligent)
    return ["--model", "openai:gpt-4o-mini", "--base-url", server.url]


@pytest.fixture
def real(shared: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "demo_domain"
    copy.mkdir()
    for file in (shared / "explore_instruct" / "demo_domain").iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def left_in(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir() if file.is_file() and not file.name.startswith(".")}


# From the first word to the data set


def test_from_a_title_to_a_data_set(folder: Path, teacher: list[object], tmp_path: Path) -> None:
    said = ok("extend", folder, "--breadth", "3,2", *teacher)
    assert "ended: every task is as broad as asked for" in said
    assert "9 requests; new: 15; refused: 0" in said
    said = ok("enrich", folder, "--examples", "40,20", *teacher)
    assert "ended: every task has its examples" in said
    assert "tasks pruned at 0.7" in ok("prune", folder)
    assert "examples put aside at 0.7" in ok("filter", folder)
    said = ok("sample", folder, "-n", 50, "-o", tmp_path / "rows.jsonl")
    rows = list(read_rows(tmp_path / "rows.jsonl"))
    assert f"{tmp_path / 'rows.jsonl'}: {len(rows)} rows of " in said
    tasks = tree_in(folder).by_name()
    for row in rows:
        assert row["path"] == tasks[row["task"]].path
        assert row["path"][0] == "Writing letters"
    assert not any(b"sk-test-key" in content for content in left_in(folder).values())


def test_the_outcome_as_json(folder: Path, teacher: list[object]) -> None:
    found = json.loads(ok("extend", folder, "--breadth", "2", "--backtrack", 0, "--json", *teacher))
    outcome = {"why": "every task is as broad as asked for", "requests": 1, "found": 2, "refused": 0}
    assert found.keys() == {"outcome", "tree", "paid", "seconds"}
    assert (found["outcome"], found["tree"]["tasks"], found["paid"]["replies"]) == (outcome, 3, 1)
    assert json.loads(ok("prune", folder, "--json"))["pruned"] == {}
    assert sum(json.loads(ok("filter", folder, "--json"))["put_aside"].values()) > 0


# The published tree, with the published prompts


def test_the_published_tree_is_written_back_without_loss(real: Path, tmp_path: Path) -> None:
    before = left_in(real)
    assert "0 of 9 tasks pruned at 0.4" in ok("prune", real, "--threshold", 0.4)
    counts = json.loads(ok("filter", real, "--json"))["examples"]
    assert (counts["paraphrase"], counts["style_transfer"]) == (269, 347)
    ok("sample", real, "-n", 300, "-o", tmp_path / "rows.json")
    ok("show", real)
    ok("filter", real, "--threshold", 1)
    after = left_in(real)
    # What was put aside and taken back is written as we write; all else is untouched, to the byte.
    assert {name: json.loads(after[name]) for name in before} == {name: json.loads(before[name]) for name in before}
    touched = {name for name in before if before[name] != after[name]}
    assert META not in touched
    assert "assistance_for_text_editting.json" not in touched
    assert after.keys() - before.keys() == {"ledger.jsonl"}


def sent(server: Loopback) -> list[str]:
    return sorted(prompt_of(body) for body in server.bodies)


def test_extending_with_a_published_prompt_sends_the_published_requests(
    real: Path, shared: Path, server: Loopback, teacher: list[object]
) -> None:
    server.behaviour = behaviour(lambda asked: "No more subtasks.")
    before = left_in(real)
    prompt = shared / "prompts" / "explore_instruct_write_assistance_extend.txt"
    said = ok("extend", real, "--extend-prompt", prompt, "--backtrack", 0, "--max-depth", 2, *teacher)
    asking = Asking(Domain(name="d", title="D"), Extend())
    tasks = tree_in(real).root.children
    expected = [
        published_extend(prompt.read_bytes().decode(), task, asking.demonstrations(task, "extend", 0), (3, 2, 12))
        for task in tasks
    ]
    assert sent(server) == sorted(expected)
    assert len(expected) == 8
    for body in server.bodies:
        assert body["messages"][0]["role"] == "user"
        assert len(body["messages"]) == 1
    published = json.loads((shared / "explore_instruct" / "published_requests.json").read_text())
    (paraphrase,) = [text for text in expected if "\nTarget task: paraphrase\n" in text]
    theirs = published[1]["request"]
    # The third example of the root is all that the two draws may differ in.
    assert paraphrase.partition("Target task: ")[0] == theirs.partition("Target task: ")[0]
    assert paraphrase.partition("The list of")[2] == theirs.partition("The list of")[2]
    assert "8 with no more, as the teacher says" in said
    after = left_in(real)
    assert {name for name in before if before[name] != after[name]} == {META}


def test_enriching_with_a_published_prompt_sends_the_published_requests(
    real: Path, shared: Path, server: Loopback, teacher: list[object]
) -> None:
    server.behaviour = behaviour(lambda asked: "Nothing of the kind.")
    prompt = shared / "prompts" / "explore_instruct_write_assistance_enrich.txt"
    tree = TreeFolder(real).read()
    wanted = max(len(task.examples) for task in tree.tasks())
    before = left_in(real)
    ok(
        "enrich",
        real,
        "--enrich-prompt",
        prompt,
        "--examples",
        f"0,{wanted}",
        "--batch",
        10,
        "--fruitless",
        1,
        *teacher,
    )
    asking = Asking(Domain(name="d", title="D"), Enrich())
    expected = [
        published_enrich(prompt.read_bytes().decode(), task, asking.demonstrations(task, "enrich", 0), min(10, missing))
        for task in tree.root.children
        if (missing := wanted - len(task.examples)) > 0
    ]
    assert len(expected) == 7
    assert sent(server) == sorted(expected)
    after = left_in(real)
    untouched = {META, tree.root.file, *(task.file for task in tree.root.children if len(task.examples) == wanted)}
    assert {name for name in before if before[name] == after[name]} == untouched


def test_the_real_tree_grows_and_is_still_read_by_the_published_rules(
    real: Path, shared: Path, server: Loopback, teacher: list[object]
) -> None:
    prompt = shared / "prompts" / "explore_instruct_write_assistance_extend.txt"
    ok("extend", real, "--extend-prompt", prompt, "--breadth", "9,1", *teacher)
    entries = [json.loads((real / META).read_text(encoding="utf-8"))]
    for entry in entries:
        entries += entry["children"]
        body = json.loads((real / entry["config_filename"]).read_text(encoding="utf-8"))
        assert isinstance(body["examples"], list)
        assert body["task_name"] == entry["task_name"]
    assert len(entries) > 9 + 9


# Before anything is paid


@pytest.mark.parametrize("command", ["extend", "enrich"])
def test_a_dry_run_sends_nothing_and_counts_what_a_run_asks(
    folder: Path, server: Loopback, teacher: list[object], command: str
) -> None:
    if command == "enrich":
        ok("extend", folder, "--breadth", "3,2", *teacher)
    server.bodies.clear()
    before = left_in(folder)
    options: list[object] = ["--breadth", "4,2,2", "--backtrack", 2] if command == "extend" else ["--examples", "60,20"]
    said = ok(command, folder, "--dry-run", *options, *teacher)
    assert server.bodies == []
    assert left_in(folder) == before
    ok(command, folder, *options, *teacher)
    assert len(server.bodies) > 10
    assert f" {len(server.bodies)} " in said
    assert "$" in said


@pytest.mark.parametrize("command", ["extend", "enrich"])
def test_a_dry_run_as_json_is_the_estimate(folder: Path, teacher: list[object], command: str) -> None:
    options: list[object] = ["--breadth", "3"] if command == "extend" else ["--examples", 50]
    found = json.loads(ok(command, folder, "--dry-run", "--json", *options, *teacher))
    assert found.keys() == {"steps", "cost", "most", "seconds", "paced_by"}
    assert found["steps"][0]["name"] == command
    assert found["steps"][0]["requests"] > 0


def test_a_dry_run_neither_locks_nor_writes(folder: Path, teacher: list[object]) -> None:
    for file in folder.glob(".*"):
        file.unlink()
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    ok("extend", folder, "--dry-run", *teacher)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    with TreeFolder(folder).locked():
        ok("extend", folder, "--dry-run", *teacher)


# What ends a run, and how it leaves


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-tasks", 4], "ended: the cap of 4 tasks is reached"),
        (["--max-requests", 2], "ended: the cap of 2 requests is reached"),
        (["--max-depth", 0], "ended: every task is as broad as asked for\n"),
        (["--breadth", "2", "--backtrack", 0], "ended: every task is as broad as asked for\n"),
    ],
)
def test_it_says_how_it_ended(folder: Path, teacher: list[object], options: list[object], words: str) -> None:
    assert words in ok("extend", folder, *options, *teacher)


def test_it_says_what_was_refused_and_why(folder: Path, server: Loopback, teacher: list[object]) -> None:
    server.behaviour = behaviour(moody)
    said = ok("extend", folder, "--breadth", "4,4", *teacher)
    assert "refused, over the life of the tree, because:" in said
    assert "there is a task of this name" in said


async def unauthorized(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    return web.json_response({"error": {"message": "Incorrect API key provided"}}, status=401)


async def bad_request(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    return web.json_response({"error": {"message": "unknown model"}}, status=400)


@pytest.mark.parametrize("command", ["extend", "enrich"])
@pytest.mark.parametrize(("behave", "words"), [(unauthorized, "Incorrect API key"), (bad_request, "unknown model")])
def test_a_teacher_who_answers_nothing_is_a_failed_run(
    folder: Path, server: Loopback, teacher: list[object], command: str, behave: Any, words: str
) -> None:
    server.behaviour = behave
    done = tunesmith("explore", command, folder, *(["--examples", "90"] if command == "enrich" else []), *teacher)
    assert done.status == 1
    assert words in done.error
    assert len(server.bodies) < 40
    assert tree_in(folder).root.examples == SEEDS


def test_a_spent_budget_is_a_failed_run_that_keeps_what_it_bought(folder: Path, teacher: list[object]) -> None:
    options = ["--breadth", "5,5,5", "--max-tokens", 1000, "--price", "1,1", *teacher]
    done = tunesmith("explore", "extend", folder, "--budget", 0.01, *options)
    assert done.status == 1
    assert "budget" in done.error
    tasks = len(tree_in(folder).tasks())
    assert 5 < tasks < 100
    assert tunesmith("explore", "extend", folder, "--budget", 0.01, *options).status == 1
    assert len(tree_in(folder).tasks()) == tasks


def test_the_same_command_again_asks_nothing(folder: Path, server: Loopback, teacher: list[object]) -> None:
    for command, options in (("extend", ["--breadth", "3,2"]), ("enrich", ["--examples", "50,9"])):
        ok(command, folder, *options, *teacher)
        before, bodies = written(folder), len(server.bodies)
        assert "0 requests; new: 0; refused: 0" in ok(command, folder, *options, *teacher)
        assert (written(folder), len(server.bodies)) == (before, bodies)


def test_ctrl_c_waits_for_what_is_paid_and_the_same_command_goes_on(tmp_path: Path, folder: Path) -> None:
    with Loopback(behaviour(diligent), latency=0.1) as server:
        args = ["explore", "extend", folder, "--breadth", "4,4,4", "--backtrack", 0, "--concurrency", 4,
                "--model", "openai:m", "--base-url", server.url]  # fmt: skip
        with start(*args) as process:
            while len(server.bodies) < 8:
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "the same command goes on" in err
        assert sum(server.answered.values()) == len(server.bodies), "what was in flight was waited for"
        server.latency, before = 0.0, Counter(map(prompt_of, server.bodies))
        ok(*args[1:])
        assert max(Counter(map(prompt_of, server.bodies)).values()) == 1
        assert before
    assert len(tree_in(folder).tasks()) == 1 + 4 + 16 + 64


def test_two_processes_do_not_work_in_one_folder(folder: Path, teacher: list[object]) -> None:
    with TreeFolder(folder).locked():
        for command in (["extend", folder, *teacher], ["prune", folder]):
            done = tunesmith("explore", *command)
            assert done.status == 1
            assert "another tunesmith is at work" in done.error


def test_what_was_paid_is_told_over_the_life_of_the_tree(folder: Path, teacher: list[object]) -> None:
    ok("extend", folder, "--breadth", "2", "--backtrack", 0, *teacher)
    said = ok("extend", folder, "--breadth", "2,1", "--backtrack", 0, *teacher)
    assert "paid for, over the life of the tree: 3 replies (2 of them just now), " in said
    assert "in this run" not in said


def test_one_of_a_thing_is_not_told_as_several(tmp_path: Path, teacher: list[object]) -> None:
    (tmp_path / "one.jsonl").write_text(json.dumps(SEEDS[0]))
    folder = tmp_path / "tree"
    assert "with 1 example\n" in ok("new", "Writing letters", "--examples", tmp_path / "one.jsonl", "-o", folder)
    assert ok("show", folder).splitlines()[-1] == "1 task, the deepest at 0, 1 example"
    said = ok("extend", folder, "--breadth", "1", "--each", 0, "--backtrack", 0, *teacher)
    assert "1 request; new: 1; refused: 0\nthe tree: 2 tasks, the deepest at 1, 1 example\n" in said
    assert "over the life of the tree: 1 reply, " in said


def test_the_totals_add_up_with_the_table_above_them(folder: Path, teacher: list[object]) -> None:
    ok("extend", folder, "--breadth", "3", "--backtrack", 0, *teacher)
    (folder / PRUNED).write_text(json.dumps([task.name for task in tree_in(folder).root.children[:2]]))
    *_, root, children, totals = ok("show", folder).splitlines()
    assert (root.split(), children.split()) == (["0", "1", "0", "40", "0", "0"], ["1", "3", "2", "6", "0", "0"])
    assert totals == "4 tasks, the deepest at 1, 46 examples, 4 of them in pruned tasks, 2 tasks pruned"


def test_what_to_type_next_can_be_typed(tmp_path: Path, teacher: list[object]) -> None:
    folder = tmp_path / "my tree"
    assert f"explore extend '{folder}' --model" in ok("new", "Writing letters", "-o", folder)
    assert f"explore show '{folder}'\n" in ok("extend", folder, "--breadth", "1", "--each", 0, *teacher)
    assert f"explore enrich '{folder}'`" in tunesmith("explore", "sample", folder, "-o", tmp_path / "rows.csv").error


# The page


def test_where_the_page_is_as_json(folder: Path, tmp_path: Path) -> None:
    found = json.loads(ok("show", folder, "--html", "--json"))
    assert (found["page"], found["tasks"], found["examples"]) == (str(folder / "tree.html"), 1, 40)
    assert (folder / "tree.html").is_file()
    assert json.loads(ok("show", folder, "-o", tmp_path / "p.html", "--json"))["page"] == str(tmp_path / "p.html")


def test_a_page_that_cannot_be_written_there_can_be_written_elsewhere(folder: Path, tmp_path: Path) -> None:
    (folder / "tree.html").mkdir()
    done = tunesmith("explore", "show", folder, "--html")
    assert (done.status, done.error.endswith("; or write it elsewhere with -o FILE")) == (2, True)
    (tmp_path / "page.html").mkdir()
    assert "-o FILE" not in tunesmith("explore", "show", folder, "-o", tmp_path / "page.html").error


# The folder of a run


def a_run(folder: Path, status: str) -> Path:
    manifest = {"run": "r", "status": status, "recipe": "explore-instruct", "input": {}, "steps": []}
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_the_tree_of_a_run_is_shown_and_not_changed(folder: Path, tmp_path: Path, teacher: list[object]) -> None:
    run = a_run(tmp_path / "run", "finished")
    (run / "data").mkdir()
    folder.rename(run / "data" / "tree")
    assert "Writing letters" in ok("show", run)
    ok("sample", run, "-o", tmp_path / "rows.jsonl")
    asking: list[list[object]] = [["extend", *teacher], ["extend", "--dry-run", *teacher], ["enrich", *teacher]]
    changing: list[list[object]] = [*asking, ["prune"], ["filter"]]
    for command in changing:
        done = tunesmith("explore", *command, run)
        assert done.status == 2
        assert f"{run} is a run's folder; its tree is {run}/data/tree, a copy" in done.error
        assert f"copy it first (cp -r {run}/data/tree mytree)" in done.error
        assert not (run / ".lock").exists()


def test_a_run_without_a_tree_is_told_apart_from_one_that_has_not_finished(tmp_path: Path) -> None:
    for status, words in (("stopped", "has not finished"), ("finished", "a run of explore-instruct, and such a run")):
        done = tunesmith("explore", "show", a_run(tmp_path / status, status))
        assert done.status == 2
        assert words in done.error
        assert "explore new" not in done.error


def test_a_task_may_be_called_manifest(folder: Path, server: Loopback, teacher: list[object]) -> None:
    server.behaviour = behaviour(lambda asked: "Subtask: Manifest\nReason: So.")
    ok("extend", folder, "--breadth", "1", "--backtrack", 0, *teacher)
    assert (folder / "manifest.json").exists()
    assert "Manifest" in ok("show", folder)


# Wrong calls


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["extend", "TREE"], "which teacher"),
        (["extend", "TREE", "--model", "openai:m", "--max-depth", 101], "--max-depth: expected 100 or less, found 101"),
        (["extend", "TREE", "--model", "openai:m", "--breadth", "3,-1"], "--breadth: expected 0 or more, found '-1'"),
        (["extend", "TREE", "--model", "openai:m", "--breadth", "many"], "--breadth: expected a whole number, found"),
        (["enrich", "TREE", "--model", "openai:m", "--batch", "0"], "--batch: expected 1 or more, found 0"),
        (["extend", "TREE", "--model", "openai:m", "--extend-prompt", "no.txt"], "cannot read the prompt file no.txt"),
        (["extend", "TREE", "--model", "openai:m", "--domain", "maths2"], "there is no domain 'maths2'.*maths"),
        (["prune", "nowhere"], "nowhere is not the folder of a tree: there is no such folder; `tunesmith explore new`"),
        (["new", "-o", "TREE2"], "which domain"),
        (["new", "Title", "-o", "TREE"], "holds a tree already"),
    ],
)  # fmt: skip
def test_a_wrong_call_is_told_in_a_sentence(folder: Path, tmp_path: Path, args: list[object], words: str) -> None:
    before = left_in(folder)
    places = {"TREE": folder, "TREE2": tmp_path / "tree2"}
    done = tunesmith("explore", *(places.get(str(arg), arg) for arg in args))
    assert done.status == 2
    assert re.search(words, done.error), done.error
    assert left_in(folder) == before
    assert not (tmp_path / "tree2").exists()


def test_no_tree_is_made_in_a_folder_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("...")
    done = tunesmith("explore", "new", "Title", "-o", tmp_path)
    assert (done.status, "is not empty" in done.error) == (2, True)


def test_a_tree_without_examples_says_so(tmp_path: Path) -> None:
    assert "without examples, the teacher is shown none" in ok("new", "Title", "-o", tmp_path / "tree")
    done = tunesmith("explore", "sample", tmp_path / "tree", "-o", tmp_path / "rows.jsonl")
    assert (done.status, "has no example to draw" in done.error) == (1, True)


# Samples


def test_a_sample_says_what_it_left_out(folder: Path, teacher: list[object], tmp_path: Path) -> None:
    ok("extend", folder, "--breadth", "3,2", "--backtrack", 0, *teacher)
    (folder / PRUNED).write_text(json.dumps([tree_in(folder).root.children[0].name]))
    said = ok("sample", folder, "-n", 500, "--max-depth", 1, "--cap", 30, "-o", tmp_path / "rows.jsonl")
    # 30 of the root's 40, and 2 of each of two children.
    assert f"{tmp_path / 'rows.jsonl'}: 34 rows of 34" in said
    assert "there are only 34, and 500 were wanted" in said
    assert "left out: 1 pruned task\n" in said
    assert "left out: 6 tasks deeper than 1" in said
    assert "left out: 10 examples beyond 30 of a task" in said
    said = ok("sample", folder, "-n", 500, "--max-depth", 1, "--cap", 30, "--json", "-o", tmp_path / "rows.jsonl")
    left_out = {"pruned_tasks": 1, "deeper_tasks": 6, "examples_over_cap": 10, "examples_without_output": 0}
    assert json.loads(said) == {"rows": 34, "available": 34, "left_out": left_out}
    one, other, third = (tmp_path / f"{n}.jsonl" for n in range(3))
    for path, seed in ((one, 1), (other, 1), (third, 2)):
        ok("sample", folder, "-n", 12, "--seed", seed, "-o", path)
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


def test_a_sample_says_which_examples_have_no_output(tmp_path: Path) -> None:
    folder, rows = tmp_path / "tree", tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({**row, "output": ""}) + "\n" for row in SEEDS))
    ok("new", "Writing letters", "--examples", rows, "-o", folder)
    error = tunesmith("explore", "sample", folder, "-o", tmp_path / "drawn.jsonl").error
    assert "has no example to draw (40 examples without an output); " in error
    edit(folder / tree_in(folder).root.file, lambda body: body["examples"][0].update(output="Dear you"))
    said = ok("sample", folder, "-o", tmp_path / "drawn.jsonl")
    assert "1 row of 1\n  left out: 39 examples without an output\n" in said


# Edits by hand between two commands


def edit(path: Path, change: Any) -> None:
    found = json.loads(path.read_text(encoding="utf-8-sig"))
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def test_edits_by_hand_go_through_every_command(folder: Path, teacher: list[object], tmp_path: Path) -> None:
    ok("extend", folder, "--breadth", "4", "--backtrack", 0, *teacher)
    one, two, three, four = tree_in(folder).root.children
    edit(folder / one.file, lambda body: body.update({"raw_task_name": "Thanks", "reason": "Manners."}))
    edit(
        folder / two.file,
        lambda body: body["examples"].append({"instruction": "Say it with flowers.", "output": "Roses"}),
    )
    (folder / three.file).unlink()
    by_hand = {"raw_task_name": "Complaints", "task_name": "complaints", "config_filename": "complaints.json",
               "reason": "Things break.", "children": [], "colour": "red"}  # fmt: skip

    def change(meta: Any) -> None:
        del meta["children"][3]
        meta["children"].reverse()
        meta["children"].append(by_hand)

    edit(folder / META, change)
    (folder / "complaints.json").write_text(
        '\ufeff{"examples": [{"instruction": "Complain of a lamp.", "output": "It is dark."}]}'
    )
    (folder / PRUNED).write_text(json.dumps([two.name]))
    done = tunesmith("explore", "extend", folder, "--breadth", "4,1", "--backtrack", 0, *teacher)
    assert done.status == 0, done.err
    assert f"the task {three.name!r} has no file {three.file}, and so no examples" in " ".join(done.err.split())
    assert f"not part of the tree, as {META} does not name them: {four.file}" in " ".join(done.err.split())
    for command in ("enrich", "prune", "filter", "show"):
        more = ["--examples", "40,6", *teacher] if command == "enrich" else []
        ok(command, folder, *more)
    tree = tree_in(folder)
    assert [task.title for task in tree.root.children] == [three.title, two.title, "Thanks", "Complaints"]
    assert [len(task.children) for task in tree.root.children] == [1, 0, 1, 1]
    assert tree.by_name()[two.name].pruned == {"by": "hand"}
    assert tree.by_name()[one.name].reason == "Manners."
    assert tree.by_name()["complaints"].more[0] == {"colour": "red"}
    assert (folder / four.file).exists()
    assert {"instruction": "Say it with flowers.", "output": "Roses"} in tree.by_name()[two.name].examples
    ok("sample", folder, "-o", tmp_path / "rows.jsonl")
    assert {row["output"] for row in read_rows(tmp_path / "rows.jsonl")} >= {"It is dark."}


DAMAGE = {
    "a comma too many": ("form.json", '{\n "examples": [],\n}', "form.json, line 3: is not JSON"),
    "examples no list": ("form.json", '{"examples": {}}', "form.json: 'examples' is not a list"),
    "half a tree": (META, '{"task_name": "a",\n "chil', f"{META}, line 2: is not JSON"),
    "outside": (META, '{"task_name": "a", "config_filename": "../seeds.jsonl"}', "the task 'a' names the file"),
    "reserved": (META, '{"task_name": "a", "config_filename": "CON.json"}', "the task 'a' names the file 'CON.json'"),
    "two of a name": (META, '{"task_name": "a", "children": [{"task_name": "a"}]}', "two tasks have the name 'a'"),
    "pruned": (PRUNED, "form", f"{PRUNED}: is not a JSON list of names"),
    "the domain": ("domain.yaml", "name: [", "is not YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told_by_every_command_and_nothing_is_lost(
    folder: Path, server: Loopback, teacher: list[object], tmp_path: Path, name: str
) -> None:
    server.behaviour = behaviour(lambda asked: "Subtask: Form\nReason: So.\n1. Instruction: Do it now.\nOutput: Done.")
    ok("extend", folder, "--breadth", "1", "--backtrack", 0, *teacher)
    file, text, words = DAMAGE[name]
    (folder / file).write_text(text)
    before, bodies = left_in(folder), len(server.bodies)
    commands: list[list[object]] = [["extend", folder, *teacher], ["enrich", folder, *teacher]]
    if file != "domain.yaml":
        commands += [["prune", folder], ["filter", folder], ["show", folder], ["show", "--html", folder]]
        commands.append(["sample", folder, "-o", tmp_path / "rows.jsonl"])
    for command in commands:
        done = tunesmith("explore", *command)
        assert done.status == 2, command
        assert words in done.error
        assert left_in(folder) == before
    assert len(server.bodies) == bodies
    assert not (tmp_path / "rows.jsonl").exists()


def random_edits(folder: Path, dice: Random) -> None:
    """What a careless person might do to the files."""
    for file in sorted(folder.glob("*.json")):
        text = file.read_text(encoding="utf-8")
        where = dice.randrange(len(text) or 1)
        match dice.randrange(6):
            case 0:
                file.write_text(text[:where] + text[where + dice.randrange(1, 9) :])
            case 1:
                file.write_text(
                    text[:where] + dice.choice(['"', "{", "]", ",", "\x00", "null", "é", "5"]) + text[where:]
                )
            case 2:
                words = text.split('"')
                words[dice.randrange(len(words))] = dice.choice(
                    ["children", "", "examples", "x", "\ud83d".encode("utf-8", "replace").decode()]
                )
                file.write_text('"'.join(words))


def test_whatever_a_person_does_to_the_files_there_is_no_traceback(
    folder: Path, server: Loopback, teacher: list[object], tmp_path: Path
) -> None:
    server.behaviour = behaviour(moody)
    ok("extend", folder, "--breadth", "3,2", "--max-requests", 5, *teacher)
    good = left_in(folder)
    outcomes: Counter[int] = Counter()
    for seed in range(60):
        dice = Random(seed)
        for path in folder.glob("*.json"):
            path.unlink()
        for name, content in good.items():
            (folder / name).write_bytes(content)
        random_edits(folder, dice)
        edited = left_in(folder)
        command = dice.choice([["extend", folder, "--breadth", "3,2", "--max-requests", 9, *teacher], ["prune", folder],
                               ["sample", folder, "-o", tmp_path / "rows.jsonl"], ["show", folder],
                               ["enrich", folder, "--examples", "42,3", *teacher]])  # fmt: skip
        done = tunesmith("explore", *command)
        outcomes[done.status] += 1
        assert done.status in (0, 1, 2)
        if done.status:
            assert done.error
            assert left_in(folder) == edited, "a command that fails changes nothing"
    assert outcomes[0] > 5
    assert outcomes[2] > 5


def test_what_a_teacher_writes_is_text_to_show(folder: Path, server: Loopback, teacher: list[object]) -> None:
    nasty = "Tone \x1b[31mred\x07 [bold]x[/bold] <b>"
    server.behaviour = behaviour(
        lambda asked: f"Subtask: {nasty}\nReason: \x1b]0;title\x07 so.\n1. Instruction: Do it now.\nOutput: o"
    )
    said = ok("extend", folder, "--breadth", "1,1", *teacher) + ok("show", folder, "--reasons") + ok("filter", folder)
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "[bold]x[/bold]" in said
    assert "<b>" in said


def seen_tasks(server: Loopback) -> Iterator[str]:
    for body in server.bodies:
        yield asked_in(prompt_of(body)).task


def test_another_domain_of_ones_own(folder: Path, server: Loopback, teacher: list[object], tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ntitle: Mine\nguidance: Only in rhyme.\nchecks: {min_words: 99}\n")
    said = ok("extend", folder, "--domain", tmp_path / "mine.yaml", "--breadth", "2", "--backtrack", 0, *teacher)
    assert "Only in rhyme." in prompt_of(server.bodies[0])
    assert "instruction too short" in said
    assert [*seen_tasks(server)] == ["Writing letters"]
