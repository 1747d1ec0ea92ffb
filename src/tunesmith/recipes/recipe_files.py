"""Recipes as files: those that come with tunesmith, the user's own, and the schema for editors."""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, get_args

from tunesmith.errors import DataError, RecipeError
from tunesmith.plain import load_yaml
from tunesmith.steps import STEPS, Step
from tunesmith.steps.names import split_named
from tunesmith.text import nearest

from .recipe import Recipe, build_recipe, step_class


def builtin_recipes() -> dict[str, Traversable]:
    """The recipes that come with tunesmith, by name."""
    folder = files(__package__)
    return {
        entry.name.removesuffix(".yaml"): entry
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }


def load_recipe(source: str | Path) -> Recipe:
    """A recipe by the name of one that comes with tunesmith, or from a YAML file.

    Paths of prompt files in a recipe file are relative to it.

    Raises:
        RecipeError: There is none, or it does not hold together.
    """
    known = builtin_recipes()
    file: Traversable = known.get(str(source), Path(source))
    if str(source) not in known and Path(source).suffix in (".yaml", ".yml") and not file.is_file():
        raise RecipeError(f"there is no recipe file {source}")
    try:
        data = load_yaml(file.read_text(encoding="utf-8"), str(source))
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"there is no recipe {str(source)!r}{nearest(str(source), known)}; "
            f"there are {', '.join(known)}, or the path of a YAML file"
        ) from error
    except DataError as error:
        raise RecipeError(str(error)) from error
    if isinstance(file, Path) and isinstance(data, dict):
        _resolve_paths(data, file.parent)
    return build_recipe(data, str(source))


def _resolve_paths(data: dict[str, Any], folder: Path) -> None:
    steps = data.get("steps")
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, dict) and step.get("step") is not None:
            try:
                settings = file_settings(step_class(str(step["step"])))
            except RecipeError:
                continue  # told when the recipe is built
            for setting in settings:
                if isinstance(step.get(setting), str):
                    step[setting] = str(folder / step[setting])
            for setting, words in named_files(step_class(str(step["step"]))).items():
                if isinstance(step.get(setting), list):
                    step[setting] = [moved(named, folder.joinpath, words) for named in map(str, step[setting])]
            for setting in _may_be_files(step_class(str(step["step"]))):
                if isinstance(step.get(setting), str) and (folder / step[setting]).is_file():
                    step[setting] = str(folder / step[setting])


def file_settings(step: type[Step]) -> set[str]:
    """The settings of a kind of step that are paths of files."""
    return {
        name
        for name, field in step.model_fields.items()
        if field.annotation is Path or Path in get_args(field.annotation)
    }


def named_files(step: type[Step]) -> dict[str, list[str]]:
    """The settings that are lists of files, each ``FILE`` or ``NAME=FILE``, with words that may stand for a file."""
    return {
        name: [*map(str, words)]
        for name, field in step.model_fields.items()
        if isinstance(field.json_schema_extra, dict)
        and isinstance(words := field.json_schema_extra.get("named_files"), list)
    }


def moved(named: str, move: Callable[[Path], Path], words: Collection[str] = ()) -> str:
    """``FILE`` or ``NAME=FILE`` with another path in place of the file's; as it is if it is one of the words."""
    name, path = split_named(named)
    return f"{name}{'=' if name else ''}{path if path in words else move(Path(path))}"


def _may_be_files(step: type[Step]) -> set[str]:
    """The settings that take a file's path or a name of ours."""
    return {
        name
        for name, field in step.model_fields.items()
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("may_be_file")
    }


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe file, for editors."""
    schema = Recipe.model_json_schema()
    steps = {kind: found.model_json_schema(mode="validation") for kind, found in STEPS.items()}
    definitions: dict[str, Any] = {}
    for kind, step in steps.items():
        definitions |= step.pop("$defs", {})
        step["required"] = ["step"]
        definitions[kind] = step
    definitions["own"] = {
        "description": "A step of your own, by the dotted name of its class.",
        "type": "object",
        "properties": {"step": {"type": "string", "pattern": r"\."}},
        "required": ["step"],
    }
    schema["properties"]["steps"]["items"] = {"oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in (*steps, "own")]}
    schema["$defs"] = definitions
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
