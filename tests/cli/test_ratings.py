"""``tunesmith ratings show`` as a person types it."""

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import one_sentence, tunesmith


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def scored(*by_teacher: tuple[str, float]) -> dict[str, Any]:
    mean = sum(score for _, score in by_teacher) / len(by_teacher)
    listed = [{"teacher": t, "sample": n, "score": score, "why": ""} for n, (t, score) in enumerate(by_teacher)]
    return {"instruction": "Q", "output": "A", "rating": mean, "rating_scores": listed}


@pytest.fixture
def single(tmp_path: Path) -> Path:
    ratings = [5] * 4 + [4.5] * 8 + [4] * 10 + [2]
    return write(tmp_path / "rows.jsonl", [{"output": "a", "rating": x} for x in ratings] + [{"output": "b"}])


def test_the_distribution_and_what_thresholds_keep(single: Path) -> None:
    done = tunesmith("ratings", "show", single)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert f"rating of {single}: 23 of 24 rows are rated" in lines
    assert "1 no rating" in lines
    assert "mean 4.261, median 4.5" in lines
    assert any(line.startswith("> 4.5 8 ██") and line.endswith("12 52.2 %") for line in lines)
    assert any(line.startswith("4 10 ░░") and line.endswith("22 95.7 %") for line in lines)
    assert "at least 4.5 (█): 12 rows kept, 52.2 % of the rated ones" in lines
    about = next(line for line in lines if line.startswith("Each row has one score"))
    assert "10 rows are rated from 4 to under 4.5, and 8 from 4.5 to under 5" in about
    assert "That is an assumption" in about
    assert "--samples 3" in about
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_scores_of_several_teachers(tmp_path: Path) -> None:
    rows = [scored(("openai:x", 3 + n % 5 / 2), ("openai:x", 4), ("anthropic:y", 4.5 - n % 2)) for n in range(40)]
    path = write(tmp_path / "rows.jsonl", rows)
    done = tunesmith("ratings", "show", path)
    assert "40 rows were scored more than once" in done.stdout
    assert "would be expected to change sides at 4.5" in done.stdout
    assert "openai:x with itself, over 40 rows: alpha " in done.stdout
    assert "anthropic:y and openai:x, over 40 rows: alpha " in done.stdout
    assert "keep or drop at 4.5: alike on " in done.stdout
    found = json.loads(tunesmith("ratings", "show", path, "--json", "--threshold", "4").stdout)
    assert found["rated"] == 40
    assert found["near"]["threshold"] == 4
    assert found["near"]["expected_flips"] > 0
    assert found["agreement"]["pairs"][0]["teachers"] == ["anthropic:y", "openai:x"]
    assert found["agreement"]["pairs"][0]["kappa"]["rows"] == 40


def test_real_scores_from_1_to_10_and_a_picture(shared: Path, tmp_path: Path) -> None:
    with lzma.open(shared / "gpt4llm" / "cmp_data_scores.json.xz", "rt") as file:
        scores = json.load(file)["icm-1.3b"]
    path = write(tmp_path / "scores.jsonl", [{"score": score} for score in scores])
    picture = tmp_path / "scores.svg"
    done = tunesmith(
        "ratings", "show", path, "--column", "score", "--threshold", "7", "--bar", "1", "--figure", picture
    )
    assert done.returncode == 0, done.stderr
    assert "51,428 of 51,428 rows are rated" in done.stdout
    assert "mean 4.230, median 4" in done.stdout
    assert "at least 7 (█): 9,197 rows kept, 17.9 % of the rated ones" in done.stdout
    assert picture.read_text().startswith("<svg ")
    assert "kept: 9,197" in picture.read_text()


def test_csv_and_a_run_folder_whose_later_steps_dropped_rows(tmp_path: Path) -> None:
    source = tmp_path / "rated.csv"
    source.write_text("instruction,input,output,rating\n" + "".join(f"q{n},,a,{n / 2}\n" for n in range(11)))
    assert "11 of 11 rows are rated" in tunesmith("ratings", "show", source).stdout
    done = tunesmith("keep", source, "-o", tmp_path / "kept.jsonl", "--at-least", "4")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 3
    assert "11 of 11 rows are rated" in tunesmith("ratings", "show", tmp_path / "kept.jsonl.run").stdout
    failed = tunesmith("ratings", "show", tmp_path / "kept.jsonl.run", "--column", "score")
    assert failed.returncode == 2
    assert "has the column 'score', neither in its source nor after a step (source, keep)" in one_sentence(failed)


def test_a_sample_is_drawn_from_the_command_line(single: Path, tmp_path: Path) -> None:
    done = tunesmith("sample", single, "-o", tmp_path / "few.jsonl", "--n", "5", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "few.jsonl").read_text().splitlines()) == 5
    assert "not drawn" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--column", "score"], "has no column 'score'; columns that look like ratings: rating (name one with"),
        (["--column", "ratings"], "has no column 'ratings' (did you mean 'rating'?)"),
        (["--column", "output"], "has a number in the column 'output'; columns that look like ratings: rating"),
        (["--threshold", "nan"], "--threshold nan is not a finite number"),
        (["--figure", "out.png"], "--figure out.png would be an SVG picture; give a name that ends in .svg"),
        (["--bar", "0.0001"], "bars of 0.0001 would be needed; give a width of 0.5 or so"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(single: Path, args: list[str], said: str) -> None:
    done = tunesmith("ratings", "show", single, *args)
    assert done.returncode == 2
    assert said in one_sentence(done)


def test_files_without_ratings_or_rows(tmp_path: Path) -> None:
    done = tunesmith("ratings", "show", write(tmp_path / "a.jsonl", [{"instruction": "Q", "output": "A"}]))
    assert done.returncode == 2
    assert "and no other column holds numbers; there are: id, instruction, output" in one_sentence(done)
    done = tunesmith("ratings", "show", write(tmp_path / "b.jsonl", []))
    assert done.returncode == 2
    assert "has no rows" in one_sentence(done)
    assert tunesmith("ratings", "show", tmp_path / "none.jsonl").returncode == 2


def test_damaged_scores_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"rating": 4, "rating_scores": [4, 5]}])
    done = tunesmith("ratings", "show", path)
    assert done.returncode == 2
    assert "row 0: the column 'rating_scores' is not a list of" in one_sentence(done)
