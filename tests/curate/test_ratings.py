"""What a column of ratings says, and that it is true of rows that are really scored anew."""

import json
import lzma
import random
import statistics
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tunesmith.curate.ratings import Summary, bars_of, fitting_width, summarise
from tunesmith.curate.threshold import AtLeast
from tunesmith.errors import DataError, UsageError
from tunesmith.figures import Bar

Given = list[tuple[str, float]]


def row(*scores: float, teacher: str = "a") -> dict[str, Any]:
    return by([(teacher, score) for score in scores])


def by(scores: Given) -> dict[str, Any]:
    listed = [{"teacher": t, "sample": n, "score": score, "why": "so"} for n, (t, score) in enumerate(scores)]
    return {"rating": statistics.fmean(score for _, score in scores), "rating_scores": listed}


def test_rows_mean_median_bars_and_thresholds() -> None:
    rows: list[dict[str, Any]] = [{"rating": x} for x in (3, 4, "4.5", 4.6, 5)]
    found = summarise([*rows, {"rating": None}, {}, {"rating": "bad"}])
    assert (found.rows, found.rated) == (8, 5)
    assert found.unrated == {"no rating": 2, "no rating: not a number": 1}
    assert found.mean == pytest.approx(4.22)
    assert found.median == 4.5
    assert found.bars == (Bar(3.0, 1, 0), Bar(3.5, 0, 0), Bar(4.0, 1, 0), Bar(4.5, 2, 2), Bar(5.0, 1, 1))
    assert [(kept.threshold, kept.rows, kept.share) for kept in found.thresholds] == [
        (3.0, 5, 1.0),
        (3.5, 4, 0.8),
        (4.0, 4, 0.8),
        (4.5, 3, 0.6),
        (5.0, 1, 0.2),
    ]


def test_the_median_of_an_even_number_and_of_none() -> None:
    assert summarise([{"rating": x} for x in (1, 2, 4, 5)]).median == 3
    assert summarise([{"rating": 2}, {"rating": 2}]).median == 2
    empty = summarise([])
    assert (empty.rows, empty.mean, empty.median, empty.bars, empty.thresholds) == (0, None, None, (), ())


def test_a_threshold_within_a_bar_splits_it_and_one_nearby_is_shown() -> None:
    assert summarise([{"rating": 4}, {"rating": 4.3}], threshold=4.2).bars == (Bar(4.0, 2, 1),)
    assert summarise([{"rating": 5}], threshold=4.5).bars == (Bar(4.5, 0, 0), Bar(5.0, 1, 1))
    assert summarise([{"rating": 5}], threshold=-900).bars == (Bar(5.0, 1, 1),)


@pytest.mark.parametrize(
    ("low", "high", "width"), [(0, 5, 0.5), (1, 10, 0.5), (0, 100, 5), (0, 20, 1), (0.1, 0.9, 0.05), (-1000, 1000, 100)]
)
def test_bars_fit_the_scale(low: float, high: float, width: float) -> None:
    assert summarise([{"rating": low}, {"rating": high}]).width == width


def test_bars_by_twentieths_hold_what_they_say() -> None:
    found = summarise([{"rating": n / 20} for n in range(21)], threshold=0.15)
    assert [bar.start for bar in found.bars] == [round(n / 20, 2) for n in range(21)]
    assert {bar.rows for bar in found.bars} == {1}
    assert sum(bar.kept for bar in found.bars) == found.thresholds[3].rows == 18


def test_too_many_bars_are_refused() -> None:
    with pytest.raises(UsageError, match=r"from 0 to 10, 10,001 bars of 0.001 would be needed; give a width of 0.5"):
        summarise([{"rating": 0}, {"rating": 10}], width=0.001)


def test_rows_near_the_threshold_where_each_has_one_score() -> None:
    near = summarise([{"rating": x} for x in (3.9, 4, 4.4, 4.5, 4.9, 5)]).near
    assert (near.below, near.above, near.rescored) == (2, 2, 0)
    assert near.spread is near.expected_flips is near.likely_flips is near.both_sides is None


def test_the_spread_is_pooled_and_both_sides_are_counted() -> None:
    rows = [row(4, 5), row(4, 4), row(5, 5, 5), row(1, 2), {"rating": 4.5}]
    near = summarise(rows).near
    assert near.rescored == 4
    assert near.spread == pytest.approx(((0.5 + 0 + 0 + 0.5) / 5) ** 0.5)
    assert near.both_sides == 1


