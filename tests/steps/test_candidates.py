"""Collecting answers: of teachers, columns and files; what does not come leaves the others standing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from tests.cli.runner import tunesmith
from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.data.answer_files import read_answers
from tunesmith.data.files import read_rows
from tunesmith.errors import DataError, UsageError
from tunesmith.recipes import Plan, Recipe, load_recipe, run_recipe
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.candidates import Candidates
from tunesmith.teacher import Limits, ReplyStore, Teacher, Voice, connect

ROW: Row = {"id": "0", "instruction": "Name a fruit.", "input": "red", "output": "A cherry.", "other": "A beet."}


def collect(
    step: Candidates, source: list[Row], server: Loopback, folder: Path
) -> tuple[list[Row], list[dict[str, Any]], list[str]]:
    entries: list[dict[str, Any]] = []
    ledger = Ledger(step.label, entries.append)
    step.check_inputs()
    if not step.models:
        return list(step.run(source, ledger, None)), entries, ledger.tally.notes
    voices = {name: Voice(connect(name or "openai:own", server.url)) for name in step.teachers}
    with Teacher(voices, ReplyStore(folder / "s.sqlite"), Limits(retries=0)) as teacher:
        return list(step.run(source, ledger, teacher)), entries, ledger.tally.notes


def say(server: Loopback, answer: Callable[[Json, int], Json | int]) -> None:
    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        found = answer(body, nth)
        return web.json_response({}, status=found) if isinstance(found, int) else web.json_response(found)

    server.behaviour = behave


def test_teachers_columns_and_files_side_by_side(server: Loopback, tmp_path: Path) -> None:
    say(server, lambda body, nth: completion(f" {body['model']} says: an apple. ", body))
    file = tmp_path / "davinci.jsonl"
    file.write_text(json.dumps({"instruction": "Name a fruit.", "input": "red", "output": "A plum."}) + "\n")
    step = Candidates(
        models=("", "nick=openai:b"),
        columns=("output", "beet=other"),
        files=(str(file), f"again={file}"),
        temperature=0.5,
    )
    (row,), entries, notes = collect(step, [ROW], server, tmp_path)
    assert [(one["model"], one["text"]) for one in row["candidates"]] == [
        ("openai:own", "own says: an apple."),
        ("nick", "b says: an apple."),
        ("output", "A cherry."),
        ("beet", "A beet."),
        ("davinci", "A plum."),
        ("again", "A plum."),
    ]
    assert row["output"] == "A cherry."
    assert (entries[0]["fate"], len(entries[0]["replies"]), notes) == ("changed", 2, [])
    assert {prompt_of(body) for body in server.bodies} == {"Name a fruit.\n\nred"}
    assert {body["temperature"] for body in server.bodies} == {0.5}


def test_a_teacher_that_fails_or_refuses_loses_only_its_own_answer(server: Loopback, tmp_path: Path) -> None:
    def answer(body: Json, nth: int) -> Json | int:
        if body["model"] == "down":
            return 500
        if body["model"] == "prude":
            return completion("", body, "content_filter")
        if body["model"] == "long":
            return completion("I go on and", body, "length")
        return completion("An apple.", body)

    say(server, answer)
    step = Candidates(
        models=("openai:down", "openai:prude", "openai:long", "openai:fine"), columns=("output",), tries=2
    )
    rows = [ROW, ROW | {"id": "1", "instruction": "Name a tree.", "output": ""}]
    out, entries, notes = collect(step, rows, server, tmp_path)
    assert [[one["model"] for one in row["candidates"]] for row in out] == [["openai:fine", "output"]]
    refused = [entry for entry in entries if entry["fate"] == "refused"]
    assert len(refused) == 3
    by_model = {entry["row"].rsplit("candidates.", 1)[1]: entry for entry in refused}
    assert set(by_model) == {"openai:down", "openai:prude", "openai:long"}
    assert by_model["openai:down"]["unanswered"] is True
    assert "replies" not in by_model["openai:down"]
    assert len(by_model["openai:long"]["replies"]) == 2
    assert "cut off by max_tokens, asked twice" in by_model["openai:long"]["reason"]
    assert "withheld by the provider" in by_model["openai:prude"]["reason"]
    (dropped,) = [entry for entry in entries if entry["fate"] == "dropped"]
    assert dropped["kind"] == "one answer only"
    assert dropped["unanswered"] is True
    assert "the column 'output' has none" in dropped["reason"]
    assert len(dropped["replies"]) == 4
    assert any(note.startswith("2 rows have no answer of openai:down: the teacher failed") for note in notes)


def test_one_is_asked_again_while_the_others_are_done(server: Loopback, tmp_path: Path) -> None:
    def answer(body: Json, nth: int) -> Json:
        shy = body["model"] == "shy" and sum(one["model"] == "shy" for one in server.bodies) < 3
        return completion("Yes.", body, "length" if shy else "stop")

    say(server, answer)
    step = Candidates(models=("openai:shy", "openai:b"), columns=())
    (row,), entries, _ = collect(step, [ROW], server, tmp_path)
    assert [one["text"] for one in row["candidates"]] == ["Yes.", "Yes."]
    assert sorted(body["model"] for body in server.bodies) == ["b", "shy", "shy", "shy"]
    assert len(entries[0]["replies"]) == 4


def test_nobody_is_asked_where_all_answers_are_there(server: Loopback, tmp_path: Path) -> None:
    step = Candidates(models=(), columns=("output", "other"))
    assert (step.prompts(), step.teachers, set(step.reads)) == ({}, (), {"instruction", "output", "other"})
    (row,), _, _ = collect(step, [ROW], server, tmp_path)
    assert [one["model"] for one in row["candidates"]] == ["output", "other"]
    assert server.bodies == []


def record(output: str, asks: str | None = None, row_id: str | None = None) -> Row:
    return {"output": output} | ({"instruction": asks} if asks else {}) | ({"id": row_id} if row_id else {})


CHAT = [{"role": "user", "content": "Q a"}, {"role": "assistant", "content": "one"}]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([record("two", None, "b"), record("one", None, "a")], ["one", "two"]),
        ([record("one", "Q a", "a"), record("two", "Q b", "b")], ["one", "two"]),
        ([record("two", "Q b"), record("one", "Q a") | {"input": ""}], ["one", "two"]),
        ([record("two", "Q b", "a"), record("one", "Q a", "b")], ["one", "two"]),
        ([record("no", "Q other", "a"), record("two", "Q b", "b")], [None, "two"]),
        ([{"messages": CHAT}], ["one", None]),
        ([record("one", None, "a"), {"id": "b", "output": None}], ["one", None]),
        ([{"instruction": "Q a", "input": "", "output": None}, record("two", "Q b")], [None, "two"]),
        ([record("", None, "a"), record("two", None, "b")], [None, "two"]),
    ],
    ids=[
        "by id",
        "by both",
        "by question",
        "ids of another file",
        "no answer",
        "messages",
        "null",
        "null in alpaca",
        "empty",
    ],
)
def test_rows_find_their_answers_in_a_file(
    records: list[Row], expected: list[str | None], server: Loopback, tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps(records))
    rows = [{"id": name, "instruction": f"Q {name}", "input": "", "output": "o", "other": "p"} for name in "ab"]
    step = Candidates(models=(), columns=("output", "other"), files=(str(file),))
    out, _, _ = collect(step, rows, server, tmp_path)
    found = [{one["model"]: one["text"] for one in row["candidates"]}.get("x") for row in out]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('[{"id": "a"}]', DataError, "'output'"),
        ('[{"output": "a"}]', UsageError, "neither 'id' nor 'instruction'"),
        ('[{"id": "a", "output": 3}]', DataError, "expected text"),
        ('[{"id": "a", "output": "x"', DataError, "ends in the middle"),
        (None, UsageError, "cannot be read"),
    ],
)
def test_files_that_do_not_fit_are_told_before_anything_is_spent(
    text: str | None, error: type[Exception], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(error, match=said):
        Candidates(files=(str(file),)).check_inputs()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"columns": ("output", "output=other")}, "both be called 'output'"),
        ({"fallback": ("openai:b",)}, "leave model and fallback out"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Candidates(**settings)


def test_one_answer_alone_is_refused_once_all_settings_are_there(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"instruction": "Q", "output": "mine"}]')
    (tmp_path / "rows.json").write_text('[{"instruction": "Q", "output": "theirs"}]')
    recipe = Recipe.model_validate({"name": "x", "steps": [{"step": "candidates", "models": []}]})
    with pytest.raises(UsageError, match="answers of at least two models are compared"):
        Plan(recipe, str(tmp_path / "rows.json"), tmp_path / "run").check()
    whole = recipe.change({"candidates.files": str(tmp_path / "x.json")})
    run = run_recipe(Plan(whole, str(tmp_path / "rows.json"), tmp_path / "run"), None)
    assert [one["text"] for one in next(iter(run.rows()))["candidates"]] == ["theirs", "mine"]


def test_the_command_can_ask_nobody_and_offers_no_fallback(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"instruction": "Q", "output": "mine"}]')
    (tmp_path / "rows.json").write_text('[{"instruction": "Q", "output": "theirs"}]')
    assert "--fallback" not in tunesmith("candidates", "--help").stdout
    for number, nobody in enumerate(("", "[]")):
        done = tunesmith(
            "candidates", tmp_path / "rows.json", "-o", tmp_path / f"{number}.jsonl", "--models", nobody,
            "--files", tmp_path / "x.json",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_a_column_named_like_a_teacher(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="both be called"):
        Candidates(models=("x=openai:a",), columns=("x",))


def test_files_are_found_from_the_recipe_and_from_the_run_and_stand_in_the_manifest(tmp_path: Path) -> None:
    recipe, source = tmp_path / "recipes" / "mine.yaml", tmp_path / "rows.json"
    recipe.parent.mkdir()
    recipe.write_text(
        "name: mine\nsteps:\n- step: candidates\n  models: []\n  files: [one=a.json, b.json]\n  columns: []\n"
    )
    for name in "ab":
        (recipe.parent / f"{name}.json").write_text(json.dumps([{"instruction": "Q", "output": f"by {name}"}]))
    source.write_text(json.dumps([{"instruction": "Q"}]))
    from tunesmith.recipes import load_recipe

    run = run_recipe(Plan(load_recipe(recipe), str(source), tmp_path / "run"), None)
    (row,) = run.rows()
    assert row["candidates"] == [{"model": "one", "text": "by a"}, {"model": "b", "text": "by b"}]
    assert set(run.manifest["inputs"]) == {str(recipe.parent / "a.json"), str(recipe.parent / "b.json")}
    card = (run.folder.data / "README.md").read_text()
    assert "files: one=a.json (SHA-256 " in card
    assert str(tmp_path) not in card
    again = run_recipe(Plan(load_recipe(run.folder.recipe), str(source), tmp_path / "again"), None)
    assert list(again.rows()) == [row]


def test_a_recipe_names_its_teachers_without_nicknames() -> None:
    recipe = Recipe.model_validate({"name": "x", "steps": [{"step": "candidates", "models": ["a=openai:b", ""]}]})
    assert recipe.teachers() == {"openai:b": "candidates", "": "candidates"}


@pytest.mark.parametrize(
    ("questions", "files", "answered"),
    [
        ("fastchat/question.jsonl", "fastchat/answers/answer_*.jsonl", {79, 80}),  # llama-13b wrote nothing once
        ("fastchat/question.jsonl", "expertllama/answers/*.jsonl", {80}),
        ("alpagasus/test_sets/sinstruct_test_set.jsonl", "self_instruct/*.jsonl", {252}),
    ],
)
def test_published_answer_files_find_their_questions(
    shared: Path, questions: str, files: str, answered: set[int]
) -> None:
    rows = list(read_rows(shared / questions))
    found = [read_answers(path) for path in sorted(shared.glob(files))]
    assert len(found) >= 3
    assert {sum(bool(answers.to(row)) for row in rows) for answers in found} == answered


def test_each_model_is_asked_in_its_own_template(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("Q: {question}\nA:")
    step = Candidates(
        models=("a=openai:x", "b=openai:y", "c=openai:z"), columns=(),
        templates=("a=alpaca", f"b={tmp_path / 'own.txt'}"),
    )  # fmt: skip
    row = {"id": "0", "instruction": "Name a fruit.", "input": ""}
    asked = {request.teacher: request.messages[-1].content for request in step.requests(row)}
    assert "### Instruction:\nName a fruit.\n" in asked["openai:x"]
    assert asked["openai:y"] == "Q: Name a fruit.\nA:"
    assert asked["openai:z"] == "Name a fruit."
    assert {*step.reads} == {"instruction"}
    assert step.prompts().keys() == {"prompt", "template-a", "template-b"}


@pytest.mark.parametrize("given", ["d=alpaca", "alpaca"])
def test_a_template_for_nobody_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="give NAME=TEMPLATE"):
        Candidates(models=("a=openai:x", "b=openai:y"), templates=(given,))


def test_templates_of_a_recipe_file_lie_beside_it_and_a_run_keeps_them(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("Q: {question}\nA:")
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nsteps:\n- step: candidates\n  columns: []\n  models: [a=openai:x, b=openai:y]\n"
        "  templates: [a=alpaca, b=own.txt]\n"
    )
    (tmp_path / "rows.json").write_text(json.dumps([ROW]))
    recipe = load_recipe(tmp_path / "mine.yaml")
    voices = {name: Voice(connect(name, server.url)) for name in recipe.teachers()}
    run = run_recipe(Plan(recipe, str(tmp_path / "rows.json"), tmp_path / "run"), voices)
    kept = load_recipe(run.folder.recipe).steps[0]
    assert isinstance(kept, Candidates)
    assert kept.templates == ("a=alpaca", f"b={tmp_path / 'own.txt'}")
    assert (run.folder.prompts / "candidates.template-b.txt").read_text() == "Q: {question}\nA:"
    assert "b=own.txt" in (run.folder.data / "README.md").read_text()
