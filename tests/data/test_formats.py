"""The four shapes: recognised by looking, converted both ways without loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.data.files import convert_rows, read_rows, write_rows
from tunesmith.data.formats import SHAPES, recognise, shape_named
from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row

TAKEN = {
    *("id", "instruction", "input", "output", "context", "response", "history", "system", "chat"),
    *("conversations", "messages", "from", "value", "role", "content"),
    *("instances", "instruction_with_input", "constraints"),
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
extras = st.dictionaries(texts.filter(lambda key: key not in TAKEN), values, max_size=3)
turns = st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "system", "tool"]), "content": texts})


@st.composite
def rows(draw: st.DrawFn) -> Row:
    row: Row = {"id": draw(texts), "instruction": draw(texts), "input": draw(texts | st.just("  "))}
    if draw(st.booleans()):
        row["output"] = draw(texts)
    if draw(st.booleans()):
        row["system"] = draw(texts)
    history = draw(st.lists(turns, max_size=4))
    if history and ("system" in row or history[0]["role"] != "system"):
        row["history"] = history
    more: Row = draw(extras)
    return row | more


@st.composite
def chat_records(draw: st.DrawFn, shape: str) -> Row:
    role, text = ("from", "value") if shape == "sharegpt" else ("role", "content")
    users = st.sampled_from(["human", "user", "Human"] if shape == "sharegpt" else ["user"])
    assistants = st.sampled_from(["gpt", "chatgpt", "bard", "assistant"] if shape == "sharegpt" else ["assistant"])
    anyone = users | assistants | st.sampled_from(["tool", "function", "observation"])
    names = draw(st.lists(anyone, max_size=4)) + [draw(users)]
    if draw(st.booleans()):
        names.append(draw(assistants))
    if draw(st.booleans()):
        names.insert(0, "system" if shape == "sharegpt" else draw(st.sampled_from(["system", "developer"])))
    record: Row = {"id": draw(texts)} if draw(st.booleans()) else {}
    if names[0] not in ("system", "developer") and draw(st.booleans()):
        record["system"] = draw(texts)

    def turn(name: str) -> Row:
        plain: Row = {role: name, text: draw(texts)}
        return plain | draw(extras)

    conversation = [turn(name) for name in names]
    return record | {SHAPES[shape].columns[0]: conversation} | draw(extras)


@st.composite
def flat_records(draw: st.DrawFn, shape: str) -> Row:
    instruction, given_text, answer = SHAPES[shape].columns
    record: Row = {column: draw(texts) for column in (instruction, given_text, answer)}
    return record | draw(extras)


@st.composite
def task_records(draw: st.DrawFn) -> Row:
    fields = st.fixed_dictionaries({"input": texts, "output": texts}, optional={"constraints": texts})
    return {"instruction": draw(texts), "instances": [draw(fields)]} | draw(extras)


def any_record(shape: str) -> st.SearchStrategy[Row]:
    if shape == "instances":
        return task_records()
    return chat_records(shape) if shape in ("sharegpt", "messages") else flat_records(shape)


shaped = st.sampled_from(sorted(SHAPES)).flatmap(lambda shape: st.tuples(st.just(shape), any_record(shape)))


@given(rows(), st.sampled_from(sorted(SHAPES)))
def test_row_to_shape_and_back(row: Row, shape: str) -> None:
    before = json.dumps(row)
    assert SHAPES[shape].to_row(SHAPES[shape].from_row(row)) == row
    assert json.dumps(row) == before, "a conversion must not change what it is given"


@given(shaped)
def test_shape_to_row_and_back(case: tuple[str, Row]) -> None:
    shape, record = case
    before = json.dumps(record)
    assert SHAPES[shape].from_row(SHAPES[shape].to_row(record)) == record
    assert json.dumps(record) == before


@given(shaped, st.lists(st.sampled_from(sorted(SHAPES)), max_size=4))
def test_through_any_other_shapes_and_back(case: tuple[str, Row], path: list[str]) -> None:
    shape, record = case
    row = SHAPES[shape].to_row(record)
    for other in path:
        row = SHAPES[other].to_row(SHAPES[other].from_row(row))
    assert SHAPES[shape].from_row(row) == record


@given(shaped)
def test_every_record_is_recognised(case: tuple[str, Row]) -> None:
    shape, record = case
    assert recognise([record]) == shape


def test_a_conversation_becomes_a_row() -> None:
    record = {
        "id": "x",
        "conversations": [
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "Hi"},
            {"from": "gpt", "value": "Hello"},
            {"from": "human", "value": "Why?"},
            {"from": "gpt", "value": "Because."},
        ],
    }
    assert SHAPES["sharegpt"].to_row(record) == {
        "instruction": "Why?",
        "input": "",
        "output": "Because.",
        "system": "Be brief.",
        "history": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
        "id": "x",
    }


def test_a_row_becomes_messages() -> None:
    row = {"id": "7", "instruction": "Add.", "input": "1 and 2", "output": "3", "score": 4.5}
    record = {
        "id": "7",
        "score": 4.5,
        "input": "1 and 2",
        "messages": [{"role": "user", "content": "Add.\n\n1 and 2"}, {"role": "assistant", "content": "3"}],
    }
    assert SHAPES["messages"].from_row(row) == record
    assert SHAPES["messages"].to_row(record) == row


def test_names_of_roles_come_back_even_through_another_shape() -> None:
    record = {"conversations": [{"from": "user", "value": "a", "weight": 1}, {"from": "bard", "value": "b"}]}
    row = SHAPES["sharegpt"].to_row(record)
    assert (row["instruction"], row["output"]) == ("a", "b")
    through = SHAPES["messages"].from_row(row)
    assert through["messages"] == [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert SHAPES["sharegpt"].from_row(SHAPES["messages"].to_row(through)) == record


def test_an_edited_row_is_written_with_its_new_text() -> None:
    record = {"conversations": [{"from": "human", "value": "a"}, {"from": "chatgpt", "value": "b"}]}
    row = SHAPES["sharegpt"].to_row(record) | {"output": "c"}
    assert SHAPES["sharegpt"].from_row(row)["conversations"][1] == {"from": "chatgpt", "value": "c"}
    del row["output"]
    assert SHAPES["sharegpt"].from_row(row)["conversations"] == [{"from": "human", "value": "a"}]


@pytest.mark.parametrize("shape", ["sharegpt", "messages"])
def test_turns_with_the_other_shapes_keys_are_read_when_told(shape: str) -> None:
    record = {"conversations": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    row = SHAPES[shape].to_row(record)
    assert (row["instruction"], row["output"]) == ("a", "b")
    assert SHAPES[shape].from_row(row) == record


@pytest.mark.parametrize(
    ("record", "shape"),
    [
        ({"instruction": "a"}, "alpaca"),
        ({"instruction": "a", "output": "b", "category": "c"}, "alpaca"),
        ({"instruction": "a", "response": "b"}, "dolly"),
        ({"instruction": "a", "context": ""}, "dolly"),
    ],
)
def test_records_with_few_columns(record: Row, shape: str) -> None:
    assert recognise([record]) == shape


@pytest.mark.parametrize("shape", ["sharegpt", "messages"])
@pytest.mark.parametrize("more", [{"chat": {}}, {"system": 5}, {"system": None}, {"chat": {"mine": 1}, "system": []}])
def test_odd_columns_come_back_from_a_conversation(shape: str, more: Row) -> None:
    row = {"instruction": "a", "input": "", "output": "b"} | more
    assert SHAPES[shape].to_row(SHAPES[shape].from_row(row)) == row


@pytest.mark.parametrize("shape", ["sharegpt", "messages"])
def test_a_conversation_that_ends_with_the_user_has_no_output(shape: str) -> None:
    record = SHAPES[shape].from_row({"instruction": "a", "input": ""})
    assert SHAPES[shape].to_row(record) == {"instruction": "a", "input": ""}


def test_null_input_and_output() -> None:
    row = SHAPES["alpaca"].to_row({"instruction": "a", "input": None, "output": None})
    assert row == {"instruction": "a", "input": ""}


@pytest.mark.parametrize(
    ("shape", "row", "piece"),
    [
        ("dolly", {"instruction": "a", "input": "", "context": "x"}, "'context' is dolly's name for 'input'"),
        ("messages", {"instruction": "a", "messages": []}, "'messages' is where messages keeps its turns"),
        ("messages", {"instruction": "a", "history": [["q", "a"]]}, "a turn in 'history' is"),
        ("sharegpt", {"instruction": "a", "history": "x"}, "'history' holds text"),
        ("sharegpt", {"instruction": "a", "chat": "x"}, "'chat' holds text"),
        ("sharegpt", {"output": "a"}, "no column 'instruction'"),
        ("alpaca", {"output": "a"}, "no column 'instruction'"),
    ],
)
def test_rows_that_a_shape_cannot_hold(shape: str, row: Row, piece: str) -> None:
    with pytest.raises(DataError) as caught:
        SHAPES[shape].from_row(row)
    assert piece in str(caught.value)


def test_unknown_format() -> None:
    with pytest.raises(UsageError, match="no format 'vicuna'; use one of alpaca, dolly, sharegpt, messages"):
        shape_named("vicuna")


def test_convert_keeps_ids_as_they_are_and_gives_none(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [
        {"id": 5, "instruction": "a", "input": "b", "output": "c"},
        {"instruction": "d", "input": "", "output": ""},
    ]
    write_rows(tmp_path / "a.json", records)
    write_rows(tmp_path / "b.jsonl", convert_rows(tmp_path / "a.json", "sharegpt"))
    assert list(convert_rows(tmp_path / "b.jsonl", "alpaca")) == [
        {"instruction": "a", "input": "b", "output": "c", "id": 5},
        {"instruction": "d", "input": "", "output": ""},
    ]


def test_convert_names_the_line_that_does_not_fit(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", [{"instruction": "a"}, {"instruction": "b", "history": 7}])
    with pytest.raises(DataError, match="line 2: column 'history' holds a number"):
        list(convert_rows(tmp_path / "a.jsonl", "messages"))


def test_the_flag_settles_a_doubt(tmp_path: Path) -> None:
    record = {"instruction": "a", "output": "b", "messages": [{"role": "user", "content": "c"}]}
    write_rows(tmp_path / "a.jsonl", [record])
    assert list(read_rows(tmp_path / "a.jsonl", "alpaca")) == [{"id": "0", "input": "", **record}]
    with pytest.raises(DataError, match="could be alpaca or messages"):
        list(read_rows(tmp_path / "a.jsonl"))
