"""What should be said with a contest's figures, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tunesmith.evaluate.findings import ContestReport
from tunesmith.evaluate.reviews import Contest

_FEW = 30  # questions, below which hardly any difference can be told
_OTHER_SCALE = 2.0  # times the other judge's highest score


def notes_on(contest: Contest, found: ContestReport) -> Iterator[str]:
    """What to bear in mind about a contest, the gravest first."""
    yield from _left_out(contest, found)
    if not found.questions:
        yield "No verdict could be read, so there is nothing to tell."
        return
    yield from _missing(contest, found)
    yield from _same(found)
    yield from _orders(contest, found)
    yield from _judges(contest)
    yield from _lengths(contest, found)
    yield from _points(contest)
    if found.totals and found.relative.low is None:
        yield "The relative score has no interval: the questions do not differ, or there is but one."
    ties = found.by_question.tally.ties
    if ties > found.by_question.tally.n / 2:
        yield f"More than half of the questions are ties ({ties:,} of {found.by_question.tally.n:,})."


def _left_out(contest: Contest, found: ContestReport) -> Iterator[str]:
    if found.absent:
        every = {bout.question for bout in contest.bouts}
        out = {bout.question for bout in contest.bouts if bout.absent}
        of = [f"of {name}" if len(out) == count else f"of {name} ({count:,})" for name, count in found.absent.items()]
        are = "is" if len(out) == 1 else "are"
        yield f"Of {len(every):,} questions, {len(out):,} {are} left out: no answer {' or '.join(of)}."


def _same(found: ContestReport) -> Iterator[str]:
    if found.same:
        rest = found.relative.rows
        only = f" The relative score rests on {rest:,} other{'s' * (rest != 1)}." if found.totals else ""
        yield (
            f"Both answers to {found.same:,} of {found.questions:,} questions are the same; these tie, and no judge "
            f"was asked.{only}"
        )


def _missing(contest: Contest, found: ContestReport) -> Iterator[str]:
    if found.unreadable:
        all_of_them = found.verdicts + found.unreadable
        yield f"{found.unreadable:,} of {all_of_them:,} verdicts could not be read; they count neither way."
    silent = len({bout.question for bout in contest.bouts if not bout.absent}) - found.questions
    if silent:
        yield f"{silent:,} {_questions(silent)} no readable verdict at all and count for nothing."
    if (few := found.by_question.tally.n) < _FEW:
        yield (
            f"There are few questions ({few:,}): hardly any difference can be told, and intervals hold the truth "
            "somewhat less often than 95 %."
        )


def _orders(contest: Contest, found: ContestReport) -> Iterator[str]:
    if not found.verdicts:
        return
    ours, theirs = found.ours_first.tally.n, found.theirs_first.tally.n
    known, one = ours + theirs, sum(bout.one_order for bout in contest.bouts)
    if not known:
        yield "It is not known which answer was shown first, so position bias can be neither measured nor cancelled."
        return
    if known < found.verdicts:
        unknown = found.verdicts - known
        yield f"Of {unknown:,} of {found.verdicts:,} verdicts, it is not known which answer was shown first."
    if 2 * known < found.verdicts:
        return
    if found.paired:
        if one:
            yield (
                f"{one:,} of {one + found.both_orders:,} comparisons could be read in one order only; they are left "
                "out where each question counts once, and of the relative score."
            )
    elif not ours or not theirs:
        yield (
            f"{contest.model if ours else contest.baseline} was always shown first: what a judge's liking for a place "
            "does to the figures cannot be told; show both orders."
        )
    else:
        every = one + found.both_orders
        both = f"Only {found.both_orders:,} of {every:,} comparisons were" if found.both_orders else "No comparison was"
        yield (
            f"{both} read in both orders, so position bias cancels out over questions at best; {contest.model} was "
            f"shown first in {ours:,} of {known:,} verdicts."
        )


def _lengths(contest: Contest, found: ContestReport) -> Iterator[str]:
    if found.length is not None and found.length.why:
        yield f"The win rate at equal length cannot be told: {found.length.why}."


def _judges(contest: Contest) -> Iterator[str]:
    heard = {(bout.question, bout.judge) for bout in contest.bouts if bout.given}
    judges, questions = sorted({judge for _, judge in heard}), {question for question, _ in heard}
    if len(judges) > 1:
        each = "each question has one of them" if len(heard) == len(questions) else "each has one voice on a question"
        yield f"There are {len(judges):,} judges; {each}."
    for judge in judges:
        for model in (contest.model, contest.baseline):
            if _bare(judge) and _bare(judge) == _bare(model):
                yield f"{judge} judged its own answers."


def _points(contest: Contest) -> Iterator[str]:
    """What makes some verdicts weigh more than others in the relative score."""
    scored = [(bout, verdict.scores) for bout in contest.bouts for verdict in bout.read if verdict.scores is not None]
    most: dict[str, float] = {}
    for bout, scores in scored:
        most[bout.judge] = max(most.get(bout.judge, 0.0), *scores)
    if most and max(most.values()) > _OTHER_SCALE * min(most.values()):
        high, low = max(most, key=most.__getitem__), min(most, key=most.__getitem__)
        yield (
            f"The relative score is mostly made by {high or 'the judge'}, whose scores go up to {most[high]:g}; those "
            f"of {low or 'the judge'} go up to {most[low]:g}."
        )
    number = Counter(bout.question for bout, _ in scored)
    if number and max(number.values()) > 2 * min(number.values()):
        yield (
            f"Questions have {min(number.values()):,} to {max(number.values()):,} verdicts with scores, and those with "
            "more weigh more in the relative score."
        )


def _bare(name: str) -> str:
    """A model's name without its provider, folder, and punctuation."""
    return "".join(c for c in name.rpartition(":")[2].rpartition("/")[2].casefold() if c.isalnum())


def _questions(number: int) -> str:
    return "question has" if number == 1 else "questions have"
