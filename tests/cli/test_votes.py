"""``tunesmith votes`` as a person types it."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.runner import one_sentence, tunesmith

HEAD = "question,voter,criterion,choice\n"


@pytest.fixture
def few(tmp_path: Path) -> Path:
    rows = [f"{q},{v},{c},{'new' if q % 4 else 'old'}\n" for q in range(24) for v in "xy" for c in ("Help", "Harm")]
    file = tmp_path / "votes.csv"
    file.write_text(HEAD + "".join(rows))
    return file


def test_the_published_shares_in_one_command(shared: Path, tmp_path: Path) -> None:
    figure = tmp_path / "hhh.svg"
    done = tunesmith("votes", shared / "gpt4llm" / "published_figures.json", "--figure", figure)
    assert done.returncode == 0, done.stderr
    for shown in ("42.78 % (39.30 to 46.34)", "44.11 % (40.60 to 47.67)", "54.12 %", "19.74 %", "26.14 %", "16.48 %"):
        assert shown in done.stdout
    assert "helpfulness: these votes prefer llama_gpt4 to alpaca (139 votes for alpaca, 381" in done.stdout
    assert "votes do not tell llama_gpt4 and gpt4 apart" in done.stdout
    assert "does not say in which order" in done.stdout
    assert "p < 0.0001" in done.stdout
    assert "e-2" not in done.stdout
    assert "the model named second" in figure.read_text()  # two pairs have no legend with names
    assert "139 : 184 : 381 of 704" in figure.read_text()


def test_votes_with_their_agreement(few: Path) -> None:
    done = tunesmith("votes", few)
    assert done.returncode == 0, done.stderr
    assert (
        "help: these 2 voters prefer new to old (36 votes for new, 12 for old, 0 ties); 24 questions, 2 voters"
        in done.stdout
    )
    assert "two votes on one question say the same in 100.00 %" in done.stdout
    assert all(line == line.rstrip() for line in done.stdout.splitlines())


def test_json_of_one_criterion(few: Path) -> None:
    done = tunesmith("votes", few, "--criterion", "HARM", "--json")
    (one,) = json.loads(done.stdout)["shares"]
    assert (one["criterion"], one["tally"], one["questions"]) == ("harm", {"wins": 36, "ties": 0, "losses": 12}, 24)
    assert one["first"]["low"] < one["first"]["value"] < one["first"]["high"]
    assert "there are harm, help" in one_sentence(tunesmith("votes", few, "--criterion", "x"))


def test_png(few: Path, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    figure = tmp_path / "votes.png"
    assert tunesmith("votes", few, "--figure", figure).returncode == 0
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_wrong_calls_are_one_sentence(few: Path, tmp_path: Path) -> None:
    def refused(*args: object) -> str:
        done = tunesmith("votes", *args)
        assert done.returncode == 2
        return one_sentence(done)

    assert "a name that ends in .svg or .png" in refused(few, "--figure", tmp_path / "a.pdf")
    assert "expected two different names" in refused(few, "--models", "a")
    assert "expected two different names" in refused(few, "--models", "a,a")
    assert "expected two different names" in refused(few, "--models", "a,b,c")
    assert "cannot be read" in refused(tmp_path / "none.csv")
    few.write_text(HEAD + "1,ann,h,new\n2,ann,h,old\n3,ann,h,odl\n")
    assert re.search(r"votes.csv, line 2: the choices name 3 models", refused(few))


def test_names_are_text(tmp_path: Path) -> None:
    file = tmp_path / "v.csv"
    file.write_text(HEAD + "1,ann,[bold]h,[red]new\n2,ann,[bold]h,\x1b[31mold:smile:\n")
    done = tunesmith("votes", file)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "[red]new" in done.stdout
    assert "old:smile:" in done.stdout
