"""The run folder: what is where, who may write, and the manifest.

::

    recipe.yaml         the recipe as it ran, every setting written out
    manifest.json       what ran on what, when, with which outcome and at what cost
    prompts/            each prompt as it was
    replies.sqlite      the reply store, unless --store names another
    steps/              the rows after each step; 0-source.jsonl as they came in
    ledger.jsonl        the fate of every row at every step
    data/               the data set: train.jsonl, train.parquet, and its card README.md

A file that is still being written ends in ``.part``.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tunesmith.data.atomic import locked_folder
from tunesmith.data.files import atomic_write_text
from tunesmith.errors import UsageError


class Journal:
    """A file of JSON lines that can be read while it grows, under a name ending in ``.part`` until it is whole."""

    FLUSH_AFTER = 0.5  # seconds: what a person sees who looks while it runs

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self._encode = json.JSONEncoder(ensure_ascii=False).encode
        self._flushed = 0.0
        self._file: IO[str]

    def __enter__(self) -> Self:
        self.part.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.part.open("w", encoding="utf-8", newline="\n")
        return self

    def write(self, entry: dict[str, Any]) -> None:
        """Append one object."""
        self._file.write(self._encode(entry) + "\n")
        now = time.monotonic()
        if now - self._flushed > self.FLUSH_AFTER:
            self._file.flush()
            self._flushed = now

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file as file:
            file.flush()
            if kind is None:
                os.fsync(file.fileno())
        if kind is None:
            self.part.replace(self.path)


class RunFolder:
    """Paths and manifest of one run."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.recipe = self.path / "recipe.yaml"
        self.manifest = self.path / "manifest.json"
        self.ledger = self.path / "ledger.jsonl"
        self.store = self.path / "replies.sqlite"
        self.data = self.path / "data"
        self.prompts = self.path / "prompts"

    def rows_after(self, position: int, label: str) -> Path:
        """Where the rows lie that left the step at ``position``, counted from 1; 0 is the source."""
        return self.path / "steps" / f"{position}-{label}.jsonl"

    def read_manifest(self) -> dict[str, Any]:
        """The manifest, empty if there is none yet.

        Raises:
            UsageError: The folder is not a run's, or the manifest is damaged.
        """
        try:
            found = json.loads(self.manifest.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read {self.manifest}: {error}") from error
        if not isinstance(found, dict) or not {"run", "status", "recipe", "input", "steps"} <= found.keys():
            raise UsageError(f"{self.manifest} is not a manifest")
        return found

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Replace the manifest at once."""
        atomic_write_text(self.manifest, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Create the folder if need be and keep other processes out of it.

        Raises:
            UsageError: It holds something else than a run, or cannot be written.
            RunError: Another process is at work in it.
        """
        with locked_folder(self.path):
            yield

    def in_use(self) -> bool:
        """Whether a process is at work in the folder."""
        try:
            with (self.path / ".lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def check_free_for_run(self) -> None:
        """See that the folder is empty or a run's.

        Raises:
            UsageError: It is a file, or holds something else.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"--output {self.path} is a file; a run needs a folder")
        if self.path.is_dir() and not self.manifest.exists():
            # The lock, and what a process that was killed at once left half written, begin with a dot.
            others = [entry.name for entry in self.path.iterdir() if not entry.name.startswith(".")]
            if others:
                raise UsageError(f"--output {self.path} holds other files ({others[0]}); choose an empty folder")
