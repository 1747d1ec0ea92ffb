"""Answers and references of several files, brought together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunesmith.errors import UsageError
from tunesmith.evaluate.answered import Columns, answered


def write(path: Path, found: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in found))
    return str(path)


def test_files_are_brought_together_by_id_and_by_question(tmp_path: Path) -> None:
    gold = write(tmp_path / "g.jsonl", [
        {"question_id": 7, "question": "One?", "std_answer": "1", "level": "easy"},
        {"question_id": 8, "question": "Two?", "std_answer": "2", "level": "hard"},
        {"question_id": 9, "question": "Two?", "std_answer": "3", "level": "hard"},
    ])  # fmt: skip
    by_id = write(tmp_path / "a.jsonl", [{"question_id": 9, "text": "c"}, {"question_id": 7, "text": "a"}])
    by_question = write(tmp_path / "b.jsonl", [
        {"instruction": "Two?", "output": "B"}, {"instruction": "Two?", "output": "C"},
        {"instruction": "One?", "output": "A"},
    ])  # fmt: skip
    found = answered({"a": by_id, "b": by_question}, Columns(), gold)
    assert [one.reference for one in found] == ["1", "2", "3"]
    assert [one.answers for one in found] == [{"a": "a", "b": "A"}, {"a": None, "b": "B"}, {"a": "c", "b": "C"}]
    assert found[2].row["level"] == "hard"


def test_several_models_in_one_column(tmp_path: Path) -> None:
    one = {"model": "m", "text": "1"}
    file = write(tmp_path / "r.jsonl", [
        {"instruction": "Q", "reference": "1", "candidates": [one, {"model": "n", "text": "2"}]},
        {"instruction": "R", "reference": "1", "candidates": [one]},
        {"instruction": "S", "reference": 1, "candidates": None},
    ])  # fmt: skip
    found = answered({"r": file}, Columns())
    assert [[*one.answers.values()] for one in found] == [["1", "2"], ["1", None], [None, None]]
    assert found[2].reference == "1"


def test_the_reference_is_never_the_answer_itself(tmp_path: Path) -> None:
    file = write(tmp_path / "r.jsonl", [{"question": "Q", "answer": "5"}])
    assert answered({"r": file}, Columns())[0].reference is None
    assert answered({"r": file}, Columns("answer", "answer"))[0].reference == "5"


@pytest.mark.parametrize(
    ("found", "columns", "said"),
    [
        ([{"question": "Q", "reply": "5"}], Columns(), "no column of answers"),
        ([{"question": "Q", "reply": "5"}], Columns("repyl"), "did you mean 'reply'"),
        ([{"question": "Q", "output": "5"}], Columns("", "gold"), "no column 'gold'"),
        ([{"question": "Q", "output": {"a": 1}}], Columns(), "expected text"),
        ([{"question_id": 1, "output": "a"}, {"question_id": 1, "output": "b"}], Columns(), "two rows have the id '1'"),
        ([{"question": "Q", "candidates": [{"text": "5"}]}], Columns(), "is not a list of"),
    ],
)  # fmt: skip
def test_what_cannot_be_brought_together_is_refused(
    tmp_path: Path, found: list[dict[str, Any]], columns: Columns, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        answered({"r": write(tmp_path / "r.jsonl", found)}, columns)


def test_real_predictions_are_matched_with_the_test_set(shared: Path) -> None:
    files = {file.stem: str(file) for file in sorted((shared / "self_instruct").glob("*.jsonl"))}
    sets = str(shared / "alpagasus" / "test_sets" / "sinstruct_test_set.jsonl")
    own, apart = answered(files, Columns()), answered(files, Columns(), sets)
    assert len(own) == len(apart) == 252
    assert all(answer is not None for one in apart for answer in one.answers.values())
    assert (
        sum((a.reference or "").split() == (b.reference or "").split() for a, b in zip(own, apart, strict=True)) == 252
    )
