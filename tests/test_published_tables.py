"""The published tables come out again, digit for digit, and a figure that does not would be noticed."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.runner import environment

EXAMPLES = Path(__file__).parent.parent / "examples"
FOR_EACH_TABLE = {
    "expertllama": 9,
    "alpagasus2": 1,
    "fastchat": 4,
    "alpaca_eval": 2,
    "gpt4llm_bars": 32,
    "gpt4llm_ranks": 24,
    "gpt4llm_rouge": 15,
    "gpt4llm_hhh": 6,
    "explore_instruct": 12,
}


def run(script: Path, *args: object) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = environment(PATH=path, TUNESMITH=f"{sys.executable} -m tunesmith")
    return subprocess.run([script, *map(str, args)], capture_output=True, text=True, env=env, timeout=240)


def test_every_published_figure_comes_out_again(shared: Path) -> None:
    done = run(EXAMPLES / "published_tables.sh", shared)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.endswith("the same") for line in lines) == sum(FOR_EACH_TABLE.values())
    assert not any(word in done.stdout for word in ("DIFFERS", "MISSING"))
    assert sum(line.startswith("$ tunesmith ") for line in lines) == len(FOR_EACH_TABLE)
    with (EXAMPLES / "published_figures.csv").open(newline="") as file:
        tables = [row["table"] for row in csv.DictReader(file)]
    assert {table: tables.count(table) for table in tables} == FOR_EACH_TABLE


def test_another_figure_is_noticed(shared: Path, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    figures = tmp_path / "examples" / "published_figures.csv"
    text = figures.read_text()
    changed = text.replace(",96,floored", ",97,floored").replace("94 / 71 / 15", "95 / 70 / 15")
    figures.write_text(changed.replace("54.12", "54.13").replace("alpaca-7b,", "alpaca-70b,"))
    done = run(tmp_path / "examples" / "published_tables.sh", shared)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert sum(line.endswith("DIFFERS") for line in lines) == 3
    assert sum(line.endswith("MISSING") for line in lines) == 2


def test_a_command_that_fails_is_noticed(shared: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for folder in ("alpagasus2_qlora", "gpt4llm"):
        shutil.copytree(shared / folder, data / folder)
    done = run(EXAMPLES / "published_tables.sh", data)
    assert done.returncode == 1
    assert "94 / 71 / 15  exact  the same" in done.stdout
    assert "cannot be read" in done.stderr


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    done = run(EXAMPLES / "published_tables.sh", tmp_path / "nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no public data in" in done.stderr


def test_the_counts_of_explore_instruct_add_up() -> None:
    with (EXAMPLES / "explore_instruct_counts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    asked = {"brainstorming": 208, "rewriting": 94}
    assert len(rows) == 12
    for row in rows:
        assert sum(int(row[name]) for name in ("win", "tie", "lose")) == asked[row["domain"]]


@pytest.mark.parametrize(
    ("number", "published", "how", "agrees"),
    [
        (0.96539, "96", "floored", True),
        (0.96539, "97", "floored", False),
        (0.96539, "97", "rounded", True),
        (0.75, "75.00", "rounded", True),
        (0.125, "12", "half to even", True),
        (0.125, "13", "rounded", True),
        (0.135, "13", "half to even", False),
    ],
)
def test_figures_are_cut_as_published(tmp_path: Path, number: float, published: str, how: str, agrees: bool) -> None:
    shutil.copy(EXAMPLES / "published_tables.py", tmp_path)
    head = "table,model,baseline,figure,published,how\n"
    (tmp_path / "published_figures.csv").write_text(f"{head}t,a,b,beat-rate,{published},{how}\n")
    found = {"contests": [{"model": "a", "baseline": "b", "beat-rate": {"value": number}}]}
    command = [sys.executable, str(tmp_path / "published_tables.py"), "t"]
    done = subprocess.run(command, input=json.dumps(found), capture_output=True, text=True)
    assert done.returncode == (0 if agrees else 1), done.stdout + done.stderr
