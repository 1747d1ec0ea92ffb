"""read_proposals and read_drafts: a table of replies, every style written and read back, fuzz and linear time."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.explore.reading_styles import STYLES, Write, as_json, json_in_a_fence
from tunesmith.errors import Unreadable
from tunesmith.explore.reading import Draft, Proposal, Proposals, read_drafts, read_proposals

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("reading_cases.yaml").read_text("utf-8"))["cases"]


def drafts(examples: list[list[str]]) -> tuple[Draft, ...]:
    return tuple(Draft(*example) for example in examples)


def proposals(case: dict[str, Any]) -> Proposals:
    found = [
        Proposal(one.get("title", ""), one.get("reason", ""), drafts(one.get("examples", [])), one.get("problem", ""))
        for one in case["subtasks"]
    ]
    return Proposals(tuple(found), case.get("nothing_more", False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["text"])[:60])
def test_the_table(case: dict[str, Any]) -> None:
    text, cut_off = case["text"], case.get("cut_off", False)
    if "unreadable" in case:
        readers: dict[str, Callable[[str, bool], object]] = {"subtasks": read_proposals, "examples": read_drafts}
        with pytest.raises(Unreadable):
            readers[case["unreadable"]](text, cut_off)
    elif "subtasks" in case:
        assert read_proposals(text, cut_off) == proposals(case)
    else:
        assert read_drafts(text, cut_off) == drafts(case["examples"])


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 190


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\u2028"])
def test_the_table_with_other_line_ends(line_end: str) -> None:
    for case in CASES:
        if "\r" not in case["text"] and "{" not in case["text"]:  # in JSON line ends within a text are the text's
            test_the_table({**case, "text": case["text"].replace("\n", line_end)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty reply"),
        ("Hello.", "neither a subtask nor word that there are no more"),
        ("1. Instruction: a\nOutput: b", "examples, but no subtask that they belong to"),
        ("<think>Subtask: a", "the thinking never ends"),
    ],
)
def test_the_message_says_what_is_missing(text: str, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_proposals(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["No more subtasks.", '{"examples": []}', "Subtask: Tone\nReason: r"])
def test_a_reply_without_an_example(text: str) -> None:
    with pytest.raises(Unreadable, match="no example in the reply"):
        read_drafts(text)


# --- written in every style and read back --------------------------------------------------------------------------

WORDS = [
    "alpha",
    "Beta",
    "42",
    "Input: 3",
    "the Output:",
    "(x)",
    "“q”",
    "语言",
    "naïve",
    "a\\b",
    "$x$",
    "**bold**",
    "C++",
]
BLOCKS = [
    "1. one\n2. two\n3. three",
    "- Reason one\n- Example two",
    "```\nInstruction: x\nInput: y\nOutput: z\n```",
    "```python\nfor i in x:\n    # Reason: why\n    print(i)\n```",
    "# Heading\n\n## Next",
    "| Input | Output |\n|---|---|\n| 1 | 2 |",
    "Dear Ann,\n\nthe reason: none.\n\nBest",
]
lines = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(lambda words: " ".join(["So", *words]))
texts = st.tuples(lines, st.lists(lines | st.sampled_from(BLOCKS), max_size=3)).map(
    lambda parts: "\n\n".join([parts[0], *parts[1]])
)
reasons = st.lists(lines, min_size=1, max_size=3).map("\n\n".join)
titles = st.lists(st.sampled_from(["Tone", "of", "3D", "texts", "C#", "and", "语气"]), min_size=1, max_size=5).map(
    lambda words: " ".join(["Change", *words])
)


@st.composite
def replies(draw: st.DrawFn) -> list[Proposal]:
    def draft() -> Draft:
        return Draft(draw(texts), draw(st.just("") | texts), draw(texts))

    return [
        Proposal(draw(titles), draw(reasons), tuple(draft() for _ in range(draw(st.integers(1, 3)))))
        for _ in range(draw(st.integers(1, 3)))
    ]


@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("write", STYLES, ids=lambda write: write.__name__)
@given(found=replies())
def test_what_is_written_in_any_style_is_read_back(write: Write, found: list[Proposal]) -> None:
    assert read_proposals(write(found)) == Proposals(tuple(found), False)
    assert read_drafts(write(found)) == tuple(draft for one in found for draft in one.drafts)


@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("write", STYLES, ids=lambda write: write.__name__)
@given(found=replies(), share=st.floats(0, 1))
def test_what_is_cut_off_anywhere_is_not_taken_for_whole(write: Write, found: list[Proposal], share: float) -> None:
    text = write(found)
    written = [draft for one in found for draft in one.drafts]
    try:
        read = read_drafts(text[: int(share * len(text))], cut_off=True)
    except Unreadable:
        return
    whole = [draft for draft in read if not draft.problem]
    assert whole == written[: len(whole)]
    assert len(read) <= len(whole) + 1
    assert all(draft.problem == "cut off" for draft in read[len(whole) :])


# --- real text -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(shared: Path) -> list[Proposal]:
    """The published tree of a demonstration: 9 tasks with 4,433 examples, as a teacher would have written them."""
    found = []
    for file in sorted((shared / "explore_instruct" / "demo_domain").glob("*.json")):
        task = json.loads(file.read_text("utf-8"))
        if "examples" in task:
            examples = [
                [example[key].strip() for key in ("instruction", "input", "output")] for example in task["examples"]
            ]
            found.append(Proposal(task["raw_task_name"], task["reason"] or "It is the root.", drafts(examples)))
    return found


@pytest.mark.parametrize("write", STYLES, ids=lambda write: write.__name__)
def test_4433_real_examples_in_every_style(demo: list[Proposal], write: Write) -> None:
    """All of them: there is none that cannot be told apart."""
    number = 0
    for one in demo:
        for start in range(0, len(one.drafts), 5):
            part = replace(one, drafts=one.drafts[start : start + 5])
            number += len(part.drafts)
            assert read_proposals(write([part, part])).found == (part, part)
            assert read_drafts(write([part])) == part.drafts
    assert number == 4433


# --- fuzz ----------------------------------------------------------------------------------------------------------

PIECES = [
    "###", "\n", "\n\n", " ", "Subtask:", "New subtask 1:", "**Reason:**", "Examples:", "Example 2", "1. ", "2)", "- ",
    "Instruction:", "Input:", "Output:", "```", "```json\n", "{", "}", "[", "]", '"', '"instruction": "a"', ",", ":",
    '{"subtasks": [', '"examples": [', "\\", "\\u12", "None", "No more subtasks.", "---", "____", "...", "指令：",
    "输入：无", "<think>", "</think>", "word", "\ud800", "\x00", "\ufeff", "**", "I hope these examples help.",
]  # fmt: skip


def read_both(text: str, cut_off: bool) -> None:
    """Read a text in both ways; what is read must be whole in itself."""
    for read in (read_proposals, read_drafts):
        try:
            found = read(text, cut_off)
        except Unreadable:
            continue
        if isinstance(found, Proposals):
            assert found.found or found.nothing_more
            assert all(one.title or one.problem for one in found.found)
            found = tuple(draft for one in found.found for draft in one.drafts)
        assert all(draft.problem or draft.instruction and draft.output for draft in found)


@settings(deadline=None, max_examples=400)
@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES) | st.text(max_size=4)).map("".join), st.booleans())
def test_any_text_is_read_or_unreadable(text: str, cut_off: bool) -> None:
    read_both(text, cut_off)


def test_5000_damaged_replies_are_read_or_unreadable() -> None:
    dice = random.Random(5)
    sources = [case["text"] for case in CASES if case["text"]]
    for _ in range(5000):
        text = dice.choice(sources)
        for _ in range(dice.randrange(1, 4)):
            place = dice.randrange(len(text) + 1)
            text = text[:place] + dice.choice([*PIECES, ""]) + text[place + dice.randrange(12) :]
        read_both(text, dice.random() < 0.3)


@pytest.mark.parametrize("write", [as_json, json_in_a_fence])
def test_json_cut_off_anywhere_keeps_what_is_whole(write: Write) -> None:
    found = [Proposal("Tone", "r", drafts([["a", "b", "c"], ["d", "e", "f"]])), Proposal("Voice", "s", ())]
    text = write(found)
    for size in range(text.index('"examples"') + 20, len(text)):
        one = read_proposals(text[:size], cut_off=True).found[0]
        assert one.title == "Tone"
        assert [draft for draft in one.drafts if not draft.problem] == [*found[0].drafts][: len(one.drafts)][
            : sum(not draft.problem for draft in one.drafts)
        ]


# --- linear time ---------------------------------------------------------------------------------------------------

HOSTILE = [
    "###\n", "1. ", "Instruction:", "Instruction:\n", "Subtask:\n", "Title: x\nReason: y\n", "*", " ", "- ", "[", "{",
    '{"a":', '{"a": @}, ', "[]", "```\n", "````\n```\n", "1.\n", "Example 1\n", "\\", '"', '[{"instruction": "',
    "Instruction: a\nOutput: b\n", "<think>", "---\n", "### ", "no more ", "not any ", "标题：", "> ", "\t", "\n",
    "_", "_ ",
]  # fmt: skip


def steps_taken(work: Callable[[], object]) -> int:
    """Count the calls, of Python and of C functions, and the lines of Python that ``work`` runs."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before, traced = sys.getprofile(), sys.gettrace()
    sys.setprofile(trace)
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.setprofile(before)
        sys.settrace(traced)
    return count


def attempt(text: str) -> None:
    for read in (read_proposals, read_drafts):
        try:
            read(text, True)
        except Unreadable:
            pass


@pytest.mark.timeout(120)
@pytest.mark.parametrize("before", ["", "Instruction: a\n"], ids=repr)
@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_a_hostile_reply_takes_linear_time(piece: str, before: str) -> None:
    attempt(before + piece)
    small, large = (before + piece * (size // len(piece)) for size in (2_000, 8_000))
    steps = [steps_taken(lambda text=text: attempt(text)) for text in (small, large)]  # type: ignore[misc]
    assert steps[1] <= 4.5 * steps[0] + 3000
    attempt(before + piece * (200_000 // len(piece)))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["###\n", "1. ", "Instruction:"])
def test_a_megabyte_is_read_or_refused_at_once(piece: str) -> None:
    attempt(piece * (1_000_000 // len(piece)))
