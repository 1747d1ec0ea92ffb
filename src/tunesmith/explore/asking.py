r"""What the teacher is asked about a task: for subtasks, for branches that are missing, for examples.

Our prompts are templates; a ``.jinja`` file of the user's replaces one of them. Any other file is the head of a
request as Explore-Instruct publishes them: it is sent to the byte, and below it stands the task as the published
program writes it. In such a file nothing is a place to fill, so that ``\boxed{answer}`` stays what it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tunesmith.errors import UsageError
from tunesmith.prompts import Prompt, load_prompt, read_prompt_file
from tunesmith.teacher import Message, Request

from .domain import Domain
from .tree import Example, Task, new_tree

Kind = Literal["extend", "backtrack", "enrich"]
KINDS: tuple[Kind, ...] = ("extend", "backtrack", "enrich")

_PLACES = {
    "domain", "task", "reason", "path", "examples", "children", "siblings", "beneath", "wanted", "each", "guidance",
    "structured", "already",
}  # fmt: skip

ALREADY = 12
"""How many of a task's own instructions a request for more examples shows."""

PUBLISHED_LEAST = 3
"""How many subtasks the published program asks for at the least."""


class Manner(BaseModel):
    """How to ask, whatever is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    demonstrations: int = Field(2, ge=0, description="Examples shown to the teacher, drawn from the task above.")
    temperature: float | None = Field(
        None,
        ge=0,
        le=2,
        description="0 for the likeliest answer, higher for variety; the provider's default if left out.",
    )
    top_p: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of probability that sampling draws from; the provider's default if left out.",
    )
    max_tokens: int = Field(
        4096, ge=1, description="Most tokens of a reply; of one that is cut off, what is whole counts."
    )
    structured: bool | None = Field(
        None,
        description="Ask for JSON by a schema, or for text. If left out, for JSON where the provider is known to have "
        "schemas and the domain allows it. A provider that refuses is asked for text.",
    )
    seed: int = Field(0, description="Seed of the draws; the same seed and replies make the same tree.")


class Asking:
    """Builds requests.

    Args:
        domain: What is explored.
        manner: How to ask.
        schemas: Whether the teacher is known to answer by a JSON schema.

    Raises:
        UsageError: A prompt file is broken.
    """

    def __init__(self, domain: Domain, manner: Manner, schemas: bool = False) -> None:
        self.domain, self.manner = domain, manner
        self.structured = schemas and domain.structured if manner.structured is None else manner.structured
        self.prompts: dict[Kind, Prompt] = {}
        for kind in KINDS:
            source: Path | None = getattr(domain, kind)
            if source is None and kind == "backtrack" and is_head(self.prompts["extend"]):
                # Who asks for subtasks as published asks for missing ones in the same words.
                self.prompts[kind] = self.prompts["extend"]
            else:
                self.prompts[kind] = load_asking(source or f"explore_{kind}")

    def subtasks(self, task: Task, wanted: int, each: int, most: int, number: int) -> Request:
        """Ask for subtasks.

        Args:
            task: The task to take apart.
            wanted: How many to ask for.
            each: How many examples of each.
            most: How many subtasks a task may have in all; the published form names it.
            number: How often the task was asked for subtasks before.
        """
        prompt, shown = self.prompts["extend"], self.demonstrations(task, "extend", number)
        if is_head(prompt):
            # It asks for three at least, but for no more than there are places.
            wanted = max(wanted, min(PUBLISHED_LEAST, most - len(task.children)))
            text = published_extend(prompt.text, task, shown, (wanted, each, most))
        else:
            text = self._filled(prompt, task, shown, wanted=wanted, each=each)
        return self._request(text, "subtasks", number, prompt)

    def branches(self, task: Task, wanted: int, each: int, most: int, number: int) -> Request:
        """Ask which branches are missing beneath a task; see `subtasks`."""
        prompt, shown = self.prompts["backtrack"], self.demonstrations(task, "backtrack", number)
        if is_head(prompt):
            text = published_extend(prompt.text, task, shown, (wanted, each, most))
            number += 10_000  # where both ask in the same words, they must not get the same reply
        else:
            beneath = [(child.title, [task.title for task in child.children]) for child in task.children]
            text = self._filled(prompt, task, shown, wanted=wanted, each=each, beneath=beneath)
        return self._request(text, "subtasks", number, prompt)

    def examples(self, task: Task, wanted: int, number: int) -> Request:
        """Ask for so many more examples of a task; ``number`` says how often it was asked before."""
        own = self._draw(task.examples, ALREADY, f"already {task.name} {number}")
        return self._examples(task, self.demonstrations(task, "enrich", number), own, wanted, number)

    def of_domain(self, shown: list[Example], wanted: int, number: int) -> Request:
        """Ask for so many examples of the domain as a whole, showing these, and naming none as there already."""
        root = new_tree(self.domain.title, reason=self.domain.reason).root
        return self._examples(root, shown, [], wanted, number)

    def _examples(self, task: Task, shown: list[Example], own: list[Example], wanted: int, number: int) -> Request:
        prompt = self.prompts["enrich"]
        if is_head(prompt):
            text = published_enrich(prompt.text, task, shown, wanted)
        else:
            already = [" ".join(text_of(example, "instruction").split()) for example in own]
            text = self._filled(prompt, task, shown, wanted=wanted, already=already)
        return self._request(text, "examples", number, prompt)

    def demonstrations(self, task: Task, kind: Kind, number: int) -> list[Example]:
        """Examples to show: drawn from the nearest task above that has some, or from the root's own."""
        pool = next((above.examples for above in task.ancestors() if above.examples), task.examples)
        # An example without an output is a poor model; better than none.
        pool = [example for example in pool if text_of(example, "output").strip()] or pool
        return self._draw(pool, self.manner.demonstrations, f"{kind} {task.name} {number}")

    def _draw(self, pool: list[Example], most: int, what: str) -> list[Example]:
        return Random(f"{self.manner.seed} {what}").sample(pool, min(most, len(pool)))

    def _filled(self, prompt: Prompt, task: Task, shown: list[Example], **more: Any) -> str:
        root = next(iter([*task.ancestors()][-1:]), task)
        return prompt.fill(
            {
                "domain": root.title,
                "task": task.title,
                "reason": task.reason or (self.domain.reason if task is root else ""),
                "path": task.path,
                "examples": [{name: text_of(example, name) for name in _FIELDS} for example in shown],
                "children": [child.title for child in task.children],
                "siblings": [other.title for other in task.siblings],
                "beneath": [],
                "each": 0,
                "already": [],
                "guidance": self.domain.guidance.strip(),
                "structured": self.structured,
                **more,
            }
        )

    def _request(self, text: str, name: str, number: int, prompt: Prompt) -> Request:
        manner = self.manner
        schema = _SCHEMAS[name] if self.structured and not is_head(prompt) else None
        extra = {} if schema is None else {"response_format": {"type": "json_schema", "json_schema": schema}}
        return Request(
            (Message("user", text),), manner.max_tokens, manner.temperature, manner.top_p, extra=extra, sample=number
        )


