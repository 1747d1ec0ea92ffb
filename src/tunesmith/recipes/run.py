"""Running a recipe: step after step, each row accounted for, everything paid for once.

There are no checkpoints. A run that starts again replays all steps; whatever the teacher said before comes from the
reply store, so the rows come out the same and only what is missing is sent.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from tunesmith.data.card import Terms
from tunesmith.data.files import RowWriter, SourceFacts, Table, atomic_write_text, read_table, write_rows
from tunesmith.errors import RunError
from tunesmith.explore.domain import load_domain
from tunesmith.explore.home import domain_files
from tunesmith.rows import Row
from tunesmith.steps import Exhibit, Ledger, Step
from tunesmith.steps.explore import Explore
from tunesmith.teacher import Client, Limits, Price, ReplyStore, Teacher, Voice, Watch, check_cap, voices_of

from .card import run_card
from .folder import Journal, RunFolder
from .manifest import new_manifest, now, teachers_of
from .plan import Plan
from .recipe_files import file_settings
from .story import paid_json


@dataclass(slots=True)
class Run:
    """A run that ended: where it is and what the manifest says."""

    folder: RunFolder
    manifest: dict[str, Any]

    def rows(self) -> Iterator[Row]:
        """The data set."""
        return read_table(self.folder.data / "train.jsonl")


def run_recipe(
    plan: Plan,
    client: Client | Mapping[str, Voice] | None,
    limits: Limits | None = None,
    price: Price | None = None,
    watch: Watch | None = None,
) -> Run:
    """Run a recipe, or go on with one that was stopped.

    Args:
        plan: What to do.
        client: The teacher's client; may be missing if no step asks a teacher. Several by the names that steps give
            (`Step.teachers`), where the empty name is the one that steps without a name ask.
        limits: Concurrency, rates and patience of each teacher, and the budget of the run.
        price: Price of a token where a teacher has none of its own; looked up by the model's name if left out.
        watch: Told what happens.

    Raises:
        UsageError: The call, the source or the recipe is wrong; nothing was spent.
        RunError: The run could not go on; everything so far is kept and the same call goes on.
    """
    watch, limits, folder = watch or Watch(), limits or Limits(), RunFolder(plan.folder)
    terms = plan.terms()
    folder.check_free_for_run()
    facts, hints = plan.check()
    for hint in hints:
        watch.notice(hint)
    voices = voices_of(client, price)
    plan.recipe.check_teachers(voices)
    for voice in voices.values():
        check_cap(limits.budget, voice.price, voice.identity)
    with folder.locked():
        _say_what_is_replaced(plan, folder, watch)
        manifest = new_manifest(plan, facts, folder, voices, limits)
        folder.write_manifest(manifest)  # before all else: it makes the folder a run's, and names who pays
        with ReplyStore(plan.store or folder.store) as store:
            teacher = Teacher(voices, store, limits, None, manifest["run"], watch.notice) if voices else None
            _write_recipe(plan, folder)
            work = _Work(plan, folder, manifest, watch, facts, terms)
            work.all_steps(teacher, store)
    return Run(folder, manifest)


@dataclass(slots=True)
class _Work:
    """One process's work on a run."""

    plan: Plan
    folder: RunFolder
    manifest: dict[str, Any]
    watch: Watch
    facts: SourceFacts
    terms: Terms

    def all_steps(self, teacher: Teacher | None, store: ReplyStore) -> None:
        """Run all steps and write the data set; the manifest says how far it came, whatever happens."""
        manifest, began, before = self.manifest, time.monotonic(), self.manifest["seconds"]
        try:
            with teacher or nullcontext():
                self._steps(teacher)
            # The teacher is closed: all that it cost is in the store.
            self._book(store, teacher)
            manifest["finished"] = now()
            self._data_set()
            manifest["status"] = "finished"
        except BaseException as error:
            manifest["status"] = "stopped"
            pressed = isinstance(error, KeyboardInterrupt)
            manifest["stopped_because"] = "stopped at once by Ctrl-C" if pressed else str(error) or repr(error)
            raise
        finally:
            self._book(store, teacher)
            manifest["seconds"] = round(before + time.monotonic() - began, 2)
            self.folder.write_manifest(manifest)

    def _steps(self, teacher: Teacher | None) -> None:
        steps = self.plan.recipe.steps
        source = self.folder.rows_after(0, "source")
        total = min(self.facts.rows, self.plan.limit or self.facts.rows)
        with Journal(source) as journal:
            for row in self.plan.rows(self.facts):
                journal.write(row)
        self._clear_old_steps()
        with Journal(self.folder.ledger) as ledger_file:
            for position, step in enumerate(steps, 1):
                ledger = Ledger(step.label, self._entering(ledger_file), self.watch)
                target = self.folder.rows_after(position, step.label)
                self.watch.step(step.label, total, teacher if step.prompts() else None)
                try:
                    with Journal(target) as journal:
                        for row in step.run(Table(source), ledger, teacher):
                            journal.write(row)
                finally:
                    self.manifest["steps"].append({"name": step.label, **ledger.tally.as_json()})
                    self.manifest["models"] = sorted({*self.manifest["models"], *ledger.tally.models})
                _see_that_all_are_accounted_for(step, ledger, total)
                source, total = target, ledger.tally.rows_out

    def _clear_old_steps(self) -> None:
        """Remove the rows of steps that the recipe no longer has."""
        steps = self.plan.recipe.steps
        current = {self.folder.rows_after(0, "source")}
        current |= {self.folder.rows_after(position, step.label) for position, step in enumerate(steps, 1)}
        for old in (self.folder.path / "steps").iterdir():
            if old not in current:
                old.unlink()

    def _entering(self, file: Journal) -> Callable[[dict[str, Any]], None]:
        """Write to the ledger, and tell the watch of each row whose fate is settled."""

        def enter(entry: dict[str, Any]) -> None:
            file.write(entry)
            if entry["fate"] not in ("added", "refused"):
                self.watch.row()

        return enter

    def _book(self, store: ReplyStore, teacher: Teacher | None) -> None:
        """Write what the run has cost into the manifest, and how much of it in this process."""
        paid = paid_json(store.paid(self.manifest["run"]), teachers_of(self.manifest))
        self.manifest["paid"] = paid | {"now": teacher.stats.answered if teacher else 0}

    def _data_set(self) -> None:
        """Write ``data/``: the rows of the last step in the formats asked for, and the card."""
        self.watch.step("data set", self.manifest["steps"][-1]["rows_out"], None)
        steps = self.plan.recipe.steps
        final = self.folder.rows_after(len(steps), steps[-1].label)
        if not self.manifest["steps"][-1]["rows_out"]:
            self._remove({"train.jsonl", "README.md", *self._might_be_there})
            self.manifest["exhibits"] = []
            raise RunError(
                f"no row is left of {self.manifest['steps'][0]['rows_in']:,}; "
                f"`tunesmith show {self.folder.path} --dropped` tells why"
            )
        names = ["train.jsonl"]
        if find_spec("pyarrow") is not None:
            names.append("train.parquet")
        else:
            self.watch.notice("no train.parquet was written; for it, pip install pyarrow")
        for name in names:
            with RowWriter(self.folder.data / name) as writer:
                for row in read_table(final):
                    writer.write(row)
                    if name == names[0]:
                        self.watch.row()
        if self.plan.alpaca:
            names.append("alpaca.json")
            with RowWriter(self.folder.data / "alpaca.json") as writer:
                for row in read_table(final):
                    writer.write({name: row.get(name) or "" for name in ("instruction", "input", "output")})
        self._remove(self._might_be_there - set(names))
        self.manifest["data"] = names
        self.manifest["exhibits"] = [
            {"file": exhibit.file, "caption": exhibit.caption} for exhibit in self._write_exhibits()
        ]
        card = run_card(self.manifest, self.terms, self.plan.recipe.description)
        atomic_write_text(self.folder.data / "README.md", card)

    def _remove(self, names: Collection[str]) -> None:
        """Remove files of an earlier run's data set that are not this one's."""
        for name in names:
            path = self.folder.data / name
            if path.is_dir():
                self._make_way(path)
            else:
                path.unlink(missing_ok=True)

    def _make_way(self, folder: Path) -> None:
        """Remove an exhibit's folder; one in which replies were paid for is put aside instead."""
        if any((folder / name).exists() for name in ("replies.sqlite", ".run")):
            aside = next(p for n in count(1) if not (p := folder.with_name(f"{folder.name}.{n}")).exists())
            folder.rename(aside)
            self.watch.notice(f"{folder} was worked in since, so it was put aside as {aside}")
        else:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _might_be_there(self) -> set[str]:
        return {"train.parquet", "alpaca.json", *(exhibit["file"] for exhibit in self.manifest["exhibits"])}

    def _write_exhibits(self) -> Iterator[Exhibit]:
        """Write what the steps put beside the data set."""
        label = "source"
        for position, step in enumerate(self.plan.recipe.steps):
            rows_in = Table(self.folder.rows_after(position, label))
            for exhibit in step.exhibits(rows_in, self.manifest["steps"][position]["rows_out"]):
                path = self.folder.data / exhibit.file
                if isinstance(exhibit.content, str):
                    atomic_write_text(path, exhibit.content)
                elif isinstance(exhibit.content, Mapping):
                    self._make_way(path)
                    for name, text in exhibit.content.items():
                        atomic_write_text(path / name, text)
                else:
                    write_rows(path, exhibit.content)
                yield exhibit
            label = step.label


