"""Pairs made from scores: which there are, and that the better answer is the chosen one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.curate.candidates import Candidate
from tunesmith.curate.pairing import Scored, pairs_of, verdicts_on
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.pairs import Pairs


def scored(*scores: float) -> list[Scored]:
    return [Scored(Candidate(f"m{n}", f"text {n}"), score) for n, score in enumerate(scores)]


many = st.lists(st.integers(1, 10).map(float), min_size=2, max_size=6)


@given(many, st.sampled_from(["all", "extremes", "adjacent"]), st.text(max_size=5))
def test_the_better_one_is_chosen_and_no_pair_comes_twice(scores: list[float], which: Any, seed: str) -> None:
    pairs = list(pairs_of(scored(*scores), which, seed))
    assert all(pair.chosen.score >= pair.rejected.score for pair in pairs)
    assert all(pair.margin == pair.chosen.score - pair.rejected.score for pair in pairs)
    names = [frozenset((pair.chosen.candidate.model, pair.rejected.candidate.model)) for pair in pairs]
    assert len(set(names)) == len(names)
    number = len(scores)
    assert len(pairs) == {"all": number * (number - 1) // 2, "extremes": 1, "adjacent": number - 1}[which]
    if which == "extremes":
        assert pairs[0].margin == max(scores) - min(scores)


@given(many, st.text(max_size=5))
def test_all_pairs_are_all_pairs(scores: list[float], seed: str) -> None:
    found = {
        frozenset((pair.chosen.candidate.model, pair.rejected.candidate.model))
        for pair in pairs_of(scored(*scores), "all", seed)
    }
    assert found == {frozenset(two) for two in combinations([f"m{n}" for n in range(len(scores))], 2)}


def test_the_same_text_twice_is_no_pair() -> None:
    same = Scored(Candidate("m9", "text 0"), 8.0)
    pairs = list(pairs_of([*scored(8, 5), same], "all", ""))
    assert [(pair.chosen.candidate.text, pair.rejected.candidate.text) for pair in pairs] == [("text 0", "text 1")] * 2


def test_the_order_of_a_tie_is_drawn() -> None:
    first = [next(pairs_of(scored(5, 5), "all", str(row))).chosen.candidate.model for row in range(400)]
    assert 140 < first.count("m0") < 260


def test_verdicts_are_read_through_the_name_that_was_shown() -> None:
    (pair,) = pairs_of(scored(8, 5), "all", "")
    verdicts = [{"order": ["other", "m1"], "scores": [8, 5]}, {"order": ["m1", "other"], "scores": [6, 6]}]
    assert verdicts_on(pair, verdicts, {"m0": "other", "m1": "m1"}) == [1, 0]


def row(scores: dict[str, float], texts: dict[str, str] | None = None, verdicts: Any = ()) -> Row:
    candidates = [{"model": name, "text": (texts or {}).get(name, f"text of {name}")} for name in scores]
    base = {"id": "7", "instruction": "Q", "input": "", "output": "old"}
    return base | {"candidates": candidates, "scores": scores, "verdicts": list(verdicts)}


def verdict(*shown: tuple[str, float]) -> dict[str, Any]:
    return {"judge": "", "order": [name for name, _ in shown], "scores": [score for _, score in shown]}


def run(step: Pairs, source: Row) -> tuple[list[Row], list[dict[str, Any]]]:
    entries: list[dict[str, Any]] = []
    return list(step.run([source], Ledger("pairs", entries.append), None)), entries


def test_a_row_becomes_a_row_for_each_pair() -> None:
    out, entries = run(Pairs(), row({"a": 9.0, "b": 6.5, "c": 3.0}))
    assert [(r["id"], r["chosen_model"], r["rejected_model"], r["margin"]) for r in out] == [
        ("7", "a", "b", 2.5),
        ("7.pairs.1", "a", "c", 6.0),
        ("7.pairs.2", "b", "c", 3.5),
    ]
    assert out[0] == {
        "id": "7", "instruction": "Q", "input": "", "output": "old", "chosen": "text of a", "rejected": "text of b",
        "chosen_model": "a", "rejected_model": "b", "chosen_score": 9.0, "rejected_score": 6.5, "margin": 2.5,
    }  # fmt: skip
    assert [entry["fate"] for entry in entries] == ["changed", "added", "added"]


@pytest.mark.parametrize(
    ("settings", "scores", "pairs"),
    [
        ({"margin": 3}, {"a": 9.0, "b": 6.5, "c": 3.0}, [("a", "c"), ("b", "c")]),
        ({"which": "extremes"}, {"a": 3.0, "b": 6.5, "c": 9.0}, [("c", "a")]),
        ({"which": "adjacent"}, {"a": 3.0, "b": 6.5, "c": 9.0}, [("c", "b"), ("b", "a")]),
        ({"which": "adjacent"}, {"a": 3.0, "b": 9.0, "c": 9.0}, [("c", "a")]),
    ],
)
def test_settings_choose_pairs(settings: Any, scores: dict[str, float], pairs: list[tuple[str, str]]) -> None:
    out, _ = run(Pairs(**settings), row(scores))
    assert [(r["chosen_model"], r["rejected_model"]) for r in out] == pairs


def test_means_one_point_apart_are_one_point_apart_whatever_they_are_in_binary() -> None:
    a, b = 8.2, 7.2
    assert a - b < 1
    out, _ = run(Pairs(margin=1), row({"a": a, "b": b}))
    assert [one["margin"] for one in out] == [1.0]
    out, _ = run(Pairs(margin=1), row({"a": a - 1e-6, "b": b}))
    assert out == []
    nearly = (0.1 + 0.2, 0.3)
    out, entries = run(Pairs(), row({"a": nearly[0], "b": nearly[1]}))
    assert (out, entries[0]["reason"]) == ([], "a tie")
    out, _ = run(Pairs(ties="keep"), row({"a": nearly[0], "b": nearly[1]}))
    assert [str(one["margin"]) for one in out] == ["0.0"]


FOREIGN = [
    {"judge": "j", "order": ["a", "b"], "scores": ["x", 2]},
    {"judge": "j", "order": ["a", "b"], "scores": "32"},
    {"judge": "j", "order": ["a", ["b"]], "scores": [1, 2]},
    {"judge": "j", "order": ["a", "a"], "scores": [1, 2]},
    {"order": ["a", "b"], "scores": [1, 2]},
    {"judge": "j", "order": ["a", "b"], "scores": [1, float("nan")]},
    {"judge": "j", "order": ["a"], "scores": [1, 2]},
    3,
]


@pytest.mark.parametrize("verdict", FOREIGN)
def test_verdicts_of_another_form_drop_the_row_with_a_reason(verdict: Any) -> None:
    out, entries = run(Pairs(agree=True), row({"a": 9.0, "b": 5.0}, verdicts=[verdict]))
    assert out == []
    assert "the column 'verdicts' is not a list of" in entries[0]["reason"]


def test_ties_are_kept_by_choice_with_margin_0() -> None:
    tied = row({"a": 7.0, "b": 7.0})
    out, entries = run(Pairs(), tied)
    assert (out, entries[0]["reason"]) == ([], "a tie")
    out, _ = run(Pairs(ties="keep", margin=2), tied)
    assert [(r["margin"], {r["chosen_model"], r["rejected_model"]}) for r in out] == [(0.0, {"a", "b"})]


def test_pairs_that_are_left_out_are_counted() -> None:
    ledger = Ledger("pairs", lambda entry: None)
    rows = [row({"a": 9.0, "b": 9.0, "c": 3.0}), row({"a": 5.0, "b": 5.0}) | {"id": "8"}]
    out = list(Pairs(margin=7).run(rows, ledger, None))
    assert out == []
    assert ledger.tally.notes == ["2 pairs were left out: a difference below 7", "2 pairs were left out: a tie"]
    assert [one["margin"] for one in Pairs().sketch(rows[0])] == [6.0, 6.0]


def test_only_pairs_on_which_all_verdicts_agree() -> None:
    verdicts = [verdict(("a", 9), ("b", 7), ("c", 3)), verdict(("c", 4), ("b", 8), ("a", 8))]
    source = row({"a": 8.5, "b": 7.5, "c": 3.5}, verdicts=verdicts)
    out, _ = run(Pairs(agree=True), source)
    assert [(r["chosen_model"], r["rejected_model"]) for r in out] == [("a", "c"), ("b", "c")]
    out, entries = run(Pairs(agree=True), source | {"verdicts": verdicts[:1]})
    assert (out, entries[0]["reason"]) == ([], "one verdict only, so that none can agree with it")


def test_the_same_text_of_two_models_has_one_verdict_and_both_pairs() -> None:
    texts = {"a": "same", "b": "same", "c": "other"}
    verdicts = [verdict(("a", 8), ("c", 5)), verdict(("c", 5), ("a", 8))]
    out, _ = run(Pairs(agree=True), row({"a": 8.0, "b": 8.0, "c": 5.0}, texts, verdicts))
    assert [(r["chosen_model"], r["rejected_model"]) for r in out] == [("a", "c"), ("b", "c")]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (row({"a": 9.0, "b": 8.0}) | {"scores": "x"}, "the column 'scores' does not hold a score for each model"),
        (row({"a": 9.0, "b": 8.0}) | {"candidates": [1]}, "is not a list of"),
        (row({"a": 9.0, "b": 8.0}) | {"scores": {"a": 9.0}}, "fewer than two scored answers"),
        (row({"a": 9.0, "b": 9.0}, {"a": "x", "b": "x"}), "all answers are the same"),
    ],
)
def test_rows_without_a_pair_say_why(source: Row, reason: str) -> None:
    out, entries = run(Pairs(), source)
    assert out == []
    assert reason in entries[0]["reason"]
    assert list(Pairs().sketch(source)) == []


def test_columns_that_went_through_csv_are_read() -> None:
    import json

    source = {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in row({"a": 9.0, "b": 2.0}).items()}
    out, _ = run(Pairs(), source)
    assert out[0]["margin"] == 7.0
    verdicts = json.dumps([verdict(("a", 9), ("b", 2)), verdict(("b", 2), ("a", 9))])
    out, _ = run(Pairs(agree=True), source | {"verdicts": verdicts})
    assert len(out) == 1
