"""Files that are there whole or not at all."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from tunesmith.errors import RunError, UsageError


def part_of(path: Path) -> Path:
    """The file beside ``path`` that holds what is written until it is whole.

    The name is always the same, so that what a killed process leaves behind is overwritten by the next one, and
    so that two writers of one file meet there; it is hidden, so that reading the folder passes it over.
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
def atomic_file(path: str | Path, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its place when the block ends well, and leaves no trace when it does not.

    Missing folders are made. A link stays a link: the file it leads to is replaced, and the new one has its mode.

    Args:
        path: The file.
        durable: Wait until it is on the disk, so that it outlasts a power cut too, and not only a kill.

    Raises:
        UsageError: Nothing can be written there.
        RunError: The disk is full or fails, or another process is writing this file.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise UsageError(f"{path}: is not an ordinary file, so it cannot be written; give a file's path")
    part = part_of(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        file = _open_locked(part, path, mode)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
    try:
        yield file
        with as_run_error(path):
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            if durable:
                os.fsync(file.fileno())
            part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)  # before closing, which lets the next writer in
        with suppress(OSError):  # on a full disk, closing fails too
            file.close()
        raise
    file.close()
    if durable:
        _sync_folder(target.parent)


def _open_locked(part: Path, path: str | Path, mode: int | None) -> BinaryIO:
    """Open a part file, empty, that no other process has; it is let go when it is closed.

    Args:
        part: The file.
        path: What it is to become, for errors.
        mode: Who may read it while it grows; as the system's mask has it if not given.

    Raises:
        OSError: It cannot be opened.
        UsageError: It is something that tunesmith has not made.
        RunError: Another process is writing it.
    """
    while True:
        try:
            handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
        except OSError:
            if part.is_symlink():
                raise _not_ours(part, path) from None
            raise
        try:
            if _lock(handle, part, path):
                if mode is not None:
                    os.fchmod(handle, mode | stat.S_IRUSR | stat.S_IWUSR)  # what a kill leaves can be opened again
                os.ftruncate(handle, 0)
                return os.fdopen(handle, "wb")
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _lock(handle: int, part: Path, path: str | Path) -> bool:
    """Lock an open part file; False if meanwhile another process has finished with it and moved it away."""
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1:
        raise _not_ours(part, path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunError(f"another tunesmith is writing {path}; wait for it") from None
    try:
        return os.path.samestat(facts, part.lstat())
    except FileNotFoundError:
        return False


def _not_ours(part: Path, path: str | Path) -> UsageError:
    what = f"{part} stands where it would be written first, and is no file of tunesmith's; remove it"
    return UsageError(f"{path}: cannot be written: {what}")


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


def atomic_write_text(path: str | Path, text: str, durable: bool = True) -> None:
    """Write a text file, in UTF-8, whole or not at all; for ``durable`` see `atomic_file`.

    Raises:
        UsageError: Nothing can be written there.
        RunError: The disk is full or fails.
    """
    atomic_write_bytes(path, text.encode(), durable)


def atomic_write_bytes(path: str | Path, content: bytes, durable: bool = True) -> None:
    """Write a file whole or not at all; for ``durable`` see `atomic_file`.

    Raises:
        UsageError: Nothing can be written there.
        RunError: The disk is full or fails.
    """
    with atomic_file(path, durable) as file, as_run_error(path):
        file.write(content)


@contextmanager
def locked_folder(path: Path, option: str = "--output") -> Iterator[None]:
    """Make a folder if need be, and keep other processes of tunesmith out of it until the block ends.

    Args:
        path: The folder.
        option: How the user named it, for errors.

    Raises:
        UsageError: It cannot be written.
        RunError: Another process is at work in it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / ".lock").open("w")
    except OSError as error:
        raise UsageError(f"cannot write to the folder {path}: {error.strerror}; choose another {option}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RunError(f"another tunesmith is at work in {path}; wait for it or choose another {option}") from error
        yield
