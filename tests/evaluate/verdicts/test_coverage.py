"""What was planted in simulated judges is what is measured, and 95 % of the intervals hold it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.evaluate.coverage import coverage, figures
from tests.evaluate.simulated import LETTERS, ONE, SEVERAL, SINGLE, TWO, Judge, World
from tunesmith.estimates import Estimate
from tunesmith.evaluate.sentences import cautions
from tunesmith.evaluate.verdicts import report

# Exact intervals, and Wilson's of few cases, hold the truth more often than they need: nobody's loss but in width.
CAUTIOUS = ("beat_rate", "reversals", "ties", "flips", "longer")


@pytest.mark.parametrize(
    ("world", "questions", "seeds"),
    [(TWO, 80, 400), (TWO, 180, 200), (SINGLE, 80, 300), (LETTERS, 80, 300), (SEVERAL, 80, 150)],
    ids=["two judges, 80", "two judges, 180", "one order", "letters", "three models"],
)
def test_the_intervals_hold_the_truth_as_often_as_they_say(world: World, questions: int, seeds: int) -> None:
    found = {name: one for name, one in coverage(world, questions, seeds, 12_000).items() if one.times}
    # Many figures are looked at together, so three standard deviations of the binomial are allowed on either side.
    slack = 3 * (0.95 * 0.05 / seeds) ** 0.5
    least, most = 0.95 - slack, 0.95 + slack
    assert len(found) >= 19
    # Where a class hardly occurs, kappa and F1 have no interval, which is not the same as a wrong one.
    assert all(one.times >= 0.95 * seeds for name, one in found.items() if not name.endswith(("kappa", "f1")))
    found = {name: one for name, one in found.items() if one.times >= 100}
    wrong = {
        name: round(one.share, 3)
        for name, one in found.items()
        if one.share < least or (one.share > min(most, 0.995) and not name.endswith(CAUTIOUS))
    }
    assert not wrong, (least, wrong)
    rate = found["y/x by_question.win_rate" if world is SEVERAL else "by_question.win_rate"]
    assert rate.width / rate.times < 0.25 * (80 / questions) ** 0.5  # or anything would hold the truth


def test_a_liking_for_the_first_place_is_measured() -> None:
    honest = report(World(judges={"a": Judge()}).reviews(300, 1), "base").contests[0]
    biased = report(World(judges={"a": Judge(first=1.0)}).reviews(300, 1), "base").contests[0]
    assert _holds(honest.positions[0].first, 0.5)
    assert not _holds(biased.positions[0].first, 0.5)
    assert (biased.positions[0].first.value or 0) > 0.65
    assert any("a prefers the answer shown first" in said for said in cautions(biased))
    assert not any("prefers" in said for said in cautions(honest))


def test_both_orders_undo_it_and_one_order_does_not() -> None:
    truth = _rate(World(judges={"a": Judge()}), 8_000)
    biased = World(judges={"a": Judge(first=1.5)})
    contest = report(biased.reviews(8_000, 2), "base").contests[0]
    assert contest.ours_first.win_rate.value == pytest.approx(truth + 0.22, abs=0.05)
    assert contest.theirs_first.win_rate.value == pytest.approx(truth - 0.28, abs=0.05)
    assert contest.by_question.win_rate.value == pytest.approx(truth, abs=0.03)


def test_the_length_controlled_rate_finds_what_length_has_hidden() -> None:
    """Ours is no better, but longer, and the judge likes that."""
    truth = _rate(World({"base": 6.5, "ours": 6.5}, longer=60), 8_000)
    world = World({"base": 6.5, "ours": 6.5}, {"a": Judge(longer=1.5)}, longer=60)
    contest = report(world.reviews(805, 3), "base").contests[0]
    assert truth == pytest.approx(0.5, abs=0.01)
    assert contest.length is not None
    assert not _holds(contest.by_question.win_rate, truth)
    assert _holds(contest.length.controlled, truth)
    assert not _holds(contest.length.slope, 0.0)
    assert (contest.length.longer.low or 0) > 0.6


def test_the_length_controlled_rate_is_close_to_the_rate_without_that_liking_at_many_strengths() -> None:
    for liking in (0.5, 1.0, 2.0):
        world = World(judges={"a": Judge(longer=liking)}, longer=40)
        free = _rate(replace(world, judges={"a": Judge()}), 8_000)
        length = report(world.reviews(8_000, 4), "base", resamples=1).contests[0].length
        assert length is not None
        assert length.controlled.value == pytest.approx(free, abs=0.03), liking


def test_nothing_is_found_where_nothing_was_planted() -> None:
    world = World({"base": 7.0, "ours": 7.0}, {"a": Judge()})
    found = [figures(world.reviews(80, seed)) for seed in range(100)]
    for name, even in (("by_question.win_rate", 0.5), ("relative score", 1.0), ("length.slope", 0.0)):
        alarms = sum(not _holds(one[name], even) for one in found)
        assert alarms <= 12, name  # 5 in the mean; 12 or fewer in 99.6 % of such tests


def test_the_worlds_differ_in_what_they_are_there_for() -> None:
    """Of a judge with habits, the simulation really shows them."""
    one = report(ONE.reviews(2000, 5), "base").contests[0]
    assert one.unreadable == pytest.approx(0.03 * 4000, rel=0.3)
    assert one.both_orders < 2000
    assert report(SINGLE.reviews(500, 5), "base").contests[0].both_orders == 0
    assert report(LETTERS.reviews(500, 5), "base").contests[0].totals is None


def _rate(world: World, questions: int) -> float:
    return report(world.reviews(questions, 99), "base", resamples=1).contests[0].by_question.win_rate.value or 0.0


def _holds(found: Estimate, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high
