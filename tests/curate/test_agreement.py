"""Agreement between judges: against published figures, another implementation, and simulated truth."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from tunesmith.curate.agreement import Scores, agreement_of, alike, alpha, count_rows, kappa
from tunesmith.estimates import Estimate

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units.
PUBLISHED = [
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
]


def table(seed: int, rows: int, raters: int, missing: float = 0.0) -> list[list[float | None]]:
    """Half-point scores of rows that differ, by raters that err."""
    draw = random.Random(seed)
    truth = [draw.gauss(3.9, 0.7) for _ in range(rows)]
    return [
        [
            None if draw.random() < missing else min(5.0, max(0.0, round(2 * draw.gauss(true, 0.5)) / 2))
            for _ in range(raters)
        ]
        for true in truth
    ]


def by_definition(rows: Sequence[Sequence[float | None]]) -> float:
    """Alpha as it is defined: observed by expected disagreement, pair by pair."""
    units = [[x for x in row if x is not None] for row in rows]
    units = [unit for unit in units if len(unit) > 1]
    values = [x for unit in units for x in unit]
    n = len(values)
    observed = sum((a - b) ** 2 / (len(unit) - 1) for unit in units for a in unit for b in unit) / n
    expected = sum((a - b) ** 2 for a in values for b in values) / (n * (n - 1))
    return 1 - observed / expected


def test_the_published_example_comes_out_as_published() -> None:
    found = alpha(count_rows(zip(*PUBLISHED, strict=True)))
    assert found.value == pytest.approx(0.849, abs=0.0005)
    assert found.rows == 11  # the twelfth unit has one score only
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.849 < found.high


def test_two_rows_by_hand() -> None:
    # Rows (1, 2) and (4, 4): w = 1 and 0; the mean is 2.75 and the squares around it add up to 6.75.
    assert alpha(count_rows([(1, 2), (4, 4)])).value == pytest.approx(1 - 3 * 1 / (4 * 6.75))


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_what_the_definition_and_another_implementation_say(seed: int) -> None:
    rows = table(seed, 40, 2 + seed % 3, 0.25)
    found = alpha(count_rows(rows)).value
    assert found == pytest.approx(by_definition(rows))
    numpy = pytest.importorskip("numpy")
    krippendorff = pytest.importorskip("krippendorff")
    data = numpy.array([[numpy.nan if x is None else x for x in row] for row in rows]).T
    assert found == pytest.approx(krippendorff.alpha(reliability_data=data, level_of_measurement="interval"))


def test_the_interval_is_the_jackknife_done_row_by_row() -> None:
    rows = table(7, 30, 3, 0.2)
    found = alpha(count_rows(rows))
    usable = [row for row in rows if sum(x is not None for x in row) > 1]
    without = [by_definition(usable[:n] + usable[n + 1 :]) for n in range(len(usable))]
    count, mean = len(usable), sum(without) / len(usable)
    error = ((count - 1) / count * sum((x - mean) ** 2 for x in without)) ** 0.5
    assert found.value is not None
    assert found.low is not None
    assert count == found.rows == 23
    assert (found.value - found.low) / error == pytest.approx(2.0739, abs=1e-4)  # Student's t for 22 degrees of freedom


def test_scale_and_order_of_scores_mean_nothing() -> None:
    rows = [[x for x in row if x is not None] for row in table(3, 50, 3, 0.1)]
    plain = alpha(count_rows(rows))
    assert alpha(count_rows([[1e9 + 100 * x for x in row[::-1]] for row in rows])).value == pytest.approx(plain.value)


@pytest.mark.parametrize(
    "rows",
    [[], [(4, 5)], [(4,), (5,), (3,)], [(4, 4), (4, 4)], [(4, 5), (3,)]],
    ids=["no rows", "one row", "one score each", "all the same", "one row with two"],
)
def test_what_cannot_be_told_is_none(rows: list[tuple[float, ...]]) -> None:
    found = alpha(count_rows(rows))
    assert (found.value, found.low, found.high) == (None, None, None)


def test_full_agreement_is_one_without_an_interval() -> None:
    assert alpha(count_rows([(1, 1), (2, 2), (5, 5)])) == Estimate(1.0, None, None, 3)
    assert alpha(count_rows([(4, 4)] * 9 + [(5, 5)])).low is None  # without the last row nothing could be told


@pytest.mark.parametrize(
    ("rows", "least"), [(12, 0.86), (60, 0.91), (250, 0.92)], ids=["12 rows", "60 rows", "250 rows"]
)
def test_the_interval_of_alpha_holds_the_truth_as_often_as_it_says(rows: int, least: float) -> None:
    truth = alpha(count_rows(table(1, 60_000, 2))).value
    times = 400
    held = 0
    for seed in range(times):
        found = alpha(count_rows(table(1000 + seed, rows, 2)))
        held += None not in (found.low, truth) and found.low <= truth <= found.high  # type: ignore[operator]
    assert least <= held / times <= 0.985


def test_kappa_by_hand() -> None:
    # 20 both kept, 15 both dropped, 10 and 5 either way: alike on 0.7, by chance on 0.5.
    rows: Counter[tuple[float, ...]] = Counter({(5.0, 4.5): 20, (4.0, 4.5): 10, (4.5, 4.0): 5, (3.0, 2.0): 15})
    found = kappa(rows, 4.5)
    assert found.value == pytest.approx(0.4)
    assert found.rows == 50
    assert alike(rows, 4.5).value == pytest.approx(0.7)
    # The formula of Fleiss, Cohen and Everitt (1969) gives 0.4 +- 0.252; the jackknife is a little wider.
    assert found.low == pytest.approx(0.14, abs=0.015)
    assert found.high == pytest.approx(0.66, abs=0.015)


def test_kappa_against_chance_and_where_it_cannot_be_told() -> None:
    assert kappa(Counter({(5.0, 5.0): 5, (5.0, 1.0): 5, (1.0, 5.0): 5, (1.0, 1.0): 5}), 3).value == 0
    assert kappa(Counter({(5.0, 5.0): 9}), 3) == Estimate(None, None, None, 9)
    assert kappa(Counter({(5.0, 1.0): 1}), 3) == Estimate(None, None, None, 1)
    assert kappa(Counter(), 3) == Estimate(None, None, None, 0)
    assert kappa(Counter({(5.0, 5.0): 4, (1.0, 1.0): 4}), 3) == Estimate(1.0, None, None, 8)
    assert alike(Counter(), 3).value is None


def test_wilson_as_tabulated() -> None:
    found = alike(Counter({(5.0, 5.0): 8, (5.0, 1.0): 2}), 3)
    assert (found.value, found.rows) == (0.8, 10)
    assert found.low == pytest.approx(0.4902, abs=1e-4)
    assert found.high == pytest.approx(0.9433, abs=1e-4)


def test_the_interval_of_kappa_holds_the_truth_as_often_as_it_says() -> None:
    draw = random.Random(11)
    cells, weights = [(5.0, 5.0), (5.0, 1.0), (1.0, 5.0), (1.0, 1.0)], [17, 9, 9, 65]
    truth = kappa(Counter(dict(zip(cells, weights, strict=True))), 3).value
    held = 0
    for _ in range(400):
        found = kappa(Counter(draw.choices(cells, weights, k=120)), 3)
        held += None not in (found.low, truth) and found.low <= truth <= found.high  # type: ignore[operator]
    assert 0.92 <= held / 400 <= 0.975


def test_teachers_are_compared_by_their_mean_scores_and_with_themselves() -> None:
    scores: Counter[Scores] = Counter(
        {
            (("a", (4.0, 5.0)), ("b", (4.5,))): 3,
            (("a", (1.0, 1.0)), ("b", (1.0,)), ("c", (2.0,))): 2,
            (("c", (3.0, 3.5)),): 1,
        }
    )
    found = agreement_of(scores, 4.5)
    assert list(found.selves) == ["a", "c"]
    assert found.selves["a"] == alpha(Counter({(4.0, 5.0): 3, (1.0, 1.0): 2}))
    assert [pair.teachers for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found.pairs[0].alpha == Estimate(1.0, None, None, 5)  # 4.5 and 4.5, 1 and 1
    assert found.pairs[0].alike.value == 1
    assert found.overall is not None
    assert found.overall.rows == 5
    assert agreement_of({(("a", (4.0, 5.0)),): 2}, 4.5).overall is None


def test_equal_rows_count_as_often_as_they_occur() -> None:
    rows = [(4.0, 4.5), (4.0, 4.5), (2.0, 3.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]
    assert alpha(count_rows(rows)).value == pytest.approx(by_definition(rows))
