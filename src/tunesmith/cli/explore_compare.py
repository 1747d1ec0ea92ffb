"""``tunesmith explore compare``: how much of the domain a tree covers, beside Self-Instruct or any other rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from tunesmith.analyze.coverage import Comparison, Coverage, Figure, measure
from tunesmith.analyze.coverage import compare as compare_coverage
from tunesmith.analyze.estimates import Estimate
from tunesmith.curate.rouge import WORDS, Tokenizer
from tunesmith.data.files import read_table, write_rows
from tunesmith.errors import UsageError
from tunesmith.explore import Asking, Manner, SelfInstructed, Tree, all_rows, self_instruct
from tunesmith.recipes import RunFolder
from tunesmith.rows import Row
from tunesmith.teacher import ReplyStore, Teacher, check_cap

from .explore_show import say, tree_home
from .options import limits_from, setting_options, teacher_options, voices_from
from .progress import Screen
from .summary import program, stdout_console

OTHER = "self_instruct.jsonl"
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
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@teacher_options
@setting_options(Manner)
def compare(folder: Path, other: str | None, tokenizer: Tokenizer, as_json: bool, **given: Any) -> None:
    """Compare what a tree covers with plain Self-Instruct at the same number of requests, or with other rows.

    With --model, the teacher is asked for examples of the domain as a whole, as often as the tree was asked about; they
    are kept in the tree's folder, and are compared again without --model. With --with, nobody is asked. Pruned tasks
    and examples that were put aside do not count.
    """
    tree = tree_home(folder).read()
    brought: SelfInstructed | None = None
    if other is not None:
        rows, name = _rows_of(other), Path(other).name
    elif given["model"]:
        brought = _self_instructed(folder, tree, given)
        rows, name = brought.rows, "Self-Instruct"
    elif (folder / OTHER).exists():
        rows, name = [*read_table(folder / OTHER)], "Self-Instruct"
    else:
        raise UsageError("compare with what? give --with SOURCE, or --model for a run of Self-Instruct")
    explored: list[Row] = [*all_rows(tree)]
    if not explored or not rows:
        raise UsageError(f"{folder if not explored else name} has no examples to compare")
    found = compare_coverage(measure(explored, tokenizer=tokenizer), measure(rows, tokenizer=tokenizer))
    if as_json:
        click.echo(json.dumps({"requests": _requests(tree), "with": name, **found.as_json()}, ensure_ascii=False))
        return
    if brought is not None:
        say(
            f"Self-Instruct: {brought.requests:,} requests, {len(rows):,} examples; left out: {brought.alike:,} like "
            f"others, {brought.refused:,} refused by the checks, {brought.unreadable:,} unreadable replies"
        )
    _print(stdout_console(), found, name)


def _rows_of(source: str) -> list[Row]:
    rows = [*read_table(source)]
    if not any(isinstance(row.get("instruction"), str) for row in rows):
        raise UsageError(f"{source} has no column 'instruction' to compare")
    return [row for row in rows if isinstance(row.get("instruction"), str)]


def _requests(tree: Tree) -> int:
    """How many requests the tree took."""
    return sum(task.lookahead.requests + task.backtracks + task.enriched.requests for task in tree.tasks())


def _self_instructed(folder: Path, tree: Tree, given: dict[str, Any]) -> SelfInstructed:
    requests = given["requests"] or _requests(tree)
    if not requests:
        raise UsageError(
            f"no request has made this tree; say with --requests how many, or `{program()} explore extend`"
        )
    manner = Manner(**{name: given[name] for name in Manner.model_fields if given[name] is not None})
    seeds = [example for example in tree.root.examples if not example.get("reply")]
    voices, limits = voices_from(given, [""]), limits_from(given)
    for voice in voices.values():
        check_cap(limits.budget, voice.price, voice.identity)
    home, screen, run = tree_home(folder), Screen(), RunFolder(folder)
    payer = run.read_manifest().get("run") or home.run()
    own = run.store if run.manifest.exists() else home.store
    with home.locked(), screen.shown(), screen.interruptible(), ReplyStore(given["store"] or own) as store:
        with Teacher(voices, store, limits, None, payer, screen.notice) as teacher:
            asking = Asking(home.domain(tree), manner, teacher.has_schemas)
            brought = self_instruct(teacher, asking, seeds, requests, given["batch"], screen)
        write_rows(folder / OTHER, brought.rows)
    return brought


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
    return f"{number:,.0f}"


def _fine(number: float) -> str:
    return f"{number:.3f}"


def _share(found: Coverage) -> str:
    return f"{found.alike:,} ({found.alike / found.rows:.0%})"
