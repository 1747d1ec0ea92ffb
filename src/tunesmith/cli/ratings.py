"""``tunesmith ratings``: what a column of ratings says, before rows are kept by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from math import isfinite
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tunesmith.curate.ratings import Near, Summary, summarise
from tunesmith.curate.threshold import NoRating, exact, plain, rating_of
from tunesmith.data.files import atomic_write_text, read_table
from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate
from tunesmith.figures import histogram
from tunesmith.recipes import RunFolder, current_state
from tunesmith.text import nearest, printable

from .options import Amount
from .run_rows import rows_with
from .summary import stdout_console

_LOOK_AT = 1000  # rows, for a guess which columns hold ratings
_BAR = 28  # characters


@click.group()
def ratings() -> None:
    """Ratings of rows: how they are distributed, and what a threshold keeps."""


@ratings.command("show")
@click.argument("file")
@click.option("--column", default="rating", show_default=True, help="The column with the ratings.")
@click.option("--threshold", type=float, default=4.5, show_default=True, help="The least rating to keep.")
@click.option("--bar", "width", type=Amount(0, min_open=True), help="Points that a bar spans; half a point as a rule.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Write the distribution as an SVG.")
def show_ratings(
    file: str, column: str, threshold: float, width: float | None, as_json: bool, figure: Path | None
) -> None:
    """Tell how the ratings in FILE (rows of any file type, or a run folder) lie around a threshold."""
    if figure is not None and figure.suffix.lower() != ".svg":
        raise UsageError(f"--figure {figure} would be an SVG picture; give a name that ends in .svg")
    if not isfinite(threshold):
        raise UsageError(f"--threshold {threshold} is not a finite number")
    remedy = "give the name of another with --column, or run a recipe with the step rate"
    source = rows_with(file, column, "rated all rows", remedy)
    found = summarise(read_table(source), column, threshold, width)
    if not found.rated:
        raise UsageError(_no_ratings(source, found))
    if figure is not None:
        atomic_write_text(figure, _picture(found))
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _print(stdout_console(), file, found, _gone_before(file, source))


def _no_ratings(source: str, found: Summary) -> str:
    """Why there is nothing to show, and which other columns look as if they held ratings."""
    if not found.rows:
        return f"{source} has no rows; give a file with rated rows"
    numbers: dict[str, bool] = {}
    for row in islice(read_table(source), _LOOK_AT):
        for name, value in row.items():
            if value not in (None, ""):
                numbers[name] = numbers.get(name, True) and _is_number(value)
    likely = [name for name, are_numbers in numbers.items() if are_numbers and name not in ("id", found.column)]
    lacks = f"{source} has no column {found.column!r}{nearest(found.column, likely or numbers)}"
    if found.column in numbers:
        lacks = f"no row of {source} has a number in the column {found.column!r}"
    if likely:
        return f"{lacks}; columns that look like ratings: {', '.join(likely)} (name one with --column)"
    return f"{lacks}, and no other column holds numbers; there are: {', '.join(numbers)}"


def _is_number(value: object) -> bool:
    try:
        rating_of(value)
    except NoRating:
        return False
    return True


def _picture(found: Summary) -> str:
    near, kept = found.near, sum(bar.kept for bar in found.bars)
    caption = f"{kept:,} of {found.rated:,} rated rows ({_percent(kept, found.rated)}) are rated "
    caption += f"{exact(near.threshold)} or more."
    if found.rows > found.rated:
        caption += f" Rows without a rating, not shown: {found.rows - found.rated:,}."
    axis = f"{found.column} (each bar: from its number up to the next)"
    return histogram(found.bars, found.width, near.threshold, f"Ratings of {found.rated:,} rows", axis, caption)


def _gone_before(file: str, source: str) -> str:
    """What a run's step dropped that gave the ratings, and so has no rating to be counted."""
    if file == source:
        return ""
    label = Path(source).name.split("-", 1)[1].removesuffix(".jsonl")
    for step in current_state(RunFolder(file))["steps"]:
        if step["name"] == label and step["dropped"]:
            return f"  {step['dropped']:,}  more were dropped by the step {label}"
    return ""


