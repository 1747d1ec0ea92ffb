"""Strengths of several models from games between two at a time (R. A. Bradley and M. E. Terry, 1952)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, log, sqrt

from tunesmith.estimates import Estimate, student

from .games import Game
from .logistic import sigmoid

Matrix = list[list[float]]

SCALE = 400 / log(10)  # Elo's: 400 points are odds of ten to one
MEAN = 1000.0
_STEPS = 100
_NOTHING = 1e-9


def strengths(games: Sequence[Game], models: Sequence[str]) -> dict[str, Estimate]:
    """The most likely strengths on Elo's scale, their mean being 1000.

    The odds of a over b are exp(a - b), and a tie is half a win to either. Newton's method solves for the strengths.
    The errors do not believe the model: games on one question are not independent of each other, so it is the sandwich
    with a question's games taken together, of which there must be at least two.

    Args:
        games: Only those between these models are looked at.
        models: Each of them must have taken points from every other, be it by way of third ones (see `components`).

    Returns:
        By model; a figure's ``rows`` is the number of questions that it took part in.
    """
    place = {model: number for number, model in enumerate(models)}
    kept = [game for game in games if game.models[0] in place and game.models[1] in place]
    pairs = [(place[game.models[0]], place[game.models[1]], game.result) for game in kept]
    theta, inverse = _fit(pairs, len(models))
    errors = _errors(kept, place, theta, inverse)
    questions: dict[str, set[str]] = {model: set() for model in models}
    for game in kept:
        for model in game.models:
            questions[model].add(game.question)
    reach = student(max(1, len({game.question for game in kept}) - 1))
    return {
        model: _estimate(theta[number], errors[number], reach, len(questions[model])) for model, number in place.items()
    }


def _estimate(theta: float, error: float | None, reach: float, rows: int) -> Estimate:
    value = MEAN + SCALE * theta
    if not error or error < _NOTHING:
        return Estimate(value, rows=rows)
    return Estimate(value, value - SCALE * reach * error, value + SCALE * reach * error, rows, SCALE * error)


def _fit(pairs: Sequence[tuple[int, int, float]], number: int) -> tuple[list[float], Matrix]:
    """Strengths with mean 0, and the inverse of their information, of which adding 1 throughout makes it invertible."""
    met: dict[tuple[int, int], list[float]] = {}
    for a, b, result in pairs:
        met.setdefault((a, b), []).append(result)
    sums = [(a, b, fsum(results), len(results)) for (a, b), results in met.items()]
    theta = [0.0] * number
    for _ in range(_STEPS):
        slope = [0.0] * number
        information = [[1.0] * number for _ in range(number)]
        for a, b, points, played in sums:
            chance = sigmoid(theta[a] - theta[b])
            rest, weight = points - played * chance, played * chance * (1 - chance)
            slope[a] += rest
            slope[b] -= rest
            information[a][a] += weight
            information[b][b] += weight
            information[a][b] -= weight
            information[b][a] -= weight
        inverse = inverted(information)
        steps = [fsum(x * y for x, y in zip(row, slope, strict=True)) for row in inverse]
        damping = min(1.0, 2.0 / max(1e-300, *map(abs, steps)))  # a first step may lead too far to come back
        theta = [x + damping * step for x, step in zip(theta, steps, strict=True)]
        if max(map(abs, steps)) < _NOTHING:
            break
    return theta, inverse


def _errors(
    games: Sequence[Game], place: Mapping[str, int], theta: Sequence[float], inverse: Matrix
) -> list[float | None]:
    """Standard errors of the strengths, questions being the units."""
    rests: dict[str, list[tuple[int, int, float]]] = {}
    for game in games:
        a, b = (place[model] for model in game.models)
        rests.setdefault(game.question, []).append((a, b, game.result - sigmoid(theta[a] - theta[b])))
    units = len(rests)
    if units < 2:
        return [None] * len(theta)
    return [
        sqrt(
            units / (units - 1) * fsum(fsum((row[a] - row[b]) * rest for a, b, rest in u) ** 2 for u in rests.values())
        )
        for row in inverse
    ]


def inverted(matrix: Matrix) -> Matrix:
    """The inverse of a symmetric positive definite matrix, by elimination."""
    size = len(matrix)
    rows = [[*row, *(float(n == m) for m in range(size))] for n, row in enumerate(matrix)]
    for n in range(size):
        pivot = rows[n][n]
        rows[n] = [x / pivot for x in rows[n]]
        for m in range(size):
            if m != n and (factor := rows[m][n]):
                rows[m] = [x - factor * y for x, y in zip(rows[m], rows[n], strict=True)]
    return [row[size:] for row in rows]
