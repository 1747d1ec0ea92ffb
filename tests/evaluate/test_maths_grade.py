"""Grades, counted: what is right, what has no answer, and whether two models differ."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from tunesmith.evaluate.maths import Equivalence, Grade, Grader, accuracy, comparisons

RULES = Equivalence("rules")


def graded(*right: bool | None) -> list[Grade]:
    return [Grade("1", "box", "1", one, "rules" if one is not None else "no reference") for one in right]


@pytest.mark.parametrize(
    ("answer", "reference", "right", "why"),
    [
        (r"So \boxed{\frac12}", r"It is \boxed{0.5}", True, "rules"),
        (r"So \boxed{\frac13}", r"It is \boxed{0.5}", False, "rules"),
        ("I cannot say what it might be, sorry about it.", "5", False, "no answer found"),
        ("", "5", False, "no answer found"),
        (None, "5", None, "no answer"),
        (r"\boxed{5}", None, None, "no reference"),
        (r"\boxed{5}", "There is no final answer in this text, only many words of no use.", None, "no reference"),
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
        Grade("2", "text", "1", False, "math-verify cannot read it"),
    ]
    found = accuracy(grades)
    assert (found.rate.value, found.rate.rows, found.right) == (2 / 5, 5, 2)
    assert (found.not_found, found.no_answer, found.no_reference) == (1, 1, 1)
    assert dict(found.troubles) == {"math-verify cannot read it": 1}
    assert dict(found.signs) == {"box": 3, "text": 1}
    interval = binomtest(2, 5).proportion_ci(method="wilson")
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
    if both:
        assert found.difference.value == pytest.approx((found.only_first - found.only_second) / len(both))


def test_every_two_of_several_models_are_compared() -> None:
    found = comparisons({name: graded(True, False) for name in "abc"})
    assert [one.models for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
