"""Length bias, and the regression underneath the length-controlled win rate."""

from __future__ import annotations

import random
from math import log, tanh
from statistics import pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.estimates import student
from tunesmith.evaluate import Review
from tunesmith.evaluate.sentences import sentence
from tunesmith.evaluate.verdicts import report
from tunesmith.evaluate.verdicts.length import length_controlled
from tunesmith.evaluate.verdicts.logistic import fit, sigmoid


def drawn(rows: int, seed: int) -> tuple[list[float], list[float]]:
    dice = random.Random(seed)
    xs = [dice.uniform(-1, 1) for _ in range(rows)]
    return xs, [(sum(dice.random() < sigmoid(0.4 + 1.1 * x) for _ in range(2))) / 2 for x in xs]


@pytest.mark.parametrize("seed", range(5))
def test_the_line_is_the_most_likely_one(seed: int) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    xs, ys = drawn(120, seed)

    def unlikely(line: list[float]) -> float:
        chances = [sigmoid(line[0] + line[1] * x) for x in xs]
        return -sum(y * log(p) + (1 - y) * log(1 - p) for y, p in zip(ys, chances, strict=True))

    found, best = fit(xs, ys), optimize.minimize(unlikely, [0.0, 0.0], tol=1e-10).x
    assert found is not None
    assert (found.intercept, found.slope) == pytest.approx(tuple(best), abs=1e-4)


def test_its_errors_are_the_jackknifes() -> None:
    xs, ys = drawn(150, 9)
    whole = fit(xs, ys)
    assert whole is not None
    lines = [fit(xs[:n] + xs[n + 1 :], ys[:n] + ys[n + 1 :]) for n in range(len(xs))]
    for at, name in enumerate(("intercept", "slope")):
        values = [getattr(line, name) for line in lines]
        mean = sum(values) / len(values)
        error = ((len(xs) - 1) / len(xs) * sum((value - mean) ** 2 for value in values)) ** 0.5
        assert whole.errors[at] == pytest.approx(error, rel=0.02)


@pytest.mark.parametrize(
    ("gaps", "outcomes", "reason"),
    [
        ([10, -10, 20, -20] * 5, [1, 0, 1, 0] * 5, "length alone separates"),
        ([10, -10, 20, -20] * 5, [1, 1, 1, 1] * 5, "all questions were won"),
        ([10, -10, 20, -20] * 5, [0, 0, 0, 0] * 5, "all questions were lost"),
        ([7, 7, 7, 7] * 5, [1, 0, 1, 0] * 5, "differ in length by the same number"),
        ([0, 0, 0, 0] * 5, [1, 0, 1, 0] * 5, "differ in length by the same number"),
        ([10, 30, 20, 50] * 5, [1, 0, 1, 0] * 5, "is the longer one on 20 of 20"),
        ([-10, -30, -20, -50, -60] * 4 + [5], [1, 0, 1, 0] * 5 + [1], "is the longer one on 20 of 21"),
        ([30, -30, 5, -5], [1, 0, 0, 1], "leave nearly every win rate possible"),
        ([10, -10], [1, 0], "fewer than three"),
        ([10], [1], "fewer than three"),
    ],
)
def test_what_cannot_be_told_is_none_and_why(gaps: list[float], outcomes: list[float], reason: str) -> None:
    controlled, slope, why = length_controlled(gaps, outcomes)
    assert controlled.value is controlled.low is controlled.high is slope.value is slope.low is None
    assert controlled.rows == len(gaps)
    assert reason in why


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-300, 300), st.sampled_from([0.0, 0.25, 0.5, 1.0])), min_size=1, max_size=30))
def test_a_figure_that_says_nothing_is_not_given(known: list[tuple[int, float]]) -> None:
    """No win rate from 0 to 1, and no slope of thousands: what the questions do not tell is left out, with a reason."""
    controlled, slope, why = length_controlled([gap for gap, _ in known], [won for _, won in known])
    assert (controlled.value is None) == bool(why)
    if slope.low is not None and slope.high is not None:
        assert not why
        assert slope.high - slope.low <= 40
    if controlled.low is not None and controlled.high is not None:
        assert controlled.high - controlled.low <= 0.9


