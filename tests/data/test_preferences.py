"""Comparison data in the shapes that are published and that TRL reads, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.data.files import convert_rows, read_rows, write_rows
from tunesmith.data.formats import PAIR_SHAPES, recognise
from tunesmith.errors import DataError
from tunesmith.rows import Row

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.sampled_from(["margin", "chosen_model", "note", "output", "category"])


@st.composite
def rows(draw: st.DrawFn) -> Row:
    row: Row = {"id": draw(texts), "instruction": draw(texts), "input": draw(texts | st.just("  "))}
    row |= {"chosen": draw(texts), "rejected": draw(texts)}
    if draw(st.booleans()):
        row |= {"system": draw(texts), "history": [{"role": "user", "content": draw(texts)}]}
    more: Row = draw(st.dictionaries(NAMES, texts | st.floats(allow_nan=False, allow_infinity=False), max_size=3))
    return row | more


@given(rows(), st.sampled_from(sorted(PAIR_SHAPES)))
def test_row_to_shape_and_back(row: Row, shape: str) -> None:
    before = json.dumps(row)
    record = PAIR_SHAPES[shape].from_row(row)
    assert recognise([record]) == shape
    assert PAIR_SHAPES[shape].to_row(record) == row
    assert json.dumps(row) == before


@given(rows(), st.lists(st.sampled_from(sorted(PAIR_SHAPES)), min_size=1, max_size=4))
def test_through_any_shapes_and_back(row: Row, path: list[str]) -> None:
    found = row
    for shape in path:
        found = PAIR_SHAPES[shape].to_row(PAIR_SHAPES[shape].from_row(found))
    assert found == row


ROW: Row = {
    "id": "3", "instruction": "Name a fruit.", "input": "red", "chosen": "A cherry.", "rejected": "A banana.",
    "margin": 4.5, "chosen_model": "x", "rejected_model": "y",
}  # fmt: skip
RIDING = {"input": "red", "id": "3", "margin": 4.5, "chosen_model": "x", "rejected_model": "y"}


def test_the_shapes_are_those_of_trl_and_of_the_published_data() -> None:
    """TRL 0.25, dataset formats: preference with an explicit prompt, standard and conversational."""
    question = "Name a fruit.\n\nred"
    assert PAIR_SHAPES["preference"].from_row(ROW) == {
        "prompt": question, "chosen": "A cherry.", "rejected": "A banana.", **RIDING,
    }  # fmt: skip
    assert PAIR_SHAPES["preference-messages"].from_row(ROW) == {
        "prompt": [{"role": "user", "content": question}],
        "chosen": [{"role": "assistant", "content": "A cherry."}],
        "rejected": [{"role": "assistant", "content": "A banana."}],
        **RIDING,
    }
    assert PAIR_SHAPES["comparisons"].from_row(ROW) == {
        "user_input": question, "completion_a": "A cherry.", "completion_b": "A banana.", **RIDING,
    }  # fmt: skip


def trl_type(record: Row) -> tuple[str, str]:
    """Type and format by TRL's documented rules (dataset_formats): by columns, and by lists of role and content."""
    assert {"chosen", "rejected"} <= record.keys()
    kinds = {
        "conversational"
        if isinstance(record[name], list) and all({"role", "content"} <= turn.keys() for turn in record[name])
        else "standard"
        for name in ("prompt", "chosen", "rejected")
    }
    assert len(kinds) == 1
    if isinstance(record["prompt"], list):
        assert record["prompt"][-1]["role"] == "user"
        assert [turn["role"] for turn in record["chosen"]] == ["assistant"]
    return "preference", kinds.pop()


@given(rows())
def test_trl_takes_them_for_preference_data(row: Row) -> None:
    assert trl_type(PAIR_SHAPES["preference"].from_row(row)) == ("preference", "standard")
    assert trl_type(PAIR_SHAPES["preference-messages"].from_row(row)) == ("preference", "conversational")


def test_system_and_history_are_in_the_prompt() -> None:
    row = ROW | {
        "system": "Be brief.",
        "history": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
    }
    prompt = PAIR_SHAPES["preference-messages"].from_row(row)["prompt"]
    assert [turn["role"] for turn in prompt] == ["system", "user", "assistant", "user"]


def test_answers_that_repeat_the_prompt_are_read() -> None:
    prompt = [{"role": "user", "content": "Q"}]
    record: dict[str, Any] = {"prompt": prompt}
    record |= {name: [*prompt, {"role": "assistant", "content": name}] for name in ("chosen", "rejected")}
    row = PAIR_SHAPES["preference-messages"].to_row(record)
    assert row == {"instruction": "Q", "input": "", "chosen": "chosen", "rejected": "rejected"}


@pytest.mark.parametrize(
    ("shape", "record", "said"),
    [
        ("preference", {"prompt": "a", "chosen": "b"}, "no column 'rejected'"),
        ("preference", {"prompt": "a", "chosen": "b", "rejected": 3}, "'rejected' holds a number"),
        ("comparisons", {"user_input": "a", "completion_a": "b", "completion_b": "c", "chosen": "d"}, "stands beside"),
        ("preference-messages", {"prompt": [], "chosen": "b", "rejected": []}, "'chosen' holds text"),
        ("preference-messages", {"prompt": [], "chosen": [], "rejected": []}, "is not one message of the assistant"),
    ],
)
def test_damaged_records_say_what_is_wrong(shape: str, record: Row, said: str) -> None:
    with pytest.raises(DataError, match=said):
        PAIR_SHAPES[shape].to_row(record)


@pytest.mark.parametrize(
    ("shape", "row", "said"),
    [
        ("preference", {"instruction": "a", "output": "b"}, "no column 'chosen'.*pairs come from the step pairs"),
        ("preference", ROW | {"prompt": "x"}, "'prompt' is where preference keeps the instruction"),
        ("comparisons", ROW | {"completion_a": "x"}, "'completion_a' is where comparisons keeps the chosen"),
        ("preference-messages", ROW | {"prompt": "x"}, "'prompt' is where preference-messages keeps"),
    ],
)
def test_rows_that_a_shape_cannot_hold(shape: str, row: Row, said: str) -> None:
    with pytest.raises(DataError, match=said):
        PAIR_SHAPES[shape].from_row(row)


def test_files_are_recognised_and_converted(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", [ROW, ROW | {"id": "4"}])
    for shape in PAIR_SHAPES:
        path = tmp_path / f"{shape}.json"
        write_rows(path, convert_rows(tmp_path / "rows.jsonl", shape))
        assert list(read_rows(path)) == [ROW, ROW | {"id": "4"}]
    write_rows(tmp_path / "mixed.jsonl", [PAIR_SHAPES["preference"].from_row(ROW), {"instruction": "a", "output": "b"}])
    with pytest.raises(DataError, match="could be preference or alpaca|could be alpaca or preference"):
        list(read_rows(tmp_path / "mixed.jsonl"))
