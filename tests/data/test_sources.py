"""Where rows come from: files of any name, folders, standard input, pipes; and what a check finds out."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tunesmith.data.files import check_source, read_rows, read_table, write_rows
from tunesmith.data.sources import spool_stdin
from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row

ROWS: list[Row] = [{"id": str(n), "instruction": f"é {n}", "input": "", "output": "b"} for n in range(5)]


def test_the_check_tells_facts_that_do_not_depend_on_the_file(tmp_path: Path) -> None:
    bare = [{k: v for k, v in row.items() if k != "id"} for row in ROWS]
    (tmp_path / "ascii.json").write_text(json.dumps(bare, ensure_ascii=True))
    names = ["a.json", "a.jsonl", "a.csv", "a.json.gz", "a.jsonl.zst", "a.csv.xz"]
    for name in names:
        write_rows(tmp_path / name, ROWS)
    facts = {name: check_source(tmp_path / name) for name in [*names, "ascii.json"]}
    assert len({fact.sha256 for fact in facts.values()}) == 1
    assert facts["a.json"].rows == 5
    assert facts["a.json"].columns == ("id", "instruction", "input", "output")
    assert facts["a.json"].shape == "alpaca"
    assert facts["a.json"].files == (str(tmp_path / "a.json"),)
    write_rows(tmp_path / "b.json", ROWS[::-1])
    assert check_source(tmp_path / "b.json").sha256 != facts["a.json"].sha256


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.gz", "a.txt", "a"])
def test_a_wrong_name_does_no_harm(tmp_path: Path, name: str) -> None:
    text = "\ufeff \n" + json.dumps(ROWS)
    for content in (text.encode(), gzip.compress(text.encode())):
        (tmp_path / name).write_bytes(content)
        assert list(read_rows(tmp_path / name)) == ROWS


def test_csv_by_any_name_and_delimiter(tmp_path: Path) -> None:
    for name, delimiter in (("a.json", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.txt", ",")):
        text = f'\ufeffinstruction{delimiter} output\r\n\r\n"a\nb"{delimiter}c\r\n'
        (tmp_path / name).write_bytes(text.encode())
        assert list(read_rows(tmp_path / name)) == [{"id": "0", "instruction": "a\nb", "input": "", "output": "c"}]


def test_delimiters_in_quoted_names_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('"instruction","out;put;x;y"\na,b\n')
    assert list(read_rows(tmp_path / "a.csv")) == [{"id": "0", "instruction": "a", "input": "", "out;put;x;y": "b"}]


def test_blank_lines_before_a_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n   \ninstruction;output\na, b, c;d\ne\n")
    with pytest.raises(DataError, match="line 5: the row has 1 fields, the header has 2"):
        list(read_rows(tmp_path / "a.csv"))
    (tmp_path / "a.csv").write_text("\n   \ninstruction;output\na, b, c;d\n")
    assert list(read_rows(tmp_path / "a.csv")) == [{"id": "0", "instruction": "a, b, c", "input": "", "output": "d"}]


def test_plain_text_in_a_column_called_as_one_for_lists(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('instruction,history,chat\na,The Great War,\nb,"[1, 2]","{""x"": {}}"\n')
    assert list(read_rows(tmp_path / "a.csv")) == [
        {"id": "0", "instruction": "a", "input": "", "history": "The Great War"},
        {"id": "1", "instruction": "b", "input": "", "history": [1, 2], "chat": {"x": {}}},
    ]


def test_a_column_without_a_name_as_pandas_writes_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",instruction,score\n0,a,\n")
    assert list(read_rows(tmp_path / "a.csv")) == [{"id": "0", "instruction": "a", "input": "", "column_1": "0"}]


def test_blank_lines_and_marks_are_passed_over(tmp_path: Path) -> None:
    line = json.dumps(ROWS[0]).encode()
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf\n" + line + b"\r\n \n")
    assert list(read_rows(tmp_path / "a.jsonl")) == ROWS[:1]


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    write_rows(tmp_path / "b.jsonl.gz", ROWS[3:])
    write_rows(tmp_path / "a.json", ROWS[:2])
    write_rows(tmp_path / "a2.csv", ROWS[2:3])
    for name in ("README.md", ".hidden.jsonl", "x.part", "LICENSE", "dataset_infos.json"):
        (tmp_path / name).write_text("not data")
    (tmp_path / "folder.json").mkdir()
    assert list(read_rows(tmp_path)) == ROWS
    assert check_source(str(tmp_path)).files == tuple(
        str(tmp_path / name) for name in ("a.json", "a2.csv", "b.jsonl.gz")
    )


def test_a_folder_counts_positions_and_ids_over_all_files(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        write_rows(tmp_path / name, [{"instruction": name}] * 2)
    assert [row["id"] for row in read_rows(tmp_path)] == ["0", "1", "2", "3"]
    write_rows(tmp_path / "c.jsonl", [{"instruction": "c", "id": 2}])
    with pytest.raises(DataError, match=r"c\.jsonl, line 1: the id '2' is taken"):
        check_source(tmp_path)


def test_a_folder_of_two_shapes(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", ROWS)
    write_rows(tmp_path / "b.jsonl", [{"instruction": "a", "response": "b"}])
    with pytest.raises(DataError, match=r"b\.jsonl: the rows are dolly, those of .*a\.jsonl are alpaca"):
        list(read_rows(tmp_path))
    with pytest.raises(DataError, match=r"b\.jsonl: the rows are dolly, those of .*a\.jsonl are alpaca"):
        check_source(tmp_path)


def test_a_folder_without_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no data files"):
        read_rows(tmp_path)


def test_no_such_file_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.json: cannot be read: No such file"):
        read_rows(tmp_path / "a.json")


@pytest.mark.parametrize("read", [read_rows, read_table, check_source])
def test_an_empty_source_is_not_the_current_folder(read: Callable[[str], object]) -> None:
    with pytest.raises(UsageError, match="the source is empty; give a file"):
        read("")


def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[]")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        list(read_rows(path))


class _Piped(io.TextIOWrapper):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


def test_standard_input_can_be_checked_and_then_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Piped(gzip.compress(json.dumps(ROWS).encode())))
    assert check_source("-").files == ("standard input",)
    assert list(read_rows("-")) == ROWS
    assert spool_stdin() == spool_stdin()
    monkeypatch.setattr("sys.stdin", _Piped(b'{"instruction": 1}'))
    with pytest.raises(DataError, match="^standard input, line 1: column 'instruction' holds a number"):
        check_source("-")
    monkeypatch.setattr("sys.stdin", _Piped(b""))
    with pytest.raises(DataError, match="^standard input: the file is empty"):
        check_source("-")


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = _Piped(b"")
    monkeypatch.setattr(piped, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", piped)
    with pytest.raises(UsageError, match="nothing is piped"):
        read_rows("-")


def test_the_copy_of_standard_input_goes_when_the_program_ends(tmp_path: Path) -> None:
    code = """
