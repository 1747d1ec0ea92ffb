"""Every type and compression: what is written is read again; a file is there whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.data import parquet
from tunesmith.data.files import (
    RowWriter,
    atomic_file,
    atomic_write_text,
    check_source,
    read_rows,
    read_table,
    write_rows,
)
from tunesmith.errors import DataError, RunError, UsageError
from tunesmith.rows import Row

from .test_formats import texts, values

KINDS = [".json", ".jsonl", ".csv", ".tsv", ".parquet"]
COMPRESSIONS = ["", ".gz", ".xz", ".zst"]
ROWS: list[Row] = [
    {"id": "0", "instruction": "a", "input": "", "output": 'é\n\r\n"q",;\t'},
    {"id": "x", "instruction": "b", "input": "c", "topic": "😀"},
    {"id": "y", "instruction": " ", "input": "", "output": "", "rated": "by hand"},
]


def _joined(texts: Row, more: Row) -> Row:
    return texts | more


def _numbered(rows: list[Row]) -> list[Row]:
    return [{"id": str(place), **row} for place, row in enumerate(rows)]


columns = st.sampled_from(
    ["score", "topic", "größe", "a b", " a b", "a;b;c;d;e", 'a,"b', "[a]", "a\nb\tc", "history", "chat"]
)
json_rows = st.lists(
    st.builds(
        _joined,
        st.fixed_dictionaries({"instruction": texts, "input": texts}, optional={"output": texts}),
        st.dictionaries(columns, values.filter(lambda value: value is not None), max_size=3),
    ),
    min_size=1,
    max_size=5,
).map(_numbered)
csv_rows = st.lists(
    st.builds(
        _joined,
        st.fixed_dictionaries({"instruction": texts, "input": texts, "output": texts}),
        st.dictionaries(columns, texts.filter(bool), max_size=3),
    ),
    min_size=1,
    max_size=5,
).map(_numbered)


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_written_rows_are_read_again(tmp_path: Path, kind: str, compression: str) -> None:
    if kind == ".parquet":
        pytest.importorskip("pyarrow")
    many = [*ROWS, *({"id": f"n{n}", "instruction": "i" * (n % 50), "input": ""} for n in range(3000))]
    rows: list[Row] = [row | ({"output": ""} if kind in (".csv", ".tsv") else {}) | row for row in many]
    path = tmp_path / f"a{kind}{compression}"
    assert write_rows(path, rows) == len(rows)
    assert list(read_rows(path)) == [dict(sorted(r.items(), key=lambda kv: kv[0] != "id")) for r in rows]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    first = path.read_bytes()
    time.sleep(0.01)
    write_rows(path, rows)
    assert path.read_bytes() == first


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(rows=json_rows, compression=st.sampled_from(COMPRESSIONS))
@pytest.mark.parametrize("kind", [".json", ".jsonl", ".parquet"])
def test_any_rows_come_back(tmp_path: Path, kind: str, rows: list[Row], compression: str) -> None:
    if kind == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"a{kind}{compression}"
    write_rows(path, rows)
    assert list(read_rows(path, "alpaca")) == rows


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(rows=csv_rows, kind=st.sampled_from([".csv", ".tsv"]), compression=st.sampled_from(COMPRESSIONS))
def test_any_texts_come_back_from_csv(tmp_path: Path, kind: str, rows: list[Row], compression: str) -> None:
    path = tmp_path / f"a{kind}{compression}"
    write_rows(path, rows)
    assert list(read_rows(path, "alpaca")) == rows


@pytest.mark.parametrize("kind", KINDS)
def test_conversations_come_back(tmp_path: Path, kind: str) -> None:
    if kind == ".parquet":
        pytest.importorskip("pyarrow")
    turn = {"role": "user", "content": "a"}
    rows: list[Row] = [
        {"id": "0", "instruction": "b", "input": "", "output": "c", "history": [turn, turn], "chat": {"x": [1]}},
        {"id": "1", "instruction": "b", "input": "", "output": "c"},
    ]
    write_rows(tmp_path / f"a{kind}", rows)
    assert list(read_rows(tmp_path / f"a{kind}")) == rows


def test_parquet_has_plain_types_where_it_can(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    turns = [{"role": "user", "content": "a"}]
    rows: list[Row] = [
        {"id": "0", "messages": turns, "n": 1, "x": 1, "ok": True, "mixed": 1, "big": 2**70, "nested": {"a": [1]}},
        {"id": "1", "messages": turns, "n": 2, "x": 1.5, "mixed": "a", "nested": None},
    ]
    write_rows(tmp_path / "a.parquet", rows)
    types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "a.parquet")}
    assert types == {
        "id": "string",
        "messages": "list<element: struct<role: string, content: string>>",
        "n": "int64",
        "x": "double",
        "ok": "bool",
        "mixed": "string",
        "big": "string",
        "nested": "string",
    }
    assert list(read_table(tmp_path / "a.parquet")) == rows


def test_parquet_from_elsewhere(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    import datetime

    table = pa.table(
        {
            "instruction": ["a", "b"],
            "output": ["c", None],
            "score": [1.5, float("nan")],
            "day": [datetime.date(2024, 1, 2), None],
            "raw": pa.array([None, b"x"], pa.binary()),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(DataError, match="line 2: column 'raw' holds bytes"):
        list(read_rows(tmp_path / "a.parquet"))
    pq.write_table(table.drop_columns(["raw"]), tmp_path / "a.parquet")
    rows = list(read_rows(tmp_path / "a.parquet"))
    assert rows[0] == {
        "id": "0",
        "instruction": "a",
        "input": "",
        "output": "c",
        "score": 1.5,
        "day": "2024-01-02",
    }
    assert rows[1] == {"id": "1", "instruction": "b", "input": ""}


def test_json_is_laid_out_as_alpacas_own_file(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.json", ROWS)
    assert (tmp_path / "a.json").read_text() == json.dumps(ROWS, indent=4, ensure_ascii=False) + "\n"
    write_rows(tmp_path / "a.json", [])
    assert (tmp_path / "a.json").read_text() == "[]\n"


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows(tmp_path: Path, kind: str) -> None:
    if kind == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"a{kind}"
    assert write_rows(path, []) == 0
    assert list(read_table(path)) == []
    with pytest.raises(DataError, match="no rows|is empty"):
        check_source(path)


@pytest.mark.parametrize("kind", [*KINDS, ".json.gz", ".parquet.zst"])
def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path, kind: str) -> None:
    if ".parquet" in kind:
        pytest.importorskip("pyarrow")
    path = tmp_path / f"a{kind}"
    path.write_text("old")

    def fail() -> None:
        with RowWriter(path) as writer:
            writer.write(ROWS[0])
            writer.flush()
            raise OSError("from the caller")

    with pytest.raises(OSError, match="from the caller"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


_WRITE_FOR_EVER = """
import sys
from itertools import count
from tunesmith.data.files import RowWriter
with RowWriter(sys.argv[1]) as writer:
    for n in count():
        writer.write({"instruction": "x" * 1000, "n": n})
        if n % 1000 == 0:
            writer.flush()
            print(n, flush=True)
