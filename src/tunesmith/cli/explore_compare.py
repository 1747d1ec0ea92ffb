"""``tunesmith explore compare``: how much of the domain a tree covers, beside Self-Instruct or any other rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tunesmith.analyze.coverage import Comparison, Coverage, Figure, measure
from tunesmith.analyze.coverage import compare as compare_coverage
from tunesmith.curate.rouge import WORDS, Tokenizer
from tunesmith.data.files import read_table
from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate
from tunesmith.explore import Home, Manner, Tree, all_rows
from tunesmith.explore.self_instruct.files import Facts, SelfInstructFiles
from tunesmith.rows import Row

from .explore_self_instruct import Brought, ask, estimate, plan, requests_of, store_of, taught
from .explore_show import say, tree_home
from .options import setting_options, teacher_options
from .progress import Screen
from .summary import print_estimate, program, stdout_console

_MANY = 5_000  # examples with which one has to wait
_HOW = (
    "In brackets: 95 % intervals. More pairs and less likeness are more coverage. Counts grow with the examples, so "
    "only those among as many examples can be compared."
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="TREE")
@click.option("--with", "other", metavar="SOURCE", help="Rows to compare with, instead of asking for some.")
@click.option(
    "--requests", type=click.IntRange(1), help="Requests for Self-Instruct; as many as the tree took, if left out."
)
@click.option(
    "--batch", type=click.IntRange(1), default=10, show_default=True, help="Examples to ask for in one request."
)
@click.option("--tokenizer", type=click.Choice([*WORDS]), default="rouge", show_default=True, help="What a word is.")
@click.option("--dry-run", is_flag=True, help="Tell requests, tokens, cost and time; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@teacher_options
@setting_options(Manner)
def compare(folder: Path, other: str | None, tokenizer: Tokenizer, as_json: bool, **given: Any) -> None:
    """Compare what a tree covers with plain Self-Instruct at the same number of requests, or with other rows.

    With --model, the teacher is asked for examples of the domain as a whole, as often as the tree was asked about; they
    are kept in the tree's folder, and are compared again without --model. With --with, nobody is asked. Pruned tasks
    and examples that were put aside do not count; beside Self-Instruct, neither do the examples that both began with.
    """
    home = tree_home(folder)
    tree = home.read()
    if given["dry_run"]:
        if other is not None:
            raise UsageError("with --with SOURCE nobody is asked, so there is nothing to tell beforehand")
        _tell_beforehand(home, tree, tokenizer, as_json, given)
        return
    brought: Brought | None = None
    if other is not None:
        explored, rows, name = [*all_rows(tree)], _rows_of(other), Path(other).name
    else:
        brought = _brought(folder, home, tree, tokenizer, given)
        explored, rows, name = _taught_in(tree), taught(brought.rows), "Self-Instruct"
    if not explored or not rows:
        raise UsageError(f"{folder if not explored else name} has no examples to compare")
    if len(explored) + len(rows) > _MANY:
        Screen().notice(f"comparing {len(explored) + len(rows):,} examples; that may take a minute")
    found = compare_coverage(measure(explored, tokenizer=tokenizer), measure(rows, tokenizer=tokenizer))
    if as_json:
        asked = {} if brought is None else {"self_instruct": brought.facts or None, "paid": brought.paid}
        told = {"requests": requests_of(tree), "with": name, **asked, **found.as_json()}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if brought is not None:
        _say_how(brought.facts, requests_of(tree), len(rows))
        if brought.cost:
            say(brought.cost)
    _print(stdout_console(), found, name)


def _rows_of(source: str) -> list[Row]:
    rows = [*read_table(source)]
    if not any(isinstance(row.get("instruction"), str) for row in rows):
        raise UsageError(f"{source} has no column 'instruction' to compare")
    return [row for row in rows if isinstance(row.get("instruction"), str)]


def _taught_in(tree: Tree) -> list[Row]:
    """What the teacher wrote; the seeds stand in both sets."""
    rows = [*all_rows(tree)]
    # A tree of the published program does not say who wrote what; the root's examples are what it began with.
    return taught(rows) or [row for row in rows if row["depth"]]


def _brought(folder: Path, home: Home, tree: Tree, tokenizer: Tokenizer, given: dict[str, Any]) -> Brought:
    """What Self-Instruct brings now, or what is left of the last time."""
    if given["model"]:
        return ask(folder, plan(home, tree, tokenizer, given), given["store"] or store_of(folder, home))
    rows, facts = SelfInstructFiles(folder).read()
    if not rows:
        raise UsageError("compare with what? give --with SOURCE, or --model for a run of Self-Instruct")
    return Brought(rows, facts)


def _tell_beforehand(home: Home, tree: Tree, tokenizer: Tokenizer, as_json: bool, given: dict[str, Any]) -> None:
    what = plan(home, tree, tokenizer, given)
    found = estimate(what)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        print_estimate(stdout_console(), found, what.voices)


def _say_how(facts: Facts, requests: int, examples: int) -> None:
    """How Self-Instruct's examples came about, and whether that makes for a fair comparison."""
    if not facts:
        say("how Self-Instruct was asked is not known; --model asks anew, as often as the tree was asked", warning=True)
        return
    say(
        f"Self-Instruct: {facts['requests']:,} requests for {facts['batch']:,} examples each, to {facts['teacher']}, "
        f"seed {facts['seed']}; {examples:,} examples; left out: {facts['alike']:,} like others, {facts['refused']:,} "
        f"refused by the checks; {facts['unreadable']:,} unreadable replies, {facts['unanswered']:,} unanswered"
    )
    if facts["unanswered"]:
        say(f"{facts['unanswered']:,} requests were not answered; `{program()} explore compare` with the same --model "
            "asks them again", warning=True)  # fmt: skip
    if facts["requests"] != requests:
        say(f"the tree took {requests:,} requests, and Self-Instruct {facts['requests']:,}; more requests cover more",
            warning=True)  # fmt: skip


