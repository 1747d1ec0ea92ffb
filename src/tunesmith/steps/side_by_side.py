"""Several conversations about one row as one: each goes its own way, and what all of them ask is asked at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from tunesmith.teacher import Conversation, Request

T = TypeVar("T")


def side_by_side(talks: Sequence[Conversation[T]]) -> Conversation[list[T]]:
    """Hold all conversations together: one is asked again while the others are done.

    Returns:
        What each came to, in their order.
    """
    ended: dict[int, T] = {}
    asking: dict[int, list[Request]] = {}
    heard: dict[int, Any] = dict.fromkeys(range(len(talks)))
    while len(ended) < len(talks):
        for number, answers in heard.items():
            try:
                asking[number] = talks[number].send(answers)
            except StopIteration as end:
                ended[number] = end.value
        if not asking:
            continue
        answers = iter((yield [request for requests in asking.values() for request in requests]))
        heard = {number: [next(answers) for _ in requests] for number, requests in asking.items()}
        asking = {}
    return [ended[number] for number in range(len(talks))]
