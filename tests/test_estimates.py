"""Shares and means of shares: against scipy, without jumps, and how often their intervals hold the truth."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from math import factorial, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith import estimates
from tunesmith.estimates import Estimate, Ratio, Strata, jackknife, student


def share(*rows: tuple[float, int, int]) -> Estimate:
    """Of so many rows in each of which it happened so often of so many times."""
    ratio = Ratio()
    for happened, could, number in rows:
        ratio.add(happened, could, number)
    return ratio.share()


def width(found: Estimate) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_students_t_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    for freedom in range(1, 300):
        assert student(freedom) == pytest.approx(float(stats.t.ppf(0.975, freedom)), abs=5e-4), freedom


def test_rows_that_are_all_alike_have_an_interval_and_one_that_is_not_hardly_changes_it() -> None:
    """Five votes on each of forty questions, three to two: the next question may have been another."""
    alike, nearly = share((3, 5, 40)), share((3, 5, 39), (4, 5, 1))
    assert 0.04 < width(alike) < 0.12
    assert width(nearly) == pytest.approx(width(alike), rel=0.15)
    honest, once = share((1, 2, 80)), share((1, 2, 79), (2, 2, 1))
    assert width(once) == pytest.approx(width(honest), rel=0.5)


def test_no_step_towards_an_end_makes_it_much_narrower() -> None:
    for could in (1, 2, 5):
        found = [share((could - missing, could, 1), (could, could, 39)) for missing in range(could + 1)]
        found += [share((0, could, n), (could, could, 40 - n)) for n in range(2, 20)]
        lows = [one.low or 0.0 for one in found]
        assert all(after < before + 0.025 for before, after in pairwise(lows)), could


def test_one_row_tells_nothing_of_others_and_few_tell_little() -> None:
    assert share((1, 1, 1)) == Estimate(1.0, rows=1)
    assert (share((1, 1, 4)).low or 0) < 0.5
    assert (share((1, 1, 80)).low or 0) > 0.94


def _held(worths: Sequence[tuple[float, int]], chances: Sequence[float], rows: int) -> float:
    """The exact share of all samples of so many rows whose interval holds the truth."""
    truth = sum(w * c for (w, _), c in zip(worths, chances, strict=True)) / worths[0][1]
    held = 0.0
    for counts in _counts(rows, len(worths)):
        found = share(*((*worth, count) for worth, count in zip(worths, counts, strict=True)))
        if (found.low or 0.0) <= truth <= (1.0 if found.high is None else found.high):
            ways = factorial(rows) / prod(map(factorial, counts))
            held += ways * prod(chance**count for chance, count in zip(chances, counts, strict=True))
    return held


def _counts(rows: int, kinds: int) -> Iterator[tuple[int, ...]]:
    if kinds == 1:
        yield (rows,)
        return
    for first in range(rows + 1):
        for rest in _counts(rows - first, kinds - 1):
            yield (first, *rest)


HALVES = [(0.0, 2), (0.5, 2), (1.0, 2), (1.5, 2), (2.0, 2)]
WORLDS = [[0.1, 0.2, 0.4, 0.2, 0.1], [0.05, 0.1, 0.2, 0.3, 0.35], [0.25, 0.15, 0.2, 0.15, 0.25]]


@pytest.mark.parametrize("rows", [6, 8, 10])
def test_of_few_rows_the_interval_holds_the_truth_and_without_doubt_it_would_not(
    rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [_held(HALVES, chances, rows) for chances in WORLDS]
    assert min(ours) > 0.945, ours
    monkeypatch.setattr(estimates, "_DOUBT", 1e-9)
    assert min(_held(HALVES, chances, rows) for chances in WORLDS) < 0.94


def _jackknifed(worths: Sequence[float], chances: Sequence[float], rows: int) -> float:
    """The same for a mean with the jackknife's interval, among samples that have one."""
    truth, held, had = sum(w * c for w, c in zip(worths, chances, strict=True)), 0.0, 0.0
    for counts in _counts(rows, len(worths)):
        total = sum(worth * count for worth, count in zip(worths, counts, strict=True))
        without = [((total - worth) / (rows - 1), count) for worth, count in zip(worths, counts, strict=True) if count]
        found = jackknife(total / rows, without, 0.0, 10.0)
        if found.low is not None and found.high is not None:
            ways = factorial(rows) / prod(map(factorial, counts))
            chance = ways * prod(chance**count for chance, count in zip(chances, counts, strict=True))
            had += chance
            held += chance * (found.low <= truth <= found.high)
    return held / had


def test_the_jackknife_needs_students_t(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, chances = [4.0, 6.0, 7.0, 8.0, 9.0], [0.1, 0.2, 0.4, 0.2, 0.1]
    assert _jackknifed(scores, chances, 8) == pytest.approx(0.95, abs=0.012)
    monkeypatch.setattr(estimates, "student", lambda freedom: estimates.Z)
    assert _jackknifed(scores, chances, 8) < 0.925


_CASES = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda pair: (float(min(pair)), max(pair)))


@settings(deadline=None)
@given(st.lists(st.tuples(_CASES, _CASES), min_size=1, max_size=20))
def test_a_mean_of_shares_is_turned_round_with_them(rows: list[tuple[tuple[float, int], tuple[float, int]]]) -> None:
    one, other = Strata(), Strata()
    for first, second in rows:
        one.add({"a": first, "b": second})
        other.add({name: (could - happened, could) for name, (happened, could) in (("a", first), ("b", second))})
    mine, yours = one.mean({"a": 0.5, "b": 0.5}), other.mean({"a": 0.5, "b": 0.5})
    assert (mine.value is None) == any(not sum(row[place][1] for row in rows) for place in (0, 1))
    if mine.value is not None:
        assert mine.value == pytest.approx(1 - (yours.value or 0.0), abs=1e-9)
    if mine.low is not None and mine.high is not None and yours.high is not None:
        assert mine.low == pytest.approx(1 - yours.high, abs=1e-9)
        assert 0 <= mine.low < mine.high <= 1


def test_a_mean_of_shares_knows_what_goes_together() -> None:
    together, against, apart = Strata(), Strata(), Strata()
    for n in range(40):
        sign = n % 2
        together.add({"a": (sign, 1), "b": (sign, 1)})
        against.add({"a": (sign, 1), "b": (1 - sign, 1)})
        apart.add({"a": (sign, 1)})
        apart.add({"b": (sign, 1)})
    half: dict[Hashable, float] = {"a": 0.5, "b": 0.5}
    alone = share((1, 1, 20), (0, 1, 20))
    assert width(together.mean(half)) == pytest.approx(width(alone), rel=0.03)
    assert width(apart.mean(half)) == pytest.approx(width(alone) / 2**0.5, rel=0.03)
    assert 0 < width(against.mean(half)) < width(apart.mean(half)) / 2
    assert together.mean({"a": 1.0}).value == 0.5
    assert together.mean({"a": 0.5, "c": 0.5}).value is None
