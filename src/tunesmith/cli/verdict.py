"""``tunesmith verdict``: from reviews to an honest sentence about which model is better."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from tunesmith.data.files import atomic_file, atomic_write_text
from tunesmith.errors import UsageError
from tunesmith.evaluate import ContestReport, Report, Review
from tunesmith.evaluate.report_json import report_as_json
from tunesmith.evaluate.review_files import Beside, ReviewFiles, read_review_files
from tunesmith.evaluate.review_files.remarks import listed
from tunesmith.steps.scales import bounds_of
from tunesmith.text import nearest, printable, shorten

from .run_rows import rows_with
from .summary import stdout_console
from .verdict_rules import RULES, STANDINGS
from .verdict_tables import print_report, print_rules

if TYPE_CHECKING:
    from tunesmith.steps.compare import Compare
    from tunesmith.steps.judge import Judge

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
@click.option("--scale", help="The lowest and the highest score there can be; 1-10, or what a run's judge was told.")
@click.option("--votes", multiple=True, type=_FILE, help="People's votes, to hold the judges against.")
@click.option("--criterion", help="By which criterion the votes are, where there are several.")
@click.option("--html", type=_FILE, help="Write a web page.")
@click.option("--figures", type=click.Path(path_type=Path, file_okay=False), help="Write the pictures into a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verdict(reviews: Sequence[str], as_json: bool, rules: Sequence[str], by: Sequence[str], **given: Any) -> None:
    """Tell from REVIEWS, files or run folders of any known format, which model is better and how sure that is."""
    _see_targets(given)
    judges = _judges_of_runs(reviews)
    files = read_review_files([_source(path) for path in reviews], _beside(given, _same({one.scale for one in judges})))
    baseline = given["baseline"] or _same({getattr(one, "baseline", "") for one in judges}) or files.baseline
    votes, remarks = _votes(files, given["votes"], given["criterion"])
    found = _report(files, baseline, given["baseline"], by, votes)
    found = replace(found, notes=(*files.notes, *remarks, *found.notes))
    written = _write(found, files, baseline, given)
    rules = tuple(dict.fromkeys(rules))
    if as_json:
        click.echo(json.dumps(_as_json(found, files, rules), ensure_ascii=False))
        return
    console = stdout_console()
    if rules:
        print_rules(console, found, rules)
    else:
        print_report(console, found, bool(by))
    for line in written:
        console.print(Text(printable(line)))


def _see_targets(given: dict[str, Any]) -> None:
    """See that what is to be written is no file of data.

    Raises:
        UsageError: It may be.
    """
    page = given["html"]
    if page is not None and page.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--html {page} would be a web page; give a name that ends in .html")
    if given["criterion"] is not None and not given["votes"]:
        raise UsageError("--criterion is for people's votes; give these with --votes")


def _source(path: str) -> str:
    """The file with the reviews; of a run folder, that with its judged rows."""
    if path.startswith(("hf:", "-")):
        return path
    return rows_with(path, "verdicts", "judged all rows", "run a recipe with the step judge or compare")


def _beside(given: dict[str, Any], scale_of_runs: str | None) -> Beside:
    try:
        scale = bounds_of(given["scale"] or scale_of_runs or "1-10")
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


def _judges_of_runs(reviews: Sequence[str]) -> list[Judge | Compare]:
    """The steps that asked judges, of the runs among the reviews."""
    from tunesmith.recipes import RunFolder, load_recipe
    from tunesmith.steps.compare import Compare
    from tunesmith.steps.judge import Judge

    folders = [RunFolder(path) for path in reviews if Path(path).is_dir()]
    recipes = [load_recipe(folder.recipe) for folder in folders if folder.read_manifest()]
    return [step for recipe in recipes for step in recipe.steps if isinstance(step, Judge | Compare)]


def _same(settings: set[str]) -> str | None:
    """What all runs have set; ``None`` if they differ, or there is none."""
    return settings.pop() if len(settings) == 1 else None


def _votes(files: ReviewFiles, paths: Sequence[Path], criterion: str | None) -> tuple[list[Review], tuple[str, ...]]:
    """People's votes on what was judged, and what is to be said of them.

    Raises:
        UsageError: There are votes on nothing that was judged.
    """
    if not paths:
        return [], ()
    from tunesmith.evaluate.people import reviews_of_votes
    from tunesmith.evaluate.vote_files import read_votes

    cast = read_votes(paths)
    votes = reviews_of_votes(cast, criterion)
    judged = {(one.question, frozenset(one.models)) for one in files.reviews}
    met = [vote for vote in votes if (vote.question, frozenset(vote.models)) in judged]
    if not met:
        ours, theirs = (
            listed(dict.fromkeys(name for one in some for name in one.models)) for some in (files.reviews, votes)
        )
        raise UsageError(
            f"--votes {listed(map(str, paths))}: no vote is on a question and two models that the reviews are about; "
            f"there, models are {ours or 'none'}, and question ids such as {_ids(files.reviews)}; votes are on "
            f"{theirs} and on {_ids(votes)}"
        )
    left = len(votes) - len(met)
    said = f"{left:,} of {len(votes):,} votes are on questions or models that no review is about, and count for nothing"
    return met, (*cast.notes, *([said] if left else []))


def _ids(reviews: Sequence[Review]) -> str:
    return (
        ", ".join(repr(shorten(name, 40)) for name in list(dict.fromkeys(one.question for one in reviews))[:2])
        or "none"
    )


def _report(
    files: ReviewFiles, baseline: str | None, asked: str | None, by: Sequence[str], votes: Sequence[Review]
) -> Report:
    """Everything that the files say.

    Args:
        files: The files.
        baseline: The model that the others are measured against, as far as anyone says.
        asked: The same, if it was asked for.
        by: Columns to group by.
        votes: Of people.

    Raises:
        UsageError: Nobody knows the baseline, or nothing is measured against it.
    """
    from tunesmith.evaluate.verdicts import report, report_of_counts, report_of_totals, together

    every: list[ContestReport] = [*report_of_totals(files.totals), *report_of_counts(files.counts)]
    pairs = [one.models for one in files.reviews] + [(one.model, one.baseline) for one in every]
    known = list(dict.fromkeys(name for pair in pairs for name in pair))
    if asked is not None and asked not in known:
        raise UsageError(f"--baseline {asked}: no such model{nearest(asked, known)}; there are {', '.join(known)}")
    judged = {name for one in files.reviews for name in one.models}
    baseline = baseline if baseline in judged else None  # a run's answers of it may all be missing
    found = report(files.reviews, baseline, by, votes) if files.reviews else Report(())
    sums = tuple(one for one in every if asked in (None, one.baseline))
    if every and not sums and not found.contests:
        there = ", ".join(dict.fromkeys(one.baseline for one in every))
        raise UsageError(f"--baseline {asked}: no sums are measured against it; they are against {there}")
    return replace(found, contests=(*found.contests, *sums), notes=(*found.notes, *together(sums)))


def _write(found: Report, files: ReviewFiles, baseline: str | None, given: dict[str, Any]) -> list[str]:
    """Write the page and the pictures; what to say about it."""
    said = []
    if given["html"] is not None:
        from tunesmith.evaluate.page import write_page
        from tunesmith.evaluate.review_files.exhibits import exhibits_of

        title = f"Verdicts on {listed(dict.fromkeys(one.model for one in found.contests))}"
        atomic_write_text(given["html"], write_page(found, title, exhibits_of(files.reviews, baseline)))
        said.append(f"the page is {given['html']}")
    if given["figures"] is not None:
        said += _draw(found, given["figures"])
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
    told = {"formats": list(files.formats)} | report_as_json(found)
    if not rules:
        return told
    standings = told["standings"] if {*rules} & {*STANDINGS} else []
    contests = [_by_rules(one, rules) for one in found.contests]
    return {"formats": told["formats"], "notes": told["notes"], "contests": contests, "standings": standings}


def _by_rules(contest: ContestReport, rules: Sequence[str]) -> dict[str, Any]:
    known = {"model": contest.model, "baseline": contest.baseline, "questions": contest.questions}
    known |= {"verdicts": contest.verdicts, "unreadable": contest.unreadable, "totals": contest.totals}
    return known | {name: RULES[name].as_json(contest) for name in rules if name in RULES}
