"""``tunesmith store``: look into a reply store, take replies out, throw old ones away."""

from __future__ import annotations

import json
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import click

from tunesmith.data.files import atomic_file
from tunesmith.errors import UsageError
from tunesmith.recipes import RunFolder
from tunesmith.teacher import ReplyStore
from tunesmith.teacher.store import Stored
from tunesmith.text import shorten

from .options import Amount


@click.group()
def store() -> None:
    """The reply store: every reply ever paid for. STORE is its file, or a run folder."""


def _open(path: Path, read_only: bool = True) -> ReplyStore:
    file = RunFolder(path).store if path.is_dir() else path
    if not file.exists():
        raise UsageError(f"there is no reply store at {file}")
    return ReplyStore(file, read_only)


@store.command("show")
@click.argument("path", metavar="STORE", type=click.Path(path_type=Path))
@click.option("--key", help="One reply in full, by its key or the beginning of it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_store(path: Path, key: str | None, as_json: bool) -> None:
    """Count replies, tokens and money by teacher, or print one reply in full."""
    replies = _open(path)
    if key:
        found = [_as_json(entry) for entry in islice(replies.entries("substr(key, 1, ?)=?", (len(key), key)), 2)]
        if len(found) != 1:
            raise UsageError(f"{path} has {'several replies' if found else 'no reply'} whose key begins with {key!r}")
        click.echo(json.dumps(found[0], ensure_ascii=False, indent=None if as_json else 2))
        return
    counts: dict[tuple[str, str], Counter[str]] = {}
    for entry in replies.entries():
        count = counts.setdefault((entry.teacher, entry.endpoint), Counter())
        usage = entry.reply.usage
        count["replies"] += 1
        count["input_tokens"] += usage.input_tokens if usage else 0
        count["output_tokens"] += usage.output_tokens if usage else 0
        count["micro_dollars"] += round((entry.reply.cost or 0) * 1e6)
        count["unpriced"] += entry.reply.cost is None
    rows = [
        {"teacher": teacher, "endpoint": endpoint, **count, "cost": count.pop("micro_dollars") / 1e6}
        for (teacher, endpoint), count in counts.items()
    ]
    if as_json:
        click.echo(json.dumps([{k: v for k, v in row.items() if k != "micro_dollars"} for row in rows]))
        return
    if not rows:
        click.echo("the store is empty")
    for row in rows:
        unpriced = f", {row['unpriced']:,} of them of unknown price" if row["unpriced"] else ""
        click.echo(
            f"{row['teacher']} at {row['endpoint'] or 'this machine'}: {row['replies']:,} replies, "
            f"{row['input_tokens']:,} tokens in, {row['output_tokens']:,} out, ${row['cost']:.4f}{unpriced}"
        )


@store.command("export")
@click.argument("path", metavar="STORE", type=click.Path(path_type=Path))
@click.option("--model", help="Only replies of this teacher, such as openai:gpt-4o-mini.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="JSON lines; standard output if left out.")
def export(path: Path, model: str | None, output: Path | None) -> None:
    """Write requests and replies as JSON lines, oldest first."""
    replies = _open(path)
    entries = replies.entries("teacher=?", (model,)) if model else replies.entries()
    lines = (json.dumps(_as_json(entry), ensure_ascii=False) + "\n" for entry in entries)
    if output is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    if output.exists() and output.samefile(replies.path):
        raise UsageError(f"--output {output} is the store itself; name another file")
    with atomic_file(output) as file:
        for line in lines:
            file.write(line.encode())


@store.command("prune")
@click.argument("path", metavar="STORE", type=click.Path(path_type=Path))
@click.option("--older-than", type=Amount(0), metavar="DAYS", help="Replies older than so many days.")
@click.option("--model", help="Replies of this teacher.")
@click.option("--yes", is_flag=True, help="Really delete; without it, only count.")
def prune(path: Path, older_than: float | None, model: str | None, yes: bool) -> None:
    """Delete replies. They were paid for, and a run that needs them again pays again."""
    parts: dict[str, Any] = {}
    if older_than is not None:
        parts["created < ?"] = time.time() - older_than * 86400
    if model:
        parts["teacher = ?"] = model
    if not parts:
        raise UsageError("say which replies: --older-than DAYS, --model PROVIDER:NAME, or both")
    where, values = " AND ".join(parts), tuple(parts.values())
    replies = _open(path, read_only=not yes)
    count, cost = replies.count(where, values)
    what = f"{count:,} replies that cost ${cost:.4f}"
    if not yes:
        click.echo(f"{what} would be deleted; give --yes to do it")
        for first in islice(replies.entries(where, values), 1):
            click.echo(f"the first: {shorten(first.reply.text, 100)}")
        return
    replies.delete(where, values)
    click.echo(f"{what} deleted")


def _as_json(entry: Stored) -> dict[str, Any]:
    usage = entry.reply.usage
    return {
        "key": entry.reply.key,
        "teacher": entry.teacher,
        "endpoint": entry.endpoint,
        "request": entry.request.as_json(),
        "text": entry.reply.text,
        "finish_reason": entry.reply.finish_reason,
        "model": entry.reply.model,
        "input_tokens": usage and usage.input_tokens,
        "output_tokens": usage and usage.output_tokens,
        "cost": entry.reply.cost,
        "run": entry.run,
        "created": entry.created,
    }
