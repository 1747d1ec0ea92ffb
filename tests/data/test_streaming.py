"""Rows pass through; they never pile up."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tunesmith.data.files import check_source, read_rows, write_rows
from tunesmith.rows import Row

ROWS = 300_000
MIB = 1 << 20


def rows(count: int) -> Iterator[Row]:
    for n in range(count):
        yield {"instruction": f"say {n}", "input": "", "output": "x" * 100}


def peak_of_reading(path: Path, rows: int) -> int:
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_rows(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == rows
    return peak


# Rows under the memory tracer are slow, so only the two that matter most are long.
@pytest.mark.parametrize(
    ("name", "count"), [("a.jsonl", ROWS), ("a.json", ROWS), ("a.csv", 60_000), ("a.jsonl.gz", 60_000)]
)
def test_reading_takes_the_same_memory_for_any_number_of_rows(tmp_path: Path, name: str, count: int) -> None:
    path = tmp_path / name
    if name == "a.json":  # as RowWriter lays it out, in a fifth of the time
        with path.open("w") as file:
            file.write("[\n" + ",\n".join(map(json.dumps, rows(count))) + "\n]\n")
    else:
        write_rows(path, rows(count))
    assert peak_of_reading(path, count) < 4 * MIB


def test_an_array_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("w") as file:
        file.write("[" + ",".join(map(json.dumps, rows(60_000))) + "]")
    assert path.stat().st_size > 8 * MIB
    assert peak_of_reading(path, 60_000) < 4 * MIB


def test_writing_and_checking_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    tracemalloc.start()
    try:
        write_rows(path, rows(60_000))
        check_source(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 6 * MIB
    assert peak < 4 * MIB


def test_a_huge_row_is_read_in_linear_time(tmp_path: Path) -> None:
    row = {"id": "0", "instruction": "x" * 20_000_000, "input": ""}
    path = tmp_path / "a.json"
    write_rows(path, [row, row | {"id": "1"}])
    assert [len(row["instruction"]) for row in read_rows(path)] == [20_000_000] * 2
