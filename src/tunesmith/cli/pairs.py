"""``--show-pairs``: each near-duplicate that was dropped, beside the kept row that it resembles."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import click
from rich.text import Text

from tunesmith.errors import RunError
from tunesmith.recipes import RunFolder, near_duplicate_pairs
from tunesmith.text import printable, shorten

from .summary import stdout_console

_WIDTH = 200  # characters of a text that are shown


def with_pairs(command: click.Command) -> click.Command:
    """The command of a step, with the option."""
    run = cast(Callable[..., None], command.callback)

    def run_and_show(show_pairs: bool, **given: Any) -> None:
        output: Path = given["output"]
        folder = given["folder"] or output.with_name(output.name + ".run")
        try:
            run(**given)
        except RunError:
            if show_pairs and RunFolder(folder).recipe.exists():
                print_pairs(RunFolder(folder), given["as_json"])  # when all have fallen, one wants to see them most
            raise
        if show_pairs and not given["dry_run"]:
            print_pairs(RunFolder(folder), given["as_json"])

    command.callback = run_and_show
    option = click.Option(["--show-pairs"], is_flag=True, help="Print each dropped row beside the one it resembles.")
    command.params.append(option)
    return command


def print_pairs(folder: RunFolder, as_json: bool) -> None:
    """Print them, with ``as_json`` one JSON object a line with the whole texts."""
    console = stdout_console()
    for pair in near_duplicate_pairs(folder):
        if as_json:
            click.echo(json.dumps(asdict(pair), ensure_ascii=False))
            continue
        console.print(Text(f"ROUGE-L {pair.score:.4f}", "bold"))
        console.print(Text.assemble(("  dropped ", "yellow"), printable(pair.row), "  ", shorten(pair.text, _WIDTH)))
        console.print(
            Text.assemble(("  kept    ", "cyan"), printable(pair.resembles), "  ", shorten(pair.resembled_text, _WIDTH))
        )
