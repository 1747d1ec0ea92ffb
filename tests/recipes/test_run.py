"""Running a recipe in this process: rows, ledger, manifest, data set, card, going on."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml

from tests.loopback import Loopback
from tunesmith.data.files import read_rows
from tunesmith.errors import RunError, TeacherStopped, UsageError
from tunesmith.prompts import Prompt
from tunesmith.recipes import Plan, Recipe, RunFolder, ledger_entries, load_recipe, row_story, run_recipe
from tunesmith.rows import Row
from tunesmith.steps import RowStep, TeacherStep
from tunesmith.steps.answer import Answer
from tunesmith.steps.strip_leaks import StripLeaks
from tunesmith.teacher import Limits, Price, Reply, connect

ROWS = [{"instruction": f"Question {n}?", "input": "" if n % 3 else f"input {n}"} for n in range(30)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "rows.json"
    path.parent.mkdir()
    path.write_text(json.dumps(ROWS))
    return path


def plan(source: Path, folder: Path, **more: Any) -> Plan:
    return Plan(load_recipe("expertllama"), str(source), folder, **more)


def contents(folder: Path) -> dict[str, bytes]:
    """All files whose bytes must not depend on how often a run was stopped."""
    names = ["ledger.jsonl", "recipe.yaml", "data/train.jsonl", "data/alpaca.json"]
    found = {name: folder / name for name in names if (folder / name).exists()}
    found |= {f"steps/{path.name}": path for path in (folder / "steps").iterdir()}
    return {name: path.read_bytes() for name, path in found.items()}


def test_a_whole_run(server: Loopback, source: Path, tmp_path: Path) -> None:
    client = connect("openai:gpt-4o-mini", server.url)
    ended = run_recipe(plan(source, tmp_path / "run", alpaca=True), client, Limits(budget=1.0))
    manifest, folder = ended.manifest, ended.folder
    rows = list(ended.rows())
    assert [row["instruction"] for row in rows] == [row["instruction"] for row in ROWS]
    assert all(row["output"].startswith("You are expert") and row["expert_identity"] for row in rows)
    assert rows == list(read_rows(folder.data / "train.parquet", "alpaca"))
    alpaca = json.loads((folder.data / "alpaca.json").read_text())
    assert [sorted(row) for row in alpaca] == [["input", "instruction", "output"]] * 30
    assert manifest["status"] == "finished"
    assert manifest["paid"]["replies"] == len(server.bodies) == 60
    assert 0 < manifest["paid"]["cost"] < 1
    assert manifest["models"] == ["gpt-4o-mini-0613"]
    assert json.loads(folder.manifest.read_text()) == manifest
    for step in manifest["steps"]:
        assert step["rows_in"] == step["rows_out"] + step["dropped"] - step["added"] == 30
    entries = list(ledger_entries(folder))
    assert Counter(entry["step"] for entry in entries) == {"identity": 30, "answer": 30, "strip_leaks": 30}
    assert (folder.prompts / "identity.prompt.jinja").read_text().endswith("{{ question }}\nExpert:")
    assert not list(folder.path.rglob("*.part"))


def test_the_same_call_again_sends_nothing_and_changes_nothing(server: Loopback, source: Path, tmp_path: Path) -> None:
    client = connect("openai:gpt-4o-mini", server.url)
    run_recipe(plan(source, tmp_path / "run"), client)
    before, sent = contents(tmp_path / "run"), len(server.bodies)
    again = run_recipe(plan(source, tmp_path / "run"), connect("openai:gpt-4o-mini", server.url))
    assert contents(tmp_path / "run") == before
    assert len(server.bodies) == sent
    assert again.manifest["paid"]["replies"] == sent


def test_the_recipe_in_the_folder_is_the_recipe_that_ran(
    server: Loopback, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.txt").write_text("{expert_identity}\n\nNow: {question}")
    changed = load_recipe("expertllama").change({"answer.prompt": "p.txt", "answer.temperature": 0.5})
    run_recipe(Plan(changed, str(source), Path("run")), connect("openai:m", server.url))
    monkeypatch.chdir("/")
    (tmp_path / "p.txt").unlink()
    recorded = load_recipe(tmp_path / "run" / "recipe.yaml")
    run_recipe(Plan(recorded, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert len(server.bodies) == 60, "the very same requests, all of them in the store"


def test_an_edited_prompt_asks_only_what_changed(server: Loopback, source: Path, tmp_path: Path) -> None:
    run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
    assert len(server.bodies) == 60
    (tmp_path / "p.txt").write_text("{expert_identity}\n\nNow: {question}")
    changed = load_recipe("expertllama").change({"answer.prompt": str(tmp_path / "p.txt")})
    ended = run_recipe(Plan(changed, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert len(server.bodies) == 90
    assert ended.manifest["paid"]["replies"] == 90


def test_an_empty_instruction_is_not_paid_for(server: Loopback, source: Path, tmp_path: Path) -> None:
    source.write_text(json.dumps([{"instruction": " "}, {"instruction": "", "input": "But this asks something."}]))
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
    assert ended.manifest["steps"][0]["dropped_because"] == {"the instruction is empty": 1}
    assert len(list(ended.rows())) == 1


def test_the_first_rows_and_then_all(server: Loopback, source: Path, tmp_path: Path) -> None:
    run_recipe(plan(source, tmp_path / "run", limit=5), connect("openai:m", server.url))
    assert len(server.bodies) == 10
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
    assert len(server.bodies) == 60
    assert len(list(ended.rows())) == 30


def test_a_step_taken_out_leaves_no_rows_behind(server: Loopback, source: Path, tmp_path: Path) -> None:
    run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
    shorter = load_recipe("expertllama").change({}, ["strip_leaks"])
    run_recipe(Plan(shorter, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert {p.name for p in (tmp_path / "run" / "steps").iterdir()} == {
        "0-source.jsonl",
        "1-identity.jsonl",
        "2-answer.jsonl",
    }


def test_other_rows_or_another_recipe_do_not_replace_a_run_by_mistake(
    server: Loopback, source: Path, tmp_path: Path
) -> None:
    run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
    other = tmp_path / "other.json"
    other.write_text(json.dumps(ROWS[:3]))
    with pytest.raises(UsageError, match="over other rows; choose another --output"):
        run_recipe(plan(other, tmp_path / "run"), connect("openai:m", server.url))
    plain = Recipe(name="plain", steps=[Answer(persona="plain")])
    with pytest.raises(UsageError, match="of the recipe expertllama"):
        run_recipe(Plan(plain, str(source), tmp_path / "run"), connect("openai:m", server.url))
    ended = run_recipe(plan(other, tmp_path / "run", overwrite=True), connect("openai:m", server.url))
    assert len(list(ended.rows())) == 3
    assert len(server.bodies) == 60, "its rows were answered before"


def test_a_shared_store_is_paid_by_the_first_run(server: Loopback, source: Path, tmp_path: Path) -> None:
    store = tmp_path / "shared.sqlite"
    run_recipe(plan(source, tmp_path / "one", store=store), connect("openai:m", server.url))
    ended = run_recipe(plan(source, tmp_path / "two", store=store), connect("openai:m", server.url), price=Price(1, 1))
    assert len(server.bodies) == 60
    assert ended.manifest["paid"]["replies"] == 0
    assert ended.manifest["paid"]["cost"] == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_unknown_price_is_said(server: Loopback, source: Path, tmp_path: Path) -> None:
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:mine", server.url))
    assert ended.manifest["paid"]["cost"] is None
    assert "no price is known" in (ended.folder.data / "README.md").read_text()


def test_recipes_without_a_teacher(source: Path, tmp_path: Path) -> None:
    source.write_text(json.dumps([{"instruction": "x", "output": "As a rule, yes."}]))
    ended = run_recipe(Plan(Recipe(name="r", steps=[StripLeaks()]), str(source), tmp_path / "run"), None)
    assert [row["output"] for row in ended.rows()] == ["As a rule, yes."]
    assert ended.manifest["teacher"] is None


def test_when_no_row_is_left_the_run_has_failed(source: Path, tmp_path: Path) -> None:
    source.write_text(
        json.dumps([{"instruction": "x", "output": "I am a botanist.", "expert_identity": "You are a botanist."}])
    )
    with pytest.raises(RunError, match="no row is left"):
        run_recipe(Plan(Recipe(name="r", steps=[StripLeaks()]), str(source), tmp_path / "run"), None)
    assert RunFolder(tmp_path / "run").read_manifest()["status"] == "stopped"


def test_a_stopped_run_says_so_and_goes_on(server: Loopback, source: Path, tmp_path: Path) -> None:
    from aiohttp import web

    from tests.loopback import well_behaved

    async def until_40(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        if len(server.bodies) > 40:
            return web.json_response({"error": {"message": "key revoked"}}, status=401)
        return await well_behaved(body, nth, request)

    server.behaviour = until_40
    with pytest.raises(TeacherStopped, match="key revoked"):
        run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url), Limits(concurrency=2))
    manifest = RunFolder(tmp_path / "run").read_manifest()
    assert manifest["status"] == "stopped"
    assert "key revoked" in manifest["stopped_because"]
    assert manifest["paid"]["replies"] == 40
    assert [step["rows_out"] for step in manifest["steps"]] == [30, 10]
    server.behaviour = well_behaved
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
    assert ended.manifest["status"] == "finished"
    assert server.answered.total() == 60


CARDS = [
    ("", None, "unknown", False),
    ("---\nlicense: cc-by-nc-4.0\nlanguage: en\n---\n# x", None, "cc-by-nc-4.0", True),
    ("---\nlicense: apache-2.0\nlanguage: [en, zh]\n---\n", None, "apache-2.0", False),
    ("---\nlicense: [\n---\n", None, "unknown", False),
    ("just text", "mit", "mit", False),
    ("---\nlicense: []\nlanguage: [en, null]\n---\n", "CC BY-NC 4.0", "CC BY-NC 4.0", True),
    ("---\nlicense: polyform-noncommercial-1.0.0\n---\n", None, "polyform-noncommercial-1.0.0", True),
    ("---\nlicense: ncsa\n---\n", None, "ncsa", False),
]


@pytest.mark.parametrize(("card", "given", "expected", "non_commercial"), CARDS)
def test_the_card_invents_nothing(
    server: Loopback, source: Path, tmp_path: Path, card: str, given: str | None, expected: str, non_commercial: bool
) -> None:
    (source.parent / "README.md").write_text(card)
    ended = run_recipe(plan(source, tmp_path / "run", license=given), connect("openai:m", server.url))
    text = (ended.folder.data / "README.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == expected
    expected_languages = ["en", "zh"] if "zh" in card else ["en"] if "language" in card else None
    assert front.get("language") == expected_languages
    assert ("non-commercial purposes only" in text) == non_commercial
    assert front["size_categories"] == ["n<1K"]
    assert front["configs"][0]["data_files"][0]["path"] == ["train.parquet"]
    assert "openai:m" in text


def test_the_card_tells_settings_that_are_zero(server: Loopback, source: Path, tmp_path: Path) -> None:
    recipe = load_recipe("expertllama").change({"answer.temperature": 0.0})
    ended = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert "temperature: 0.0" in (ended.folder.data / "README.md").read_text()


def test_the_story_of_a_row(server: Loopback, source: Path, tmp_path: Path) -> None:
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:gpt-4o-mini", server.url))
    story = row_story(ended.folder, "3")
    assert story["source"]["instruction"] == "Question 3?"
    assert [entry["step"] for entry in story["steps"]] == ["identity", "answer", "strip_leaks"]
    asked = story["steps"][1]["asked"][0]
    assert "Question 3?\n\ninput 3" in asked["request"]["messages"][0][1]
    assert story["steps"][1]["changes"]["output"] == asked["reply"]
    with pytest.raises(UsageError, match="no row '99'"):
        row_story(ended.folder, "99")


class Shout(TeacherStep):
    """A step of a user's own."""

    step: Literal["tests.recipes.test_run.Shout"] = "tests.recipes.test_run.Shout"

    @property
    def default_prompt(self) -> Prompt:
        return Prompt("Shout: {question} {output}", jinja=False, name="shout")

    def parse(self, row: Row, replies: list[Reply]) -> Row:
        return row | {"output": replies[0].text.upper()}


