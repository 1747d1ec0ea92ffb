"""How often the intervals of verdicts hold the truth, and how wide they are: ours, and two other ways of making them.

    python benchmarks/judge_coverage.py [--markdown] [--seeds 300] [--questions 80] [--bootstrap 0] [--world ONE ...]

Judges with known habits (`tests/evaluate/simulated.py`) review so many questions, over and over with other seeds; the
truth is what 30,000 questions give. "held" is the share of intervals that hold it, in per cent, and should be 95;
binomial noise on 300 of them is 1.3 points. "wide" is their mean width.

"verdicts" takes every verdict for an independent one and gives Wilson's interval, which is what a program does that
does not know of questions; it is there for figures that are shares of verdicts. "bootstrap" is the percentile bootstrap
that draws questions with replacement, as often as --bootstrap says.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench_table import render

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.evaluate import simulated  # noqa: E402 - found by the line above
from tests.evaluate.coverage import Coverage, coverage, figures  # noqa: E402 - found by the line above

from tunesmith.estimates import Estimate, share  # noqa: E402 - comes after them
from tunesmith.evaluate import Review  # noqa: E402 - likewise

WORLDS = ("ONE", "SINGLE", "TWO", "LETTERS", "SEVERAL")


def verdicts(reviews: Sequence[Review]) -> dict[str, Estimate]:
    """Shares of verdicts as if each verdict were independent of all others."""
    return {
        name: share(found.value * found.rows, found.rows)
        for name, found in figures(reviews).items()
        if name.endswith(("win_rate", "beat_rate", "first", "ties", "longer", "accuracy")) and found.value is not None
    }


def bootstrap(reviews: Sequence[Review], times: int) -> dict[str, Estimate]:
    """The percentile bootstrap over questions."""
    by_question: dict[str, list[Review]] = {}
    for review in reviews:
        by_question.setdefault(review.question, []).append(review)
    questions, dice = list(by_question.values()), random.Random(len(reviews))
    drawn: dict[str, list[float]] = {}
    for _ in range(times):
        picked = enumerate(dice.choices(questions, k=len(questions)))
        again = [replace(review, question=str(number)) for number, group in picked for review in group]
        for name, found in figures(again).items():
            if found.value is not None:
                drawn.setdefault(name, []).append(found.value)
    return {name: _percentiles(sorted(values)) for name, values in drawn.items()}


def _percentiles(values: list[float]) -> Estimate:
    last = len(values) - 1
    return Estimate(None, values[round(0.025 * last)], values[round(0.975 * last)])


def cells(found: Coverage | None) -> list[str]:
    if found is None or not found.times:
        return ["-", "-"]
    return [f"{100 * found.share:.1f}", f"{found.width / found.times:.3g}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--questions", type=int, default=80)
    parser.add_argument("--bootstrap", type=int, default=0)
    parser.add_argument("--truth", type=int, default=30_000)
    parser.add_argument("--world", nargs="+", choices=WORLDS, default=WORLDS)
    told = parser.parse_args()
    for name in told.world:
        size = getattr(simulated, name), told.questions, told.seeds, told.truth
        columns = [coverage(*size), coverage(*size, verdicts)]
        heads = ["figure", "truth", "held", "wide", "verdicts held", "wide"]
        if told.bootstrap:
            columns.append(coverage(*size, lambda reviews: bootstrap(reviews, told.bootstrap)))
            heads += ["bootstrap held", "wide"]
        rows = [
            [figure, f"{found.truth:.3f}", *(cell for column in columns for cell in cells(column.get(figure)))]
            for figure, found in columns[0].items()
        ]
        print(render(f"{name}: {told.questions} questions, {told.seeds} seeds", [heads, *rows], told.markdown))


if __name__ == "__main__":
    main()
