"""Asking for Self-Instruct's examples from the command line: what it takes, who pays, where replies are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tunesmith.curate.rouge import Tokenizer
from tunesmith.data.atomic import locked_folder
from tunesmith.errors import RunError, UsageError
from tunesmith.explore import Asking, Domain, Home, Manner, Tree
from tunesmith.explore.self_instruct.files import Facts, SelfInstructFiles
from tunesmith.explore.self_instruct.within_domain import SelfInstructed, foretell, self_instruct
from tunesmith.explore.tree import Example
from tunesmith.recipes import RunFolder
from tunesmith.recipes.estimate import Count, Estimate, estimate_of
from tunesmith.recipes.manifest import teacher_json
from tunesmith.recipes.story import paid_json
from tunesmith.rows import Row
from tunesmith.teacher import Limits, ReplyStore, Teacher, Voice, check_cap

from .options import limits_from, voices_from
from .progress import Screen
from .summary import money, program


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked, and whom."""

    domain: Domain
    manner: Manner
    seeds: list[Example]
    requests: int
    batch: int
    tokenizer: Tokenizer
    voices: Mapping[str, Voice]
    limits: Limits


@dataclass(frozen=True, slots=True)
class Brought:
    """What Self-Instruct brought, now or earlier.

    Attributes:
        rows: The examples, the seeds among them.
        facts: How they were asked for; empty if nobody noted it.
        paid: What was paid, if it was asked for now.
        cost: The same in words.
    """

    rows: list[Row]
    facts: Facts
    paid: dict[str, Any] | None = None
    cost: str = ""


def requests_of(tree: Tree) -> int:
    """How many requests the tree took."""
    return sum(task.lookahead.requests + task.backtracks + task.enriched.requests for task in tree.tasks())


def taught(rows: list[Row]) -> list[Row]:
    """The rows that a teacher wrote."""
    return [row for row in rows if row.get("reply")]


def plan(home: Home, tree: Tree, tokenizer: Tokenizer, given: dict[str, Any]) -> Plan:
    """What the options ask for.

    Raises:
        UsageError: One of them is wrong, or nothing tells how many requests to send.
    """
    requests = given["requests"] or requests_of(tree)
    if not requests:
        raise UsageError(
            f"no request has made this tree; say with --requests how many, or `{program()} explore extend`"
        )
    domain, manner = home.domain(tree), _manner(given)
    Asking(domain, manner)  # a broken prompt file is found before anything else
    seeds = [example for example in tree.root.examples if not example.get("reply")]
    voices, limits = voices_from(given, [""]), limits_from(given)
    return Plan(domain, manner, seeds, requests, given["batch"], tokenizer, voices, limits)


def _manner(given: dict[str, Any]) -> Manner:
    try:
        return Manner(**{name: given[name] for name in Manner.model_fields if given[name] is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise UsageError(f"{option}: {first['msg']}, found {first['input']!r}") from error


def estimate(what: Plan) -> Estimate:
    """Requests, tokens, money and time; every request is built as if nothing but the seeds were there to show."""
    count = Count("self-instruct", what.voices)
    asking = Asking(what.domain, what.manner)
    for request, usual in foretell(asking, what.seeds, what.requests, what.batch):
        count(request, usual, what.manner.max_tokens)
    return estimate_of([count], what.voices, what.limits)


def ask(folder: Path, what: Plan, store: Path) -> Brought:
    """Ask, and keep what came in the folder.

    Raises:
        RunError: The teacher stopped answering, or brought nothing; what was kept before is as it was.
    """
    for voice in what.voices.values():
        check_cap(what.limits.budget, voice.price, voice.identity)
    screen, files = Screen(), SelfInstructFiles(folder)
    with locked_folder(folder, "folder"), screen.shown(), screen.interruptible(), ReplyStore(store) as replies:
        run = files.run()
        with Teacher(what.voices, replies, what.limits, None, run, screen.notice) as teacher:
            asking = Asking(what.domain, what.manner, teacher.has_schemas)
            found = self_instruct(teacher, asking, what.seeds, what.requests, what.batch, what.tokenizer, screen)
        if not taught(found.rows):
            raise RunError(f"{found.requests:,} requests brought no example that can be taken: {_left_out(found)}")
        facts = _facts(what, found)
        files.write(found.rows, facts)
        teachers = [teacher_json(voice) for voice in what.voices.values()]
        paid = paid_json(replies.paid(run), teachers) | {"now": teacher.stats.answered}
    return Brought(found.rows, facts, paid, money(paid, teachers, ", over all comparisons of this tree"))


def store_of(folder: Path, home: Home) -> Path:
    """Where the replies that made a tree are kept: by the tree, or where its run kept them.

    Args:
        folder: The tree's folder, or its run's.
        home: The tree's.
    """
    if home.path == folder:
        return home.store
    run = RunFolder(folder)
    return Path(run.read_manifest().get("store") or run.store)


def _facts(what: Plan, found: SelfInstructed) -> Facts:
    return {
        "requests": found.requests,
        "batch": what.batch,
        "seed": what.manner.seed,
        "teacher": str(what.voices[""].identity),
        "tokenizer": what.tokenizer,
        "unanswered": found.unanswered,
        "unreadable": found.unreadable,
        "refused": found.refused,
        "alike": found.alike,
    }


def _left_out(found: SelfInstructed) -> str:
    return (
        f"{found.unanswered:,} unanswered, {found.unreadable:,} replies unreadable, {found.refused:,} examples refused "
        f"by the checks, {found.alike:,} like others"
    )
