"""The rules by hand, on real reviews, and what must hold whatever the reviews are."""

from __future__ import annotations

import json
import lzma
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluate.coverage import figures_of
from tests.evaluate.simulated import SEVERAL, TWO
from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate
from tunesmith.evaluate import Counts, Review, Tally, Totals
from tunesmith.evaluate.verdicts import outcome, report, report_of_counts, report_of_totals

PAIR = ("ours", "base")
BACK = ("base", "ours")


def both(question: str, first: int | None, second: int | None, judge: str = "j") -> list[Review]:
    """What was said with ours first, and with ours second, seen from ours."""
    return [
        Review(question, PAIR, first, judge=judge),
        Review(question, BACK, None if second is None else -second, judge=judge),
    ]


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [(1, 1, "W"), (1, 0, "W"), (0, 1, "W"), (1, -1, "T"), (-1, 1, "T"), (0, 0, "T"), (0, -1, "L"), (-1, -1, "L"),
     (1, None, "W"), (None, -1, "L"), (None, 0, "T")],
)  # fmt: skip
def test_a_win_needs_one_order_won_and_the_other_not_lost(first: int | None, second: int | None, outcome: str) -> None:
    tally = report(both("1", first, second), "base").contests[0].by_question.tally
    assert tally == {"W": Tally(1, 0, 0), "T": Tally(0, 1, 0), "L": Tally(0, 0, 1)}[outcome]


def test_every_judge_has_one_voice_however_often_it_is_heard() -> None:
    one = [*both("1", 1, 1, "a"), *both("1", -1, 0, "b")]
    assert report(one, "base").contests[0].by_question.tally == Tally(1, 0, 0)
    even = [*both("1", 1, 1, "a"), Review("1", PAIR, -1, judge="b")]
    assert report(even, "base").contests[0].by_question.tally == Tally(0, 1, 0)
    thirds = (
        [Review("1", PAIR, sign, judge="a") for sign in (1, 1, -1)] + both("1", -1, None, "b") + both("1", 1, -1, "c")
    )
    assert report(thirds, "base").contests[0].by_question.tally == Tally(0, 0, 1)


def test_an_order_heard_more_often_weighs_no_more_and_nor_does_a_turn() -> None:
    thrice = [Review("1", PAIR, 1, judge="j")] * 3 + [Review("1", BACK, 1, judge="j")]
    assert report(thrice, "base").contests[0].by_question.tally == Tally(0, 1, 0)
    turns = [
        replace(one, facts={"turn": turn})
        for turn, signs in (("1", (1, 1)), ("2", (-1, 0)))
        for one in both("1", *signs)
    ]
    found = report(turns, "base", by=["turn"]).contests[0]
    assert (found.questions, found.both_orders, found.by_question.tally) == (1, 2, Tally(1, 0, 0))
    assert [group.by_question.tally for group in found.groups] == [Tally(1, 0, 0), Tally(0, 0, 1)]
    assert found.positions[0].flips.value == 0.5  # within a turn, not across turns


def test_the_figures_by_hand() -> None:
    reviews = [*both("1", 1, 1), *both("2", 1, -1), *both("3", -1, -1), *both("4", 1, 0), *both("5", None, 1)]
    found = report(reviews, "base").contests[0]
    assert (found.questions, found.verdicts, found.unreadable, found.both_orders) == (5, 9, 1, 4)
    assert found.by_verdict.tally == Tally(5, 1, 3)
    assert found.paired
    assert found.by_question.tally == Tally(2, 1, 1)  # the fifth could be read in one order only
    assert found.ours_first.tally == Tally(3, 0, 1)
    assert found.theirs_first.tally == Tally(2, 1, 2)
    rates = found.by_question
    assert rates.win_rate.value == pytest.approx(2.5 / 4)
    assert rates.winning_score.value == pytest.approx((2 - 1) / 4 + 1)
    assert rates.beat_rate.value == pytest.approx(2 / 3)
    assert rates.sign_test == 1.0
    assert found.balanced.value == pytest.approx((3 / 4 + 2.5 / 5) / 2)
    assert found.by_verdict.sign_test is None  # two verdicts on a question are not two witnesses
    assert found.ours_first.sign_test == pytest.approx(2 * 5 / 16)


