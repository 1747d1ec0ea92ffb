"""``tunesmith rouge`` as a person types it: on published results, on published answers, on rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import one_sentence, tunesmith


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_published_results_make_one_table(shared: Path, tmp_path: Path) -> None:
    files = sorted((shared / "gpt4llm" / "eval_unnatural_instructions").glob("*.json"))
    done = tunesmith("rouge", *files, "--figure", tmp_path / "lengths.svg")
    assert done.returncode == 0, done.stderr
    published = json.loads((shared / "gpt4llm" / "published_figures.json").read_text())["unnatural"]
    assert set(published) >= {"0-2", "3-5"}
    assert [line.split()[:2] for line in done.stdout.splitlines() if line[:1].isdigit() or line[:3] == "ALL"] == [
        ["0-2", "5,089"], ["3-5", "868"], ["5-10", "936"], ["10-", "2,107"], ["ALL", "9,000"],
    ]  # fmt: skip
    assert "Alpaca-GPT4    36.13    13.06    34.47" in done.stdout
    assert "GPT4: ROUGE-L of ALL less that of the lengths, weighted with their rows: -0.018" in done.stdout
    assert "the length 5-10 stands in the file called 6-10" in done.stdout
    picture = (tmp_path / "lengths.svg").read_text()
    assert "Alpaca-GPT4" in picture
    assert ">ALL<" not in picture


def test_published_answers_against_their_own_references(shared: Path) -> None:
    files = sorted((shared / "self_instruct").glob("*.jsonl"))
    found = json.loads(tunesmith("rouge", *files, "--json").stdout)
    whole = {cell["model"].split("_")[0]: cell for cell in found["cells"] if cell["length"] == "ALL"}
    assert {model: round(100 * cell["rougeL"]["value"], 2) for model, cell in whole.items()} == {
        "davinci-self-instruct": 27.56, "text-davinci-001": 28.33, "text-davinci-003": 33.01,
    }  # fmt: skip
    assert all(cell["rougeL"]["rows"] == 252 for cell in whole.values())
    assert [sum(cell["rougeL"]["rows"] for cell in found["cells"] if cell["length"] == name) // 3
            for name in found["lengths"]] == [28, 21, 24, 179, 252]  # fmt: skip


def test_rows_that_do_not_count_are_told(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"question": "1", "target": "a b c", "output": "a b"},
        {"question": "2", "target": None, "output": "a b"},
        {"question": "3", "target": "a", "output": None},
    ]
    done = tunesmith("rouge", write(tmp_path / "a.jsonl", rows), "--bins", "0-2")
    assert done.returncode == 0, done.stderr
    assert "answers: column output; references: column target" in done.stdout
    assert "1 row without a reference, not counted" in done.stdout
    assert "a: 1 empty answer, counted with 0" in done.stdout
    assert "1 reference of no length asked for, counted in ALL only" in done.stdout


def test_published_results_that_do_not_fit_together_are_told(tmp_path: Path) -> None:
    def record(length: str, rows: int, model: str) -> dict[str, Any]:
        return {"Length": length, "NumInstance": rows, "Model": model, "rouge1": 0.5, "rouge2": 0.1, "rougeL": 0.4}

    records = [record("0-2", 60, "m"), record("3-5", 40, "m"), record("ALL", 500, "m"), record("0-2", 50, "n")]
    (tmp_path / "r.json").write_text(json.dumps(records))
    done = tunesmith("rouge", tmp_path / "r.json")
    assert done.returncode == 0, done.stderr
    assert "m: the lengths hold 100 rows together, but ALL 500" in done.stdout
    assert "0-2: the models' figures rest on 50 and 60 rows" in done.stdout
    assert [line.split()[:2] for line in done.stdout.splitlines()[1:3]] == [["0-2", "60"], ["50", "n"]]
    assert "weighted" not in done.stdout
    for wrong, said in (({"rouge1": True}, "a score is not from 0 to 1"), ({"Length": None}, "Length is None")):
        (tmp_path / "w.json").write_text(json.dumps([record("ALL", 5, "m") | wrong]))
        assert said in one_sentence(tunesmith("rouge", tmp_path / "w.json"))


def test_other_scripts_have_words_only_if_asked_for(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [{"question": "1", "target": "今天天气", "output": "今天天气很好"}])

    def whole(*more: str) -> float:
        found = json.loads(tunesmith("rouge", file, "--json", *more).stdout)
        return float(found["cells"][-1]["rougeL"]["value"])

    assert whole() == 0.0
    assert whole("--words", "unicode") == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["a.jsonl", "--bins", "0-2,1-3"], "--bins: 0-2 and 1-3 overlap"),
        (["a.jsonl", "--figure", "out.pdf"], "give a name that ends in .svg or .png"),
        (["bare.jsonl"], "no row has both an answer and a reference"),
        (["r.json", "a.jsonl"], "a.jsonl holds no published results as the others do"),
        (["r.json", "--references", "a.jsonl", "--words", "rouge"], "so --references, --words would do nothing"),
        (["r.json", "./r.json"], "has come before; give each file once"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(tmp_path: Path, args: list[str], said: str) -> None:
    write(tmp_path / "a.jsonl", [{"question": "1", "target": "a", "output": "a"}])
    write(tmp_path / "bare.jsonl", [{"question": "1", "output": "a"}])
    record = {"Length": "0-2", "NumInstance": 3, "Model": "m", "rouge1": 0.5, "rouge2": 0, "rougeL": 1.0}
    (tmp_path / "r.json").write_text(json.dumps([record]))
    done = tunesmith("rouge", *args, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert said in one_sentence(done)
