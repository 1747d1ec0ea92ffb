"""What a run will ask, how long it may take and what it may cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tunesmith.errors import Drop
from tunesmith.rows import Row
from tunesmith.steps import Step, TeacherStep
from tunesmith.teacher import Limits, Price, Usage

from .recipe import Recipe

_TOKENS_A_SECOND = 60  # of one stream; a usual figure for hosted models
_FIRST_TOKEN = 0.5  # seconds until a reply begins, likewise

HOW = (
    "Tokens in are estimated at four ASCII characters each, and one for every other character; tokens out at each "
    "step's usual length. 'at most' counts max_tokens for every reply. Replies asked for a second time are not counted."
)


@dataclass(slots=True)
class StepEstimate:
    """One step's requests and tokens: in, out as usual, and out at most."""

    name: str
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    most_out: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """All steps together; money in US dollars, time in seconds."""

    steps: list[StepEstimate]
    cost: float | None
    most: float | None
    seconds: float
    paced_by: str


def tokens_of(text: str) -> int:
    """Tokens of a text by rule of thumb: four ASCII characters each, one for every other character."""
    plain = len(text.encode("ascii", "ignore"))
    return -(-plain // 4) + len(text) - plain


def estimate(recipe: Recipe, rows: Iterable[Row], price: Price | None, limits: Limits) -> Estimate:
    """Build every request of the run, with filler where a reply would go, and count."""
    steps = [StepEstimate(step.label) for step in recipe.steps]
    for step, counts in zip(recipe.steps, steps, strict=True):
        rows = _through(step, rows, counts)
    for _ in rows:
        pass
    asking = [counts for counts in steps if counts.requests]
    requests, given, made, most = (
        sum(getattr(counts, name) for counts in asking) for name in ("requests", "tokens_in", "tokens_out", "most_out")
    )
    paces = {
        f"{limits.concurrency} at a time, {_TOKENS_A_SECOND} tokens a second each": (
            max(
                (made / _TOKENS_A_SECOND + requests * _FIRST_TOKEN) / limits.concurrency,
                sum(step.tokens_out / step.requests / _TOKENS_A_SECOND + _FIRST_TOKEN for step in asking),
            )
        )
    }
    if limits.requests_per_minute:
        paces[f"{limits.requests_per_minute:g} requests a minute"] = requests / limits.requests_per_minute * 60
    if limits.tokens_per_minute:
        # The pace counts what a request may use, as providers do.
        paces[f"{limits.tokens_per_minute:g} tokens a minute"] = (given + most) / limits.tokens_per_minute * 60
    paced_by = max(paces, key=lambda name: paces[name])
    return Estimate(
        asking,
        price.cost(Usage(given, made)) if price else None,
        price.cost(Usage(given, most)) if price else None,
        paces[paced_by],
        paced_by,
    )


def _through(step: Step, rows: Iterable[Row], counts: StepEstimate) -> Iterator[Row]:
    for row in rows:
        if isinstance(step, TeacherStep):
            try:
                requests = step.requests(dict(row))
            except Drop:
                continue
            for request in requests:
                counts.requests += 1
                counts.tokens_in += sum(tokens_of(message.content) + 8 for message in request.messages)
                counts.tokens_out += min(step.expected_tokens, step.max_tokens)
                counts.most_out += step.max_tokens
        yield from step.sketch(row)
