"""A tree as a folder: the published format, and what we add to it.

``tree_meta_info.json`` holds the tasks as they hang together, and a file a task its reason and examples. What we add
are further fields; a field that neither the published program nor we know is kept as it is. Files that would not
change are not written. The tree's file is written last: a task that it does not name is not part of the tree, so that
a process can be killed anywhere. See ``docs/tree-format.md``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from tunesmith.data.atomic import as_run_error, locked_folder
from tunesmith.data.files import atomic_write_text
from tunesmith.errors import DataError, UsageError

from .names import RESERVED, name_of
from .tree import DEEPEST, Progress, Task, Tree, file_key

META = "tree_meta_info.json"
PRUNED = "pruned_subtasks_name.json"

_LONGEST = 240  # bytes of a file's name; what is added while it is written makes it longer
_HEAD = ("raw_task_name", "task_name", "config_filename", "reason")
_BY_HAND = "mend it by hand, or take the folder as it was before"


class TreeFolder:
    """The folder of a tree.

    Attributes:
        path: The folder.
        store: Where the teacher's replies are kept, unless the user names another store.
        notices: What the user should know of what was found there.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.store = self.path / "replies.sqlite"
        self.notices: list[str] = []
        self._there: dict[str, str] = {}  # what each file holds, as we would write it
        self._rewrite = False  # whether the tree's file lacks something, or a task's own file says otherwise

    def exists(self) -> bool:
        """Whether there is a tree."""
        return (self.path / META).is_file()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out.

        Raises:
            UsageError: The folder cannot be written.
            RunError: Another process is at work in it.
        """
        with locked_folder(self.path, "folder"):
            yield

    def read(self) -> Tree:
        """The tree.

        Raises:
            UsageError: There is none.
            DataError: A file is damaged; says which, and where.
        """
        if not self.exists():
            what = "there is no such folder" if not self.path.exists() else f"it has no {META}"
            raise UsageError(f"{self.path} is not the folder of a tree: {what}; `tunesmith explore new` makes one")
        meta = self._load(META)
        state = meta.pop("exploration", {})
        if not _is_state(state):
            what = "'exploration', where an exploration stands, is not as tunesmith writes it"
            raise DataError(f"{what}; {_BY_HAND}, or remove it", self.path / META)
        tree = Tree(self._task(meta, None), state)
        self._check(tree)
        self._read_pruned(tree)
        self._remember(tree)
        return tree

    def _task(self, entry: dict[str, Any], parent: Task | None) -> Task:
        head = {name: entry.get(name) for name in _HEAD}
        entry = dict(entry)
        children = entry.pop("children", [])
        name, title = entry.pop("task_name", ""), entry.pop("raw_task_name", "")
        place = self.path / META
        if not isinstance(name, str) or not isinstance(title, str) or not (name or title):
            raise DataError(f"a task has neither 'task_name' nor 'raw_task_name'; {_BY_HAND}", place)
        if parent is not None and parent.depth >= DEEPEST:
            raise DataError(f"the task {name or title!r} is deeper than {DEEPEST}; {_BY_HAND}", place)
        file = entry.pop("config_filename", "") or f"{name or name_of(title)}.json"
        if not isinstance(file, str) or not _is_plain(file):
            raise DataError(
                f"the task {name!r} names the file {file!r}, which is not the plain name of a .json file in this "
                f"folder; {_BY_HAND}",
                place,
            )
        if not isinstance(children, list) or not all(isinstance(child, dict) for child in children):
            raise DataError(f"the 'children' of the task {name!r} are not a list of tasks; {_BY_HAND}", place)
        body = self._body(file, name or title)
        said = {"raw_task_name": title, "task_name": name, "reason": entry.pop("reason", "")}
        for what, there in said.items():
            if there and _text(body, what, there) != there:
                self.notices.append(f"{file} and {META} differ in {what!r}, and {file} counts")
        title = _text(body, "raw_task_name", title) or name
        own = _text(body, "task_name", name) or name_of(title)
        reason = _text(body, "reason", said["reason"])
        task = Task(own, title, reason, body.pop("examples"), parent, file=file)
        for known in ("raw_task_name", "task_name", "config_filename", "reason"):
            body.pop(known, None)
        self._take_ours(task, entry, body)
        task.more = (entry, body)
        self._rewrite |= _head(task) != head
        task.children = [self._task(child, task) for child in children]
        return task

    def _take_ours(self, task: Task, entry: dict[str, Any], body: dict[str, Any]) -> None:
        """What we added to a task's entry and file; what is not of our making stays where it is."""
        task.reply = _pop(entry, "reply", str, "")
        task.found_by = _pop(entry, "found_by", str, "")
        task.lookahead = _progress(_pop(entry, "lookahead", dict, {}))
        task.backtracks = _pop(entry, "backtracks", int, 0)
        task.pruned = _pop(entry, "pruned", dict, {})
        task.enriched = _progress(_pop(body, "enriched", dict, {}))
        task.refused = _pop(body, "refused", list, [])
        task.filtered = _pop(body, "filtered", list, [])

    def _body(self, file: str, name: str) -> dict[str, Any]:
        """A task's file; one that is missing is told of, and stands for a task without examples."""
        if not (self.path / file).exists():
            self.notices.append(f"the task {name!r} has no file {file}, and so no examples")
            return {"examples": []}
        body = self._load(file)
        examples = body.setdefault("examples", [])
        if not isinstance(examples, list):
            raise DataError("'examples' is not a list", self.path / file)
        for number, example in enumerate(examples, 1):
            what = _wrong_with(example)
            if what:
                raise DataError(f"example {number} {what}; mend it by hand or remove it", self.path / file)
        return body

    def _load(self, file: str) -> dict[str, Any]:
        path = self.path / file
        try:
            found = json.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", path) from error
        except UnicodeDecodeError as error:
            raise DataError(f"is not UTF-8 text: {error.reason} at byte {error.start}", path) from error
        except json.JSONDecodeError as error:
            raise DataError(f"is not JSON: {error.msg} (column {error.colno})", path, error.lineno) from error
        except RecursionError as error:
            raise DataError("is nested too deeply", path) from error
        if not isinstance(found, dict):
            raise DataError("expected a JSON object {...}", path)
        return found

    def _check(self, tree: Tree) -> None:
        """No two tasks may share a name or a file."""
        names: dict[str, Task] = {}
        files: dict[str, Task] = {}
        for task in tree.tasks():
            for what, value, seen in (("name", task.name, names), ("file", file_key(task.file), files)):
                other = seen.setdefault(value, task)
                if other is not task:
                    raise DataError(
                        f"two tasks have the {what} {value!r}: {' > '.join(other.path)} and {' > '.join(task.path)}; "
                        f"give one of them another",
                        self.path / META,
                    )

    def _read_pruned(self, tree: Tree) -> None:
        """The published list of pruned tasks is the one that counts; people edit it."""
        path = self.path / PRUNED
        if not path.exists():
            return
        try:
            names = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(f"is not a JSON list of names: {error}", path) from error
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise DataError("is not a JSON list of names", path)
        known = tree.by_name()
        for name in sorted(set(names) - known.keys()):
            self.notices.append(f"{PRUNED} names {name!r}, and there is no such task")
        for task in known.values():
            if task.name not in names:
                task.pruned = {}
            elif not task.pruned:
                task.pruned = {"by": "hand"}
        self._there[PRUNED] = _dump(names)

    def _remember(self, tree: Tree) -> None:
        """Keep in mind what the files hold, so that only those are written that change."""
        if not self._rewrite:
            self._there[META] = _dump(_meta(tree))
        for task in tree.tasks():
            if (self.path / task.file).exists():
                self._there[task.file] = _dump(_content(task))
        extra = {path.name for path in self.path.glob("*.json")} - self._there.keys() - {META}
        if extra:
            which = min(extra) if len(extra) == 1 else f"{min(extra)} and {len(extra) - 1} more"
            self.notices.append(f"not part of the tree, as {META} does not name them: {which}")

    def save(self, tree: Tree, changed: Iterable[Task] | None = None, durable: bool = True) -> None:
        """Write what has changed.

        Args:
            tree: The tree.
            changed: The tasks whose files may have to be written; all if left out.
            durable: Wait until all is on the disk.

        Raises:
            UsageError: The folder cannot be written.
            RunError: The disk is full or fails.
        """
        self._write(((task.file, _content(task)) for task in (tree.tasks() if changed is None else changed)), durable)
        self._write([(META, _meta(tree))], durable)
        pruned = [task.name for task in tree.tasks() if task.pruned]
        if pruned or PRUNED in self._there:
            self._write([(PRUNED, pruned)], durable)

    def _write(self, files: Iterable[tuple[str, Any]], durable: bool) -> None:
        """Write those that have changed, and only then wait for the disk: for all together it takes no longer."""
        written = []
        for file, content in files:
            text = _dump(content)
            if self._there.get(file) != text:
                atomic_write_text(self.path / file, text + "\n", durable=False)
                self._there[file] = text
                written.append(self.path / file)
        if durable and written:
            for path in (*written, self.path):
                _sync(path)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    with as_run_error(path):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def files_of(tree: Tree) -> dict[str, str]:
    """The texts of a tree's files, by name."""
    files = {task.file: _dump(_content(task)) + "\n" for task in tree.tasks()}
    pruned = [task.name for task in tree.tasks() if task.pruned]
    return files | ({PRUNED: _dump(pruned) + "\n"} if pruned else {}) | {META: _dump(_meta(tree)) + "\n"}


