"""Length bias: what the longer answer wins, and the win rate if both were equally long."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt, tanh

from tunesmith.estimates import Estimate, Ratio, student
from tunesmith.evaluate.findings import LengthBias
from tunesmith.evaluate.reviews import Bout, Contest

from .bouts import balance, by_question, outcome
from .logistic import fit, sigmoid

_ALIKE = 1e-12
_LEAST_ASIDE = 0.1  # of all questions: how many must not be on the side of the longer ones
_USELESS = 0.9  # width of an interval of the win rate
_FAR = 20.0  # log-odds, beyond which a slope's interval says nothing


def length_bias(contest: Contest) -> LengthBias | None:
    """What answer length has to do with the verdicts; ``None`` where no question's lengths are known."""
    known = [
        (bouts, lengths)
        for bouts in by_question(contest).values()
        if (lengths := next((bout.lengths for bout in bouts if bout.lengths is not None), None))
    ]
    if not known:
        return None
    gaps = [ours - theirs for _, (ours, theirs) in known]
    controlled, slope, why = length_controlled(gaps, [(balance(bouts) + 1) / 2 for bouts, _ in known])
    words = [fsum(lengths[side] for _, lengths in known) / len(known) for side in (0, 1)]
    return LengthBias(_longer([bouts for bouts, _ in known], gaps), (words[0], words[1]), controlled, slope, why)


def _longer(questions: Sequence[list[Bout]], gaps: Sequence[int]) -> Estimate:
    """Of bouts with a winner whose answers differ in length, the share won by the longer one."""
    ratio = Ratio()
    for bouts, gap in zip(questions, gaps, strict=True):
        signs = [sign for bout in bouts if (sign := outcome([bout]))] if gap else []
        ratio.add(sum(sign * gap > 0 for sign in signs), len(signs))
    return ratio.share()


def length_controlled(gaps: Sequence[float], outcomes: Sequence[float]) -> tuple[Estimate, Estimate, str]:
    """The win rate if both answers were equally long, and how much length matters.

    Y. Dubois et al. (Length-Controlled AlpacaEval, 2024) fit log-odds of a win of theta + phi * tanh(d / sd(d)), with
    d the difference in length, and read off the win rate at d = 0, sigma(theta). Their third term, the difficulty of
    each instruction, needs the answers of many models and is left out, so this works on anybody's questions.

    What is found at d = 0 is found from questions that lie on both sides of it, or there. Where nearly all lie on one
    side, liking for length and for a model cannot be told apart, and it would be a guess.

    Args:
        gaps: Words of our answer less words of theirs, for each question.
        outcomes: The share won: the mean over verdicts of 1 for a win, 1/2 for a tie, 0 for a loss.

    Returns:
        The win rate, and phi; or neither, and why.
    """
    rows = len(gaps)
    nothing = Estimate(rows=rows)
    sides = min(sum(gap >= 0 for gap in gaps), sum(gap <= 0 for gap in gaps))
    mean = fsum(gaps) / rows
    spread = sqrt(fsum((gap - mean) ** 2 for gap in gaps) / rows)
    if rows < 3:
        return nothing, nothing, "there are fewer than three questions"
    if spread <= _ALIKE:
        return nothing, nothing, "the answers differ in length by the same number of words everywhere"
    if sides < _LEAST_ASIDE * rows:
        return nothing, nothing, f"one model's answer is the longer one on {rows - sides:,} of {rows:,} questions"
    if len({*outcomes}) == 1 and outcomes[0] in (0.0, 1.0):
        return nothing, nothing, f"all questions were {'won' if outcomes[0] else 'lost'}"
    line = fit([tanh(gap / spread) for gap in gaps], outcomes)
    if line is None:
        return nothing, nothing, "length alone separates the questions won from those lost"
    value = sigmoid(line.intercept)
    if max(line.errors) < _ALIKE:
        return Estimate(value, rows=rows), Estimate(line.slope, rows=rows), ""
    reach, slack = (student(rows - 2) * error for error in line.errors)
    low, high = sigmoid(line.intercept - reach), sigmoid(line.intercept + reach)
    if high - low > _USELESS:
        return nothing, nothing, "the questions leave nearly every win rate possible"
    error = line.errors[0] * value * (1 - value)
    slope = Estimate(line.slope, line.slope - slack, line.slope + slack, rows, line.errors[1])
    if slack > _FAR:  # hardly any answers differ in length
        slope = nothing
    return Estimate(value, low, high, rows, error), slope, ""
