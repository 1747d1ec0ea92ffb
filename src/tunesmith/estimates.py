"""Figures with 95 % intervals: shares, ratios of sums over rows, and whatever can be worked out without each row.

What cannot be told is ``None``: an interval of no width would say that nothing is in doubt, where in truth the rows
tell nothing about it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import fsum, sqrt
from statistics import NormalDist
from typing import Any

Z = NormalDist().inv_cdf(0.975)
_SMALL_SAMPLES = {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764}  # where the series in `student` is too rough
_NOTHING = 1e-12  # what rounding leaves of a sum that is really 0, on figures of about 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: The figure; ``None`` where there is nothing to compute it from, or it is not defined.
        low: Lower end of the interval; ``None`` where the rows tell nothing about it, as when all are alike.
        high: Upper end, likewise.
        rows: How many rows or cases it rests on.
        error: The standard error, where the interval was made from one.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    rows: int = 0
    error: float | None = None

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold of it: everything."""
        return asdict(self)


def student(freedom: int) -> float:
    """The 97.5 % point of Student's t (M. Abramowitz and I. A. Stegun, 26.7.5; right to 0.002)."""
    if freedom in _SMALL_SAMPLES:
        return _SMALL_SAMPLES[freedom]
    f, z = float(freedom), Z
    return (
        z
        + (z**3 + z) / (4 * f)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * f**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * f**3)
    )


def share(happened: float, rows: int, cases: float | None = None) -> Estimate:
    """A share with Wilson's interval (E. B. Wilson, 1927).

    Args:
        happened: In how many of them it was so.
        rows: How many there are.
        cases: For how many independent cases they stand, if not for as many.
    """
    if not rows:
        return Estimate()
    value, z2 = happened / rows, Z * Z / (rows if cases is None else cases)
    middle = (value + z2 / 2) / (1 + z2)
    reach = sqrt(max(0.0, value * (1 - value) * z2 + z2 * z2 / 4)) / (1 + z2)
    return Estimate(value, max(0.0, middle - reach), min(1.0, middle + reach), rows)


def jackknife(
    value: float | None, without: Iterable[tuple[float | None, int]], lowest: float = 0.0, highest: float = 1.0
) -> Estimate:
    """A figure with the interval that follows from what it is without each row.

    The variance is (n - 1) / n times the sum of squares of these around their mean; for figures of this kind its
    expectation is not below the true one (B. Efron and C. Stein, "The jackknife estimate of variance", 1981).

    Args:
        value: The figure over all rows.
        without: What it is without one row, and for how many rows it is that; ``None`` where it is not defined, and
            then there is no interval at all.
        lowest: The least that it can be, at which the interval ends.
        highest: The most, likewise.
    """
    left_out = list(without)
    rows = sum(count for _, count in left_out)
    known = [(left, count) for left, count in left_out if left is not None]
    if value is None or rows < 2 or len(known) < len(left_out):
        return Estimate(value, rows=rows)
    mean = fsum(left * count for left, count in known) / rows
    error = sqrt((rows - 1) / rows * fsum((left - mean) ** 2 * count for left, count in known))
    if error <= _NOTHING * max(1.0, abs(value)):  # all rows are alike: they cannot tell how others would be
        return Estimate(value, rows=rows)
    reach = error * student(rows - 1)
    return Estimate(value, max(lowest, value - reach), min(highest, value + reach), rows, error)


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
    return Estimate(value, value - reach, value + reach, rows, error)


class Ratio:
    """Sums over rows of what happened and of how often it could have, with what is needed for an interval.

    Cases of one row are not independent of each other, so rows are the units: the figure is a ratio of two sums over
    rows, r = sum(y) / sum(n), and its variance is the one of the linearised ratio,
    m / (m - 1) * sum((y - r n)^2) / sum(n)^2 over m rows (W. G. Cochran, Sampling Techniques, 3rd edition, 1977, 6.3
    and 9A).
    """

    def __init__(self) -> None:
        self._rows: Counter[tuple[float, int]] = Counter()

    def add(self, happened: float, could: int) -> None:
        """Count a row; one in which it could not happen says nothing."""
        if could:
            self._rows[happened, could] += 1

    def count(self, happened: float, rows: int) -> None:
        """Count so many rows alike, in each of which it could happen once."""
        if rows:
            self._rows[happened, 1] += rows

    @property
    def number(self) -> int:
        """How often it could have happened."""
        return sum(could * rows for (_, could), rows in self._rows.items())

    @property
    def value(self) -> float | None:
        """The ratio of the sums."""
        total = self.number
        return fsum(happened * rows for (happened, _), rows in self._rows.items()) / total if total else None

    def _variance(self, value: float) -> float | None:
        rows = self._rows.total()
        if rows < 2:
            return None
        squares = fsum((happened - value * could) ** 2 * n for (happened, could), n in self._rows.items())
        return rows / (rows - 1) * squares / self.number**2

    def share(self) -> Estimate:
        """The ratio as a share, with Wilson's interval for as many independent cases as its variance stands for.

        Such an effective sample (E. L. Korn and B. I. Graubard, 1998) is smaller than the real one where cases of one
        row are alike, and larger where they gainsay each other, as two opposite verdicts on one row do. It is made
        smaller by the square of Z over Student's t, since the variance is itself an estimate over rows. Where the
        variance is 0 it tells nothing, and each row counts as one case.
        """
        value, rows = self.value, self._rows.total()
        if value is None:
            return Estimate()
        variance = self._variance(value) or 0.0
        cases = float(rows)
        if variance > _NOTHING**2:
            cases = value * (1 - value) / variance * (Z / student(rows - 1)) ** 2
        return share(value * self.number, self.number, cases)

    def mean(self) -> Estimate:
        """The ratio as a mean, with Student's t over rows."""
        value, rows = self.value, self._rows.total()
        variance = None if value is None else self._variance(value)
        if value is None or not variance:
            return Estimate(value, rows=self.number)
        error = sqrt(variance)
        reach = error * student(rows - 1)
        return Estimate(value, value - reach, value + reach, self.number, error)
