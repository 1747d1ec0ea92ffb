"""The manifest: what ran on what, with which versions, and, when it has ended, at what cost."""

from __future__ import annotations

import platform
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tunesmith.data.files import SourceFacts
from tunesmith.errors import UsageError
from tunesmith.plain import settings_of
from tunesmith.teacher import Limits, ReplyStore, Voice, for_batches
from tunesmith.teacher.batches.book import check_no_batches
from tunesmith.text import as_utf8

from .folder import RunFolder
from .plan import Plan


def new_manifest(
    plan: Plan, facts: SourceFacts, folder: RunFolder, voices: Mapping[str, Voice], limits: Limits
) -> dict[str, Any]:
    """A manifest for this process, going on with the folder's earlier one.

    Raises:
        UsageError: The folder holds a run of another recipe or of other rows; or the run has requests in batches at a
            provider, and would ask them again one by one.
    """
    before = folder.read_manifest()
    store = plan.store or folder.store
    if limits.batch is not None:
        voices = for_batches(voices)
    elif voices and before and store.exists():
        with ReplyStore(store) as replies:
            remedy = f"give --batch to collect them, or cancel them with `tunesmith batches {folder.path} --cancel`"
            check_no_batches(replies, before["run"], remedy)
    if before and not plan.overwrite:
        for what, old, new in (
            ("of the recipe " + str(before.get("recipe")), before.get("recipe"), plan.recipe.name),
            ("over other rows", before.get("input", {}).get("sha256"), facts.sha256),
        ):
            if old != new:
                raise UsageError(
                    f"{folder.path} holds a run {what}; choose another --output, or give --overwrite to replace "
                    "its data (its replies are kept)"
                )
    return {
        "run": before.get("run") or uuid.uuid4().hex,
        "status": "running",
        "recipe": plan.recipe.name,
        "input": {
            "source": as_utf8(plan.source_name or plan.source),
            "rows": facts.rows,
            "limit": plan.limit,
            "shape": facts.shape,
            "sha256": facts.sha256,
            "files": [as_utf8(name) for name in facts.files],
        },
        "teacher": teacher_json(voices[""]) if "" in voices else None,
        "teachers": [teacher_json(voice) for voice in {voice.identity: voice for voice in voices.values()}.values()],
        "store": str(plan.store.absolute()) if plan.store else None,
        "budget": limits.budget,
        "models": [],
        "prompts": {
            f"{step.label}.{role}": sha256(prompt.text.encode()).hexdigest()
            for step in plan.recipe.steps
            for role, prompt in step.prompts().items()
        },
        "settings": {
            step.label: {name: value for name, value in settings_of(step).items() if name not in ("step", "name")}
            for step in plan.recipe.steps
        },
        "inputs": {as_utf8(str(path)): _sha256(path) for step in plan.recipe.steps for path in step.inputs},
        "seeds": {step.label: step.seed for step in plan.recipe.steps if hasattr(step, "seed")},
        "started": before.get("started") or now(),
        "finished": None,
        "seconds": before.get("seconds", 0.0),
        "steps": [],
        "paid": None,
        "data": [],
        "exhibits": before.get("exhibits", []),
        "versions": {"tunesmith": version("tunesmith"), "python": platform.python_version()}
        | {name: version(name) for name in ("aiohttp", "jinja2", "pydantic")},
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def teacher_json(voice: Voice) -> dict[str, Any]:
    """Who a teacher is and what it costs."""
    price = voice.price
    return {
        "name": str(voice.identity),
        "endpoint": voice.identity.endpoint,
        "price": price and {"input": price.input, "output": price.output, "source": price.source},
    }


def teachers_of(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, endpoint and price of each teacher of a run; manifests of tunesmith 0.1 name one at most."""
    one = manifest["teacher"]
    teachers: list[dict[str, Any]] = manifest.get("teachers", [one] if one else [])
    return teachers


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