def read_tree(path: str | Path) -> Tree:
    """The tree in a folder; see `TreeFolder.read`."""
    return TreeFolder(path).read()


def _meta(tree: Tree) -> dict[str, Any]:
    """The tree's file."""
    top = _entry(tree.root)
    if tree.state:
        top["exploration"] = tree.state
    return top


def _entry(task: Task) -> dict[str, Any]:
    ours: Mapping[str, Any] = {
        "reply": task.reply,
        "found_by": task.found_by,
        "lookahead": _changed(task.lookahead),
        "backtracks": task.backtracks,
        "pruned": task.pruned,
    }
    known = {**_head(task), **{name: value for name, value in ours.items() if value}}
    return {**known, **task.more[0], "children": [_entry(child) for child in task.children]}


def _content(task: Task) -> dict[str, Any]:
    """A task's own file."""
    ours: Mapping[str, Any] = {
        "enriched": _changed(task.enriched),
        "filtered": task.filtered,
        "refused": task.refused,
    }
    known = {**_head(task), "examples": task.examples, **{name: value for name, value in ours.items() if value}}
    return {**known, **task.more[1]}


def _head(task: Task) -> dict[str, Any]:
    return dict(zip(_HEAD, (task.title, task.name, task.file, task.reason), strict=True))


def _changed(progress: Progress) -> dict[str, Any]:
    return {name: value for name, value in asdict(progress).items() if value}