from tunesmith.data.files import check_source
from tunesmith.data.sources import spool_stdin
print(spool_stdin())
print(check_source("-").rows)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(ROWS), capture_output=True, text=True, check=True
    )
    path, rows = done.stdout.splitlines()
    assert rows == "5"
    assert not Path(path).exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_can_be_checked_and_then_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    with subprocess.Popen([sys.executable, "-c", code, str(pipe), json.dumps(ROWS)]):
        assert check_source(pipe).rows == 5
        assert list(read_rows(pipe)) == ROWS


def test_rows_of_any_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_rows(path, [{"question": "a"}])
    assert list(read_table(path)) == [{"id": "0", "question": "a"}]
    facts = check_source(path, needs=("question",))
    assert facts.shape == "plain"
    assert list(read_rows(path, facts.shape)) == [{"id": "0", "question": "a"}]
    with pytest.raises(DataError, match="line 1: no column 'instruction'"):
        check_source(path, shape="plain", needs=("question", "instruction"))
    write_rows(path, [{"question": "a"}, {"answer": "b"}])
    with pytest.raises(DataError, match="line 2: no column 'question'"):
        check_source(path, needs=("question",))


def test_an_unknown_format(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", ROWS)
    with pytest.raises(UsageError, match="no format 'vicuna'"):
        list(read_rows(tmp_path / "a.jsonl", "vicuna"))
