"""Whether an answer is the reference: by rules, by math-verify, or by rules and, where these cannot tell, math-verify.

Why rules come first is in docs/decisions/0026-math-equivalence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from .library import MathVerify, is_installed
from .normal import normal, spelt_for_algebra, unwrapped
from .phrases import formulas_of
from .rules import LONGEST, compare

UNDECIDED = "the rules cannot tell"
Way = Literal["auto", "rules", "math-verify"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two answers are the same, who says so, and what stood in the way if nobody can tell."""

    same: bool
    by: str
    trouble: str = ""


class Equivalence:
    """Compares answers. Use it as a context manager, for math-verify works in a process of its own.

    Args:
        way: ``rules``; ``math-verify``; ``auto``: rules, and where these cannot tell, math-verify if it is installed.

    Attributes:
        way: What is done: ``rules``, ``math-verify`` or ``rules, then math-verify``.

    Raises:
        UsageError: math-verify is asked for and not installed.
    """

    def __init__(self, way: Way = "auto") -> None:
        asks = way == "math-verify" or (way == "auto" and is_installed())
        self._library = MathVerify() if asks else None
        self._rules = way != "math-verify"
        self.way = ", then ".join(["rules"] * self._rules + ["math-verify"] * asks)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._library is not None:
            self._library.close()

    def compare(self, one: str, other: str) -> Verdict:
        """Whether two answers are the same; what nobody can tell is not."""
        if not self._rules:
            return self._asked(unwrapped(one), unwrapped(other))
        if (same := compare(one, other)) is not None:
            return Verdict(same, "rules")
        if max(len(one), len(other)) > LONGEST:
            return Verdict(False, "rules", f"too long to compare (more than {LONGEST:,} characters)")
        formulas = formulas_of(normal(one), normal(other))
        if formulas is None or isinstance(formulas, str):
            return Verdict(False, "rules", formulas or "")
        if len(formulas) == 1:
            return self._asked(*map(spelt_for_algebra, formulas[0]))
        verdicts = [self.compare(*pair) for pair in formulas]  # formulas hold no words, so that this comes to an end
        return next((verdict for verdict in verdicts if not verdict.same), Verdict(True, verdicts[0].by))

    def _asked(self, one: str, other: str) -> Verdict:
        if self._library is None:
            return Verdict(False, "rules", UNDECIDED)
        found, trouble = self._library.compare(one, other, mended=self._rules)
        return Verdict(bool(found), "math-verify", trouble)
