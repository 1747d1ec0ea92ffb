"""Step ``explore``: from a domain's first examples to a tree of tasks, and from the tree to rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, PrivateAttr

from tunesmith.curate.rouge import Tokenizer
from tunesmith.errors import RunError
from tunesmith.explore import (
    Asking,
    Domain,
    Enrich,
    Extend,
    Tree,
    Work,
    accounts,
    all_rows,
    builtin_domains,
    domain_file,
    domain_files,
    enrich,
    extend,
    files_of,
    filter_examples,
    load_domain,
    new_tree,
    page_of,
    prune,
    rehearse,
)
from tunesmith.explore.checks import kind_of
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Teacher

from .base import CountRequest, Exhibit, Step, text_of
from .ledger import Ledger

_LEDGER = ("row", "step", "fate", "reason", "kind")  # what the ledger itself enters


class Explore(Step):
    """Explore a domain as a tree of tasks: extend, enrich, prune and filter it; every example becomes a row."""

    has_command: ClassVar[bool] = False  # `tunesmith explore` is a group of commands of its own

    step: Literal["explore"] = "explore"
    domain: str = Field(
        "",
        description="A domain that comes with tunesmith (rewriting, brainstorming, maths), or the path of a YAML file; "
        "rewriting if neither this nor a title is given.",
        json_schema_extra={"may_be_file": True},
    )
    title: str = Field("", pattern=r"^$|\S", description="A domain in one line; its first examples are the input's.")
    extend: Extend = Field(Extend(), description="How far to take the domain apart.")
    enrich: Enrich = Field(Enrich(), description="How many examples to ask for.")
    prune: float | None = Field(
        0.7, ge=0, le=1, description="Tasks are left out if the ROUGE-L of their titles exceeds this; null for none."
    )
    filter: float | None = Field(
        0.7,
        ge=0,
        le=1,
        description="Examples of a task are left out if the ROUGE-L of their instructions exceeds this; null for none.",
    )
    tokenizer: Tokenizer = Field("rouge", description="What a word is, for both; see dedup.")

    _tree: Tree | None = PrivateAttr(None)  # of the latest run, for the exhibits

    @property
    def writes(self) -> tuple[str, ...]:
        """Where in the tree a row stands."""
        return ("input", "output", "task", "path", "depth", "reply")

    @property
    def _domain_name(self) -> str:
        return self.domain or ("" if self.title else "rewriting")

    @property
    def source(self) -> tuple[str, str]:
        """The domain's file: its examples are what there is to begin with."""
        name = self._domain_name
        return (str(domain_file(name)), f"the domain {Path(name).stem}") if name else ("", "")

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The domain's file, if it is the user's."""
        return () if self._domain_name in builtin_domains() or not self.domain else (Path(self.domain),)

    def prompts(self) -> dict[str, Prompt]:
        """The three prompts, read once, whatever happens to the files later."""
        return self._loaded

    @cached_property
    def _loaded(self) -> dict[str, Prompt]:
        return {f"{kind}_prompt": prompt for kind, prompt in Asking(self._domain, self.extend).prompts.items()}

    @cached_property
    def _domain(self) -> Domain:
        title = " ".join(self.title.split())
        if not self._domain_name:
            return Domain(name="own", title=title)
        domain = load_domain(self._domain_name)
        return domain.model_copy(update={"title": title}) if title else domain

    def _asking(self, manner: Extend | Enrich, teacher: Teacher) -> Asking:
        return Asking(self._domain, manner, teacher.has_schemas)

    def _seeded(self, rows: Iterable[Row]) -> Tree:
        fields = ("instruction", "input", "output")
        seeds = [{**{name: text_of(row, name) for name in fields}, "id": row["id"]} for row in rows]
        # Rows of an earlier exploration have ids that begin with a task's name: no new task may have it.
        reserved = {str(seed["id"]).partition(".")[0] for seed in seeds if "." in str(seed["id"])}
        return new_tree(self._domain.title, seeds, self._domain.reason, reserved)

    def foretell(self, rows: Iterable[Row], count: CountRequest) -> Iterator[Row]:
        """The exploration played through with made-up replies."""
        tree = self._seeded(rows)
        settings = (self.extend, self.enrich)
        tree, asked = rehearse(tree, self._domain, settings)
        for requests, setting in zip(asked, settings, strict=True):
            for request, usual in requests:
                count(request, usual, setting.max_tokens)
        yield from all_rows(tree)

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Explore; then each example is a row, and what was not taken stands in the ledger with the reason."""
        if teacher is None:
            raise RunError(f"the step {self.label} asks a teacher, and none was given")
        seeds = {}
        for row in rows:
            if text_of(row, "instruction").strip():
                seeds[row["id"]] = row
            else:
                ledger.dropped(row, "no instruction")
        tree = self._tree = self._seeded(seeds.values())
        try:
            work = Work(tree, teacher, watch=ledger.watch)
            self._ask(work, ledger)
        finally:
            ledger.tally.used(work.replies)
        if ledger.watch is not None:
            ledger.watch.step(self.label, len(tree.tasks()), None, "tasks")
        if self.filter is not None:
            for task in tree.tasks():
                filter_examples(task, self.filter, self.tokenizer)
        yield from self._rows(tree, seeds, ledger)

    def _ask(self, work: Work, ledger: Ledger) -> None:
        """What asks the teacher. Pruning looks at titles alone, so it comes before examples are paid for."""
        grown = extend(work, self._asking(self.extend, work.teacher), self.extend)
        ledger.note(f"the domain: {work.tree.root.title}; {len(work.tree.tasks()):,} tasks")
        ledger.note(f"extending ended: {grown.why}")
        if self.prune is not None:
            prune(work.tree, self.prune, self.tokenizer)
        filled = enrich(work, self._asking(self.enrich, work.teacher), self.enrich)
        ledger.note(f"enriching ended: {filled.why}")

    def _rows(self, tree: Tree, seeds: dict[str, Row], ledger: Ledger) -> Iterator[Row]:
        taken = {str(row["id"]): row for row in all_rows(tree)}
        if ledger.watch is not None:
            ledger.watch.step(self.label, len(taken), None)
        for entry in accounts(tree):
            row_id, kind = entry["row"], entry.get("kind")
            more = {name: value for name, value in entry.items() if name not in _LEDGER}
            if row_id in seeds and entry["fate"] == "dropped":
                ledger.dropped(seeds[row_id], entry["reason"], kind=kind or "")
            elif row_id in seeds:
                yield from ledger.passed(seeds[row_id], {**seeds[row_id], **taken[row_id]})
            elif entry["fate"] == "added":
                if ledger.watch is not None:
                    ledger.watch.row()
                yield ledger.made(taken[row_id], **more)
            else:
                why = entry.get("reason", "")
                ledger.refused(row_id, why, kind or kind_of(why), **more)

    def exhibits(self, rows: Iterable[Row], rows_out: int) -> Iterator[Exhibit]:
        """The tree, as a folder and as a page."""
        if self._tree is not None:
            name = "tree" if self.label == "explore" else f"{self.label}-tree"
            files = files_of(self._tree) | domain_files(self._domain)
            files["ledger.jsonl"] = "".join(json.dumps(entry) + "\n" for entry in accounts(self._tree))
            page = page_of(self._tree, self._tree.root.title)
            yield Exhibit(f"{name}.html", "The tree of tasks: open it in a browser.", page)
            yield Exhibit(name, "The same tree as files, for `tunesmith explore`; copy it before you change it.", files)
