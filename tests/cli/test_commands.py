"""The commands as a person types them, with what they print and the status they leave."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.cli.runner import one_sentence, tunesmith
from tests.loopback import Loopback
from tunesmith.cli.demo import DEMOS
from tunesmith.steps import STEPS

ROWS = [{"instruction": f"Question {n}?", "input": "", "output": f"old {n}"} for n in range(12)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(ROWS))
    return path


@pytest.mark.parametrize("recipe", [*DEMOS])
def test_each_demo_that_there_is_plays_to_its_end(tmp_path: Path, recipe: str) -> None:
    done = tunesmith("demo", recipe, "--output", "runs/one", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "runs/one/manifest.json").read_text())["status"] == "finished"
    assert f"run {recipe}" in done.stdout


def test_the_demo_plays_the_whole_recipe(tmp_path: Path) -> None:
    done = tunesmith("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "answer: 40 of 40 rows" in done.stderr
    for words in (
        "finished",
        "dropped because",
        "cut off by max_tokens",
        "nothing but the role",
        "train.jsonl",
        "tunesmith run expertllama",
    ):
        assert words in done.stdout, words
    rows = [json.loads(line) for line in (tmp_path / "runs/demo/data/train.jsonl").read_text().splitlines()]
    assert len(rows) == 38
    manifest = json.loads((tmp_path / "runs/demo/manifest.json").read_text())
    assert [step["dropped"] for step in manifest["steps"]] == [0, 1, 1]
    assert [step["changed"] for step in manifest["steps"]] == [40, 39, 5]
    assert manifest["paid"]["cost"] == 0
    shown = tunesmith("show", "runs/demo", "--dropped", cwd=tmp_path).stdout.splitlines()
    assert len(shown) == 2


def test_run_show_and_the_story_of_a_row(server: Loopback, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = tunesmith(
        "run", "expertllama", "--input", source, "--model", "openai:gpt-4o-mini", "--base-url", server.url,
        "--output", folder, "--budget", "5", "--limit", "10", "--set", "answer.temperature=0.5", "--alpaca",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(server.bodies) == 20
    assert {body.get("temperature") for body in server.bodies} == {None, 0.5}
    assert (folder / "data" / "alpaca.json").exists()
    assert (
        tunesmith("show", folder).stdout.splitlines()[0]
        == f"expertllama over {source} (12 rows, the first 10): finished"
    )
    story = tunesmith("show", folder, "--row", "4").stdout
    for words in (
        "Question 4?",
        "identity: changed",
        "request 1 to openai:gpt-4o-mini",
        "You are expert",
        "finish reason stop",
    ):
        assert words in story, words
    as_json = json.loads(tunesmith("show", folder, "--row", "4", "--json").stdout)
    assert len(as_json["steps"]) == 3
    assert json.loads(tunesmith("show", folder, "--json").stdout)["status"] == "finished"


def test_baselines_without_the_identity(server: Loopback, source: Path, tmp_path: Path) -> None:
    done = tunesmith(
        "run", "expertllama", "--input", source, "--model", "openai:m", "--base-url", server.url,
        "--output", tmp_path / "run", "--set", "answer.persona=plain", "--skip", "identity", "--json",
    )  # fmt: skip
    assert json.loads(done.stdout)["paid"]["replies"] == 12
    assert [body["messages"][0]["content"] for body in server.bodies].count("Question 3?") == 1


def test_dry_run_sends_nothing(server: Loopback, source: Path, tmp_path: Path) -> None:
    args = ["run", "expertllama", "--input", source, "--model", "openai:gpt-4o-mini", "--base-url", server.url,
            "--output", tmp_path / "run", "--dry-run"]  # fmt: skip
    done = tunesmith(*args, "--rpm", "6")
    assert done.returncode == 0, done.stderr
    assert re.search(r"identity +12 ", done.stdout)
    assert re.search(r"cost: about \$0\.00\d\d, at most \$0\.0\d\d\d ", done.stdout)
    assert "about 4 min (6 requests a minute)" in done.stdout
    found = json.loads(tunesmith(*args, "--json").stdout)
    assert [step["requests"] for step in found["steps"]] == [12, 12]
    assert found["cost"] < found["most"]
    unknown = tunesmith(*args[:5], "openai:mine", *args[6:])
    assert "cost: unknown; no price is known for openai:mine" in unknown.stdout
    assert not server.bodies
    assert not (tmp_path / "run").exists()


def test_an_estimate_is_near_the_truth(server: Loopback, tmp_path: Path, alpaca: list[dict[str, Any]]) -> None:
    """Tokens in, against the server's own count of four characters each over the whole body."""
    (tmp_path / "a.json").write_text(json.dumps(alpaca[:100]))
    args = [
        "identity",
        tmp_path / "a.json",
        "-o",
        tmp_path / "o.jsonl",
        "--model",
        "openai:m",
        "--base-url",
        server.url,
    ]
    found = json.loads(tunesmith(*args, "--dry-run", "--json").stdout)
    told = json.loads(tunesmith(*args, "--json").stdout)
    assert found["steps"][0]["tokens_in"] == pytest.approx(told["paid"]["input_tokens"], rel=0.1)


