"""Several models in order: against choix, by hand, and where the games do not say."""

from __future__ import annotations

import random
from itertools import combinations
from math import log

import pytest

from tunesmith.evaluate import Review
from tunesmith.evaluate.verdicts import report
from tunesmith.evaluate.verdicts.bradley_terry import SCALE, inverted, strengths
from tunesmith.evaluate.verdicts.games import Game, components
from tunesmith.evaluate.verdicts.logistic import sigmoid
from tunesmith.evaluate.verdicts.standings import elo


def games(truth: dict[str, float], questions: int, seed: int, ties: float = 0.0) -> list[Game]:
    """Each against each on every question, by Bradley and Terry's law."""
    dice = random.Random(seed)

    def result(a: str, b: str) -> float:
        return 0.5 if dice.random() < ties else float(dice.random() < sigmoid(truth[a] - truth[b]))

    return [Game(str(n), (a, b), result(a, b), 1) for n in range(questions) for a, b in combinations(sorted(truth), 2)]


@pytest.mark.parametrize("seed", range(4))
def test_strengths_are_those_of_choix(seed: int) -> None:
    choix = pytest.importorskip("choix")
    truth = {"a": -0.8, "b": 0.1, "c": 0.3, "d": 1.2}
    played, names = games(truth, 40, seed, ties=0.3), list(truth)
    wins = []
    for game in played:
        a, b = map(names.index, game.models)
        wins += [(a, b)] * round(2 * game.result) + [(b, a)] * round(2 - 2 * game.result)
    expected = choix.ilsr_pairwise(4, wins)
    found = strengths(played, names)
    for name, strength in zip(names, expected - expected.mean(), strict=True):
        assert found[name].value == pytest.approx(1000 + SCALE * strength, abs=1e-3)


def test_two_models_have_the_odds_between_them() -> None:
    played = [Game(str(n), ("a", "b"), float(n < 30), 1) for n in range(40)]
    found = strengths(played, ["a", "b"])
    assert found["a"].value is not None
    assert found["b"].value is not None
    assert found["a"].value - found["b"].value == pytest.approx(SCALE * log(3))
    assert found["a"].value + found["b"].value == pytest.approx(2000)
    # log odds: sqrt(1 / (n p q)), once more as a sandwich with 40 / 39; each strength has half of it
    assert found["a"].error == pytest.approx(SCALE * (1 / (40 * 0.75 * 0.25) * 40 / 39) ** 0.5 / 2)


def test_the_same_verdict_ten_times_is_no_surer_than_once() -> None:
    once = games({"a": 0.0, "b": 0.5, "c": 1.0}, 60, 3)
    ten = [game for game in once for _ in range(10)]
    for name, found in strengths(once, ["a", "b", "c"]).items():
        again = strengths(ten, ["a", "b", "c"])[name]
        assert again.value == pytest.approx(found.value)
        assert again.error == pytest.approx(found.error)


def test_a_model_that_always_wins_has_no_strength_and_the_others_have_theirs() -> None:
    played = games({"a": 0.0, "b": 0.5, "c": 1.0}, 40, 4)
    champion = [Game(str(n), (model, "z"), 0.0, 1) for n in range(40) for model in "abc"]
    assert components(played + champion) == [["a", "b", "c"], ["z"]]
    found = report(_reviews(played + champion))
    assert [place.model for place in found.standings] == ["z", "c", "b", "a"]
    assert found.standings[0].strength.value is None
    without = {place.model: place.strength for place in report(_reviews(played)).standings}
    assert {place.model: place.strength for place in found.standings[1:]} == without
    assert any("Strength cannot be told of z" in note for note in found.notes)


def test_models_that_never_met_are_not_ranked_against_each_other() -> None:
    played = games({"a": 0.0, "b": 0.5}, 30, 5) + games({"c": 0.0, "d": 0.5}, 30, 6)
    found = report(_reviews(played))
    assert all(place.strength.value is None for place in found.standings)
    assert "a, b, c, d" in found.notes[0]


def test_one_tie_joins_what_was_apart() -> None:
    apart = games({"a": 0.0, "b": 0.5}, 30, 5) + [Game(str(n), ("b", "c"), 1.0, 1) for n in range(30)]
    assert len(components(apart)) == 2
    joined = [*apart, Game("x", ("b", "c"), 0.5, 1)]
    assert len(components(joined)) == 1
    found = strengths(joined, ["a", "b", "c"])
    assert (found["c"].value or 0) < (found["b"].value or 0)


def test_two_models_have_no_standings() -> None:
    assert report(_reviews(games({"a": 0.0, "b": 0.5}, 30, 5))).standings == ()


def test_elo_gives_back_what_it_takes_and_comes_near_the_strengths() -> None:
    truth = {"a": 0.0, "b": 0.5, "c": 1.0}
    played = games(truth, 300, 7)
    ratings, fitted = elo(played, 0, 100), strengths(played, list(truth))
    assert sum(ratings.values()) == pytest.approx(3000)
    for name in truth:
        assert ratings[name] == pytest.approx(fitted[name].value or 0, abs=20)


def test_one_game_of_elo_by_hand() -> None:
    assert elo([Game("1", ("a", "b"), 1.0, 1)], 0, 5) == {"a": 1008.0, "b": 992.0}


def test_inverting_is_inverting() -> None:
    matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]]
    inverse = inverted(matrix)
    for row in range(3):
        product = [sum(matrix[row][k] * inverse[k][n] for k in range(3)) for n in range(3)]
        assert product == pytest.approx([float(row == n) for n in range(3)])


def _reviews(played: list[Game]) -> list[Review]:
    return [Review(game.question, game.models, round(2 * game.result) - 1) for game in played]
