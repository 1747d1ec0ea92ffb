"""What is said with the figures: each word where it is due, and nowhere else."""

from __future__ import annotations

import pytest

from tests.evaluate.simulated import Judge, World
from tunesmith.evaluate import Review
from tunesmith.evaluate.verdicts import report

PAIR, BACK = ("ours", "base"), ("base", "ours")


def notes(reviews: list[Review]) -> str:
    return "\n".join(report(reviews, "base").contests[0].notes)


def test_a_clean_contest_has_none() -> None:
    assert notes(World(judges={"a": Judge()}).reviews(100, 1)) == ""


def test_what_could_not_be_read_is_told() -> None:
    reviews = World(judges={"a": Judge()}).reviews(50, 1)
    more = [*reviews, Review("0", PAIR, None, judge="a"), Review("none", PAIR, None, judge="a")]
    assert "2 of 102 verdicts could not be read; they count neither way." in notes(more)
    assert "1 question has no readable verdict" in notes(more)


def test_one_order_only_is_told() -> None:
    single = World(judges={"a": Judge()}, both=False).reviews(50, 1)
    assert "No comparison was read in both orders" in notes(single)
    same = [review for review in World(judges={"a": Judge()}).reviews(50, 1) if review.models[0] == "base"]
    assert "base was always shown first" in notes(same)
    assert "base was always shown first" in "\n".join(report(same, "ours").contests[0].notes)
    unknown = [Review(str(n), PAIR, 1 - n % 3, shown=False) for n in range(40)]
    assert "not known which answer was shown first" in notes(unknown)


def test_a_liking_for_a_model_is_not_taken_for_one_for_its_place() -> None:
    reviews = [Review(str(n), PAIR, 1 if n % 8 else -1, judge="a") for n in range(80)]
    assert report(reviews, "base").contests[0].positions == ()
    assert "prefers" not in notes(reviews)


def test_a_bout_of_which_one_order_is_missing_is_told() -> None:
    reviews = World(judges={"a": Judge()}).reviews(50, 1)
    assert "1 of 50 comparisons could be read in one order only; they are left out" in notes(reviews[1:])
    few = [review for review in reviews if review.models[0] == "base" or int(review.question) < 5]
    said = notes(few)
    assert "Only 5 of 50 comparisons were read in both orders" in said
    assert "ours was shown first in 5 of 55 verdicts" in said


def test_what_is_known_of_some_orders_is_not_taken_for_all() -> None:
    some = [Review(str(n), PAIR, 1 - n % 3, judge="j", shown=n == 0) for n in range(40)]
    assert "Of 39 of 40 verdicts, it is not known which answer was shown first." in notes(some)
    assert "always shown first" not in notes(some)
    assert "one order only" not in notes(some)


def test_two_judges_in_one_order_each_are_not_one_order_a_question() -> None:
    reviews = [Review(str(n), models, 1, judge=models[0]) for n in range(40) for models in (PAIR, BACK)]
    assert "No comparison was read in both orders" in notes(reviews)
    assert "was shown in one order" not in notes(reviews)


def test_judges_who_share_the_questions_have_no_voice_each_on_a_question() -> None:
    shared = [Review(str(n), PAIR, 1 - n % 3, judge="abc"[n % 3]) for n in range(60)]
    assert "There are 3 judges; each question has one of them." in notes(shared)
    every = [Review(str(n), PAIR, 1 - n % 3, judge=judge) for n in range(60) for judge in "ab"]
    assert "There are 2 judges; each has one voice on a question." in notes(every)


def test_who_makes_the_relative_score_is_told() -> None:
    reviews = [
        Review(str(n), PAIR, 1, scores, judge)
        for n in range(40)
        for judge, scores in (("a", (9.0, 8.0)), ("b", (90.0, 40.0 + n)))
    ]
    assert "The relative score is mostly made by b, whose scores go up to 90; those of a go up to 9." in notes(reviews)
    assert "mostly made by" not in notes([review for review in reviews if review.judge == "a"])
    often = [Review(str(n), PAIR, 1, (9.0, 8.0 - n % 2)) for n in range(40) for _ in range(5 if n == 0 else 1)]
    assert "Questions have 1 to 5 verdicts with scores" in notes(often)


def test_a_judge_of_a_good_model_shown_first_nearly_always_has_no_liking_for_places() -> None:
    """Ours wins seven of eight, wherever it stands; but it stood first on 70 of 80 questions."""
    reviews = [Review(str(n), *((PAIR, 1) if n % 8 else (PAIR, -1)), judge="a") for n in range(70)]
    reviews += [Review(str(n), *((BACK, -1) if n % 8 else (BACK, 1)), judge="a") for n in range(70, 80)]
    (bias,) = report(reviews, "base").contests[0].positions
    assert bias.first.low is not None
    assert bias.first.high is not None
    assert bias.first.low < 0.5 < bias.first.high
    assert bias.first.value == pytest.approx((61 / 70 + 1 / 10) / 2, abs=0.01)


def test_few_questions_and_many_ties_are_told() -> None:
    ties = [Review(str(n), models, 0, judge="a") for n in range(10) for models in (PAIR, PAIR[::-1])]
    assert "There are few questions (10)" in notes(ties)
    assert "More than half of the questions are ties (10 of 10)." in notes(ties)


@pytest.mark.parametrize(
    ("judge", "model", "own"),
    [("gpt-4", "GPT4", True), ("openai:gpt-4", "gpt-4", True), ("gpt-4", "gpt-4-turbo", False), ("", "", False)],
)
def test_a_judge_of_its_own_answers_is_named(judge: str, model: str, own: bool) -> None:
    reviews = [Review(str(n), (model or "x", "base"), 1 - n % 3, judge=judge) for n in range(40)]
    assert ("judged its own answers" in notes(reviews)) == own


def test_a_score_without_an_interval_is_told() -> None:
    reviews = [Review(str(n), PAIR, 1, (8.0, 4.0)) for n in range(40)]
    assert report(reviews, "base").contests[0].relative.value == 2.0
    assert "The relative score has no interval" in notes(reviews)


def test_a_contest_that_length_decides_is_told() -> None:
    reviews = [Review(str(n), PAIR, 1 if n % 2 else -1, lengths=(9, 5) if n % 2 else (5, 9)) for n in range(40)]
    assert "at equal length cannot be told: length alone separates" in notes(reviews)
