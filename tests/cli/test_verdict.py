"""``tunesmith verdict`` as a person types it: on published files, on tables of votes, on a run, and called wrongly."""

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
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
    assert any(line.startswith("position: the judge preferred the answer shown first in 37.3 %") for line in lines)
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
    rows = [line.split() for line in done.stdout.splitlines() if not line.startswith("note: ")]
    assert [row[0] for row in rows[1:]] == sorted(path.stem.removeprefix("gpt3.5_vs_") for path in paths)
    assert rows[3][:4] == ["expertllama", "gpt3.5", "80", "96.5390"]
    found = told(*paths, "--rule", "bradley-terry", "--rule", "elo")
    assert [one["model"] for one in found["standings"]][:2] == ["gpt3.5", "expertllama"]
    shown = tunesmith("verdict", *paths, "--rule", "elo").stdout.splitlines()
    assert shown[0].split() == ["model", "comparisons", "elo"]
    assert len([line for line in shown if not line.startswith("note: ")]) == 9
    assert tunesmith("verdict", *paths, "--rule", "elo", "--rule", "elo").stdout.splitlines() == shown


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
    assert "\nnote: " in shown
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
        (["--criterion", "honesty"], "give these with --votes"),
        (["--html", "v.json"], "--html v.json would be a web page; give a name that ends in .html"),
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
    assert "  633 : 722 " in done.stdout
    assert len([line for line in done.stdout.splitlines() if "sums" in line]) == 1  # not a sentence for each of 28


# On a terminal


def on_terminal(width: int, *args: object) -> list[str]:
    """The lines that a command prints on a real terminal of so many columns, without their colours."""
    size = f"stty cols {width} rows 50 && exec {sys.executable} -m tunesmith {shlex.join(map(str, args))}"
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    environment["TERM"] = "xterm"
    main, side = pty.openpty()
    with os.fdopen(main, "rb", buffering=0) as screen:
        child = subprocess.Popen(["sh", "-c", size], stdin=side, stdout=side, stderr=side, env=environment)
        os.close(side)
        said = b""
        while chunk := _read(screen):
            said += chunk
        assert child.wait(60) == 0, said
    return re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).replace("\r", "").splitlines()


def _read(screen: io.FileIO) -> bytes:
    try:
        return screen.read(65536) or b""
    except OSError:  # nobody writes any more
        return b""


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_figure_is_cut_on_a_narrow_terminal(koala: list[Path], width: int) -> None:
    lines = on_terminal(width, "verdict", *koala)
    assert [line for line in lines if len(line) > width] == []
    assert "…" not in "".join(lines)
    for figure in ("94 / 71 / 15", "2,957 : 2,680", r"71\.9 \([0-9.]+ to [0-9.]+\)", r"110\.34 \([0-9.]+ to [0-9.]+\)"):
        assert any(re.search(rf"(^|  ){figure}($|  )", line) for line in lines), figure


def test_a_table_is_split_and_its_names_are_broken_rather_than_cut(tmp_path: Path) -> None:
    name = "a model with a long name that somebody gave it"
    path = votes(tmp_path / "v.csv", *((n, name, "x" * 70, "a", "j") for n in range(40)))
    lines = on_terminal(40, "verdict", path)
    assert all(len(line) <= 40 for line in lines)
    heads = [line for line in lines if line.startswith("model ")]
    assert len(heads) > 1  # the names stand before each part
    assert "".join(lines[: lines.index("")]).count("x") == 70
    assert any("0 / 0 / 40" in line for line in lines)


# Outputs


def test_a_page_takes_no_place_of_data(tmp_path: Path) -> None:
    path = votes(tmp_path / "v.csv", (1, "a", "b", "a", "j"))
    before = path.read_bytes()
    done = tunesmith("verdict", path, "--html", path)
    assert done.returncode == 2
    assert "a web page" in one_sentence(done)
    assert path.read_bytes() == before


def test_what_nothing_is_measured_against_or_holds_no_verdict_is_refused(shared: Path, tmp_path: Path) -> None:
    done = tunesmith("verdict", shared / "gpt4llm" / "published_figures.json", "--baseline", "Bard")
    assert done.returncode == 2
    assert "--baseline Bard: no sums are measured against it; they are against GPT4, ChatGPT" in one_sentence(done)
    empty = tmp_path / "rows.jsonl"
    empty.write_text(
        '{"id": "1", "candidates": [{"model": "a", "text": "x"}, {"model": "b", "text": "y"}], "verdicts": []}\n'
    )
    done = tunesmith("verdict", empty)
    assert done.returncode == 2
    assert "there is not one verdict in" in one_sentence(done)


