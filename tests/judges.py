"""Judges on loopback for tests of comparisons: they see the answers as the prompt shows them."""

import hashlib
import json
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


_PAIR = re.compile(r"=== Answer of Assistant (\d) ===\n(.*?)\n\n(?==== )", re.DOTALL)


def pair_in(prompt: str) -> list[str]:
    """The two answers that the step ``judge`` shows, in that order; none if this is another prompt."""
    found = _PAIR.findall(prompt)
    assert [number for number, _ in found] in ([], ["1", "2"])
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


def in_many_styles(first: float, second: float, style: int) -> str:
    """Two scores as judges have really written them."""
    return (
        f"{first:g} {second:g}\nAssistant 1 is more concrete.",
        f"{first:g}, {second:g}\n\nBoth answers are relevant.",
        f"Assistant 1: {first:g}\nAssistant 2: {second:g}\nThe details make the difference.",
        f"({first:g}, {second:g})\nThe steps were checked one by one.",
        f"Both answers were read twice. The details make the difference.\n\nScores: {first:g} {second:g}",
        json.dumps({"assistant_1": first, "assistant_2": second}),
    )[style % 6]


def choice_in_many_styles(first: float, second: float, style: int) -> str:
    """Which of two is better, as judges have really written it: in a word, or below much else."""
    if first == second:
        return (
            "Neither stands out.\n[[C]]",
            "Verdict: tie",
            "Both answers are equally good.",
            f"{_ESSAYS[style % len(_ESSAYS)]}\n\n[[C]]",
        )[style % 4]
    better, worse = ("A", "B") if first > second else ("B", "A")
    return (
        f"It says more.\n\n[[{better}]]",
        f"Assistant {'AB'.index(better) + 1} > Assistant {'AB'.index(worse) + 1}",
        f"Answer {better} is better than answer {worse}.",
        f"My reasons are above.\nFinal verdict: {better}",
        json.dumps({"winner": f"assistant_{better}"}),
        f"{_ESSAYS[style % len(_ESSAYS)]}\n\n[[{better}]]",
        f"{_ESSAYS[style % len(_ESSAYS)]}\n\nTherefore, my final verdict is [[{better}]].",
    )[style % 7]


_ESSAYS = (
    "### Assistant 1's Answer\nIt names two causes.\n\n### Assistant 2's Answer\nIt names one, in detail.",
    "The answer is 2.\nAssistant 1 gets there in two steps. Assistant 2 gets there, too.",
    "**Assistant 1**\n- clear\n\n**Assistant 2**\n- thorough\n\nAssistant 1 is better in style.",
    'Assistant 1 writes "[[A]]" and Assistant 2 writes "[[B]]" at the end, which I ignore.',
    "Both answers are equally accurate. Assistant 2 has more examples, Assistant 1 fewer words.",
)
