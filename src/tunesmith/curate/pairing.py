"""Pairs of a better and a worse answer, made from scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Any, Literal

from .candidates import Candidate

Which = Literal["all", "extremes", "adjacent"]


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer with its score."""

    candidate: Candidate
    score: float


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """Two answers, the better one first; of a tie, whichever the lot put first."""

    chosen: Scored
    rejected: Scored

    @property
    def margin(self) -> float:
        """How much better, in points of score; 0 for a tie."""
        return difference(self.chosen.score, self.rejected.score)


def difference(higher: float, lower: float) -> float:
    """How far apart two mean scores are, to nine digits: 8.2 and 7.2 are 1 apart, although not in binary."""
    return round(higher - lower, 9) + 0.0


def pairs_of(scored: Sequence[Scored], which: Which, seed: str) -> Iterator[ScoredPair]:
    """All pairs of different texts, the best with the worst only, or each with the next in rank.

    Args:
        scored: The answers, at least two. Of equal scores, the one that stands first ranks first.
        which: Which pairs.
        seed: Decides which answer of a tie comes first.
    """
    ranked = sorted(scored, key=lambda one: -one.score)
    places: Iterable[tuple[Scored, Scored]] = combinations(ranked, 2)
    if which == "adjacent":
        places = pairwise(ranked)
    elif which == "extremes":
        places = [(ranked[0], ranked[-1])]
    for better, worse in places:
        if better.candidate.text == worse.candidate.text:
            continue
        if not difference(better.score, worse.score):
            names = f"{better.candidate.model} {worse.candidate.model}"
            better, worse = Random(f"{seed} {names}").sample((better, worse), 2)
        yield ScoredPair(better, worse)


def verdicts_on(pair: ScoredPair, verdicts: Iterable[Mapping[str, Any]], of: Mapping[str, str]) -> list[int]:
    """What each verdict said of the two: 1 for the chosen one, -1 for the other, 0 for a tie.

    Args:
        pair: The two.
        verdicts: Each with ``order`` and ``scores``.
        of: The name under which each model's answer was shown; not its own where two models said the same.
    """
    found = []
    for verdict in verdicts:
        scores = dict(zip(verdict["order"], verdict["scores"], strict=True))
        first, second = (scores.get(of[one.candidate.model]) for one in (pair.chosen, pair.rejected))
        if first is not None and second is not None:
            found.append((first > second) - (first < second))
    return found
