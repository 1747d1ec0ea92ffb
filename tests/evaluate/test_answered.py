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
    found = answered({"a": by_id, "b": by_question}, Columns(), gold).rows
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
    found = answered({"r": file}, Columns()).rows
    assert [[*one.answers.values()] for one in found] == [["1", "2"], ["1", None], [None, None]]
    assert found[2].reference == "1"


def test_the_reference_is_never_the_answer_itself(tmp_path: Path) -> None:
    file = write(tmp_path / "r.jsonl", [{"question": "Q", "answer": "5"}])
    assert answered({"r": file}, Columns()).rows[0].reference is None
    assert answered({"r": file}, Columns("answer", "answer")).rows[0].reference == "5"


@pytest.mark.parametrize(
    ("found", "columns", "said"),
    [
        ([{"question": "Q", "reply": "5"}], Columns(), "no column of answers"),
        ([{"question": "Q", "reply": "5"}], Columns("repyl"), "did you mean 'reply'"),
        ([{"question": "Q", "output": "5"}], Columns("", "gold"), "no column 'gold'"),
        ([{"question": "Q", "output": {"a": 1}}], Columns(), "expected text"),
        ([{"question": "Q", "output": "5", "prediction": "6"}], Columns(), "may be in output or prediction"),
        ([{"question_id": 1, "output": "a"}, {"question_id": 1, "output": "b"}], Columns(), "two rows have the id '1'"),
        ([{"question": "Q", "candidates": [{"text": "5"}]}], Columns(), "is not a list of"),
    ],
)  # fmt: skip
def test_what_cannot_be_brought_together_is_refused(
    tmp_path: Path, found: list[dict[str, Any]], columns: Columns, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        answered({"r": write(tmp_path / "r.jsonl", found)}, columns)


def test_the_gold_of_published_sets_is_never_taken_for_the_models(tmp_path: Path) -> None:
    math: dict[str, Any] = {
        "problem": "1+1?",
        "solution": r"It is \boxed{2}.",
        "answer": "2",
        "level": 1,
        "prediction": r"\boxed{99}",
    }
    gsm8k: dict[str, Any] = {"question": "1+1?", "answer": "1+1=2\n#### 2", "completion": "It is 99."}
    for number, row in enumerate((math, gsm8k)):
        sheet = answered({"m": write(tmp_path / f"{number}.jsonl", [row])}, Columns())
        assert "99" in (sheet.rows[0].answers["m"] or "")
        assert "2" in (sheet.rows[0].reference or "")
    assert [*sheet.remarks()] == ["answers: column completion; references: column answer"]
    emptied = answered({"m": write(tmp_path / "e.jsonl", [{"question": "Q", "output": "", "answer": "5"}])}, Columns())
    assert emptied.rows[0].answers == {"m": "5"}


def test_places_are_no_ids(tmp_path: Path) -> None:
    asked = [{"problem": f"{n}?", "answer": str(n)} for n in range(6)]
    gold = write(tmp_path / "g.jsonl", asked)
    back: list[dict[str, Any]] = [{"problem": row["problem"], "output": row["answer"]} for row in asked[::-1]]
    system = {"role": "system", "content": "!"}
    chats: list[dict[str, Any]] = [
        {"messages": [system, {"role": "user", "content": row["problem"]}], "output": row["output"]} for row in back
    ]
    for found in (back, chats):
        sheet = answered({"m": write(tmp_path / "m.jsonl", found)}, Columns(), gold)
        assert all(one.answers["m"] == one.reference for one in sheet.rows)
    few = answered({"m": write(tmp_path / "few.jsonl", [*back[:2], {"problem": "other", "output": "x"}])},
                   Columns(), gold)  # fmt: skip
    assert [one.answers["m"] for one in few.rows] == [None, None, None, None, "4", "5"]
    assert [*few.remarks()][1] == "m: 1 answer to no question of the references, not counted"


def test_only_bare_files_of_one_length_are_matched_line_by_line(tmp_path: Path) -> None:
    gold = write(tmp_path / "g.jsonl", [{"reference": "1"}, {"reference": "2"}])
    sheet = answered({"m": write(tmp_path / "m.jsonl", [{"output": "a"}, {"output": "b"}])}, Columns(), gold)
    assert [one.answers["m"] for one in sheet.rows] == ["a", "b"]
    assert sheet.by_line == ("m",)
    wrongs: tuple[list[dict[str, Any]], ...] = (
        [{"output": "a"}],
        [{"output": "a", "question": "Q"}, {"output": "b", "question": "R"}],
    )
    for wrong in wrongs:
        with pytest.raises(UsageError, match="has the id of a row of .*, or asks the same"):
            answered({"m": write(tmp_path / "w.jsonl", wrong)}, Columns(), gold)


def test_real_predictions_are_matched_with_the_test_set(shared: Path) -> None:
    files = {file.stem: str(file) for file in sorted((shared / "self_instruct").glob("*.jsonl"))}
    sets = str(shared / "alpagasus" / "test_sets" / "sinstruct_test_set.jsonl")
    own, apart = answered(files, Columns()).rows, answered(files, Columns(), sets).rows
    assert len(own) == len(apart) == 252
    assert all(answer is not None for one in apart for answer in one.answers.values())
    assert (
        sum((a.reference or "").split() == (b.reference or "").split() for a, b in zip(own, apart, strict=True)) == 252
    )
