"""A command for each step, made from the step itself: its settings are the options, its docstring the help."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click
from pydantic import BaseModel

from tunesmith.data.files import RowWriter, read_table, write_rows
from tunesmith.errors import RecipeError, RunError, UsageError
from tunesmith.recipes import Recipe
from tunesmith.recipes.recipe import build_recipe
from tunesmith.steps import STEPS, Step, TeacherStep

from .options import NULL, batch_options, is_group, row_options, setting_options, teacher_options
from .run import execute, finish, plan_from

_HIDDEN = {"step", "name", "model"}  # a step alone is the run: its teacher is --model


def step_commands() -> list[click.Command]:
    """One command a step."""
    return [_command(kind, step) for kind, step in STEPS.items() if step.has_command]


def _command(kind: str, step: type[Step]) -> click.Command:
    def run_step(**given: Any) -> None:
        settings = {name: given.pop(name) for name in [*given] if name.partition("__")[0] in step.model_fields}
        _run_alone(_recipe_of(kind, settings), {**_NO_TEACHER, **given})

    command: Any = row_options(run_step)
    if issubclass(step, TeacherStep) or getattr(step, "takes_teacher", False):
        command = teacher_options(batch_options(command))
    for name, field in reversed(step.model_fields.items()):
        if is_group(field.annotation):
            command = setting_options(cast("type[BaseModel]", field.annotation), within=name)(command)
    command = setting_options(step, _HIDDEN | _useless(step))(command)
    path = click.Path(path_type=Path)
    command = click.option("--run", "folder", type=path, help="The run folder; OUTPUT.run if left out.")(command)
    command = click.option("-o", "--output", type=path, required=True, help="The rows afterwards; type by its ending.")(
        command
    )
    command = click.argument("source", metavar="SOURCE")(command)
    return click.command(kind.replace("_", "-"), help=_help(step))(command)


def _useless(step: type[Step]) -> set[str]:
    """Settings that a step has no use for."""
    return {name for name, field in step.model_fields.items() if field.json_schema_extra == {"no_option": True}}


def _recipe_of(kind: str, settings: dict[str, Any]) -> Recipe:
    given: dict[str, Any] = {}
    for name, value in settings.items():
        if value is not None:
            group, _, inner = name.rpartition("__")
            (given.setdefault(group, {}) if group else given)[inner] = None if value is NULL else value
    try:
        return build_recipe({"name": kind, "steps": [{"step": kind, **given}]}, kind)
    except RecipeError as error:
        raise RecipeError(str(error).replace(f"step 1 ({kind}): ", "")) from None


def _run_alone(recipe: Recipe, given: dict[str, Any]) -> None:
    """Run a step over a file, in a run folder beside the file of its results."""
    output: Path = given["output"]
    RowWriter(output)  # a name that cannot be written is found before anything is spent
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder; name a file")
    if output.exists() and Path(given["source"]).exists() and output.samefile(given["source"]):
        raise UsageError(f"--output {output} is the source itself; name another file")
    folder = given["folder"] or output.with_name(output.name + ".run")
    try:
        ended = execute(plan_from(recipe, folder, given), given)
    except RunError as error:
        if output.exists():
            error.args = (f"{error}; {output} is as it was before",)
        raise
    if ended is not None:
        count = write_rows(output, read_table(ended.folder.data / "train.jsonl"))
        finish(ended, given)
        if not given["as_json"]:
            click.echo(f"{output}: {count:,} rows")


_NO_TEACHER = {
    "model": None,
    "base_url": None,
    "budget": None,
    "concurrency": 1,
    "rpm": None,
    "tpm": None,
    "timeout": 300.0,
    "patience": 300.0,
    "price": None,
    "prices": None,
    "store": None,
}


def _help(step: type[Step]) -> str:
    return f"{(step.__doc__ or '').strip()}\n\nOne step as a run of its own: it can be stopped and goes on."
