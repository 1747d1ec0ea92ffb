"""Step ``pairs``: pairs of a better and a worse answer, for reward models and preference training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import Field

from tunesmith.curate.candidates import candidates_of, scores_of, verdicts_of
from tunesmith.curate.pairing import Scored, ScoredPair, Which, pairs_of, verdicts_on
from tunesmith.curate.threshold import plain
from tunesmith.errors import Drop, UsageError
from tunesmith.rows import Row

from .base import Step, TableStep
from .compare import Compare
from .ledger import Ledger
from .scales import bounds_of

_MADE_INTO_PAIRS = ("candidates", "scores", "verdicts")


class Pairs(TableStep):
    """Make pairs of a better and a worse answer out of scored ones; a row may give several."""

    step: Literal["pairs"] = "pairs"
    margin: float = Field(
        0,
        ge=0,
        allow_inf_nan=False,
        description="Least difference in score, held against means rounded to 9 digits; 0 for any difference at all.",
    )
    which: Which = Field(
        "all",
        description="all pairs of a row; extremes: the best with the worst; adjacent: each with the next in rank.",
    )
    ties: Literal["drop", "keep"] = Field(
        "drop", description="keep: pairs with equal scores too, in an order drawn by lot, with margin 0."
    )
    agree: bool = Field(False, description="Only pairs on which all verdicts agree, whatever the order shown.")
    seed: int = Field(0, description="Seed of the lot for ties.")
    column: str = Field("candidates", min_length=1, description="The column with the answers.")

    @property
    def reads(self) -> tuple[str, ...]:
        """The answers and their scores, and the verdicts if they are to agree."""
        return (self.column, "scores", *(["verdicts"] if self.agree else []))

    @property
    def writes(self) -> tuple[str, ...]:
        """The pair."""
        return ("chosen", "rejected", "chosen_model", "rejected_model", "chosen_score", "rejected_score", "margin")

    def check_after(self, earlier: Sequence[Step]) -> None:
        """See that the scores that will be there can give pairs, before they are paid for."""
        judging = next((step for step in reversed(earlier) if isinstance(step, Compare)), None)
        if judging is None:
            return
        low, high = bounds_of(judging.scale)
        if self.margin > high - low:
            raise UsageError(
                f"the step {self.label}: no two scores from {judging.scale} differ by {plain(self.margin)}; "
                f"choose a margin of at most {plain(high - low)}"
            )
        if self.agree and judging.verdicts < 2:
            raise UsageError(
                f"the step {self.label}: agree wants two verdicts at least, and the step {judging.label} gives one; "
                "raise its orders, or name several judges in its models"
            )

    def apply(self, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        """A row for each pair; pairs that are left out are counted in a note."""
        left_out = Counter[str]()
        for row in rows:
            try:
                taken, refused = self._pairs(row)
                left_out += refused
                if not taken:
                    raise Drop("; ".join(sorted(refused)) or "all answers are the same")
            except Drop as why:
                ledger.dropped(row, str(why))
            else:
                yield from ledger.passed(row, self._rows(row, taken))
        for kind, number in sorted(left_out.items()):
            ledger.note(f"{number:,} {'pair was' if number == 1 else 'pairs were'} left out: {kind}")

    def sketch(self, row: Row) -> Iterator[Row]:
        """The pairs that the row really gives."""
        try:
            yield from self._rows(row, self._pairs(row)[0])
        except Drop:
            return

    def _pairs(self, row: Row) -> tuple[list[ScoredPair], Counter[str]]:
        """A row's pairs, and how many are left out for which reason."""
        scores = scores_of(row)
        scored = [Scored(one, scores[one.model]) for one in candidates_of(row, self.column) if one.model in scores]
        if len(scored) < 2:
            raise Drop("fewer than two scored answers")
        taken: list[ScoredPair] = []
        refused = Counter[str]()
        for pair in pairs_of(scored, self.which, f"{self.seed} {row['id']}"):
            why = self._refusal(pair, row, scored)
            if why:
                refused[why] += 1
            else:
                taken.append(pair)
        return taken, refused

    def _rows(self, row: Row, taken: list[ScoredPair]) -> list[Row]:
        rest = {name: value for name, value in row.items() if name not in (*_MADE_INTO_PAIRS, self.column)}
        return [rest | _columns(pair) for pair in taken]

    def _refusal(self, pair: ScoredPair, row: Row, scored: list[Scored]) -> str:
        """Why a pair is none to learn from; nothing if it is."""
        if not pair.margin:
            return "" if self.ties == "keep" else "a tie"
        if pair.margin < self.margin:
            return f"a difference below {plain(self.margin)}"
        if not self.agree:
            return ""
        shown: dict[str, str] = {}
        for one in scored:
            shown.setdefault(one.candidate.text, one.candidate.model)
        found = verdicts_on(pair, verdicts_of(row), {one.candidate.model: shown[one.candidate.text] for one in scored})
        if len(found) < 2:
            return "one verdict only, so that none can agree with it"
        return "" if all(sign > 0 for sign in found) else "the verdicts do not agree"


def _columns(pair: ScoredPair) -> Row:
    chosen, rejected = pair.chosen, pair.rejected
    return {
        "chosen": chosen.candidate.text,
        "rejected": rejected.candidate.text,
        "chosen_model": chosen.candidate.model,
        "rejected_model": rejected.candidate.model,
        "chosen_score": chosen.score,
        "rejected_score": rejected.score,
        "margin": pair.margin,
    }
