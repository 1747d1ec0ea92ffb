"""What the step ``judge`` puts beside the data set: the verdict as a page, as JSON, and its pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress

from tunesmith.curate.candidates import collected_in
from tunesmith.errors import UsageError
from tunesmith.rows import Row

from .step import Exhibit

_CAPTIONS = {
    "relative": "Points of each model as a share of the other's, with 95 % intervals.",
    "outcomes": "Questions won, tied and lost.",
    "judge_scores": "Which scores each judge gave.",
    "groups": "Win rates by group of questions, with 95 % intervals.",
    "standings": "The models' strengths on Elo's scale, with 95 % intervals.",
}


def verdict_exhibits(rows: Iterable[Row], column: str, baseline: str, prefix: str = "") -> Iterator[Exhibit]:
    """The page, the figures as JSON, and each picture as SVG and, where it can be drawn, as PNG.

    Args:
        rows: As the step has left them.
        column: That with the answers.
        baseline: The model that others are measured against; empty if none is.
        prefix: What the files' names begin with.
    """
    from tunesmith.evaluate.page import pictures, write_page
    from tunesmith.evaluate.report_json import report_as_json
    from tunesmith.evaluate.review_files import reviews_of_row
    from tunesmith.evaluate.review_files.exhibits import exhibits_of
    from tunesmith.evaluate.sentences import verdict
    from tunesmith.evaluate.verdicts import report

    reviews, models = [], dict[str, None]()
    for row in rows:
        reviews += reviews_of_row(row, column)
        judged = {name for verdict in row["verdicts"] for name in verdict["order"]}
        models |= dict.fromkeys(one.model for one in collected_in(row, column) if one.model in judged)
    if not reviews:
        return
    if not baseline and len(models) == 2:
        _, baseline = models  # of two, the one that was named first is "ours", and not the one that was shown first
    found = report(reviews, baseline or None)
    title = " and ".join(dict.fromkeys(f"{one.model} against {one.baseline}" for one in found.contests[:3]))
    page = write_page(found, title, exhibits_of(reviews, baseline or None))
    # Which questions were left out belongs to the sentence, and is the first of the notes.
    said = " ".join(part for one in found.contests for part in (verdict(one), *(one.notes[:1] if one.absent else ())))
    yield Exhibit(f"{prefix}verdict.html", f"{said} The page has all figures and every question.", page)
    text = json.dumps(report_as_json(found), ensure_ascii=False, indent=2) + "\n"
    yield Exhibit(f"{prefix}verdict.json", "All figures of the verdict, each with its interval.", text)
    for name, svg in pictures(found).items():
        caption = _CAPTIONS.get(name.removesuffix(".svg"), "A picture of the verdict.")
        yield Exhibit(f"{prefix}{name}", caption, svg)
        with suppress(UsageError):  # the page and the SVG are there; no font or no resvg is no reason to fail
            from tunesmith.figures.png import to_png

            yield Exhibit(f"{prefix}{name.removesuffix('.svg')}.png", f"The same as {name}.", to_png(svg))
