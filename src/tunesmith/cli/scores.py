"""``tunesmith scores``: what judges gave to several models' answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tunesmith.curate.candidates import verdicts_of
from tunesmith.curate.score_summary import Contest, ModelScores, ScoreCounts, ScoreSummary
from tunesmith.curate.threshold import plain
from tunesmith.data.files import atomic_write_text, read_table
from tunesmith.data.score_files import read_score_lists
from tunesmith.errors import Drop, UsageError
from tunesmith.figures import Panel, panels
from tunesmith.steps.scales import bounds_of
from tunesmith.text import nearest, printable

from .options import Amount
from .run_rows import rows_with
from .summary import stdout_console
from .tables import figures_table, measured, show_table

_BAR = 18  # characters


@click.group()
def scores() -> None:
    """Scores of several models' answers: distributions, who beats whom, position bias."""


@scores.command("show")
@click.argument("file")
@click.option("--column", default="scores", show_default=True, help="The column with each row's scores by model.")
@click.option("--scale", default="1-10", show_default=True, help="The lowest and the highest score that count.")
@click.option("--bar", "width", type=Amount(0, min_open=True), help="Points that a bar spans; one as a rule.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Write the distributions as an SVG.")
def show_scores(file: str, column: str, scale: str, width: float | None, as_json: bool, figure: Path | None) -> None:
    """Tell how models were scored in FILE: a run folder, rows with scores, or lists of scores by model."""
    if figure is not None and figure.suffix.lower() != ".svg":
        raise UsageError(f"--figure {figure} would be an SVG picture; give a name that ends in .svg")
    try:
        low, high = bounds_of(scale)
    except ValueError as error:
        raise UsageError(f"--{error}") from None
    counts, left_out = _count(file, column)
    found = counts.summary(low, high, width)
    if figure is not None:
        atomic_write_text(figure, _picture(found))
    if as_json:
        click.echo(json.dumps(asdict(found) | {"verdicts_left_out": left_out}, ensure_ascii=False))
    else:
        console = stdout_console()
        _print(console, file, found)
        if left_out:
            what = "verdicts of another form than the step compare writes, which are left out of the position bias"
            console.print(Text(f"{left_out:,} {'row has' if left_out == 1 else 'rows have'} {what}"))
        if figure is not None:
            console.print(Text(f"the picture is in {figure}"))


def _count(file: str, column: str) -> tuple[ScoreCounts, int]:
    """Count all scores of a file, and the rows whose verdicts cannot be read.

    Raises:
        UsageError: There are none.
    """
    counts, left_out = ScoreCounts(), 0
    lists = read_score_lists(Path(file)) if not file.startswith(("hf:", "-")) else None
    if lists is not None:
        for model, given in lists.items():
            counts.add_list(model, given)
    else:
        remedy = "give the name of another with --column, or run a recipe with the step compare"
        source = rows_with(file, column, "compared all rows", remedy)
        columns: dict[str, None] = {}
        for row in read_table(source):
            columns |= dict.fromkeys(row)
            if (by_model := _by_model(row.get(column))) is not None:
                verdicts = _verdicts(row)
                left_out += verdicts is None
                counts.add_row(by_model, verdicts or ())
        if not counts.scores:
            raise UsageError(
                f"no row of {source} has scores by model in the column {column!r}{nearest(column, columns)}; expected "
                f'{{"model": score, ...}}; the columns are: {", ".join(columns) or "none"}'
            )
    if not any(given.total() for given in counts.scores.values()):
        raise UsageError(f"{file} names models ({', '.join(counts.scores)}), but holds no score of any")
    return counts, left_out


def _by_model(value: Any) -> dict[str, Any] | None:
    """Scores by model, also as JSON text, as CSV holds them."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) and value else None


def _verdicts(row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The row's verdicts; ``None`` if what it holds is not of the form that the step ``compare`` writes."""
    try:
        return verdicts_of(row)
    except Drop:
        return None


def _picture(found: ScoreSummary) -> str:
    low, high = map(plain, found.scale)
    groups = [
        Panel(
            one.model,
            f"n {one.n:,} · mean {measured(one.mean)} · median {plain(one.median or 0)}",
            one.bars,
            one.mean.value,
        )
        for one in found.models
        if one.n
    ]
    outside = sum(one.outside for one in found.models)
    caption = "Share of each model's scores; the broken line is the mean"
    caption += f". {outside:,} scores lie outside {low} to {high} and count in the means." if outside else "."
    step = "" if found.width == 1 else f", each bar {plain(found.width)} wide"
    return panels(
        groups, found.width, f"Scores of {len(groups)} models", f"score (scale {low} to {high}{step})", caption
    )


def _print(console: Console, file: str, found: ScoreSummary) -> None:
    low, high = map(plain, found.scale)
    console.print(Text(printable(f"scores of {file}: {len(found.models)} models, scale {low} to {high}"), "bold"))
    outside = [f"outside {low}-{high}", "mean without those"] if any(one.outside for one in found.models) else []
    table = figures_table("model", "n", "mean (95 % interval)", "median", *outside)
    for one in found.models:
        cells = [f"{one.n:,}", measured(one.mean, 4), "-" if one.median is None else plain(one.median)]
        if outside:
            cells += [f"{one.outside:,}" if one.outside else "none", measured(one.mean_within, 4)]
        table.add_row(Text(printable(one.model)), *cells)
    show_table(console, table)
    for one in found.models:
        if one.unread:
            console.print(Text(printable(f"{one.model}: {one.unread:,} more are no numbers and count for nothing")))
    show_table(console, _distributions(found.models))
    for line in _contests(found.contests):
        console.print(Text(printable(line)))
    for line in found.positions.lines() if found.positions else ():
        console.print(Text(printable(f"position bias: {line}")))


def _distributions(models: tuple[ModelScores, ...]) -> Table:
    """How many of each model's scores lie in each bar, from the highest down."""
    table = figures_table("from")
    for one in models:
        table.add_column(Text(printable(one.model)), no_wrap=True)
    highest = [max((bar.rows for bar in one.bars), default=0) for one in models]
    for place in reversed(range(len(models[0].bars))):
        bars = [one.bars[place] for one in models]
        cells = [
            Text.assemble(
                f"{bar.rows:>{max(7, len(f'{top:,}'))},} ",
                (("█" if bar.kept else "░") * (max(1, round(_BAR * bar.rows / top)) if bar.rows else 0)).ljust(_BAR),
            )
            for bar, top in zip(bars, highest, strict=True)
        ]
        table.add_row(plain(bars[0].start), *cells)
    return table


def _contests(contests: tuple[Contest, ...]) -> Iterator[str]:
    for one in contests:
        first, second = one.models
        yield (
            f"{first} against {second}: {one.wins:,} won, {one.ties:,} tied, {one.losses:,} lost; "
            f"{measured(one.share, 1, 100)} % won, ties counted half"
        )
