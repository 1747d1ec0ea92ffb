"""``tunesmith show``: what happened in a run, or to one row of it."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.text import Text

from tunesmith.recipes import RunFolder, current_state, ledger_entries, row_story
from tunesmith.text import printable

from .pairs import print_pairs
from .summary import print_run, print_story, stdout_console


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--row", "row_id", metavar="ID", help="The whole story of one row, requests and replies included.")
@click.option(
    "--dropped",
    is_flag=True,
    help="Each dropped row (and each proposal that was refused) with its reason; with --json one ledger entry a line.",
)
@click.option("--pairs", is_flag=True, help="Each near-duplicate beside the row it resembles; --json: one a line.")
@click.option("--store", type=click.Path(path_type=Path), help="The reply store, if the run used a shared one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(run: Path, row_id: str | None, dropped: bool, pairs: bool, store: Path | None, as_json: bool) -> None:
    """Tell what happened in the run folder RUN."""
    folder = RunFolder(run)
    manifest = current_state(folder)
    console = stdout_console()
    if row_id is not None:
        story = row_story(folder, row_id, store or _store_of(manifest))
        click.echo(json.dumps(story, ensure_ascii=False)) if as_json else print_story(console, story)
    elif pairs:
        print_pairs(folder, as_json)
    elif dropped:
        for entry in ledger_entries(folder):
            if entry["fate"] in ("dropped", "refused"):
                line = f"{entry['row']}  {entry['step']}: {entry['reason']}"
                click.echo(json.dumps(entry, ensure_ascii=False)) if as_json else console.print(Text(printable(line)))
    elif as_json:
        click.echo(json.dumps(manifest, ensure_ascii=False))
    else:
        print_run(console, folder, manifest)


def _store_of(manifest: dict[str, object]) -> Path | None:
    named = manifest.get("store")
    return Path(str(named)) if named else None