def test_a_step_of_ones_own(server: Loopback, source: Path, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(
        "name: loud\nsteps: [{step: answer, persona: plain}, {step: tests.recipes.test_run.Shout, name: shout}]"
    )
    recipe = load_recipe(tmp_path / "r.yaml").change({"shout.max_tokens": 7})
    ended = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert next(ended.rows())["output"].startswith("YOU ARE EXPERT")
    assert server.bodies[-1]["max_tokens"] == 7
    assert load_recipe(ended.folder.recipe).steps[1].label == "shout"


class Loud(RowStep):
    """A step of a notebook, that no recipe file could name."""

    step: Literal["loud"] = "loud"

    def apply(self, row: Row) -> list[Row]:
        return [{**row, "output": row["output"].upper()}, {**row, "output": "echo"}]


def test_steps_made_on_the_spot_and_rows_made_twice(server: Loopback, source: Path, tmp_path: Path) -> None:
    recipe = Recipe(name="r", steps=[Answer(persona="plain"), Loud(name="one"), Loud(name="two")])
    ended = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("openai:m", server.url))
    ids = [row["id"] for row in ended.rows()]
    assert len(ids) == len(set(ids)) == 120
    assert ids[:4] == ["0", "0.two.1", "0.one.1", "0.one.1.two.1"]
    assert [(s["rows_in"], s["added"], s["rows_out"]) for s in ended.manifest["steps"]][1:] == [
        (30, 30, 60),
        (60, 60, 120),
    ]