def _see_that_all_are_accounted_for(step: Step, ledger: Ledger, rows_in: int) -> None:
    if ledger.tally.rows_in != rows_in:
        raise RunError(
            f"the step {step.label} was given {rows_in} rows and accounted for {ledger.tally.rows_in}; "
            "this is a defect in the step, and no data set is written"
        )


def _say_what_is_replaced(plan: Plan, folder: RunFolder, watch: Watch) -> None:
    """A finished data set that will come out otherwise is worth a word; its replies stay, so it can be had again."""
    before = folder.read_manifest()
    if before.get("status") == "finished" and before["input"]["limit"] != plan.limit:
        was, now = (
            f"the first {limit:,} rows" if limit else "all rows" for limit in (before["input"]["limit"], plan.limit)
        )
        watch.notice(f"{folder.data} held a data set of {was} and will hold one of {now}")


def _write_recipe(plan: Plan, folder: RunFolder) -> None:
    """Write the recipe, its prompts and its domain, so that the folder alone tells what ran and can be run again."""
    steps: list[Step] = []
    texts: dict[Path, str] = {}
    for step in plan.recipe.steps:
        files: dict[str, Path | str] = {}
        for role, prompt in step.prompts().items():
            file = files[role] = Path(folder.prompts.name, f"{step.label}.{role}{prompt.suffix}")
            texts[file] = prompt.text
        if isinstance(step, Explore) and step.inputs:
            place, found = Path(folder.prompts.name, f"{step.label}.domain"), load_domain(step.domain)
            domain = {place / name: text for name, text in domain_files(found, whole=True).items()}
            files["domain"] = str(next(iter(domain)))
            texts |= domain
        for setting in file_settings(type(step)) - files.keys():
            if (path := getattr(step, setting)) is not None:
                files[setting] = path.absolute()  # data is not copied; so that it is found from anywhere
        fields = type(step).model_fields
        steps.append(step.model_copy(update={role: file for role, file in files.items() if role in fields}))
    _write_prompts(texts, folder)
    atomic_write_text(folder.recipe, plan.recipe.model_copy(update={"steps": steps}).to_yaml())


def _write_prompts(texts: Mapping[Path, str], folder: RunFolder) -> None:
    """Write what belongs to the recipe, then remove what an earlier one left.

    In this order, as it may be the folder's own recipe that runs again, whose files must not be gone at any time.
    """
    for file, text in texts.items():
        atomic_write_text(folder.path / file, text)
    for old in sorted(folder.prompts.rglob("*"), reverse=True):
        if old.is_dir() and not any(old.iterdir()):
            old.rmdir()
        elif old.is_file() and old.relative_to(folder.path) not in texts:
            old.unlink()
