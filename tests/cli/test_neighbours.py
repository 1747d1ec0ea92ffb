"""``tunesmith neighbours`` as a person calls it."""

import json
from pathlib import Path

import pytest

from tests.cli.runner import one_sentence, tunesmith

ROWS = ["Name a red fruit.", "Name a red fruit!", "Name a green fruit.", "Sing.", "写一首诗", "写一首诗"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"instruction": text}) + "\n" for text in ROWS))
    return path


def test_the_distribution_and_the_closest(file: Path, tmp_path: Path) -> None:
    done = tunesmith("neighbours", file, "--closest", 2, "--figure", tmp_path / "n.svg")
    assert done.returncode == 0, done.stderr
    assert "exactly alike: 2" in done.stdout
    assert "ROUGE-L 1.0000\n  0  Name a red fruit.\n  1  Name a red fruit!" in done.stdout
    assert "ROUGE-L 0.7500\n  2  Name a green fruit.\n  0  Name a red fruit." in done.stdout
    assert "2 rows have no word that can be compared; for other scripts" in done.stdout
    assert "Nearest neighbours of 6 rows" in (tmp_path / "n.svg").read_text()


def test_as_json_and_in_other_scripts(file: Path) -> None:
    done = tunesmith("neighbours", file, "--json", "--tokenizer", "unicode")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [entry["nearest"] for entry in found] == ["1", "0", "0", None, "5", "4"]
    assert [entry["score"] for entry in found] == [1, 1, 0.75, 0, 1, 1]


def test_what_goes_wrong(file: Path, tmp_path: Path) -> None:
    done = tunesmith("neighbours", file, "--column", "instrction")
    assert done.returncode == 2
    assert "did you mean 'instruction'" in one_sentence(done)
    (tmp_path / "one.jsonl").write_text('{"instruction": "a"}\n')
    assert "at least two" in one_sentence(tunesmith("neighbours", tmp_path / "one.jsonl"))
