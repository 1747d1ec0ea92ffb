"""Every way in which a file may be damaged gives one sentence, with the file and the line."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tunesmith.data.compression import _zstd, open_plain
from tunesmith.data.files import check_source, read_rows, write_rows
from tunesmith.data.json_stream import read_array
from tunesmith.errors import DataError
from tunesmith.rows import Row

zstd = _zstd()
ROW = {"instruction": "a", "input": "", "output": "b"}
DOLLY = {"instruction": "a", "context": "c", "response": "b"}
ARRAY = json.dumps([ROW] * 3, indent=1)  # rows start on lines 2, 7 and 12
LINES = (json.dumps(ROW) + "\n") * 3
LONG = json.dumps([{"instruction": str(n), "output": "b" * 50} for n in range(3000)], indent=1)
BAD_GZ = b"\x1e" + gzip.compress(b"]")[1:]
BAD_XZ = b"\xfc" + lzma.compress(b" ")[1:]
BAD_ZST = b"\x29" + zstd.compress(b" ")[1:]


def with_first(text: str, old: str, new: str) -> str:
    return text.replace(old, new, 1)


def lines(*rows: Any) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def chat(*turns: tuple[str, Any]) -> str:
    return lines({"messages": [{"role": role, "content": content} for role, content in turns]})


# name of the file, content, line (None: of the whole file), pieces of the message
CASES: list[tuple[str, str | bytes, int | None, list[str]]] = [
    # cut off
    ("in_row.json", ARRAY[:-30], 12, ["middle of this row", "after 2 whole", "download"]),
    ("in_number.json", '[\n{"instruction": "a", "n": 1', 2, ["middle of this row"]),
    ("in_escape.json", '[\n{"instruction": "a\\u00', 2, ["middle of this row"]),
    ("in_literal.json", '[\n{"instruction": "a", "x": tru', 2, ["middle of this row"]),
    ("no_bracket.json", ARRAY[:-2], 16, ['without the closing "]"', "after 3 rows"]),
    ("after_comma.json", ARRAY[: ARRAY.rindex("{")], 12, ['without the closing "]"', "after 2 rows"]),
    ("only_bracket.json", "[", 1, ["after 0 rows"]),
    ("in_row.jsonl", LINES[:-20], 3, ["middle of this row", "after 2 whole"]),
    ("first_row.jsonl", LINES[:20], 1, ["middle of this row", "after 0 whole"]),
    ("in_character.json", ARRAY.encode()[:30] + b"\xc3", 4, ["middle of a character"]),
    ("in_character.jsonl", LINES.encode()[:-20] + b"\xc3", 3, ["middle of a character"]),
    ("second.json.gz", gzip.compress(LONG[:-1].encode()) + BAD_GZ, None, [".gz data is damaged"]),
    ("second.json.xz", lzma.compress(LONG.encode()) + BAD_XZ, None, [".xz data is damaged"]),
    ("second_cut.json.xz", lzma.compress(LONG.encode()) + lzma.compress(b" ")[:3], None, [".xz data is cut off"]),
    ("rest.json.xz", lzma.compress(LONG.encode()) + bytes(8) + b"rest of it", None, [".xz data is damaged"]),
    ("padding.json.xz", lzma.compress(LONG.encode()) + bytes(3), None, [".xz data is damaged", "multiple of four"]),
    ("second.json.zst", zstd.compress(LONG.encode()) + BAD_ZST, None, [".zst data is damaged"]),
    ("rest.json.zst", zstd.compress(LONG.encode()) + b"x", None, [".zst data is damaged"]),
    ("cut.json.gz", gzip.compress(LONG.encode())[:-200], None, [".gz data is cut off"]),
    ("cut.json.xz", lzma.compress(LONG.encode())[:-200], None, [".xz data is cut off"]),
    ("cut.json.zst", zstd.compress(LONG.encode())[:-200], None, [".zst data is cut off"]),
    ("bad.json.gz", gzip.compress(LONG.encode())[:-8] + b"12345678", None, [".gz data is damaged"]),
    ("bad.json.xz", lzma.compress(LONG.encode())[:-40] + b"x" * 40, None, [".xz data is damaged"]),
    ("bad.json.zst", zstd.compress(LONG.encode())[:-90] + b"x" * 90, None, [".zst data is damaged"]),
    # not JSON
    ("comma.json", ARRAY[:-1] + ",]", 17, ["followed by a comma"]),
    ("no_comma.json", with_first(ARRAY, "},", "}"), 7, ['expected "," or "]"', "'{'"]),
    ("rest.json", ARRAY + "\n[]", 18, ['after the closing "]"']),
    ("quote.json", with_first(ARRAY, '"b"', '"b'), 5, ["no closing quote"]),
    ("quote_one_line.json", with_first(json.dumps([ROW] * 3), '"b"', '"b'), 1, ["expecting ',' delimiter", "near"]),
    ("quote.jsonl", with_first(LINES, '"b"', '"b'), 1, ["no closing quote"]),
    ("tab.jsonl", with_first(LINES, '"b"', '"\t"'), 1, ["'\\t'", "\\u0009"]),
    ("last_row.json", ARRAY[:-10] + ',"x",, "y": 1}]', 15, ["not JSON"]),
    ("two_in_line.jsonl", with_first(LINES, "\n", " "), 1, ["a line of its own"]),
    ("nan.jsonl", with_first(LINES, '"b"', "NaN"), 1, ["NaN is not JSON"]),
    ("infinity.json", with_first(ARRAY, '"b"', "-Infinity"), 2, ["-Infinity is not JSON"]),
    ("large.json", with_first(ARRAY, '"b"', "1e999"), 2, ["1e999 is too large"]),
    ("digits.jsonl", with_first(LINES, '"b"', "1" * 5000), 1, ["thousands of digits"]),
    ("deep.jsonl", '{"instruction":' + "[" * 100_000, 1, ["nested too deeply"]),
    ("deep.json", '[{"instruction":' + "[" * 100_000, 1, ["nested too deeply"]),
    ("half.jsonl", with_first(LINES, '"b"', '"\\ud83d"'), 1, ["surrogate"]),
    ("half.json", with_first(ARRAY, '"b"', '"\\uDE00"'), 2, ["surrogate"]),
    ("words_cr.jsonl", "hello\rworld\n", 1, ["not JSON"]),
    ("words.json", "hello\nworld\n", 1, ["not JSON", "'hello"]),
    # not a list of rows
    ("object.json", json.dumps({"version": 1, "data": [ROW]}, indent=1), 1, ["in its key 'data'", "jq"]),
    ("object_one_line.json", json.dumps({"data": [ROW]}), 1, ["in its key 'data'", "jq"]),
    ("one_pretty.json", json.dumps(ROW, indent=1), 1, ["one line", "[ ... ]"]),
    ("number.jsonl", LINES + "7\n", 4, ["expected a row", "a number (7)"]),
    ("texts.json", '["a", "b"]', 1, ["expected a row", "text (a)"]),
    ("lists.jsonl", LINES + "[1, 2]\n", 4, ["expected a row", "a list ([1, 2])"]),
    # encodings
    ("latin1.jsonl", LINES.encode() + b'{"instruction": "\xe9"}', 4, ["byte 0xe9 is not UTF-8", "iconv"]),
    ("latin1.json", with_first(ARRAY, "b", "@").encode().replace(b"@", b"\xe9"), 5, ["0xe9 is not UTF-8"]),
    ("latin1.csv", b"instruction,output\na,b\nc,\xe9\n", 3, ["0xe9 is not UTF-8"]),
    ("utf16.json", ARRAY.encode("utf-16"), None, ["UTF-16", "iconv"]),
    ("utf16_no_mark.json", ARRAY.encode("utf-16-le"), None, ["UTF-16"]),
    ("utf32.json", ARRAY.encode("utf-32"), None, ["UTF-32"]),
    # nothing there
    ("empty.json", "", None, ["is empty"]),
    ("blank.jsonl", " \n\n  ", None, ["is empty but for white space"]),
    ("no_rows.json", "[\n]", None, ["holds no rows"]),
    ("empty.json.gz", gzip.compress(b""), None, ["is empty"]),
    ("header.csv", "instruction,output\n", None, ["holds no rows", "a CSV header with rows below it"]),
    ("yaml.yaml", "name: x\n", None, ["no 'examples:' with a list of rows"]),
    ("notes.md.gz", gzip.compress(b"# Notes\n\nOne, two.\n"), None, ["starts with '# Notes'", "expected json"]),
    ("program.py", "import os\nprint(1, 2)\n", None, ["starts with 'import os'"]),
    # wrong types and columns
    ("number_column.jsonl", lines(ROW, ROW | {"instruction": 7}), 2, ["'instruction' holds a number (7)"]),
    ("list_column.json", ARRAY[:-2] + ',\n{"instruction": ["x"]}]', 17, ["holds a list"]),
    ("null_column.jsonl", lines(ROW | {"instruction": None}), 1, ["holds null"]),
    ("input_object.jsonl", lines(ROW | {"input": {}}), 1, ["'input' holds an object"]),
    ("output_bool.jsonl", lines(ROW | {"output": True}), 1, ["'output' holds true or false"]),
    ("no_column.jsonl", lines(ROW, {"output": "x"}), 2, ["no column 'instruction'", "found 'output'"]),
    ("case.jsonl", LINES.replace("instr", "Instr"), 1, ["'Instruction' is meant, rename", "dolly:"]),
    ("unknown.jsonl", lines({"prompt": "x"}), 1, ["no column 'instruction'; found 'prompt'", "sharegpt:"]),
    ("no_keys.jsonl", "{}\n", 1, ["the row is empty"]),
    ("dolly_late.jsonl", lines(*[ROW] * 150, DOLLY), 151, ["'context', 'response', could be dolly", "read as alpaca"]),
    ("alpaca_late.jsonl", lines(*[DOLLY] * 150, ROW), 151, ["'output', could be alpaca", "read as dolly"]),
    ("chat_late.jsonl", lines(*[ROW] * 150, ROW | {"messages": []}), 151, ["could be messages", "read as alpaca"]),
    # ids
    ("same.jsonl", lines(*({"id": n} | ROW for n in (1, 2, 1))), 3, ["id '1' is taken"]),
    ("same.json", json.dumps([{"id": "x"} | ROW] * 2, indent=0), 8, ["id 'x' is taken"]),
    ("positional.jsonl", lines(ROW, {"id": "0"} | ROW), 2, ["id '0' is taken"]),
    ("positional_later.jsonl", lines({"id": "1"} | ROW, ROW), 2, ["id '1' is taken", "position"]),
    ("list_id.jsonl", lines({"id": [1]} | ROW), 1, ["the id is [1]", "text or a whole number"]),
    ("bool_id.jsonl", lines({"id": True} | ROW), 1, ["the id is True"]),
    # csv
    ("ragged.csv", "instruction,output\na,b\nc\n", 3, ["has 1 fields, the header has 2 columns"]),
    ("long.csv", 'instruction,output\n"a\nb",c\nd,e,f\n', 4, ["has 3 fields"]),
    ("open_quote.csv", 'instruction,output\na,"b\nc,d\n', 2, ["never closed"]),
    ("stray_quote.csv", 'instruction,output\na,"b"x\n', 2, ["is not CSV"]),
    ("header_spaces.csv", "\n instruction,instruction\na,b\n", 2, ["two columns 'instruction'"]),
    ("middle_quote.csv", 'x,y,a;"b,c"\n1,2,3\n', 2, ["has 3 fields, the header has 4"]),
    ("open_header.csv", '"instruction,output\na,b\n' * 3, 1, ["is not CSV"]),
    ("header_twice.csv", "instruction,instruction\na,b\n", 1, ["two columns 'instruction'"]),
    ("old_mac.csv", "instruction,output\ra,b\r", 1, ["carriage return"]),
    ("bad_list.csv", 'id,messages\n1,"[{"\n', 2, ["'messages' holds a list in JSON"]),
    # other files
    ("zip.json", b"PK\x03\x04...", None, ["zip"]),
    ("zeros.json", bytes(5000), None, ["binary data", "4,096 of its first 4,096 bytes are zero"]),
    ("zeros_after.json", ARRAY.encode() + bytes(999), None, ["binary data", "999 of its first", "which text has not"]),
    ("picture.json", b"\x89PNG\r\n\x1a\n\0\0", None, ["binary"]),
    ("bzip2.json.bz2", b"BZh91AY", None, ["bzip2"]),
    ("torn.parquet", b"PAR1abcdefgh", None, ["Parquet file is damaged"]),
    ("not.parquet", b"hello", None, ["not Parquet"]),
    # chats
    ("no_turns.jsonl", chat(), 1, ["ends with nothing"]),
    ("only_system.jsonl", chat(("system", "s")), 1, ["ends with nothing"]),
    (
        "two_answers.jsonl",
        chat(("user", "a"), ("assistant", "b"), ("assistant", "c")),
        1,
        ["user, assistant, assistant"],
    ),
    ("parts.jsonl", chat(("user", [{"type": "text", "text": "a"}])), 1, ["turn 1 holds a list", "expected text"]),
    ("tool_call.jsonl", chat(("user", "a"), ("assistant", None)), 1, ["turn 2 holds null"]),
    ("number_turn.jsonl", lines({"messages": [7]}), 1, ["turn 1 is a number (7)"]),
    ("no_role.jsonl", lines({"messages": [{"content": "a"}]}), 1, ["turn 1 has no 'role'"]),
    ("text_turns.jsonl", lines({"messages": "a"}), 1, ["'messages' holds text (a), expected a list"]),
    ("beside.jsonl", lines({"conversations": [], "history": []}), 1, ["'history' stands beside"]),
    ("strange_input.jsonl", lines({"messages": [{"role": "user", "content": "a"}], "input": "x"}), 1, ["'input'"]),
    # two shapes
    ("alpaca_chat.jsonl", lines(ROW | {"messages": []}), None, ["alpaca or messages", "--format alpaca or --format m"]),
    ("alpaca_dolly.jsonl", lines(ROW | {"response": ""}), None, ["alpaca or dolly", "--format dolly"]),
    (
        "mixed_turns.jsonl",
        lines({"conversations": [{"role": "user", "content": "a"}]}),
        None,
        ["sharegpt or messages", "--format sharegpt or --format messages"],
    ),
]


@pytest.mark.parametrize(("name", "content", "line", "pieces"), CASES, ids=[case[0] for case in CASES])
def test_damage_is_one_clear_error(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, pieces: list[str]
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(DataError) as caught:
        check_source(path)

    message = str(caught.value)
    assert caught.value.line == line, message
    assert message.startswith(f"{path}, line {line}: " if line else f"{path}: ")
    assert all(piece in message for piece in pieces), message
    assert "\n" not in message
    assert message.count(str(path)) == 1
    assert caught.value.__suppress_context__ or caught.value.__cause__ is None

    with pytest.raises(DataError, match="^"):  # reading alone finds the same
        list(read_rows(path))


@pytest.mark.parametrize("needs", [("instruction", "output"), ("score",)])
def test_a_needed_column_is_missing(tmp_path: Path, needs: tuple[str, ...]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines(ROW | {"score": 1}, {"instruction": "a", "outputs": "b", "scores": 1}))
    with pytest.raises(DataError, match="no column") as caught:
        check_source(path, needs=needs)
    assert caught.value.line == 2
    assert f"if '{needs[-1]}s' is meant, rename it to '{needs[-1]}'" in str(caught.value)


def test_a_needed_column_is_null(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines(ROW | {"topic": "x"}, ROW | {"topic": None}))
    with pytest.raises(DataError, match="line 2: column 'topic' is null"):
        check_source(path, needs=("instruction", "topic"))


def test_damage_early_in_a_long_file_is_found_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"instruction": "a" "output": "b"},\n' + LONG[1:] * 50)
    with open_plain(path, "a.json") as stream:
        with pytest.raises(DataError, match="line 1: the row is not JSON"):
            next(read_array(stream, "a.json"))
        assert stream.tell() <= 1 << 18


@pytest.mark.parametrize("piece", range(1, 90, 7))
def test_a_row_across_the_ends_of_pieces_is_neither_damaged_nor_cut(
    tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunesmith.data.json_stream._PIECE", piece)
    rows = [{"instruction": "é😀\\", "n": 12.5e-3, "x": [True, None, {"k": "\u2028"}], "y": -7}] * 5
    path = tmp_path / "a.json"
    for ascii_only in (True, False):
        path.write_bytes(b"\xef\xbb\xbf" + json.dumps(rows, indent=2, ensure_ascii=ascii_only).encode())
        read = [{k: v for k, v in row.items() if k not in ("id", "input")} for row in read_rows(path)]
        assert read == rows


@pytest.mark.parametrize("kind", [".json", ".jsonl", ".csv", ".parquet", ".json.gz", ".jsonl.xz", ".csv.zst"])
def test_random_damage_is_never_a_traceback(tmp_path: Path, kind: str) -> None:
    if kind == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"a{kind}"
    rows = [{"instruction": f'é {n} "q"', "output": "😀\n" * 3, "n": 1.5, "history": [ROW]} for n in range(40)]
    write_rows(path, rows)
    whole = path.read_bytes()
    chance = Random(7)
    errors = []
    for turn in range(150):
        damaged = bytearray(whole)
        if turn % 2:
            del damaged[chance.randrange(len(damaged)) :]
        else:
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            check_source(path)
        except DataError as error:
            errors.append(str(error))
    assert len(errors) > 100
    assert not any("\n" in error for error in errors)


@pytest.mark.parametrize(("shape", "row"), [("alpaca", DOLLY), ("dolly", ROW)])
def test_a_row_of_another_shape_than_the_one_given(tmp_path: Path, shape: str, row: Row) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(lines(row))
    with pytest.raises(DataError, match=f"line 1: the row, with 'instruction', .* but the rows are read as {shape}"):
        check_source(path, shape)


@pytest.mark.parametrize("between", [b"", bytes(4), bytes(1 << 20)])
def test_the_streams_of_an_xz_file_are_read_one_after_another(tmp_path: Path, between: bytes) -> None:
    whole = json.dumps([ROW] * 50_000).encode()  # larger than what is read at once
    parts = [whole[:100], b"", whole[100:-1], whole[-1:]]
    path = tmp_path / "a.json.xz"
    path.write_bytes(b"".join(lzma.compress(part) + between for part in parts))
    with open_plain(path, "a.json.xz") as stream:
        assert stream.read() == whole
        assert stream.read(1) == b""
