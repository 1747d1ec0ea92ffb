"""Death at a chosen moment: after so many files, nothing more is written, as when a process is killed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tunesmith.data.files import atomic_write_text


class Death(BaseException):
    """The process is no more."""


@dataclass
class Writes:
    number: int = 0


@contextmanager
def dying(after: int) -> Iterator[Writes]:
    """Die at the writing of a file, once so many were written."""
    writes = Writes()

    def write(path: str | Path, *args: Any, **more: Any) -> None:
        if writes.number >= after:
            raise Death
        writes.number += 1
        atomic_write_text(path, *args, **more)

    with (
        patch("tunesmith.explore.tree_files.atomic_write_text", write),
        patch("tunesmith.explore.home.atomic_write_text", write),
    ):
        yield writes
