"""``tunesmith rouge``: how like the references answers are, by how long the references are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from tunesmith.data.files import atomic_write_text
from tunesmith.data.rouge_files import RougeRecord, read_rouge
from tunesmith.errors import DataError, UsageError
from tunesmith.estimates import Estimate
from tunesmith.evaluate.sentences import counted
from tunesmith.text import printable

from .answer_files import named_files
from .summary import stdout_console
from .tables import figures_table, measured, show_table

if TYPE_CHECKING:
    from tunesmith.evaluate.rouge_by_length import RougeTable


@click.command()
@click.argument("answers", nargs=-1, required=True, metavar="[NAME=]ANSWERS...")
@click.option("--references", metavar="FILE", help="Where the references are, if not in the files of answers.")
@click.option("--column", default="", help="The column with the answers, if it is not recognised.")
@click.option("--reference-column", default="", help="The column with the references, likewise.")
@click.option("--bins", help="Lengths of references, in words; 0-2,3-5,6-10,11- if left out.")
@click.option(
    "--words",
    type=click.Choice(["rouge", "unicode"]),
    help="What ROUGE takes for words: a-z and 0-9 only, as published and if left out, or those of all scripts.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Draw ROUGE-L, as .svg or .png.")
def rouge(answers: tuple[str, ...], as_json: bool, figure: Path | None, **given: str | None) -> None:
    """Tell ROUGE-1, -2 and -L of ANSWERS against references, by the references' length, with 95 % intervals.

    ANSWERS is a file of rows or a run folder; several are shown side by side. GPT-4-LLM's own files of results are
    read as they are.
    """
    from tunesmith.evaluate.answered import Columns, answered
    from tunesmith.evaluate.rouge_by_length import PUBLISHED_BINS, parse_bins, rouge_by_length

    if figure is not None and figure.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"--figure {figure} would be a picture; give a name that ends in .svg or .png")
    bins = parse_bins(given["bins"] or PUBLISHED_BINS)
    table, remarks = _published(answers), list[str]()
    if table is None:
        columns = Columns(given["column"] or "", given["reference_column"] or "")
        sheet = answered(named_files(answers), columns, given["references"])
        table = rouge_by_length(sheet.rows, bins, given["words"] or "rouge")  # type: ignore[arg-type]
        remarks = [*sheet.remarks(), *_remarks(table)]
    elif ignored := [name for name, value in given.items() if value]:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in ignored)
        raise UsageError(f"published results are shown as they are, so {options} would do nothing; leave it out")
    else:
        remarks = [*_published_remarks(table)]
    if not any(cell.rougeL.rows for cell in table.cells.values()):
        raise UsageError(
            f"{', '.join(answers)}: no row has both an answer and a reference; name the columns with --column and "
            "--reference-column, or give a file with --references"
        )
    if figure is not None:
        _draw(figure, table)
    if as_json:
        click.echo(json.dumps(_as_json(table) | {"remarks": remarks}, ensure_ascii=False))
        return
    console = stdout_console()
    _print(console, table)
    for line in remarks:
        console.print(Text(printable(line)))
    if figure is not None:
        console.print(Text(f"the picture is in {figure}"))


def _published(files: tuple[str, ...]) -> RougeTable | None:
    """The table that published results make up together; ``None`` if the files hold answers."""
    from tunesmith.evaluate.rouge_by_length import ALL, RougeCell, RougeTable

    read = {file: read_rouge(Path(file)) for file in files}
    found: list[tuple[str, RougeRecord]] = [(file, one) for file, records in read.items() for one in records or ()]
    if not found:
        return None
    if others := [file for file, records in read.items() if records is None]:
        raise UsageError(f"{others[0]} holds no published results as the others do; give answers and results apart")
    cells: dict[tuple[str, str], RougeCell] = {}
    for file, one in found:
        if (one.length, one.model) in cells:
            raise DataError(f"{one.model} on {one.length} has come before; give each file once", file)
        figures = (Estimate(score, rows=one.rows) for score in one.scores)
        cells[one.length, one.model] = RougeCell(one.model, one.length, *figures)
    lengths = sorted({one.length for _, one in found}, key=lambda name: (name == ALL, _least(name), name))
    return RougeTable(tuple(lengths), tuple(dict.fromkeys(one.model for _, one in found)), cells)


def _least(length: str) -> int:
    first = length.partition("-")[0]
    return int(first) if first.isdecimal() else 0


def _print(console: Console, table: RougeTable) -> None:
    out = figures_table("words", "n", "model", "ROUGE-1", "ROUGE-2", "ROUGE-L")
    for length in table.lengths:
        shown = ("", "")
        for model in table.models:
            cell = table.cells.get((length, model))
            if cell is None:
                continue
            now = (length, f"{cell.rougeL.rows:,}")
            head = ("" if now[0] == shown[0] else now[0], "" if now == shown else now[1])
            shown = now
            figures = [measured(one, 2, 100) for one in (cell.rouge1, cell.rouge2, cell.rougeL)]
            out.add_row(*(Text(printable(text)) for text in (*head, model, *figures)))
    show_table(console, out)


def _published_remarks(table: RougeTable) -> Iterator[str]:
    from tunesmith.evaluate.rouge_by_length import ALL, weighted_gap

    yield "published means, without intervals"
    for model in table.models:
        gap = weighted_gap(table, model, "rougeL")
        if gap is not None:
            yield f"{model}: ROUGE-L of ALL less that of the lengths, weighted with their rows: {100 * gap:+.3f}"
        rows = {length: cell.rougeL.rows for length in table.lengths if (cell := table.cells.get((length, model)))}
        parts = sum(n for length, n in rows.items() if length != ALL)
        if ALL in rows and parts not in (0, rows[ALL]):
            yield f"{model}: the lengths hold {parts:,} rows together, but ALL {rows[ALL]:,}"
    for length in table.lengths:
        numbers = {cell.rougeL.rows for model in table.models if (cell := table.cells.get((length, model)))}
        if len(numbers) > 1:
            yield f"{length}: the models' figures rest on {' and '.join(f'{n:,}' for n in sorted(numbers))} rows"
    if "5-10" in table.lengths:
        yield "the length 5-10 stands in the file called 6-10; 3-5 and 5-10 would overlap"


def _remarks(table: RougeTable) -> Iterator[str]:
    yield "F-measures in per cent; lengths are words of the reference, split at white space"
    if table.no_reference:
        yield f"{counted(table.no_reference, 'row')} without a reference, not counted"
    for model, rows in table.no_answer.items():
        if rows:
            yield f"{counted(rows, 'question')} without an answer of {model}, not counted for any model"
    for model, rows in table.empty.items():
        if rows:
            yield f"{model}: {counted(rows, 'empty answer')}, counted with 0"
    if table.unbinned:
        yield f"{counted(table.unbinned, 'reference')} of no length asked for, counted in ALL only"


def _as_json(table: RougeTable) -> dict[str, object]:
    from tunesmith.evaluate.rouge_by_length import weighted_gap

    return {
        "lengths": table.lengths,
        "models": table.models,
        "cells": [asdict(cell) for cell in table.cells.values()],
        "weighted_gap": {model: weighted_gap(table, model, "rougeL") for model in table.models},
        "no_reference": table.no_reference,
        "no_answer": dict(table.no_answer),
        "empty": dict(table.empty),
        "unbinned": table.unbinned,
    }


def _draw(figure: Path, table: RougeTable) -> None:
    from tunesmith.data.atomic import atomic_write_bytes
    from tunesmith.evaluate.rouge_by_length import ALL
    from tunesmith.figures import Measure, Series, lines, to_png

    def of(length: str, model: str) -> Estimate:
        cell = table.cells.get((length, model))
        return cell.rougeL if cell is not None else Estimate()

    lengths = [length for length in table.lengths if length != ALL] or [ALL]
    series = [Series(model, [of(length, model) for length in lengths]) for model in table.models]
    caption = "F-measure of the longest common subsequence; lines up and down are 95 % intervals."
    if all(figure.low is None for one in series for figure in one.figures):
        caption = "F-measure of the longest common subsequence, as published, without intervals."
    measure = Measure("ROUGE-L")
    picture = lines(series, lengths, measure, "ROUGE-L by length of the reference", "words of the reference", caption)
    if figure.suffix.lower() == ".png":
        atomic_write_bytes(figure, to_png(picture))
    else:
        atomic_write_text(figure, picture)
