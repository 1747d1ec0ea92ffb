"""Domain files of one's own: what is wrong is said plainly, what is right is kept, and a run takes them along."""

import json
from pathlib import Path

import pytest
import yaml

from tunesmith.data.files import check_source, read_rows
from tunesmith.errors import UsageError
from tunesmith.explore import load_domain
from tunesmith.explore.checks import Checks
from tunesmith.explore.home import domain_files
from tunesmith.recipes import Plan, Run, load_recipe, run_recipe
from tunesmith.recipes.recipe import build_recipe
from tunesmith.teacher import connect

HEAD = "name: own\ntitle: My own\n"
DATED = HEAD + "examples: [{instruction: Name a day, output: 2024-01-01, date: 2024-01-01, at: 2001-12-14 21:59:43}]\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "checks: {banned_words: image}", "checks.banned_words: expected a list, found 'image'"),
        (HEAD + "checks: 5", "checks: expected names, each with a value ('name: value'), found 5"),
        (HEAD + "checks: {placeholders: maybe}", "checks.placeholders: expected true or false, found 'maybe'"),
        (HEAD + "checks: {min_words: -1}", "checks.min_words: expected 0 or more, found -1"),
        (HEAD + "checks: {minwords: 1}", "checks.minwords: there is no such field (did you mean 'min_words'?)"),
        (HEAD + "checks: {banned_words: [a, '']}", "checks.banned_words.1: expected some text, found ''"),
        (HEAD + "exmples: []", "exmples: there is no such field (did you mean 'examples'?)"),
        (HEAD + "examples: [5]", "examples.0: expected names, each with a value ('name: value'), found 5"),
        (HEAD + "examples: [{instruction: a}]", "examples.0.output: it is missing"),
        (HEAD + "extend: 5", "extend: expected a file's path, found 5"),
        ("title: A", "name: it is missing"),
        ("name: a\ntitle: [A]", "title: expected text, found ['A']"),
        ("name: a\ntitle: ' \n '", "title: expected some text, found ''"),
        (
            "name: 改写\ntitle: 改写",
            "name: expected letters (a-z, A-Z), digits, - and _, beginning with a letter or a digit, found '改写'; "
            "files are called by it, and the title may be in any script",
        ),
    ],
)
def test_what_is_wrong_is_said_plainly(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as error:
        load_domain(path)
    assert str(error.value) == f"the domain file {path} is wrong at {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "the file is not YAML: "),
        ("[" * 5000, "the file is nested too deeply to be read"),
        ("name: !!int x", "the file is not YAML: "),
        ("name: !!bool x", "the file is not YAML: "),
    ],
    ids=["open", "deep", "int", "bool"],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=f"the domain file .*mine.yaml: {said}"):
        load_domain(path)
    with pytest.raises(UsageError, match=f"mine.yaml: {said}"):
        list(read_rows(path))


def test_dates_are_text(tmp_path: Path) -> None:
    path = written(tmp_path, DATED)
    row = {"output": "2024-01-01", "date": "2024-01-01", "at": "2001-12-14 21:59:43"}
    (seed,) = load_domain(path).seeds()
    (read,) = read_rows(path)
    assert seed.items() >= row.items()
    assert read.items() >= row.items()
    assert json.dumps(seed)
    assert check_source(path).rows == 1


def test_what_json_has_not_becomes_what_it_has(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + "examples: [{instruction: a, output: b, x: !!binary aGk=, y: !!set {c, d}}]")
    (row,) = read_rows(path)
    assert (row["x"], row["y"]) == ("aGk=", ["c", "d"])


def test_a_title_is_one_line(tmp_path: Path) -> None:
    assert load_domain(written(tmp_path, 'name: a\ntitle: " A\\n  B\\t"\n')).title == "A B"


# What instructions of other scripts may begin with

OPENED = (
    "¿Qué hora es ahora?",
    "¡Escribe un poema breve!",
    "«Да» — что это значит?",
    "“Ja” bedeutet was genau?",
    "„Ja“ bedeutet was genau?",
    "»Ja« bedeutet was genau?",
    "「改写」下面的句子",
    "《诗》讲了什么故事",
)


@pytest.mark.parametrize("instruction", OPENED)
def test_what_opens_a_sentence_in_other_scripts_is_no_punctuation_there(instruction: str) -> None:
    assert Checks(ascii_start=False).problem(instruction, "", "x") == ""
    published = Checks().problem(instruction, "", "x")
    assert published == f"instruction starts with punctuation ({instruction[0]})"


