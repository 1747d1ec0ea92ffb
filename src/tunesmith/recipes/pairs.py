"""The near-duplicates of a run: each dropped row beside the kept one that it resembles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.data.files import Table, read_rows
from tunesmith.errors import UsageError
from tunesmith.steps.dedup import Dedup

from .folder import RunFolder
from .recipe_files import load_recipe
from .story import ledger_entries


@dataclass(frozen=True, slots=True)
class Pair:
    """A row that was dropped, and the kept one that it resembles most, with their texts and their ROUGE-L."""

    step: str
    row: str
    text: str
    resembles: str
    resembled_text: str
    score: float


def near_duplicate_pairs(folder: RunFolder) -> Iterator[Pair]:
    """Why each near-duplicate fell, in the order of the ledger.

    Raises:
        UsageError: The folder is no run's, or a file of seeds is gone.
    """
    recipe = load_recipe(folder.recipe)
    labels = ["source", *(step.label for step in recipe.steps)]
    for position, step in enumerate(recipe.steps):
        if not isinstance(step, Dedup):
            continue
        fell = [entry for entry in ledger_entries(folder) if entry["step"] == step.label and "score" in entry]
        wanted = {entry[side] for entry in fell for side in ("row", "resembles") if side in entry}
        rows = Table(folder.rows_after(position, labels[position]))
        texts = {row["id"]: step.text_of(row) for row in rows if row["id"] in wanted}
        from_seeds = step.seeds and any("resembles_seed" in entry for entry in fell)
        seeds = {row["id"]: step.text_of(row) for row in read_rows(step.seeds)} if step.seeds and from_seeds else {}
        for entry in fell:
            like = str(entry.get("resembles", entry.get("resembles_seed")))
            if like not in (texts if "resembles" in entry else seeds):
                raise UsageError(f"{step.seeds} has no seed {like!r} any more; give the command of the run again")
            text = texts[like] if "resembles" in entry else seeds[like]
            what = like if "resembles" in entry else f"seed {like}"
            yield Pair(step.label, entry["row"], texts[entry["row"]], what, text, entry["score"])
