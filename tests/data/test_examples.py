"""Rows inside an object: which files are taken for a task's, whatever the order of their keys, and how fast."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tunesmith.data.examples import holds_examples
from tunesmith.data.files import read_rows
from tunesmith.errors import DataError

TASK: dict[str, Any] = {
    "raw_task_name": 'A [b] {c} "d"',
    "task_name": "a",
    "reason": 'because \\ "so"',
    "lookahead": {"requests": 1, "fruitless": 0, "ended": 'the teacher [says] "so"}'},
    "backtracks": 2,
    "share": -1.5e-3,
    "children": ["B", "C ] \\"],
    "done": True,
    "pruned": None,
    "enriched": {},
    "examples": [{"instruction": "x", "output": "y"}],
    "more": {"a": {"b": [1]}},
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("order", [False, True], ids=["written", "sorted"])
def test_a_task_with_its_keys_in_any_order(tmp_path: Path, indent: int | None, order: bool) -> None:
    (tmp_path / "task.json").write_text(json.dumps(TASK, indent=indent, sort_keys=order) + "\n")
    assert [row["output"] for row in read_rows(tmp_path / "task.json")] == ["y"]


@pytest.mark.parametrize(
    "head",
    [
        '{"a": {"b": {}}, "examples": [',  # only flat ones are looked through
        '{"a": "examples", "b": [',
        '{"examples": {"a": 1}}',
        '{"examples": "a"}',
        '{"a": nil, "examples": [',
        '{"instruction": "a", "examples": [1]}',
        '["examples", [',
    ],
)
def test_what_is_no_task(head: str) -> None:
    assert not holds_examples(head.encode())


@pytest.mark.parametrize(
    "first", [{"instruction": "a", "examples": ["b"]}, {"n": 1, "examples": [], "instruction": "a"}]
)
def test_rows_with_a_column_of_that_name_are_rows(tmp_path: Path, first: dict[str, Any]) -> None:
    rows = [first, {"instruction": "c", "examples": ["d"]}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [row["examples"] for row in read_rows(tmp_path / "a.jsonl")] == [row["examples"] for row in rows]


@pytest.mark.parametrize(
    "piece", ['"a": "b", ', '"a": 1, ', '"a": {"b": "c"}, ', '"a": ["b", 1], ', '"', '\\"', " ", "[", '{"a": ', '"a", ']
)
def test_looking_takes_no_longer_than_the_text(piece: str) -> None:
    for opening in ("{", '{"a": "', '{"a": [', '{"a": {"b": "'):
        head = (opening + piece * (200_000 // len(piece))).encode()
        began = time.perf_counter()
        assert not holds_examples(head)
        assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"examples": [' + "[" * 100_000, "nested too deeply"),
        ('{"examples": [{"a": ' + "1" * 5000 + "}]}", "thousands of digits"),
        ('{"examples": [{"a": 1}', "not JSON"),
        ('{"examples": []}', "no 'examples:'"),
    ],
    ids=["deep", "long", "cut", "none"],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "task.json").write_text(text)
    with pytest.raises(DataError, match=said):
        list(read_rows(tmp_path / "task.json"))
