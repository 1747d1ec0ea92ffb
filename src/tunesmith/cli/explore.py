"""``tunesmith explore``: a domain as a tree of tasks, command by command."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel, ValidationError

from tunesmith.curate.rouge import WORDS, Tokenizer
from tunesmith.data.files import write_rows
from tunesmith.errors import RunError, UsageError
from tunesmith.explore import (
    CAP,
    KINDS,
    Asking,
    Domain,
    Enrich,
    Extend,
    Home,
    Outcome,
    Saver,
    Tree,
    Work,
    enrich,
    extend,
    filter_examples,
    prune,
    rehearse,
    sample,
    why_pruned,
)
from tunesmith.plain import plainly
from tunesmith.recipes.estimate import Count, estimate_of
from tunesmith.recipes.manifest import teacher_json
from tunesmith.recipes.story import paid_json
from tunesmith.teacher import ReplyStore, Teacher, check_cap

from .explore_compare import compare
from .explore_new import new
from .explore_show import counted, counts_of, own_home, print_outcome, say, show, tree_home
from .options import limits_from, setting_options, teacher_options, voices_from
from .progress import Screen
from .summary import money, print_estimate, program, stdout_console

_FOLDER = click.argument("folder", type=click.Path(path_type=Path), metavar="TREE")
_THRESHOLD = click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.7,
    show_default=True,
    help="Left out if ROUGE-L with one that is kept exceeds this.",
)
_TOKENIZER = click.option(
    "--tokenizer",
    type=click.Choice([*WORDS]),
    default="rouge",
    show_default=True,
    help="rouge: words of a-z and 0-9, as published; unicode: words of all scripts, Chinese by character.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")


@click.group()
def explore() -> None:
    """Let a teacher explore a domain as a tree of tasks.

    Make a tree with `new`; `extend` it with subtasks, `enrich` it with examples, `prune` and `filter` what resembles
    other parts of it, `sample` a data set; `show` it at any time. Each command goes on where the last one stopped, and
    between two of them the files of the tree can be edited by hand. `tunesmith run explore-instruct` does it all.
    """


def _asks(settings: type[BaseModel], kinds: Iterable[str]) -> Callable[[Any], Any]:
    """The options of a command that asks the teacher."""

    def add(command: Any) -> Any:
        command = click.option("--domain", "other", metavar="NAME|FILE", help="Another domain than the tree's own.")(
            command
        )
        command = click.option("--dry-run", is_flag=True, help="Tell requests, tokens, cost and time; send nothing.")(
            command
        )
        for kind in kinds:
            what = "Prompt file that asks for it: .jinja, or the head of a published request."
            command = click.option(f"--{kind}-prompt", type=click.Path(path_type=Path), help=what)(command)
        return setting_options(settings)(_FOLDER(teacher_options(_JSON(command))))

    return add


@explore.command("extend")
@_asks(Extend, ("extend", "backtrack"))
def extend_command(folder: Path, **given: Any) -> None:
    """Ask for subtasks: look ahead, and go back for branches that are missing.

    Ends when every task is as broad as asked for, when the teacher has no more, or at a cap, and says which. Stopped at
    any moment, the same command goes on and pays for nothing twice.
    """
    settings = _settings(Extend, given)
    _ask(folder, given, settings, lambda work, asking: extend(work, asking, settings))


@explore.command("enrich")
@_asks(Enrich, ("enrich",))
def enrich_command(folder: Path, **given: Any) -> None:
    """Ask for examples of each task, until there are as many as wanted.

    A task that brings nothing new several times in a row is left alone. Pruned tasks are passed over.
    """
    settings = _settings(Enrich, given)
    _ask(folder, given, settings, lambda work, asking: enrich(work, asking, settings))


def _settings(model: type[Any], given: dict[str, Any]) -> Any:
    chosen = {name: given.pop(name) for name in model.model_fields}
    try:
        return model(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise UsageError(f"{option}: {plainly(first)}") from error


def _ask(
    folder: Path, given: dict[str, Any], settings: Extend | Enrich, act: Callable[[Work, Asking], Outcome]
) -> None:
    """Do what asks the teacher; what came of it is in the folder, however it ends."""
    if given["dry_run"]:
        _tell_beforehand(folder, given, settings)
        return
    with _opened(folder) as (home, tree, screen):
        domain = _domain(home, tree, given, settings)
        voices, limits = voices_from(given, [""]), limits_from(given)
        for voice in voices.values():
            check_cap(limits.budget, voice.price, voice.identity)
        saver = Saver(lambda changed: home.save_some(tree, changed))
        run = home.run()
        home.save(tree)  # whether it can be written, before anything is paid
        with screen.shown(), screen.interruptible(), ReplyStore(given["store"] or home.store) as store:
            try:
                with Teacher(voices, store, limits, None, run, screen.notice) as teacher:
                    began = time.monotonic()
                    outcome = act(Work(tree, teacher, saver, screen), Asking(domain, settings, teacher.has_schemas))
                    seconds = round(time.monotonic() - began, 2)
            finally:
                saver.flush()
                home.save_all(tree)
            teachers = [teacher_json(voice) for voice in voices.values()]
            paid = paid_json(store.paid(run), teachers) | {"now": teacher.stats.answered}
    if given["as_json"]:
        found = {"outcome": asdict(outcome), "tree": counts_of(tree), "paid": paid, "seconds": seconds}
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        cost = money(paid, teachers, ", over the life of the tree")
        print_outcome(stdout_console(), folder, tree, outcome, f"{cost}; {seconds:.1f} s")


def _tell_beforehand(folder: Path, given: dict[str, Any], settings: Extend | Enrich) -> None:
    """What asking would take; nothing is sent or written, and who is at work in the folder is not disturbed."""
    home = own_home(folder)
    tree = _read(home, Screen())
    domain = _domain(home, tree, given, settings)
    voices, limits = voices_from(given, [""]), limits_from(given)
    count = Count("extend" if isinstance(settings, Extend) else "enrich", voices)
    for request, usual in rehearse(tree, domain, [settings])[1][0]:
        count(request, usual, settings.max_tokens)
    found = estimate_of([count], voices, limits)
    if given["as_json"]:
        click.echo(json.dumps(asdict(found)))
    else:
        print_estimate(stdout_console(), found, voices)


def _domain(home: Home, tree: Tree, given: dict[str, Any], settings: Extend | Enrich) -> Domain:
    """What is explored, with the prompts that the user has named; a broken one is found before anything else."""
    prompts = {kind: given.get(f"{kind}_prompt") for kind in KINDS}
    domain = home.domain(tree, given["other"] or "")
    domain = domain.model_copy(update={kind: path for kind, path in prompts.items() if path})
    Asking(domain, settings)
    return domain


def _read(home: Home, screen: Screen) -> Tree:
    tree = home.read()
    for notice in home.notices:
        screen.notice(notice)
    return tree


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Home, Tree, Screen]]:
    """The tree in a folder, with other processes kept out."""
    home, screen = own_home(folder), Screen()
    home.read()  # a folder that holds no tree is left as it is
    with home.locked():
        home = Home(folder)  # as it is now that nobody else can change it
        yield home, _read(home, screen), screen


@explore.command("prune")
@_FOLDER
@_THRESHOLD
@_TOKENIZER
@_JSON
def prune_command(folder: Path, threshold: float, tokenizer: Tokenizer, as_json: bool) -> None:
    """Leave out tasks that are named like another, by ROUGE-L, level by level.

    They stay in the tree, marked; their examples are not drawn. Run it again with another threshold at any time.
    """
    with _opened(folder) as (home, tree, _):
        pruned = prune(tree, threshold, tokenizer)
        home.save_all(tree)
    if as_json:
        click.echo(json.dumps({"pruned": {task.name: task.pruned for task in tree.tasks() if task.pruned}}))
        return
    by_hand = sum(bool(task.pruned) for task in tree.tasks()) - len(pruned)
    say(
        f"{len(pruned):,} of {counted(len(tree.tasks()), 'task')} pruned at {threshold}"
        + (f", {by_hand:,} by hand" * bool(by_hand))
    )
    for task in pruned:
        say(f"  {' > '.join(task.path)}: {why_pruned(task).removeprefix('pruned: ')}")


@explore.command("filter")
@_FOLDER
@_THRESHOLD
@_TOKENIZER
@_JSON
def filter_command(folder: Path, threshold: float, tokenizer: Tokenizer, as_json: bool) -> None:
    """Put aside examples whose instruction is like an earlier one's of the same task, by ROUGE-L.

    They stay in their task's file, with what they resemble. Run it again with another threshold at any time.
    """
    with _opened(folder) as (home, tree, screen):
        before = sum(len(task.examples) + len(task.filtered) for task in tree.tasks())
        aside = {task.name: filter_examples(task, threshold, tokenizer) for task in tree.tasks()}
        home.save_all(tree)
    left = {task.name: len(task.examples) for task in tree.tasks()}
    if as_json:
        click.echo(json.dumps({"put_aside": aside, "examples": left}))
        return
    put = f"{sum(aside.values()):,} of {counted(before, 'example')} put aside at {threshold}"
    say(f"{put}; {sum(left.values()):,} left")
    width = max(len(f"{number:,}") for number in left.values())
    for task in tree.tasks():
        if aside[task.name]:
            say(f"  {left[task.name]:{width},} left, {aside[task.name]:,} put aside  {' > '.join(task.path)}")


@explore.command("sample")
@_FOLDER
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The rows; type by its ending.")
@click.option("-n", "n", type=click.IntRange(1), help="How many rows; all there are if left out.")
@click.option("--max-depth", type=click.IntRange(0), help="Leave out tasks deeper than this; the root is at 0.")
@click.option("--cap", type=click.IntRange(1), default=CAP, show_default=True, help="Most rows of one task.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same rows.")
@click.option("--with-pruned", is_flag=True, help="Draw from pruned tasks as well.")
@_JSON
def sample_command(folder: Path, output: Path, as_json: bool, **given: Any) -> None:
    """Draw a data set in which each task has its share; every row carries its path in the tree."""
    draw = sample(tree_home(folder).read(), **given)
    if not draw.rows:
        enrich_it = f"{program()} explore enrich {shlex.quote(str(folder))}"
        why = f" ({counted(draw.unanswered, 'example')} without an output)" if draw.unanswered else ""
        raise RunError(f"{folder} has no example to draw{why}; `{enrich_it}` asks for some")
    written = write_rows(output, draw.rows)
    if as_json:
        left_out = {
            "pruned_tasks": draw.pruned,
            "deeper_tasks": draw.deeper,
            "examples_over_cap": draw.over,
            "examples_without_output": draw.unanswered,
        }
        click.echo(json.dumps({"rows": written, "available": draw.available, "left_out": left_out}))
        return
    say(f"{output}: {counted(written, 'row')} of {draw.available:,}")
    if given["n"] is not None and draw.available < given["n"]:
        say(f"there are only {draw.available:,}, and {given['n']:,} were wanted", warning=True)
    for number, what, more in (
        (draw.pruned, "pruned task", ""),
        (draw.deeper, "task", f" deeper than {given['max_depth']}"),
        (draw.over, "example", f" beyond {given['cap']:,} of a task"),
        (draw.unanswered, "example", " without an output"),
    ):
        if number:
            say(f"  left out: {counted(number, what)}{more}")


explore.add_command(new)
explore.add_command(show)
explore.add_command(compare)
