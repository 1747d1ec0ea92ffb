"""Files of answers on the command line: ``FILE``, ``NAME=FILE`` or a run folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tunesmith.errors import UsageError
from tunesmith.recipes import RunFolder


def named_files(given: Iterable[str]) -> dict[str, str]:
    """Files by model: by the name that is given, or else by the file's own, without its endings.

    Raises:
        UsageError: Two have the same name, or a run has not finished.
    """
    found: dict[str, str] = {}
    for one in given:
        name, mark, file = one.partition("=")
        if not mark or not name or Path(one).exists():
            file = one
            name = Path(one).name.split(".")[0] or one
        if name in found:
            raise UsageError(f"{found[name]} and {file} would both be called {name!r}; name one: NAME={file}")
        found[name] = _of_run(file)
    return found


def _of_run(file: str) -> str:
    """The rows of a run's data set; any other file as it is."""
    path = Path(file)
    if not path.is_dir() or not RunFolder(path).read_manifest():
        return file
    rows = path / "data" / "train.jsonl"
    if not rows.is_file():
        raise UsageError(f"the run {path} has no data set yet; give its command again, and look when it is done")
    return str(rows)
