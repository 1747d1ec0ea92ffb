"""What the page shows of one question: both answers, and what judges said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ruling:
    """One verdict as it was given.

    Attributes:
        judge: Who.
        order: The models, in the order in which their answers were shown if that is known.
        scores: The points of either, in the order of the models; ``None`` if the judge gave none.
        preferred: The better one's name, "tie", or ``None`` if the verdict could not be read.
        why: The judge's words.
        shown: Whether the order is known; if not, it means nothing.
        unasked: Why no judge was asked; empty if one was.
    """

    judge: str
    order: tuple[str, str]
    scores: tuple[float, float] | None = None
    preferred: str | None = None
    why: str = ""
    shown: bool = True
    unasked: str = ""

    @property
    def said(self) -> str:
        """The verdict in words."""
        better = {None: "could not be read", "tie": "tie"}.get(self.preferred, f"{self.preferred} better")
        if self.unasked:
            return better if self.preferred else "left out"
        points = "" if self.scores is None else " : ".join(f"{score:g}" for score in self.scores)
        return f"{points}, {better}" if points else better

    @property
    def placed(self) -> str:
        """Whose points are whose, and in which order the answers were shown."""
        first, second = self.order
        if self.unasked:
            return f"no judge was asked: {self.unasked}"
        if self.shown:
            return f"shown: {first}, then {second}"
        return (f"points of {first}, then {second}; " if self.scores else "") + "the order shown is not known"


@dataclass(frozen=True, slots=True)
class Shown:
    """One question with two answers.

    Attributes:
        question: Its words.
        answers: Name and answer of either model; the first is "ours".
        outcome: What the question counts as: ``won``, ``tied`` or ``lost`` by the first model, ``unreadable``, or
            ``left out`` where a model gave no answer, or one of both orders is missing.
        rulings: What judges said.
        category: Its category; empty if it has none.
    """

    question: str
    answers: tuple[tuple[str, str], tuple[str, str]]
    outcome: str
    rulings: Sequence[Ruling] = field(default=())
    category: str = ""
