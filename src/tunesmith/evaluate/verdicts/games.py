"""Games between several models: who scored how much against whom on which question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tunesmith.evaluate.reviews import Contest

from .bouts import balance, by_question


@dataclass(frozen=True, slots=True)
class Game:
    """All that was said of two models' answers to one question.

    Attributes:
        question: The question's id.
        models: The two, in order of name.
        result: The first one's share of the points, from 0 to 1: the mean over verdicts of 1 for a win, 1/2 for a tie.
        bouts: How many judges that is.
    """

    question: str
    models: tuple[str, str]
    result: float
    bouts: int


def games_of(contests: Iterable[Contest]) -> list[Game]:
    """The games, in an order that does not depend on that of the reviews."""
    games = []
    for contest in contests:
        first, second = sorted((contest.model, contest.baseline))
        for question, bouts in by_question(contest).items():
            share = (balance(bouts) + 1) / 2
            result = share if first == contest.model else 1 - share
            games.append(Game(question, (first, second), result, len(bouts)))
    return sorted(games, key=lambda game: (game.question, game.models))


def components(games: Iterable[Game]) -> list[list[str]]:
    """Groups of models, each of which has taken points from every other, be it by way of third ones.

    Within such a group strengths are finite, and between two they are not: this is the condition of L. R. Ford (1957).
    The largest comes first.
    """
    beaten: dict[str, set[str]] = {}
    for game in games:
        first, second = game.models
        for winner, loser, points in ((first, second, game.result), (second, first, 1 - game.result)):
            beaten.setdefault(winner, set())
            if points > 0:
                beaten[winner].add(loser)
    reached = {model: _reachable(model, beaten) for model in beaten}
    groups = {tuple(sorted(other for other in reached[m] if m in reached[other])) for m in sorted(beaten)}
    return sorted((list(group) for group in groups), key=lambda group: (-len(group), group))


def _reachable(start: str, beaten: dict[str, set[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = beaten[waiting.pop()] - found
        found |= new
        waiting += new
    return found
