"""``tunesmith grade``: how many answers to maths questions are right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from tunesmith.data.writer import RowWriter, write_rows
from tunesmith.errors import UsageError
from tunesmith.evaluate.sentences import counted
from tunesmith.text import nearest, printable

from .answer_files import named_files
from .progress import Screen
from .summary import stdout_console
from .tables import figures_table, measured, show_table

if TYPE_CHECKING:
    from tunesmith.evaluate.answered import Answered
    from tunesmith.evaluate.maths import Accuracy, Comparison, Equivalence, Grade

_BY = "level,type,subject,category"
_GRADES = "grades"
Groups = dict[str, dict[str, dict[str, "Accuracy"]]]
"""Accuracies by column, value and model."""


@click.command()
@click.argument("answers", nargs=-1, required=True, metavar="[NAME=]ANSWERS...")
@click.option("--references", metavar="FILE", help="Where the references are, if not in the file of answers.")
@click.option(
    "--kind",
    type=click.Choice(["math", "gsm8k"]),
    default="math",
    show_default=True,
    help="What references are: any answer of mathematics, or final numbers.",
)
@click.option("--column", default="", help="The column with the answers, if it is not recognised.")
@click.option("--reference-column", default="", help="The column with the references, likewise.")
@click.option(
    "--equivalence",
    type=click.Choice(["auto", "rules", "math-verify"]),
    default="auto",
    show_default=True,
    help="How answers are compared; auto: by rules, and where these cannot tell, by math-verify if it is installed.",
)
@click.option("--by", help=f"Columns by which to count too, with commas; {_BY} as far as there are such.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the rows with grades.")
def grade(answers: tuple[str, ...], by: str | None, as_json: bool, output: Path | None, **given: str) -> None:
    """Tell how many of the ANSWERS to maths questions are right, each with its 95 % interval.

    ANSWERS is a file of rows or a run folder; several are compared on the same questions, each by its NAME.
    """
    from tunesmith.evaluate.answered import Columns, answered
    from tunesmith.evaluate.maths import Equivalence, accuracy, comparisons

    files = named_files(answers)
    _check(given, output, files.values())
    sheet = answered(files, Columns(given["column"], given["reference_column"]), given["references"])
    rows = sheet.rows
    if not rows or not rows[0].answers:
        raise UsageError(f"{', '.join(answers)}: there are no answers to grade")
    names = _columns(rows, by)
    if output is not None and any(_GRADES in one.row for one in rows):
        raise UsageError(f"the rows have a column {_GRADES!r} already; rename it, or grade without -o")
    with Equivalence(given["equivalence"] if given["kind"] == "math" else "rules") as equivalence:  # type: ignore[arg-type]
        grades = _graded(rows, given["kind"], equivalence)
        way = equivalence.way if given["kind"] == "math" else "numbers"
    if all(one.reference is None for model in grades.values() for one in model):
        raise UsageError(
            f"no row has a reference with a final answer in it; there are the columns "
            f"{', '.join(rows[0].row)}; name one with --reference-column, or give a file with --references"
        )
    groups = _grouped(rows, grades, names)
    if output is not None:
        write_rows(output, _with_grades(rows, grades))
    totals = {model: accuracy(found) for model, found in grades.items()}
    pairs = comparisons(grades)
    if as_json:
        found = {"kind": given["kind"], "equivalence": way, "rows": len(rows), "models": totals}
        facts = {name: getattr(sheet, name) for name in ("columns", "reference_column", "strangers", "by_line")}
        click.echo(json.dumps(_plain(found | facts | {"groups": groups, "comparisons": pairs}), ensure_ascii=False))
        return
    console = stdout_console()
    console.print(Text(f"{counted(len(rows), 'question')}; compared by {way}", "bold"))
    _print_totals(console, totals)
    for name, values in groups.items():
        _print_groups(console, name, values)
    lines = [*sheet.remarks(), *_remarks(totals), *map(_compared, pairs)]
    if output is not None:
        lines.append(f"{counted(len(rows), 'row')} with the column {_GRADES} written to {output}")
    for line in lines:
        console.print(Text(printable(line)))


def _check(given: Mapping[str, str], output: Path | None, files: Iterable[str]) -> None:
    """Refuse at once what would do nothing, fail after all work is done, or overwrite the answers."""
    if given["kind"] == "gsm8k" and given["equivalence"] != "auto":
        raise UsageError("--equivalence is for --kind math; final numbers are compared exactly, so leave it out")
    if output is None:
        return
    RowWriter(output)  # knows which names it can write to
    if any(source and output.resolve() == Path(source).resolve() for source in (*files, given["references"])):
        raise UsageError(f"-o {output} would overwrite what is graded; give another name")


def _grouped(rows: Sequence[Answered], grades: Mapping[str, Sequence[Grade]], names: Iterable[str]) -> Groups:
    from tunesmith.evaluate.maths import accuracy

    return {
        name: {
            value: {model: accuracy(list(_of(rows, found, name, value))) for model, found in grades.items()}
            for value in sorted({str(one.row[name]) for one in rows if name in one.row}, key=_natural)
        }
        for name in names
    }


def _natural(value: str) -> list[tuple[bool, int, str]]:
    """Level 10 behind Level 9."""
    return [(piece.isdecimal(), int(piece) if piece.isdecimal() else 0, piece) for piece in re.split(r"(\d+)", value)]


def _graded(rows: Sequence[Answered], kind: str, equivalence: Equivalence) -> dict[str, list[Grade]]:
    """Grades by model, row for row."""
    from tunesmith.evaluate.maths import Grader

    grader = Grader(kind, equivalence)  # type: ignore[arg-type]
    grades: dict[str, list[Grade]] = {model: [] for model in rows[0].answers}
    screen = Screen()
    with screen.shown():
        screen.step("grade", len(rows), None)
        for one in rows:
            reference = grader.reference(one.reference)
            for model, text in one.answers.items():
                grades[model].append(grader.grade(text, reference))
            screen.row()
    return grades


def _columns(rows: Sequence[Answered], by: str | None) -> list[str]:
    there = dict.fromkeys(name for one in rows for name in one.row)
    if by is None:
        return [name for name in _BY.split(",") if name in there]
    wanted = [name.strip() for name in by.split(",") if name.strip()]
    for name in wanted:
        if name not in there:
            raise UsageError(f"--by: no column {name!r}{nearest(name, there)}; there are: {', '.join(there)}")
    return wanted


def _of(rows: Sequence[Answered], grades: Sequence[Grade], name: str, value: str) -> Iterator[Grade]:
    for one, found in zip(rows, grades, strict=True):
        if name in one.row and str(one.row[name]) == value:
            yield found


def _with_grades(rows: Sequence[Answered], grades: Mapping[str, Sequence[Grade]]) -> Iterator[dict[str, object]]:
    """The rows with a column ``grades``: what was found in each model's answer, and whether it is right."""
    for number, one in enumerate(rows):
        yield {**one.row, _GRADES: {model: asdict(found[number]) for model, found in grades.items()}}


