"""A command for each step, made from the step itself: its settings are the options, its docstring the help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from tunesmith.data.files import RowWriter, read_table, write_rows
from tunesmith.errors import RecipeError, RunError, UsageError
from tunesmith.recipes import Recipe
from tunesmith.recipes.recipe import build_recipe
from tunesmith.steps import STEPS, Step, TeacherStep

from .options import batch_options, row_options, setting_options, teacher_options
from .run import execute, finish, plan_from

_HIDDEN = {"step", "name", "model"}  # a step alone is the run: its teacher is --model


def step_commands() -> list[click.Command]:
    """One command a step."""
    return [_command(kind, step) for kind, step in STEPS.items() if step.has_command]


def _command(kind: str, step: type[Step]) -> click.Command:
    def run_step(**given: Any) -> None:
        settings = {name: given.pop(name) for name in step.model_fields if name in given}
        _run_alone(_recipe_of(kind, settings), {**_NO_TEACHER, **given})

    command: Any = row_options(run_step)
    if issubclass(step, TeacherStep) or getattr(step, "takes_teacher", False):
        command = teacher_options(batch_options(command))
    command = setting_options(step, _HIDDEN | _groups(step))(command)
    path = click.Path(path_type=Path)
    command = click.option("--run", "folder", type=path, help="The run folder; OUTPUT.run if left out.")(command)
    command = click.option("-o", "--output", type=path, required=True, help="The rows afterwards; type by its ending.")(
        command
    )
    command = click.argument("source", metavar="SOURCE")(command)
    return click.command(kind.replace("_", "-"), help=_help(step))(command)


def _groups(step: type[Step]) -> set[str]:
    """Settings within which others stand; these are for recipes."""
    kinds = {name: field.annotation for name, field in step.model_fields.items()}
    return {name for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}


def _recipe_of(kind: str, settings: dict[str, Any]) -> Recipe:
    given = {name: value for name, value in settings.items() if value is not None}
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
