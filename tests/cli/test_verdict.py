"""``tunesmith verdict`` as a person types it: on published files, on tables of votes, on a run, and called wrongly."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import one_sentence, tunesmith

SAMPLE = Path(__file__).parents[2] / "src" / "tunesmith" / "recipes" / "sample" / "answers.json"


def told(*args: object) -> dict[str, Any]:
    done = tunesmith("verdict", *args, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def votes(path: Path, *rows: tuple[object, ...], head: str = "question,model_a,model_b,winner,judge") -> Path:
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


@pytest.fixture
def koala(shared: Path) -> list[Path]:
    return sorted((shared / "alpagasus2_qlora").glob("*.json"))


def test_it_ends_with_an_honest_sentence(koala: list[Path]) -> None:
    done = tunesmith("verdict", *koala)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1].startswith(
        "alpagasus2 is better than alpaca2: alpagasus2 wins 94 of 180 questions, ties 71, loses 15; win rate 71.9 % (95"
    )
    assert lines[-1].endswith("sign test p < 0.0001.")
    assert "94 / 71 / 15" in lines[1]
    assert any(line.startswith("position: the judge preferred the answer shown first in 37.1 %") for line in lines)
    assert any(line.startswith("length: 124 words against 112; the longer answer won 78.7 %") for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_what_cannot_be_told_apart_is_not(shared: Path) -> None:
    (path,) = (shared / "expertllama" / "reviews_vs_chatgpt").glob("*_expertllama.jsonl")
    done = tunesmith("verdict", path)
    assert done.stdout.splitlines()[-1].startswith("expertllama and gpt3.5 cannot be told apart: expertllama wins 31")
    assert "655.5 : 679" in done.stdout
    assert "  96.54 (" in done.stdout


def test_several_contests_are_a_line_each(shared: Path) -> None:
    paths = sorted((shared / "expertllama" / "reviews_vs_chatgpt").glob("*.jsonl"))
    done = tunesmith("verdict", *paths, "--rule", "relative-score")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows[1:]] == sorted(path.stem.removeprefix("gpt3.5_vs_") for path in paths)
    assert rows[3][:4] == ["expertllama", "gpt3.5", "80", "96.5390"]
    found = told(*paths, "--rule", "bradley-terry", "--rule", "elo")
    assert [one["model"] for one in found["standings"]][:2] == ["gpt3.5", "expertllama"]
    shown = tunesmith("verdict", *paths, "--rule", "elo").stdout.splitlines()
    assert shown[0].split() == ["model", "bouts", "elo"]
    assert len(shown) == 9


@pytest.mark.parametrize(
    ("rule", "key", "expected"),
    [
        ("both-orders", "wins", 94),
        ("one-order", "n", 360),
        ("winning-score", "value", 1 + (94 - 15) / 180),
        ("beat-rate", "value", 94 / 109),
        ("win-rate", "value", (94 + 71 / 2) / 180),
        ("relative-score", "value", 2957 / 2680),
    ],
)
def test_each_rule_by_its_name(koala: list[Path], rule: str, key: str, expected: float) -> None:
    (contest,) = told(*koala, "--rule", rule)["contests"]
    assert contest[rule][key] == pytest.approx(expected)
    (turned,) = told(*koala, "--rule", rule, "--baseline", "alpagasus2")["contests"]
    assert (turned["model"], turned["baseline"]) == ("alpaca2", "alpagasus2")
    mirrored = {"wins": 15, "n": 360, "winning-score": 2 - expected, "relative-score": 1 / expected}
    assert turned[rule][key] == pytest.approx(mirrored.get(key, mirrored.get(rule, 1 - expected)))


def test_json_has_every_figure_with_its_n(shared: Path) -> None:
    found = told(shared / "alpaca_eval" / "alpaca-7b_annotations.json.xz")
    (contest,) = found["contests"]
    assert found["formats"] == ["AlpacaEval"]
    assert contest["by_question"]["tally"] == {"wins": 205, "ties": 16, "losses": 584}
    rate = contest["by_question"]["win_rate"]
    assert (round(100 * rate["value"], 4), rate["n"]) == (26.4596, 805)
    assert rate["low"] < rate["value"] < rate["high"]
    assert {group["value"] for group in contest["groups"]} >= {"koala", "vicuna"}
    assert contest["outcome"] == "worse"
    assert contest["sentence"].startswith("alpaca-7b is worse than text_davinci_003")


def test_figures_by_a_property_of_the_questions(shared: Path) -> None:
    reviews = sorted((shared / "fastchat" / "reviews").glob("*.jsonl"))
    assert "\ncoding " not in tunesmith("verdict", *reviews).stdout  # four contests by nine categories, unasked
    done = tunesmith("verdict", *reviews, "--by", "category")
    assert done.stdout.count("\ncoding ") == 4
    wrong = tunesmith("verdict", *reviews, "--by", "categry")
    assert wrong.returncode == 2
    assert "'categry'" in one_sentence(wrong)
    assert "did you mean 'category'?" in one_sentence(wrong)


def test_a_page_and_pictures_are_written(koala: list[Path], tmp_path: Path) -> None:
    page, folder = tmp_path / "out.html", tmp_path / "pictures"
    done = tunesmith("verdict", *koala, "--html", page, "--figures", folder)
    assert done.returncode == 0, done.stderr
    html = page.read_text(encoding="utf-8")
    assert "alpagasus2 is better than alpaca2" in html
    assert "top 20 films" in html  # the questions are there with both answers
    names = {path.name for path in folder.iterdir()}
    assert names >= {"relative.svg", "outcomes.svg"}
    assert all((folder / name).read_text().startswith("<svg") for name in names if name.endswith(".svg"))
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in names if name.endswith(".png"))
    assert f"the page is {page}" in done.stdout


def test_a_run_is_judged_from_its_folder(tmp_path: Path) -> None:
    done = tunesmith(
        "run", "comparisons", "--input", SAMPLE, "--model", "scripted:comparer", "--output", tmp_path / "run",
        "--set", "candidates.models=writer=scripted:sample", "--set", "candidates.columns=brief,hasty",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (writer,) = [
        one
        for one in told(tmp_path / "run", "--baseline", "brief")["contests"]
        if {one["model"], one["baseline"]} == {"writer", "brief"}
    ]
    assert (writer["model"], writer["verdicts"]) == ("writer", 20)
    assert writer["by_question"]["tally"]["wins"] > 5


def test_a_run_without_verdicts_says_so(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text('{"instruction": "Q", "output": "A", "rating": 5}\n')
    assert tunesmith("keep", source, "-o", tmp_path / "kept.jsonl", "--run", tmp_path / "run").returncode == 0
    done = tunesmith("verdict", tmp_path / "run")
    assert done.returncode == 2
    assert one_sentence(done).endswith("(source, keep); run a recipe with the step judge or compare")


def test_unreadable_verdicts_are_counted_apart(tmp_path: Path) -> None:
    path = votes(tmp_path / "v.csv", (1, "a", "b", "b", "j"), (2, "a", "b", "error", "j"), (3, "a", "b", "tie", "j"))
    found = told(path)
    (contest,) = found["contests"]
    assert (contest["verdicts"], contest["unreadable"], contest["questions"]) == (2, 1, 2)
    assert contest["by_question"]["tally"] == {"wins": 1, "ties": 1, "losses": 0}
    assert "line 3: 'winner' is text (error); the review counts as unreadable" in found["notes"][0]
    shown = tunesmith("verdict", path).stdout
    assert shown.startswith("note: ")
    assert "1 of 3 verdicts could not be read" in shown


def test_votes_of_people_are_held_against_the_judge(tmp_path: Path) -> None:
    winners = ["a", "b", "a", "tie", "a", "b", "a", "b", "a", "a"]
    judged = votes(tmp_path / "judge.csv", *((n, "a", "b", w, "gpt") for n, w in enumerate(winners)))
    people = votes(
        tmp_path / "people.csv",
        *((n, "a", "b", "b" if n == 0 else w, "p") for n, w in enumerate(winners)),
        head="question,model_a,model_b,winner,voter",
    )
    (found,) = told(judged, "--votes", people)["agreements"]
    assert found["accuracy"]["value"] == pytest.approx(0.9)
    assert "agreement: " in tunesmith("verdict", judged, "--votes", people).stdout


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    path = votes(
        tmp_path / "v.csv",
        (1, "[red]a[/red]", ":smile:", "model_a", "j"),
        (2, "[red]a[/red]", ":smile:", "tie", "\x1b[1m"),
    )
    done = tunesmith("verdict", path)
    assert done.returncode == 0, done.stderr
    assert "[red]a[/red]" in done.stdout
    assert ":smile:" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--baseline", "c"], "--baseline c: no such model; there are a, b"),
        (["--scale", "10"], "--scale: expected LOW-HIGH, such as 0-5 or 1-10, found '10'"),
        (["--models", "a"], "--models a: expected two names"),
        (["--models", "x,y"], "names its models itself"),
        (["--answers", "nowhere"], "--answers nowhere: there is no such file or folder"),
        (["--questions", "nowhere"], "--questions nowhere: there is no such file"),
        (["--votes", "nowhere"], "nowhere"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(tmp_path: Path, args: list[str], said: str) -> None:
    done = tunesmith("verdict", votes(tmp_path / "v.csv", (1, "a", "b", "a", "j")), *args)
    assert done.returncode == 2
    assert said in one_sentence(done)


def test_no_reviews_or_an_unknown_rule_are_wrong_calls(tmp_path: Path) -> None:
    assert tunesmith("verdict").returncode == 2
    done = tunesmith("verdict", votes(tmp_path / "v.csv", (1, "a", "b", "a", "j")), "--rule", "best")
    assert done.returncode == 2
    assert "relative-score" in done.stderr
    assert "no reviews of a known format" in one_sentence(tunesmith("verdict", SAMPLE))


def test_counts_and_totals_have_what_can_be_had(shared: Path, tmp_path: Path) -> None:
    path = votes(tmp_path / "c.csv", ("a", "b", 50, 38, 6), head="model,baseline,win,tie,lose")
    (contest,) = told(path)["contests"]
    assert contest["by_question"]["beat_rate"]["value"] == pytest.approx(50 / 56)
    assert contest["sentence"].startswith("a is better than b: a wins 50 of 94 questions, ties 38, loses 6")
    done = tunesmith("verdict", shared / "gpt4llm" / "published_figures.json")
    assert done.returncode == 0, done.stderr
    assert "Bard has 633 points and GPT4 722, 87.67 % as many; sums alone do not tell how sure that is." in done.stdout
