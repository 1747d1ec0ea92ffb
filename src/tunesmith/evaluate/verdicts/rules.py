"""The rules by which published systems say which of two models is better, each under its name.

Questions are the units of every interval: verdicts on one question, of several judges or in both orders, are about the
same two answers, and are not independent of each other. So a second judge who says what the first one says makes no
interval narrower.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import exp, fsum, inf, log

from tunesmith.estimates import Estimate, Ratio, jackknife
from tunesmith.evaluate.findings import Rates, Tally
from tunesmith.evaluate.reviews import Bout, Contest

from .bouts import by_question, outcome, tally_of, verdicts_on
from .exact import exact_share, sign_test

Points = tuple[float, float]
_FEWEST = 5  # questions; with fewer, Student's t on a logarithm leaves nearly every ratio possible


def relative_score(contest: Contest) -> Estimate:
    """Our points over theirs, each summed over readable verdicts (Vicuna, 2023; GPT-4-LLM; ExpertLLaMA)."""
    return ratio_of(points_by_question(contest))


def one_order(contest: Contest) -> Rates:
    """Every readable verdict counted for itself, as where each question was shown in one order only (FastChat)."""
    return rates(tally_of(verdict.sign or 0 for verdict in verdicts_on(bouts)) for bouts in _questions(contest))


def both_orders(contest: Contest) -> Rates:
    """Each question counted once: won if one order was won and the other not lost (L. Chen et al., AlpaGasus, 2023).

    How several judges and turns are dealt with is told at `balance`, and an order that could not be read at `counted`.
    """
    return rates(tally_of([outcome(bouts)]) for bouts in _questions(contest))


def shown(contest: Contest, first: bool) -> Rates:
    """The readable verdicts given with our answer shown first, or second, each counted for itself."""
    return rates(
        tally_of(verdict.sign or 0 for verdict in verdicts_on(bouts) if verdict.first is first)
        for bouts in _questions(contest)
    )


def rates(questions: Iterable[Tally]) -> Rates:
    """What there is to say of wins, ties and losses.

    The winning score is (W - L) / n + 1 (L. Chen et al., AlpaGasus, 2023), the beat rate W / (W + L), ties left out (F.
    Wan et al., Explore-Instruct, 2023), the win rate (W + T / 2) / n (X. Li et al., AlpacaEval, 2023).

    Args:
        questions: What became of each question.
    """
    kept = [tally for tally in questions if tally.n]
    total = Tally(sum(q.wins for q in kept), sum(q.ties for q in kept), sum(q.losses for q in kept))
    if all(tally.n == 1 for tally in kept):
        return rates_of(total)
    won, beat = Ratio(), Ratio()
    for tally in kept:
        won.add(tally.wins + tally.ties / 2, tally.n)
        beat.add(tally.wins, tally.wins + tally.losses)
    return Rates(total, _winning_score(won.share()), beat.share(), won.share(), None)


def rates_of(total: Tally) -> Rates:
    """The same where each question counts once, so that no more needs to be known than how many were won and tied.

    The interval of the beat rate is then exact.
    """
    won = Ratio()
    for worth, questions in ((1.0, total.wins), (0.5, total.ties), (0.0, total.losses)):
        won.count(worth, questions)
    beat = exact_share(total.wins, total.wins + total.losses)
    return Rates(total, _winning_score(won.share()), beat, won.share(), sign_test(total.wins, total.losses))


def _winning_score(win_rate: Estimate) -> Estimate:
    """Twice the win rate, and so is its interval: (W - L) / n + 1 = 2 (W + T / 2) / n."""
    value, low, high = (None if x is None else 2 * x for x in (win_rate.value, win_rate.low, win_rate.high))
    return replace(win_rate, value=value, low=low, high=high)


def points_by_question(contest: Contest) -> list[Points]:
    """Our points and theirs on each question, summed over the readable verdicts that have points."""
    found = []
    for bouts in _questions(contest):
        scores = [verdict.scores for verdict in verdicts_on(bouts) if verdict.scores is not None]
        if scores:
            found.append((fsum(ours for ours, _ in scores), fsum(theirs for _, theirs in scores)))
    return found


def totals_of(points: Sequence[Points]) -> Points | None:
    """Our points and theirs over all questions."""
    return (fsum(ours for ours, _ in points), fsum(theirs for _, theirs in points)) if points else None


def ratio_of(points: Sequence[Points]) -> Estimate:
    """The ratio of two totals, with the jackknife's interval over questions.

    It is worked out for the logarithm, so that what is said of A over B is what is said of B over A. With fewer than
    five questions there is none.
    """
    totals = totals_of(points)
    if totals is None or not totals[1]:
        return Estimate(rows=len(points))
    ours, theirs = totals
    if not ours:
        return Estimate(0.0, rows=len(points))
    without = [(_log(ours - a, theirs - b), 1) for a, b in points]
    found = jackknife(log(ours / theirs), without, -inf, inf)
    if len(points) < _FEWEST or found.low is None or found.high is None or found.error is None:
        return Estimate(ours / theirs, rows=len(points))
    return Estimate(ours / theirs, exp(found.low), exp(found.high), len(points), found.error * ours / theirs)


def _log(ours: float, theirs: float) -> float | None:
    return log(ours / theirs) if ours > 0 and theirs > 0 else None


def _questions(contest: Contest) -> Iterable[list[Bout]]:
    return by_question(contest).values()
