"""`explore new`: which examples it takes, what it says of them, and that it leaves no half of a tree."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.test_explore import ok, tunesmith

GOOD = {"instruction": "Rewrite this note kindly.", "input": "Come at once.", "output": "Please come."}


def new(tmp_path: Path, rows: list[dict[str, Any]], *more: object) -> str:
    """What is said when a tree is begun with these rows."""
    return ok("new", *more, "--examples", written(tmp_path, rows), "-o", tmp_path / "tree")


def written(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def checks_in(tmp_path: Path) -> dict[str, Any]:
    checks: dict[str, Any] = yaml.safe_load((tmp_path / "tree" / "domain.yaml").read_text(encoding="utf-8"))["checks"]
    return checks


def test_an_example_without_an_instruction_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    rows = written(tmp_path, [GOOD, {"instruction": " \n", "output": "Yes."}])
    done = tunesmith("explore", "new", "Letters", "--examples", rows, "-o", tmp_path / "tree")
    assert done.status == 2
    assert f"{rows}: example 2 has no instruction" in done.error
    assert not (tmp_path / "tree").exists()


def test_a_prompt_file_that_is_missing_leaves_no_half_of_a_tree(tmp_path: Path) -> None:
    (tmp_path / "extend.txt").write_text("Take it apart.")
    (tmp_path / "mine.yaml").write_text("name: mine\ntitle: Mine\nextend: extend.txt\nenrich: no.txt\n")
    done = tunesmith("explore", "new", "--domain", tmp_path / "mine.yaml", "-o", tmp_path / "tree")
    assert (done.status, "no.txt" in done.error) == (2, True)
    assert not (tmp_path / "tree").exists()


def test_nothing_is_said_of_examples_that_are_right(tmp_path: Path) -> None:
    first, second = new(tmp_path, [GOOD, GOOD], "Letters").splitlines()
    assert first.endswith("a tree of one task, 'Letters', with 2 examples")
    assert second.startswith("next: ")
    assert checks_in(tmp_path)["ascii_start"] is True


def test_examples_that_are_of_less_use_are_told(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "output": ""}, {**GOOD, "output": " "}, {**GOOD, "instruction": "Draw a map of it."},
            {**GOOD, "instruction": "Go on"}]  # fmt: skip
    said = new(tmp_path, rows, "Letters")
    assert "2 of 5 examples have no output: they are not drawn, and the teacher is shown others first\n" in said
    assert (
        "2 of 5 examples do not pass this domain's checks, first: banned word in the instruction (draw); "
        "edit checks in domain.yaml\n"
    ) in said


@pytest.mark.parametrize(
    ("title", "instructions", "words"),
    [
        ("写信", [GOOD["instruction"]], "the title does not begin"),
        ("写信", [], "the title does not begin"),
        ("Letters", ["请把这封信改得更客气。", "请写一封感谢信。", GOOD["instruction"]], "most examples do not begin"),
    ],
)
def test_another_script_is_let_in_by_itself(tmp_path: Path, title: str, instructions: list[str], words: str) -> None:
    more = [{**GOOD, "instruction": instruction} for instruction in instructions]
    said = new(tmp_path, more, title) if more else ok("new", title, "-o", tmp_path / "tree")
    assert f"{words} with an ASCII character" in said
    assert f"checks.ascii_start is false in {tmp_path / 'tree' / 'domain.yaml'}" in said
    assert checks_in(tmp_path)["ascii_start"] is False
    assert "do not pass" not in said


def test_a_domain_file_goes_by_its_own_checks(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\ntitle: Mine\n")
    rows = [{**GOOD, "instruction": "请写一封感谢信。"}]
    said = new(tmp_path, rows, "--domain", tmp_path / "mine.yaml")
    assert "1 of 1 example does not pass this domain's checks, first: instruction starts with a character" in said
    assert checks_in(tmp_path)["ascii_start"] is True
