"""Set the figures that ``tunesmith ... --json`` prints beside the published ones; used by published_tables.sh.

    tunesmith verdict REVIEWS... --rule beat-rate --json | python examples/published_tables.py TABLE

The published figures are in published_figures.csv, each with how it was cut to its digits. Leaves with 1 if one of them
is not what comes out here, cut in the same way.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

PUBLISHED = Path(__file__).with_name("published_figures.csv")
CUT = {"rounded": ROUND_HALF_UP, "half to even": ROUND_HALF_EVEN, "floored": ROUND_FLOOR}
PLAIN = {"winning-score"}  # figures that are not in percent

Figures = dict[tuple[str, str, str], list[float]]
Figure = tuple[tuple[str, str, str], list[float]]


def figures_of(found: dict[str, Any]) -> Figures:
    """The figures in what a command printed, by model, what it is set against, and the figure's name."""
    if "contests" in found:
        return dict(of_verdicts(found["contests"]))
    if "shares" in found:
        return dict(of_votes(found["shares"]))
    return {
        (one["model"], one["length"], name): [100 * one[name]["value"]]
        for one in found["cells"]
        for name in ("rouge1", "rouge2", "rougeL")
    }


def of_verdicts(contests: list[dict[str, Any]]) -> Iterator[Figure]:
    """What ``tunesmith verdict --rule`` says of each contest."""
    for one in contests:
        for name, figure in one.items():
            key = one["model"], one["baseline"], name
            if name == "totals" and figure is not None:
                yield key, figure
            elif isinstance(figure, dict) and "wins" in figure:
                yield key, [figure["wins"], figure["ties"], figure["losses"]]
            elif isinstance(figure, dict) and figure["value"] is not None:
                yield key, [figure["value"] if name in PLAIN else 100 * figure["value"]]


def of_votes(shares: list[dict[str, Any]]) -> Iterator[Figure]:
    """What ``tunesmith votes`` says by each criterion: shares of the first model, of ties, and of the second."""
    for one in shares:
        first, second = one["models"]
        yield (first, second, one["criterion"]), [100 * one[name]["value"] for name in ("first", "tie", "second")]


def cut(number: float, like: str, how: str) -> str:
    """A number with as many digits as a published one, cut in the same way."""
    if how == "exact":
        return f"{number:g}"
    digits = Decimal(1).scaleb(-len(like.partition(".")[2]))
    return str(Decimal(repr(round(number, 9))).quantize(digits, CUT[how]))


def shown(numbers: list[float], published: str, how: str) -> str:
    """Our figure, written as the published one is."""
    mark = next((mark for mark in (" : ", " / ") if mark in published), " : ")
    likes = published.split(mark)
    if len(likes) != len(numbers):
        return mark.join(f"{number:g}" for number in numbers)
    return mark.join(cut(number, like, how) for number, like in zip(numbers, likes, strict=True))


def compared(figures: Figures, table: str) -> Iterator[tuple[str, ...]]:
    """A line for each published figure of a table: what, ours in full, published, how it was cut, whether it agrees."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == table]
    if not rows:
        raise SystemExit(f"{PUBLISHED} has no table {table!r}")
    for row in rows:
        numbers = figures.get((row["model"], row["baseline"], row["figure"]))
        names = row["model"], row["baseline"], row["figure"]
        if numbers is None:
            yield (*names, "-", row["published"], row["how"], "MISSING")
            continue
        ours = " / ".join(f"{number:.8g}" for number in numbers)
        agrees = shown(numbers, row["published"], row["how"]) == row["published"]
        yield (*names, ours, row["published"], row["how"], "the same" if agrees else "DIFFERS")


def main(table: str) -> int:
    """Print a table; 1 if a figure differs."""
    lines = list(compared(figures_of(json.load(sys.stdin)), table))
    heads = "model", "against", "figure", "ours", "published", "how", ""
    widths = [max(len(line[column]) for line in [heads, *lines]) for column in range(len(heads))]
    for line in [heads, *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return int(any(line[-1] != "the same" for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
