"""The step ``dedup``: what falls, what stays whatever happens, and what the ledger says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tunesmith.errors import DataError, TunesmithError
from tunesmith.recipes import Plan, Recipe, near_duplicate_pairs, run_recipe
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.dedup import Dedup

TEXTS = ["List three fruits.", "List three fruits!", "Write a poem.", "list three red fruits", "Sing."]


def rows(texts: list[str], **columns: list[Any]) -> list[Row]:
    return [
        {"id": f"r{n}", "instruction": text, **{name: values[n] for name, values in columns.items()}}
        for n, text in enumerate(texts)
    ]


def dedup(step: Dedup, source: list[Row]) -> tuple[list[str], list[dict[str, Any]], Ledger]:
    entries: list[dict[str, Any]] = []
    ledger = Ledger(step.label, entries.append)
    step.check_inputs()
    return [row["id"] for row in step.run(source, ledger, None)], entries, ledger


def test_what_resembles_a_kept_row_falls_and_the_ledger_says_which() -> None:
    kept, entries, ledger = dedup(Dedup(), rows(TEXTS))
    assert kept == ["r0", "r2", "r4"]
    assert entries[1] == {
        "row": "r1", "step": "dedup", "fate": "dropped", "reason": "ROUGE-L 1.0000 with the kept row r0",
        "kind": "ROUGE-L above 0.7", "resembles": "r0", "score": 1.0,
    }  # fmt: skip
    assert entries[3]["resembles"] == "r0"
    assert entries[3]["score"] == 0.8571428571428571
    assert ledger.tally.reasons == {"ROUGE-L above 0.7": 2}
    assert ledger.tally.notes == []


def test_rows_can_come_as_a_stream() -> None:
    entries: list[Any] = []
    stream = (row for row in rows(TEXTS))
    assert len(list(Dedup().run(stream, Ledger("dedup", entries.append), None))) == 3


def test_groups_and_rows_that_stay() -> None:
    assert dedup(Dedup(within="task"), rows(TEXTS, task=["a", "b", "a", "a", "b"]))[0] == ["r0", "r1", "r2", "r4"]
    stay = rows(TEXTS, seed=["", "true", "0", False, 1])
    assert dedup(Dedup(stay="seed"), stay)[0] == ["r0", "r1", "r2", "r4"]


def test_seeds_are_there_already_and_do_not_come_out(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.json"
    seeds.write_text(json.dumps([{"instruction": "Write a poem."}, {"instruction": "Write a poem."}]))
    kept, entries, _ = dedup(Dedup(seeds=seeds), rows(TEXTS))
    assert kept == ["r0", "r4"]
    assert entries[2]["resembles_seed"] == "0"
    assert entries[2]["reason"] == "ROUGE-L 1.0000 with the kept seed 0"
    with pytest.raises(DataError, match="no column 'output'"):
        dedup(Dedup(seeds=seeds, column="output"), rows(TEXTS))


def test_a_score_just_above_the_threshold_is_shown_to_be_above() -> None:
    seven = "a b c d e f g"
    _, entries, _ = dedup(Dedup(), rows([seven, f"{seven} h i j k l m"]))
    assert entries[1]["reason"] == "ROUGE-L 0.7000000000000001 with the kept row r0"


def test_a_row_with_the_id_of_a_seed_is_not_taken_for_it(tmp_path: Path) -> None:
    source, seeds = tmp_path / "rows.json", tmp_path / "seeds.json"
    source.write_text(json.dumps(rows(["Sing a song.", "Sing a song!", "Write a poem"])))
    seeds.write_text(json.dumps([{"id": "r0", "instruction": "Write a poem."}]))
    step = {"step": "dedup", "seeds": str(seeds)}
    run = run_recipe(Plan(Recipe.model_validate({"name": "x", "steps": [step]}), str(source), tmp_path / "run"), None)
    found = [(pair.text, pair.resembled_text, pair.resembles) for pair in near_duplicate_pairs(run.folder)]
    assert found == [("Sing a song!", "Sing a song.", "r0"), ("Write a poem", "Write a poem.", "seed r0")]
    seeds.write_text("[]")
    with pytest.raises(TunesmithError):
        list(near_duplicate_pairs(run.folder))


def test_the_question_is_the_instruction_with_its_input() -> None:
    source = rows(["Correct the sentence."] * 3, input=["I is.", "They was here.", "I is."])
    assert dedup(Dedup(), source)[0] == ["r0"]
    step = Dedup(column="question")
    assert dedup(step, source)[0] == ["r0", "r1"]
    assert step.reads == ("instruction",)


def test_rows_without_a_word_are_counted_and_the_other_tokenizer_is_named() -> None:
    source = rows(["写一首诗", "写一首诗", "Write a poem."])
    kept, _, ledger = dedup(Dedup(), source)
    assert len(kept) == 3
    (note,) = ledger.tally.notes
    assert note.startswith("2 of 3 rows")
    assert "--tokenizer unicode" in note
    kept, _, ledger = dedup(Dedup(tokenizer="unicode"), source)
    assert kept == ["r0", "r2"]
    assert ledger.tally.notes == []


def test_the_real_tree_in_one_go(shared: Path) -> None:
    folder = shared / "explore_instruct" / "demo_domain"
    load: Callable[[str], list[Any]] = lambda name: json.loads((folder / name).read_text())["examples"]  # noqa: E731
    source = [
        {"id": f"{name} {n}", "task": name, "instruction": example["instruction"]}
        for name in ("paraphrase", "style_transfer")
        for n, example in enumerate(load(f"{name}.json"))
    ]
    kept, _, _ = dedup(Dedup(within="task"), source)
    assert [sum(row.startswith(name) for row in kept) for name in ("paraphrase", "style_transfer")] == [269, 347]