def test_scores_that_all_agree_expect_no_flip() -> None:
    near = summarise([row(4.5, 4.5), row(4, 4)]).near
    assert (near.spread, near.expected_flips, near.likely_flips) == (0, 0, 0)


def rescored(seed: int, noise: float, samples: int, step: float, centre: float) -> tuple[list[dict[str, Any]], int]:
    """Rows scored so many times, and on how many another so many scores would decide otherwise at 4.5."""
    draw = random.Random(seed)

    def scores(true: float) -> list[float]:
        found = [draw.gauss(true, noise) for _ in range(samples)]
        return [min(5.0, max(0.0, round(x / step) * step)) for x in found] if step else found

    rows, flips = [], 0
    for _ in range(6000):
        true = draw.uniform(0, 9) if not step else draw.gauss(centre, 0.6)
        first, second = scores(true), scores(true)
        flips += (statistics.fmean(first) >= 4.5) != (statistics.fmean(second) >= 4.5)
        rows.append(row(*first))
    return rows, flips


@pytest.mark.parametrize("samples", [2, 3, 5])
def test_expected_flips_are_those_that_happen(samples: int) -> None:
    rows, flips = rescored(samples, 0.5, samples, 0, 0)
    assert summarise(rows).near.expected_flips == pytest.approx(flips, rel=0.12)


@pytest.mark.parametrize(("noise", "centre"), [(0.3, 4.2), (0.4, 4.0), (0.5, 4.5)])
def test_with_half_points_too_although_they_are_not_normal(noise: float, centre: float) -> None:
    rows, flips = rescored(9, noise, 3, 0.5, centre)
    assert summarise(rows).near.expected_flips == pytest.approx(flips, rel=0.2)


def test_agreement_is_by_teacher() -> None:
    rows = [by([("a", x), ("a", x), ("b", x + 0.5), ("c", 5 - x)]) for x in (1.0, 2.0, 3.0, 4.0, 4.5)]
    found = summarise(rows).agreement
    assert list(found.selves) == ["a"]
    assert found.selves["a"].value == 1
    assert [pair.teachers for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found.pairs[0].alpha.value is not None
    assert found.pairs[0].alpha.value > 0.9
    assert found.pairs[1].alpha.value is not None
    assert found.pairs[1].alpha.value < 0
    assert found.overall is not None


def test_scores_as_csv_holds_them_count_too() -> None:
    rows = [row(4, 5), row(3, 3.5)]
    as_text = [{**r, "rating": str(r["rating"]), "rating_scores": json.dumps(r["rating_scores"])} for r in rows]
    assert summarise(as_text) == summarise(rows)


def test_another_column_has_its_own_scores() -> None:
    rows = [{"q": 4.5, "q_scores": row(4, 5)["rating_scores"], "rating_scores": "not looked at"}]
    assert summarise(rows, "q").near.rescored == 1


@pytest.mark.parametrize("scores", ["[", 4, [4, 5], [{"teacher": "a"}], [{"teacher": "a", "score": None}], {"a": 4}])
def test_scores_of_another_form_are_named_with_their_row(scores: Any) -> None:
    with pytest.raises(DataError, match="row 7: the column 'rating_scores' is not a list of"):
        summarise([{"id": "7", "rating": 4, "rating_scores": scores}])


def test_memory_does_not_grow_with_rows() -> None:
    def rows() -> Any:
        for n in range(100_000):
            yield row(n % 9 / 2 + 0.5, n % 7 / 2)

    tracemalloc.start()
    found: Summary = summarise(rows())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.near.rescored == 100_000
    assert most < 2_000_000


def test_real_scores_have_the_published_mean(shared: Path) -> None:
    with lzma.open(shared / "gpt4llm" / "cmp_data_scores.json.xz", "rt") as file:
        scores = json.load(file)
    for name, rows, mean in (
        ("text-davinci-003", 51_183, 8.7203),
        ("icm-1.3b", 51_428, 4.2301),
        ("gpt4", 51_445, 8.9366),
    ):
        found = summarise(({"rating": score} for score in scores[name]), threshold=8)
        assert found.rated == rows
        assert found.mean == pytest.approx(mean, abs=5e-5)
        assert sum(bar.rows for bar in found.bars) == rows
        assert sum(bar.kept for bar in found.bars) == sum(score >= 8 for score in scores[name])


def test_no_ratings_have_bars_of_half_a_point() -> None:
    assert fitting_width(Counter()) == 0.5
    assert bars_of(Counter(), 0.5, AtLeast(4.5)) == ()
