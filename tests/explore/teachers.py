"""Teachers for explorations: what they answer depends on the text of the request alone, and on their temper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import web

from tests.loopback import Behaviour, Json, Loopback, completion, prompt_of
from tunesmith.explore import Asking, Domain, Enrich, Extend, Home, Outcome, Saver, Tree, Work, enrich, extend
from tunesmith.teacher import Limits, Price, ReplyStore, Teacher, connect

SEEDS = [
    {"instruction": f"Rewrite the note number {n} kindly.", "input": f"Note {n}: come at once.", "output": f"Dear {n}"}
    for n in range(40)
]
"""Examples of a root: so many that two draws of two hardly ever are the same."""

PRICE: Price | None = None
SAVED_EVERY = 0.0  # seconds

DOMAIN = Domain(name="letters", title="Writing letters", reason="People write to each other.")

_FORMS = {
    "extend": re.compile(r'propose (?P<wanted>\d+) new subtasks? of it.*?^Task: "(?P<task>[^\n]*)"$', re.S | re.M),
    "backtrack": re.compile(r'at most (?P<wanted>\d+) missing subtasks?\..*?^Task: "(?P<task>[^\n]*)"$', re.S | re.M),
    "enrich": re.compile(r'Add (?P<wanted>\d+) new examples? of it.*?^Task: "(?P<task>[^\n]*)"$', re.S | re.M),
    "published extend": re.compile(
        r"^Target task: (?P<task>[^\n]*)$.*Generate (?P<wanted>\d+) new subtasks", re.S | re.M
    ),
    "published enrich": re.compile(
        r"^List (?P<wanted>\d+) examples of this new subtask below:\n\nNew subtask: (?P<task>[^\n]*)$", re.S | re.M
    ),
}  # fmt: skip
_EACH = re.compile(r"With each subtask, write (\d+) example|then list (\d+) examples of this new subtask")


@dataclass(frozen=True)
class Asked:
    """What a request asks for."""

    kind: str
    task: str
    wanted: int
    each: int
    text: str

    @property
    def mark(self) -> str:
        """Different for different requests."""
        return sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def dice(self) -> Random:
        """The same for the same request."""
        return Random(self.mark)


def asked_in(text: str) -> Asked:
    for kind, form in _FORMS.items():
        found = form.search(text)
        if found:
            each = _EACH.search(text)
            return Asked(kind, found["task"], int(found["wanted"]), int(each[1] or each[2]) if each else 0, text)
    raise ValueError(f"not a request for subtasks or examples: {text[:200]}")


Temper = Callable[[Asked], str | tuple[str, str]]
"""What is answered, and how it ended if not with ``stop``."""


def examples(mark: str, number: int) -> str:
    return "\n".join(
        f"{n}. Instruction: Do the exercise {mark[:8]} of {n}.\nInput: The text {mark[8:14]} {n}\nOutput: It is {n}."
        for n in range(1, number + 1)
    )


def subtask(title: str, mark: str, each: int) -> str:
    return f"Subtask: {title}\nReason: Some want {mark[:6]}.\nExamples:\n{examples(mark, each)}"


def subtasks(titles: Iterable[str], asked: Asked) -> str:
    blocks = [subtask(title, sha256(f"{asked.mark}{title}".encode()).hexdigest(), asked.each) for title in titles]
    return "###\n" + "\n###\n".join(blocks) + "\n###"


def diligent(asked: Asked) -> str:
    """Brings exactly what is asked for, always something new."""
    if "enrich" in asked.kind:
        return "###\n" + examples(asked.mark, asked.wanted) + "\n###"
    return subtasks((f"Skill {asked.mark[3 * n : 3 * n + 7]} {n}" for n in range(asked.wanted)), asked)


def moody(asked: Asked) -> str | tuple[str, str]:
    """Now and then unreadable, cut off, withheld or at an end, and with names that cousins have as well."""
    dice = asked.dice
    match dice.randrange(14):
        case 0:
            return "I would rather talk about the weather."
        case 1 if "enrich" not in asked.kind:
            return "No more subtasks."
        case 2:
            return "", "content_filter"
        case 3:
            whole = diligent(asked)
            return whole[: len(whole) * 2 // 3], "length"
    if "enrich" in asked.kind:
        return (
            "###\n" + examples(f"{dice.randrange(9)}" * 14, asked.wanted) + "\n###"
            if dice.random() < 0.4
            else diligent(asked)
        )
    titles = [dice.choice(["Tone", "Form", asked.task, f"Skill {dice.randrange(12)}", f"Skill {dice.random():.6f}"])
              for _ in range(asked.wanted + dice.randrange(2))]  # fmt: skip
    return subtasks(titles, asked)


def behaviour(temper: Temper, latency: float = 0.0) -> Behaviour:
    """As a server; each answer takes between nothing and twice the latency."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        said = temper(asked_in(prompt_of(body)))
        text, finish_reason = (said, "stop") if isinstance(said, str) else said
        if latency:
            await asyncio.sleep(
                2 * latency * Random(f"{request.remote}{nth}{Loopback.key(body)}{id(request)}").random()
            )
        return web.json_response(completion(text, body, finish_reason))

    return behave


def found(path: Path, seeds: list[dict[str, Any]] | None = None, domain: Domain = DOMAIN) -> Home:
    """A folder with a tree of one task."""
    home = Home(path)
    home.found(domain, SEEDS if seeds is None else seeds)
    return home


def explore(path: Path, server: Loopback, settings: Extend | Enrich, concurrency: int = 16, **limits: Any) -> Outcome:
    """What `tunesmith explore extend` and `enrich` do, in this process."""
    home = Home(path)
    tree = home.read()
    asking = Asking(home.domain(tree), settings)
    saver = Saver(lambda changed: home.save_some(tree, changed), SAVED_EVERY)
    store = ReplyStore(home.store)
    try:
        client = connect("openai:m", server.url, 20.0)
        with Teacher(client, store, Limits(concurrency=concurrency, **limits), PRICE, home.run()) as teacher:
            return act(Work(tree, teacher, saver), asking, settings)
    finally:
        saver.flush()
        home.save_all(tree)
        store.close()


def act(work: Work, asking: Asking, settings: Extend | Enrich) -> Outcome:
    if isinstance(settings, Extend):
        return extend(work, asking, settings)
    return enrich(work, asking, settings)


def written(path: Path) -> dict[str, bytes]:
    """The files of a tree, with its ledger."""
    return {
        file.name: file.read_bytes() for file in sorted(path.iterdir()) if file.suffix in (".json", ".jsonl", ".yaml")
    }


def tree_in(path: Path) -> Tree:
    return Home(path).read()
