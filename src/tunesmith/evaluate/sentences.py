"""What a contest's figures say, in sentences: who is better, or that nobody can tell; and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator

from tunesmith.curate.positions import Bias
from tunesmith.estimates import Estimate, measured

from .findings import ContestReport
from .verdicts.outcome import outcome, side

__all__ = ["cautions", "counted", "outcome", "p_value", "percent", "sentence", "title", "verdict"]


def sentence(contest: ContestReport) -> str:
    """The honest sentence on a contest, and after it the sentences on what limits it."""
    return " ".join([verdict(contest), *cautions(contest)])


def title(contest: ContestReport) -> str:
    """``ours against theirs``; a test set that both are named after, ``ours (set)``, said once."""
    ours, theirs = contest.model, contest.baseline
    told, _, of = ours.rpartition(" (")
    return f"{told if told and theirs.endswith(f' ({of}') else ours} against {theirs}"


def verdict(contest: ContestReport) -> str:
    """Who is better, with the counts, the win rate with its interval, and the sign test."""
    ours, theirs, found = contest.model, contest.baseline, outcome(contest)
    if found == "not measured":
        return _unmeasured(contest)
    heads = {
        "better": f"{ours} is better than {theirs}",
        "worse": f"{ours} is worse than {theirs}",
        "not told apart": f"{ours} and {theirs} cannot be told apart",
        "not told from its place": _preferred(contest),
    }
    tally, rates = contest.by_question.tally, contest.by_question
    counts = f"{ours} wins {tally.wins:,} of {tally.n:,} questions, ties {tally.ties:,}, loses {tally.losses:,}"
    test = "" if rates.sign_test is None else f", sign test {p_value(rates.sign_test)}"
    return f"{heads[found]}: {counts}; win rate {percent(rates.win_rate)}{test}."


def _preferred(contest: ContestReport) -> str:
    """Who was preferred, where that may be due to the place alone."""
    first, second = contest.ours_first.tally.n, contest.theirs_first.tally.n
    names = contest.model, contest.baseline
    if side(contest.by_question.win_rate) < 0:
        names, first, second = names[::-1], second, first
    said = f"{names[0]} was preferred to {names[1]}, but"
    if not first or not second:
        return f"{said} was always shown {'first' if first else 'second'}, so what the place did cannot be told"
    return (
        f"{said} was shown first in {first:,} of {first + second:,} verdicts, and with both orders weighing the same "
        "the two cannot be told apart"
    )


def _unmeasured(contest: ContestReport) -> str:
    if contest.totals is None:
        return f"Nothing can be said of {contest.model} and {contest.baseline}: no verdict on them could be read."
    ours, theirs = (f"{points:,.6g}" for points in contest.totals)
    ratio = "" if contest.relative.value is None else f", {100 * contest.relative.value:.2f} % as many"
    return (
        f"{contest.model} has {ours} points and {contest.baseline} {theirs}{ratio}; sums alone do not tell how sure "
        "that is."
    )


def cautions(contest: ContestReport) -> Iterator[str]:
    """What limits the sentence: the report's notes, and what places and answer length have to do with it."""
    yield from contest.notes
    for bias in contest.positions:
        yield from _of_position(bias)
    yield from _of_length(contest)


def _of_position(bias: Bias) -> Iterator[str]:
    if found := side(bias.first):
        place, liked = ("first", bias.first) if found > 0 else ("second", _rest(bias.first))
        yield f"{bias.judge or 'The judge'} prefers the answer shown {place}, in {percent(liked)} of decisions."


def _of_length(contest: ContestReport) -> Iterator[str]:
    """What length surely does, whichever model it is that writes more."""
    length = contest.length
    if length is None or length.slope.low is None or length.slope.high is None:
        return
    if length.slope.low > 0 or length.slope.high < 0:
        which, shown = ("longer", length.longer) if length.slope.low > 0 else ("shorter", _rest(length.longer))
        yield (
            f"The {which} answer wins {percent(shown)} of the choices; at equal length the win rate would be "
            f"{percent(length.controlled)}, as a regression estimates."
        )


def _rest(found: Estimate) -> Estimate:
    """The share of all other cases."""
    value, low, high = (None if end is None else 1 - end for end in (found.value, found.high, found.low))
    return Estimate(value, low, high, found.rows)


def percent(found: Estimate) -> str:
    """A share with its interval: ``71.9 % (95 %: 66.1 to 77.2)``."""
    alone = found.value is not None and (found.low is None or found.high is None)
    return measured(found, 1, 100, " %", "95 %: ") + (", no interval" if alone else "")


def counted(number: int, what: str) -> str:
    """So many of something: ``1 question``, ``80 questions``."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def p_value(p: float) -> str:
    """A p-value in words: ``p = 0.031``; never 0."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}" if p < 0.01 else f"p = {p:.2f}"
