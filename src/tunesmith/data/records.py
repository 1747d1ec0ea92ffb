"""Records as they stand in files: any type and compression, found by looking, each with its file and line."""

from __future__ import annotations

import codecs
import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tunesmith.errors import DataError

from .compression import open_plain, split_name
from .csv_stream import header_of, read_csv
from .examples import holds_examples, read_examples
from .json_stream import Numbered, read_array, read_lines
from .parquet import read_parquet
from .sources import SourceFile

_FOREIGN = {
    b"PK\x03\x04": "a zip archive or an Excel file",
    b"BZh": "compressed with bzip2",
    b"7z\xbc\xaf": "a 7z archive",
    b"SQLite format 3": "an SQLite data base",
    b"ARROW1": "an Arrow file",
    b"%PDF": "a PDF",
    b"\x80\x04": "a Python pickle",
}
_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_EXPECTED = "expected json, jsonl, csv or parquet, plain or as .gz, .xz or .zst"
_ROW_COLUMNS = frozenset({"instruction", "conversations", "messages"})


def read_file(file: SourceFile) -> Iterator[Numbered]:
    """Yield a file's records, each with the line it starts on (its number, from 1, in a Parquet file).

    Raises:
        DataError: The file is empty or damaged, or is of no type that holds rows.
    """
    with open_plain(file.path, file.name) as stream:
        kind = _kind(stream, file.name)
    if kind == "parquet":
        yield from _read_parquet(file)
        return
    reader = {"array": read_array, "lines": read_lines, "csv": read_csv, "examples": read_examples}[kind]
    with open_plain(file.path, file.name) as stream:
        yield from reader(stream, file.name)


def _kind(stream: io.BufferedReader, name: str) -> str:
    """The file's type, by its first bytes and, where they leave a doubt, by its name."""
    head = stream.read(1 << 12)
    if not head:
        raise DataError("the file is empty; expected rows", name)
    if head.startswith(b"PAR1"):
        return "parquet"
    _refuse_foreign(head, name)
    head = head.removeprefix(codecs.BOM_UTF8).lstrip()
    while not head:
        piece = stream.read(1 << 16)
        if not piece:
            raise DataError("the file is empty but for white space; expected rows", name)
        head = piece.lstrip()
    suffix = split_name(name)[0]
    if suffix in (".yaml", ".yml") or holds_examples(head):
        return "examples"
    if head[:1] in b"[{":
        return "array" if head[:1] == b"[" else "lines"
    header = header_of(head.split(b"\n")[0])
    is_known = not _ROW_COLUMNS.isdisjoint(header)
    if suffix in (".json", ".jsonl", ".ndjson") and not is_known:
        start = head[:20].decode("utf-8", "replace")
        raise DataError(f'the file is not JSON: it starts with {start!r}, where "[" or "{{" is expected', name, 1)
    if suffix == ".parquet":
        raise DataError("the file is not Parquet: its first bytes are not PAR1; copy or download it again", name)
    if suffix not in ("", ".csv", ".tsv") and len(header) < 2 and not is_known:  # notes, settings, a program
        start = head.split(b"\n")[0][:40].decode("utf-8", "replace").strip()
        raise DataError(f"the file starts with {start!r}, which is no row; {_EXPECTED}", name)
    return "csv"


def _refuse_foreign(head: bytes, name: str) -> None:
    for magic, encoding in _WIDE.items():
        if head.startswith(magic):
            what = f"the file is {encoding}; save it as UTF-8 (iconv -f {encoding} -t utf-8 FILE > NEW)"
            raise DataError(what, name)
    found = [what for magic, what in _FOREIGN.items() if head.startswith(magic)]
    if found or head.count(b"\0") * 10 > len(head):
        raise DataError(f"the file is {found[0] if found else _with_zeros(head)}; {_EXPECTED}", name)


def _with_zeros(head: bytes) -> str:
    """What a file seems to be that has many zero bytes: in UTF-16 they are every other one."""
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) > 4 * min(first, second) and head.rstrip(b"\0")[:-1].count(0):
        return "binary data, or text in UTF-16 (then save it as UTF-8)"
    return f"binary data: {first + second:,} of its first {len(head):,} bytes are zero, which text has not"


def _read_parquet(file: SourceFile) -> Iterator[Numbered]:
    with file.path.open("rb") as raw:
        is_plain = raw.read(4) == b"PAR1"
    if is_plain:
        yield from read_parquet(file.path, file.name)
        return
    # Parquet is read from its end, so a compressed one has to be unpacked first.
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
        path = Path(folder) / "plain.parquet"
        with open_plain(file.path, file.name) as stream, path.open("wb") as plain:
            shutil.copyfileobj(stream, plain, 1 << 20)
        yield from read_parquet(path, file.name)
