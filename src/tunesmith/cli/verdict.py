"""``tunesmith verdict``: from reviews to an honest sentence about which model is better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from tunesmith.data.files import atomic_file, atomic_write_text
from tunesmith.errors import UsageError
from tunesmith.evaluate import ContestReport, Report, Review
from tunesmith.evaluate.report_json import report_as_json
from tunesmith.evaluate.review_files import Beside, ReviewFiles, read_review_files
from tunesmith.evaluate.sentences import outcome
from tunesmith.evaluate.sentences import verdict as sentence_of
from tunesmith.steps.scales import bounds_of
from tunesmith.text import nearest, printable

from .run_rows import rows_with
from .summary import stdout_console
from .verdict_rules import RULES, STANDINGS
from .verdict_tables import print_report, print_rules

_FILE = click.Path(path_type=Path, dir_okay=False)
_PATH = click.Path(path_type=Path)


@click.command("verdict")
@click.argument("reviews", nargs=-1, required=True)
@click.option("--baseline", metavar="MODEL", help="The model that the others are measured against.")
@click.option("--models", metavar="FIRST,SECOND", help="Names of the two, in the order of the file's scores.")
@click.option("--rule", "rules", multiple=True, type=click.Choice([*RULES, *STANDINGS]), help="Print just this figure.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Figures by this property of the questions.")
@click.option("--answers", multiple=True, type=_PATH, help="File or folder with the models' answers.")
@click.option("--questions", type=_PATH, help="File with all questions that were asked, and their categories.")
@click.option("--scale", default="1-10", show_default=True, help="The lowest and the highest score there can be.")
@click.option("--votes", multiple=True, type=_FILE, help="People's votes, to hold the judges against.")
@click.option("--html", type=_FILE, help="Write a web page.")
@click.option("--figures", type=click.Path(path_type=Path, file_okay=False), help="Write the pictures into a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verdict(reviews: Sequence[str], as_json: bool, rules: Sequence[str], by: Sequence[str], **given: Any) -> None:
    """Tell from REVIEWS, files or run folders of any known format, which model is better and how sure that is."""
    files = read_review_files([_source(path) for path in reviews], _beside(given))
    found = _report(files, given["baseline"], by, _votes(given["votes"]))
    if given["baseline"] is not None:
        files = replace(files, baseline=given["baseline"])
    written = _write(found, files, given["html"], given["figures"])
    if as_json:
        click.echo(json.dumps(_as_json(found, files, rules), ensure_ascii=False))
        return
    console = stdout_console()
    for note in files.notes:
        console.print(Text(printable(f"note: {note}")))
    if rules:
        print_rules(console, found, rules)
    else:
        print_report(console, found, bool(by))
    for line in written:
        console.print(Text(printable(line)))


def _source(path: str) -> str:
    """The file with the reviews; of a run folder, that with its judged rows."""
    if path.startswith(("hf:", "-")):
        return path
    return rows_with(path, "verdicts", "judged all rows", "run a recipe with the step judge or compare")


def _beside(given: dict[str, Any]) -> Beside:
    try:
        scale = bounds_of(given["scale"])
    except ValueError as error:
        raise UsageError(f"--{error}") from None
    return Beside(given["answers"], given["questions"], scale, _names(given["models"]))


def _names(models: str | None) -> tuple[str, str] | None:
    if models is None:
        return None
    names = [name.strip() for name in models.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise UsageError(f"--models {models}: expected two names, FIRST,SECOND, in the order of the scores")
    return names[0], names[1]


def _votes(paths: Sequence[Path]) -> list[Review]:
    if not paths:
        return []
    from tunesmith.evaluate.people import reviews_of_votes

    return [vote for path in paths for vote in reviews_of_votes(path)]


def _report(files: ReviewFiles, baseline: str | None, by: Sequence[str], votes: Sequence[Review]) -> Report:
    """Everything that the files say.

    Raises:
        UsageError: Nobody knows the baseline.
    """
    from tunesmith.evaluate.verdicts import report, report_of_counts, report_of_totals

    names = [name for one in files.reviews for name in one.models]
    names += [name for one in files.totals for name in (one.model, one.baseline)]
    names += [name for one in files.counts for name in (one.model, one.baseline)]
    if baseline is not None and baseline not in names:
        known = list(dict.fromkeys(names))
        raise UsageError(
            f"--baseline {baseline}: no such model{nearest(baseline, known)}; there are {', '.join(known)}"
        )
    found = report(files.reviews, baseline or files.baseline, by, votes) if files.reviews else Report(())
    sums = (*report_of_totals(files.totals), *report_of_counts(files.counts))
    if baseline is not None:
        sums = tuple(one for one in sums if one.baseline == baseline)
    return replace(found, contests=(*found.contests, *sums))


def _write(found: Report, files: ReviewFiles, page: Path | None, folder: Path | None) -> list[str]:
    """Write the page and the pictures; what to say about it."""
    said = []
    if page is not None:
        from tunesmith.evaluate.page import write_page
        from tunesmith.evaluate.review_files.exhibits import exhibits_of

        told = replace(found, notes=(*files.notes, *found.notes))
        title = f"Verdicts on {', '.join(dict.fromkeys(one.model for one in found.contests))}"
        atomic_write_text(page, write_page(told, title, exhibits_of(files.reviews, files.baseline)))
        said.append(f"the page is {page}")
    if folder is not None:
        said += _draw(found, folder)
    return said


def _draw(found: Report, folder: Path) -> list[str]:
    """Write each picture as SVG, and as PNG where that can be had."""
    from tunesmith.evaluate.page import pictures
    from tunesmith.figures.png import to_png

    said = []
    folder.mkdir(parents=True, exist_ok=True)
    drawn = pictures(found)
    for name, svg in drawn.items():
        atomic_write_text(folder / name, svg)
    try:
        for name, svg in drawn.items():
            with atomic_file(folder / Path(name).with_suffix(".png")) as file:
                file.write(to_png(svg))
    except UsageError as error:
        said.append(f"the pictures are SVG only: {error}")
    return [f"{len(drawn):,} pictures are in {folder}: {', '.join(drawn)}", *said]


def _as_json(found: Report, files: ReviewFiles, rules: Sequence[str]) -> dict[str, Any]:
    whole = report_as_json(found)
    told = {"formats": list(files.formats), "notes": [*files.notes, *found.notes]}
    if not rules:
        for one, contest in zip(whole["contests"], found.contests, strict=True):
            one |= {"outcome": outcome(contest), "sentence": sentence_of(contest)}
        return told | whole | {"notes": told["notes"]}
    standings = whole["standings"] if {*rules} & {*STANDINGS} else []
    return told | {"contests": [_by_rules(one, rules) for one in found.contests], "standings": standings}


def _by_rules(contest: ContestReport, rules: Sequence[str]) -> dict[str, Any]:
    known = {"model": contest.model, "baseline": contest.baseline, "questions": contest.questions}
    known |= {"verdicts": contest.verdicts, "unreadable": contest.unreadable, "totals": contest.totals}
    return known | {name: RULES[name].as_json(contest) for name in rules if name in RULES}
