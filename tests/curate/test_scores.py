"""read_score: a table of cases, 3,000 replies in every style, 10,000 fuzzed ones, and linear time.

A score that could not be read is never a number: each test asks for the exact score or for ``Unreadable``.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.curate.scores import Score, read_score
from tunesmith.errors import Unreadable

TABLE = yaml.safe_load(Path(__file__).with_name("score_cases.yaml").read_text("utf-8"))
CASES: list[dict[str, Any]] = TABLE["cases"]
DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
HALVES = [half / 2 for half in range(11)]


def reading(text: str, scale: tuple[float, float] = (0, 5), label: str = "") -> float | None:
    """The score that is read, none if the reply is unreadable."""
    try:
        return read_score(text, *scale, label).value
    except Unreadable:
        return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["reply"])[:60])
def test_the_table(case: dict[str, Any]) -> None:
    assert reading(case["reply"], tuple(case.get("scale", (0, 5))), case.get("label", "")) == case["score"]


def test_the_table_is_large_enough() -> None:
    unreadable = sum(case["score"] is None for case in CASES)
    assert len(CASES) >= 250
    assert unreadable >= 100


# --- what is said about it -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ("", "no score in the reply"),
        ("The response has 3 errors.", "no score in the reply"),
        ("7", "the score 7 is outside the scale 0-5"),
        ("Score: -1", "the score -1 is outside the scale 0-5"),
        ("4-5", "a range (4-5), not one score"),
        ("Score: 3 to 4, I think", "a range (3 to 4), not one score"),
        ("Score: about 4", "a bound or an estimate (about 4), not one score"),
        ("4/10", "scored out of 10 on a scale of 0-5"),
        ("Rating (1-10): 4", "scored out of 10 on a scale of 0-5"),
        ("80%", "scored out of 100 on a scale of 0-5"),
        ("Score: 4\nScore: 3", "two scores that differ (4 and 3)"),
        ("I'd give it a 4 for style and a 5 for content.", "two scores that differ (4 and 5)"),
        ("<think>4", "the thinking never ends, so there is no score"),
    ],
)
def test_the_message_says_what_was_found(reply: str, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_score(reply, 0, 5)
    assert str(caught.value) == message


def test_a_score_for_another_dimension_is_not_taken() -> None:
    with pytest.raises(Unreadable, match="no score for accuracy, only for something else"):
        read_score("Clarity: 4", 0, 5, "accuracy")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("4.5", ""),
        ("4.5\n\nIt names 3 of 7.\n", "It names 3 of 7."),
        ("**Score:** 4\n\n**Reason:** short", "**Reason:** short"),
        ("It is *right*.\n\nFinal score: 4/5", "It is *right*."),
        ("## Score\n4\n\nFine.", "## Score\n\nFine."),
        ("It is right, so I'd give it a 4.", "It is right, so I'd give it a 4."),
        ("4 - It is right.", "4 - It is right."),
        ("<think>hm</think>4\nFine.", "Fine."),
        ('{"score": 4, "reason": "It names 3 of 7."}', "It names 3 of 7."),
        ('```json\n{"score": 4, "reason": "fine"}\n```', "fine"),
        ("评分：4\n\n理由：完整。", "理由：完整。"),
    ],
)
def test_why_is_the_reply_without_its_score_line(reply: str, why: str) -> None:
    assert read_score(reply, 0, 5) == Score(read_score(reply, 0, 5).value, why)


# --- 3,000 replies in every style ----------------------------------------------------------------------------------

_ENGLISH = ["zero", "one", "two", "three", "four", "five"]


def spelled(score: float) -> dict[str, str]:
    """One score in the spellings that the templates use."""
    whole, half = int(score), score % 1 == 0.5
    shown = f"{score:g}"
    return {
        "{score}": shown,
        "{comma}": shown.replace(".", ","),
        "{wide}": shown.translate({code: code + 0xFEE0 for code in range(0x2E, 0x3A)}),
        "{english}": _ENGLISH[whole] + " and a half" * half,
        "{chinese}": "零一二三四五"[whole] + "点五" * half,
        "{stars}": "★" * whole + "½" * half + "☆" * (5 - whole - half),
        "{next}": f"{score + 0.5 if score < 5 else 4.5:g}",
    }


def replies_from_templates(number: int) -> list[tuple[dict[str, Any], float, str]]:
    """``number`` different replies, every template with every score before reasons are varied further."""
    dice = random.Random(20240115)
    made: dict[str, tuple[dict[str, Any], float, str]] = {}
    while len(made) < number:
        for template in TABLE["templates"]:
            for score in HALVES:
                text = template["text"]
                for place, value in spelled(score).items():
                    text = text.replace(place, value)
                while "{reason}" in text:
                    text = text.replace("{reason}", dice.choice(TABLE["reasons"]), 1)
                text = text.replace("{reason_zh}", dice.choice(TABLE["reasons_zh"]))
                made[text] = template, score, text
    return list(made.values())[:number]


def test_3000_replies_in_every_style() -> None:
    replies = replies_from_templates(3000)
    assert len(replies) == 3000
    wrong = []
    for template, score, text in replies:
        expected = score if template["readable"] else None
        if (got := reading(text, label=template.get("label", ""))) != expected:
            wrong.append((template["text"], text, expected, got))
    assert wrong == []
    assert 1000 < sum(template["readable"] for template, _, _ in replies) < 2500


# --- 10,000 fuzzed replies -----------------------------------------------------------------------------------------

SPECKS = ["", " ", "\t", "\u200b", "\ufeff", "\u00a0", "\u3000", "\x00", "\x07", "\u2060", "\u00ad"]
BARE_LINES = ["", "", " ", "---", "***", "🎉", "✅ ✨", "\u200b", "\x0b", "===", "...", "~", "<br>", "```", "“”"]


def noisy(dice: random.Random, core: str, first: bool) -> str:
    """Wrap a core in noise that says nothing of a score; before a core that must come first, in noise without words."""

    def line(wordless: bool) -> str:
        if wordless or dice.random() < 0.4:
            return dice.choice(BARE_LINES)
        prose: str = dice.choice(TABLE["prose"])
        return dice.choice(SPECKS) + prose + dice.choice(SPECKS)

    before = [line(first) for _ in range(dice.randrange(4))]
    after = [line(False) for _ in range(dice.randrange(4))]
    core = dice.choice(SPECKS) + core + dice.choice(SPECKS)
    return dice.choice(["\n", "\n", "\r\n", "\n\n"]).join([*before, core, *after])


def spellings(dice: random.Random, core: str) -> tuple[str, float]:
    score = dice.choice(HALVES)
    other = score + 0.5 if score < 5 else 4.0
    shown = dice.choice([f"{score:g}", f"{score:.1f}"])
    return core.replace("{s}", shown).replace("{t}", f"{max(other, 0.5):g}"), score


def test_4000_readable_cores_in_noise_keep_their_score() -> None:
    dice = random.Random(1)
    wrong = []
    for turn in range(4000):
        first = turn % 2 == 0
        core, score = spellings(dice, dice.choice(TABLE["first" if first else "anywhere"]))
        text = noisy(dice, core, first)
        if (got := reading(text)) != score:
            wrong.append((text, score, got))
    assert wrong == []


def test_3000_unreadable_cores_in_noise_stay_unreadable() -> None:
    dice = random.Random(2)
    wrong = []
    for turn in range(3000):
        core, _ = spellings(dice, dice.choice(TABLE["unreadable"]))
        text = noisy(dice, core, first=turn % 2 == 0)
        if (got := reading(text)) is not None:
            wrong.append((text, got))
    assert wrong == []


PIECES = [*TABLE["soup"], "\ud800"]  # half a character, which YAML cannot write


@pytest.mark.parametrize("scale", [(0, 5), (1, 10), (-1, 1)])
def test_3000_soups_give_a_score_of_the_scale_or_none(scale: tuple[float, float]) -> None:
    dice = random.Random(3)
    for _ in range(1000):
        pieces = [
            dice.choice(PIECES) if dice.random() < 0.8 else chr(dice.randrange(0x3000))
            for _ in range(dice.randrange(25))
        ]
        got = reading("".join(pieces), scale, dice.choice(["", "accuracy"]))
        assert got is None or scale[0] <= got <= scale[1]


@settings(deadline=None)  # a new label compiles a pattern
@given(
    st.text(max_size=60) | st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map("".join),
    st.sampled_from([(0.0, 5.0), (1.0, 10.0), (0.0, 100.0), (1.0, 7.0), (-1.0, 1.0), (0.0, 1.0)]),
    st.sampled_from(["", "accuracy", "helpfulness", "有用性", "C++ (style)"]) | st.text(max_size=8),
)
def test_any_text_gives_a_score_of_the_scale_or_none(text: str, scale: tuple[float, float], label: str) -> None:
    got = reading(text, scale, label)
    assert got is None or scale[0] <= got <= scale[1]


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


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", TABLE["hostile"], ids=repr)
def test_a_hostile_reply_takes_linear_time(piece: str) -> None:
    reading(piece, label="accuracy")  # compiles the patterns
    small, large = (piece * (size // len(piece)) for size in (3_000, 12_000))
    calls = [calls_made(lambda text=text: reading(text, label="accuracy")) for text in (small, large)]  # type: ignore[misc]
    assert calls[1] <= 4.5 * calls[0] + 3000
    reading(piece * (99_000 // len(piece)), label="accuracy")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["4", " 4,", "(", " ", "{", "<think>", "Score: 4\n"])
def test_a_megabyte_is_refused_or_read_at_once(piece: str) -> None:
    assert reading(piece * (1_000_000 // len(piece))) is None
    assert reading("<think>" + "Score: 3\n" * 100_000 + "</think>\nScore: 4" + " " * 1_000_000) == 4


# --- real replies --------------------------------------------------------------------------------------------------


def reviews() -> list[str]:
    """GPT-4's 880 reviews of two answers each (FastChat, ExpertLLaMA): a line "8 9" and an explanation."""
    files = sorted((DATA / "fastchat" / "reviews").glob("*.jsonl"))
    files += sorted((DATA / "expertllama" / "reviews_vs_chatgpt").glob("*.jsonl"))
    if not files:
        pytest.skip("the reviews of FastChat and ExpertLLaMA are not in ../shared/data")
    rows = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()]
    return [row.get("text") or row["full_response"] for row in rows]


def test_of_880_reviews_with_two_scores_none_gives_one() -> None:
    assert [review for review in reviews() if reading(review, (1, 10)) is not None] == []


@pytest.mark.parametrize("reply", ["3.5\n{why}", "Score: 3.5\n\n{why}", "{why}\n\nScore: 3.5"])
def test_880_real_explanations_do_not_change_a_score(reply: str) -> None:
    """Three of them speak of another score ("achieving a score of 9"), which is a contradiction and asked again."""
    explanations = [review.partition("\n")[2] for review in reviews()]
    read = [reading(reply.replace("{why}", why), (1, 10)) for why in explanations]
    assert set(read) == {3.5, None}
    assert read.count(None) == 3
