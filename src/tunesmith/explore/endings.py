"""How asking ends: the words for it, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass

FAILED = "the teacher failed: "
"""How a task's end begins where only the teacher is to blame; another command asks again."""

NO_MORE = "the teacher says that there are no more"
TOO_MANY = "more than was asked for"
REFUSED_TOO = "its subtask was refused"
"""Why an example was not taken that came with a subtask that was not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How asking ended.

    Attributes:
        why: Why nothing more was asked, in a sentence.
        requests: Requests dealt with, by this call.
        found: Tasks or examples that it brought.
        refused: Proposals that were not taken.
    """

    why: str
    requests: int
    found: int
    refused: int


def nothing_left(done: str, tasks: int, ends: list[str], given_up: str) -> str:
    """How asking ended when there is nothing left to ask.

    Args:
        done: What to say if all tasks have what was asked for.
        tasks: How many tasks there are.
        ends: Why those ended that have not.
        given_up: What to say of those that brought nothing.
    """
    said, failed = ends.count(NO_MORE), sum(end.startswith(FAILED) for end in ends)
    counts = (
        (said, "with no more, as the teacher says"),
        (len(ends) - said - failed, given_up),
        (failed, "unanswered, which the same command asks again"),
    )
    parts = [f"{number:,} {what}" for number, what in counts if number]
    return f"nothing is left to ask: of {tasks:,} tasks, {', '.join(parts)}" if parts else done