def test_the_relative_score_is_the_ratio_of_the_totals() -> None:
    scores = [(8.0, 9.0), (7.5, 5.0), (9.0, 9.0)]
    reviews = [Review(str(n), PAIR, (a > b) - (a < b), (a, b)) for n, (a, b) in enumerate(scores)]
    reviews.append(Review("x", PAIR, None, (10.0, 1.0)))  # unreadable, whatever the file has in its place
    found = report(reviews, "base").contests[0]
    assert found.totals == (24.5, 23.0)
    assert found.relative.value == pytest.approx(24.5 / 23)
    assert found.relative.rows == 3
    assert report(reviews, "base").scores == {"": {5.0: 1, 7.5: 1, 8.0: 1, 9.0: 3}}


def test_points_of_nothing_have_no_ratio_and_no_traceback() -> None:
    nothing = report([Review(str(n), PAIR, 1, (5.0, 0.0)) for n in range(3)], "base").contests[0].relative
    assert (nothing.value, nothing.low) == (None, None)
    zero = report([Review(str(n), PAIR, -1, (0.0, 5.0)) for n in range(3)], "base").contests[0].relative
    assert (zero.value, zero.low) == (0.0, None)


def test_nothing_readable_is_nothing_said() -> None:
    found = report([Review("1", PAIR, None)], "base")
    assert found.contests[0].by_question.tally.n == 0
    assert found.contests[0].notes == ("No verdict could be read, so there is nothing to tell.",)
    assert report([]).contests == ()


def test_published_counts_get_intervals_and_totals_do_not() -> None:
    (counted,) = report_of_counts([Counts("Explore-LM", "Domain-Instruct-LM", 114, 56, 38)])
    assert counted.by_question.beat_rate.value == pytest.approx(0.75)
    assert counted.by_question.beat_rate.low == pytest.approx(0.6735, abs=2e-3)
    assert counted.questions == 208
    assert "not who judged, nor which answer was shown first" in counted.notes[0]
    (summed,) = report_of_totals([Totals("expertllama", "chatgpt", (655.5, 679.0))])
    assert summed.relative == Estimate(655.5 / 679.0)
    assert summed.by_question.tally.n == 0
    assert summed.notes


def test_groups_are_those_there_are_or_those_asked_for() -> None:
    facts = [{"category": "a", "id": n, "skill": ["x", "y"] if n % 2 else "x", "level": 1} for n in range(40)]
    reviews = [Review(str(n), PAIR, (-1) ** n, facts=fact) for n, fact in enumerate(facts)]
    groups = report(reviews, "base").contests[0].groups
    assert [(group.column, group.value, group.by_question.tally.n) for group in groups] == [
        ("skill", "x", 40), ("skill", "y", 20)
    ]  # fmt: skip
    assert groups[1].by_question.tally == Tally(0, 0, 20)
    assert len(report(reviews, "base", by=["id"]).contests[0].groups) == 40
    with pytest.raises(UsageError, match="no question has 'categry' to group by .did you mean 'category'"):
        report(reviews, "base", by=["categry"])
    with pytest.raises(UsageError, match="say nothing of the questions"):
        report([Review("1", PAIR, 1)], by=["category"])


@pytest.mark.parametrize("number", [1, 2, 30, 31])
def test_a_usual_column_is_taken_up_with_2_to_30_values_and_beyond_that_told(number: int) -> None:
    reviews = [Review(str(n), PAIR, (-1) ** n, facts={"level": n % number}) for n in range(62)]
    found = report(reviews, "base")
    assert len(found.contests[0].groups) == (number if 1 < number <= 30 else 0)
    assert any("level has 31 values, too many" in note for note in found.notes) == (number == 31)
    asked = report(reviews, "base", by=["level"])
    assert len(asked.contests[0].groups) == number
    assert not any("too many" in note for note in asked.notes)


def test_groups_stand_in_order_of_number_and_questions_in_none_are_told() -> None:
    facts = [{"level": n} if n < 12 else {} for n in range(20)]
    found = report([Review(str(n), PAIR, 1, facts=fact) for n, fact in enumerate(facts)], "base")
    assert [group.value for group in found.contests[0].groups] == [str(n) for n in range(12)]
    assert "8 of 20 questions have no level, and are in none of its groups." in found.notes


def test_a_baseline_that_nobody_reviewed_is_refused() -> None:
    with pytest.raises(UsageError, match="no review is of the baseline 'bsae' .did you mean 'base'"):
        report([Review("1", PAIR, 1)], "bsae")


