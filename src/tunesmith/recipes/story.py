"""The whole story of one row: how it came in, what each step made of it, what was asked and what was said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tunesmith.errors import DataError, UsageError
from tunesmith.steps import Tally
from tunesmith.teacher import Price, ReplyStore
from tunesmith.teacher.store import Paid

from .folder import RunFolder
from .manifest import teachers_of


def row_story(folder: RunFolder, row_id: str, store: Path | None = None) -> dict[str, Any]:
    """The row as it came in, then an entry a step: fate, columns changed, rows added from it, requests and replies.

    Raises:
        UsageError: The run has no such row.
    """
    before = _find(folder.path / "steps", "0-source", row_id)
    entries, further = [], dict[str, list[str]]()
    for entry in ledger_entries(folder):
        if entry["row"] == row_id:
            entries.append(entry)
        elif entry.get("source") == row_id:
            further.setdefault(entry["step"], []).append(entry["row"])
    if before is None and not entries:
        raise UsageError(f"{folder.path} has no row {row_id!r}; ids are the rows' own, or their positions from 0")
    path = store or folder.store
    replies = ReplyStore(path, read_only=True) if path.exists() else None
    story = []
    rows = {file.name.split("-", 1)[1].split(".jsonl")[0]: file for file in (folder.path / "steps").glob("*.jsonl*")}
    for entry in entries:
        after = next(_lines(rows[entry["step"]], row_id), None) if entry["step"] in rows else None
        asked = []
        for key in entry.get("replies", ()):
            stored = replies.find(key) if replies else None
            asked.append(
                {"key": key, "missing": True}
                if stored is None
                else {
                    "key": key,
                    "teacher": stored.teacher,
                    "request": stored.request.as_json(),
                    "reply": stored.reply.text,
                    "finish_reason": stored.reply.finish_reason,
                    "cost": stored.reply.cost,
                }
            )
        named = [name for name in after or () if name != "id"] if entry["fate"] == "added" else entry.get("columns", ())
        changes = {name: after.get(name) for name in named} if after else {}
        told = {"further": further[entry["step"]]} if entry["step"] in further else {}
        story.append({**entry, **told, "asked": asked, "changes": changes})
    if replies:
        replies.close()
    return {"row": row_id, "source": before, "steps": story}


def current_state(folder: RunFolder) -> dict[str, Any]:
    """The manifest; of a run that has not ended, with the rows and the money so far instead of none.

    Raises:
        UsageError: The folder is not a run's.
    """
    manifest = folder.read_manifest()
    if not manifest:
        raise UsageError(f"{folder.path} is not a run folder (it has no manifest.json)")
    if manifest["status"] != "running":
        return manifest
    if not folder.in_use():
        manifest["status"] = "killed"
    tallies: dict[str, Tally] = {}
    for entry in ledger_entries(folder):
        tallies.setdefault(entry["step"], Tally()).count(entry)
    manifest["steps"] = [{"name": name, **tally.as_json()} for name, tally in tallies.items()]
    path = Path(manifest["store"] or folder.store)
    if path.exists():
        with ReplyStore(path, read_only=True) as store:
            manifest["paid"] = paid_json(store.paid(manifest["run"]), teachers_of(manifest))
    return manifest


def paid_json(paid: Paid, teachers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What a run has spent, for the manifest; the cost is ``None`` where a price is not known."""
    prices = {
        (t["name"], t["endpoint"]): t["price"] and Price(t["price"]["input"], t["price"]["output"]) for t in teachers
    }
    known = all(prices.values()) and paid.unpriced.keys() <= prices.keys()
    # Replies stored before the price was known count at the price known now.
    unpriced = sum(prices[who].cost(usage) for who, usage in paid.unpriced.items()) if known else 0.0
    return {
        "replies": paid.replies,
        "input_tokens": paid.usage.input_tokens,
        "output_tokens": paid.usage.output_tokens,
        "cost": round(paid.cost + unpriced, 8) if known else None,
        "unconfirmed": round(paid.unconfirmed, 8),
        "twice": round(paid.twice, 8),
    } | ({"held": round(paid.held, 8)} if paid.held else {})


def ledger_entries(folder: RunFolder) -> Iterator[dict[str, Any]]:
    """All entries of a run's ledger, those of an unfinished run included."""
    part = folder.ledger.with_name(folder.ledger.name + ".part")
    yield from _objects(part if part.exists() else folder.ledger)


def _find(steps: Path, name: str, row_id: str) -> dict[str, Any] | None:
    for file in sorted(steps.glob(f"{name}.jsonl*")):
        return next(_lines(file, row_id), None)
    return None


def _lines(file: Path, row_id: str) -> Iterator[dict[str, Any]]:
    return (row for row in _objects(file, json.dumps(row_id, ensure_ascii=False)) if row.get("id") == row_id)


def _objects(file: Path, containing: str = "") -> Iterator[dict[str, Any]]:
    """JSON lines that contain a text; a last line that is cut off is not there yet."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if containing in line and line.endswith("\n"):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise DataError(f"the line is damaged: {error}", file, number) from error
