"""Rows are kept by their ratings, every other row is accounted for, and the exhibits show it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tunesmith.errors import RecipeError
from tunesmith.recipes import Plan, load_recipe, run_recipe
from tunesmith.recipes.recipe import Recipe, build_recipe
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.keep import Keep


def rated(*ratings: Any) -> list[Row]:
    return [{"id": str(n), "rating": rating} for n, rating in enumerate(ratings)]


def keep(step: Keep, rows: Iterable[Row]) -> tuple[list[str], dict[str, str], Ledger]:
    entries: list[dict[str, Any]] = []
    ledger = Ledger(step.label, entries.append)
    kept = [row["id"] for row in step.run(rows, ledger, None)]
    return kept, {entry["row"]: entry["reason"] for entry in entries if entry["fate"] == "dropped"}, ledger


def recipe(**settings: Any) -> Recipe:
    return build_recipe({"name": "one", "steps": [{"step": "keep", **settings}]}, "one")


def test_alpagasus_own_choice_comes_out_in_order(shared: Path, alpaca: list[Row]) -> None:
    chosen = json.loads((shared / "alpagasus" / "kept_indices.json").read_text())["helpfulness_t45"]
    rows = [{"id": str(n), **row} for n, row in enumerate(alpaca)]
    for place in chosen:
        rows[place]["rating"] = 5.0
    kept, dropped, ledger = keep(Keep(), rows)
    assert kept == [str(place) for place in sorted(chosen)]
    assert len(kept) == 2022
    assert len(dropped) == len(rows) - 2022
    assert ledger.tally.reasons == {"no rating": len(rows) - 2022}
    assert ledger.tally.rows_in == 52_002


def test_below_the_threshold_and_without_a_rating_are_reasons_of_their_own() -> None:
    kept, dropped, ledger = keep(Keep(), rated(4.5, 3.5, None, "4.5", "bad", 4.49, True, float("nan"), 0))
    assert kept == ["0", "3"]
    assert dropped == {
        "1": "rating 3.5 is below 4.5",
        "2": "no rating",
        "4": "no rating: 'bad' is not a number",
        "5": "rating 4.49 is below 4.5",
        "6": "no rating: 'True' is not a number",
        "7": "no rating: 'nan' is not a number",
        "8": "rating 0 is below 4.5",
    }
    assert ledger.tally.reasons == {"rating below 4.5": 3, "no rating": 1, "no rating: not a number": 3}


def test_the_best_so_many_stay_in_their_order() -> None:
    kept, dropped, ledger = keep(Keep(best=3), rated(4, 5, 4, None, 4.5, 4))
    assert kept == ["0", "1", "4"]
    assert dropped["2"] == "rating 4 (rank 4) is not among the best 3"
    assert dropped["3"] == "no rating"
    assert ledger.tally.reasons == {"not among the best 3": 2, "no rating": 1}


def test_a_share_is_one_of_the_rated_rows() -> None:
    assert keep(Keep(share=0.5), rated(1, 2, None, None, 3, 4))[0] == ["4", "5"]
    assert keep(Keep(share=1), rated(1, None, 2))[0] == ["0", "2"]
    assert keep(Keep(share=0.01), rated(1, 2))[0] == ["1"]
    assert keep(Keep(best=3), rated(None, "x"))[0] == []


def test_another_column_by_name() -> None:
    step = Keep(column="score", at_least=8)
    assert step.reads == ("score",)
    assert keep(step, [{"id": "a", "score": 8}, {"id": "b", "score": 7}])[0] == ["a"]


def test_rows_that_can_be_read_only_once_are_fine_too() -> None:
    assert keep(Keep(best=1), iter(rated(1, 3, 2)))[0] == ["1"]


def test_the_usual_threshold_is_written_out_and_gives_way() -> None:
    usual = recipe()
    assert "at_least: 4.5" in usual.to_yaml()
    assert Keep().at_least == 4.5
    changed = usual.change({"keep.best": 1000})
    assert "at_least" not in changed.to_yaml()
    assert "best: 1000" in changed.to_yaml()
    assert recipe(at_least=4).change({"keep.at_least": None, "keep.share": 0.1}).steps[0].model_dump()["share"] == 0.1


def test_two_ways_at_once_are_refused_with_the_remedy() -> None:
    with pytest.raises(RecipeError, match=r"at_least and best are given, but rows are kept in one way") as caught:
        recipe(at_least=4.5).change({"keep.best": 9})
    assert "--set keep.at_least=null" in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"best": 0}, {"share": 0}, {"share": 1.1}, {"at_least": float("nan")}])
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Keep(**wrong)


def test_the_picture_shows_all_rated_rows_and_the_threshold() -> None:
    (picture,) = Keep().exhibits(rated(4, 4.5, 5, None, 4.5), 3)
    assert picture.file == "ratings.svg"
    assert picture.caption == ("3 of 5 rows were kept: those rated 4.5 or more. Rows without a rating, not shown: 1.")
    assert isinstance(picture.content, str)
    assert "4.5 or more" in picture.content
    assert "kept: 3" in picture.content
    assert "not kept: 1" in picture.content


def test_the_picture_of_the_best_has_the_threshold_that_it_came_to() -> None:
    (picture,) = Keep(best=2).exhibits(rated(4, 4.5, 5, 4.5, 3), 2)
    assert picture.caption == "2 of 5 rows were kept: the best 2, which are rated 4.5 or more."
    assert isinstance(picture.content, str)
    assert "kept: 2" in picture.content
    assert "not kept: 3" in picture.content  # one of them rated 4.5 as well
    (picture,) = Keep(share=0.4).exhibits(rated(4, 4.5, 5, 4.5, 3), 2)
    assert "the best 40 %, which are rated 4.5 or more" in picture.caption


def test_the_random_twin_is_as_large_in_order_and_the_same_each_time() -> None:
    rows = rated(*[5] * 10, *[None] * 90)
    step = Keep(random_twin=True, seed=3)
    _, twin = step.exhibits(rows, 10)
    assert twin.file == "random_twin.jsonl"
    assert "10 rows drawn at random (seed 3) from all 100" in twin.caption
    drawn = [row["id"] for row in twin.content]  # type: ignore[index]
    assert len(drawn) == 10
    assert drawn == sorted(drawn, key=int)
    again = [row["id"] for row in list(step.exhibits(rows, 10))[1].content]  # type: ignore[index]
    assert drawn == again
    other = list(Keep(random_twin=True, seed=4).exhibits(rows, 10))[1].content
    assert drawn != [row["id"] for row in other]  # type: ignore[index]


def test_two_steps_with_names_have_files_of_their_own() -> None:
    assert [shown.file for shown in Keep(name="fine", random_twin=True).exhibits(rated(5), 1)] == [
        "fine_ratings.svg",
        "fine_random_twin.jsonl",
    ]


def test_a_run_puts_both_beside_the_data_set(tmp_path: Path) -> None:
    source = tmp_path / "rated.csv"
    lines = [f"q{n},,a{n},{rating}" for n, rating in enumerate([5, 4, "", 4.5, 3, 5, "n/a", 1])]
    source.write_text("\n".join(["instruction,input,output,rating", *lines]) + "\n")
    path = tmp_path / "keep.yaml"
    path.write_text("name: best\nsteps:\n- step: keep\n  random_twin: true\n")
    run = run_recipe(Plan(load_recipe(path), str(source), tmp_path / "run"), None)
    assert [row["id"] for row in run.rows()] == ["0", "3", "5"]
    assert {"ratings.svg", "random_twin.jsonl"} <= {file.name for file in (tmp_path / "run" / "data").iterdir()}
    assert len((tmp_path / "run" / "data" / "random_twin.jsonl").read_text().splitlines()) == 3
    assert "](ratings.svg)" in (tmp_path / "run" / "data" / "README.md").read_text()
