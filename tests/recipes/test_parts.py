"""A data set divided by a column."""

import json
from pathlib import Path
from typing import Any

import pytest

from tunesmith.errors import UsageError
from tunesmith.recipes import Plan, Recipe, Run, run_recipe
from tunesmith.recipes.parts import MOST, write_parts
from tunesmith.teacher import Watch

RECIPE = Recipe.model_validate({"name": "kept", "steps": [{"step": "dedup", "threshold": 1}]})


def run(rows: list[dict[str, Any]], tmp_path: Path, split_by: str | None, watch: Watch | None = None) -> Run:
    source = tmp_path / "rows.json"
    source.write_text(json.dumps(rows))
    return run_recipe(Plan(RECIPE, str(source), tmp_path / "run", split_by=split_by), None, watch=watch)


ROWS = [
    {"instruction": f"Do {n}", "kind": kind} for n, kind in enumerate(["a", "B/c", None, "a", "b c", "b_C", "..", 3])
]


def test_each_row_is_in_the_file_of_its_value(tmp_path: Path) -> None:
    ended = run(ROWS, tmp_path, "kind")
    parts = ended.folder.data / "by-kind"
    found = {file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in parts.iterdir()}
    assert {name: len(rows) for name, rows in found.items()} == {
        "a.jsonl": 2, "B_c.jsonl": 1, "b_c-2.jsonl": 1, "b_C-3.jsonl": 1, "none.jsonl": 1, "none-2.jsonl": 1,
        "3.jsonl": 1,
    }  # fmt: skip
    assert sorted(row["id"] for rows in found.values() for row in rows) == sorted(row["id"] for row in ended.rows())
    (exhibit,) = ended.manifest["exhibits"]
    assert exhibit["file"] == "by-kind"
    assert "a.jsonl (2 rows)" in exhibit["caption"]
    assert "by-kind" in (ended.folder.data / "README.md").read_text()


def test_what_an_earlier_run_divided_goes(tmp_path: Path) -> None:
    run(ROWS, tmp_path, "kind")
    ended = run(ROWS, tmp_path, "instruction")
    assert not (ended.folder.data / "by-kind").exists()
    assert len(list((ended.folder.data / "by-instruction").iterdir())) == len(ROWS)
    assert run(ROWS, tmp_path, None).manifest["exhibits"] == []
    assert not (ended.folder.data / "by-instruction").exists()


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--split-by kin: .*did you mean 'kind'"):
        run(ROWS, tmp_path, "kin")
    assert not (tmp_path / "run").exists()


def test_too_many_values(tmp_path: Path) -> None:
    class Listening(Watch):
        def notice(self, text: str) -> None:
            said.append(text)

    said: list[str] = []
    ended = run([{"instruction": f"Do {n}", "kind": n} for n in range(MOST + 1)], tmp_path, "kind", Listening())
    assert not (ended.folder.data / "by-kind").exists()
    assert ended.manifest["status"] == "finished"
    assert any("more than 100 values" in text for text in said)
    assert write_parts([{"kind": n} for n in range(MOST)], "kind", tmp_path) is not None
