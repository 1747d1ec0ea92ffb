"""The checks of an example: the published ones, and where ours differ."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from tunesmith.explore.checks import BANNED_WORDS, Checks, kind_of
from tunesmith.explore.checks.words import count_words, is_placeholder

FINE = "Rewrite the sentence below."


def why(instruction: str = FINE, given: str = "A sentence.", output: str = "Done.", **settings: object) -> str:
    return Checks.model_validate(settings).problem(instruction, given, output)


# --- each check with its reason ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        (FINE, ""),
        ("Be very brief", ""),
        ("Be brief", "instruction too short (2 words, at least 3)"),
        ("Rewrite", "instruction too short (1 word, at least 3)"),
        (" \n", "no instruction"),
        ("word " * 150, ""),
        ("word " * 151, "instruction too long (151 words, at most 150)"),
        ("Describe the Image to me", "banned word in the instruction (image)"),
        ("Draw a cat for me", "banned word in the instruction (draw)"),
        ("Please go\n to the shop", "banned word in the instruction (go to)"),
        ("Imagine a paragraph about drawing", ""),
        ("Explain the profile of a filer", ""),
        ("Write a program that adds numbers", "banned start of the instruction (Write a program)"),
        ("write a Program that adds numbers", "banned start of the instruction (Write a program)"),
        ("Please write a program plan", ""),
        ("'Yes' is what she said", "instruction starts with punctuation (')"),
        ("# A heading as instruction", "instruction starts with punctuation (#)"),
        ("“Yes” is what she said", "instruction starts with punctuation (“)"),
        (
            "Über die Sprache schreiben",
            "instruction starts with a character that is not ASCII (Ü; ascii_start: false lets it pass)",
        ),
        (
            "改写下面的句子。",
            "instruction starts with a character that is not ASCII (改; ascii_start: false lets it pass)",
        ),
    ],
)
def test_an_instruction(instruction: str, reason: str) -> None:
    assert why(instruction) == reason


def test_the_first_reason_is_given() -> None:
    assert why("Draw", "<x>", "") == "instruction too short (1 word, at least 3)"
    assert why(FINE, "<some text>", "") == "input not filled in (<some text>)"
    assert why(FINE, "x", " \n") == "no output"


@pytest.mark.parametrize("word", BANNED_WORDS)
def test_every_published_word_is_banned_in_any_case(word: str) -> None:
    for written in (word, word.upper(), word.title()):
        assert why(f"Please consider the {written}, then answer") == f"banned word in the instruction ({word})"
        assert why(FINE, f"the {written}", f"the {written}") == ""


def test_the_published_list() -> None:
    published = "image images graph graphs picture pictures file files map maps draw plot go_to video audio music"
    assert {word.replace(" ", "_") for word in BANNED_WORDS} == {*published.split(), "flowchart", "diagram"}


def test_a_long_input_is_shortened_in_the_reason() -> None:
    assert len(why(FINE, f"<{'text ' * 10}>")) < 80


# --- settings ------------------------------------------------------------------------------------------------------


def test_no_limits_as_published_for_maths() -> None:
    assert why("Solve", min_words=0, max_words=0) == ""
    assert why("word " * 5000, min_words=0, max_words=0) == ""


def test_words_of_a_domain_of_its_own() -> None:
    assert why("Name the chemical compound, please", banned_words=["compound"]) == (
        "banned word in the instruction (compound)"
    )
    assert why("Draw a cat for me", banned_words=[]) == ""
    assert why("Compare C++ with C here", banned_words=["c++"]) == "banned word in the instruction (c++)"
    assert why("Compare C with C# here", banned_words=["c++"]) == ""
    assert (
        why("请画一张图片给我看", banned_words=["图片"], ascii_start=False) == "banned word in the instruction (图片)"
    )
    assert (
        why("请画一张image给我看", banned_words=["image"], ascii_start=False)
        == "banned word in the instruction (image)"
    )


def test_starts_of_a_domain_of_its_own() -> None:
    assert why("Create an essay on it", banned_starts=["create"]) == "banned start of the instruction (create)"
    assert why("Write a program that adds", banned_starts=[]) == ""
    assert why("“Yes” is what she said", punctuation_start=True, ascii_start=False) == ""
    assert why("$x + 1 = 2$ holds for", punctuation_start=True) == ""


def test_instructions_of_other_scripts() -> None:
    assert why("改写下面的句子。", ascii_start=False) == ""
    assert why("改写", ascii_start=False) == "instruction too short (2 words, at least 3)"
    assert why("「改写」下面的句子", ascii_start=False) == ""
    assert why("。改写下面的句子", ascii_start=False) == "instruction starts with punctuation (。)"
    assert why("Über die Sprache schreiben", ascii_start=False) == ""


@pytest.mark.parametrize(
    "settings",
    [{"max_word": 3}, {"min_words": -1}, {"banned_words": [" "]}, {"banned_starts": [""]}, {"placeholders": "some"}],
)
def test_settings_that_cannot_be(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Checks.model_validate(settings)


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Checks.model_fields.values())


def test_a_kind_is_the_reason_without_particulars() -> None:
    assert kind_of("instruction too short (2 words, at least 3)") == "instruction too short"
    assert kind_of("no output") == "no output"
    assert kind_of("input not filled in ((see above))") == "input not filled in"


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), ("two words", 2), ("it's one-off", 2), ("改写句子", 4), ("用 Python 写", 3), ("문장을 다시 쓰세요", 3)],
)
def test_words_are_counted(text: str, number: int) -> None:
    assert count_words(text) == number


# --- placeholders --------------------------------------------------------------------------------------------------

PLACEHOLDERS = [
    "<article>", "<text of the article>", "[insert text here]", "[Your name]", "{text}", "{{ article }}", "____",
    "__ __", "...", "…", "(text here)", "(text of the article)", "<your_text_here>",
    "（请输入文本）", "【文本】", "[Insert article, essay or letter here]", "[a word]", "(Paste your text here...)",
]  # fmt: skip
INPUTS = [
    "", "(a + b)", "(x, y)", "(sin x)", "(Paris)", "[1, 2, 3]", "[apple, pear]", '["a", "b"]', "{x}", '{"a": 1}',
    "<p>Hello</p>", "<a@b.org>", "[link](https://a.org)", "(a)(b)", "(one) and (two)", "...and then", "(3 apples)",
    "<div class='x'>text</div>", "(The lights go out. A man enters, and nobody looks at him.)", "a_b", "5", "[]",
    "(I went there and I saw that he was not at home so I left a letter and went back)",
]  # fmt: skip


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_refused(text: str) -> None:
    assert is_placeholder(text)
    assert why(given=f" {text}\n").startswith("input not filled in (")
    assert why(given=text, placeholders=False) == ""


@pytest.mark.parametrize("text", INPUTS)
def test_an_input_that_is_none_is_kept(text: str) -> None:
    assert why(given=text) == ""


def test_brackets_as_published() -> None:
    refused = [text for text in [*PLACEHOLDERS, *INPUTS] if why(given=text, placeholders="published")]
    assert refused == [text for text in [*PLACEHOLDERS, *INPUTS] if re.fullmatch(r"<.*>|\(.*\)", text)]
    assert "(a + b)" in refused


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["_", "_ ", "(", "<a ", "Answer: ", "Answer: $", "$", ". ", "Answer:\n", "****", "{", "画"]
)
def test_a_megabyte_is_checked_at_once(piece: str) -> None:
    text = piece * (1_000_000 // len(piece)) + "x"
    Checks(boxed=True).problem(FINE, text, text)
    Checks(max_words=0, punctuation_start=True, ascii_start=False).problem(text, "", "x")


# --- real examples -------------------------------------------------------------------------------------------------


def test_4433_published_examples_pass(shared: Path) -> None:
    number = 0
    for file in (shared / "explore_instruct" / "demo_domain").glob("*.json"):
        for example in json.loads(file.read_text("utf-8")).get("examples", []):
            assert why(example["instruction"], example["input"], example["output"]) == ""
            number += 1
    assert number == 4433
