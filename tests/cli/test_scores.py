"""``tunesmith scores show`` as a person types it, on the published scores, on rows and on a run."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import one_sentence, tunesmith

PUBLISHED = {"text-davinci-003": (51183, 8.7203, 49), "icm-1.3b": (51428, 4.2301, 54), "gpt4": (51445, 8.9366, 16)}


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def scored(number: int) -> list[dict[str, Any]]:
    return [{"instruction": f"Q {n}", "scores": {"a": 5 + n % 3, "b": 6.0, "c": None}} for n in range(number)]


def test_the_published_distribution(shared: Path, tmp_path: Path) -> None:
    figure = tmp_path / "cmp.svg"
    file = shared / "gpt4llm" / "cmp_data_scores.json.xz"
    done = tunesmith("scores", "show", file, "--figure", figure)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    for model, (n, mean, outside) in PUBLISHED.items():
        (line,) = [line for line in lines if line[:1] == [model]]
        assert line[1:3] == [f"{n:,}", f"{mean:.4f}"]
        assert line[7] == str(outside)
    assert "outside 1-10" in done.stdout
    found = json.loads(tunesmith("scores", "show", file, "--json").stdout)
    assert [(one["model"], one["n"], round(one["mean"]["value"], 4)) for one in found["models"]] == [
        (model, n, mean) for model, (n, mean, _) in PUBLISHED.items()
    ]
    raw = json.loads(lzma.decompress(file.read_bytes()))
    for one in found["models"]:
        inside = [score for score in raw[one["model"]] if 1 <= score <= 10]
        assert one["mean_within"]["value"] == pytest.approx(sum(inside) / len(inside))
        assert sum(bar["rows"] for bar in one["bars"]) == one["n"]
        assert sum(bar["kept"] for bar in one["bars"]) == len(inside)
        assert one["mean"]["low"] < one["mean"]["value"] < one["mean"]["high"]
    assert (found["contests"], found["positions"]) == ([], None)
    picture = figure.read_text()
    assert all(text in picture for text in ("icm-1.3b", "n 51,445", "outside it", "119 scores lie outside 1 to 10"))


def test_rows_with_scores_by_model(tmp_path: Path) -> None:
    file = write(tmp_path / "rows.jsonl", scored(30))
    done = tunesmith("scores", "show", file)
    assert done.returncode == 0, done.stderr
    assert "a against b: 10 won, 10 tied, 10 lost; 50.0 (" in done.stdout
    assert "c: 30 more are no numbers and count for nothing" in done.stdout
    assert "position bias" not in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())
    csv = tmp_path / "rows.csv"
    csv.write_text('instruction,scores\nQ,"{""a"": 3, ""b"": 4}"\n')
    found = json.loads(tunesmith("scores", "show", csv, "--json").stdout)
    assert [one["mean"]["value"] for one in found["models"]] == [3.0, 4.0]
    assert found["contests"][0]["share"]["value"] == 0.0


def test_verdicts_of_another_form_are_left_out_and_told(tmp_path: Path) -> None:
    good = {"judge": "j", "order": ["a", "b"], "scores": [5, 7]}
    for foreign in ({"scores": ["x", 2]}, {"scores": "32"}, {"order": ["a", ["b"]]}):
        rows = [{"scores": {"a": 5, "b": 7}, "verdicts": [verdict]} for verdict in (good, good | foreign)]
        done = tunesmith("scores", "show", write(tmp_path / "r.jsonl", rows))
        assert done.returncode == 0, done.stderr
        assert "position bias: j on 1 rows" in done.stdout
        assert "1 row has verdicts of another form than the step compare writes" in done.stdout
        found = json.loads(tunesmith("scores", "show", tmp_path / "r.jsonl", "--json").stdout)
        assert found["verdicts_left_out"] == 1


def test_wins_do_not_hang_on_the_order_of_the_names(tmp_path: Path) -> None:
    rows = [{"scores": {"a": 9, "b": 1}}, {"scores": {"b": 1, "a": 9}}, {"scores": {"b": 5, "a": 2}}]
    found = json.loads(tunesmith("scores", "show", write(tmp_path / "r.jsonl", rows), "--json").stdout)
    (contest,) = found["contests"]
    assert (contest["models"], contest["wins"], contest["losses"]) == (["a", "b"], 2, 1)


def test_a_run_is_shown_with_its_position_bias(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "src" / "tunesmith" / "recipes" / "sample" / "answers.json"
    done = tunesmith(
        "run", "comparisons", "--input", sample, "--model", "scripted:comparer", "--output", tmp_path / "run",
        "--set", "candidates.models=writer=scripted:sample", "--set", "candidates.columns=brief,hasty",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = tunesmith("scores", "show", tmp_path / "run").stdout
    assert "writer against brief: 7 won, 3 tied, 0 lost" in shown
    assert "position bias: comparer on 10 rows: the verdict on two answers was another" in shown
    found = json.loads(tunesmith("scores", "show", tmp_path / "run", "--json").stdout)
    exhibit = json.loads((tmp_path / "run" / "data" / "position_bias.json").read_text())
    assert found["positions"]["judges"][0]["flips"]["value"] == exhibit["judges"][0]["flips"]["value"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--column", "score"], "no row of .* has scores by model in the column 'score' (did you mean 'scores'?)"),
        (["--scale", "10"], "--scale: expected LOW-HIGH, such as 0-5 or 1-10, found '10'"),
        (["--figure", "out.png"], "--figure out.png would be an SVG picture; give a name that ends in .svg"),
        (["--bar", "0.001"], "bars of 0.001 would be needed"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(tmp_path: Path, args: list[str], said: str) -> None:
    done = tunesmith("scores", "show", write(tmp_path / "rows.jsonl", scored(3)), *args)
    assert done.returncode == 2
    assert all(part in one_sentence(done) for part in said.split(" .* "))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '{"a": [], "b": []}', "names models (a, b), but holds no score of any"),
        ("a.json", '{"a": [[1]], "b": [2]}', "does not hold scores; expected numbers"),
        ("a.jsonl", '{"scores": [1, 2]}\n{"scores": 3}\n', "has scores by model in the column 'scores'"),
        ("a.json", "[", "a.json"),
    ],
)
def test_files_without_scores(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    done = tunesmith("scores", "show", tmp_path / name)
    assert done.returncode == 2
    assert said in one_sentence(done)
    assert tunesmith("scores", "show", tmp_path / "none.json").returncode == 2


def test_a_run_that_compared_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.jsonl", [{"instruction": "Q", "output": "A", "rating": 5}])
    assert tunesmith("keep", source, "-o", tmp_path / "kept.jsonl", "--run", tmp_path / "run").returncode == 0
    done = tunesmith("scores", "show", tmp_path / "run")
    assert done.returncode == 2
    assert "has the column 'scores', neither in its source nor after a step" in one_sentence(done)
    assert "or run a recipe with the step compare" in one_sentence(done)
