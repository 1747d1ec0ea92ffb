"""Several models in order: Bradley-Terry strengths, and Elo ratings."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum

from tunesmith.estimates import Estimate
from tunesmith.evaluate.findings import Standing
from tunesmith.evaluate.reviews import Contest

from .bradley_terry import MEAN, SCALE, strengths
from .games import Game, components, games_of
from .logistic import sigmoid

K = 16.0  # points that an even game can win or lose twice over: settles within some 40 games, at little noise
_MOST_GAMES = 200_000  # played in all shuffles together: a quarter of a second


def standings_of(contests: Iterable[Contest], seed: int, shuffles: int) -> tuple[tuple[Standing, ...], tuple[str, ...]]:
    """The models' standings, the strongest first, and what should be said with them.

    Returns:
        Nothing with fewer than three models. A strength has no value where the games do not bound it: a model that
        never took a point, or never gave one away, stands infinitely far below or above the others.
    """
    games = games_of(contests)
    if len({model for game in games for model in game.models}) < 3:
        return (), ()
    groups = components(games)
    notes: list[str] = []
    found: dict[str, Estimate] = {}
    if len(groups[0]) > 1 and (len(groups) == 1 or len(groups[1]) < len(groups[0])):
        found = strengths(games, groups[0])
    outside = [model for group in groups for model in group if model not in found]
    if outside:
        notes.append(
            f"Strength cannot be told of {', '.join(outside)}: against the others, there are either no verdicts, or "
            "nothing but wins, or nothing but losses."
        )
    ratings = elo(games, seed, shuffles)
    bouts = Counter[str]()
    for game in games:
        bouts.update(dict.fromkeys(game.models, game.bouts))
    places = [Standing(model, found.get(model, Estimate()), ratings[model], bouts[model]) for model in sorted(ratings)]
    places.sort(key=lambda place: -(place.elo if outside else place.strength.value or 0.0))
    return tuple(places), tuple(notes)


def elo(games: Sequence[Game], seed: int, shuffles: int) -> dict[str, float]:
    """Elo ratings (A. E. Elo, 1978): everyone begins at 1000, and a game moves K * (result - expected) points.

    As the last games weigh more than the first, the mean over many orders drawn by lot is told. With few games it
    lies nearer to 1000 than the Bradley-Terry strength, which is the figure to quote.

    Args:
        games: The games; of an order that means nothing.
        seed: Of the lots.
        shuffles: How many orders, at most; fewer, but at least ten, where there are many games.
    """
    names = sorted({model for game in games for model in game.models})
    place = {model: number for number, model in enumerate(names)}
    played = [(place[game.models[0]], place[game.models[1]], game.result) for game in games]
    dice = random.Random(seed)
    times = max(1, min(shuffles, max(10, _MOST_GAMES // len(played))))
    ends: list[list[float]] = []
    for _ in range(times):
        dice.shuffle(played)
        ratings = [MEAN] * len(names)
        for a, b, result in played:
            moved = K * (result - sigmoid((ratings[a] - ratings[b]) / SCALE))
            ratings[a] += moved
            ratings[b] -= moved
        ends.append(ratings)
    return {model: fsum(ratings[number] for ratings in ends) / times for model, number in place.items()}