# What must hold whatever the reviews are

_SIGNS = st.sampled_from([1, 1, 0, -1, None])
_SHOWN = [
    ((PAIR, ""),),
    ((BACK, ""),),
    ((PAIR, ""), (BACK, "")),
    ((PAIR, ""), (PAIR, ""), (BACK, "")),
    ((PAIR, 1), (BACK, 1), (PAIR, 2), (BACK, 2)),
    ((PAIR, 1), (BACK, 2)),
]


@st.composite
def anything(draw: st.DrawFn) -> list[Review]:
    """Reviews by up to two judges in up to two orders, heard once or twice, of up to two turns, with whatever facts."""
    found = []
    for question in range(draw(st.integers(1, 12))):
        lengths = draw(st.none() | st.tuples(st.integers(0, 300), st.integers(0, 300)))
        facts = {"category": draw(st.sampled_from(["a", "b"]))}
        for judge in draw(st.sampled_from([("x",), ("x", "y")])):
            for models, turn in draw(st.sampled_from(_SHOWN)):
                sign = draw(_SIGNS)
                scores = None if sign is None else draw(st.sampled_from([None, (5.0 + sign, 5.0), (8.0, 8.0 - sign)]))
                turned = lengths if lengths is None or models == PAIR else lengths[::-1]
                told = facts | ({"turn": turn} if turn else {})
                found.append(Review(str(question), models, sign, scores, judge, True, told, turned))
    return found


@settings(deadline=None, max_examples=80)
@given(anything(), st.randoms(use_true_random=False))
def test_the_order_of_reviews_means_nothing(reviews: list[Review], dice: random.Random) -> None:
    mixed = list(reviews)
    dice.shuffle(mixed)
    assert report(reviews, "base") == report(mixed, "base")


@settings(deadline=None, max_examples=80)
@given(anything())
def test_ours_and_theirs_mirror_each_other(reviews: list[Review]) -> None:
    one, other = report(reviews, "base").contests[0], report(reviews, "ours").contests[0]
    for name in ("by_verdict", "by_question"):
        mine, yours = getattr(one, name), getattr(other, name)
        assert (mine.tally.wins, mine.tally.ties) == (yours.tally.losses, yours.tally.ties)
        assert mine.sign_test == yours.sign_test
        for rate, whole in (("win_rate", 1.0), ("winning_score", 2.0), ("beat_rate", 1.0)):
            _mirrored(getattr(mine, rate), getattr(yours, rate), lambda x, whole=whole: whole - x)
    _mirrored(one.relative, other.relative, lambda x: 1 / x)
    for mine, yours in zip(one.positions, other.positions, strict=True):
        _close(mine.first, yours.first)
        _close(mine.flips, yours.flips)
    _mirrored(one.balanced, other.balanced, lambda x: 1 - x)
    assert outcome(one) == {"better": "worse", "worse": "better"}.get(outcome(other), outcome(other))
    if one.length and other.length:
        _close(one.length.longer, other.length.longer)
        _close(one.length.slope, other.length.slope)
        _mirrored(one.length.controlled, other.length.controlled, lambda x: 1 - x)
    for mine, yours in zip(report(reviews, "base").agreements, report(reviews, "ours").agreements, strict=True):
        _close(mine.kappa, yours.kappa)
        _close(mine.f1, yours.f1)
        _close(mine.accuracy, yours.accuracy)


@settings(deadline=None, max_examples=80)
@given(anything())
def test_a_second_judge_who_echoes_the_first_makes_nothing_surer(reviews: list[Review]) -> None:
    alone = [review for review in reviews if review.judge == "x"]
    echoed = alone + [replace(review, judge="echo") for review in alone]
    one, two = report(alone, "base").contests[0], report(echoed, "base").contests[0]
    pairs = [
        (one.relative, two.relative),
        (one.by_question.win_rate, two.by_question.win_rate),
        (one.by_verdict.win_rate, two.by_verdict.win_rate),
        (one.by_question.beat_rate, two.by_question.beat_rate),
    ]
    if one.length and two.length:
        pairs += [(one.length.controlled, two.length.controlled), (one.length.longer, two.length.longer)]
    for single, double in pairs:
        assert single.value == pytest.approx(double.value)
        assert single.low == pytest.approx(double.low, abs=1e-9)
        assert single.high == pytest.approx(double.high, abs=1e-9)


