"""Teachers for Self-Instruct, and the published procedure in a few lines to hold ours against."""

import json
import random
import re
import string
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.loopback import Behaviour, Json, completion, prompt_of
from tunesmith.recipes import Plan, Run, load_recipe, run_recipe
from tunesmith.teacher import Limits, connect

Task = tuple[str, str, str]
BANNED = ["image", "images", "graph", "graphs", "picture", "pictures", "file", "files", "map", "maps", "draw", "plot"]
BANNED += ["go to", "video", "audio", "music", "flowchart", "diagram"]


def listed(tasks: Sequence[Task], first: int = 1, label_first: bool = False) -> str:
    """A reply as Alpaca's prompt asks for it; it begins in the middle of the first task if that is not the first."""
    blocks = []
    for number, (instruction, given, output) in enumerate(tasks, first):
        parts = [f"{number}. Input:\n{given or '<noinput>'}\n", f"{number}. Output:\n{output}\n"]
        parts = parts[::-1] if label_first else parts
        blocks.append(f"{number}. Instruction: {instruction}\n" + "".join(parts))
    text = "###\n".join(blocks) + "###"
    return text if first == 1 else text.removeprefix(f"{first}. Instruction:")


def dice(body: Json) -> random.Random:
    """The same for the same request, however often it is sent."""
    return random.Random(sha256(json.dumps(body, sort_keys=True).encode()).hexdigest())


def wants_labels(body: Json) -> bool:
    return "output before the input" in prompt_of(body)


def fresh(lots: random.Random) -> Task:
    """A task unlike any other: words without meaning."""
    words = ["".join(lots.choices(string.ascii_lowercase, k=6)) for _ in range(9)]
    return " ".join(["Do", *words]) + ".", "x" * lots.randrange(2), "It is done."


def answering(tasks: Callable[[random.Random, Json], Sequence[Task]]) -> Behaviour:
    """A server that answers with these tasks, in our form or Alpaca's, as the request ends."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        ends = re.search(r"\n(\d+)\. Instruction:$", prompt_of(body))
        text = listed(tasks(dice(body), body), int(ends[1]) if ends else 1, wants_labels(body))
        return web.json_response(completion(text, body))

    return behave


def grow(folder: Path, url: str, source: str | Path = "", concurrency: int = 16, **settings: Any) -> Run:
    """`tunesmith run self-instruct` in this process."""
    recipe = load_recipe("self-instruct").change({f"self_instruct.{name}": value for name, value in settings.items()})
    plan = Plan(recipe, str(source or recipe.steps[0].source[0]), folder)
    return run_recipe(plan, connect("openai:gpt-4o-mini", url), Limits(concurrency))


# The published procedure, as generate_instruction.py of Stanford Alpaca goes about it.


def published_tasks(text: str, shown: int, finish_reason: str) -> list[Task]:
    """The tasks of a reply that pass the published filters."""
    found: list[Task] = []
    pieces = (f"{shown + 1}. Instruction:" + text).split("###")
    for place, piece in enumerate(pieces):
        if place == len(pieces) - 1 and finish_reason == "length":
            continue
        parts = re.split(rf"{place + shown + 1}\.\s+(Instruction|Input|Output):", piece)
        if len(parts) != 7:
            continue
        instruction, given, output = (parts[n].strip() for n in (2, 4, 6))
        unfit = len(instruction.split()) <= 3 or len(instruction.split()) > 150
        unfit = unfit or any(re.search(rf"\b({w})\b", instruction, re.IGNORECASE) for w in BANNED)
        unfit = unfit or instruction.startswith("Write a program")
        if not (unfit or instruction[0] in string.punctuation or not instruction[0].isascii()):
            found.append((instruction, "" if given.lower() == "<noinput>" else given, output))
    return found


def published_kept(seeds: Sequence[str], proposals: Sequence[str]) -> list[str]:
    """Which proposals join, each held against all that are there, with `rouge_score` itself."""
    from rouge_score import rouge_scorer, tokenize

    words = [tokenize.tokenize(seed, None) for seed in seeds]
    kept = []
    for text in proposals:
        mine = tokenize.tokenize(text, None)
        if all(rouge_scorer._score_lcs(mine, other).fmeasure <= 0.7 for other in words):
            words.append(mine)
            kept.append(text)
    return kept
