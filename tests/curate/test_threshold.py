"""What counts as a rating, and where the line is drawn."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.curate.threshold import AtLeast, Best, NoRating, count_ratings, exact, part_of, plain, rating_of


@pytest.mark.parametrize(
    ("value", "number"), [(4, 4.0), (4.5, 4.5), ("4.5", 4.5), (" 5 ", 5.0), ("-1e1", -10.0), (".5", 0.5), ("4.", 4.0)]
)
def test_numbers_and_text_that_is_one(value: Any, number: float) -> None:
    assert rating_of(value) == number


@pytest.mark.parametrize(
    "value",
    [True, False, "n/a", "4,5", "4.5/5", "nan", "inf", "1_0", "٤", float("nan"), float("inf"), 10**400, [4], {}, "  "],
    ids=repr,
)
def test_what_is_no_number_is_no_rating_and_never_0(value: Any) -> None:
    with pytest.raises(NoRating, match="is not a number") as caught:
        rating_of(value)
    assert caught.value.kind == "no rating: not a number"


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_no_rating(value: Any) -> None:
    with pytest.raises(NoRating, match=r"^no rating$") as caught:
        rating_of(value)
    assert caught.value.kind == "no rating"


def test_counting() -> None:
    rows: list[dict[str, Any]] = [{"r": 4}, {"r": 4.0}, {"r": "4"}, {"r": None}, {}, {"r": "x"}]
    assert count_ratings(rows, "r") == ({4.0: 3}, {"no rating": 2, "no rating: not a number": 1})


def test_numbers_as_a_person_writes_them() -> None:
    assert [plain(x) for x in (4.5, 4.0, 1203.0, 13 / 3, -2.0)] == ["4.5", "4", "1,203", "4.33333", "-2"]
    assert exact(4.4999999999) == "4.4999999999"
    assert exact(1203.0) == "1,203"


def test_the_comparison_is_exact_and_the_reason_shows_why() -> None:
    cut = AtLeast(4.5)
    assert cut.judge(4.5) == ("", "")
    assert cut.judge(3.5) == ("rating 3.5 is below 4.5", "rating below 4.5")
    assert cut.judge(13 / 3)[0] == "rating 4.33333 is below 4.5"
    assert cut.judge(4.499999999)[0] == "rating 4.499999999 is below 4.5"


def test_the_best_and_of_equals_the_earlier() -> None:
    order = [4.0, 5.0, 4.0, 4.5, 4.0]
    cut = Best(Counter(order), 3)
    assert cut.threshold == 4.0
    assert [cut.judge(rating) for rating in order] == [
        ("", ""),
        ("", ""),
        ("rating 4 (rank 4) is not among the best 3", "not among the best 3"),
        ("", ""),
        ("rating 4 (rank 5) is not among the best 3", "not among the best 3"),
    ]
    assert [cut.kept(rating, number) for rating, number in ((5.0, 1), (4.5, 1), (4.0, 3))] == [1, 1, 1]


@settings(deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 2.5, 3.0]), max_size=40), st.integers(1, 45))
def test_the_best_are_those_that_a_stable_sort_puts_first(order: list[float], most: int) -> None:
    cut = Best(Counter(order), most)
    kept = [place for place, rating in enumerate(order) if not cut.judge(rating)[0]]
    assert kept == sorted(sorted(range(len(order)), key=lambda place: -order[place])[:most])
    assert sum(cut.kept(rating, number) for rating, number in Counter(order).items()) == len(kept)
    assert cut.threshold == (min(order[place] for place in kept) if kept else None)


def test_ranks_are_written_with_separators() -> None:
    order = [5.0] * 1000 + [4.0] * 203
    cut = Best(Counter(order), 1000)
    assert [cut.judge(rating)[0] for rating in order][-1] == "rating 4 (rank 1,203) is not among the best 1,000"


def test_a_share_is_rounded_but_never_to_nothing() -> None:
    assert [part_of(share, rows) for share, rows in ((0.29, 100), (0.5, 5), (0.01, 10), (1, 7), (0.3, 0))] == [
        29,
        3,
        1,
        7,
        0,
    ]
    assert json.dumps(part_of(0.1, 52_002)) == "5200"
