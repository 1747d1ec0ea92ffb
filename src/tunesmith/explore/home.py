"""Where an exploration lives: the tree's folder with its domain, its replies, its ledger and its page."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tunesmith.data.files import atomic_write_text
from tunesmith.errors import UsageError
from tunesmith.plain import settings_of
from tunesmith.prompts import read_prompt_file

from .accounts import accounts
from .asking import KINDS
from .domain import Domain, load_domain
from .page import page_of
from .tree import Task, Tree, new_tree
from .tree_files import TreeFolder, files_of

DOMAIN = "domain.yaml"
LEDGER = "ledger.jsonl"
PAGE = "tree.html"
RUN = ".run"


class Home(TreeFolder):
    """A tree's folder, with what belongs to it."""

    def found(self, domain: Domain, examples: Iterable[dict[str, Any]]) -> Tree:
        """Begin a tree here.

        Raises:
            UsageError: There is one already, or something else.
        """
        if self.exists():
            raise UsageError(f"{self.path} holds a tree already; choose another --output")
        if self.path.is_dir() and any(not entry.name.startswith(".") for entry in self.path.iterdir()):
            raise UsageError(f"{self.path} is not empty; choose another --output")
        tree = new_tree(domain.title, examples, domain.reason)
        # All texts are made before the first is written: a prompt file that is missing leaves no half of a tree.
        texts = {**domain_files(domain), **files_of(tree)}
        for name, text in texts.items():
            atomic_write_text(self.path / name, text)
        return tree

    def domain(self, tree: Tree, other: str = "") -> Domain:
        """The folder's domain; or another by name or path; or, where there is none, one that checks as usual.

        Raises:
            UsageError: It is damaged.
        """
        if other:
            return load_domain(other)
        path = self.path / DOMAIN
        if path.exists():
            return load_domain(path)
        return Domain(name="own", title=tree.root.title, reason=tree.root.reason)

    def run(self) -> str:
        """The name under which the store books what this tree costs; the same replies make the same tree without it."""
        path = self.path / RUN
        name = path.read_text(encoding="utf-8").strip() if path.exists() else ""
        if not name:
            name = uuid.uuid4().hex
            atomic_write_text(path, f"{name}\n")
        return name

    def save_all(self, tree: Tree) -> None:
        """Save the tree for good, with its ledger."""
        self.save(tree)
        self.write_ledger(tree)

    def save_some(self, tree: Tree, changed: Iterable[Task]) -> None:
        """Save what changed, without the ledger."""
        self.save(tree, changed)

    def write_ledger(self, tree: Tree) -> None:
        """Write the fate of every proposal."""
        lines = (json.dumps(entry, ensure_ascii=True) + "\n" for entry in accounts(tree))
        atomic_write_text(self.path / LEDGER, "".join(lines))

    def write_page(self, tree: Tree, path: Path | None = None) -> Path:
        """Write the page, by default into the folder; returns where."""
        target = path or self.path / PAGE
        atomic_write_text(target, page_of(tree, tree.root.title))
        return target


def domain_files(domain: Domain, whole: bool = False) -> dict[str, str]:
    """A domain as files: its own, and its prompts beside it.

    Args:
        domain: The domain.
        whole: Keep its first examples, in a file of the domain's name; they are left out where a tree holds them.

    Returns:
        Texts by the names of their files, the domain's first.
    """
    data = settings_of(domain)
    files = {}
    for kind in KINDS:
        source: Path | None = getattr(domain, kind)
        if source is not None:
            data[kind] = f"prompt_{kind}{source.suffix}"
            files[data[kind]] = read_prompt_file(source)
    name, head = f"{domain.name}.yaml", "# The domain with its first examples.\n"
    if not whole:
        del data["examples"]
        name = DOMAIN
        head = "# The domain of this tree. Edit it: the next command goes by it. Its first examples are the root's.\n"
    return {name: head + yaml.dump(data, Dumper=_Readable, sort_keys=False, allow_unicode=True, width=110), **files}


class _Readable(yaml.SafeDumper):
    """Writes text of several lines as people do."""


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _as_block)
