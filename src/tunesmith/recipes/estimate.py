"""What a run will ask, how long it may take and what it may cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from tunesmith.rows import Row
from tunesmith.teacher import Identity, Limits, Price, Request, Usage, Voice, for_batches, pick

from .recipe import Recipe

_TOKENS_A_SECOND = 60  # of one stream; a usual figure for hosted models
_FIRST_TOKEN = 0.5  # seconds until a reply begins, likewise

HOW = (
    "Tokens in are estimated at four ASCII characters each, and one for every other character; tokens out at each "
    "step's usual length. 'at most' counts max_tokens for every reply. Replies asked for a second time, or of a "
    "fallback teacher, are not counted."
)


@dataclass(slots=True)
class StepEstimate:
    """One step's requests to one teacher, and their tokens: in, out as usual, and out at most."""

    name: str
    teacher: str
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    most_out: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """All steps together; money in US dollars, ``None`` where a price is not known; time in seconds."""

    bound: ClassVar[str] = "about"

    steps: list[StepEstimate]
    cost: float | None
    most: float | None
    seconds: float
    paced_by: str


class BatchEstimate(Estimate):
    """The same for batches, where the time is the most that it may take."""

    bound = "up to"


Rounds = Callable[[int], int]


class Count:
    """Counts a step's requests, by the teacher that would answer.

    Args:
        label: The step.
        voices: The teachers, by the names that requests give.
        rounds: How many times it waits for all that it has asked before it asks on; see `Step.rounds`.
    """

    def __init__(
        self, label: str, voices: Mapping[str, Voice], rounds: Rounds = lambda requests: min(requests, 1)
    ) -> None:
        self.label, self.voices, self.rounds = label, voices, rounds
        self.teachers: dict[Identity, StepEstimate] = {}

    def __call__(self, request: Request, usual: int, most: int) -> None:
        """Count one request.

        Args:
            request: The request.
            usual: Tokens that its reply will probably have.
            most: Tokens that its reply may have.

        Raises:
            RunError: The teacher that it names is not there.
        """
        who = pick(self.voices, request.teacher).identity
        if who not in self.teachers:
            self.teachers[who] = StepEstimate(self.label, str(who))
        count = self.teachers[who]
        count.requests += 1
        count.tokens_in += sum(tokens_of(message.content) + 8 for message in request.messages)
        count.tokens_out += min(usual, most)
        count.most_out += most


def tokens_of(text: str) -> int:
    """Tokens of a text by rule of thumb: four ASCII characters each, one for every other character."""
    plain = len(text.encode("ascii", "ignore"))
    return -(-plain // 4) + len(text) - plain


def estimate(recipe: Recipe, rows: Iterable[Row], voices: Mapping[str, Voice], limits: Limits) -> Estimate:
    """Build every request of the run, with filler where a reply would go, and count.

    Args:
        recipe: What would be done.
        rows: The source.
        voices: The run's teachers, by the names that requests give.
        limits: What each teacher is allowed.

    Raises:
        RunError: A step asks a teacher that is not there.
    """
    counts = [Count(step.label, voices, step.rounds) for step in recipe.steps]
    for step, count in zip(recipe.steps, counts, strict=True):
        rows = step.foretell(rows, count)
    for _ in rows:
        pass
    return estimate_of(counts, voices, limits)


def estimate_of(counts: Iterable[Count], voices: Mapping[str, Voice], limits: Limits) -> Estimate:
    """Money and time of requests that have been counted, one step after the other."""
    counts = list(counts)
    counted = [count.teachers for count in counts]
    if limits.batch is not None:
        voices = for_batches(voices)
    prices = {voice.identity: voice.price for voice in voices.values()}
    asked = [(count, prices[who]) for counts in counted for who, count in counts.items()]
    if limits.batch is not None:
        # Each step waits for the last batch of the one before; the batches of one round run side by side.
        rounds = sum(count.rounds(sum(it.requests for it in count.teachers.values())) for count in counts)
        each = "a batch may take a day" + (f", and {rounds} are sent one after the other" if rounds > 1 else "")
        return _estimate(BatchEstimate, asked, rounds * 86_400.0, each)
    paces = {
        f"{limits.concurrency} at a time, {_TOKENS_A_SECOND} tokens a second each": max(
            _lasts(counted, lambda it: it.tokens_out / _TOKENS_A_SECOND + it.requests * _FIRST_TOKEN)
            / limits.concurrency,
            _lasts(counted, lambda it: it.tokens_out / it.requests / _TOKENS_A_SECOND + _FIRST_TOKEN),
        )
    }
    if limits.requests_per_minute:
        name = f"{limits.requests_per_minute:g} requests a minute"
        paces[name] = _lasts(counted, lambda it: it.requests) / limits.requests_per_minute * 60
    if limits.tokens_per_minute:
        # The pace counts what a request may use, as providers do.
        name = f"{limits.tokens_per_minute:g} tokens a minute"
        paces[name] = _lasts(counted, lambda it: it.tokens_in + it.most_out) / limits.tokens_per_minute * 60
    paced_by = max(paces, key=lambda name: paces[name])
    return _estimate(Estimate, asked, paces[paced_by], paced_by)


def _estimate(
    kind: type[Estimate], asked: list[tuple[StepEstimate, Price | None]], seconds: float, paced_by: str
) -> Estimate:
    return kind(
        [count for count, _ in asked],
        _sum([price.cost(Usage(count.tokens_in, count.tokens_out)) if price else None for count, price in asked]),
        _sum([price.cost(Usage(count.tokens_in, count.most_out)) if price else None for count, price in asked]),
        seconds,
        paced_by,
    )


def _lasts(counted: Iterable[Mapping[Identity, StepEstimate]], how_long: Callable[[StepEstimate], float]) -> float:
    """How long all steps take one after the other, each as long as the slowest of the teachers that it asks at once."""
    return sum(max(map(how_long, counts.values()), default=0.0) for counts in counted)


def _sum(costs: list[float | None]) -> float | None:
    """The sum, unknown where a part is."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
