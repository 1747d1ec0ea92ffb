"""Answers against references: found, compared and counted; two models against each other on the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from typing import Literal

from tunesmith.estimates import Estimate, share
from tunesmith.evaluate.verdicts.exact import sign_test

from .equivalence import Equivalence, Verdict
from .extract import Found, final_answer, reference_of
from .gsm8k import final_number, same_number

Kind = Literal["math", "gsm8k"]


@dataclass(frozen=True, slots=True)
class Grade:
    """One answer, graded.

    Attributes:
        extracted: The final answer that was found in it; ``None`` if none was.
        sign: By which sign: ``box``, ``label``, ``formula`` or ``text``.
        reference: The final answer of the reference.
        right: Whether they are the same; ``None`` where there is no answer or no reference to speak of.
        why: Who says so, or what is missing.
    """

    extracted: str | None
    sign: str
    reference: str | None
    right: bool | None
    why: str


NO_REFERENCE = "no reference"
NO_ANSWER = "no answer"
EMPTY = "empty answer"
NOT_FOUND = "no answer found"


class Grader:
    """Grades answers of one kind.

    Args:
        kind: ``math``: any answer of mathematics; ``gsm8k``: a final number.
        equivalence: How answers of mathematics are compared.
    """

    def __init__(self, kind: Kind, equivalence: Equivalence) -> None:
        self._find: Callable[[str], Found | None] = final_number if kind == "gsm8k" else final_answer
        self._reference = final_number if kind == "gsm8k" else reference_of
        self._compare: Callable[[str, str], Verdict] = _numbers if kind == "gsm8k" else equivalence.compare

    def reference(self, text: str | None) -> str | None:
        """The final answer of a reference: what is marked as such in it, or else all of it if it is short."""
        if not text or not text.strip():
            return None
        found = self._reference(text)
        return found.text if found else None

    def grade(self, answer: str | None, reference: str | None) -> Grade:
        """Grade an answer.

        Args:
            answer: All that the model wrote, which may be nothing; ``None`` if it was not asked.
            reference: The final answer of the reference, from `reference`.
        """
        found = self._find(answer) if answer is not None else None
        extracted, sign = (found.text, found.sign) if found else (None, "")
        if reference is None:
            return Grade(extracted, sign, None, None, NO_REFERENCE)
        if answer is None:
            return Grade(None, "", reference, None, NO_ANSWER)
        if extracted is None:
            return Grade(None, "", reference, False, NOT_FOUND if answer.strip() else EMPTY)
        verdict = self._compare(reference, extracted)
        return Grade(extracted, sign, reference, verdict.same, verdict.trouble or verdict.by)


def _numbers(one: str, other: str) -> Verdict:
    return Verdict(same_number(one, other), "numbers")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many answers were right.

    Attributes:
        rate: The share of right ones among those graded, with Wilson's interval.
        right: How many were right.
        not_found: In how many no answer was found; these are not right.
        empty: How many were empty; these are not right either.
        troubles: Of those that are not right, how many nobody could compare, by what stood in the way.
        no_answer: Rows for which there is no answer, not even an empty one; not graded.
        no_reference: Rows without a reference; not graded.
        signs: By which signs answers were found.
    """

    rate: Estimate
    right: int
    not_found: int
    empty: int
    troubles: Mapping[str, int]
    no_answer: int
    no_reference: int
    signs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same rows.

    Attributes:
        models: The two.
        difference: How much greater the first one's accuracy is, with Newcombe's interval; its rows are those on
            which both were graded.
        only_first: Rows that only the first got right.
        only_second: Rows that only the second got right.
        p: Two-sided exact p of as uneven a split, were both equally good (Q. McNemar, 1947); ``None`` if no row
            tells them apart.
    """

    models: tuple[str, str]
    difference: Estimate
    only_first: int
    only_second: int
    p: float | None


_SAID = {"rules", "math-verify", "numbers"}


def accuracy(grades: Sequence[Grade]) -> Accuracy:
    """Count grades."""
    graded = [grade for grade in grades if grade.right is not None]
    right = sum(grade.right is True for grade in graded)
    return Accuracy(
        share(right, len(graded)),
        right,
        sum(grade.why == NOT_FOUND for grade in graded),
        sum(grade.why == EMPTY for grade in graded),
        dict(Counter(grade.why for grade in graded if not grade.right and grade.why not in {NOT_FOUND, EMPTY, *_SAID})),
        sum(grade.why == NO_ANSWER for grade in grades),
        sum(grade.why == NO_REFERENCE for grade in grades),
        dict(Counter(grade.sign for grade in graded if grade.sign)),
    )


def comparisons(grades: Mapping[str, Sequence[Grade]]) -> list[Comparison]:
    """Each two models, on the rows on which both were graded.

    Args:
        grades: By model, row for row.
    """
    return [_compared((one, other), grades[one], grades[other]) for one, other in combinations(grades, 2)]


def _compared(models: tuple[str, str], first: Sequence[Grade], second: Sequence[Grade]) -> Comparison:
    pairs = Counter(
        (bool(one.right), bool(other.right))
        for one, other in zip(first, second, strict=True)
        if one.right is not None and other.right is not None
    )
    wins, losses = pairs[True, False], pairs[False, True]
    found = paired_difference(pairs[True, True], wins, losses, pairs[False, False])
    return Comparison(models, found, wins, losses, sign_test(wins, losses))


def paired_difference(both: int, only_first: int, only_second: int, neither: int) -> Estimate:
    """The difference of two shares of the same rows, with an interval that never leaves -1 to 1.

    It is made of the Wilson intervals of both shares and of how these hang together (R. G. Newcombe, "Improved
    confidence intervals for the difference between binomial proportions based on paired data", 1998, method 10).
    """
    rows = both + only_first + only_second + neither
    if not rows:
        return Estimate()
    first, second = share(both + only_first, rows), share(both + only_second, rows)
    spread = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    together = float(both * neither - only_first * only_second)
    phi = (max(0.0, together - rows / 2) if together > 0 else together) / sqrt(spread) if spread else 0.0
    value = (only_first - only_second) / rows
    (down, up), (other_down, other_up) = map(_reach, (first, second))
    low = value - sqrt(max(0.0, down**2 - 2 * phi * down * other_up + other_up**2))
    high = value + sqrt(max(0.0, up**2 - 2 * phi * up * other_down + other_down**2))
    return Estimate(value, max(-1.0, low), min(1.0, high), rows)


def _reach(found: Estimate) -> tuple[float, float]:
    """How far an interval reaches down and up."""
    value = found.value or 0.0
    return value - (found.low or 0.0), (found.high or 0.0) - value