def test_verdicts_that_are_all_unreadable_are_counted(tmp_path: Path) -> None:
    path = votes(tmp_path / "v.csv", *((n, "a", "b", "error", "j") for n in range(80)))
    rows = [line.split() for line in tunesmith("verdict", path).stdout.splitlines()]
    assert ["b", "a", "80"] in rows


# People's votes


def cast(path: Path, *rows: tuple[object, ...]) -> Path:
    return votes(path, *rows, head="question,voter,criterion,model_a,model_b,choice")


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    return votes(tmp_path / "judge.csv", *((n, "a", "b", "ab"[n % 2], "gpt") for n in range(20)))


def test_votes_by_several_criteria_need_one(judged: Path, tmp_path: Path) -> None:
    rows = [(n, "p", c, "a", "b", "ab"[(n + (c == "harm")) % 2]) for n in range(20) for c in ("help", "harm")]
    people = cast(tmp_path / "people.csv", *rows)
    assert "name one of them: --criterion" in one_sentence(tunesmith("verdict", judged, "--votes", people))
    for criterion, accuracy in (("Help", 1), ("harm", 0)):
        (found,) = told(judged, "--votes", people, "--criterion", criterion)["agreements"]
        assert found["accuracy"]["value"] == accuracy


def test_what_was_put_right_in_votes_is_said(judged: Path, tmp_path: Path) -> None:
    first = cast(tmp_path / "1.csv", *((n, "p", "h", "a", "b", "a") for n in range(10)))
    again = cast(tmp_path / "2.csv", (1, "p", "h", "a", "b", "a"), (99, "p", "h", "a", "b", "a"))
    notes = told(judged, "--votes", first, "--votes", again)["notes"]
    assert any("counted once" in note for note in notes)
    assert "1 of 11 votes are on questions or models that no review is about, and count for nothing" in notes
    other = cast(tmp_path / "3.csv", (1, "p", "h", "a", "b", "b"))
    done = tunesmith("verdict", judged, "--votes", first, "--votes", other)
    assert done.returncode in (1, 2)
    assert "'p' voted twice on question '1', and not alike" in one_sentence(done)


@pytest.mark.parametrize("row", [(1, "p", "h", "x", "y", "x"), ("none", "p", "h", "a", "b", "a")])
def test_votes_on_nothing_that_was_judged_are_refused(judged: Path, tmp_path: Path, row: tuple[object, ...]) -> None:
    done = tunesmith("verdict", judged, "--votes", cast(tmp_path / "people.csv", row))
    assert done.returncode == 2
    assert "no vote is on a question and two models that the reviews are about" in one_sentence(done)


# Runs


def test_a_run_is_measured_against_the_baseline_of_its_judge(tmp_path: Path) -> None:
    done = tunesmith(
        "run", "evaluate", "--input", SAMPLE.with_name("questions.json"), "--model", "scripted:judge",
        "--output", tmp_path / "run", "--set", "candidates.models=tuned=scripted:tuned,base=scripted:base",
        "--set", "judge.baseline=tuned",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = told(tmp_path / "run")
    assert [(one["model"], one["baseline"]) for one in found["contests"]] == [("base", "tuned")]
    (beside,) = (tmp_path / "run").rglob("verdict.json")
    written = json.loads(beside.read_text())
    assert {name: found[name] for name in written if name != "notes"} == {
        n: v for n, v in written.items() if n != "notes"
    }
    (other,) = told(tmp_path / "run", "--baseline", "base")["contests"]
    assert (other["model"], other["baseline"]) == ("tuned", "base")


def test_the_scale_of_a_run_is_that_of_its_judge(tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = tunesmith(
        "run", "evaluate", "--input", SAMPLE.with_name("questions.json"), "--model", "scripted:judge", "--output", run,
        "--set", "candidates.models=tuned=scripted:tuned,base=scripted:base", "--set", "judge.scale=0-100",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = run / "steps" / "2-judge.jsonl"
    tenfold = [json.loads(line) for line in rows.read_text().splitlines()]
    for verdict in (one for row in tenfold for one in row["verdicts"] if "scores" in one):
        verdict["scores"] = [10 * score for score in verdict["scores"]]
    rows.write_text("".join(json.dumps(row) + "\n" for row in tenfold))
    assert told(run)["contests"][0]["totals"][0] > 1000
    refused = tunesmith("verdict", rows)
    assert (refused.returncode, "--scale" in refused.stderr) == (2, True)
