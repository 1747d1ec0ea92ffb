"""Answers against references: found, compared and counted; two models against each other on the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, Literal

from tunesmith.estimates import Estimate, Ratio, share
from tunesmith.evaluate.verdicts.exact import sign_test

from .equivalence import Equivalence, Verdict
from .extract import Found, final_answer
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

    def as_json(self) -> dict[str, Any]:
        """For a row's column."""
        return asdict(self)


NO_REFERENCE = "no reference"
NO_ANSWER = "no answer"
NOT_FOUND = "no answer found"


class Grader:
    """Grades answers of one kind.

    Args:
        kind: ``math``: any answer of mathematics; ``gsm8k``: a final number.
        equivalence: How answers of mathematics are compared.
    """

    def __init__(self, kind: Kind, equivalence: Equivalence) -> None:
        self._find: Callable[[str], Found | None] = final_number if kind == "gsm8k" else final_answer
        self._compare: Callable[[str, str], Verdict] = _numbers if kind == "gsm8k" else equivalence.compare

    def reference(self, text: str | None) -> str | None:
        """The final answer of a reference: what is marked as such in it, or else all of it if it is short."""
        if not text or not text.strip():
            return None
        found = self._find(text)
        return found.text if found else None

    def grade(self, answer: str | None, reference: str | None) -> Grade:
        """Grade an answer.

        Args:
            answer: All that the model wrote; ``None`` if it wrote nothing.
            reference: The final answer of the reference, from `reference`.
        """
        found = self._find(answer) if answer is not None else None
        extracted, sign = (found.text, found.sign) if found else (None, "")
        if reference is None:
            return Grade(extracted, sign, None, None, NO_REFERENCE)
        if answer is None:
            return Grade(None, "", reference, None, NO_ANSWER)
        if extracted is None:
            return Grade(None, "", reference, False, NOT_FOUND)
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
        troubles: Of those that are not right, how many nobody could compare, by what stood in the way.
        no_answer: Rows without any text; not graded.
        no_reference: Rows without a reference; not graded.
        signs: By which signs answers were found.
    """

    rate: Estimate
    right: int
    not_found: int
    troubles: Mapping[str, int]
    no_answer: int
    no_reference: int
    signs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same rows.

    Attributes:
        models: The two.
        difference: How much greater the first one's accuracy is, with an interval over rows.
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
        dict(Counter(grade.why for grade in graded if not grade.right and grade.why not in {NOT_FOUND, *_SAID})),
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
    ratio = Ratio()
    for (one, other), rows in pairs.items():
        ratio.count(one - other, rows)
    wins, losses = pairs[True, False], pairs[False, True]
    return Comparison(models, ratio.mean(), wins, losses, sign_test(wins, losses))
