"""Plain, .gz, .xz and .zst files, told apart by their first bytes when read and by their names when written."""

from __future__ import annotations

import gzip
import io
import lzma
import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from tunesmith.errors import DataError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_XZ = b"\xfd7zXZ\x00"
MAGIC = {b"\x1f\x8b": ".gz", _XZ: ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
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


class _Bytes(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class _Xz:
    """The streams of an .xz file, one after another.

    Python's own reader takes whatever follows the first stream and does not begin like one for padding, and drops
    it: a second stream with a damaged header is gone without a word. Zero bytes, in fours, are the only padding.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        self._ahead = b""  # of the next stream, read with the end of the last one
        self._at_end = False

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end.

        Raises:
            EOFError: The file is cut off.
            lzma.LZMAError: It is damaged.
        """
        while True:
            if self._at_end or (self._stream.eof and not self._next()):
                return b""
            raw = b""
            if self._stream.needs_input:
                raw, self._ahead = self._ahead or self._file.read(BUFFER), b""
                if not raw:
                    raise EOFError
            if data := self._stream.decompress(raw, size):
                return data

    def _next(self) -> bool:
        """Step over padding to the next stream; False if there is none."""
        padding, rest = 0, self._stream.unused_data
        while rest or (rest := self._file.read(BUFFER)):
            self._ahead = rest.lstrip(b"\0")
            padding += len(rest) - len(self._ahead)
            if self._ahead:
                break
            rest = b""
        if padding % 4:
            raise lzma.LZMAError("zero bytes after a stream, their number not a multiple of four")
        self._at_end = not self._ahead
        if self._ahead:
            if not _XZ.startswith(self._ahead[: len(_XZ)]):
                raise lzma.LZMAError("what follows a stream is no other stream")
            self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        return not self._at_end

    def close(self) -> None:
        self._file.close()


class _Decompressed(io.RawIOBase):
    """Decompressed bytes; a decompressor's many exceptions come out as one DataError."""

    def __init__(self, path: Path, name: str, suffix: str) -> None:
        self._name, self._suffix = name, suffix
        self._damage: tuple[type[Exception], ...] = (OSError, zlib.error, lzma.LZMAError)
        if suffix == ".zst":
            zstd = _zstd()
            self._damage += (zstd.ZstdError,)
            self._file: _Bytes = zstd.ZstdFile(path, "rb")
        else:
            self._file = _Xz(path) if suffix == ".xz" else cast(_Bytes, gzip.open(path))  # noqa: SIM115 - by close()

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
