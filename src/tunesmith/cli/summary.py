"""What happened in a run, for people: printed when it ends and by ``tunesmith show``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tunesmith.data.formats import ALL_SHAPES
from tunesmith.recipes import Estimate, RunFolder
from tunesmith.recipes.card import no_price
from tunesmith.recipes.estimate import HOW
from tunesmith.recipes.manifest import teachers_of
from tunesmith.teacher import Voice
from tunesmith.text import printable, shorten


def program() -> str:
    """How to call this program again: by its name where the shell finds it, else by its path."""
    called = sys.argv[0]
    found = shutil.which("tunesmith")
    if not called.endswith("tunesmith") or (found and Path(found).resolve() == Path(called).resolve()):
        return "tunesmith"
    return called


def stdout_console() -> Console:
    """A console for results: as wide as the terminal, and without line breaks of its own where there is none."""
    # What we print is text: a model called "a:b:c" is no picture, and a file called "[b]" is not bold.
    console = Console(highlight=False, markup=False, emoji=False)
    return console if console.is_terminal else Console(highlight=False, markup=False, emoji=False, width=10_000)


def _heading(console: Console, text: str) -> None:
    console.print(Text(f"── {printable(text)} ──", "bold"))


def print_run(console: Console, folder: RunFolder, manifest: dict[str, Any]) -> None:
    """Steps with their rows, why rows were dropped, the cost, the files and what to type next."""
    source, paid = manifest["input"], manifest["paid"] or {}
    limit = f", the first {source['limit']:,}" if source["limit"] else ""
    console.print(
        Text(
            f"{manifest['recipe']} over {source['source']} ({source['rows']:,} rows{limit}): {manifest['status']}",
            "bold",
        )
    )
    if manifest.get("stopped_because"):
        console.print(Text(printable(manifest["stopped_because"]), "yellow"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("step", "in", "kept", "changed", "dropped", "added", "out"):
        table.add_column(name, justify="left" if name == "step" else "right")
    for step in manifest["steps"]:
        counts = (step[key] for key in ("rows_in", "kept", "changed", "dropped", "added", "rows_out"))
        table.add_row(Text(step["name"]), *(f"{count:,}" for count in counts))
    console.print(table)
    reasons = _reasons(console, manifest, "dropped_because", "dropped because:")
    _reasons(console, manifest, "refused_because", "left out, though no row was dropped for it:")
    for step in manifest["steps"]:
        for note in step.get("notes", ()):
            console.print(Text(f"{step['name']}: {printable(note)}", "yellow"), soft_wrap=not console.is_terminal)
    if paid:
        console.print(Text(money(paid, teachers_of(manifest)) + f"; {manifest['seconds']:.1f} s"))
    unanswered = sum(step["unanswered"] for step in manifest["steps"])
    if unanswered:
        console.print(
            Text(
                f"{unanswered:,} dropped because the teacher failed; the same command asks again",
                "yellow",
            )
        )
    _print_next(console, folder, manifest, reasons)


def _reasons(console: Console, manifest: dict[str, Any], which: str, head: str) -> bool:
    """Reasons of all steps, counted; whether there are any."""
    reasons = [(s["name"], why, n) for s in manifest["steps"] for why, n in s.get(which, {}).items()]
    if reasons:
        console.print(head)
        width = max(len(f"{count:,}") for _, _, count in reasons)
        for step, why, count in reasons:
            _indented(console, f"{count:{width},}  {step}: {printable(why)}")
    return bool(reasons)


def money(paid: dict[str, Any], teachers: Sequence[dict[str, Any]], span: str = " in this run") -> str:
    """What was paid, in words.

    Args:
        paid: As `recipes.story.paid_json` says it.
        teachers: Who was asked, with their prices.
        span: What it was paid in, or over; put after "paid for".
    """
    if not teachers:
        return "no teacher was asked"
    if paid["cost"] is None:
        cost = f"cost unknown ({no_price(teachers)})"
    else:
        charged = paid["cost"] or any(t["price"]["input"] or t["price"]["output"] for t in teachers)
        cost = f"${paid['cost']:.4f}" if charged else "free of charge"
    risk = (
        f", and up to ${paid['unconfirmed']:.4f} for requests without a counted answer" if paid["unconfirmed"] else ""
    )
    risk += f", and up to ${paid['held']:.4f} more for what is in batches at a provider" if paid.get("held") else ""
    twice = paid["twice"]
    risk += f", of which ${twice:.4f} for replies that another run had stored first" if twice else ""
    now = f" ({paid['now']:,} of them just now)" if paid.get("now", paid["replies"]) < paid["replies"] else ""
    replies = "reply" if paid["replies"] == 1 else "replies"
    return (
        f"taught by {', '.join(t['name'] for t in teachers)}; paid for{span}: {paid['replies']:,} {replies}{now}, "
        f"{paid['input_tokens']:,} tokens in, {paid['output_tokens']:,} out, {cost}{risk}"
    )


def _print_next(console: Console, folder: RunFolder, manifest: dict[str, Any], dropped: bool) -> None:
    what = {"train.jsonl": "the data set", "train.parquet": "the same", "alpaca.json": "the same in Alpaca's shape"}
    what |= {f"{shape}.jsonl": f"the same in the shape {shape}" for shape in ALL_SHAPES}
    lines = [(f"{folder.data / name}", what.get(name, "a part of it")) for name in manifest["data"]]
    command = program()
    if manifest["data"]:
        lines += [
            (
                f"{folder.data / made['file']}",
                shorten(made["caption"], 60 if console.is_terminal and not made["file"].endswith(".html") else 1000),
            )
            for made in manifest.get("exhibits", [])
        ]
        lines.append((f"{folder.data / 'README.md'}", "its card"))
    if manifest["status"] == "finished":
        lines.append((f"{command} show {folder.path} --row ID", "the whole story of one row"))
        if dropped:
            lines.append((f"{command} show {folder.path} --dropped", "each dropped row and why"))
    else:
        lines.append(("the same command again", "goes on where it was"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    for left, right in lines:
        table.add_row(Text(left, "cyan"), Text(right, "dim"))
    console.print(table, soft_wrap=True)


def print_example(console: Console, row: dict[str, Any]) -> None:
    """One row of the data set, shortened."""
    _heading(console, f"row {row['id']}")
    for column in ("instruction", "input", "expert_identity", "output", "chosen", "rejected"):
        if row.get(column):
            console.print(Text.assemble((f"{column}: ", "bold"), shorten(str(row[column]), 300)))


_TOLD = {"row", "step", "fate", "reason", "kind", "source", "further", "replies", "columns", "asked", "changes"}
"""What `print_story` has places of its own for; whatever else a ledger's entry holds is told below its heading."""


