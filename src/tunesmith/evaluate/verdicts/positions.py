"""Position bias of the judges of a contest."""

from __future__ import annotations

from typing import Any

from tunesmith.curate.positions import Bias, Positions
from tunesmith.evaluate.reviews import Bout, Contest, Verdict

from .bouts import by_question


def position_bias(contest: Contest) -> tuple[Bias, ...]:
    """The position bias of each judge, from the verdicts of which it is known which answer was shown first.

    A judge who always saw the same model first is left out: nobody can tell a liking for a place from one for a model.
    """
    questions = by_question(contest).values()
    placed = {(bout.judge, verdict.first) for bouts in questions for bout in bouts for verdict in bout.read}
    both = {judge for judge in contest.judges if {(judge, True), (judge, False)} <= placed}
    positions = Positions()
    for bouts in questions:
        told = [(bout, verdict) for bout in bouts if bout.judge in both for verdict in bout.read]
        positions.add([_shown(bout, verdict) for bout, verdict in told if verdict.first is not None])
    return positions.measured().judges


def _shown(bout: Bout, verdict: Verdict) -> dict[str, Any]:
    """A verdict as the step ``judge`` writes it."""
    order = ["ours", "theirs"] if verdict.first else ["theirs", "ours"]
    scores = verdict.scores if verdict.scores is None or verdict.first else verdict.scores[::-1]
    preferred = {1: "ours", 0: "tie", -1: "theirs"}[verdict.sign or 0]
    return {"judge": bout.judge, "order": order, "scores": scores, "preferred": preferred}
