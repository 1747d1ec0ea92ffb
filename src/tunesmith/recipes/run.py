"""Running a recipe: step after step, each row accounted for, everything paid for once.

There are no checkpoints. A run that starts again replays all steps; whatever the teacher said before comes from the
reply store, so the rows come out the same and only what is missing is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from tunesmith.data.card import Terms
from tunesmith.data.files import SourceFacts, Table, read_table
from tunesmith.errors import RunError
from tunesmith.rows import Row
from tunesmith.steps import Ledger, Step
from tunesmith.teacher import Client, Limits, Price, ReplyStore, Teacher, Voice, Watch, check_cap, voices_of

from .data_set import DataSet
from .folder import Journal, RunFolder
from .kept import write_recipe
from .manifest import new_manifest, now, teachers_of
from .plan import Plan
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
            write_recipe(plan, folder)
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
            DataSet(self.plan, self.folder, manifest, self.watch, self.terms).write()
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
                ledger = Ledger(step.label, self._entering(ledger_file), self.watch, Table(source))
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