def print_story(console: Console, story: dict[str, Any]) -> None:
    """All that happened to one row, requests and replies in full."""
    _heading(console, f"row {story['row']}")
    for column, value in (story["source"] or {}).items():
        _field(console, column, value)
    for entry in story["steps"]:
        why = f": {entry['reason']}" if entry.get("reason") else ""
        origin = f", from row {entry['source']}" if entry.get("source") else ""
        _heading(console, f"{entry['step']}: {entry['fate']}{origin}{why}")
        if entry.get("further"):
            _field(console, "further rows", ", ".join(entry["further"]))
        for name in sorted(entry.keys() - _TOLD):
            _field(console, name, entry[name])
        for number, asked in enumerate(entry["asked"], 1):
            if asked.get("missing"):
                console.print(Text(f"reply {asked['key']} is not in the store", "yellow"))
                continue
            cost = "" if asked["cost"] is None else f", ${asked['cost']:.6f}"
            console.print(Text(f"request {number} to {asked['teacher']} ({asked['key']})", "bold"))
            for role, content in asked["request"]["messages"]:
                _field(console, role, content)
            console.print(Text(f"reply {number} (finish reason {asked['finish_reason']}{cost})", "bold"))
            _indented(console, printable(asked["reply"]))
        _print_changes(console, entry)


def _print_changes(console: Console, entry: dict[str, Any]) -> None:
    """What a step made of the row; of a row that it added, all that this holds."""
    is_new = entry["fate"] == "added"
    for column, value in entry["changes"].items():
        if is_new and value not in (None, ""):
            _field(console, column, value)
        elif not is_new and value is None:
            console.print(Text(f"{column} was removed", "bold"))
        elif not is_new:
            _field(console, f"{column} is now", value)


def _indented(console: Console, text: str) -> None:
    """Print below a heading; a terminal keeps the indent where it wraps, elsewhere no line gets blanks at its end."""
    console.print(Padding(Text(text), (0, 0, 0, 2)) if console.is_terminal else Text(indent(text, "  ")))


def _field(console: Console, name: str, value: Any) -> None:
    console.print(Text(f"{name}:", "cyan"))
    _indented(console, printable(str(value)))


def print_estimate(console: Console, found: Estimate, voices: Mapping[str, Voice]) -> None:
    """What a run will cost and how long it may take."""
    several = len({voice.identity for voice in voices.values()}) > 1
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("step", *(["teacher"] if several else []), "requests", "tokens in", "tokens out", "at most"):
        table.add_column(name, justify="left" if name in ("step", "teacher") else "right")
    for step in found.steps:
        counts = (step.requests, step.tokens_in, step.tokens_out, step.most_out)
        names = [Text(step.name), *([Text(step.teacher)] if several else [])]
        table.add_row(*names, *(f"{count:,}" for count in counts))
    console.print(table)
    if not found.steps:
        console.print("no teacher is asked; nothing to pay")
        return
    prices = {voice.identity: voice.price for voice in voices.values()}
    if found.cost is None or found.most is None:
        unknown = ", ".join(str(who) for who, price in prices.items() if price is None)
        console.print(f"cost: unknown; no price is known for {unknown} (give --price IN,OUT or --prices FILE)")
    else:
        each = [
            f"{f'{who}: ' * several}${_rate(price.input)} in, ${_rate(price.output)} out per million tokens; "
            f"{price.source}"
            for who, price in prices.items()
            if price
        ]
        total = f"cost: about {_dollars(found.cost)}, at most {_dollars(found.most)}"
        console.print("\n  ".join([total, *each]) if several else f"{total} ({each[0]})")
    console.print(f"time: {found.bound} {_duration(found.seconds)} ({found.paced_by})")
    console.print(Text(HOW, "dim"))
    console.print("nothing was sent")


def _rate(dollars: float) -> str:
    return f"{dollars:.2f}" if dollars == round(dollars, 2) else f"{dollars:.4g}"


def _dollars(amount: float) -> str:
    return f"${amount:.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
