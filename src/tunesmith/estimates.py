"""Figures with 95 % intervals: shares, ratios of sums over rows, and whatever can be worked out without each row.

What cannot be told is ``None``: an interval of no width would say that nothing is in doubt, where in truth the rows
tell nothing about it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from math import fsum, sqrt
from statistics import NormalDist
from typing import Any

Z = NormalDist().inv_cdf(0.975)
_SMALL_SAMPLES = (12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462)  # where `student` would be too rough
_DOUBT = 1.0  # rows' worth of belief that cases of one row are all alike, until rows say otherwise
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


def measured(found: Estimate, digits: int = 2, times: float = 1, unit: str = "", span: str = "") -> str:
    """A figure with its interval, as it is written everywhere: ``8.72 (8.71 to 8.73)``, ``71.9 % (66.1 to 77.2)``.

    Args:
        found: The figure; a dash where there is none.
        digits: How many decimals.
        times: What it is multiplied with: 100 for shares in percent.
        unit: What stands after the value.
        span: What stands before the ends of the interval.
    """
    value, low, high = (
        None if number is None else f"{round(times * number, digits) + 0.0:,.{digits}f}"  # 0 has no sign
        for number in (found.value, found.low, found.high)
    )
    if value is None:
        return "-"
    return f"{value}{unit}" if low is None or high is None else f"{value}{unit} ({span}{low} to {high})"


def student(freedom: int) -> float:
    """The 97.5 % point of Student's t (M. Abramowitz and I. A. Stegun, 26.7.5; right to 0.0005)."""
    if freedom <= len(_SMALL_SAMPLES):
        return _SMALL_SAMPLES[freedom - 1]
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
    return Estimate(value, max(0.0, min(value, middle - reach)), min(1.0, max(value, middle + reach)), rows)


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

    def add(self, happened: float, could: int, rows: int = 1) -> None:
        """Count a row, or several alike; one in which it could not happen says nothing."""
        if could and rows:
            self._rows[happened, could] += rows

    def count(self, happened: float, rows: int) -> None:
        """Count so many rows alike, in each of which it could happen once."""
        self.add(happened, 1, rows)

    @property
    def number(self) -> int:
        """How often it could have happened."""
        return sum(could * rows for (_, could), rows in self._rows.items())

    @property
    def value(self) -> float | None:
        """The ratio of the sums."""
        total = self.number
        return fsum(happened * rows for (happened, _), rows in self._rows.items()) / total if total else None

    def _squares(self, value: float) -> float:
        return fsum((happened - value * could) ** 2 * n for (happened, could), n in self._rows.items())

    def _variance(self, value: float) -> float | None:
        rows = self._rows.total()
        return rows / (rows - 1) * self._squares(value) / self.number**2 if rows > 1 else None

    def share(self) -> Estimate:
        """The ratio as a share, with Wilson's interval for as many independent cases as its variance stands for.

        Such an effective sample (E. L. Korn and B. I. Graubard, 1998) is smaller than the real one where cases of one
        row are alike, and larger where they gainsay each other, as two opposite verdicts on one row do.

        How alike the cases of a row are is D = sum((y - r n)^2) / (r (1 - r) sum(n^2)): 1 if all go one way, about
        1 / n if they are independent. Rows tell it the worse, the nearer r is to 0 or 1, and at 0 or 1 not at all: so
        D is drawn towards 1, which lies on the safe side, as if by one more row. That makes up for few rows as well as
        Student's t would (`tests/test_estimates.py` works it out exactly), and no interval has a width of 0. There is
        none of a single row.
        """
        value, rows = self.value, self._rows.total()
        if value is None or rows < 2:
            return Estimate(value, rows=self.number)
        spread = value * (1 - value)
        most = sum(could * could * n for (_, could), n in self._rows.items())
        telling = 4 * spread * rows
        alike = self._squares(value) / (spread * most) if spread > _NOTHING else 1.0
        alike = max(alike, (telling * alike + _DOUBT) / (telling + _DOUBT))
        cases = (rows - 1) / rows * self.number**2 / (most * alike)
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


class Strata:
    """Shares of several kinds of cases and their weighted mean; a row may have cases of each kind.

    The interval puts those of the shares together by squares and products (R. G. Newcombe, 1998, method 10; G. Y. Zou
    and A. Donner, 2008): with d the distance of a share from its end, w its weight and c the correlation of two shares
    over rows, the distance of the mean from its own end is the root of the sum over kinds j, k of w_j w_k c_jk d_j d_k.
    """

    def __init__(self) -> None:
        self._rows: Counter[frozenset[tuple[Hashable, float, int]]] = Counter()

    def add(self, cases: Mapping[Hashable, tuple[float, int]]) -> None:
        """Count a row: by kind, in how many cases it was so, and of how many."""
        row = frozenset((kind, happened, could) for kind, (happened, could) in cases.items() if could)
        if row:
            self._rows[row] += 1

    def mean(self, weights: Mapping[Hashable, float]) -> Estimate:
        """The mean of the shares.

        Args:
            weights: Of each kind of cases; their sum is 1.

        Returns:
            There is no value if a kind has no case, and no interval if one has none.
        """
        ratios: dict[Hashable, Ratio] = {kind: Ratio() for kind in weights}
        for row, number in self._rows.items():
            for kind, happened, could in row:
                if kind in ratios:
                    ratios[kind].add(happened, could, number)
        found = {kind: ratio.share() for kind, ratio in ratios.items()}
        rows = sum(one.rows for one in found.values())
        if not found or any(one.value is None for one in found.values()):
            return Estimate(rows=rows)
        value = fsum(weights[kind] * (one.value or 0.0) for kind, one in found.items())
        if any(one.low is None for one in found.values()):
            return Estimate(value, rows=rows)
        alike = self._correlations({kind: one.value or 0.0 for kind, one in found.items()})

        def reach(ends: Mapping[Hashable, float]) -> float:
            parts = {kind: weights[kind] * abs(ends[kind] - (one.value or 0.0)) for kind, one in found.items()}
            return sqrt(max(0.0, fsum(parts[j] * parts[k] * alike[j, k] for j in parts for k in parts)))

        low = value - reach({kind: one.low or 0.0 for kind, one in found.items()})
        high = value + reach({kind: one.high or 0.0 for kind, one in found.items()})
        return Estimate(value, max(0.0, low), min(1.0, high), rows)

    def _correlations(self, shares: Mapping[Hashable, float]) -> dict[tuple[Hashable, Hashable], float]:
        """How far the kinds' shares go together over rows; drawn towards 0 like `Ratio.share`'s D towards 1."""
        products: defaultdict[tuple[Hashable, Hashable], list[float]] = defaultdict(list)
        for row, number in self._rows.items():
            rests = {kind: happened - shares[kind] * could for kind, happened, could in row if kind in shares}
            for j in rests:
                for k in rests:
                    products[j, k].append(rests[j] * rests[k] * number)
        sums = {kinds: fsum(products[kinds]) for kinds in product(shares, shares)}  # in whatever order rows came
        shrunk = self._rows.total() / (self._rows.total() + _DOUBT)
        sizes = {kind: sqrt(sums[kind, kind]) for kind in shares}
        return {
            (j, k): 1.0 if j == k else shrunk * both / (sizes[j] * sizes[k]) if sizes[j] * sizes[k] > _NOTHING else 0.0
            for (j, k), both in sums.items()
        }
