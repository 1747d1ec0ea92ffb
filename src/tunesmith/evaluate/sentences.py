"""What a contest's figures say, in sentences: who is better, or that nobody can tell; and what speaks against it.

One model is called better only if the 95 % interval of its win rate excludes a half.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tunesmith.estimates import Estimate

from .findings import ContestReport

Outcome = Literal["better", "worse", "not told apart", "not measured"]


def outcome(contest: ContestReport) -> Outcome:
    """What the reviews say of our model; by the rule for both orders."""
    rate = contest.by_question.win_rate
    if rate.value is None:
        return "not measured"
    if rate.low is not None and rate.low > 0.5:
        return "better"
    if rate.high is not None and rate.high < 0.5:
        return "worse"
    return "not told apart"


def sentence(contest: ContestReport) -> str:
    """The honest sentence on a contest, and after it the sentences on what limits it."""
    return " ".join([verdict(contest), *cautions(contest)])


def verdict(contest: ContestReport) -> str:
    """Who is better, with the counts, the win rate with its interval, and the sign test."""
    ours, theirs, found = contest.model, contest.baseline, outcome(contest)
    if found == "not measured":
        return _unmeasured(contest)
    heads = {
        "better": f"{ours} is better than {theirs}",
        "worse": f"{ours} is worse than {theirs}",
        "not told apart": f"{ours} and {theirs} cannot be told apart",
    }
    tally, rates = contest.by_question.tally, contest.by_question
    counts = f"{ours} wins {tally.wins:,} of {tally.n:,} questions, ties {tally.ties:,}, loses {tally.losses:,}"
    test = "" if rates.sign_test is None else f", sign test {p_value(rates.sign_test)}"
    return f"{heads[found]}: {counts}; win rate {percent(rates.win_rate)}{test}."


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
    """What limits the sentence: the report's notes, and what answer length has to do with it."""
    yield from contest.notes
    yield from _of_length(contest)


def _of_length(contest: ContestReport) -> Iterator[str]:
    length = contest.length
    if length is None or not (side := _side(length.longer)):
        return
    which, shown = ("longer", length.longer) if side > 0 else ("shorter", _rest(length.longer))
    said = f"The {which} answer wins {percent(shown)} of the choices"
    if length.controlled.value is not None:
        said += f"; at equal length the win rate would be {percent(length.controlled)}"
    yield said + "."


def _side(found: Estimate) -> int:
    """1 if a share is surely above a half, -1 if it is surely below, else 0."""
    return (found.low is not None and found.low > 0.5) - (found.high is not None and found.high < 0.5)


def _rest(found: Estimate) -> Estimate:
    """The share of all other cases."""
    value, low, high = (None if end is None else 1 - end for end in (found.value, found.high, found.low))
    return Estimate(value, low, high, found.rows)


def percent(found: Estimate) -> str:
    """A share with its interval: ``71.9 % (95 %: 66.1 to 77.2)``."""
    return interval(found, " %", ", no interval").replace(" (", " (95 %: ", 1)


def interval(found: Estimate, unit: str = "", alone: str = "", digits: int = 1) -> str:
    """A figure with its interval as it stands in a table: ``71.9 % (66.1 to 77.2)``; a dash if there is no figure.

    Args:
        found: The figure.
        unit: What stands after it; shares with ``" %"`` are written as hundredths.
        alone: What stands after a figure that has no interval.
        digits: How many decimals.
    """
    times = 100 if unit == " %" else 1
    if found.value is None:
        return "–"
    value = f"{times * found.value:,.{digits}f}{unit}"
    if found.low is None or found.high is None:
        return value + alone
    return f"{value} ({times * found.low:,.{digits}f} to {times * found.high:,.{digits}f})"


def p_value(p: float) -> str:
    """A p-value in words: ``p = 0.031``; never 0."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.4f}" if p < 0.01 else f"p = {p:.2f}"
