"""The step that draws rows: its settings, and the fate of every row."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import ValidationError

from tunesmith.recipes.recipe import build_recipe
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.sample import Sample


def draw(step: Sample, rows: Iterable[Row]) -> tuple[list[str], Ledger]:
    ledger = Ledger(step.label, lambda entry: None)
    return [row["id"] for row in step.run(rows, ledger, None)], ledger


def numbered(count: int) -> list[Row]:
    return [{"id": str(n), "kind": "ab"[n % 4 == 0], "weight": n % 3} for n in range(count)]


def test_every_row_is_accounted_for_and_in_its_order() -> None:
    rows = numbered(100)
    found, ledger = draw(Sample(n=10), rows)
    assert len(found) == 10
    assert found == sorted(found, key=int)
    assert ledger.tally.fates == {"kept": 10, "dropped": 90}
    assert ledger.tally.reasons == {"not drawn": 90}
    assert draw(Sample(n=10), iter(rows))[0] == found


def test_of_fewer_rows_all_are_taken() -> None:
    found, ledger = draw(Sample(), numbered(7))
    assert len(found) == 7
    assert not ledger.tally.reasons
    assert draw(Sample(), [])[0] == []


def test_a_share() -> None:
    assert len(draw(Sample(share=0.25), numbered(100))[0]) == 25


def test_each_kind_keeps_its_share() -> None:
    found, _ = draw(Sample(n=20, method="stratified", by="kind"), numbered(100))
    assert Counter(int(row) % 4 == 0 for row in found) == {False: 15, True: 5}


def test_weights_decide_and_rows_without_are_told_apart() -> None:
    rows = [*numbered(30), {"id": "30", "weight": "none"}]
    found, ledger = draw(Sample(n=5, method="weighted", by="weight"), rows)
    assert len(found) == 5
    assert not any(int(row) % 3 == 0 for row in found)
    assert ledger.tally.reasons == {
        "not drawn": 15,
        "never drawn: the weight in weight is 0": 10,
        "never drawn: no number as weight in weight": 1,
    }


def test_it_reads_only_what_it_draws_by() -> None:
    assert Sample().reads == ()
    assert Sample(method="weighted", by="w").reads == ("w",)


def test_the_usual_number_is_written_out_and_gives_way() -> None:
    usual = build_recipe({"name": "one", "steps": [{"step": "sample"}]}, "one")
    assert "n: 1000" in usual.to_yaml()
    changed = usual.change({"sample.share": 0.5}).to_yaml()
    assert "n: 1000" not in changed
    assert "share: 0.5" in changed


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n": 5, "share": 0.5}, "n and share are given, but only one can hold"),
        ({"method": "stratified"}, "the method stratified needs a column: give it as 'by'"),
        ({"method": "weighted"}, "the method weighted needs a column: give it as 'by'"),
        ({"by": "kind"}, "which the method uniform does not use"),
        ({"n": 0}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_together_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Sample(**settings)
