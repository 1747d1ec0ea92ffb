"""Position bias of the judges of a contest."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

from tunesmith.curate.positions import Bias, Positions
from tunesmith.estimates import Estimate, Strata
from tunesmith.evaluate.reviews import Bout, Contest, Verdict

from .bouts import by_question

_EVENLY: dict[Hashable, float] = {True: 0.5, False: 0.5}


def position_bias(contest: Contest) -> tuple[Bias, ...]:
    """The position bias of each judge, from the verdicts of which it is known which answer was shown first.

    A judge who always saw the same model first is left out: nobody can tell a liking for a place from one for a model.
    Where a judge saw one first more often, the same would come in, so ``first`` is the mean of what it is with ours
    first and with theirs first.
    """
    questions = by_question(contest).values()
    placed = {(bout.judge, verdict.first) for bouts in questions for bout in bouts for verdict in bout.read}
    both = {judge for judge in contest.judges if {(judge, True), (judge, False)} <= placed}
    positions = Positions()
    evenly = {judge: Strata() for judge in both}
    for bouts in questions:
        told = [(bout, verdict) for bout in bouts if bout.judge in both for verdict in bout.read]
        positions.add([_shown(bout, verdict) for bout, verdict in told if verdict.first is not None])
        for judge, strata in evenly.items():
            found = [verdict for bout, verdict in told if bout.judge == judge]
            strata.add({first: (wins if first else n - wins, n) for first, wins, n in _decided(found)})
    return tuple(replace(bias, first=evenly[bias.judge].mean(_EVENLY)) for bias in positions.measured().judges)


def balanced(contest: Contest) -> Estimate:
    """Our win rate over verdicts if both orders weigh the same, however often each was shown.

    What a liking for a place adds in one order, it takes in the other. There is no value if only one was shown.
    """
    strata = Strata()
    for bouts in by_question(contest).values():
        orders = {
            first: [verdict.sign or 0 for bout in bouts for verdict in bout.read if verdict.first is first]
            for first in (True, False)
        }
        strata.add({first: (sum(sign + 1 for sign in signs) / 2, len(signs)) for first, signs in orders.items()})
    return strata.mean(_EVENLY)


def _decided(verdicts: Iterable[Verdict]) -> list[tuple[bool, int, int]]:
    """For either order, ours shown first or not: how often we won, and how often anyone did."""
    found = []
    for first in (True, False):
        signs = [verdict.sign for verdict in verdicts if verdict.first is first and verdict.sign]
        found.append((first, signs.count(1), len(signs)))
    return found


def _shown(bout: Bout, verdict: Verdict) -> dict[str, Any]:
    """A verdict as the step ``judge`` writes it; the turn tells apart what was shown both ways round."""
    ours, theirs = f"ours {bout.turn}", f"theirs {bout.turn}"
    order = [ours, theirs] if verdict.first else [theirs, ours]
    scores = verdict.scores if verdict.scores is None or verdict.first else verdict.scores[::-1]
    preferred = {1: ours, 0: "tie", -1: theirs}[verdict.sign or 0]
    return {"judge": bout.judge, "order": order, "scores": scores, "preferred": preferred}
