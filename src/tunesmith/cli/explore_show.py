"""What a person sees of a tree: in the terminal, as a page, and beside other data."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree as Drawing

from tunesmith.errors import UsageError
from tunesmith.explore import Home, Outcome, Task, Tree, why_pruned
from tunesmith.explore.checks import kind_of
from tunesmith.recipes import RunFolder
from tunesmith.text import printable, shorten

from .summary import program, stdout_console

_WIDEST = 60  # characters of a title, and of a reason


def say(text: str, warning: bool = False) -> None:
    """A line on standard output."""
    console = stdout_console()
    console.print(Text(printable(text), "yellow" if warning else ""), soft_wrap=not console.is_terminal)


def counted(number: int, noun: str) -> str:
    """So many of something: ``1 task``, ``1,200 tasks``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counts_of(tree: Tree) -> dict[str, Any]:
    """How much there is of what."""
    tasks = tree.tasks()
    depths = Counter(task.depth for task in tasks)
    return {
        "tasks": len(tasks),
        "depths": {str(depth): number for depth, number in sorted(depths.items())},
        "examples": sum(len(task.examples) for task in tasks if not task.pruned),
        "pruned_tasks": sum(bool(task.pruned) for task in tasks),
        "pruned_examples": sum(len(task.examples) for task in tasks if task.pruned),
        "filtered": sum(len(task.filtered) for task in tasks),
        "refused": sum(len(task.refused) for task in tasks),
    }


def print_outcome(console: Console, folder: Path, tree: Tree, outcome: Outcome, cost: str) -> None:
    """What asking brought and cost, why it ended, and what to type next."""
    counts = counts_of(tree)
    console.print(Text(f"ended: {printable(outcome.why)}", "bold"), soft_wrap=not console.is_terminal)
    say(f"{counted(outcome.requests, 'request')}; new: {outcome.found:,}; refused: {outcome.refused:,}")
    say(f"the tree: {_totals(counts)}")
    say(cost)
    reasons = Counter(kind_of(str(refusal.get("why"))) for task in tree.tasks() for refusal in task.refused)
    if reasons:
        say("refused, over the life of the tree, because:")
        width = max(len(f"{number:,}") for number in reasons.values())
        for why, number in reasons.most_common(8):
            say(f"  {number:{width},}  {shorten(why, 100)}")
        if len(reasons) > 8:
            say(f"  and {counted(len(reasons) - 8, 'further kind')}; {folder / 'ledger.jsonl'} has them all")
    say(f"next: {program()} explore show {shlex.quote(str(folder))}")


def _totals(counts: dict[str, Any]) -> str:
    deepest = max(map(int, counts["depths"]))
    parts = [f"{counted(counts['tasks'], 'task')}, the deepest at {deepest}"]
    parts += [counted(counts["examples"] + counts["pruned_examples"], "example")]
    parts += [f"{counts['pruned_examples']:,} of them in pruned tasks"] * bool(counts["pruned_examples"])
    parts += [f"{counted(counts['pruned_tasks'], 'task')} pruned"] * bool(counts["pruned_tasks"])
    parts += [f"{counted(counts['filtered'], 'example')} put aside"] * bool(counts["filtered"])
    parts += [f"{counted(counts['refused'], 'proposal')} refused"] * bool(counts["refused"])
    return ", ".join(parts)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="TREE")
@click.option("--depth", type=click.IntRange(0), help="No deeper than this.")
@click.option("--reasons", is_flag=True, help="With each task's reason, and why asking about it ended.")
@click.option("--html", is_flag=True, help="Write the tree as one web page, into its folder.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write the page instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON; with --html, where the page is too.")
def show(folder: Path, depth: int | None, reasons: bool, html: bool, output: Path | None, as_json: bool) -> None:
    """Draw a tree with its counts; --html writes it as a page with all reasons and examples.

    TREE is a tree's folder, or that of a run of explore-instruct.
    """
    home = tree_home(folder)
    tree = home.read()
    page = _write_page(home, tree, output) if html or output else None
    if as_json:
        click.echo(json.dumps(counts_of(tree) | ({"page": str(page)} if page else {})))
        return
    if page:
        say(f"{page}: open it in a browser")
        return
    for notice in home.notices:
        say(f"! {notice}", warning=True)
    print_tree(stdout_console(), tree, depth, reasons)


