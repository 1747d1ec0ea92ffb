"""Agreement of judges, among themselves and with people: by hand, by definition, and where it cannot be told."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tunesmith.curate.agreement import cohen
from tunesmith.evaluate import Agreement, Review
from tunesmith.evaluate.verdicts import report
from tunesmith.evaluate.verdicts.agreement import Table, agreement, macro_f1

PAIR = ("ours", "base")


def said(judge: str, signs: str, models: tuple[str, str] = PAIR) -> list[Review]:
    """What a judge says of questions 0, 1 and so on: W, T or L; a dot is unreadable and a blank is nothing."""
    meaning = {"W": 1, "T": 0, "L": -1, ".": None}
    return [Review(str(n), models, meaning[sign], judge=judge) for n, sign in enumerate(signs) if sign != " "]


def between(*reviews: list[Review]) -> Agreement:
    (found,) = report([review for part in reviews for review in part], "base").agreements
    return found


def test_by_hand() -> None:
    found = between(said("a", "WWWTTLLLLL"), said("b", "WWTTTLLLWW"))
    # Alike on 7 of 10. By chance: wins 3 * 4, ties 2 * 3, losses 5 * 3 of 100.
    assert found.judges == ("a", "b")
    assert found.accuracy.value == pytest.approx(0.7)
    assert found.kappa.value == pytest.approx((0.7 - 0.33) / (1 - 0.33))
    assert found.f1.value == pytest.approx((2 * 2 / 7 + 2 * 2 / 5 + 2 * 3 / 8) / 3)
    assert found.kappa.rows == 10


def test_the_interval_is_the_jackknife_done_question_by_question() -> None:
    dice = random.Random(4)
    tables = [Table((dice.choice((1, 0, -1)), dice.choice((1, 1, 0, -1))) for _ in range(1 + n % 2)) for n in range(40)]
    found = agreement(("a", "b"), tables).f1
    values = [macro_f1(sum(tables[:n] + tables[n + 1 :], Table())) or 0.0 for n in range(40)]
    mean = sum(values) / 40
    assert found.error == pytest.approx((39 / 40 * sum((value - mean) ** 2 for value in values)) ** 0.5)


def test_only_what_both_could_say_is_compared() -> None:
    found = between(said("a", "WWT.L "), said("b", "WL.TLW"))
    assert found.accuracy.rows == 3
    assert found.accuracy.value == pytest.approx(2 / 3)
    assert report(said("a", "WW  "), "base").agreements == ()
    assert report(said("a", "WW  ") + said("b", "  WL"), "base").agreements == ()


def test_the_order_in_which_answers_were_shown_means_nothing() -> None:
    mirrored = [Review(one.question, PAIR[::-1], -(one.sign or 0), judge="b") for one in said("b", "WTLWT")]
    assert between(said("a", "WTLWT"), mirrored).accuracy.value == 1.0


def test_an_interval_that_few_cases_would_decide_is_not_given_and_why_is_told() -> None:
    rare = report(said("a", "W" * 60 + "L" * 60 + "T" * 3) + said("b", "W" * 50 + "L" * 70 + "T" * 3), "base")
    (found,) = rare.agreements
    assert found.kappa.value is not None
    assert (found.kappa.low, found.f1.low) == (None, None)
    assert "too few cases tell (a names 3 ties)" in found.why
    assert any("Kappa and F1 of a and b have no interval: too few" in note for note in rare.notes)
    alike = between(said("a", "W" * 60 + "L" * 60), said("b", "W" * 58 + "L" * 62))
    assert "they differ on 2 wins" in alike.why
    enough = between(said("a", "W" * 60 + "L" * 60), said("b", "W" * 50 + "L" * 70))
    assert (enough.why, enough.kappa.low is None, enough.f1.low is None) == ("", False, False)


def test_where_kappa_and_f1_have_an_interval_it_holds_the_truth() -> None:
    """Ties are a tenth, and one case of four is called by lot."""
    chances = {1: 0.5, 0: 0.1, -1: 0.4}
    cells = {(a, b): p * (0.75 * (a == b) + 0.25 * q) for a, p in chances.items() for b, q in chances.items()}
    whole = Counter({cell: round(1_000_000 * chance) for cell, chance in cells.items()})
    truths, held, times = (cohen(whole) or 0.0, macro_f1(whole) or 0.0), [0, 0], 0
    dice = random.Random(1)
    for _ in range(250):
        tables = [Table([cell]) for cell in dice.choices(list(cells), list(cells.values()), k=180)]
        found = agreement(("a", "b"), tables)
        times += not found.why
        for place, figure in enumerate((found.kappa, found.f1)):
            held[place] += figure.low is not None and figure.low <= truths[place] <= (figure.high or 1.0)
    assert times > 200
    assert min(held) > 0.91 * times


def test_full_agreement_and_one_class() -> None:
    full = between(said("a", "WTLWTL"), said("b", "WTLWTL"))
    assert (full.kappa.value, full.f1.value, full.kappa.low) == (1.0, 1.0, None)
    assert full.why == "the two always say the same"
    alike = between(said("a", "WWWW"), said("b", "WWWW"))
    assert (alike.kappa.value, alike.accuracy.value, alike.f1.value) == (None, 1.0, 1.0)
    assert alike.accuracy.low is not None  # four of four may be less of all


def test_people_have_one_voice_each_and_together_are_one_judge() -> None:
    votes = said("ann", "WWL") + said("bob", "WLL") + said("cy", "LWT")
    found = report(said("gpt", "WWL"), "base", votes=votes)
    (only,) = found.agreements
    assert only.judges == ("gpt", "people")
    assert only.accuracy.value == 1.0
    assert found.contests[0].by_question.tally.n == 3  # votes are no verdicts
    assert found.contests[0].verdicts == 3
    (named,) = report(said("gpt", "WWL"), "base", votes=said("ann", "WLL")).agreements
    assert named.judges == ("gpt", "ann")
    assert named.accuracy.value == pytest.approx(2 / 3)


def test_votes_are_seen_from_the_same_side_whoever_comes_first() -> None:
    votes = [Review(one.question, ("base", "ours"), -(one.sign or 0), judge="people") for one in said("", "WTLW")]
    assert report(said("gpt", "WTLW"), "ours", votes=votes).agreements[0].accuracy.value == 1.0
    assert report(said("gpt", "WTLW"), "base", votes=votes).agreements[0].accuracy.value == 1.0


def test_several_contests_are_taken_together_and_questions_stay_the_units() -> None:
    reviews = [
        review
        for judge, signs in (("a", "WTLW" * 10), ("b", "WTLL" * 10))
        for ours in ("m", "n", "o")
        for review in said(judge, signs, (ours, "base"))
    ]
    found = report(reviews, "base").agreements[0]
    single = report([review for review in reviews if "m" in review.models], "base").agreements[0]
    assert found.accuracy.rows == 120
    assert found.accuracy.value == single.accuracy.value == 0.75
    assert found.accuracy.low == pytest.approx(single.accuracy.low, abs=1e-9)
    assert found.kappa.error == pytest.approx(single.kappa.error)


def test_f1_is_the_usual_one() -> None:
    """2 * precision * recall / (precision + recall), whichever is the truth."""
    dice = random.Random(1)
    table = Counter((dice.choice((1, 0, -1)), dice.choice((1, 0, -1))) for _ in range(100))
    scores = []
    for name in (1, 0, -1):
        hits = table[name, name]
        precision = hits / sum(count for (a, _), count in table.items() if a == name)
        recall = hits / sum(count for (_, b), count in table.items() if b == name)
        scores.append(2 * precision * recall / (precision + recall))
    assert macro_f1(table) == pytest.approx(sum(scores) / 3)
    assert macro_f1(Counter({(b, a): count for (a, b), count in table.items()})) == pytest.approx(sum(scores) / 3)
    assert macro_f1(Table()) is None
