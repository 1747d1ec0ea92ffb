"""Tasks with instances: Self-Instruct's seed tasks and Unnatural Instructions, read as rows and written back."""

import json
from pathlib import Path

import pytest

from tunesmith.data.files import check_source, convert_rows, read_rows, write_rows
from tunesmith.errors import DataError

TASK = {"id": "a", "name": "adding", "instruction": "Add.", "is_classification": False}
TWO = {**TASK, "instances": [{"input": "1 1", "output": "2"}, {"input": "2 2", "output": "4", "constraints": "None."}]}


def written(folder: Path, *records: object) -> Path:
    path = folder / "tasks.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_each_instance_is_a_row_and_further_columns_ride_along(tmp_path: Path) -> None:
    first, second = read_rows(written(tmp_path, TWO))
    assert first == {**TASK, "input": "1 1", "output": "2"}
    assert second == {**TASK, "id": "a.2", "input": "2 2", "output": "4", "constraints": "None."}


def test_without_ids_rows_are_counted(tmp_path: Path) -> None:
    bare = {name: value for name, value in TWO.items() if name != "id"}
    assert [row["id"] for row in read_rows(written(tmp_path, bare, bare))] == ["0", "1", "2", "3"]


def test_an_id_that_is_taken_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, TWO, {**TWO, "id": "a.2"})
    with pytest.raises(DataError, match=r"tasks\.jsonl, line 2: the id 'a\.2' is taken"):
        list(read_rows(path))


def test_written_back_with_one_instance_each(tmp_path: Path) -> None:
    path = written(tmp_path, TWO)
    rows = list(read_rows(path))
    write_rows(tmp_path / "rows.jsonl", rows)
    back = list(convert_rows(tmp_path / "rows.jsonl", "instances"))
    assert [record["instances"] for record in back] == [[TWO["instances"][0]], [TWO["instances"][1]]]  # type: ignore[index]
    write_rows(tmp_path / "back.jsonl", back)
    assert list(read_rows(tmp_path / "back.jsonl")) == rows


@pytest.mark.parametrize(
    ("instances", "said"),
    [
        ([], "expected a list"),
        ("x", "expected a list"),
        ([1], "expected an object"),
        ([{"name": "x"}], "'name' stands both"),
    ],
)
def test_what_is_no_list_of_instances_is_named_with_its_line(tmp_path: Path, instances: object, said: str) -> None:
    path = written(tmp_path, *[{**TWO, "id": f"t{n}"} for n in range(120)], {**TASK, "instances": instances})
    with pytest.raises(DataError, match=f"line 121: .*{said}"):
        check_source(path)


def test_a_row_of_another_format_among_them_is_found(tmp_path: Path) -> None:
    many = [{**TWO, "id": f"t{n}"} for n in range(120)]
    path = written(tmp_path, *many, {"instruction": "x", "input": "", "output": "y"})
    with pytest.raises(DataError, match="line 121: .*could be alpaca"):
        check_source(path)


def test_unnatural_instructions_core_format(tmp_path: Path) -> None:
    instance = {
        "instruction_with_input": "Say the opposite.\nword: hot",
        "input": "word: hot",
        "constraints": "One word.",
        "output": "cold",
    }
    record = {"instruction": "Say the opposite.", "instances": [instance]}
    facts = check_source(written(tmp_path, record, record))
    assert (facts.shape, facts.rows) == ("instances", 2)
    assert set(facts.columns) == {"id", "instruction", *instance}
    assert next(convert_rows(tmp_path / "tasks.jsonl", "instances"))["instances"] == [instance]


def test_real_seed_tasks_and_test_set(shared: Path) -> None:
    seeds = list(read_rows(shared / "alpaca" / "seed_tasks.jsonl"))
    assert len(seeds) == 175
    assert sum(row["is_classification"] for row in seeds) == 26
    assert seeds[0]["output"].startswith("Yes, you can have 1 oatmeal")
    asked = list(read_rows(shared / "alpagasus" / "test_sets" / "sinstruct_test_set.jsonl"))
    assert len(asked) == 252
    assert asked[0]["motivation_app"] == "Grammarly"
