"""``tunesmith votes``: what people said of two models, by criterion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.text import Text

from tunesmith.data.atomic import atomic_write_bytes
from tunesmith.data.files import atomic_write_text
from tunesmith.errors import UsageError
from tunesmith.evaluate.sentences import counted, p_value
from tunesmith.text import printable

from .summary import stdout_console
from .tables import figures_table, measured, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from tunesmith.evaluate.people import Shares


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--models", help="The two models, A,B, where the files do not say which there are.")
@click.option("--criterion", help="Tell of this criterion only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Write stacked bars as SVG or PNG.")
def votes(
    files: tuple[str, ...], models: str | None, criterion: str | None, as_json: bool, figure: Path | None
) -> None:
    """Tell what people preferred: shares by criterion with intervals, and how far voters agree.

    FILES have a vote a row (question, voter, criterion, choice), counts (model_a, model_b, wins, ties, losses), or are
    GPT-4-LLM's published figures.
    """
    from tunesmith.evaluate.people import shares_of
    from tunesmith.evaluate.vote_files import read_votes

    if figure is not None and figure.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"--figure {figure} would be a picture; give a name that ends in .svg or .png")
    found = read_votes(files, _two(models))
    shares = [one for one in shares_of(found) if criterion is None or one.criterion == criterion.strip().lower()]
    if not shares:
        known = sorted({one.criterion for one in shares_of(found)})
        raise UsageError(f"no vote is by the criterion {criterion!r}; there are {', '.join(known)}")
    if figure is not None:
        _write(figure, shares)
    if as_json:
        told = {"shares": [asdict(one) for one in shares], "notes": found.notes}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    console = stdout_console()
    _print(console, shares)
    for note in found.notes:
        console.print(Text(printable(f"note: {note}")))
    if figure is not None:
        console.print(Text(printable(f"the picture is in {figure}")))


def _two(models: str | None) -> tuple[str, str] | None:
    if models is None:
        return None
    first, _, second = (part.strip() for part in models.partition(","))
    if not first or not second or first == second or "," in second:
        raise UsageError(f"--models is {models!r}; expected two different names, A,B")
    return first, second


def _write(figure: Path, shares: Sequence[Shares]) -> None:
    from tunesmith.evaluate.pictures import picture_of_votes
    from tunesmith.figures import to_png

    svg = picture_of_votes(shares)
    if figure.suffix.lower() == ".png":
        atomic_write_bytes(figure, to_png(svg))
    else:
        atomic_write_text(figure, svg)


def _print(console: Console, shares: Sequence[Shares]) -> None:
    from tunesmith.evaluate.people import sentence

    for pair in dict.fromkeys(one.models for one in shares):
        rows = [one for one in shares if one.models == pair]
        console.print(Text(printable(f"{pair[0]} against {pair[1]}"), "bold"))
        table = figures_table("criterion", "votes", pair[0], "tie", pair[1], "win rate", "sign test")
        for one in rows:
            figures = (one.first, one.tie, one.second, one.win_rate)
            test = "-" if one.sign_test is None else p_value(one.sign_test)
            criterion = Text(printable(one.criterion or "(none named)"))
            table.add_row(criterion, f"{one.tally.n:,}", *(measured(figure, 2, 100, " %") for figure in figures), test)
        show_table(console, table)
        for one in rows:
            console.print(Text(printable(f"{sentence(one)}{_agreement(one)}")))


def _agreement(one: Shares) -> str:
    """How many questions and voters there are, and how far these agree; nothing where only counts are known."""
    if not one.questions:
        return ""
    said = f"; {counted(one.questions, 'question')}" + (f", {counted(one.voters, 'voter')}" if one.voters else "")
    if one.alike.value is None:
        return f"{said}, no question with two votes"
    alpha = "" if one.alpha.value is None else f", Krippendorff's alpha {measured(one.alpha)}"
    return f"{said}; two votes on one question say the same in {measured(one.alike, 2, 100, ' %')}{alpha}"
