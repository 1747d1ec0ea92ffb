"""Figures with their intervals, by leaving out one row at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import fsum, sqrt
from typing import Any

from tunesmith.curate.agreement import student

_NOTHING = 1e-12  # what rounding leaves of a sum that is really 0, on figures of about 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: The figure; ``None`` where there is nothing to compute it from.
        low: Lower end of the interval; ``None`` where the rows tell nothing about it.
        high: Upper end, likewise.
        error: The standard error, likewise.
        rows: How many rows it rests on.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    rows: int = 0

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold of it: everything."""
        return asdict(self)


def jackknife(value: float, without: Mapping[float, int], lowest: float = 0.0, highest: float = 1.0) -> Estimate:
    """A figure with the interval that follows from what it is without each row.

    The variance is (n - 1) / n times the sum of squares of these around their mean; for figures of this kind its
    expectation is not below the true one (B. Efron and C. Stein, "The jackknife estimate of variance", 1981).

    Args:
        value: The figure over all rows.
        without: What it is without one row, and for how many rows it is that.
        lowest: The least that it can be, at which the interval ends.
        highest: The most, likewise.
    """
    rows = sum(without.values())
    if rows < 2:
        return Estimate(value, rows=rows)
    mean = fsum(left * count for left, count in without.items()) / rows
    error = sqrt((rows - 1) / rows * fsum((left - mean) ** 2 * count for left, count in without.items()))
    if error <= _NOTHING * max(1.0, abs(value)):  # all rows are alike: they cannot tell how others would be
        return Estimate(value, rows=rows)
    reach = error * student(rows - 1)
    return Estimate(value, max(lowest, value - reach), min(highest, value + reach), error, rows)


def difference(first: Estimate, second: Estimate) -> Estimate:
    """How much greater the first figure is than the second, of which no row is a row of the first.

    The interval has Student's t with as many degrees of freedom as the smaller set gives: no fewer than there are
    (B. L. Welch, 1938, lies between that and the sum of both), so it is rather too wide than too narrow.
    """
    if first.value is None or second.value is None:
        return Estimate()
    value, rows = first.value - second.value, min(first.rows, second.rows)
    if first.error is None or second.error is None or rows < 2:
        return Estimate(value, rows=rows)
    error = sqrt(first.error**2 + second.error**2)
    reach = error * student(rows - 1)
    return Estimate(value, value - reach, value + reach, error, rows)
