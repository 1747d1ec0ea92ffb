"""Writing rows: any type by the file's name, compressed by its last suffix, whole or not at all.

The same rows give the same bytes. ``.json`` is laid out as Alpaca's own file is, ``json.dump(rows, indent=4)``.
CSV and Parquet need to know all columns before the first row, so rows wait in a nameless file on the target's disk.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row

from .atomic import as_run_error, atomic_file
from .compression import SUFFIXES, compressed, split_name
from .csv_stream import cell_text, csv_line, header_line
from .parquet import Columns, arrow, write_parquet


class RowWriter:
    """Writes rows to a file that appears, or replaces the old one, when the ``with`` block ends well.

    Args:
        path: Ends in .jsonl, .json, .csv, .tsv or .parquet, and after that in .gz, .xz or .zst if it is to be
            compressed.

    Raises:
        UsageError: The ending is another, the folder cannot be written, or pyarrow is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.rows = 0
        kind, self._compression = split_name(self.path.name)
        if kind not in _SINKS:
            kinds = ", ".join(_SINKS)
            raise UsageError(
                f"{path}: rows cannot be written to a file of this name; end it in one of {kinds}, "
                f"and after that, if wanted, in {', '.join(SUFFIXES)}"
            )
        if kind == ".parquet":
            arrow()
        self._make_sink = _SINKS[kind]
        self._stack = ExitStack()
        self._sink: _Sink | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            raw = stack.enter_context(atomic_file(self.path))
            file = raw if not self._compression else stack.enter_context(compressed(raw, self._compression))
            self._sink = self._make_sink(file, self.path)
            stack.callback(self._sink.close)
            self._stack = stack.pop_all()
        return self

    def write(self, row: Row) -> None:
        """Add a row.

        Raises:
            DataError: The row holds what JSON cannot (NaN, half a surrogate pair).
            RunError: The disk is full.
        """
        assert self._sink is not None, "write inside the with block"
        try:
            with as_run_error(self.path):
                self._sink.write(row)
        except UnicodeEncodeError:
            what = f"row {row.get('id')!r} holds half of a surrogate pair, which is no character; mend the text"
            raise DataError(what, self.path) from None
        except ValueError:
            what = f"row {row.get('id')!r} holds NaN or an infinite number, which JSON has not; make it null"
            raise DataError(what, self.path) from None
        self.rows += 1

    def flush(self) -> None:
        """Hand what is written so far to the system; it is still under the hidden name."""
        assert self._sink is not None, "flush inside the with block"
        with as_run_error(self.path):
            self._sink.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                with as_run_error(self.path):
                    assert self._sink is not None
                    self._sink.finish()
            except BaseException as failed:
                self._stack.__exit__(type(failed), failed, failed.__traceback__)
                raise
        self._stack.__exit__(kind, error, trace)


def write_rows(path: str | Path, rows: Iterable[Row]) -> int:
    """Write rows to a file, whole or not at all; returns how many.

    Raises:
        UsageError: The path's ending is of no known type, or it cannot be written.
        DataError: A row holds what JSON cannot.
        RunError: The disk is full.
    """
    with RowWriter(path) as writer:
        for row in rows:
            writer.write(row)
    return writer.rows


class _Sink(Protocol):
    """One file type's way of writing."""

    def write(self, row: Row) -> None: ...

    def flush(self) -> None: ...

    def finish(self) -> None:
        """Write what comes after the last row."""

    def close(self) -> None:
        """Let go of everything, finished or not."""


class _Lines:
    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file

    def write(self, row: Row) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")

    def flush(self) -> None:
        self._file.flush()

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class _Array(_Lines):
    def __init__(self, file: BinaryIO, path: Path) -> None:
        super().__init__(file, path)
        self._between = b"[\n"

    def write(self, row: Row) -> None:
        text = json.dumps([row], ensure_ascii=False, allow_nan=False, indent=4)
        self._file.write(self._between + text[2:-2].encode())  # without its own brackets
        self._between = b",\n"

    def finish(self) -> None:
        self._file.write(b"[]\n" if self._between == b"[\n" else b"\n]\n")


class _Table:
    """Rows wait in JSON lines until all columns are known."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        folder = Path(os.path.realpath(path)).parent  # where there is room for it; /tmp is often small
        with as_run_error(path):
            self._rows = cast(BinaryIO, tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - by close()
        self._lines = _Lines(self._rows, path)
        self.columns = Columns()

    def write(self, row: Row) -> None:
        self._lines.write(row)
        self.columns.look(row)

    def flush(self) -> None:
        self._rows.flush()

    def finish(self) -> None:
        self._rows.seek(0)
        self.put(map(json.loads, self._rows), self._file)

    def put(self, rows: Iterator[Row], file: BinaryIO) -> None:
        raise NotImplementedError

    def close(self) -> None:
        with suppress(OSError):  # on a full disk; what could not be written has been told by then
            self._rows.close()


class _Csv(_Table):
    delimiter = ","

    def put(self, rows: Iterator[Row], file: BinaryIO) -> None:
        names = self.columns.names()
        if names:
            file.write(header_line(names, self.delimiter).encode())
        for row in rows:
            cells = (cell_text(name, row.get(name)) for name in names)
            file.write(csv_line(cells, self.delimiter).encode())


class _Tsv(_Csv):
    delimiter = "\t"


class _Parquet(_Table):
    def put(self, rows: Iterator[Row], file: BinaryIO) -> None:
        write_parquet(rows, self.columns, file)


_SINKS: dict[str, Callable[[BinaryIO, Path], _Sink]] = {
    ".jsonl": _Lines,
    ".ndjson": _Lines,
    ".json": _Array,
    ".csv": _Csv,
    ".tsv": _Tsv,
    ".parquet": _Parquet,
}