def _plain(found: object) -> object:
    """What JSON can hold of figures."""
    if isinstance(found, dict):
        return {name: _plain(value) for name, value in found.items()}
    if isinstance(found, list):
        return [*map(_plain, found)]
    return asdict(found) if hasattr(found, "__dataclass_fields__") else found  # type: ignore[call-overload]


def _print_totals(console: Console, totals: Mapping[str, Accuracy]) -> None:
    rows = [
        (
            model,
            f"{one.rate.rows:,}",
            f"{one.right:,}",
            measured(one.rate, 1, 100),
            f"{one.not_found:,}",
            ", ".join(f"{sign} {n:,}" for sign, n in sorted(one.signs.items())) or "-",
        )
        for model, one in totals.items()
    ]
    _print(console, ("model", "n", "right", "% right (95 % interval)", "no answer found", "found by"), rows)


def _print_groups(console: Console, name: str, values: Mapping[str, Mapping[str, Accuracy]]) -> None:
    models = [*next(iter(values.values()), {})]
    rows = [
        (
            value,
            _shared(by_model),
            *(measured(one.rate, 1, 100) for one in by_model.values()),
        )
        for value, by_model in values.items()
    ]
    heads = [f"{model}, % right" for model in models] if len(models) > 1 else ["% right (95 % interval)"]
    console.print()
    _print(console, (name, "n", *heads), rows)


def _shared(by_model: Mapping[str, Accuracy]) -> str:
    """How many questions each model's figure rests on: one number if all on as many."""
    numbers = [f"{one.rate.rows:,}" for one in by_model.values()]
    return numbers[0] if len(set(numbers)) == 1 else " / ".join(numbers)


def _print(console: Console, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = figures_table(*heads)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    show_table(console, table)


def _remarks(totals: Mapping[str, Accuracy]) -> Iterator[str]:
    from tunesmith.evaluate.maths.equivalence import UNDECIDED
    from tunesmith.evaluate.maths.library import is_installed

    for model, one in totals.items():
        if one.no_reference:
            yield f"{model}: {counted(one.no_reference, 'row')} without a reference, not counted"
        if one.no_answer:
            yield f"{model}: {counted(one.no_answer, 'question')} without an answer, not counted"
        if one.empty:
            yield f"{model}: {counted(one.empty, 'empty answer')}, not right"
        for trouble, rows in one.troubles.items():
            yield f"{model}: {counted(rows, 'answer')} not right because nobody could compare: {trouble}"
    if not is_installed() and any(UNDECIDED in one.troubles for one in totals.values()):
        yield "pip install 'tunesmith[maths]' lets math-verify decide what the rules cannot tell"


def _compared(pair: Comparison) -> str:
    one, other = pair.models
    said = (
        f"{one} against {other} on {counted(pair.difference.rows, 'common question')}: {pair.only_first:,} right only "
        f"for {one}, {pair.only_second:,} only for {other}"
    )
    if pair.p is None:
        return f"{said}; no row tells them apart"
    return f"{said}; difference {measured(pair.difference, 1, 100)} points; McNemar's exact p {pair.p:.3g}"
