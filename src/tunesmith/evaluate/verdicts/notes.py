"""What should be said with a contest's figures, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from tunesmith.evaluate.findings import ContestReport
from tunesmith.evaluate.reviews import Contest

from .bouts import by_question

_FEW = 30  # questions, below which hardly any difference can be told


def notes_on(contest: Contest, found: ContestReport) -> Iterator[str]:
    """What to bear in mind about a contest, the gravest first."""
    if not found.verdicts:
        yield "No verdict could be read, so there is nothing to tell."
        return
    yield from _missing(contest, found)
    yield from _orders(contest, found)
    yield from _judges(contest)
    yield from _lengths(contest, found)
    if found.totals and found.relative.low is None:
        yield "The relative score has no interval: the questions do not differ, or there is but one."
    ties = found.by_question.tally.ties
    if ties > found.questions / 2:
        yield f"More than half of the questions are ties ({ties:,} of {found.questions:,})."


def _missing(contest: Contest, found: ContestReport) -> Iterator[str]:
    if found.unreadable:
        all_of_them = found.verdicts + found.unreadable
        yield f"{found.unreadable:,} of {all_of_them:,} verdicts could not be read; they count neither way."
    silent = len({bout.question for bout in contest.bouts}) - found.questions
    if silent:
        yield f"{silent:,} {_questions(silent)} no readable verdict at all and count for nothing."
    if found.questions < _FEW:
        yield f"There are few questions ({found.questions:,}), so the intervals are wide."


def _orders(contest: Contest, found: ContestReport) -> Iterator[str]:
    read = [bout for bouts in by_question(contest).values() for bout in bouts]
    firsts = {verdict.first for bout in read for verdict in bout.read}
    half = len(read) - found.both_orders
    if firsts == {None}:
        yield "It is not known which answer was shown first, so position bias can be neither measured nor cancelled."
    elif not found.both_orders and len(firsts - {None}) == 1:
        yield (
            f"{contest.model if True in firsts else contest.baseline} was always shown first: what a judge's liking "
            "for a place does to the figures cannot be told; show both orders."
        )
    elif not found.both_orders:
        yield "Each question was shown in one order, so position bias cancels out over questions at best."
    elif half:
        yield f"{half:,} of {len(read):,} bouts have readable verdicts in one order only, and count by that one."
    for bias in found.positions:
        first = bias.first
        if first.value is not None and first.low is not None and first.high is not None:
            side = "first" if first.low > 0.5 else "second" if first.high < 0.5 else None
            if side:
                liked = first.value if side == "first" else 1 - first.value
                yield f"{bias.judge or 'The judge'} prefers the answer shown {side} ({100 * liked:.1f} % of decisions)."


def _lengths(contest: Contest, found: ContestReport) -> Iterator[str]:
    if found.length is None:
        return
    if found.length.controlled.value is None:
        yield (
            "The length-controlled win rate cannot be told: differences in length are all the same, or separate wins "
            "from losses, or all was won or lost."
        )
        return
    gaps = [bout.lengths[0] - bout.lengths[1] for bout in contest.bouts if bout.read and bout.lengths is not None]
    if min(gaps) > 0 or max(gaps) < 0:
        longer = contest.model if min(gaps) > 0 else contest.baseline
        yield f"{longer} always answers at greater length, so the length-controlled win rate is a guess."


def _judges(contest: Contest) -> Iterator[str]:
    judges = sorted({bout.judge for bout in contest.bouts if bout.read})
    if len(judges) > 1:
        yield f"There are {len(judges)} judges, each with one voice on a question."
    for judge in judges:
        for model in (contest.model, contest.baseline):
            if _bare(judge) and _bare(judge) == _bare(model):
                yield f"{judge} judged its own answers."


def _bare(name: str) -> str:
    """A model's name without its provider, folder, and punctuation."""
    return "".join(c for c in name.rpartition(":")[2].rpartition("/")[2].casefold() if c.isalnum())


def _questions(number: int) -> str:
    return "question has" if number == 1 else "questions have"
