"""`tunesmith self-instruct`: the step as a command of its own."""

import json
from pathlib import Path

import yaml

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


def test_wrong_calls_are_told_what_to_write(tmp_path: Path) -> None:
    run = ("run", "self-instruct", "--output", tmp_path / "run")
    said = tunesmith(*run, "--model", "scripted:instructor", "--set", "self_instruct.filters=multilingual").stderr
    assert "give filters.base=multilingual" in said
    said = tunesmith(*run, "--model", "openai:").stderr
    assert "'openai:' names no model" in said
    assert "did you mean" not in said
    assert "did you mean 'openai'?" in tunesmith(*run, "--model", "opnai:gpt-4o").stderr
    assert "did you mean 'openai:gpt-4o'?" in tunesmith(*run, "--model", "gpt-4o").stderr
    rows = tmp_path / "rows.json"
    rows.write_text('[{"instruction": "x"}]')
    said = tunesmith(*run, "--model", "scripted:instructor", "--input", rows, "--format", "instances").stderr
    assert "no column 'instances'" in said
    assert not (tmp_path / "run").exists()


def test_every_setting_is_an_option(tmp_path: Path) -> None:
    said = tunesmith("self-instruct", "--help").stdout
    assert all(option in said for option in ("--threshold", "--model", "--filters-base", "--filters-also-banned"))
    output = tmp_path / "tasks.jsonl"
    command = (
        "self-instruct",
        SEEDS,
        "-o",
        output,
        "--model",
        "scripted:instructor",
        "--n",
        "3",
        "--stop",
        "\\n20,20.",
    )
    more = ("--temperature", "null", "--filters-base", "multilingual", "--filters-also-banned", "sea,boat")
    done = tunesmith(*command, *more)
    assert done.returncode == 0, done.stderr
    recipe = yaml.safe_load((tmp_path / "tasks.jsonl.run" / "recipe.yaml").read_text())["steps"][0]
    assert recipe["temperature"] is None
    assert recipe["top_p"] == 1
    assert recipe["stop"] == ["\n20", "20."]
    filters = recipe["filters"]
    assert filters == {"base": "multilingual", "also_banned": ["sea", "boat"]}
    wrong = tunesmith(*command, "--filters-min-words", "-1")
    assert wrong.returncode == 2
    assert "filters.min_words: expected 0 or more, found -1" in wrong.stderr
