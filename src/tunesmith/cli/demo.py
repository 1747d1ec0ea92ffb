"""``tunesmith demo``: a recipe on a sample, offline."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from tunesmith.explore import read_tree
from tunesmith.recipes import Plan, Run, load_recipe, run_recipe
from tunesmith.teacher import Voice, connect

from .explore_show import print_tree
from .progress import Screen
from .run import plan_from
from .summary import print_example, print_run, program, stdout_console


def _rows(wanted: int) -> Callable[[Console, Run], None]:
    def show(console: Console, ended: Run) -> None:
        for row in islice(ended.rows(), wanted):
            print_example(console, row)

    return show


def _last(console: Console, ended: Run) -> None:
    for row in deque(ended.rows(), 1):
        print_example(console, row)


def _tree(console: Console, ended: Run) -> None:
    print_tree(console, read_tree(ended.folder.data / "tree"))


def _verdict(console: Console, ended: Run) -> None:
    for exhibit in ended.manifest["exhibits"]:
        if exhibit["file"] == "verdict.html":
            console.print(exhibit["caption"], soft_wrap=True)


@dataclass(frozen=True)
class Demo:
    """How a recipe is played offline.

    Attributes:
        teacher: The script that answers.
        sample: A file among the samples; none for a recipe that brings its own rows.
        settings: What is set, so that the sample suffices.
        show: Prints what is worth seeing of the data set.
        alpaca: Whether the data set is also written in Alpaca's shape.
        next: What to give with teachers of one's own.
    """

    teacher: str
    sample: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    show: Callable[[Console, Run], None] = _rows(1)
    alpaca: bool = False
    next: str = "--input FILE --model openai:gpt-4o-mini"

    def plan(self, recipe: str, folder: Path) -> Plan:
        """What is played."""
        source = str(files("tunesmith").joinpath("recipes", "sample", self.sample)) if self.sample else None
        given: dict[str, Any] = {name: None for name in ("shape", "limit", "store", "license")}
        given |= {"source": source, "overwrite": False, "alpaca": self.alpaca}
        name = "the sample of tunesmith" if source else None
        return plan_from(load_recipe(recipe).change(self.settings), folder, given, name)


DEMOS = {
    "expertllama": Demo("scripted:sample", "instructions.json", alpaca=True),
    "explore-instruct": Demo(
        "scripted:explorer",
        # So many examples that the script has new ones for most tasks, and shows that asking ends for the others.
        settings={"explore.extend.breadth": [5, 3, 2], "explore.enrich.examples": [4], "sample.n": 120},
        show=_tree,
    ),
    "self-instruct": Demo(
        "scripted:instructor",
        settings={"self_instruct.n": 40, "self_instruct.tasks": 12},
        show=_last,  # a new one, behind the seeds
    ),
    "gpt4llm": Demo(
        "scripted:translator",
        "bilingual.json",
        {"answer.fallback": ["scripted:stand-in"]},
        show=_rows(2),  # one in both languages
    ),
    "comparisons": Demo(
        "scripted:comparer",
        "answers.json",
        {"candidates.models": ["writer=scripted:sample"], "candidates.columns": ["brief", "hasty"]},
    ),
    "evaluate": Demo(
        "scripted:judge",
        "questions.json",
        {"candidates.models": ["tuned=scripted:tuned", "base=scripted:base"]},
        show=_verdict,
        next="--input testset:vicuna --set candidates.models=ours=openai:MODEL,theirs=openai:OTHER "
        "--model openai:JUDGE",
    ),
}


@click.command()
@click.argument("recipe", type=click.Choice([*DEMOS]), default="expertllama")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The run folder; runs/demo or runs/demo-RECIPE if left out."
)
def demo(recipe: str, output: Path | None) -> None:
    """Play a recipe on a sample, offline: no key, no network, no cost.

    A scripted teacher answers. Without RECIPE, it is expertllama: 40 instructions of our own, answered as experts.
    """
    playing = DEMOS[recipe]
    plan = playing.plan(recipe, output or Path("runs") / ("demo" if recipe == "expertllama" else f"demo-{recipe}"))
    voices = {name: Voice(connect(name or playing.teacher)) for name in plan.recipe.teachers()}
    screen = Screen()
    with screen.shown(), screen.interruptible():
        ended = run_recipe(plan, voices, watch=screen)
    console = stdout_console()
    playing.show(console, ended)
    console.print()
    print_run(console, ended.folder, ended.manifest)
    console.print("Next, with a teacher of your own:")
    given = playing.next if playing.sample else playing.next.removeprefix("--input FILE ")
    console.print(
        f"  {program()} run {recipe} {given} --output runs/first --dry-run",
        style="cyan",
        soft_wrap=True,
    )