@pytest.mark.parametrize("sign", [*"'\"#$([{<-*…。、—"])
def test_other_punctuation_is_refused_in_any_script(sign: str) -> None:
    problem = Checks(ascii_start=False).problem(f"{sign}改写下面的句子", "", "x")
    assert problem == f"instruction starts with punctuation ({sign})"


def test_the_reason_says_how_to_let_other_scripts_pass() -> None:
    assert Checks().problem("写一首关于春天的诗", "", "x") == (
        "instruction starts with a character that is not ASCII (写; ascii_start: false lets it pass)"
    )


# A run with a domain of one's own


OWN = (
    HEAD
    + """\
backtrack: ask.txt
examples:
  - {instruction: Thank an aunt for a scarf, output: "Dear aunt,\\n  thank you.", date: 2024-01-01}
  - {instruction: Invite a friend to dinner, input: '{x}', output: Come, more: null}
"""
)


def explored(recipe: Path, output: Path) -> Run:
    found = load_recipe(recipe)
    source, name = found.steps[0].source
    return run_recipe(Plan(found, source, output, source_name=name), connect("scripted:explorer"))


@pytest.fixture
def made(tmp_path: Path) -> Run:
    (tmp_path / "dom").mkdir()
    written(tmp_path / "dom", OWN)
    (tmp_path / "dom" / "ask.txt").write_bytes(b"Ask away.\r\n")
    (tmp_path / "r.yaml").write_text(
        "name: r\nsteps:\n- step: explore\n  domain: dom/mine.yaml\n"
        "  extend: {breadth: [2], backtrack: 0}\n  enrich: {examples: [2]}\n"
    )
    return explored(tmp_path / "r.yaml", tmp_path / "out")


def test_a_run_holds_its_domain_and_runs_again_without_the_original(
    made: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made.folder.path
    assert yaml.safe_load(made.folder.recipe.read_text())["steps"][0]["domain"] == "prompts/explore.domain/own.yaml"
    original, copy = load_domain(tmp_path / "dom/mine.yaml"), load_domain(folder / "prompts/explore.domain/own.yaml")
    assert copy.model_dump(exclude={"backtrack"}) == original.model_dump(exclude={"backtrack"})
    assert copy.backtrack is not None
    assert copy.backtrack.read_bytes() == b"Ask away.\r\n"
    for file in (tmp_path / "dom").iterdir():
        file.unlink()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    elsewhere = explored(folder / "recipe.yaml", tmp_path / "again")
    assert list(elsewhere.rows()) == list(made.rows())
    prompts = {file: file.read_bytes() for file in made.folder.prompts.rglob("*") if file.is_file()}
    (folder / "prompts" / "old" / "older").mkdir(parents=True)
    (folder / "prompts" / "old" / "stale.txt").touch()
    in_place = explored(folder / "recipe.yaml", folder)
    assert in_place.manifest["paid"]["now"] == 0
    assert {file: file.read_bytes() for file in made.folder.prompts.rglob("*") if file.is_file()} == prompts
    assert not (folder / "prompts" / "old").exists()


def test_the_card_says_nothing_of_where_the_domain_lies(made: Run, tmp_path: Path) -> None:
    card = (made.folder.data / "README.md").read_text()
    assert str(tmp_path) not in card
    (digest,) = made.manifest["inputs"].values()
    assert f"domain: mine.yaml (SHA-256 {digest[:16]}...)" in card


def test_a_domain_of_ours_is_not_copied(tmp_path: Path) -> None:
    settings = {
        "step": "explore",
        "domain": "maths",
        "extend": {"breadth": [1]},
        "enrich": {"examples": [1]},
        "prune": None,
    }
    recipe = build_recipe({"name": "r", "steps": [settings]}, "r")
    source, name = recipe.steps[0].source
    run = run_recipe(Plan(recipe, source, tmp_path / "out", source_name=name), connect("scripted:explorer"))
    step = yaml.safe_load(run.folder.recipe.read_text())["steps"][0]
    assert step["domain"] == "maths"
    assert not (run.folder.prompts / "explore.domain").exists()
    # Pruning was turned off, and that is a setting like any other.
    assert step["prune"] is None
    assert run.manifest["settings"]["explore"]["prune"] is None
    assert "temperature" not in run.manifest["settings"]["explore"]["extend"]
    assert "prune: none" in (run.folder.data / "README.md").read_text()


def test_a_tree_holds_a_domain_without_its_examples(tmp_path: Path) -> None:
    files = domain_files(load_domain(written(tmp_path, DATED)))
    assert [*files] == ["domain.yaml"]
    assert "examples" not in yaml.safe_load(files["domain.yaml"])
