"""Step ``explore``: from a domain's first examples to a tree of tasks, and from the tree to rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
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

Threshold = Field(0.7, ge=0, le=1)


class Explore(Step):
    """Explore a domain as a tree of tasks: extend, enrich, prune and filter it; every example becomes a row."""

    has_command: ClassVar[bool] = False  # `tunesmith explore` is a group of commands of its own

    step: Literal["explore"] = "explore"
    domain: str = Field(
        "rewriting",
        description="A domain that comes with tunesmith (rewriting, brainstorming, maths), or the path of a YAML file.",
        json_schema_extra={"may_be_file": True},
    )
    extend: Extend = Field(Extend(), description="How far to take the domain apart.")
    enrich: Enrich = Field(Enrich(), description="How many examples to ask for.")
    prune: float | None = Field(
        0.7, ge=0, le=1, description="Tasks are left out if the ROUGE-L of their titles exceeds this; null for none."
    )
    filter: float | None = Field(
        0.7,
        ge=0,
        le=1,
        description="Within a task, examples are left out if the ROUGE-L of their instructions exceeds this.",
    )
    tokenizer: Tokenizer = Field("rouge", description="What a word is, for both; see dedup.")

    _tree: Tree | None = PrivateAttr(None)  # of the latest run, for the exhibits

    @property
    def writes(self) -> tuple[str, ...]:
        """Where in the tree a row stands."""
        return ("input", "output", "task", "path", "depth")

    @property
    def source(self) -> tuple[str, str]:
        """The domain's file: its examples are what there is to begin with."""
        return str(domain_file(self.domain)), f"the domain {Path(self.domain).stem}"

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The domain's file, if it is the user's."""
        return () if self.domain in builtin_domains() else (Path(self.domain),)

    def prompts(self) -> dict[str, Prompt]:
        """The three prompts, read once."""
        return {f"{kind}_prompt": prompt for kind, prompt in self._asking(self.extend).prompts.items()}

    @cached_property
    def _domain(self) -> Domain:
        return load_domain(self.domain)

    def _asking(self, manner: Extend | Enrich, teacher: Teacher | None = None) -> Asking:
        return Asking(self._domain, manner, teacher is not None and teacher.has_schemas)

    def _seeded(self, rows: Iterable[Row]) -> Tree:
        fields = ("instruction", "input", "output")
        seeds = [{**{name: text_of(row, name) for name in fields}, "id": row["id"]} for row in rows]
        return new_tree(self._domain.title, seeds, self._domain.reason)

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
        seeds = {row["id"]: row for row in rows}
        tree = self._seeded(seeds.values())
        work = Work(tree, teacher, watch=ledger.watch)
        for what, outcome in (
            ("extending", extend(work, self._asking(self.extend, teacher), self.extend)),
            ("enriching", enrich(work, self._asking(self.enrich, teacher), self.enrich)),
        ):
            ledger.note(f"{what} ended: {outcome.why}")
        if self.prune is not None:
            prune(tree, self.prune, self.tokenizer)
        if self.filter is not None:
            for task in tree.tasks():
                filter_examples(task, self.filter, self.tokenizer)
        self._tree = tree
        ledger.tally.used(work.replies)
        yield from self._rows(tree, seeds, ledger)

    def _rows(self, tree: Tree, seeds: dict[str, Row], ledger: Ledger) -> Iterator[Row]:
        taken = {str(row["id"]): row for row in all_rows(tree)}
        if ledger.watch is not None:
            ledger.watch.step(self.label, len(taken), None)
        for entry in accounts(tree):
            row_id, kind = entry["row"], entry.get("kind")
            more = {k: v for k, v in entry.items() if k not in ("row", "step", "fate", "reason", "kind")}
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
            tree = replace(self._tree, state={})
            files = files_of(tree)
            files["ledger.jsonl"] = "".join(json.dumps(entry) + "\n" for entry in accounts(tree))
            yield Exhibit("tree.html", "The tree of tasks: open it in a browser.", page_of(tree, tree.root.title))
            yield Exhibit("tree", "The same tree as files, for `tunesmith explore`.", files)