_FIELDS = ("instruction", "input", "output")


def text_of(example: Example, name: str) -> str:
    """A field of an example, empty if a person left it out."""
    return str(example.get(name) or "")


def is_head(prompt: Prompt) -> bool:
    """Whether it is the head of a request as published, and not a template."""
    return prompt.suffix == ".txt"


def load_asking(source: Path | str, places: Collection[str] = _PLACES) -> Prompt:
    """One of our prompts by its name, or a user's file: a template if it is Jinja, else the head of a request.

    Raises:
        UsageError: The file is empty or broken, or names a place that there is not.
    """
    if isinstance(source, Path) and source.suffix not in (".jinja", ".jinja2", ".j2"):
        text = read_prompt_file(source)
        if not text.strip():
            raise UsageError(f"the prompt file {source} is empty")
        return Prompt(text, jinja=False, name=str(source))
    prompt = _ours(source) if isinstance(source, str) else load_prompt(source)
    unknown = prompt.places - set(places)
    if unknown:
        raise UsageError(f"{prompt.name} names {min(unknown)!r}; there are: {', '.join(sorted(places))}")
    return prompt


@cache
def _ours(name: str) -> Prompt:
    """A prompt that comes with tunesmith; to compile one takes a hundredth of a second."""
    return load_prompt(name)


# What follows is written as the published program writes it, to the byte: its prompt files are heads that expect it.


def published_extend(head: str, task: Task, shown: Sequence[Example], numbers: tuple[int, int, int]) -> str:
    """A request for subtasks in the published form.

    Args:
        head: The prompt file.
        task: The task to take apart.
        shown: Examples to show.
        numbers: How many subtasks to ask for, how many examples of each, and how many subtasks there shall be in all.
    """
    wanted, each, most = numbers
    return _published_task(head, task, shown) + (
        f"\nThe target task should be decomposed into a total of {most} diverse and complementary subtasks, "
        f"and there are {len(task.children)} existing subtasks. "
        f"Generate {wanted} new subtasks with the corresponding reason, then list {each} examples of this new subtask:"
    )


def published_enrich(head: str, task: Task, shown: Sequence[Example], wanted: int) -> str:
    """A request for examples in the published form; a root stands for the task above it."""
    return _published_task(head, task.parent or task, shown) + (
        f"\nList {wanted} examples of this new subtask below:\n\nNew subtask: {task.name}\nReason: {task.reason}"
    )


def _published_task(head: str, task: Task, shown: Sequence[Example]) -> str:
    # As the head's own description of the format has it.
    numbered = re.search(r"^1\. Instruction:", head, re.M) is not None
    text = f"{head}\n\nTarget task: {task.name}\n"
    if shown:
        text += "Examples:\n"
        for number, example in enumerate(shown, 1):
            instruction = re.sub(r"\s+", " ", text_of(example, "instruction")).strip().rstrip(":")
            text += f"###\n{f'{number}. ' if numbered else ''}Instruction: {instruction}\n"
            text += f"Input: {text_of(example, 'input') or '<noinput>'}\nOutput: {text_of(example, 'output')}\n"
        text += "###\n"
    children, siblings = ([other.name for other in others] for others in (task.children, task.siblings))
    text += f"\nThe list of already existing subtasks for this target task is: {children}.\n"
    return text + f"The list of already existing peer tasks for this target task is: {siblings}.\n"


def _object(**properties: Any) -> dict[str, Any]:
    # "strict" wants every field required and no other allowed.
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


_TEXT = {"type": "string"}
_EXAMPLES = {"type": "array", "items": _object(instruction=_TEXT, input=_TEXT, output=_TEXT)}
_SUBTASKS = {"type": "array", "items": _object(name=_TEXT, reason=_TEXT, examples=_EXAMPLES)}
_SCHEMAS = {
    "subtasks": {"name": "subtasks", "strict": True, "schema": _object(subtasks=_SUBTASKS)},
    "examples": {"name": "examples", "strict": True, "schema": _object(examples=_EXAMPLES)},
}
