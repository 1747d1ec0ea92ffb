"""math-verify (the extra ``maths``), in a process of its own, so that no answer can hang or exhaust ours.

``9^{9^{9^9}}`` is a short answer over which a computer algebra system works until the machine is switched off. The
library's own time-outs are signals to the main thread, which long arithmetic does not heed.
"""

from __future__ import annotations

import importlib.util
import json
import select
import subprocess
import sys
from typing import Self

from tunesmith.curate.final_answers import is_balanced
from tunesmith.errors import RunError, UsageError

_LONGEST = 1000  # characters of an answer that is given to it
_PATIENCE = 20  # how much longer than its computing time a pair may take on a machine that does other things too
_START = 120.0  # seconds to start in


class MathVerify:
    """Asks math-verify whether answers are the same. Use it as a context manager; the process starts when needed.

    Args:
        seconds: Computing time for each pair of answers.
        memory: Most bytes of memory.

    Raises:
        UsageError: It is not installed.
    """

    def __init__(self, seconds: float = 5.0, memory: int = 2 << 30) -> None:
        if not is_installed():
            raise UsageError("math-verify is not installed; install tunesmith[maths], or compare by rules alone")
        self._seconds, self._memory = seconds, memory
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def compare(self, one: str, other: str, mended: bool = False) -> tuple[bool | None, str]:
        """Whether both ways round it takes the answers for the same, and what went wrong if it cannot tell.

        Args:
            one: An answer in LaTeX.
            other: Another.
            mended: Whether symbols are made all of one kind, and ``i`` the imaginary unit, before they are compared,
                and the ``m`` of ``5m`` is not taken for a unit that may be dropped.
        """
        if max(len(one), len(other)) > _LONGEST:
            return None, f"too long for math-verify (more than {_LONGEST:,} characters)"
        if not (is_balanced(one) and is_balanced(other)):
            return None, "its braces are not closed"
        process = self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps([one, other, mended]) + "\n")
            process.stdin.flush()
        except OSError:
            pass  # it is gone, which reading tells
        line = _line(process, self._seconds * _PATIENCE)
        if not line:
            self.close()
            return None, f"math-verify did not come to an end with it ({self._seconds:g} s of computing)"
        verdict = json.loads(line)
        if isinstance(verdict, str):
            return None, verdict
        return verdict, "" if verdict is not None else "math-verify cannot read it"

    def close(self) -> None:
        """End the process; asking again starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            command = [sys.executable, "-m", f"{__package__}.worker", str(self._seconds), str(self._memory)]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
            if not _line(self._process, _START):
                self.close()
                raise RunError("math-verify is installed but does not start; compare by rules alone, or mend it")
        return self._process


def _line(process: subprocess.Popen[str], seconds: float) -> str:
    """A line from the process; empty if it ends, or says nothing for so many seconds."""
    assert process.stdout is not None
    there, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if there else ""


def is_installed() -> bool:
    """Whether the library is there."""
    return importlib.util.find_spec("math_verify") is not None
