"""Exact intervals and the sign test, against scipy and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.estimates import Estimate
from tunesmith.evaluate.verdicts.exact import at_least, exact_share, sign_test


@st.composite
def splits(draw: st.DrawFn, most: int = 3000) -> tuple[int, int]:
    rows = draw(st.integers(1, most))
    return draw(st.integers(0, rows)), rows


@settings(deadline=None)
@given(splits(), st.floats(0, 1))
def test_the_tail_is_scipys(split: tuple[int, int], chance: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    successes, trials = split
    assert at_least(successes, trials, chance) == pytest.approx(
        float(stats.binom.sf(successes - 1, trials, chance)), rel=1e-7, abs=1e-11
    )


@settings(deadline=None)
@given(splits())
def test_the_interval_is_scipys(split: tuple[int, int]) -> None:
    stats = pytest.importorskip("scipy.stats")
    happened, rows = split
    found, expected = exact_share(happened, rows), stats.binomtest(happened, rows).proportion_ci(0.95, "exact")
    assert found.rows == rows
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-8)


@settings(deadline=None)
@given(splits())
def test_the_sign_test_is_scipys(split: tuple[int, int]) -> None:
    stats = pytest.importorskip("scipy.stats")
    wins, rows = split
    assert sign_test(wins, rows - wins) == pytest.approx(float(stats.binomtest(wins, rows).pvalue), rel=1e-6)


@settings(deadline=None)
@given(splits())
def test_losses_mirror_wins(split: tuple[int, int]) -> None:
    happened, rows = split
    one, other = exact_share(happened, rows), exact_share(rows - happened, rows)
    assert one.low is not None
    assert other.high is not None
    assert one.low == pytest.approx(1 - other.high, abs=1e-9)
    assert sign_test(happened, rows - happened) == sign_test(rows - happened, happened)


def test_by_hand() -> None:
    assert sign_test(5, 0) == pytest.approx(2 / 32)
    assert sign_test(3, 3) == 1.0
    assert sign_test(0, 0) is None
    assert exact_share(0, 0) == Estimate()
    found = exact_share(0, 10)  # 1 - 0.025^(1/10)
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025**0.1)
    assert at_least(0, 5, 0.0) == 1.0
    assert at_least(1, 5, 0.0) == 0.0
    assert at_least(5, 5, 1.0) == 1.0
    assert at_least(6, 5, 0.5) == 0.0


def test_a_million_rows_are_no_matter() -> None:
    found = exact_share(500_000, 1_000_000)
    assert found.high == pytest.approx(0.50098, abs=1e-5)
    assert sign_test(500_000, 500_000) == 1.0