def test_the_variable_is_that_of_the_paper() -> None:
    """The hyperbolic tangent of the difference over its standard deviation, so that a huge one counts like a large."""
    dice = random.Random(2)
    gaps = [dice.choice((-900.0, -60.0, -5.0, 8.0, 70.0, 400.0)) for _ in range(100)]
    outcomes = [float(dice.random() < sigmoid(0.3 + 0.9 * tanh(gap / 100))) for gap in gaps]
    expected = fit([tanh(gap / pstdev(gaps)) for gap in gaps], outcomes)
    controlled, slope, _ = length_controlled(gaps, outcomes)
    assert expected is not None
    assert controlled.value == pytest.approx(sigmoid(expected.intercept))
    assert slope.value == pytest.approx(expected.slope)
    scaled, *_ = length_controlled([7 * gap for gap in gaps], outcomes)
    assert scaled.value == pytest.approx(controlled.value)  # words or letters, it is all one


def test_if_length_means_nothing_the_rate_stays_as_it_is() -> None:
    gaps, outcomes = [10.0, -10.0, 10.0, -10.0] * 10, [1.0, 1.0, 0.0, 0.0] * 10
    controlled, slope, _ = length_controlled(gaps, outcomes)
    assert controlled.value == pytest.approx(0.5)
    assert slope.value == pytest.approx(0.0)
    assert controlled.low is not None
    assert 0.3 < controlled.low < 0.4


def test_all_ties_have_a_rate_but_nothing_to_make_an_interval_of() -> None:
    controlled, *_ = length_controlled([10.0, -10.0, 5.0, -3.0], [0.5] * 4)
    assert (controlled.value, controlled.low) == (0.5, None)


def test_the_interval_is_that_of_the_log_odds() -> None:
    xs, ys = drawn(80, 3)
    controlled, *_ = length_controlled([100 * x for x in xs], ys)
    assert controlled.value is not None
    assert controlled.low is not None
    assert controlled.high is not None
    assert 0 < controlled.low < controlled.value < controlled.high < 1
    middle = (log(controlled.low / (1 - controlled.low)) + log(controlled.high / (1 - controlled.high))) / 2
    assert sigmoid(middle) == pytest.approx(controlled.value)
    assert student(78) == pytest.approx(1.9908, abs=1e-3)


def test_the_longer_answer_wins_by_hand() -> None:
    said = [(1, (9, 5)), (1, (3, 5)), (-1, (2, 8)), (0, (9, 1)), (1, (4, 4)), (None, (9, 1))]
    reviews = [Review(str(n), ("ours", "base"), sign, lengths=both) for n, (sign, both) in enumerate(said)]
    length = report(reviews, "base").contests[0].length
    assert length is not None
    # Won by the longer: the first and the third; the second by the shorter; a tie, an even pair and an unread one not.
    assert length.longer.value == pytest.approx(2 / 3)
    assert length.longer.rows == 3
    assert length.words == pytest.approx(((9 + 3 + 2 + 9 + 4) / 5, (5 + 5 + 8 + 1 + 4) / 5))


def test_a_model_that_is_always_longer_gets_a_word_of_warning() -> None:
    dice = random.Random(1)
    reviews = [
        Review(str(n), ("ours", "base"), dice.choice((1, 0, -1)), lengths=(11 + dice.randrange(60), 10))
        for n in range(60)
    ]
    found = report(reviews, "base").contests[0]
    assert found.length is not None
    assert found.length.controlled.value is None
    assert any("one model's answer is the longer one on 60 of 60 questions" in note for note in found.notes)
    assert "at equal length the win rate would be" not in sentence(found)


@pytest.mark.parametrize("longer_by", [40, 80, 160])
def test_a_longer_and_better_model_is_no_liking_for_length(longer_by: int) -> None:
    """The judge does not care for length; ours is better, and longer, so that the longer answer often wins."""
    said = 0
    for seed in range(60):
        dice, reviews = random.Random(seed), []
        for n in range(80):
            sign, words = (1 if dice.random() < 0.75 else -1), max(5, 300 + round(dice.gauss(longer_by, 80)))
            reviews.append(Review(str(n), ("ours", "base"), sign, lengths=(words, 300)))
            reviews.append(Review(str(n), ("base", "ours"), -sign, lengths=(300, words)))
        said += "answer wins" in sentence(report(reviews, "base").contests[0])
    assert said <= 8  # 3 in the mean; more than 8 in 0.6 % of such tests


def test_without_lengths_there_is_none() -> None:
    assert report([Review("1", ("a", "b"), 1)]).contests[0].length is None
