"""strip_leaks: a table of cases, properties, linear time, and real answers in which nobody was given a role."""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.curate.leaks import Stripped, strip_leaks

CASES = yaml.safe_load(Path(__file__).with_name("leaks_cases.yaml").read_text("utf-8"))
IDENTITIES: dict[str, str] = CASES["identities"]
DATA = Path(__file__).parents[2] / ".." / "shared" / "data"


@pytest.mark.parametrize(("who", "answer", "expected"), CASES["leaks"])
def test_a_leak_goes_and_the_sentence_stays(who: str, answer: str, expected: str) -> None:
    stripped = strip_leaks(answer, IDENTITIES[who])
    assert stripped.text == expected
    check_promises(answer, IDENTITIES[who], stripped)


@pytest.mark.parametrize(("who", "answer"), CASES["clean"])
def test_legitimate_text_is_not_touched(who: str, answer: str) -> None:
    stripped = strip_leaks(answer, IDENTITIES[who])
    assert stripped == Stripped(answer, ())
    assert stripped.text is answer


def test_the_table_is_large_enough() -> None:
    leaks = [case for case in CASES["leaks"] if case[1] != case[2]]
    assert len(leaks) >= 80
    assert len(CASES["clean"]) >= 120


def test_phrases_are_recorded_verbatim_and_in_order() -> None:
    answer = "As a botanist, I like moss.\n\n**As a plant physiologist,** I know it."
    stripped = strip_leaks(answer, IDENTITIES["botanist"])
    assert stripped == Stripped("I like moss.\n\nI know it.", ("As a botanist,", "**As a plant physiologist,**"))


def check_promises(answer: str, identity: str, stripped: Stripped) -> None:
    """What holds for every text: nothing invented, nothing silent, and a second time changes nothing."""
    assert (stripped.text == answer) == (not stripped.removed)
    assert all(phrase and phrase in answer for phrase in stripped.removed)
    letters = iter(answer.casefold())
    assert all(letter in letters for letter in stripped.text.casefold())
    assert strip_leaks(stripped.text, identity) == Stripped(stripped.text, ())


FRAGMENTS = """as a|As a botanist|, |I |I recommend |As an AI|Speaking as a chef, |with my experience |. |
|

|I am a botanist|, and I |.|**|*|_|`|```
|"|'|’|“|”|(|)|$|\\[|As a|> |- |1. |Being a chef, |my advice |As a result, |you |she |Dear |Hello! |In my role as a |
作为|一名|植物学家|，|我|我是一名|。|身为|İ|ß"""
PIECES = st.sampled_from([case[1] for case in CASES["leaks"] + CASES["clean"]][::3] + list(FRAGMENTS.split("|")))


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join), st.sampled_from(list(IDENTITIES.values())))
def test_promises_hold_for_any_text(answer: str, identity: str) -> None:
    check_promises(answer, identity, strip_leaks(answer, identity))


# --- linear time ---------------------------------------------------------------------------------------------------


def calls_made(work: Callable[[], object]) -> int:
    """Count the calls, of Python and of C functions, that ``work`` makes."""
    count = 0

    def count_call(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


HOSTILE = {
    "openings": "As a ",
    "roles with commas": "As a botanist, ",
    "a chain": "As a botanist, as a chef, ",
    "leaks": "As a botanist, I recommend moss. ",
    "quotes": "'a \"b ‘c ",
    "code": "` `` ```` ",
    "money": "$a $ ",
    "formulas": "\\[ $$ \\begin{ ",
    "brackets": "[your As a (",
    "spaces": "As a" + " " * 50,
    "lines": "As a botanist,\n",
    "labels": "Bob: as a doctor, I\n",
    "emphasis": "**As a botanist** ",
    "I am": "I am a botanist with ",
    "with": "With my experience, with ",
    "drawing": "Drawing on my experience as a chef, ",
    "speaking": "Speaking as a a a ",
    "from": "Speaking from my long ",
    "in my role": "In my role as a chef, in ",
    "Chinese": "作为一名植物学家，",
    "Chinese chain": "作为我是一名",
    "Chinese subjects": "我作为一名植物学家，首先会",
    "dots": "As a Ph.D. M.D. ",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_of_100_kilobytes_takes_linear_time(name: str) -> None:
    piece = HOSTILE[name]
    small, large = 3_000 // len(piece), 12_000 // len(piece)
    calls = [calls_made(lambda n=n: strip_leaks(piece * n + "I", IDENTITIES["botanist"])) for n in (small, large)]  # type: ignore[misc]
    assert calls[1] <= 4.5 * calls[0] + 5000
    strip_leaks(piece * (100_000 // len(piece)) + "I", IDENTITIES["botanist"])


@pytest.mark.timeout(30)
@pytest.mark.parametrize("letter", [" ", "a", ",", "\n", "*", "'", '"', "`", "$", "[", "(", ">", "，", "-", "#"])
def test_one_letter_over_and_over(letter: str) -> None:
    for text in (letter * 100_000, "As a botanist" + letter * 100_000 + "I", letter * 100_000 + "As a chef, I"):
        strip_leaks(text, IDENTITIES["botanist"])


# --- real answers --------------------------------------------------------------------------------------------------


def alpaca() -> Iterator[tuple[int, str]]:
    path = DATA / "alpaca" / "alpaca_data.json.xz"
    if not path.exists():
        pytest.skip("the Alpaca data are not in ../shared/data")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(json.load(lines)):
            yield number, row["output"]


def vicuna_answers() -> Iterator[tuple[str, str]]:
    files = sorted(
        path for folder in ("expertllama", "fastchat") for path in (DATA / folder / "answers").glob("*.jsonl")
    )
    if not files:
        pytest.skip("the answers of ExpertLLaMA and FastChat are not in ../shared/data")
    for path in files:
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield f"{path.stem} {row['question_id']}", row["answer"] if "answer" in row else row["text"]


def test_of_alpacas_52002_outputs_one_is_touched() -> None:
    """Nobody was given a role there; row 42,911 ("As a financial planner, I recommend") echoes its instruction's."""
    hits = {number: strip_leaks(output).removed for number, output in alpaca()}
    assert {number: gone for number, gone in hits.items() if gone} == {42911: ("As a financial planner,",)}


def test_of_560_answers_five_claim_to_be_a_language_model() -> None:
    """All seven files, read by eye: each hit is "As a(n AI) language model, I ..." and none is wrong."""
    hits = {name: strip_leaks(answer).removed for name, answer in vicuna_answers()}
    assert {name: gone for name, gone in hits.items() if gone} == {
        "answer_gpt35 28": ("as an AI language model,",),
        "answer_gpt35 36": ("As an AI language model,",),
        "answer_vicuna-13b 22": ("As a language model,",),
        "answer_vicuna-13b 23": ("As an AI language model,",),
        "answer_vicuna-13b 28": ("As a language model AI,",),
    }
