"""Which of two answers a judge prefers, in the styles in which judges write it."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

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


@given(st.text("AB12[]>=<. \n:tieC", max_size=40))
@settings(deadline=None)
def test_whatever_is_read_mirrors_when_the_names_are_swapped(text: str) -> None:
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
