"""What a source names: one file, a folder of them, standard input, or a data set on the hub."""

from __future__ import annotations

import atexit
import io
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from tunesmith.errors import DataError, UsageError

from .compression import split_name
from .testsets import PREFIX, file_of, named

TYPES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
# Written beside the data by other tools; they hold no rows.
_NOT_DATA = frozenset({"dataset_infos.json", "dataset_info.json", "dataset_dict.json", "state.json"})
_spooled: dict[str, tuple[TextIO | None, Path]] = {}


@dataclass(frozen=True)
class SourceFile:
    """One file of a source: where it is, what to call it in errors, and its shape where the source says it."""

    path: Path
    name: str
    shape: str | None = None


def list_files(source: str | Path) -> list[SourceFile]:
    """The files that a source stands for, in the order in which they are read.

    Args:
        source: A path, a folder's path, ``-`` for standard input, ``hf:owner/name[:split]`` or ``testset:NAME``.

    Raises:
        RunError: A test set cannot be fetched.
        UsageError: The source is empty, there is no such file or data set, or the folder has no data files.
    """
    text = str(source)
    if not text:  # as from an unset variable; a path of no name is the current folder
        raise UsageError("the source is empty; give a file, a folder, - for standard input, or hf:owner/name")
    if text == "-":
        return [SourceFile(spool_stdin(), "standard input")]
    if text.startswith("hf:"):
        from .hub import hub_files

        return [SourceFile(path, name) for name, path in hub_files(text)]
    if text.startswith(PREFIX):
        path = file_of(text)
        return [replace(file, shape=PREFIX + named(text)[0].name) for file in list_files(path)]
    path = Path(source)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{text}: cannot be read: {error.strerror}; check the path") from None
    if stat.S_ISDIR(mode):
        return _folder(path)
    if not stat.S_ISREG(mode):  # a pipe, as in <(command): it can be read once, and data is read twice
        return [SourceFile(_spool_pipe(path), text)]
    return [SourceFile(path, text)]


def _folder(folder: Path) -> list[SourceFile]:
    files = [
        SourceFile(path, str(path))
        for path in sorted(folder.iterdir())
        if split_name(path.name)[0] in TYPES
        and not path.name.startswith(".")
        and path.name not in _NOT_DATA
        and path.is_file()
    ]
    if not files:
        wanted = ", ".join(TYPES)
        raise DataError(f"the folder has no data files ({wanted}, each also .gz, .xz or .zst)", folder)
    return files


def spool_stdin() -> Path:
    """Copy standard input into a temporary file, which goes when the program ends.

    A later call gives the same file, so that ``-`` can be checked first and read after.

    Raises:
        UsageError: Standard input is a terminal.
    """
    key = "-"
    known = _spooled.get(key)
    if known is not None and known[0] is sys.stdin:
        return known[1]
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("the source is -, standard input, but nothing is piped into it; try: tunesmith ... < FILE")
    binary = getattr(sys.stdin, "buffer", None) or io.BytesIO(sys.stdin.read().encode())
    path = _copy(binary)
    _spooled[key] = (sys.stdin, path)
    return path


def _spool_pipe(path: Path) -> Path:
    key = str(path)
    if key not in _spooled:
        with path.open("rb") as file:
            _spooled[key] = (None, _copy(file))
    return _spooled[key][1]


def _copy(file: BinaryIO) -> Path:
    with tempfile.NamedTemporaryFile(prefix="tunesmith-", suffix=".spool", delete=False) as copy:
        path = Path(copy.name)
        atexit.register(path.unlink, missing_ok=True)
        shutil.copyfileobj(file, copy, 1 << 20)
    return path
