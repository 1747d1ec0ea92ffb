"""Prompts: a user's file replaces ours to the byte, and a broken one is found before anything is spent."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import Drop, UsageError
from tunesmith.prompts import Prompt, load_prompt
from tunesmith.steps.answer import Answer
from tunesmith.steps.identity import Identity
from tunesmith.teacher import Message

ROW = {"id": "0", "instruction": "Name {a} <b> tree.", "input": "In {{ Rome }}", "expert_identity": "You are {x}."}


def plain(text: str) -> Prompt:
    return Prompt(text, jinja=False, name="p.txt")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{question}", "Name {a} <b> tree.\n\nIn {{ Rome }}"),
        ("{instruction}|{input}|", "Name {a} <b> tree.|In {{ Rome }}|"),
        ('Answer as {"score": 1} for {instruction}\r\n', 'Answer as {"score": 1} for Name {a} <b> tree.\r\n'),
        ('{{"score": 1}} {id}', '{"score": 1} 0'),
        ('{"a": {"b": 1}} {id}', '{"a": {"b": 1}} 0'),
        ("{} {0} { id } {id}", "{} {0} { id } 0"),
    ],
)
def test_plain_prompts_are_sent_byte_for_byte(text: str, filled: str) -> None:
    assert plain(text).fill(ROW) == filled


@given(st.text(), st.text(min_size=1).filter(str.strip))
def test_rows_are_text_and_never_template(before: str, value: str) -> None:
    row = {"id": "0", "instruction": value}
    safe = before.replace("{", "(").replace("}", ")")
    assert plain(safe + "{instruction}").fill(row) == safe + value
    assert Prompt("{{ instruction }}", jinja=True, name="p").fill(row) == value


def test_jinja_keeps_white_space_and_is_boxed_in() -> None:
    assert Prompt("a \n{{ instruction }}\n\n", jinja=True, name="p").fill({"instruction": "b"}) == "a \nb\n\n"
    with pytest.raises(Drop, match="unsafe"):
        Prompt("{{ instruction.__class__.__mro__ }}", jinja=True, name="p").fill({"instruction": "b"})


def test_a_place_that_the_row_cannot_fill() -> None:
    assert plain("{questoin}").columns() == {"questoin"}
    with pytest.raises(Drop, match="no column 'questoin'"):
        plain("{questoin}").fill(ROW)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.jinja", b"{{ question", "p.jinja, line 1"),
        ("p.txt", b"Answer the question.", "no place to fill"),
        ("p.txt", b"\xff\xfe{question}", "not UTF-8"),
        ("missing.txt", None, "cannot read"),
    ],
)
def test_broken_prompt_files(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=words):
        load_prompt(tmp_path / name)


def published(shared: Path, name: str) -> Path:
    return shared / "prompts" / f"expertllama_template_{name}.txt"


def content(step: Any, row: dict[str, Any]) -> str:
    ((message,),) = (request.messages for request in step.requests(row))
    assert isinstance(message, Message)
    assert message.role == "user"
    return message.content


def test_the_published_prompts_make_the_published_requests(shared: Path) -> None:
    """The expected text is written by hand from the published program: ``template.format(question=...)``."""
    row = {"id": "0", "instruction": "Give three tips for staying healthy.", "input": ""}
    question = "Give three tips for staying healthy."
    vanilla = Answer(persona="plain", prompt=published(shared, "vanilla_prompting"))
    assert content(vanilla, row) == question
    static = Answer(persona="static", prompt=published(shared, "static_desc_prompting"))
    assert content(static, row) == (
        "Imaging you are an expert in the regarding field, try to answer the following instruction "
        "as professional as possible.\n\nGive three tips for staying healthy."
    )
    expert = Answer(persona="expert", prompt=published(shared, "expert_prompting"))
    assert content(expert, {**row, "expert_identity": "You are a {curious} doctor."}) == (
        "You are a {curious} doctor.\n\nNow given the above identity background, please answer the following "
        "instruction:\n\nGive three tips for staying healthy."
    )
    file = published(shared, "gen_expert_identity")
    raw = file.read_bytes().decode()
    asked = content(Identity(prompt=file), row)
    assert asked == raw.format(question=question)
    assert asked.endswith("[Instruction]: Give three tips for staying healthy.\n[Agent Description]: \n")
    assert "postman" in asked


def test_our_own_prompts_are_filled() -> None:
    for step in (Identity(), Answer(persona="plain"), Answer(persona="static"), Answer(persona="expert")):
        text = content(step, ROW)
        assert "Name {a} <b> tree." in text
        assert "In {{ Rome }}" in text
        assert ("You are {x}." in text) == (step == Answer(persona="expert"))


def test_a_system_message(tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("Speak {language}.")
    step = Answer(persona="plain", system=tmp_path / "s.txt")
    (asked,) = step.requests({**ROW, "language": "Latin"})
    assert [message.role for message in asked.messages] == ["system", "user"]
    assert asked.messages[0].content == "Speak Latin."
    assert set(step.reads) == {"instruction", "language"}
