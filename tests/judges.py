"""Judges on loopback for tests of comparisons: they see the answers as the prompt shows them."""

import hashlib
import re
from collections.abc import Callable

from aiohttp import web

from tests.loopback import Behaviour, Json, canned, completion, prompt_of

_SHOWN = re.compile(r"=== Answer (\d+) ===\n(.*?)\n\n(?==== )", re.DOTALL)


def answers_in(prompt: str) -> list[str]:
    """The answers in the order shown; none if this is no judge's prompt."""
    found = _SHOWN.findall(prompt)
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    return [text for _, text in found]


def worth(text: str) -> int:
    """A score from 3 to 8 that hangs on the answer alone."""
    return 3 + int(hashlib.sha256(text.encode()).hexdigest(), 16) % 6


def honest(shown: list[str], prompt: str) -> str:
    """Each answer's worth, whatever its place."""
    return " ".join(str(worth(text)) for text in shown) + "\nThe better ones say more."


def first_place(shown: list[str], prompt: str) -> str:
    """Nothing counts but the first place."""
    return " ".join(["9", *["5"] * (len(shown) - 1)]) + "\nThe first is the best."


def judge(verdict: Callable[[list[str], str], str]) -> Behaviour:
    """A server that answers questions and judges answers."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        prompt = prompt_of(body)
        shown = answers_in(prompt)
        return web.json_response(completion(verdict(shown, prompt) if shown else canned(body), body))

    return behave