def _write_page(home: Home, tree: Tree, output: Path | None) -> Path:
    try:
        return home.write_page(tree, output)
    except UsageError as error:
        raise UsageError(f"{error}{'' if output else '; or write it elsewhere with -o FILE'}") from error


def tree_home(folder: Path) -> Home:
    """The tree's folder: this one, or the one in a run's data.

    Raises:
        UsageError: It is the folder of a run that has no tree, or none yet.
    """
    run, home = RunFolder(folder), Home(folder)
    if home.exists() or not run.manifest.exists():  # a task's file may have the name of a run's manifest
        return home
    copy, manifest = Home(run.data / "tree"), run.read_manifest()
    if copy.exists():
        return copy
    if manifest["status"] == "finished":
        raise UsageError(f"{folder} is the folder of a run of {manifest['recipe']}, and such a run has no tree")
    raise UsageError(
        f"the run in {folder} has not finished, and its tree is written at the end; the same `tunesmith run` goes on"
    )


def own_home(folder: Path) -> Home:
    """The folder of a tree that may be changed; what is in it is not looked at.

    Raises:
        UsageError: It is a run's.
    """
    home = tree_home(folder)
    if home.path == folder:
        return home
    raise UsageError(
        f"{folder} is a run's folder; its tree is {home.path}, a copy that the next run writes anew: copy it first "
        f"(cp -r {shlex.quote(str(home.path))} mytree)"
    )


def print_tree(console: Console, tree: Tree, depth: int | None = None, reasons: bool = False) -> None:
    """The tree, with each task's examples and those of all tasks beneath it."""
    console.print(_drawn(tree.root, depth, reasons))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("depth", "tasks", "pruned", "examples", "put aside", "refused"):
        table.add_column(name, justify="right")
    tasks = tree.tasks()
    for level in sorted({task.depth for task in tasks}):
        there = [task for task in tasks if task.depth == level]
        numbers = (
            len(there),
            sum(bool(task.pruned) for task in there),
            sum(len(task.examples) for task in there),
            sum(len(task.filtered) for task in there),
            sum(len(task.refused) for task in there),
        )
        table.add_row(str(level), *(f"{number:,}" for number in numbers))
    console.print(table)
    console.print(Text(_totals(counts_of(tree)), "bold"))


def _drawn(task: Task, depth: int | None, reasons: bool) -> Drawing:
    drawing = Drawing(_line(task, reasons), guide_style="dim")
    if depth == 0:
        return drawing
    for child in task.children:
        drawing.children.append(_drawn(child, None if depth is None else depth - 1, reasons))
    return drawing


def _line(task: Task, reasons: bool) -> Text:
    style = "dim strike" if task.pruned else "bold" if task.parent is None else ""
    line = Text(shorten(printable(task.title), _WIDEST), style)
    line.append(f"  {len(task.examples):,}", "cyan")
    beneath = sum(len(other.examples) for other in Tree(task).tasks()) - len(task.examples)
    if beneath:
        line.append(f" + {beneath:,} beneath", "dim")
    if task.filtered:
        line.append(f", {len(task.filtered):,} put aside", "dim")
    if task.pruned:
        line.append(f"  [{shorten(printable(why_pruned(task)), 2 * _WIDEST)}]", "yellow")
    if reasons and task.reason:
        line.append(f"\n{printable(task.reason)}", "dim italic")
    for what, why in (("subtasks", task.lookahead.ended), ("examples", task.enriched.ended)):
        if reasons and why:
            line.append(f"\n{what}: {printable(why)}", "yellow")
    return line
