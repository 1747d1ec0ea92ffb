"""``tunesmith neighbours``: how alike the rows of a file are, each with the one that it resembles most."""

from __future__ import annotations

import json
from collections import Counter
from math import floor
from pathlib import Path
from statistics import fmean, median

import click
from rich.console import Console
from rich.text import Text

from tunesmith.curate.neighbours import nearest_neighbours
from tunesmith.curate.rouge import WORDS, Match, Tokenizer
from tunesmith.data.files import atomic_write_text, read_table
from tunesmith.errors import UsageError
from tunesmith.figures import Bar, histogram
from tunesmith.rows import Row
from tunesmith.steps.base import text_of
from tunesmith.text import nearest, printable, shorten

from .summary import stdout_console

_WIDTH = 0.05
_BARS = round(1 / _WIDTH)


@click.command()
@click.argument("file")
@click.option(
    "--column", default="instruction", show_default=True, help="The text; question: the instruction with its input."
)
@click.option("--tokenizer", type=click.Choice([*WORDS]), default="rouge", show_default=True, help="See dedup.")
@click.option("--closest", type=click.IntRange(0), default=5, show_default=True, help="Closest pairs to show.")
@click.option("--json", "as_json", is_flag=True, help="Print each row's neighbour and score as a JSON line.")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Write the distribution as an SVG.")
def neighbours(file: str, column: str, tokenizer: Tokenizer, closest: int, as_json: bool, figure: Path | None) -> None:
    """Tell how alike the rows of FILE are: each row's highest ROUGE-L with any other."""
    if figure is not None and figure.suffix.lower() != ".svg":
        raise UsageError(f"--figure {figure} would be an SVG picture; give a name that ends in .svg")
    rows = [(row["id"], _text(file, row, column)) for row in read_table(file)]
    if len(rows) < 2:
        raise UsageError(f"{file} has {len(rows)} rows; give a file with at least two to compare")
    found = nearest_neighbours([text for _, text in rows], tokenizer)
    if figure is not None:
        atomic_write_text(figure, _picture(found, column))
    if as_json:
        for (row_id, _), match in zip(rows, found, strict=True):
            other, score = (rows[match.row][0], match.score) if match else (None, 0.0)
            click.echo(json.dumps({"row": row_id, "nearest": other, "score": score}, ensure_ascii=False))
        return
    _print(stdout_console(), file, rows, found, closest)
    wordless = sum(not WORDS[tokenizer](text) for _, text in rows)
    if wordless:
        hint = "; for other scripts than a-z, give --tokenizer unicode" if tokenizer == "rouge" else ""
        click.echo(f"{wordless:,} rows have no word that can be compared{hint}")


def _text(file: str, row: Row, column: str) -> str:
    if column not in row and (column != "question" or "instruction" not in row):
        raise UsageError(
            f"row {row['id']} of {file} has no column {column!r}{nearest(column, row)}; there are: {', '.join(row)}"
        )
    return text_of(row, column)


def _bars(found: list[Match | None]) -> list[Bar]:
    places = Counter(min(_BARS, floor((match.score if match else 0.0) / _WIDTH + 1e-9)) for match in found)
    return [Bar(round(place * _WIDTH, 2), places[place], 0) for place in range(_BARS + 1)]


def _picture(found: list[Match | None], column: str) -> str:
    scores = [match.score if match else 0.0 for match in found]
    caption = f"Mean {fmean(scores):.3f}, median {median(scores):.3f}. The further left, the more diverse the rows are."
    title = f"Nearest neighbours of {len(found):,} rows"
    return histogram(_bars(found), _WIDTH, None, title, f"highest ROUGE-L of a row's {column} with any other", caption)


def _print(console: Console, file: str, rows: list[tuple[str, str]], found: list[Match | None], closest: int) -> None:
    scores = [match.score if match else 0.0 for match in found]
    console.print(Text(printable(f"nearest neighbours of {len(rows):,} rows of {file}, by ROUGE-L"), "bold"))
    console.print(f"mean {fmean(scores):.3f}, median {median(scores):.3f}; exactly alike: {scores.count(1.0):,}")
    bars = _bars(found)
    highest, wide = max(bar.rows for bar in bars), len(f"{max(bar.rows for bar in bars):,}")
    for bar in reversed(bars):
        blocks = max(1, round(40 * bar.rows / highest)) if bar.rows else 0
        console.print(f"{bar.start:5.2f}  {bar.rows:{wide},}  {'█' * blocks}".rstrip())
    ranked = sorted((-match.score, row, match.row) for row, match in enumerate(found) if match)
    shown: set[tuple[int, int]] = set()
    for score, row, other in ranked:
        if len(shown) >= closest:
            break
        if (min(row, other), max(row, other)) not in shown:
            shown.add((min(row, other), max(row, other)))
            console.print(Text(f"ROUGE-L {-score:.4f}", "bold"))
            for row_id, text in (rows[row], rows[other]):
                console.print(Text.assemble(("  " + printable(row_id), "cyan"), "  ", shorten(text, 200)))
