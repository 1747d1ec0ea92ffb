"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tunesmith.errors import RunError, UsageError


def part_of(path: Path) -> Path:
    """The file beside ``path`` that holds what is written until it is whole.

    The name is always the same, so that what a killed process leaves behind is overwritten by the next one; it
    is hidden, so that reading the folder passes it over.
    """
    return path.with_name(f".{path.name}.part")


@contextmanager
def as_run_error(path: str | Path) -> Iterator[None]:
    """Turn the system's refusal to write on (a full disk) into a RunError."""
    try:
        yield
    except OSError as error:
        what = f"{path}: cannot be written: {error.strerror or error}; what was there before is untouched"
        raise RunError(what) from None


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its place when the block ends well, and leaves no trace when it does not.

    Missing folders are made. A link stays a link: the file it leads to is replaced.

    Raises:
        UsageError: Nothing can be written there.
        RunError: The disk is full or fails.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise UsageError(f"{path}: is not an ordinary file, so it cannot be written; give a file's path")
    part = part_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("wb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    try:
        yield file
        with as_run_error(path):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            part.replace(target)
    except BaseException:
        with suppress(OSError):  # on a full disk, closing fails too
            file.close()
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Put the new name itself on the disk; some systems cannot open folders, and need not."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def atomic_write_text(path: str | Path, text: str) -> None:
    """Write a text file, in UTF-8, whole or not at all.

    Raises:
        UsageError: Nothing can be written there.
        RunError: The disk is full or fails.
    """
    with atomic_file(path) as file, as_run_error(path):
        file.write(text.encode())
