"""Logistic regression on one variable, with an interval that does not believe the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, fsum, sqrt

_STEPS = 50
_FAR = 15.0  # log-odds that no data of this kind have: the maximum lies at infinity
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Line:
    """Log-odds as a line: intercept + slope * x, with the standard errors of both."""

    intercept: float
    slope: float
    errors: tuple[float, float]


def sigmoid(x: float) -> float:
    """The probability that has these log-odds."""
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def fit(xs: Sequence[float], ys: Sequence[float]) -> Line | None:
    """The most likely line, found by Newton's method.

    The outcomes may lie anywhere from 0 to 1, as half a win does (L. E. Papke and J. M. Wooldridge, 1996), so the
    errors come from the residuals and not from the binomial distribution: it is the sandwich whose residuals are
    divided by 1 - leverage, which is about the jackknife (J. G. MacKinnon and H. White, 1985, HC3).

    Returns:
        ``None`` if there is no such line: all x are alike, or some x separates wins from losses.
    """
    intercept = slope = 0.0
    for _ in range(_STEPS):
        chances = [sigmoid(intercept + slope * x) for x in xs]
        inverse = _inverse(xs, chances)
        if inverse is None:
            return None
        a, b, c = inverse
        g = fsum(y - p for y, p in zip(ys, chances, strict=True))
        h = fsum((y - p) * x for x, y, p in zip(xs, ys, chances, strict=True))
        step = a * g + b * h, b * g + c * h
        intercept, slope = intercept + step[0], slope + step[1]
        if abs(intercept) > _FAR or abs(slope) > 2 * _FAR:
            return None
        if max(map(abs, step)) < _NOTHING:
            return Line(intercept, slope, _errors(xs, ys, chances, inverse))
    return None


def _inverse(xs: Sequence[float], chances: Sequence[float]) -> tuple[float, float, float] | None:
    """The inverse of the information: its two corners, and between them what is the same on both sides."""
    weights = [p * (1 - p) for p in chances]
    n = fsum(weights)
    s = fsum(w * x for w, x in zip(weights, xs, strict=True))
    q = fsum(w * x * x for w, x in zip(weights, xs, strict=True))
    spread = n * q - s * s
    if spread <= _NOTHING * n * n:
        return None
    return q / spread, -s / spread, n / spread


def _errors(
    xs: Sequence[float], ys: Sequence[float], chances: Sequence[float], inverse: tuple[float, float, float]
) -> tuple[float, float]:
    a, b, c = inverse
    moves = []
    for x, y, p in zip(xs, ys, chances, strict=True):
        leverage = p * (1 - p) * (a + 2 * b * x + c * x * x)
        residual = (y - p) / max(1 - leverage, _NOTHING)
        moves.append((residual * (a + b * x), residual * (b + c * x)))
    return sqrt(fsum(m * m for m, _ in moves)), sqrt(fsum(m * m for _, m in moves))
