"""What the page shows of one question: both answers, and what judges said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ruling:
    """One verdict as it was given.

    Attributes:
        judge: Who.
        order: The models in the order in which their answers were shown.
        scores: The points of either, in that order; ``None`` if the judge gave none.
        preferred: The better one's name, "tie", or ``None`` if the verdict could not be read.
        why: The judge's words.
        shown: Whether the order is known; if not, it means nothing.
    """

    judge: str
    order: tuple[str, str]
    scores: tuple[float, float] | None = None
    preferred: str | None = None
    why: str = ""
    shown: bool = True

    @property
    def said(self) -> str:
        """The verdict in words."""
        points = "" if self.scores is None else " : ".join(f"{score:g}" for score in self.scores)
        better = {None: "could not be read", "tie": "tie"}.get(self.preferred, f"{self.preferred} better")
        return f"{points}, {better}" if points else better


@dataclass(frozen=True, slots=True)
class Shown:
    """One question with two answers.

    Attributes:
        question: Its words.
        answers: Name and answer of either model; the first is "ours".
        rulings: What judges said.
        category: Its category; empty if it has none.
        id: The question's id.
    """

    question: str
    answers: tuple[tuple[str, str], tuple[str, str]]
    rulings: Sequence[Ruling] = field(default=())
    category: str = ""
    id: str = ""

    @property
    def outcome(self) -> str:
        """``won``, ``tied``, ``lost`` or ``unread``, on balance over all verdicts, as seen by the first model."""
        ours = self.answers[0][0]
        signs = [
            0 if one.preferred == "tie" else 1 if one.preferred == ours else -1
            for one in self.rulings
            if one.preferred is not None
        ]
        balance = sum(signs)
        return "unread" if not signs else "won" if balance > 0 else "lost" if balance < 0 else "tied"
