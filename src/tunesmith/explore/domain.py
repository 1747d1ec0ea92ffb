"""A domain: what is explored, with which prompts, from which examples, and what its examples must be like.

A domain is one YAML file::

    name: rewriting                       # short, for files and commands
    title: Rewriting texts                # the task at the root
    reason: What it is good for, in a sentence or two.
    guidance: |                           # what subtasks and examples of this domain should be like
      Inputs are whole passages ...
    extend: my_extend.txt                 # prompts of your own, beside the file; ours if left out
    backtrack: my_backtrack.jinja
    enrich: my_enrich.txt
    checks: {min_words: 3, banned_words: [image, video]}
    examples:                             # what the teacher is shown first
      - {instruction: ..., input: ..., output: ...}
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from tunesmith.errors import UsageError
from tunesmith.plain import load_yaml, plainly
from tunesmith.text import nearest

from .checks import Checks
from .tree import Example


def _on_one_line(title: Any) -> Any:
    """A title stands in lists, on the page and in requests, where a line break would end it."""
    return " ".join(title.split()) if isinstance(title, str) else title


class Seed(BaseModel):
    """An example that a person wrote."""

    model_config = ConfigDict(extra="allow", frozen=True)
    instruction: str = Field(min_length=1)
    input: str = ""
    output: str = Field(min_length=1)


class Domain(BaseModel):
    """A domain file's content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="Short, for files and commands.")
    title: Annotated[str, BeforeValidator(_on_one_line)] = Field(
        min_length=1, description="What the task at the root is called."
    )
    reason: str = Field("", description="What it is good for.")
    guidance: str = Field("", description="What subtasks and examples should be like; put into our prompts.")
    extend: Path | None = Field(None, description="Prompt file that asks for subtasks.")
    backtrack: Path | None = Field(None, description="Prompt file that asks for branches that are missing.")
    enrich: Path | None = Field(None, description="Prompt file that asks for examples.")
    structured: bool = Field(
        True,
        description="Whether JSON may be asked for; not where examples are full of backslashes, which JSON mangles.",
    )
    checks: Checks = Field(default_factory=Checks, description="What examples must be like.")
    examples: tuple[Seed, ...] = Field((), description="Examples to begin with.")

    def seeds(self) -> list[Example]:
        """The examples to begin with, as rows."""
        return [seed.model_dump() for seed in self.examples]


def builtin_domains() -> dict[str, Traversable]:
    """The domains that come with tunesmith, by name."""
    folder = files(__package__).joinpath("domains")
    return {
        entry.name.removesuffix(".yaml"): entry
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def domain_file(source: str | Path) -> Traversable:
    """The file of a domain, by its name or path; whether it is there is not looked at."""
    return builtin_domains().get(str(source), Path(source))


def load_domain(source: str | Path) -> Domain:
    """A domain by the name of one that comes with tunesmith, or from a YAML file.

    Raises:
        UsageError: There is none, or it is not of the documented form.
    """
    known = builtin_domains()
    file = domain_file(source)
    try:
        data = load_yaml(file.read_text(encoding="utf-8"), f"the domain file {source}")
    except OSError as error:
        raise UsageError(
            f"there is no domain {str(source)!r}{nearest(str(source), known)}; there are {', '.join(known)}, "
            "or the path of a YAML file"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the domain file {source} is not UTF-8: {error.reason} at byte {error.start}") from error
    if not isinstance(data, dict):
        raise UsageError(f"the domain file {source} is not a domain; expected 'name:', 'title:' and 'examples:'")
    if isinstance(file, Path):
        for role in ("extend", "backtrack", "enrich"):
            if isinstance(data.get(role), str):
                data[role] = file.parent / data[role]
    try:
        return Domain.model_validate(data)
    except ValidationError as error:
        raise UsageError(f"the domain file {source} is wrong at {_explain(error.errors()[0])}") from error


def _explain(problem: ErrorDetails) -> str:
    """Where in a domain's file the problem is, and what it is."""
    place = [str(part) for part in problem["loc"]]
    fields = Checks.model_fields if place[:1] == ["checks"] else Domain.model_fields
    said = plainly(problem)
    if problem["type"] == "extra_forbidden":
        said = f"there is no such field{nearest(place[-1], fields)}"
    elif place == ["name"] and problem["type"] == "string_pattern_mismatch":
        said += "; files are called by it, and the title may be in any script"
    elif place[:1] == ["checks"]:
        place = place[:2] + [part for part in place[2:] if part.isdecimal()]  # not which of several types was tried
    return f"{'.'.join(place) or 'the top'}: {said}"
