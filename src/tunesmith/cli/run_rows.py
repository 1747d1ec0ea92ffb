"""The rows that a command looks at: those of a file, or those of a run when a column came to be."""

from __future__ import annotations

from pathlib import Path

from tunesmith.data.files import read_table
from tunesmith.errors import UsageError
from tunesmith.recipes import RunFolder


def rows_with(file: str, column: str, done: str, remedy: str) -> str:
    """The file with the rows: of a run, those after the first step that gave them the column, when none had gone yet.

    Args:
        file: A file, or a run's folder.
        column: The column.
        done: What the run must have done: "rated all rows".
        remedy: What to do where no step wrote the column.

    Raises:
        UsageError: No step of the run did.
    """
    path = Path(file)
    if not path.is_dir() or not RunFolder(path).read_manifest():
        return file
    steps = {int(step.name.split("-")[0]): step for step in (path / "steps").glob("[0-9]*-*.jsonl")}
    for _, step in sorted(steps.items()):
        if any(column in row for row in read_table(step)):
            return str(step)
    if max(steps, default=0) == 0:
        raise UsageError(
            f"the run {path} has finished no step yet; give its command again, and look when it has {done}"
        )
    labels = ", ".join(step.name.split("-", 1)[1].removesuffix(".jsonl") for _, step in sorted(steps.items()))
    raise UsageError(
        f"no row of the run {path} has the column {column!r}, neither in its source nor after a step ({labels}); "
        f"{remedy}"
    )