@settings(deadline=None, max_examples=80)
@given(anything(), st.integers(1, 5))
def test_more_unreadable_reviews_change_their_count_and_nothing_else(reviews: list[Review], more: int) -> None:
    again = reviews + [Review(str(n), PAIR, None, None, "z", facts={"type": str(n)}) for n in range(more)]
    before, after = report(reviews, "base"), report(again, "base")
    assert after.contests[0].unreadable == before.contests[0].unreadable + more
    changed = replace(after.contests[0], unreadable=before.contests[0].unreadable, notes=before.contests[0].notes)
    assert changed == before.contests[0]
    assert (after.agreements, after.scores) == (before.agreements, before.scores)


@settings(deadline=None, max_examples=60)
@given(anything())
def test_intervals_hold_their_figures_and_stay_within_bounds(reviews: list[Review]) -> None:
    for name, found in figures_of(report(reviews, "base")):
        if found.value is not None and found.low is not None and found.high is not None:
            assert found.low <= found.value + 1e-9, name
            assert found.value <= found.high + 1e-9, name
            assert found.low < found.high, name
            if not name.endswith(("slope", "1", "2", "relative score")):
                assert -1 <= found.low <= found.high <= (2 if "winning" in name else 1), name


def test_of_several_models_neither_order_nor_seeds_change_what_matters() -> None:
    reviews = SEVERAL.reviews(60, 1)
    mixed = random.Random(2).sample(reviews, len(reviews))
    one, other = report(reviews, "x"), report(mixed, "x")
    assert one.standings == other.standings
    again = report(reviews, "x", seed=1)
    assert [place.strength for place in again.standings] == [place.strength for place in one.standings]
    assert again.standings[0].elo == pytest.approx(one.standings[0].elo, abs=5)
    assert again.standings[0].elo != one.standings[0].elo


def test_intervals_shrink_with_the_root_of_the_questions() -> None:
    small, large = (report(TWO.reviews(n, 3), "base").contests[0] for n in (100, 1600))
    for name in ("win_rate", "beat_rate"):
        few, many = getattr(small.by_question, name), getattr(large.by_question, name)
        assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.2)


# Real reviews


def test_alpaca_eval_has_its_win_rate(shared: Path) -> None:
    with lzma.open(shared / "alpaca_eval" / "alpaca-7b_annotations.json.xz", "rt", encoding="utf-8") as file:
        rows = json.load(file)
    reviews = [
        Review(str(n), (row["generator_1"], row["generator_2"]), {1: 1, 2: -1}.get(row["preference"], 0), shown=False)
        for n, row in enumerate(rows)
    ]
    found = report(reviews, rows[0]["generator_1"]).contests[0]
    assert found.by_question.tally == Tally(205, 16, 584)
    assert 100 * (found.by_question.win_rate.value or 0) == pytest.approx(26.4596, abs=5e-5)
    assert found.by_question.sign_test is not None
    assert found.by_question.sign_test < 1e-40
    assert any("not known which answer was shown first" in note for note in found.notes)


def test_expertllama_has_its_relative_score(shared: Path) -> None:
    (path,) = (shared / "expertllama" / "reviews_vs_chatgpt").glob("*expertllama*")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    reviews = [
        Review(str(n), ("chatgpt", "expertllama"), 0, (row["score"][0], row["score"][1])) for n, row in enumerate(rows)
    ]
    found = report(reviews, "chatgpt").contests[0]
    assert found.totals == (655.5, 679.0)
    assert 100 * (found.relative.value or 0) == pytest.approx(96.539, abs=5e-4)
    assert found.relative.low is not None
    assert found.relative.high is not None
    assert found.relative.low < found.relative.value < found.relative.high  # type: ignore[operator]


def _close(one: Estimate, other: Estimate) -> None:
    _mirrored(one, Estimate(other.value, other.high, other.low), lambda x: x)


def _mirrored(one: Estimate, other: Estimate, turn: object) -> None:
    assert callable(turn)
    turned = [None if x is None else turn(x) for x in (other.value, other.high, other.low)]
    for mine, yours in zip((one.value, one.low, one.high), turned, strict=True):
        assert mine == (yours if yours is None else pytest.approx(yours, rel=1e-6, abs=1e-7))
