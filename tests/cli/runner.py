"""Runs the command line as a person does: as a process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "tunesmith"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return {**kept, "PYTHONPATH": str(ROOT), "OPENAI_API_KEY": "sk-test-key", **more}


def tunesmith(
    *args: object, cwd: Path | None = None, stdin: str = "", **env: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *map(str, args)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**env),
        input=stdin,
        timeout=240,
    )


def start(*args: object, **more: Any) -> "subprocess.Popen[str]":
    defaults = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment()}
    return subprocess.Popen([*COMMAND, *map(str, args)], text=True, **{**defaults, **more})


def one_sentence(done: "subprocess.CompletedProcess[str]") -> str:
    """The message of a failed command, which must be one line without a traceback, below at most progress."""
    assert "Traceback" not in done.stderr, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("tunesmith: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]