def _print(console: Console, found: Comparison, name: str) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for head in ("", "the tree", name, "difference"):
        table.add_column(head, justify="left" if not head else "right")
    table.add_row("examples", f"{found.first.rows:,}", f"{found.second.rows:,}", "")
    table.add_row("tasks", f"{found.first.tasks:,}", f"{found.second.tasks:,}", "")
    for depth, level in found.first.depths.items():
        table.add_row(f"  at depth {depth}", f"{level.tasks:,}", "", "")
    _add(table, "different verb-noun pairs", [found.first.unique_pairs(), found.second.unique_pairs()], _whole)
    figures: list[tuple[str, Figure, Callable[[float], str]]] = [
        (f"  among {found.rows:,} examples", found.verb_nouns, _whole),
        ("average ROUGE-L of two examples", found.overall, _fine),
        ("  of one task", found.within, _fine),
        ("  of different tasks", found.between, _fine),
    ]
    for label, figure, as_text in figures:
        _add(table, label, [figure.first, figure.second, figure.difference], as_text)
    table.add_row("with a near-duplicate (above 0.7)", *(_share(it) for it in (found.first, found.second)), "")
    console.print(table)
    say(_HOW)
    unread = found.first.not_english + found.second.not_english
    if unread:
        say(f"{unread:,} instructions are not in Latin letters; no verb or noun was looked for there", warning=True)
    wordless = found.first.wordless + found.second.wordless
    if wordless:
        say(f"{wordless:,} instructions have no word by this tokenizer; --tokenizer unicode reads them", warning=True)


def _add(table: Table, label: str, estimates: list[Estimate], as_text: Callable[[float], str]) -> None:
    cells = [_with_interval(estimate, as_text) for estimate in estimates]
    table.add_row(label, *cells, *[""] * (3 - len(cells)))


def _with_interval(estimate: Estimate, as_text: Callable[[float], str]) -> str:
    if estimate.value is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return as_text(estimate.value)
    return f"{as_text(estimate.value)} [{as_text(estimate.low)}, {as_text(estimate.high)}]"


def _whole(number: float) -> str:
    return f"{round(number):,}"  # and not "-0"


def _fine(number: float) -> str:
    return f"{number:.3f}"


def _share(found: Coverage) -> str:
    drawn = f" of {found.alike_of:,} drawn" if found.alike_of < found.rows else ""
    return f"{found.alike:,}{drawn} ({found.alike / found.alike_of:.0%})"
