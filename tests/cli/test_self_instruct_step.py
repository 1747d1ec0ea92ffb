"""`tunesmith self-instruct`: the step as a command of its own."""

import json
from pathlib import Path

from tests.cli.runner import tunesmith
from tunesmith.recipes import load_recipe

SEEDS = load_recipe("self-instruct").steps[0].source[0]


def test_a_file_in_and_a_file_out(tmp_path: Path) -> None:
    output = tmp_path / "tasks.jsonl"
    command = ("self-instruct", SEEDS, "-o", output, "--model", "scripted:instructor", "--n", "30", "--tasks", "12")
    done = tunesmith(*command)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert len(rows) == 90
    assert rows[-1]["most_similar"] in {row["id"] for row in rows}
    assert "similarity.svg" in done.stdout


def test_settings_within_settings_are_for_recipes() -> None:
    said = tunesmith("self-instruct", "--help").stdout
    assert "--threshold" in said
    assert "--model" in said
    assert "--filters" not in said
