"""The recipe as a run keeps it: resolved, with its prompts and its domain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tunesmith.data.files import atomic_write_text
from tunesmith.explore.domain import load_domain
from tunesmith.explore.home import domain_files
from tunesmith.steps import Step
from tunesmith.steps.explore import Explore

from .folder import RunFolder
from .plan import Plan
from .recipe_files import file_settings, moved, named_files


def write_recipe(plan: Plan, folder: RunFolder) -> None:
    """Write the recipe, its prompts and its domain, so that the folder alone tells what ran and can be run again."""
    steps: list[Step] = []
    texts: dict[Path, str] = {}
    for step in plan.recipe.steps:
        files: dict[str, Path | str | tuple[str, ...]] = {}
        for role, prompt in step.prompts().items():
            file = files[role] = Path(folder.prompts.name, f"{step.label}.{role}{prompt.suffix}")
            texts[file] = prompt.text
        if isinstance(step, Explore) and step.inputs:
            place, found = Path(folder.prompts.name, f"{step.label}.domain"), load_domain(step.domain)
            domain = {place / name: text for name, text in domain_files(found, whole=True).items()}
            files["domain"] = str(next(iter(domain)))
            texts |= domain
        for setting in file_settings(type(step)) - files.keys():
            if (path := getattr(step, setting)) is not None:
                files[setting] = path.absolute()  # data is not copied; so that it is found from anywhere
        for setting, words in named_files(type(step)).items():
            files[setting] = tuple(moved(named, Path.absolute, words) for named in getattr(step, setting))
        fields = type(step).model_fields
        steps.append(step.model_copy(update={role: file for role, file in files.items() if role in fields}))
    _write_prompts(texts, folder)
    atomic_write_text(folder.recipe, plan.recipe.model_copy(update={"steps": steps}).to_yaml())


def _write_prompts(texts: Mapping[Path, str], folder: RunFolder) -> None:
    """Write what belongs to the recipe, then remove what an earlier one left.

    In this order, as it may be the folder's own recipe that runs again, whose files must not be gone at any time.
    """
    for file, text in texts.items():
        atomic_write_text(folder.path / file, text)
    for old in sorted(folder.prompts.rglob("*"), reverse=True):
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
        elif old.is_file() and old.relative_to(folder.path) not in texts:
            old.unlink()
