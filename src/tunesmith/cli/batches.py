"""``tunesmith batches``: what of a run is in batches at a provider; cancel it, or give it up."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from tunesmith.errors import UsageError
from tunesmith.recipes import RunFolder
from tunesmith.recipes.manifest import teachers_of
from tunesmith.recipes.story import paid_json
from tunesmith.teacher import Batching, Identity, Limits, Price, ReplyStore, Voice, connect
from tunesmith.teacher.batches.book import LOST, BatchBook, Entry
from tunesmith.teacher.winding_up import wind_up
from tunesmith.text import printable

from .options import Amount
from .progress import Screen
from .summary import stdout_console


@click.command()
@click.argument("path", metavar="FOLDER", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("names", metavar="[BATCH]...", nargs=-1)
@click.option("--cancel", is_flag=True, help="Cancel what is at a provider, and collect what is finished.")
@click.option(
    "--forget", is_flag=True, help="Give up what the provider has lost, or each BATCH named; it may be charged."
)
@click.option("--store", type=click.Path(path_type=Path, dir_okay=False), help="The reply store, if it has moved.")
@click.option("--base-url", metavar="URL", help="The endpoint, where the run was given one and the key shall go there.")
@click.option("--poll", type=Amount(0, min_open=True), default=Batching().poll, help="Most seconds between two looks.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--batch-grace", "grace", type=Amount(0), default=Batching().grace, hidden=True)
def batches(path: Path, names: tuple[str, ...], cancel: bool, forget: bool, store: Path | None, **given: Any) -> None:
    """List the batches of the run in FOLDER, as they stood when they were last looked at."""
    if names and not forget:
        raise UsageError("batches are named only for --forget")
    folder = RunFolder(path)
    manifest = folder.read_manifest()
    if not manifest:
        raise UsageError(f"{path} is not a run folder (it has no manifest.json)")
    file = store or Path(manifest.get("store") or folder.store)
    if not file.exists():
        raise UsageError(f"there is no reply store at {file}; name it with --store")
    with ReplyStore(file) as replies:
        book = BatchBook(replies, manifest["run"])
        if cancel or forget:
            with folder.locked():
                manifest = folder.read_manifest()
                if cancel:
                    _cancel(book, manifest, given)
                if forget:
                    _forget(book, names)
                _tell_manifest(folder, manifest, replies)
        _show(book.entries(), given["as_json"])


def _cancel(book: BatchBook, manifest: dict[str, Any], given: dict[str, Any]) -> None:
    """Cancel and collect.

    Raises:
        RunError: A provider does not answer; what was collected so far is kept.
    """
    prices = {(teacher["name"], teacher["endpoint"]): teacher["price"] for teacher in teachers_of(manifest)}
    voices = {}
    for who in {entry.identity for entry in book.entries(only_open=True)}:
        price = prices.get((str(who), who.endpoint))
        known = price and Price(price["input"], price["output"], price["source"], batch=True)
        voices[f"{who} at {who.endpoint}"] = Voice(connect(*_address(who, given["base_url"])), known)
    screen = Screen()
    limits = Limits(batch=Batching(given["poll"], grace=given["grace"]))
    wind_up(voices, book, limits, screen.notice)


def _address(who: Identity, base_url: str | None) -> tuple[str, str | None]:
    """How to connect: the address is from a file, so the provider's key goes there only if the user names it too."""
    if base_url is not None and base_url.rstrip("/").removesuffix("/v1") == who.endpoint.removesuffix("/v1"):
        return str(who), who.endpoint
    return f"{who}@{who.endpoint}", None


def _forget(book: BatchBook, names: tuple[str, ...]) -> None:
    """Give up what is lost, or what is named, whatever it is.

    Raises:
        UsageError: There is no such batch.
    """
    pending = {entry.name: entry for entry in book.entries(only_open=True)}
    if unknown := [name for name in names if name not in pending]:
        raise UsageError(f"nothing of this run is waited for in a batch {unknown[0]}; `tunesmith batches` lists all")
    lost = [entry.name for entry in pending.values() if entry.said == LOST]
    if pending and not names and not lost:
        raise UsageError(
            "no batch is known to be lost; the run's command or --cancel collects them, and "
            f"`--forget {next(iter(pending))}` gives one up all the same"
        )
    for name in names or lost:
        book.close(pending[name].nonce, "void", sum(pending[name].items.values()))


def _tell_manifest(folder: RunFolder, manifest: dict[str, Any], replies: ReplyStore) -> None:
    """What the run has paid is another sum now."""
    paid = paid_json(replies.paid(manifest["run"]), teachers_of(manifest))
    manifest["paid"] = paid | {"now": 0}
    folder.write_manifest(manifest)


def _show(entries: list[Entry], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_as_json(entry) for entry in entries]))
        return
    if not entries:
        click.echo("the run has no batches")
        return
    console = stdout_console()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("batch", "teacher", "state", "requests", "done", "held", "since"):
        table.add_column(name, justify="right" if name in ("requests", "done", "held") else "left")
    for entry in entries:
        told = _as_json(entry)
        table.add_row(
            printable(entry.name),
            printable(told["teacher"]),
            printable(told["state"]),
            f"{entry.requests:,}",
            f"{entry.done:,}",
            f"${told['held']:.4f}",
            time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.created)),
        )
    console.print(table)


def _as_json(entry: Entry) -> dict[str, Any]:
    own = {"creating": "being sent", "doubted": "not found", "done": "collected", "void": "not taken"}
    return {
        "id": entry.id,
        "name": entry.name,
        "teacher": str(entry.identity),
        "endpoint": entry.identity.endpoint,
        "state": own.get(entry.state, entry.said),
        "open": entry.open,
        "requests": entry.requests,
        "done": entry.done,
        "waited_for": len(entry.items),
        "held": sum(entry.items.values()),
        "since": datetime.fromtimestamp(entry.created, UTC).isoformat(timespec="seconds"),
    }
