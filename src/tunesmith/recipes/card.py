"""The card of a run's data set, written from its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from tunesmith.data.card import UNKNOWN, Terms, front_matter, table
from tunesmith.steps.names import split_named

from .manifest import teachers_of


def run_card(manifest: dict[str, Any], terms: Terms, description: str) -> str:
    """The card as Markdown with the hub's YAML in front."""
    last = manifest["steps"][-1]
    paid, source = manifest["paid"], manifest["input"]
    teachers = teachers_of(manifest)
    # Not the whole path: where a file lies on its author's machine is nobody's business.
    origin = source["source"] if source["source"].startswith("hf:") else PurePath(source["source"]).name
    name = f"{manifest['recipe']} of {origin}"
    first = f", of which the first {source['limit']:,}" if source["limit"] else ""
    # One file type only: the hub would show every row once for each.
    files = [f for f in manifest["data"] if f.endswith(".parquet")] or [f for f in manifest["data"] if "train" in f]
    parts = [
        front_matter(name, terms, last["rows_out"], files, ["tunesmith", manifest["recipe"], "synthetic"]),
        f"# {name}\n\n{description}\n",
        "## How it was made\n\n"
        + table(
            ("", ""),
            [
                ("recipe", f"`{manifest['recipe']}` of tunesmith {manifest['versions']['tunesmith']}"),
                ("source", f"{origin} ({source['rows']:,} rows{first}, SHA-256 {source['sha256'][:16]}...)"),
                ("teachers" if len(teachers) > 1 else "teacher", ", ".join(map(_who, teachers)) or "none"),
                ("answered as", ", ".join(manifest["models"]) or "-"),
                ("replies paid for", f"{paid['replies']:,}"),
                ("tokens in, out", f"{paid['input_tokens']:,}, {paid['output_tokens']:,}"),
                ("cost", _money(paid, teachers)),
                ("finished", str(manifest["finished"])),
            ],
        ),
        "The steps with their settings:\n\n"
        + table(
            ("step", "settings"),
            [(name, _settings(found, manifest["inputs"])) for name, found in manifest["settings"].items()],
        ),
        "## Every row accounted for\n\n"
        + table(
            ("step", "in", "kept", "changed", "dropped", "added", "out"),
            [
                (s["name"], *(f"{s[k]:,}" for k in ("rows_in", "kept", "changed", "dropped", "added", "rows_out")))
                for s in manifest["steps"]
            ],
        ),
    ]
    dropped: list[tuple[str, ...]] = [
        (s["name"], why, f"{n:,}") for s in manifest["steps"] for why, n in s["dropped_because"].items()
    ]
    if dropped:
        parts.append("Why rows were dropped:\n\n" + table(("step", "reason", "rows"), dropped))
    refused: list[tuple[str, ...]] = [
        (s["name"], why, f"{n:,}") for s in manifest["steps"] for why, n in s.get("refused_because", {}).items()
    ]
    if refused:
        parts.append(
            "What was left out, though no row was dropped for it:\n\n" + table(("step", "reason", "times"), refused)
        )
    notes = [f"- {step['name']}: {note}\n" for step in manifest["steps"] for note in step["notes"]]
    if notes:
        parts.append("".join(notes))
    for exhibit in manifest["exhibits"]:
        file, caption = exhibit["file"], exhibit["caption"]
        parts.append(f"![{caption}]({file})\n\n{caption}\n" if file.endswith(".svg") else f"`{file}`: {caption}\n")
    parts.append("## Terms\n\n" + _terms(terms, [teacher["name"] for teacher in teachers]))
    return "\n".join(parts)


def _who(teacher: dict[str, Any]) -> str:
    return f"{teacher['name']} at {teacher['endpoint']}" if teacher["endpoint"] else str(teacher["name"])


def _settings(settings: dict[str, Any], inputs: dict[str, str]) -> str:
    """What is set, in one line; of files their names, and of those with data the beginning of their SHA-256."""
    said = []
    for name, value in settings.items():
        if value in ("", []) or value is False:
            continue  # not 0, which says something
        if isinstance(value, dict):
            said.append(f"{name}: ({_settings(value, inputs)})")
            continue
        if isinstance(value, str) and name in ("prompt", "system", "file", "seeds", "domain", "category_prompts"):
            value = _file(value, inputs)
        if name in ("files", "templates") and isinstance(value, list):
            named = map(split_named, map(str, value))
            value = [f"{own}{'=' if own else ''}{_file(path, inputs)}" for own, path in named]
        said.append(f"{name}: {_said(value)}")
    return "; ".join(said).replace("|", "\\|") or "-"


def _file(path: str, inputs: dict[str, str]) -> str:
    """A file's name and the beginning of its hash; where it lies is nobody's business."""
    digest = inputs.get(str(PurePath(path)), "")
    return PurePath(path).name + (f" (SHA-256 {digest[:16]}...)" if digest else "")


def _said(value: Any) -> str:
    """A setting's value; one that someone has set to null, where there is another by default, is none."""
    return "none" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _money(paid: dict[str, Any], teachers: Sequence[dict[str, Any]]) -> str:
    if paid["cost"] is None:
        return f"{UNKNOWN} ({no_price(teachers)})"
    risk = paid["unconfirmed"]
    if not paid["cost"] and not risk and not any(t["price"]["input"] or t["price"]["output"] for t in teachers):
        return "free of charge"
    return f"${paid['cost']:.4f}" + (f", and up to ${risk:.4f} for requests without a counted answer" if risk else "")


def no_price(teachers: Sequence[dict[str, Any]]) -> str:
    """Why a cost is not known, given the teachers of the manifest."""
    unknown = [teacher["name"] for teacher in teachers if not teacher["price"]]
    return f"no price is known for {', '.join(unknown) or 'a teacher that the run had before'}"


def _terms(terms: Terms, teachers: Sequence[str]) -> str:
    text = f"Licence of the source: {terms.license}. Languages: {', '.join(terms.languages) or UNKNOWN}.\n"
    if terms.non_commercial:
        text += (
            "\nThe source may be used for non-commercial purposes only, and so may this data set, which contains it.\n"
        )
    for name in dict.fromkeys(name for name in teachers if not name.startswith("scripted:")):
        text += f"\nOutputs were written by {name}; the terms of that model and of its provider apply as well.\n"
    return text
