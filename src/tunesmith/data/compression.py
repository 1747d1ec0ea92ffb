"""Plain, .gz, .xz and .zst files, told apart by their first bytes when read and by their names when written."""

from __future__ import annotations

import gzip
import io
import lzma
import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, cast

from tunesmith.errors import DataError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = {b"\x1f\x8b": ".gz", b"\xfd7zXZ\x00": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
SUFFIXES = tuple(MAGIC.values())
BUFFER = 1 << 18  # bytes


def split_name(name: str) -> tuple[str, str]:
    """Split a file name into its type and its compression: ``a.json.gz`` gives ``(".json", ".gz")``."""
    path = Path(name.lower())
    if path.suffix in SUFFIXES:
        return Path(path.stem).suffix, path.suffix
    return path.suffix, ""


def open_plain(path: Path, name: str) -> io.BufferedReader:
    """Open a file for reading bytes, decompressed if it is compressed, whatever it is called.

    Args:
        path: The file.
        name: What to call it in errors.

    Raises:
        DataError: It cannot be opened; and later, from reads, when its compressed data is cut off or damaged.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
        for magic, suffix in MAGIC.items():
            if head.startswith(magic):
                return io.BufferedReader(_Decompressed(path, name, suffix), BUFFER)
        return io.BufferedReader(path.open("rb", buffering=0), BUFFER)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", name) from None


def compressed(raw: BinaryIO, suffix: str) -> BinaryIO:
    """Wrap a file open for writing so that what is written is compressed; the same bytes at any time of day."""
    if suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0))
    if suffix == ".xz":
        return cast(BinaryIO, lzma.LZMAFile(raw, "wb"))
    if suffix == ".zst":
        return cast(BinaryIO, _zstd().ZstdFile(raw, "wb"))
    return raw


class _Decompressed(io.RawIOBase):
    """Decompressed bytes; a decompressor's many exceptions come out as one DataError."""

    def __init__(self, path: Path, name: str, suffix: str) -> None:
        self._name, self._suffix = name, suffix
        self._damage: tuple[type[Exception], ...] = (OSError, zlib.error, lzma.LZMAError)
        if suffix == ".zst":
            zstd = _zstd()
            self._damage += (zstd.ZstdError,)
            self._file = cast(BinaryIO, zstd.ZstdFile(path, "rb"))
        else:
            self._file = cast(BinaryIO, lzma.open(path) if suffix == ".xz" else gzip.open(path))  # noqa: SIM115 - by close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        try:
            data = self._file.read(len(view))
        except EOFError:
            what = f"the {self._suffix} data is cut off before its end; copy or download the file again"
            raise DataError(what, self._name) from None
        except self._damage as error:
            what = f"the {self._suffix} data is damaged ({error}); copy or download the file again"
            raise DataError(what, self._name) from None
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _zstd() -> ModuleType:
    """The zstd module: in the standard library from Python 3.14 on."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