def _print(console: Console, file: str, found: Summary, gone: str) -> None:
    near = found.near
    console.print(
        Text(printable(f"{found.column} of {file}: {found.rated:,} of {found.rows:,} rows are rated"), "bold")
    )
    for kind, rows in found.unrated.items():
        console.print(f"  {rows:,}  {kind}")
    if gone:
        console.print(gone)
    if found.mean is not None and found.median is not None:
        console.print(f"mean {found.mean:.3f}, median {plain(found.median)}")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in (" ", "from", "rows", "", "kept if at least", "share"):
        table.add_column(name, justify="right" if name.strip() else "left", no_wrap=True)
    highest = max(bar.rows for bar in found.bars)
    for bar, kept in zip(reversed(found.bars), reversed(found.thresholds), strict=True):
        is_chosen = kept.threshold == near.threshold
        table.add_row(
            ">" if is_chosen else "",
            plain(bar.start),
            f"{bar.rows:,}",
            Text.assemble((_blocks(bar.kept, highest, "█"), "cyan"), _blocks(bar.rows - bar.kept, highest, "░")),
            f"{kept.rows:,}",
            _percent(kept.rows, found.rated),
            style="bold" if is_chosen else None,
        )
    console.print(table)
    all_kept = sum(bar.kept for bar in found.bars)
    share = _percent(all_kept, found.rated)
    console.print(f"at least {exact(near.threshold)} (█): {all_kept:,} rows kept, {share} of the rated ones\n")
    console.print(Text(_about(near, found.rated, bool(found.agreement.pairs))))
    for line in _agreement(found):
        console.print(Text(printable(line)))


def _blocks(rows: int, highest: int, block: str) -> str:
    """A bar; even a single row shows."""
    return block * (max(1, round(_BAR * rows / highest)) if rows else 0)


def _about(near: Near, rated: int, several_teachers: bool) -> str:
    """How firmly rows stand on their side of the threshold, in words."""
    t = exact(near.threshold)
    if near.spread is None or near.expected_flips is None:
        low, high = plain(near.threshold - near.within), plain(near.threshold + near.within)
        return (
            f"Each row has one score, and one score does not tell how sure it is. {near.below:,} rows are rated from "
            f"{low} to under {t}, and {near.above:,} from {t} to under {high}: those would change sides if a second "
            f"opinion were {plain(near.within)} higher or lower. That is an assumption; to measure it, rate rows "
            "several times (--samples 3)."
        )
    return (
        f"{near.rescored:,} rows were scored more than once; the scores of one row have a standard deviation of "
        f"{near.spread:.3g}. If all {rated:,} rows were scored anew in the same way, about {near.expected_flips:,.0f} "
        f"would be expected to change sides at {t}; {near.likely_flips:,} rows have a chance of 5 % or more to do so, "
        f"and {near.both_sides:,} have single scores on both sides."
        + (" Where teachers differ as a habit, that counts as spread too; see below." if several_teachers else "")
    )


def _agreement(found: Summary) -> Iterator[str]:
    threshold, agreement = exact(found.near.threshold), found.agreement
    for teacher, alpha in agreement.selves.items():
        yield f"{teacher} with itself, over {alpha.rows:,} rows: alpha {_measured(alpha)}"
    for pair in agreement.pairs:
        first, second = pair.teachers
        if not pair.alike.rows:
            yield f"{first} and {second} have scored no row both"
            continue
        yield (
            f"{first} and {second}, over {pair.alike.rows:,} rows: alpha {_measured(pair.alpha)}; keep or drop at "
            f"{threshold}: alike on {_measured(pair.alike, percent=True)}, kappa {_measured(pair.kappa)}"
        )
    if agreement.overall is not None and len(agreement.pairs) > 1:
        yield f"all teachers, over {agreement.overall.rows:,} rows: alpha {_measured(agreement.overall)}"
    if agreement.selves or agreement.pairs:
        yield "alpha is Krippendorff's (interval scale), kappa Cohen's: 1 full agreement, 0 chance; 95 % intervals"


def _measured(found: Estimate, percent: bool = False) -> str:
    """A statistic with its interval: ``0.62 (0.58 to 0.66)``, ``88.2 % (86.0 to 90.1)``."""
    if found.value is None:
        return "cannot be told (too few rows, or all the same)"
    value, low, high = (
        None if number is None else f"{100 * number:.1f}" if percent else f"{round(number, 2) + 0.0:.2f}"
        for number in (found.value, found.low, found.high)
    )
    interval = "no interval: the rows are too much alike" if low is None else f"{low} to {high}"
    return f"{value}{' %' if percent else ''} ({interval})"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
