"""Judges whose habits are known: a liking for the first place, for long answers, and noise.

An answer's worth is its model's, plus that of the answer itself; all judges see the same worth. A judge adds what he
likes and his noise, and writes scores from 1 to 10 with halves, or says no more than A, B or tie.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from math import tanh

from tunesmith.evaluate import Review

SPREAD = 80.0  # standard deviation of the difference in length, words


@dataclass(frozen=True)
class Judge:
    """What a judge is like, in points.

    Attributes:
        first: Added to the answer shown first.
        longer: Added to ours for each unit of tanh(difference in length / SPREAD).
        noise: Standard deviation of what is added to each answer at each look.
        ties: Differences up to this are ties.
        unreadable: How often nobody can tell what he meant.
        scores: Whether he writes any.
    """

    first: float = 0.0
    longer: float = 0.0
    noise: float = 0.7
    ties: float = 0.0
    unreadable: float = 0.0
    scores: bool = True


@dataclass(frozen=True)
class World:
    """What is judged, and by whom.

    Attributes:
        models: Mean worth of each model's answers; the first is the baseline.
        judges: By name.
        spread: Standard deviation of an answer's worth around that.
        longer: How many words longer than the first model's the others' answers are.
        both: Whether both orders are shown; otherwise one by lot.
    """

    models: Mapping[str, float] = field(default_factory=lambda: {"base": 6.5, "ours": 7.0})
    judges: Mapping[str, Judge] = field(default_factory=lambda: {"judge": Judge()})
    spread: float = 1.0
    longer: float = 0.0
    both: bool = True

    def reviews(self, questions: int, seed: int) -> list[Review]:
        """Reviews of so many questions."""
        return list(self._reviews(questions, random.Random(seed)))

    def _reviews(self, questions: int, dice: random.Random) -> Iterator[Review]:
        names = list(self.models)
        for question in range(questions):
            worth = [dice.gauss(mean, self.spread) for mean in self.models.values()]
            words = [round(dice.gauss(300 + self.longer * (n > 0), SPREAD / 2**0.5)) for n in range(len(names))]
            for theirs, ours in combinations(range(len(names)), 2):
                liked = tanh((words[ours] - words[theirs]) / SPREAD)
                for name, judge in self.judges.items():
                    orders = [(ours, theirs), (theirs, ours)]
                    for first, second in orders if self.both else [dice.choice(orders)]:
                        likes = judge.longer * liked * (1 if first == ours else -1)
                        points = (
                            _rounded(worth[first] + judge.first + likes + dice.gauss(0, judge.noise)),
                            _rounded(worth[second] + dice.gauss(0, judge.noise)),
                        )
                        gap = points[0] - points[1]
                        sign = 0 if abs(gap) <= judge.ties else 1 if gap > 0 else -1
                        read = dice.random() >= judge.unreadable
                        yield Review(
                            str(question),
                            (names[first], names[second]),
                            sign if read else None,
                            points if read and judge.scores else None,
                            name,
                            lengths=(words[first], words[second]),
                        )


def _rounded(points: float) -> float:
    return min(10.0, max(1.0, round(2 * points) / 2))


ONE = World(judges={"a": Judge(first=0.6, longer=0.8, unreadable=0.03)}, longer=40)
"""A judge who likes the first place and long answers, both orders."""

SINGLE = World(judges={"a": Judge(first=0.6, longer=0.8)}, longer=40, both=False)
"""The same, each question shown in one order by lot."""

TWO = World(
    judges={
        "a": Judge(first=0.6, longer=0.8, unreadable=0.03),
        "b": Judge(first=-0.2, longer=0.2, noise=1.2, ties=0.5),
    },
    longer=40,
)
"""With a second one, who likes the second place a little, is noisy, and often says tie."""

LETTERS = World({"base": 6.0, "ours": 8.0}, {"a": Judge(first=1.5, longer=0.8, ties=0.5, scores=False)}, longer=40)
"""A, B or tie, from a judge who nearly always prefers ours if it is shown first."""

SEVERAL = World({"x": 6.0, "y": 6.5, "z": 7.2}, {"a": Judge(first=0.6, unreadable=0.03)})
"""Three models, each against each."""
