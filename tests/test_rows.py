from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import islice

import pytest

from tunesmith.errors import DataError
from tunesmith.rows import Ids, Row, child_ids, question


def with_ids(rows: Iterable[Row], source: str | None = None) -> Iterator[Row]:
    ids = Ids()
    return (ids.give(row, source) for row in rows)


def test_rows_get_their_position_or_keep_their_own_id() -> None:
    rows: list[Row] = [{"a": 1}, {"a": 2, "id": "x"}, {"id": 7}, {"id": None}, {"id": ""}, {"id": "007"}]
    assert [row["id"] for row in with_ids(rows)] == ["0", "x", "7", "3", "4", "007"]
    assert next(with_ids([{"a": 1, "id": 0}])) == {"id": "0", "a": 1}
    assert list(next(with_ids([{"a": 1, "id": "z"}]))) == ["id", "a"]


@pytest.mark.parametrize(
    "ids",
    [["x", "x"], ["x", None, "1"], [None, None, None, "1"], [None, 0], ["1", None], [0, 1, "0"], [2, 1, None]],
)
def test_no_id_twice(ids: list[object]) -> None:
    with pytest.raises(DataError, match="is taken by an earlier row"):
        list(with_ids([{"id": row_id} for row_id in ids], "file"))


@pytest.mark.parametrize("row_id", [1.5, True, ["x"], {}])
def test_an_id_is_text_or_a_whole_number(row_id: object) -> None:
    with pytest.raises(DataError, match="a.json, line 3: the id is"):
        Ids().give({"id": row_id}, "a.json", 3)


def test_positions_need_no_memory() -> None:
    ids = Ids()
    tracemalloc.start()
    for n in range(100_000):
        ids.give({"id": str(n)} if n % 2 else {})
    assert tracemalloc.get_traced_memory()[1] < 10_000
    tracemalloc.stop()


def test_ids_are_remembered_in_little_memory() -> None:
    ids = Ids()
    tracemalloc.start()
    for n in range(100_000):
        ids.give({"id": f"a rather long id, as some data sets have them, {n}"})
    assert tracemalloc.get_traced_memory()[0] < 100_000 * 80
    tracemalloc.stop()


def test_question_and_child_ids() -> None:
    assert question({"instruction": "a", "input": "b"}) == "a\n\nb"
    assert question({"instruction": "a", "input": " "}) == "a"
    assert question({"instruction": "a", "input": None}) == "a"
    assert list(islice(child_ids("7", "split"), 2)) == ["7.split.1", "7.split.2"]
    assert list(islice(child_ids("7", "split", {"7.split.1", "7.split.3"}), 2)) == ["7.split.2", "7.split.4"]
