"""Rows pass through; they never pile up."""

from __future__ import annotations

import json
import lzma
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tunesmith.data import json_stream
from tunesmith.data.files import check_source, read_rows, write_rows
from tunesmith.rows import Row

ROWS = 60_000
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


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.jsonl.gz", "a.jsonl.xz"])
def test_reading_takes_the_same_memory_for_any_number_of_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "a.json":  # as RowWriter lays it out, in a fifth of the time
        with path.open("w") as file:
            file.write("[\n" + ",\n".join(map(json.dumps, rows(ROWS))) + "\n]\n")
    elif name == "a.jsonl.xz":  # with a window that is smaller than the bound
        with lzma.open(path, "wt", preset=0) as packed:
            packed.writelines(json.dumps(row) + "\n" for row in rows(ROWS))
    else:
        write_rows(path, rows(ROWS))
    assert peak_of_reading(path, ROWS) < (2 * MIB if name.endswith((".gz", ".xz")) else MIB)


def test_an_array_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("w") as file:
        file.write("[" + ",".join(map(json.dumps, rows(ROWS))) + "]")
    assert path.stat().st_size > 8 * MIB
    assert peak_of_reading(path, ROWS) < MIB


def test_writing_and_checking_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    tracemalloc.start()
    try:
        write_rows(path, rows(20_000))
        check_source(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 2 * MIB
    assert peak < MIB


def test_a_huge_row_is_read_in_linear_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[int] = []  # characters, by each try

    class Counting(json.JSONDecoder):
        def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
            scanned.append(len(s) - idx)
            return super().raw_decode(s, idx)

    monkeypatch.setattr(json_stream, "DECODER", Counting())
    size = 5 * MIB
    path = tmp_path / "a.json"
    write_rows(path, [{"id": n, "instruction": "x" * size, "input": ""} for n in range(2)])
    assert [len(row["instruction"]) for row in read_rows(path)] == [size] * 2
    assert len(scanned) < 20
    assert sum(scanned) < 4 * path.stat().st_size