def _progress(found: dict[str, Any]) -> Progress:
    known = {field.name: found[field.name] for field in fields(Progress) if field.name in found}
    right = {name: value for name, value in known.items() if type(value) is type(getattr(Progress(), name))}
    return Progress(**right)


def _pop(found: dict[str, Any], name: str, kind: type, usual: Any) -> Any:
    """Take a field of ours out, if it is what we would have written."""
    return found.pop(name) if type(found.get(name)) is kind else usual


def _text(found: dict[str, Any], name: str, usual: Any) -> str:
    value = found.get(name)
    return value if isinstance(value, str) and value else usual if isinstance(usual, str) else ""


def _wrong_with(example: Any) -> str:
    """What keeps this from being an example."""
    if not isinstance(example, dict):
        return "is not an object with 'instruction', 'input' and 'output'"
    for name in ("instruction", "input", "output"):
        if not isinstance(example.get(name, ""), str):
            return f"has a {name!r} that is not text"
    return "" if example.get("instruction") else "has no 'instruction'"


def _is_plain(file: str) -> bool:
    """Whether this is the bare name of a JSON file on any system, and not one of the tree's own."""
    return (
        PurePosixPath(file).name == PureWindowsPath(file).name == file
        and file.casefold().endswith(".json")
        and not file.startswith(".")
        and "\0" not in file
        and file_key(file) not in (META, PRUNED)
        and file.partition(".")[0].casefold().rstrip() not in RESERVED
        and len(file.encode("utf-8", "replace")) <= _LONGEST
        and file.encode("utf-8", "replace").decode() == file  # half an emoji is no name
    )


def _is_state(found: Any) -> bool:
    """Whether this is what a tree remembers of an exploration."""
    if not isinstance(found, dict):
        return False
    rounds, doing = found.get("rounds", {}), found.get("backtracking", {"depth": 0, "size": 0})
    return (
        isinstance(rounds, dict)
        and all(_is_round(rounds.get(kind, []), 1) for kind in ("lookahead", "backtrack"))
        and _is_round(rounds.get("enrich", []), 4)
        and isinstance(doing, dict)
        and all(type(doing.get(name)) is int for name in ("depth", "size"))
        and type(found.get("backtracked", 0)) is int
    )


def _is_round(found: Any, width: int) -> bool:
    """Whether these are entries of a name and numbers."""
    return isinstance(found, list) and all(
        isinstance(entry, list) and [*map(type, entry)] == [str, *[int] * (width - 1)] for entry in found
    )


def _dump(content: Any) -> str:
    # What JSON can hold and UTF-8 cannot (half an emoji, from a cut-off reply) is written as an escape.
    text = json.dumps(content, ensure_ascii=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(content, indent=2)
    return text
