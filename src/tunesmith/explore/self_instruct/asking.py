"""What the teacher is asked for in Self-Instruct: more tasks like these, as a numbered list.

Our prompts are templates. A file of the user's that is no template is the head of a request as Alpaca publishes it
(its ``prompt.txt``): it is sent to the byte, and below it the tasks to go on from, as Alpaca's program writes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tunesmith.explore.asking import is_head, load_asking, text_of
from tunesmith.explore.tree import Example
from tunesmith.prompts import Prompt
from tunesmith.teacher import Message, Request

PLACES = ("examples", "wanted")
PUBLISHED_STOP = ("\n20", "20.", "20.")
"""Where Alpaca's program has a reply end: at the last task of a list of twenty."""

_ENDS_WITH = re.compile(r"\n(\d+)\. Instruction:$")
_FIELDS = ("instruction", "input", "output")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the teacher draws its words; see `Request`."""

    temperature: float | None
    top_p: float | None
    max_tokens: int
    stop: tuple[str, ...] | None
    """None: as published where the prompt is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How many tasks a request shows, and up to which number its list goes.

    Attributes:
        seeds: Of the seeds.
        own: Of those that the teacher wrote before.
        list: The last number of the list, those that are shown included.
    """

    seeds: int
    own: int
    list: int

    @property
    def wanted(self) -> int:
        """How many new tasks a request asks for."""
        return max(1, self.list - self.seeds - self.own)


class TaskAsking:
    """Builds requests.

    Args:
        shown: How many tasks to show and to ask for.
        sampling: How the teacher draws.
        prompts: Files that replace our prompts: for tasks of any kind, and for classification tasks.
        seed: Of the draws.
        teacher: Who is asked, as `Request.teacher` names it.

    Raises:
        UsageError: A prompt file is broken.
    """

    def __init__(
        self,
        shown: Shown,
        sampling: Sampling,
        prompts: tuple[Path | None, Path | None] = (None, None),
        seed: int = 0,
        teacher: str = "",
    ) -> None:
        self.shown, self.sampling, self.seed, self.teacher = shown, sampling, seed, teacher
        self.prompt = load_asking(prompts[0] or "self_instruct", PLACES)
        self.classification_prompt = load_asking(prompts[1] or "self_instruct_classification", PLACES)

    def request(self, number: int, seeds: Sequence[Example], own: Sequence[Example], label_first: bool) -> Request:
        """Ask for more tasks.

        Args:
            number: The request's number, from 0.
            seeds: The seeds to draw from.
            own: What the teacher wrote so far, to draw from.
            label_first: Whether to ask for classification tasks, each with its label before its input.
        """
        prompt = self.classification_prompt if label_first else self.prompt
        shown = self.draw(number, seeds, own)
        if is_head(prompt):
            text = published_request(prompt.text, shown)
        else:
            examples = [{name: text_of(example, name) for name in _FIELDS} for example in shown]
            text = prompt.fill({"examples": examples, "wanted": max(1, self.shown.list - len(shown))})
        drawn = self.sampling
        stop = drawn.stop if drawn.stop is not None else PUBLISHED_STOP if is_head(prompt) else ()
        message = Message("user", text)
        tokens, temperature, top_p = drawn.max_tokens, drawn.temperature, drawn.top_p
        return Request((message,), tokens, temperature, top_p, stop, sample=number, teacher=self.teacher)

    def kind(self, label_first: bool) -> bool | None:
        """Whether what is asked for are classification tasks: None where another prompt than ours asks for any."""
        is_ours = self.prompt.text == load_asking("self_instruct", PLACES).text  # also as a copy, in a run folder
        return True if label_first else False if is_ours else None

    def draw(self, number: int, seeds: Sequence[Example], own: Sequence[Example]) -> list[Example]:
        """Tasks to show, in an order drawn too, so that the teacher's own do not always stand last."""
        lots = Random(f"{self.seed} self-instruct {number}")
        drawn = lots.sample(seeds, min(self.shown.seeds, len(seeds)))
        if self.shown.own and own:
            drawn += lots.sample(own, min(self.shown.own, len(own)))
            lots.shuffle(drawn)
        return drawn

    def loaded(self) -> dict[str, Prompt]:
        """The prompts by the names of their settings."""
        return {"prompt": self.prompt, "classification_prompt": self.classification_prompt}


def published_request(head: str, shown: Sequence[Example]) -> str:
    """A request as Alpaca's program writes it, to the byte: the head, the tasks shown, the label of the next."""
    text = head + "\n"
    for number, example in enumerate(shown, 1):
        instruction = re.sub(r"\s+", " ", text_of(example, "instruction")).strip().rstrip(":")
        text += f"###\n{number}. Instruction: {instruction}\n"
        text += f"{number}. Input:\n{text_of(example, 'input') or '<noinput>'}\n"
        text += f"{number}. Output:\n{text_of(example, 'output')}\n"
    return text + f"###\n{len(shown) + 1}. Instruction:"


def begun_in(request: Request) -> int:
    """The number of the task with whose label a request ends; 0 if it ends otherwise."""
    label = _ENDS_WITH.search(request.messages[-1].content)
    return int(label[1]) if label else 0
