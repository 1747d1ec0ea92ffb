"""``tunesmith run``: a recipe over a source."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tunesmith.data.formats import ALL_SHAPES
from tunesmith.errors import UsageError
from tunesmith.recipes import Plan, Recipe, Run, estimate, load_recipe, parse_settings, run_recipe
from tunesmith.teacher import check_cap

from .options import batch_options, limits_from, row_options, teacher_options, voices_from
from .progress import Screen
from .summary import print_estimate, print_run, stdout_console

_MANY_ROWS = 5_000  # so many that an estimate takes seconds


@click.command()
@click.argument("recipe")
@click.option(
    "--input",
    "source",
    metavar="SOURCE",
    help="A file, a folder, - or hf:owner/name[:split]; without it, explore-instruct begins with its domain's "
    "examples, and self-instruct with seeds of our own.",
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The run folder.")
@click.option("--set", "settings", multiple=True, metavar="STEP.SETTING=VALUE", help="Change a setting of the recipe.")
@click.option("--skip", multiple=True, metavar="STEP", help="Leave a step out.")
@click.option("--alpaca", is_flag=True, help="Also write data/alpaca.json, in Alpaca's shape.")
@click.option("--also", multiple=True, type=click.Choice([*ALL_SHAPES]), help="Also write data/SHAPE.jsonl.")
@click.option("--split-by", metavar="COLUMN", help="Also write one file a value of this column, data/by-COLUMN/.")
@teacher_options
@batch_options
@row_options
def run(recipe: str, **given: Any) -> None:
    """Run RECIPE (a name from `tunesmith recipes list`, or a YAML file) over a source.

    Stop it as you like; the same command goes on where it was and pays for nothing twice.
    """
    chosen = load_recipe(recipe).change(parse_settings(given["settings"]), given["skip"])
    finish(execute(plan_from(chosen, given["output"], given), given), given)


def plan_from(recipe: Recipe, folder: Path, given: dict[str, Any], called: str | None = None) -> Plan:
    """A plan from the options.

    Args:
        recipe: What to do.
        folder: The run's.
        given: The options.
        called: What to call the source, if not by its path.

    Raises:
        UsageError: No source is named, and the recipe brings none.
    """
    own, name = recipe.steps[0].source
    source = given["source"] or own
    if not source:
        raise UsageError("which rows? give --input SOURCE: a file, a folder, - or hf:owner/name[:split]")
    return Plan(
        recipe,
        source,
        folder,
        shape=given["shape"],
        limit=given["limit"],
        store=given["store"],
        alpaca=given.get("alpaca", False),
        also=tuple(dict.fromkeys(given.get("also", ()))),
        split_by=given.get("split_by"),
        license=given["license"],
        overwrite=given["overwrite"],
        source_name=called or ("standard input" if source == "-" else None if given["source"] else name),
    )


def execute(plan: Plan, given: dict[str, Any]) -> Run | None:
    """Run the plan, or with ``--dry-run`` only tell what it would take."""
    voices, limits = voices_from(given, plan.recipe.teachers()), limits_from(given)
    for voice in voices.values():
        check_cap(limits.budget, voice.price, voice.identity)
    if given["dry_run"]:
        facts, hints = plan.check()
        for hint in hints:
            click.echo(f"! {hint}", err=True)
        if facts.rows > _MANY_ROWS:
            click.echo(f"every request for {facts.rows:,} rows is built to be counted; nothing is sent", err=True)
        found = estimate(plan.recipe, plan.rows(facts), voices, limits)
        if given["as_json"]:
            click.echo(json.dumps(asdict(found)))
        else:
            print_estimate(stdout_console(), found, voices)
        return None
    screen = Screen()
    with screen.shown(), screen.interruptible():
        return run_recipe(plan, voices, limits, watch=screen)


def finish(ended: Run | None, given: dict[str, Any]) -> None:
    """Say what came of it."""
    if ended is None:
        return
    if given["as_json"]:
        click.echo(json.dumps(ended.manifest, ensure_ascii=False))
        return
    console = stdout_console()
    print_run(console, ended.folder, ended.manifest)
