"""Asking on and on, showing the teacher what was found meanwhile, so that the same comes out whatever the concurrency.

What is asked next, and whether anything is, hangs on the replies that were *taken*; they are taken in the order of the
requests, whichever came first. So a request that is answered late holds nobody up as long as there are enough others
under way, and there is no round at whose end all wait for the slowest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from tunesmith.teacher import Conversation, Request, Teacher
from tunesmith.teacher.teacher import Answer

Asked = tuple[Request, Answer]


def ask_on(teacher: Teacher, request: Callable[[int], Request], wanted: Callable[[int], int]) -> Iterator[Asked]:
    """Ask one request after another and yield each with what came of it, in their order.

    Args:
        teacher: Who is asked.
        request: Builds the request of a number, from 0; called when its turn comes, so that it can show what was
            found in the answers that were taken until then.
        wanted: How many requests shall be under way, given how many answers have been taken; it is over when that is
            none. What is under way then is still waited for.

    Raises:
        RunError: The teacher stopped answering.
    """
    ready: deque[Request] = deque()
    asked = taken = 0

    def talks() -> Iterator[Conversation[Asked] | None]:
        while asked > taken:
            yield _talk(ready.popleft()) if ready else None

    def prepare() -> None:
        nonlocal asked
        for _ in range(wanted(taken) - (asked - taken)):
            ready.append(request(asked))
            asked += 1

    prepare()
    for pair in teacher.converse(talks()):
        taken += 1
        yield pair
        prepare()


def _talk(request: Request) -> Conversation[Asked]:
    (answer,) = yield [request]
    return request, answer
