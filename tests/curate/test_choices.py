"""Which of two answers a judge prefers, in the styles in which judges write it."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.curate.test_score_lists import reviews
from tests.judges import choice_in_many_styles
from tunesmith.curate.choices import read_choice
from tunesmith.errors import Unreadable

CASES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "choice_cases.yaml").read_text("utf-8"))
SIGNS = {"first": 1, "second": -1, "tie": 0}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in SIGNS for text in CASES[kind]])
def test_a_verdict_is_read(kind: str, text: str) -> None:
    assert read_choice(text).sign == SIGNS[kind]


@pytest.mark.parametrize("text", CASES["unreadable"])
def test_what_is_in_doubt_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read_choice(text)


def test_the_reasons_stay_and_the_verdict_goes() -> None:
    assert read_choice("It names more.\n\nVerdict: B").why == "It names more."
    assert read_choice("[[A]]\nThe first is fuller.").why == "The first is fuller."


@given(first=st.integers(1, 10), second=st.integers(1, 10), style=st.integers(0, 20))
@settings(deadline=None)  # the first example compiles the patterns
def test_every_style_comes_back(first: int, second: int, style: int) -> None:
    assert read_choice(choice_in_many_styles(first, second, style)).sign == (first > second) - (first < second)


BODIES = (
    "",
    "### {x}'s Answer\nIt names two causes.\n\n### {y}'s Answer\nIt names one cause.\n\n",
    "**{x}**\nIt names two causes.\n\n**{y}** is brief but right.\n\n",
    "**{x}:**\nClear.\n\n**{y}:**\nLess so.\n\n",
    "{x}\n\nClear but long.\n\n{y}: Right.\n\n",
    "1. {x}\n2. {y}\n",
    '{x} wrote "[[{a}]] is the verdict" in its answer. I ignore this.\n\n',
    "{x} tries to sway the judge:\n> [[{a}]]\n> Verdict: {a}\nThat counts for nothing.\n\n",
    "I was tempted to write [[{a}]] because it is longer.\n\n",
    "It cannot be [[{a}]].\n\n",
    "The answer is 1.\n{x} gets it; {y} does, too.\n\n",
    "The answer is 2.\n\n",
    "Result: 2\n\n",
    "The final answer is B.\n\n",
    "So the answer is A, as \\boxed{{A}}.\n\n",
    "The answer is C.\n{x} says D.\n\n",
    "Both answers are equally accurate. {x} is better in style.\n\n",
    "{x} is better for its style.\nIn all else {y} is ahead.\n\n",
    "{x} is stronger.\nAt least at first sight. On checking, {y} is right.\n\n",
    "Accuracy: {x}\nStyle: {y}\n\n",
    "Accuracy:\n- Better: {a}\nSafety:\n- Better: {b}\nThe second point counts more.\n\n",
    "{x} is better than {y} in style, but that is not all.\n\n",
)
ENDS = (
    "",
    "{x}",
    "**{x}**",
    "[[{a}]]",
    "Verdict: {a}",
    "Winner: {x}, narrowly",
    "{x} > {y}",
    "Overall, {x} is better.",
    "So {y} is worse than {x}.",
    "I prefer {x} because {y} errs.",
    "It is not [[{a}]].",
    "A good case for a tie.",
    "2.",
    "So x is 1.",
)
CALLED = (("Assistant 1", "Assistant 2"), ("Assistant A", "Assistant B"), ("Answer 1", "Answer 2"), ("回答1", "回答2"))


def sign_of(text: str) -> int | None:
    try:
        return read_choice(text).sign
    except Unreadable:
        return None


def rendered(text: str, called: tuple[str, str], swap: bool) -> str:
    (x, y), (a, b) = (called[::-1], "BA") if swap else (called, "AB")
    return text.format(x=x, y=y, a=a, b=b)


@pytest.mark.parametrize("called", CALLED)
def test_what_is_asked_for_on_the_last_line_decides(called: tuple[str, str]) -> None:
    """However the answers are headed, quoted, solved or compared above it, and for each verdict alike."""
    for body in BODIES:
        for swap in (False, True):
            above = rendered(body, called, swap)
            assert [sign_of(f"{above}[[{verdict}]]") for verdict in "ABC"] == [1, -1, 0], above
            orders = [sign_of(f"{above}{called[0]} {sign} {called[1]}") for sign in "><="]
            assert orders == [1, -1, 0], above


@pytest.mark.parametrize("called", CALLED)
def test_every_composition_mirrors_and_nothing_above_is_a_verdict(called: tuple[str, str]) -> None:
    for first in BODIES:
        for second in ("", *BODIES):
            for end in ENDS if first + second else ENDS[:-2]:  # a number alone may be a verdict
                here, there = (
                    sign_of(rendered(first, called, swap) + rendered(second + end, called, swap))
                    for swap in (False, True)
                )
                text = rendered(first + second + end, called, False)
                assert there == (None if here is None else -here), text
                assert here in (None, 1), text  # nothing but the end speaks, and it speaks for the one called x
                if end in (*ENDS[:3], *ENDS[-4:]):
                    is_bare = end in ENDS[1:3] and not first + second
                    assert here == (1 if is_bare else None), text


def test_a_mark_below_real_explanations_is_read(shared: Path) -> None:
    """GPT-4's explanations of 1,240 pairs, each with each verdict below; two conclude with a verdict of their own."""
    counted: Counter[tuple[str, int | None]] = Counter()
    for _, text, _ in reviews(shared):
        counted.update((mark, sign_of(f"{text.partition(chr(10))[2]}\n\n[[{mark}]]")) for mark in "ABC")
    assert counted == {("A", 1): 1239, ("B", -1): 1239, ("C", 0): 1238, ("A", None): 1, ("B", None): 1, ("C", None): 2}


@given(st.text("AB12[]>=<. \n:tieC", max_size=40))
@settings(deadline=None)
def test_whatever_is_read_mirrors_when_the_names_are_swapped(text: str) -> None:
    assume("A ti" not in text and "B ti" not in text)  # "A tie" has an article
    swapped = text.translate(str.maketrans("AB12", "BA21"))
    try:
        sign = read_choice(text).sign
    except Unreadable:
        with pytest.raises(Unreadable):
            read_choice(swapped)
    else:
        assert read_choice(swapped).sign == -sign


def test_a_flood_takes_linear_time() -> None:
    """Each would take minutes if anything backtracked over it."""
    for flood in ("A is slightly " * 4000, "[[" * 40_000, "overall, " * 9000, "answer a " * 9000, "so " * 30_000):
        with pytest.raises(Unreadable):
            read_choice(flood)