def test_withheld_answers_are_paid_for_once_and_dropped(server: Loopback, source: Path, tmp_path: Path) -> None:
    from aiohttp import web

    from tests.loopback import completion, prompt_of

    async def behave(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        withheld = prompt_of(body).startswith("Question 1")
        return web.json_response(completion("so it is", body, "content_filter" if withheld else "stop"))

    server.behaviour = behave
    recipe = Recipe(name="r", steps=[Answer(persona="plain")])
    for _ in range(2):
        ended = run_recipe(
            Plan(recipe, str(source), tmp_path / "run"), connect("openai:gpt-4o", server.url), Limits(budget=1)
        )
        assert ended.manifest["paid"]["replies"] == len(server.bodies) == 30
        assert ended.manifest["steps"][0]["dropped_because"] == {"withheld by the provider (content_filter)": 11}
        assert ended.manifest["paid"]["unconfirmed"] == 0, "a clean run leaves nothing in doubt"


def test_a_price_learned_later_counts_for_all(server: Loopback, source: Path, tmp_path: Path) -> None:
    run_recipe(plan(source, tmp_path / "run", limit=10), connect("openai:mine", server.url))
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:mine", server.url), price=Price(1.0, 2.0))
    paid = ended.manifest["paid"]
    assert paid["cost"] == pytest.approx((paid["input_tokens"] + 2 * paid["output_tokens"]) / 1e6, rel=1e-6)


def test_files_of_an_earlier_run_do_not_stay(server: Loopback, source: Path, tmp_path: Path) -> None:
    run_recipe(plan(source, tmp_path / "run", alpaca=True), connect("openai:m", server.url))
    shorter = load_recipe("expertllama").change({}, ["strip_leaks"]).change({"answer.persona": "plain"}, ["identity"])
    ended = run_recipe(Plan(shorter, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert sorted(p.name for p in ended.folder.data.iterdir()) == ["README.md", "train.jsonl", "train.parquet"]
    assert [p.name for p in ended.folder.prompts.iterdir()] == ["answer.prompt.jinja"]


def test_a_row_without_the_column_that_a_prompt_names_is_dropped(
    server: Loopback, source: Path, tmp_path: Path
) -> None:
    source.write_text(json.dumps([{"instruction": "a", "hint": "x"}, {"instruction": "b"}]))
    (tmp_path / "p.txt").write_text("{question} ({hint})")
    recipe = Recipe(name="r", steps=[Answer(persona="plain", prompt=tmp_path / "p.txt")])
    ended = run_recipe(Plan(recipe, str(source), tmp_path / "run"), connect("openai:m", server.url))
    assert ended.manifest["steps"][0]["dropped_because"] == {"the row has no column 'hint', which the prompt names": 1}


def test_a_folder_of_something_else_is_left_alone(server: Loopback, source: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("x")
    for folder, words in ((tmp_path / "photos", "holds other files"), (source, "is a file")):
        with pytest.raises(UsageError, match=words):
            run_recipe(plan(source, folder), connect("openai:m", server.url))
    assert not server.bodies


def test_a_folder_that_a_killed_process_had_hardly_begun(server: Loopback, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in (".lock", ".manifest.json.part"):
        (folder / name).write_text("")
    assert run_recipe(plan(source, folder), connect("openai:m", server.url)).manifest["status"] == "finished"


def test_another_teacher_in_the_same_folder(server: Loopback, source: Path, tmp_path: Path) -> None:
    run_recipe(plan(source, tmp_path / "run"), connect("openai:one", server.url))
    ended = run_recipe(plan(source, tmp_path / "run"), connect("openai:two", server.url))
    assert ended.manifest["paid"]["replies"] == 120
    assert ended.manifest["models"] == ["two-0613"], "only what the rows come from"


def test_one_process_at_a_time(server: Loopback, source: Path, tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run").locked(), pytest.raises(RunError, match="another tunesmith is at work"):
        run_recipe(plan(source, tmp_path / "run"), connect("openai:m", server.url))
