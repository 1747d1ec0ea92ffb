"""Every exception that tunesmith raises on purpose.

The tree::

    TunesmithError                 a sentence for the user: what was found, what was expected, how to mend it
    |-- UsageError                 the call was wrong (exit status 2)
    |   |-- DataError              a row or a file is damaged: file and line
    |   `-- RecipeError            a recipe does not hold together: step and column
    `-- RunError                   the run could not go on; everything so far is kept (exit status 1)
        |-- StoreError             the reply store cannot be read or written
        |-- Interrupted            Ctrl-C, once or twice (exit status 130)
        `-- TeacherError           a request was not answered
            |-- Transient          may pass: asked again by the driver (429, 5xx, time-out, dropped connection)
            |-- Refused            this request will never be answered (context too long)
            `-- TeacherStopped     no request will be answered (wrong key, unknown model, endpoint down)
                `-- BudgetSpent    the cap on money is reached

    Drop, Unreadable               what a step raises about one row; never seen by the user as a traceback
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class TunesmithError(Exception):
    """Base of all; its text is meant for the user."""

    exit_status = 1


class UsageError(TunesmithError):
    """The call was wrong: an option, a path, a combination that cannot work."""

    exit_status = 2


class DataError(UsageError):
    """A row or a file is damaged.

    Args:
        what: What was found, what was expected and how to mend it.
        path: The file, if there is one.
        line: The line in the file, counted from 1, if it is known.
    """

    def __init__(self, what: str, path: str | Path | None = None, line: int | None = None) -> None:
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(where + what)
        self.path, self.line = path, line


class RecipeError(UsageError):
    """A recipe does not hold together: an unknown step or setting, a column nobody writes."""


class RunError(TunesmithError):
    """The run could not go on; what was made and paid for is kept."""


class StoreError(RunError):
    """The reply store cannot be read or written (disk full, read-only folder, not a store)."""


class Interrupted(RunError):
    """The user pressed Ctrl-C."""

    exit_status = 130


class TeacherError(RunError):
    """A request was not answered. ``status`` is the HTTP status that said so, 0 if none did."""

    status = 0


class Transient(TeacherError):
    """A failure that may pass.

    Args:
        what: What happened.
        kind: One word for statistics: ``rate``, ``server``, ``timeout``, ``connection`` (nothing was sent),
            ``dropped`` (the connection broke later), ``garbled``, or ``empty`` (a whole answer without a word).
        retry_after: Seconds that the server asked to wait, if it did.
        answered: Whether the server may have charged for it although no reply arrived.
    """

    def __init__(self, what: str, kind: str, retry_after: float | None = None, answered: bool = False) -> None:
        super().__init__(what)
        self.kind, self.retry_after, self.answered = kind, retry_after, answered

    @property
    def unusable(self) -> bool:
        """Whether the server answered, and nothing can be made of it: that is between it and this request."""
        return self.kind in ("garbled", "empty")


class Refused(TeacherError):
    """This request will never be answered, however often it is sent; others may be."""


class TeacherStopped(TeacherError):
    """No further request will be answered: wrong key, unknown model, endpoint down."""


class BudgetSpent(TeacherStopped):
    """The next request could exceed the cap on money."""


class Drop(Exception):  # noqa: N818 - a verdict on a row, not an error
    """Raised by a step to drop the row it is looking at; the text is the reason in the ledger."""


class Unreadable(Exception):  # noqa: N818 - a verdict on a reply, not an error
    """Raised by a step's parser when a reply cannot be read; the step asks again, then drops the row.

    Args:
        what: What is wrong with it.
        places: Which of the row's replies cannot be read, counted from 0, where the others can: only these are asked
            for again. All of them if left out.
        details: What to enter into the ledger if the row is dropped in the end, for programs.
    """

    def __init__(self, what: str, places: Sequence[int] = (), **details: object) -> None:
        super().__init__(what)
        self.places, self.details = tuple(places), details