"""


@pytest.mark.parametrize("kind", [".jsonl", ".json.gz", ".csv"])
def test_a_killed_writer_leaves_the_old_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a{kind}"
    write_rows(path, ROWS)
    old = path.read_bytes()
    with subprocess.Popen([sys.executable, "-c", _WRITE_FOR_EVER, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = {file.name for file in tmp_path.iterdir()} - {path.name}
    assert left, "it was killed before it wrote anything"
    assert all(name.startswith(".a.") and name.endswith(".part") for name in left)
    assert path.read_bytes() == old
    assert check_source(tmp_path).files == (str(path),)  # the leftover is passed over
    write_rows(path, ROWS)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == old


@pytest.mark.parametrize(
    ("row", "piece"),
    [
        ({"id": "7", "x": float("nan")}, "row '7' holds NaN"),
        ({"id": "7", "x": "\ud83d"}, "row '7' holds half of a surrogate"),
    ],
)
@pytest.mark.parametrize("kind", [".json", ".jsonl", ".csv"])
def test_what_json_cannot_hold_is_not_written(tmp_path: Path, kind: str, row: Row, piece: str) -> None:
    with pytest.raises(DataError, match=piece):
        write_rows(tmp_path / f"a{kind}", [row])
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.txt: rows cannot be written .*\.jsonl, .*\.gz"):
        RowWriter(tmp_path / "a.txt")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(UsageError, match="not an ordinary file"):
        write_rows(tmp_path / "a.jsonl", ROWS)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_rows(tmp_path / "file" / "a.jsonl", ROWS)


def test_folders_are_made_and_links_kept(tmp_path: Path) -> None:
    write_rows(tmp_path / "x" / "y" / "a.jsonl", ROWS)
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "x" / "y" / "a.jsonl")
    write_rows(tmp_path / "link.jsonl", ROWS[:1])
    assert (tmp_path / "link.jsonl").is_symlink()
    assert len(list(read_rows(tmp_path / "x" / "y" / "a.jsonl"))) == 1


@pytest.mark.parametrize("kind", [".jsonl", ".csv"])
def test_a_full_disk(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a{kind}"
    path.write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(RunError, match="File too large; what was there before is untouched"):
            write_rows(path, [{"instruction": "x" * 1000}] * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_writer_is_told_to_wait(tmp_path: Path, kind: str) -> None:
    if kind == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"a{kind}"
    with RowWriter(path) as writer:
        writer.write(ROWS[0])
        writer.flush()
        code = "import sys; from tunesmith.data.files import write_rows; write_rows(sys.argv[1], [{'x': 1}])"
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
        assert f"RunError: another tunesmith is writing {path}; wait for it" in done.stderr
        with pytest.raises(RunError, match="another tunesmith is writing"):
            atomic_write_text(path, "")
        writer.write(ROWS[1])
    assert [row["id"] for row in read_table(path)] == ["0", "x"]
    assert list(tmp_path.iterdir()) == [path]
    write_rows(path, ROWS[:1])  # and now it may


def test_many_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    written: list[str] = []
    refused: list[str] = []

    def write(letter: str) -> None:
        for _ in range(50):
            try:
                with atomic_file(path) as file:
                    for _ in range(20):
                        file.write(letter.encode() * 1000)
                        file.flush()
            except RunError:
                refused.append(letter)
            else:
                written.append(letter)
                text = path.read_text()
                assert len(text) == 20_000
                assert len(set(text)) == 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert written
    assert refused
    assert list(tmp_path.iterdir()) == [path]


def test_the_part_that_the_winner_has_moved_away_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    flock, winner = fcntl.flock, atomic_file(path)
    winner.__enter__().write(b"first")

    def late(handle: int, how: int) -> None:
        if path.exists():
            assert flock(handle, how) is None
        else:  # the other one ends between opening and locking
            winner.__exit__(None, None, None)
            flock(handle, how)
            assert path.read_text() == "first"

    monkeypatch.setattr(fcntl, "flock", late)
    with atomic_file(path) as file:
        file.write(b"second")
        file.flush()
        assert path.read_text() == "first"
    assert path.read_text() == "second"


@pytest.mark.parametrize("kind", [".jsonl", ".csv"])
def test_a_link_or_pipe_in_the_hidden_places_is_not_followed(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / f"a{kind}", tmp_path / "precious.txt"
    other.write_text("precious")
    part = tmp_path / f".a{kind}.part"
    (tmp_path / f".a{kind}.rows.part").symlink_to(other)
    for make in (part.symlink_to, part.hardlink_to, os.mkfifo):
        make(part if make is os.mkfifo else other)
        with pytest.raises(UsageError, match=r"\.part stands where it would be written first.*; remove it"):
            write_rows(path, ROWS)
        part.unlink()
    write_rows(path, ROWS)
    assert other.read_text() == "precious"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
@pytest.mark.parametrize("kind", [".jsonl", ".csv"])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, kind: str, mode: int) -> None:
    path = tmp_path / f"a{kind}"
    path.write_text("old")
    path.chmod(mode)
    with RowWriter(path) as writer:
        part = next(file for file in tmp_path.iterdir() if file != path)
        assert stat.S_IMODE(part.stat().st_mode) == mode | 0o600, "nobody else may read it while it grows, either"
        writer.write(ROWS[0])
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_mode_that_the_system_gives(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_rows(tmp_path / "a.jsonl", ROWS)
    assert (tmp_path / "a.jsonl").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("kind", [".csv", ".tsv"])
def test_odd_names_of_columns_come_back(tmp_path: Path, kind: str) -> None:
    names = [
        "[x",
        "a;b;c;d;e",
        "a",
        " a",
        "a ",
        "  ",
        "a,b,c,d",
        "a\tb\tc\t\t\t",
        'q"',
        '"q"',
        "a\nb",
        "\u2028",
        "chat",
    ]
    row = {name: f"{place}" for place, name in enumerate(names)}
    rows = [{"id": "0", **row}, {"id": "1", **row, "chat": "[1]"}, {"id": "2", **row, "chat": "Hi; \tyou"}]
    write_rows(tmp_path / f"a{kind}", [{k: row[k] for k in [*names, "id"]} for row in rows])
    assert list(read_table(tmp_path / f"a{kind}")) == rows


def test_cells_that_mislead_other_readers_are_quoted(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.csv", [{"a;b": "c;d", "e": "f\tg"}])
    assert (tmp_path / "a.csv").read_text() == '"a;b",e\n"c;d","f\tg"\n'


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install pyarrow"):
        RowWriter(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"pip install pyarrow"):
        list(read_rows(tmp_path / "b.parquet"))


def test_atomic_text(tmp_path: Path) -> None:
    atomic_write_text(tmp_path / "new" / "a.txt", "é\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "é\r\n".encode()
    with pytest.raises(UnicodeEncodeError):
        atomic_write_text(tmp_path / "new" / "a.txt", "\ud800")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "é\r\n".encode()
    assert len(list((tmp_path / "new").iterdir())) == 1


def test_the_module_is_light() -> None:
    code = "import sys, tunesmith.data.files, tunesmith.data.hub; print([m for m in sys.modules if m in sys.argv])"
    heavy = ["pyarrow", "huggingface_hub", "numpy", "torch"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_columns_of_unlike_kinds() -> None:
    pa: Any = pytest.importorskip("pyarrow")
    found = parquet.Columns()
    found.look({"a": 1, "b": None, "c": []})
    found.look({"a": 2**60, "b": None, "c": [{"role": "x", "content": "y"}]})
    assert [str(field.type) for field in found.schema(pa)] == ["string", "string", "string"]
