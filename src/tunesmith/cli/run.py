"""``tunesmith run`` and ``tunesmith demo``: a recipe over a source."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from tunesmith.errors import UsageError
from tunesmith.explore import read_tree
from tunesmith.recipes import Plan, Recipe, Run, estimate, load_recipe, parse_settings, run_recipe
from tunesmith.teacher import check_cap, connect

from .explore_show import print_tree
from .options import limits_from, row_options, teacher_options, voices_from
from .progress import Screen
from .summary import print_estimate, print_example, print_run, program, stdout_console


@click.command()
@click.argument("recipe")
@click.option(
    "--input",
    "source",
    metavar="SOURCE",
    help="A file, a folder, - or hf:owner/name[:split]; explore-instruct begins with its domain's examples without it.",
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The run folder.")
@click.option("--set", "settings", multiple=True, metavar="STEP.SETTING=VALUE", help="Change a setting of the recipe.")
@click.option("--skip", multiple=True, metavar="STEP", help="Leave a step out.")
@click.option("--alpaca", is_flag=True, help="Also write data/alpaca.json, in Alpaca's shape.")
@teacher_options
@row_options
def run(recipe: str, **given: Any) -> None:
    """Run RECIPE (a name from `tunesmith recipes list`, or a YAML file) over a source.

    Stop it as you like; the same command goes on where it was and pays for nothing twice.
    """
    chosen = load_recipe(recipe).change(parse_settings(given["settings"]), given["skip"])
    finish(execute(plan_from(chosen, given["output"], given), given), given)


def plan_from(recipe: Recipe, folder: Path, given: dict[str, Any]) -> Plan:
    """A plan from the options.

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
        license=given["license"],
        overwrite=given["overwrite"],
        source_name="standard input" if source == "-" else None if given["source"] else name,
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


_DEMOS = {"expertllama": "scripted:sample", "explore-instruct": "scripted:explorer"}


@click.command()
@click.argument("recipe", type=click.Choice([*_DEMOS]), default="expertllama")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The run folder; runs/demo or runs/demo-RECIPE if left out."
)
def demo(recipe: str, output: Path | None) -> None:
    """Play a recipe on a sample, offline: no key, no network, no cost.

    A scripted teacher answers. expertllama, if RECIPE is left out: 40 instructions of our own, answered as experts.
    explore-instruct: a domain, explored as a tree of tasks.
    """
    folder = output or Path("runs") / ("demo" if recipe == "expertllama" else f"demo-{recipe}")
    screen = Screen()
    with screen.shown(), screen.interruptible():
        ended = run_recipe(_demo_plan(recipe, folder), connect(_DEMOS[recipe]), watch=screen)
    console = stdout_console()
    if recipe == "explore-instruct":
        print_tree(console, read_tree(ended.folder.data / "tree"))
    else:
        print_example(console, next(ended.rows()))
    console.print()
    print_run(console, ended.folder, ended.manifest)
    console.print("Next, with a teacher of your own:")
    source = "" if recipe == "explore-instruct" else "--input FILE "
    console.print(
        f"  {program()} run {recipe} {source}--model openai:gpt-4o-mini --output runs/first --dry-run",
        style="cyan",
        soft_wrap=True,
    )


def _demo_plan(recipe: str, folder: Path) -> Plan:
    chosen = load_recipe(recipe)
    if recipe == "explore-instruct":
        # So many examples that the script has new ones for most tasks, and shows that asking ends for the others.
        small = {"explore.extend.breadth": [5, 3, 2], "explore.enrich.examples": [4], "sample.n": 120}
        return plan_from(chosen.change(small), folder, _NO_ROWS)
    sample = files("tunesmith").joinpath("recipes", "sample", "instructions.json")
    return Plan(chosen, str(sample), folder, alpaca=True, source_name="the sample of tunesmith")


_NO_ROWS = {name: None for name in ("source", "shape", "limit", "store", "license")} | {"overwrite": False}
