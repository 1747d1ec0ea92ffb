"""The rules by which papers turn reviews into figures, by the names that ``tunesmith verdict --rule`` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tunesmith.estimates import Estimate
from tunesmith.evaluate import ContestReport, Standing, Tally

from .tables import measured

Figure = Estimate | Tally


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        title: Of its column.
        of: The figure of a contest.
        scale: What it is multiplied with for printing: 100 for what is given in percent.
        digits: Of its values, as printed.
    """

    title: str
    of: Callable[[ContestReport], Figure]
    scale: float = 100
    digits: int = 4

    def shown(self, contest: ContestReport) -> str:
        """The figure as text."""
        found = self.of(contest)
        if isinstance(found, Tally):
            return f"{found.wins:,} / {found.ties:,} / {found.losses:,}" if found.n else "-"
        return measured(found, self.digits, self.scale)

    def as_json(self, contest: ContestReport) -> dict[str, Any]:
        """The figure for programs; shares and ratios as they are, not in percent."""
        found = self.of(contest)
        if isinstance(found, Tally):
            return {"wins": found.wins, "ties": found.ties, "losses": found.losses, "n": found.n}
        return {"value": found.value, "low": found.low, "high": found.high, "n": found.rows}


def _controlled(contest: ContestReport) -> Estimate:
    return Estimate() if contest.length is None else contest.length.controlled


RULES: Mapping[str, Rule] = {
    "relative-score": Rule("relative score, %", lambda one: one.relative),
    "one-order": Rule("verdicts won / tied / lost", lambda one: one.by_verdict.tally),
    "both-orders": Rule("questions won / tied / lost", lambda one: one.by_question.tally),
    "winning-score": Rule("winning score", lambda one: one.by_question.winning_score, scale=1),
    "beat-rate": Rule("beat rate, %", lambda one: one.by_question.beat_rate),
    "win-rate": Rule("win rate, %", lambda one: one.by_question.win_rate),
    "length-controlled": Rule("length-controlled win rate, %", _controlled),
}
STANDINGS: Mapping[str, Callable[[Standing], str]] = {
    "bradley-terry": lambda one: measured(one.strength, 1),
    "elo": lambda one: f"{one.elo:,.1f}",
}
