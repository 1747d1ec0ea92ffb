"""Length bias, and the regression underneath the length-controlled win rate."""

from __future__ import annotations

import random
from math import log, tanh
from statistics import pstdev

import pytest

from tunesmith.estimates import student
from tunesmith.evaluate import Review
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
    ("gaps", "outcomes"),
    [
        ([10, -10, 20, -20] * 5, [1, 0, 1, 0] * 5),
        ([10, -10, 20, -20] * 5, [1, 1, 1, 1] * 5),
        ([10, -10, 20, -20] * 5, [0, 0, 0, 0] * 5),
        ([7, 7, 7, 7] * 5, [1, 0, 1, 0] * 5),
        ([0, 0, 0, 0] * 5, [1, 0, 1, 0] * 5),
        ([10, -10], [1, 0]),
        ([10], [1]),
    ],
    ids=["length separates", "all won", "all lost", "all alike", "no difference", "two", "one"],
)
def test_what_cannot_be_told_is_none(gaps: list[float], outcomes: list[float]) -> None:
    controlled, slope = length_controlled(gaps, outcomes)
    assert controlled.value is controlled.low is controlled.high is slope.value is None
    assert controlled.rows == len(gaps)


def test_the_variable_is_that_of_the_paper() -> None:
    """The hyperbolic tangent of the difference over its standard deviation, so that a huge one counts like a large."""
    dice = random.Random(2)
    gaps = [dice.choice((-900.0, -60.0, -5.0, 8.0, 70.0, 400.0)) for _ in range(100)]
    outcomes = [float(dice.random() < sigmoid(0.3 + 0.9 * tanh(gap / 100))) for gap in gaps]
    expected = fit([tanh(gap / pstdev(gaps)) for gap in gaps], outcomes)
    controlled, slope = length_controlled(gaps, outcomes)
    assert expected is not None
    assert controlled.value == pytest.approx(sigmoid(expected.intercept))
    assert slope.value == pytest.approx(expected.slope)
    scaled, _ = length_controlled([7 * gap for gap in gaps], outcomes)
    assert scaled.value == pytest.approx(controlled.value)  # words or letters, it is all one


def test_if_length_means_nothing_the_rate_stays_as_it_is() -> None:
    gaps, outcomes = [10.0, -10.0, 10.0, -10.0] * 10, [1.0, 1.0, 0.0, 0.0] * 10
    controlled, slope = length_controlled(gaps, outcomes)
    assert controlled.value == pytest.approx(0.5)
    assert slope.value == pytest.approx(0.0)
    assert controlled.low is not None
    assert 0.3 < controlled.low < 0.4


def test_all_ties_have_a_rate_but_nothing_to_make_an_interval_of() -> None:
    controlled, _ = length_controlled([10.0, -10.0, 5.0, -3.0], [0.5] * 4)
    assert (controlled.value, controlled.low) == (0.5, None)


def test_the_interval_is_that_of_the_log_odds() -> None:
    xs, ys = drawn(80, 3)
    controlled, _ = length_controlled([100 * x for x in xs], ys)
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
    assert any("ours always answers at greater length" in note for note in found.notes)


def test_without_lengths_there_is_none() -> None:
    assert report([Review("1", ("a", "b"), 1)]).contests[0].length is None
