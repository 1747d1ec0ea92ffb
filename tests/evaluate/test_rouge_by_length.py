"""ROUGE by length of the reference, held against `rouge_score`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from scipy.stats import t

from tunesmith.curate.rouge import rouge_n
from tunesmith.data.rouge_files import read_rouge
from tunesmith.errors import DataError, UsageError
from tunesmith.evaluate.answered import Answered
from tunesmith.evaluate.rouge_by_length import ALL, PUBLISHED_BINS, parse_bins, rouge_by_length, weighted_gap

SCORER = RougeScorer(["rouge1", "rouge2", "rougeL"])
TEXTS = st.lists(st.sampled_from(["a", "B", "the", "cat", "7", "K", ",", "\n", "café", "猫"]), max_size=20).map(
    " ".join
)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_rouge_n_is_what_rouge_score_says_to_the_bit(one: str, other: str) -> None:
    found = SCORER.score(one, other)
    assert rouge_n(one, other, 1) == found["rouge1"].fmeasure
    assert rouge_n(one, other, 2) == found["rouge2"].fmeasure


def rows(*pairs: tuple[str | None, str | None]) -> list[Answered]:
    return [Answered({"id": str(n)}, reference, {"m": answer}) for n, (reference, answer) in enumerate(pairs)]


def test_the_figures_are_means_over_rows_with_students_interval() -> None:
    given_rows = rows(("a b", "a"), ("c", "c"), ("d e", "x"), ("f g h", "f g h i"), ("j " * 30, "j j"))
    table = rouge_by_length(given_rows, parse_bins(PUBLISHED_BINS))
    assert table.lengths == ("0-2", "3-5", "6-10", "11-", ALL)
    scores = [SCORER.score(one.reference, one.answers["m"])["rougeL"].fmeasure for one in given_rows]
    short = table.cells["0-2", "m"].rougeL
    assert short.value == pytest.approx(sum(scores[:3]) / 3)
    assert short.rows == 3
    whole = table.cells[ALL, "m"].rougeL
    mean = sum(scores) / 5
    error = (sum((score - mean) ** 2 for score in scores) / 4 / 5) ** 0.5
    reach = error * t.ppf(0.975, 4)
    assert whole.error == pytest.approx(error)
    assert (whole.low, whole.high) == pytest.approx((max(0.0, mean - reach), min(1.0, mean + reach)), abs=2e-3)
    assert table.cells["3-5", "m"].rougeL.low is None  # one row tells nothing about others
    assert table.cells["6-10", "m"].rougeL.value is None
    assert weighted_gap(table, "m", "rougeL") == pytest.approx(0)


def test_rows_without_reference_or_answer_are_told_and_not_counted() -> None:
    two = [
        Answered({"id": "0"}, "a", {"m": "a", "n": None}),
        Answered({"id": "1"}, "a", {"m": "a", "n": ""}),
        Answered({"id": "2"}, None, {"m": "a", "n": "a"}),
        Answered({"id": "3"}, " ", {"m": "a", "n": "a"}),
        Answered({"id": "4"}, "a b c d", {"m": "a", "n": "a"}),
    ]
    table = rouge_by_length(two, parse_bins("0-2"))
    assert (table.no_reference, dict(table.no_answer), table.unbinned) == (2, {"m": 0, "n": 1}, 1)
    assert table.cells["0-2", "m"].rougeL.rows == table.cells["0-2", "n"].rougeL.rows == 1
    assert table.cells["0-2", "n"].rougeL.value == 0.0
    assert table.cells[ALL, "m"].rougeL.rows == 2


@pytest.mark.parametrize("bins", ["", "3", "5-3", "0-2,2-5", "11-,12-", "a-b", "0-2;3-5", "-2"])
def test_bins_that_make_no_sense_are_refused(bins: str) -> None:
    with pytest.raises(UsageError, match="--bins"):
        parse_bins(bins)


def test_the_published_results_are_read_as_they_are(shared: Path) -> None:
    folder = shared / "gpt4llm" / "eval_unnatural_instructions"
    found = [one for file in sorted(folder.glob("*.json")) for one in read_rouge(file) or ()]
    assert len(found) == 15
    by_length = {one.length: one.rows for one in found}
    assert by_length == {"0-2": 5089, "3-5": 868, "5-10": 936, "10-": 2107, "ALL": 9000}
    whole = {one.model: one.scores[2] for one in found if one.length == "ALL"}
    for model, score in whole.items():
        parts = [one for one in found if one.model == model and one.length != "ALL"]
        assert sum(one.scores[2] * one.rows for one in parts) / 9000 == pytest.approx(score, abs=2e-4)


def record(**other: Any) -> dict[str, Any]:
    return {"Length": "0-2", "NumInstance": 3, "Model": "m", "rouge1": 0.5, "rouge2": 0, "rougeL": 1.0} | other


@pytest.mark.parametrize("other", [{"NumInstance": 0}, {"NumInstance": "3"}, {"rougeL": None}, {"rouge1": 31.2}])
def test_damaged_results_are_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps([record(), record(**other)]))
    with pytest.raises(DataError, match="record 2"):
        read_rouge(file)
