"""Position bias: what was planted is what is measured, and the intervals hold it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tunesmith.curate.orders import draw_orders
from tunesmith.curate.positions import Positions, Report
from tunesmith.estimates import Ratio


def judged(rows: int, bonus: float, noise: float, seed: int, answers: int = 3, chance: float = 1.0) -> Report:
    """A judge that sees each answer's worth, with noise of its own a row, and adds a bonus for the first place."""
    dice, positions = random.Random(seed), Positions()
    names = [f"m{n}" for n in range(answers)]
    for row in range(rows):
        worth = [dice.gauss(0, noise) for _ in names]
        verdicts = []
        takes = dice.random() < chance
        for order in draw_orders(answers, 2, f"{seed} {row}"):
            scores = [worth[n] + (bonus if place == 0 and takes else 0.0) for place, n in enumerate(order)]
            verdicts.append({"judge": "j", "order": [names[n] for n in order], "scores": scores})
        positions.add(verdicts)
    return positions.measured()


def test_an_honest_judge_has_no_bias() -> None:
    (bias,) = judged(200, 0.0, 1.0, seed=1).judges
    assert bias.rows == 200
    assert (bias.flips.value, bias.reversals.value, bias.first.value) == (0.0, 0.0, 0.5)
    assert bias.flips.rows == 600
    assert bias.first.rows == 1200
    assert bias.flips.low == 0.0
    assert 0.01 < (bias.flips.high or 0) < 0.03  # as of 200 rows, not of 600 pairs
    assert bias.by_position[0].value == pytest.approx(bias.by_position[2].value)


def test_a_judge_that_sees_nothing_but_the_first_place() -> None:
    (bias,) = judged(100, 100.0, 0.0, seed=2).judges
    # each row's three pairs: first and last change places, the middle one is tied with the last in both orders
    assert bias.flips.value == pytest.approx(1.0)
    assert bias.reversals.value == pytest.approx(1 / 3)
    assert bias.first.value == 1.0
    assert bias.ties.value == pytest.approx(1 / 3)
    assert [place.value for place in bias.by_position] == [100.0, 0.0, 0.0]


def test_of_two_answers_every_verdict_is_reversed() -> None:
    (bias,) = judged(50, 5.0, 0.0, seed=3, answers=2).judges
    assert (bias.flips.value, bias.reversals.value, bias.first.value) == (1.0, 1.0, 1.0)
    assert bias.flips.rows == 50
    assert bias.flips.low == pytest.approx(0.9273, abs=0.001)  # Wilson: 49 of 49
    assert bias.flips.high == 1.0


@pytest.mark.parametrize("answers", [2, 3, 4])
def test_the_intervals_hold_what_was_planted(answers: int) -> None:
    """A judge that is swayed in three rows of ten: there all pairs with the first place flip, elsewhere none."""
    planted = judged(20_000, 100.0, 1.0, seed=0, answers=answers, chance=0.3).judges[0]
    assert planted.flips.value is not None
    hits = {"flips": 0, "first": 0}
    for seed in range(200):
        (bias,) = judged(60, 100.0, 1.0, seed=seed + 1, answers=answers, chance=0.3).judges
        for name in hits:
            found, truth = getattr(bias, name), getattr(planted, name).value
            hits[name] += found.low <= truth <= found.high
    assert min(hits.values()) >= 178, hits  # 95 % of 200, less four standard deviations; wider is allowed


def test_rows_are_the_units_not_pairs() -> None:
    """Ten pairs of one row that all go one way are not ten witnesses."""
    alone, together = Ratio(), Ratio()
    for row in range(100):
        alone.count(float(row % 4 == 0), 1)
        together.add(10.0 * (row % 4 == 0), 10)
    assert alone.share().value == together.share().value == 0.25
    assert together.share().rows == 1000
    assert together.share().low == pytest.approx(alone.share().low, abs=0.005)
    assert together.share().high == pytest.approx(alone.share().high, abs=0.005)


def test_one_order_tells_nothing_of_flips_but_something_of_places() -> None:
    positions = Positions()
    for row in range(40):
        (order,) = draw_orders(2, 1, str(row))
        positions.add([{"judge": "", "order": [f"m{n}" for n in order], "scores": [8, 6]}])
    (bias,) = positions.measured().judges
    assert bias.flips.value is None
    assert bias.first.value == 1.0
    (line,) = positions.measured().lines()
    assert "the other way round" not in line
    assert line.startswith("the judge on 40 rows: it preferred the answer shown earlier in 100.0 %")
    assert "mean score by place: 8.00, 6.00" in line


def test_choices_that_are_all_ties_tell_of_no_places() -> None:
    positions = Positions()
    positions.add([{"judge": "x", "order": ["a", "b"], "preferred": "tie"}])
    assert list(positions.measured().lines()) == []


def test_judges_are_told_apart_and_figures_carry_n_and_interval() -> None:
    positions = Positions()
    verdict: dict[str, Any] = {"order": ["a", "b"], "scores": [7, 6]}
    for _ in range(5):
        positions.add([verdict | {"judge": "x"}, {"judge": "y", "order": ["b", "a"], "scores": [9, 9]}])
    found = json.loads(positions.measured().as_json())
    assert [judge["judge"] for judge in found["judges"]] == ["x", "y"]
    assert found["judges"][0]["first"].keys() == {"value", "low", "high", "n"}
    assert found["judges"][1]["ties"]["value"] == 1.0
    assert found["judges"][1]["first"] == {"value": None, "low": None, "high": None, "n": 0}


def test_verdicts_without_scores_say_which_was_preferred() -> None:
    scored, said = Positions(), Positions()
    for row in range(30):
        order, sign = (["a", "b"] if row % 3 else ["b", "a"]), (row * 7) % 3 - 1
        for shown, points in ((order, [5 + sign, 5]), (order[::-1], [5, 5 + (row % 2)])):
            scored.add([{"judge": "j", "order": shown, "scores": points}])
            preferred = "tie" if points[0] == points[1] else shown[points[1] > points[0]]
            said.add([{"judge": "j", "order": shown, "scores": None, "preferred": preferred}])
    (one,), (other,) = scored.measured().judges, said.measured().judges
    assert (one.first, one.ties, one.rows) == (other.first, other.ties, other.rows)
    assert [place.value for place in other.by_position] == [None, None]


def test_an_unreadable_verdict_counts_for_nothing() -> None:
    positions = Positions()
    read = {"judge": "j", "order": ["a", "b"], "scores": None, "preferred": "a"}
    positions.add([read, {"judge": "j", "order": ["b", "a"], "scores": None, "preferred": None}])
    positions.add([{"judge": "k", "order": ["b", "a"], "scores": None}])
    (bias,) = positions.measured().judges
    assert (bias.judge, bias.rows, bias.first.rows, bias.flips.rows) == ("j", 1, 1, 0)


def test_opposite_verdicts_of_a_row_make_the_interval_narrower() -> None:
    """An honest judge's two verdicts on a row cancel each other in what they say of places."""
    first = judged(400, 0.4, 1.0, seed=1, answers=2).judges[0].first
    assert first.value is not None
    independent = 2 * 1.96 * (first.value * (1 - first.value) / first.rows) ** 0.5
    assert (first.high or 0) - (first.low or 0) < 0.8 * independent


def test_nothing_judged_is_nothing_said() -> None:
    assert Positions().measured().judges == ()
    assert list(Positions().measured().lines()) == []
