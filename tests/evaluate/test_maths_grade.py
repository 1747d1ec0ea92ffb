"""Grades, counted: what is right, what has no answer, and whether two models differ."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, multinomial

from tunesmith.evaluate.maths import Equivalence, Grade, Grader, accuracy, comparisons
from tunesmith.evaluate.maths.grade import paired_difference

RULES = Equivalence("rules")


def graded(*right: bool | None) -> list[Grade]:
    return [Grade("1", "box", "1", one, "rules" if one is not None else "no reference") for one in right]


@pytest.mark.parametrize(
    ("answer", "reference", "right", "why"),
    [
        (r"So \boxed{\frac12}", r"It is \boxed{0.5}", True, "rules"),
        (r"So \boxed{\frac13}", r"It is \boxed{0.5}", False, "rules"),
        ("I cannot say what it might be, sorry about it.", "5", False, "no answer found"),
        ("", "5", False, "empty answer"),
        (" \n", "5", False, "empty answer"),
        (None, "5", None, "no answer"),
        (r"\boxed{5}", None, None, "no reference"),
        (r"\boxed{5}", "There is no final answer in this text, only many words of no use. " * 5, None, "no reference"),
        (r"\boxed{3}", "$2$ and $3$", False, "rules"),
        (r"\boxed{2, 3}", "$2$ and $3$", True, "rules"),
        (r"\boxed{3}", r"The solutions are \(x=2\) and \(x=3\).", False, "rules"),
        ("The solutions are $x = 2$ and $x = 3$.", "3", False, "rules"),
        ("The solutions are $x = 2$ and $x = 3$.", "2, 3", True, "rules"),
        (r"\boxed{all reals except 2 and 3}", "all reals except $2$ and $3$", True, "rules"),
        (r"\boxed{all real numbers except x = 2 and 3}", "all real numbers except x = 2 and 3", True, "rules"),
        ("The correct answer is option B.", r"\boxed{\text{(B)}}", True, "rules"),
        ("The correct answer is (B) 7.", r"\boxed{7}", True, "rules"),
        ("The correct answer is (B) 7.", r"\boxed{C}", False, "rules"),
        ("The answer is 5 apples.", r"\boxed{5}", True, "rules"),
        ("The answer is 3 hours 20 minutes.", r"\boxed{3}", False, "its words only a person can compare"),
        (r"\boxed{2x}", r"\boxed{x+x}", False, "the rules cannot tell"),
    ],
)
def test_an_answer_is_graded(answer: str | None, reference: str | None, right: bool | None, why: str) -> None:
    grader = Grader("math", RULES)
    grade = grader.grade(answer, grader.reference(reference))
    assert (grade.right, grade.why) == (right, why)


def test_final_numbers_are_graded_as_numbers() -> None:
    grader = Grader("gsm8k", RULES)
    reference = grader.reference("5 + 7 = <<5+7=12>>12\n#### 12")
    assert grader.grade("They have 12.00 apples", reference).right is True
    assert grader.grade("They have 12 apples and 3 boxes", reference).right is False
    assert grader.grade("They have some", reference).why == "no answer found"


def test_what_was_not_graded_is_told_apart() -> None:
    grades = [
        *graded(True, True, False, None),
        Grade(None, "", "1", False, "no answer found"),
        Grade(None, "", "1", None, "no answer"),
        Grade(None, "", "1", False, "empty answer"),
        Grade("2", "text", "1", False, "math-verify cannot read it"),
    ]
    found = accuracy(grades)
    assert (found.rate.value, found.rate.rows, found.right) == (2 / 6, 6, 2)
    assert (found.not_found, found.empty, found.no_answer, found.no_reference) == (1, 1, 1, 1)
    assert dict(found.troubles) == {"math-verify cannot read it": 1}
    assert dict(found.signs) == {"box": 3, "text": 1}
    interval = binomtest(2, 6).proportion_ci(method="wilson")
    assert (found.rate.low, found.rate.high) == pytest.approx((interval.low, interval.high))


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([True, False, None])] * 2), max_size=40))
def test_two_models_are_compared_on_rows_that_both_were_graded_on(rows: list[tuple[bool | None, bool | None]]) -> None:
    first, second = (graded(*(row[place] for row in rows)) for place in (0, 1))
    (found,) = comparisons({"a": first, "b": second})
    both = [row for row in rows if None not in row]
    assert found.only_first == both.count((True, False))
    assert found.only_second == both.count((False, True))
    if found.p is None:
        assert found.only_first == found.only_second == 0
    else:
        discordant = found.only_first + found.only_second
        assert found.p == pytest.approx(binomtest(found.only_first, discordant).pvalue)
    assert found.difference.rows == len(both)
    if both:
        low, high = found.difference.low, found.difference.high
        assert low is not None
        assert high is not None
        assert -1 <= low <= (found.only_first - found.only_second) / len(both) <= high <= 1
        assert found.difference.value == pytest.approx((found.only_first - found.only_second) / len(both))


def test_every_two_of_several_models_are_compared() -> None:
    found = comparisons({name: graded(True, False) for name in "abc"})
    assert [one.models for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_the_difference_of_two_models_has_newcombes_interval() -> None:
    lone = paired_difference(0, 1, 0, 1)
    assert (lone.low, lone.high) != (None, None)
    assert -1 <= (lone.low or 0) < 0.5 < (lone.high or 0) <= 1
    one, back = paired_difference(43, 0, 1, 6), paired_difference(43, 1, 0, 6)
    assert (one.low, one.high) == pytest.approx((-(back.high or 0), -(back.low or 0)))
    covered = 0.0  # of 40 rows of which both models get each right independently, with 0.7 and 0.9
    cells = [0.63, 0.07, 0.27, 0.03]
    for both, first, second in product(range(41), repeat=3):
        if (neither := 40 - both - first - second) >= 0:
            found = paired_difference(both, first, second, neither)
            if (found.low or 0) <= -0.2 <= (found.high or 0):
                covered += multinomial.pmf([both, first, second, neither], 40, cells)
    assert 0.93 < covered < 0.99
