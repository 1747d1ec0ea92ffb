"""``tunesmith explore new``: the beginning of a tree."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tunesmith.data.files import read_rows
from tunesmith.errors import DataError, UsageError
from tunesmith.explore import Domain, Home, load_domain

from .explore_show import counted, say
from .summary import program

_FIELDS = ("instruction", "input", "output")


@click.command()
@click.argument("title", required=False, default="")
@click.option("--domain", "source", metavar="NAME|FILE", help="rewriting, brainstorming, maths, or a YAML file.")
@click.option("--examples", type=click.Path(path_type=Path), help="Rows to begin with, in any format.")
@click.option("--reason", default="", help="What the domain is good for, in a sentence.")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The tree's folder.")
def new(title: str, source: str | None, examples: Path | None, reason: str, output: Path) -> None:
    """Begin a tree: a domain and its first examples.

    TITLE names the domain in one line, such as "Assistance for text editing"; with --domain, it may be left out.
    """
    title = " ".join(title.split())
    if not title and not source:
        raise UsageError('which domain? give a title, such as "Assistance for text editing", or --domain')
    given = {"title": title, "reason": reason}
    domain = load_domain(source) if source else Domain(name="own", title=title, reason=reason)
    domain = domain.model_copy(update={name: value for name, value in given.items() if value})
    rows = [{name: row.get(name) or "" for name in _FIELDS} for row in read_rows(examples)] if examples else []
    first = rows or domain.seeds()
    _refuse_without_instruction(first, examples or source)
    other_script = "" if source else _in_another_script(domain.title, first)
    if other_script:
        domain = domain.model_copy(update={"checks": domain.checks.model_copy(update={"ascii_start": False})})
    tree = Home(output).found(domain, first)
    say(f"{output}: a tree of one task, {tree.root.title!r}, with {counted(len(first), 'example')}")
    if other_script:
        say(f"{other_script}, so instructions need not: checks.ascii_start is false in {output / 'domain.yaml'}")
    if not first:
        say("without examples, the teacher is shown none; give some with --examples, or write them into "
            f"{output / tree.root.file}", warning=True)  # fmt: skip
    _warn_of_examples(first, domain)
    say(f"next: {program()} explore extend {shlex.quote(str(output))} --model PROVIDER:NAME")


def _refuse_without_instruction(examples: Sequence[dict[str, Any]], source: str | Path | None) -> None:
    for number, example in enumerate(examples, 1):
        if not example["instruction"].strip():
            raise DataError(f"example {number} has no instruction; write one, or remove the example", source)


def _in_another_script(title: str, examples: Sequence[dict[str, Any]]) -> str:
    """Whether the title or most instructions begin in another script than ASCII, in words."""
    if not title[:1].isascii():
        return "the title does not begin with an ASCII character"
    others = sum(not example["instruction"].lstrip()[:1].isascii() for example in examples)
    return "most examples do not begin with an ASCII character" if 2 * others > len(examples) else ""


def _warn_of_examples(examples: Sequence[dict[str, Any]], domain: Domain) -> None:
    """Say which examples will not be drawn, and which are not what the teacher's must be like."""
    of = f"of {counted(len(examples), 'example')}"
    without = sum(not example["output"].strip() for example in examples)
    if without:
        have, are = ("has", "it is") if without == 1 else ("have", "they are")
        say(f"{without:,} {of} {have} no output: {are} not drawn, and the teacher is shown others first", warning=True)
    checked = (domain.checks.problem(*(example[name] for name in _FIELDS)) for example in examples)
    problems = [problem for problem in checked if problem not in ("", "no output")]
    if problems:
        do = "does" if len(problems) == 1 else "do"
        say(f"{len(problems):,} {of} {do} not pass this domain's checks, first: {problems[0]}; "
            "edit checks in domain.yaml", warning=True)  # fmt: skip
