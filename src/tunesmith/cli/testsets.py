"""``tunesmith testsets``: which test sets there are, what each is, and fetching one."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from tunesmith.data.testsets import PREFIX, QuestionSet, cached_file, file_of, keep, known_sets, load_set
from tunesmith.errors import UsageError
from tunesmith.text import printable

from .summary import stdout_console


@click.group()
def testsets() -> None:
    """Sets of questions on which models are compared; each is a source: --input testset:NAME."""


@testsets.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sets(as_json: bool) -> None:
    """Name each test set, with its size, its licence and whether a copy is at hand."""
    if as_json:
        click.echo(json.dumps([_as_json(found) for found in known_sets().values()], ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("name", "rows", "licence", "copy", "what it is"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold")
    for found in known_sets().values():
        table.add_row(found.name, f"{found.rows:,}", Text(found.license), _copy(found), Text(found.title))
    stdout_console().print(table)
    click.echo("\n`tunesmith testsets show NAME` tells more. As a source: --input testset:NAME, or testset:NAME=PATH")


@testsets.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Tell what a test set is, where it is had, its licence, columns and checksum."""
    found = load_set(name)
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False))
        return
    columns = ", ".join(
        theirs if theirs == ours else f"{theirs} (read as {ours})"
        for theirs, ours in found.columns.items()
        if theirs != "instances"
    )
    facts = {
        "": found.about,
        "published in": found.paper,
        "rows": f"{found.rows:,}" if found.rows else "not known",
        "columns": columns,
        "licence": found.license,
        "had from": found.where or (str(found.file) if found.file else ""),
        "fetched from": found.url or "nowhere: give a copy, testset:NAME=PATH",
        "SHA-256": found.sha256 or "not known",
        "copy at hand": _copy(found),
    }
    click.echo(f"{printable(found.title)} (testset:{found.name})")
    for label, value in facts.items():
        if value:
            click.echo(f"  {label + ': ' if label else ''}{printable(value)}")


@testsets.command("get")
@click.argument("name")
@click.option("--from", "origin", type=click.Path(path_type=Path, dir_okay=False), help="A copy that you have already.")
def get(name: str, origin: Path | None) -> None:
    """Fetch a test set, or take a copy that you have, see that it is the published one, and keep it.

    Prints where it lies. Runs over testset:NAME do the same when they need it.
    """
    found = load_set(name)
    if found.file:
        raise UsageError(f"{name} is a set of your own, which lies in {found.file} already; nothing is to be fetched")
    if origin is not None:
        try:
            content = origin.read_bytes()
        except OSError as error:
            raise UsageError(f"--from {origin}: cannot be read: {error.strerror}; check the path") from None
        keep(found, content, str(origin))
    else:
        file_of(PREFIX + name)
    click.echo(str(cached_file(found)))


def _copy(found: QuestionSet) -> str:
    path = found.file or cached_file(found)
    return "here" if path.is_file() else "to be fetched" if found.url else "none"


def _as_json(found: QuestionSet) -> dict[str, object]:
    return found.model_dump(mode="json", exclude={"by_columns"}) | {"cached": cached_file(found).is_file()}