def test_each_step_is_a_command(server: Loopback, source: Path, tmp_path: Path) -> None:
    teacher = ["--model", "openai:m", "--base-url", server.url]
    done = tunesmith("identity", source, "-o", tmp_path / "i.jsonl", *teacher, "--max-tokens", "99")
    assert done.returncode == 0, done.stderr
    assert server.bodies[0]["max_tokens"] == 99
    done = tunesmith("answer", tmp_path / "i.jsonl", "-o", tmp_path / "a.json", *teacher)
    assert done.returncode == 0, done.stderr
    done = tunesmith("strip-leaks", tmp_path / "a.json", "-o", tmp_path / "s.csv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "s.csv").read_text().startswith("id,instruction,input,output,expert_identity,leaks")
    assert len(server.bodies) == 24
    again = tunesmith("answer", tmp_path / "i.jsonl", "-o", tmp_path / "a.json", *teacher)
    assert again.returncode == 0
    assert len(server.bodies) == 24
    for kind in (kind for kind, step in STEPS.items() if step.has_command):
        shown = tunesmith(kind.replace("_", "-"), "--help").stdout
        for name, field in STEPS[kind].model_fields.items():
            model = field.annotation
            within = model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else ()
            if name not in ("step", "name") and field.json_schema_extra != {"no_option": True}:
                for option in [f"{name}-{inner}" for inner in within] or [name]:
                    assert "--" + option.replace("_", "-") in shown


def test_a_prompt_file_from_the_command_line(server: Loopback, source: Path, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(b"Q: {question}\r\nA: ")
    done = tunesmith(
        "answer", source, "-o", tmp_path / "o.jsonl", "--persona", "plain", "--prompt", tmp_path / "p.txt",
        "--model", "openai:m", "--base-url", server.url,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Q: Question 0?\r\nA: " in [body["messages"][0]["content"] for body in server.bodies]


def test_standard_input(server: Loopback, tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS)
    done = tunesmith(
        "run", "expertllama", "--input", "-", "--model", "openai:m", "--base-url", server.url,
        "--output", tmp_path / "run", stdin=lines,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "standard input (12 rows)" in done.stdout


def test_convert_there_and_back(source: Path, tmp_path: Path) -> None:
    for shape, name in (("sharegpt", "a.jsonl.gz"), ("messages", "b.parquet"), ("alpaca", "c.json")):
        done = tunesmith("convert", source, "-o", tmp_path / name, "--to", shape)
        assert done.returncode == 0, done.stderr
        assert f"12 rows in {shape} shape" in done.stdout
        source = tmp_path / name
    assert json.loads(source.read_text()) == ROWS
    assert "is the source itself" in one_sentence(tunesmith("convert", source, "-o", source, "--to", "messages"))
    assert json.loads(source.read_text()) == ROWS


def test_recipes(tmp_path: Path) -> None:
    assert "steps: identity, answer, strip_leaks" in tunesmith("recipes", "list").stdout
    names = [recipe["name"] for recipe in json.loads(tunesmith("recipes", "list", "--json").stdout)]
    assert names == [
        "alpagasus", "comparisons", "evaluate", "expertllama", "explore-instruct", "gpt4llm", "self-instruct"
    ]  # fmt: skip
    (tmp_path / "r.yaml").write_text(tunesmith("recipes", "show", "expertllama").stdout)
    assert tunesmith("recipes", "show", tmp_path / "r.yaml").stdout == (tmp_path / "r.yaml").read_text()
    assert "oneOf" in json.loads(tunesmith("recipes", "schema").stdout)["properties"]["steps"]["items"]


def test_the_store(server: Loopback, source: Path, tmp_path: Path) -> None:
    run, teacher = tmp_path / "run", ["--model", "openai:gpt-4o-mini", "--base-url", server.url]
    tunesmith("run", "expertllama", "--input", source, "--output", run, *teacher)
    (told,) = json.loads(tunesmith("store", "show", run, "--json").stdout)
    assert (told["replies"], told["teacher"]) == (24, "openai:gpt-4o-mini")
    assert "24 replies" in tunesmith("store", "show", run / "replies.sqlite").stdout
    lines = tunesmith("store", "export", run).stdout.splitlines()
    assert len(lines) == 24
    entry = json.loads(lines[0])
    assert json.loads(tunesmith("store", "show", run, "--key", entry["key"][:12]).stdout) == entry
    assert "--older-than" in one_sentence(tunesmith("store", "prune", run))
    assert tunesmith("store", "prune", run, "--older-than", "1").stdout.startswith("0 replies")
    assert "24 replies" in tunesmith("store", "prune", run, "--model", "openai:gpt-4o-mini").stdout
    assert len(tunesmith("store", "export", run).stdout.splitlines()) == 24
    assert "deleted" in tunesmith("store", "prune", run, "--older-than", "0", "--yes").stdout
    assert tunesmith("store", "show", run).stdout == "the store is empty\n"


RUN = ["run", "expertllama", "--output", "OUT", "--model", "openai:gpt-4o-mini", "--base-url", "URL"]
WRONG: list[tuple[list[str], str]] = [
    ([*RUN, "--input", "missing.json"], "missing.json"),
    ([*RUN, "--input", "broken.jsonl"], "broken.jsonl, line 2"),
    ([*RUN, "--input", "IN", "--limit", "0"], "limit"),
    ([*RUN, "--input", "IN", "--budget", "-1"], "--budget"),
    ([*RUN, "--input", "IN", "--budget", "nan"], "--budget"),
    ([*RUN, "--input", "IN", "--rpm", "inf"], "--rpm"),
    ([*RUN, "--input", ""], "tunesmith: "),
    (["strip-leaks", "IN", "-o", "IN"], "is the source itself"),
    (["strip-leaks", "IN", "-o", "."], "folder|file of this name"),
    ([*RUN, "--input", "IN", "--set", "answer.persona=pirate"], "persona"),
    ([*RUN, "--input", "IN", "--set", "answer.prompt=nowhere.txt"], "nowhere.txt"),
    ([*RUN, "--input", "IN", "--skip", "identity"], "expert_identity"),
    ([*RUN, "--input", "IN", "--price", "cheap"], "IN,OUT"),
    ([*RUN, "--input", "IN", "--format", "dolly"], "broken.jsonl|rows.json"),
    (["run", "expertlama", "--input", "IN", "--output", "OUT", "--model", "openai:m"], "did you mean 'expertllama'"),
    (["run", "expertllama", "--input", "IN", "--output", "OUT"], "--model"),
    (["run", "expertllama", "--input", "IN", "--output", "OUT", "--model", "gpt-4"], "openai:NAME"),
    (
        [
            "run",
            "expertllama",
            "--input",
            "IN",
            "--output",
            "OUT",
            "--model",
            "openai:x",
            "--base-url",
            "URL",
            "--budget",
            "1",
        ],
        "price",
    ),
    (
        ["run", "expertllama", "--input", "IN", "--output", "rows.json", "--model", "openai:x", "--base-url", "URL"],
        "is a file",
    ),
    (
        [
            "run",
            "expertllama",
            "--input",
            "IN",
            "--output",
            "OUT",
            "--model",
            "openai:x",
            "--base-url",
            "http://me:pw@h/v1",
        ],
        "environment",
    ),
    (["answer", "IN", "-o", "o.docx", "--persona", "plain", "--model", "openai:x", "--base-url", "URL"], "o.docx"),
    (["show", "nowhere"], "not a run folder"),
    (["store", "show", "nowhere"], "no reply store"),
    (["convert", "missing.json", "-o", "x.json", "--to", "dolly"], "missing.json"),
]


@pytest.mark.parametrize(("args", "words"), WRONG, ids=[" ".join(args[-2:]) for args, _ in WRONG])
def test_a_wrong_call_costs_nothing_and_is_explained(
    server: Loopback, source: Path, tmp_path: Path, args: list[str], words: str
) -> None:
    (tmp_path / "broken.jsonl").write_text('{"instruction": "x"}\n{"instruction": \n')
    places = {"IN": "rows.json", "OUT": "out", "URL": server.url}
    done = tunesmith(*(places.get(arg, arg) for arg in args), cwd=tmp_path)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert re.search(words, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "pw" not in done.stderr.replace("http", "")
    assert not server.bodies
    assert not (tmp_path / "out" / "data").exists()


def test_help_of_every_command_names_its_options() -> None:
    top = tunesmith("--help").stdout
    commands = re.findall(r"^  ([a-z][a-z-]+)  ", top, re.MULTILINE)
    assert len(commands) >= 9
    for command in commands:
        done = tunesmith(command, "--help")
        assert done.returncode == 0
        assert "--help" in done.stdout


def test_what_a_terminal_would_obey_is_not_printed(server: Loopback, tmp_path: Path) -> None:
    hostile = "\x1b[2J\x1b]0;owned\x07[bold red]x[/] <script>"
    (tmp_path / "r.jsonl").write_text(json.dumps({"instruction": hostile, "id": "a"}) + "\n")
    source = tmp_path / "r.jsonl"
    teacher = ["--model", "openai:m", "--base-url", server.url]
    done = tunesmith("run", "expertllama", "--input", source, *teacher, "--output", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    shown = tunesmith("show", tmp_path / "run", "--row", "a").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[bold red]x[/] <script>" in shown


def test_output_into_a_pipe_that_closes(server: Loopback, source: Path, tmp_path: Path) -> None:
    source.write_text(json.dumps([{"instruction": f"{n}" + "x" * 500} for n in range(200)]))
    tunesmith(
        "run",
        "expertllama",
        "--input",
        source,
        "--model",
        "openai:m",
        "--base-url",
        server.url,
        "--output",
        tmp_path / "run",
    )
    command = f"'{os.sys.executable}' -m tunesmith store export '{tmp_path / 'run'}' | head -1; exit ${{PIPESTATUS[0]}}"  # type: ignore[attr-defined]
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
    assert done.returncode == 1


def test_export_destroys_nothing(server: Loopback, source: Path, tmp_path: Path) -> None:
    run, precious = tmp_path / "run", tmp_path / "precious.jsonl"
    tunesmith("run", "expertllama", "--input", source, "--model", "openai:m", "--base-url", server.url, "--output", run)
    precious.write_text("mine")
    assert tunesmith("store", "export", tmp_path / "nowhere", "-o", precious).returncode == 2
    assert precious.read_text() == "mine"
    done = tunesmith("store", "export", run, "-o", run / "replies.sqlite")
    assert "is the store itself" in one_sentence(done)
    assert tunesmith("store", "export", run, "-o", precious).returncode == 0
    assert len(precious.read_text().splitlines()) == 24


def test_a_terminal_that_knows_no_chinese(tmp_path: Path) -> None:
    done = tunesmith("demo", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    shown = tunesmith("show", "runs/demo", "--row", "5", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert shown.returncode == 0
    assert "????" in shown.stdout


def test_a_source_without_a_licence_gets_none_from_the_folder_one_stands_in(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlanguage: fr\n---\n")
    args = ["run", "expertllama", "--input", "-", "--model", "openai:m", "--base-url", server.url, "--output", "run"]
    assert tunesmith(*args, stdin='{"instruction": "x"}\n', cwd=tmp_path).returncode == 0
    assert "license: unknown" in (tmp_path / "run" / "data" / "README.md").read_text()


def test_damaged_run_folders_are_explained(server: Loopback, source: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    tunesmith("run", "expertllama", "--input", source, "--model", "openai:m", "--base-url", server.url, "--output", run)
    with (run / "ledger.jsonl").open("a") as ledger:
        ledger.write('{"row": \n')
    assert "ledger.jsonl, line 37" in one_sentence(tunesmith("show", run, "--dropped"))
    (run / "manifest.json").write_text('{"a": 1}')
    assert "is not a manifest" in one_sentence(tunesmith("show", run))
