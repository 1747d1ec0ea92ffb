"""What is said with the figures: each word where it is due, and nowhere else."""

from __future__ import annotations

import pytest

from tests.evaluate.simulated import Judge, World
from tunesmith.evaluate import Review
from tunesmith.evaluate.verdicts import report

PAIR = ("ours", "base")


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
    assert "Each question was shown in one order" in notes(single)
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
    assert "1 of 50 bouts have readable verdicts in one order only" in notes(reviews[1:])


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
    assert "The length-controlled win rate cannot be told" in notes(reviews)
