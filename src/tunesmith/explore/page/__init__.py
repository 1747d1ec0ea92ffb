"""A tree of tasks as one web page: a sunburst, the tasks with their examples, and a search.

The page needs nothing from anywhere: script, style and data stand in it, and its Content-Security-Policy admits no
other. The data are JSON that the page's script turns into text; nothing of them is ever markup.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from tunesmith.explore.checks import kind_of
from tunesmith.explore.tree import Progress, Tree

from .sunburst import arcs, branches, depths_of, with_those_beneath

_SCRIPTS = tuple(f"{part}.js" for part in ("page", "label", "chart", "task", "tree", "search"))
_FIELDS = ("instruction", "input", "output")
_NOT_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def page_of(tree: Tree, title: str) -> str:
    """The web page of a tree.

    Args:
        tree: What to show.
        title: What stands above it.

    Returns:
        An HTML document that can be written as UTF-8, whatever characters the tree has.
    """
    shown = content(tree)
    style, script = _asset("page.css"), "\n".join(map(_asset, _SCRIPTS))
    return Template(_asset("page.html")).substitute(
        title=_html(title),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        totals=_totals(shown),
        depths=_depths(shown["tasks"]),
        data=embedded(shown),
    )


def content(tree: Tree) -> dict[str, Any]:
    """What the page knows of a tree; fields that are empty are left out of a task.

    Each task names its ``parent`` by its place, and has its arcs ``by_examples`` and ``by_tasks``. An example is a
    list: instruction, input, output, the place of its reply among ``replies`` (-1 for none), and what else there was.
    """
    tasks = tree.tasks()
    places = {task: place for place, task in enumerate(tasks)}
    named = {task.name: place for place, task in enumerate(tasks)}
    parents = [-1 if task.parent is None else places[task.parent] for task in tasks]
    depths, colours = depths_of(parents), branches(parents)
    counts = [len(task.examples) for task in tasks]
    sums = with_those_beneath(counts, parents)
    by_examples, by_tasks = arcs(counts, parents, filled=False), arcs([1] * len(tasks), parents, filled=True)
    replies = _Replies()
    shown = []
    for place, task in enumerate(tasks):
        known = {
            "title": task.title,
            "reason": task.reason,
            "examples": [replies.numbered(example) for example in task.examples],
            "reply": task.reply,
            "found_by": task.found_by,
            "lookahead": _progress(task.lookahead),
            "backtracks": task.backtracks,
            "enriched": _progress(task.enriched),
            "filtered": [replies.numbered(example) for example in task.filtered],
            "refused": _refused(task.refused, replies),
            "pruned": {name: _said(value) for name, value in task.pruned.items()},
            "twin": named.get(_said(task.pruned.get("resembles")), -1) + 1,  # 0 for none, so that it is left out
        }
        where = {"parent": parents[place], "depth": depths[place], "branch": colours[place], "name": task.name}
        found = {"by_examples": by_examples[place], "by_tasks": by_tasks[place], "beneath": sums[place]}
        shown.append({**where, **found, **{name: value for name, value in known.items() if value}})
    leaves = [task for task in tasks if not task.children]
    return {
        "tasks": shown,
        "replies": replies.keys,
        # While most branches wait for their examples, a picture of examples would be mostly empty.
        "by": "examples" if 2 * sum(bool(task.examples) for task in leaves) > len(leaves) else "tasks",
    }


def embedded(value: Any) -> str:
    """JSON that can stand in a page's ``script`` element: no character of it can end that, or begin anything else."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, written in _NOT_IN_SCRIPT.items():
        text = text.replace(character, written)
    return _whole(text)


def _whole(text: str) -> str:
    """The text in whole characters: half an emoji, from a cut-off reply, is no text that a page could hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class _Replies:
    """Keys of replies, each once; examples name them by their place."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._places: dict[str, int] = {}

    def numbered(self, example: Any) -> list[Any]:
        """An example as a list."""
        example = example if isinstance(example, dict) else {"instruction": example}
        more = {name: _said(value) for name, value in example.items() if name not in (*_FIELDS, "reply")}
        texts = [_said(example.get(name)) for name in _FIELDS]
        return [*texts, self.place(example.get("reply")), *([more] if more else [])]

    def place(self, key: Any) -> int:
        """The place of a reply's key."""
        key = _said(key)
        if not key:
            return -1
        if key not in self._places:
            self._places[key] = len(self.keys)
            self.keys.append(key)
        return self._places[key]


def _refused(refusals: Iterable[Any], replies: _Replies) -> list[Any]:
    """What was refused, by why; the commonest reason first."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for refusal in refusals:
        fields = dict(refusal) if isinstance(refusal, dict) else {"task": refusal}
        why, task = _said(fields.pop("why", "")) or "no reason noted", fields.pop("task", "")
        proposed = dict(task) if isinstance(task, dict) else {"title": task}
        if task:
            fields = {"instruction": proposed.pop("title", ""), **fields, **proposed}
        groups[kind_of(why)].append(replies.numbered(fields))
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def _progress(progress: Progress) -> list[Any]:
    return [progress.requests, progress.ended] if progress.requests or progress.ended else []


def _said(value: Any) -> str:
    """A value as text; what is neither text nor a number, as JSON."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _totals(shown: dict[str, Any]) -> str:
    tasks = shown["tasks"]
    pruned = [task for task in tasks if "pruned" in task]
    left_out = sum(len(task.get("examples", ())) for task in pruned)
    refused = sum(len(items) for task in tasks for _, items in task.get("refused", ()))
    numbers = (
        ("tasks", len(tasks), "task", ""),
        ("depth", max(task["depth"] for task in tasks), "depth", ""),
        ("examples", tasks[0]["beneath"], "example", f"{left_out:,} in pruned tasks" if left_out else ""),
        ("pruned", len(pruned), "pruned task", ""),
        ("filtered", sum(len(task.get("filtered", ())) for task in tasks), "filtered example", ""),
        ("refused", refused, "refused proposal", ""),
    )
    return "".join(
        f'<div class="total"><dt>{what}{"" if number == 1 or what == "depth" else "s"}</dt>'
        f'<dd id="total-{name}">{number:,}</dd>' + (f'<dd class="soft">{more}</dd>' if more else "") + "</div>"
        for name, number, what, more in numbers
    )


def _depths(tasks: list[dict[str, Any]]) -> str:
    """The rows of the table of tasks by depth."""
    lines: dict[str, Counter[int]] = {name: Counter() for name in ("Tasks", "Pruned tasks", "Examples")}
    for task in tasks:
        lines["Tasks"][task["depth"]] += 1
        lines["Pruned tasks"][task["depth"]] += "pruned" in task
        lines["Examples"][task["depth"]] += len(task.get("examples", ()))
    depths = sorted(lines["Tasks"])
    head = "".join(f'<th scope="col">{depth}</th>' for depth in depths)
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{line[depth]:,}</td>" for depth in depths)}</tr>'
        for name, line in lines.items()
        if name == "Tasks" or line.total()
    )
    return f'<thead><tr><th scope="row">Depth</th>{head}</tr></thead><tbody>{body}</tbody>'


def _html(text: str) -> str:
    return escape(_whole(text))


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").rstrip("\n")


def _hash(text: str) -> str:
    """The fingerprint by which the page's policy knows its own style and script."""
    return b64encode(sha256(text.encode()).digest()).decode()
