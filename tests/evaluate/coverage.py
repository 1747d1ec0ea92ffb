"""How often intervals hold the truth: simulated evaluations, and the truth from a very long one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.evaluate.simulated import World
from tunesmith.estimates import Estimate
from tunesmith.evaluate import ContestReport, Report, Review
from tunesmith.evaluate.verdicts import report

Measure = Callable[[Sequence[Review]], dict[str, Estimate]]


@dataclass
class Coverage:
    """What became of one figure's intervals.

    Attributes:
        truth: What they should hold.
        held: How many did.
        times: How many there were.
        width: The sum of their widths.
    """

    truth: float
    held: int = 0
    times: int = 0
    width: float = 0.0

    @property
    def share(self) -> float:
        return self.held / self.times if self.times else 0.0

    def add(self, found: Estimate) -> None:
        """Count an interval, if there is one."""
        if found.low is not None and found.high is not None:
            self.times += 1
            self.held += found.low <= self.truth <= found.high
            self.width += found.high - found.low


def figures(reviews: Sequence[Review]) -> dict[str, Estimate]:
    """All figures with an interval that reviews tell, by name; the model first in order of name is the baseline."""
    baseline = min(model for review in reviews for model in review.models)
    return dict(figures_of(report(reviews, baseline, resamples=1)))


def figures_of(found: Report) -> Iterator[tuple[str, Estimate]]:
    """All figures with an interval, with their names."""
    for contest in found.contests:
        pair = f"{contest.model}/{contest.baseline} " if len(found.contests) > 1 else ""
        for name, figure in _of_contest(contest):
            yield pair + name, figure
    for agreement in found.agreements:
        for name in ("accuracy", "kappa", "f1"):
            yield f"{'+'.join(agreement.judges)}: {name}", getattr(agreement, name)
    for standing in found.standings:
        yield f"{standing.model}: strength", standing.strength


def _of_contest(contest: ContestReport) -> Iterator[tuple[str, Estimate]]:
    yield "relative score", contest.relative
    for name in ("by_verdict", "by_question", "ours_first", "theirs_first"):
        rates = getattr(contest, name)
        for rate in ("win_rate", "winning_score", "beat_rate"):
            yield f"{name}.{rate}", getattr(rates, rate)
    for bias in contest.positions:
        for habit in ("first", "flips", "reversals", "ties"):
            yield f"{bias.judge}: {habit}", getattr(bias, habit)
        for place, mean in enumerate(bias.by_position, 1):
            yield f"{bias.judge}: points at place {place}", mean
    if contest.length is not None:
        for name in ("longer", "controlled", "slope"):
            yield f"length.{name}", getattr(contest.length, name)


def coverage(
    world: World, questions: int, seeds: int, truth_from: int = 30_000, measure: Measure = figures
) -> dict[str, Coverage]:
    """How often each interval holds the truth.

    Args:
        world: What is simulated.
        questions: Of each evaluation.
        seeds: How many evaluations.
        truth_from: From how many questions the truth is found; its own error then hardly matters.
        measure: What makes figures of reviews.
    """
    truths = {name: found.value for name, found in figures(world.reviews(truth_from, 0)).items()}
    counted = {name: Coverage(value) for name, value in truths.items() if value is not None}
    for seed in range(seeds):
        for name, found in measure(world.reviews(questions, seed + 1)).items():
            if name in counted:
                counted[name].add(found)
    return counted
