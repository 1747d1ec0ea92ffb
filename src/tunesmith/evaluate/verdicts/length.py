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
    controlled, slope = length_controlled(gaps, [(balance(bouts) + 1) / 2 for bouts, _ in known])
    words = [fsum(lengths[side] for _, lengths in known) / len(known) for side in (0, 1)]
    return LengthBias(_longer([bouts for bouts, _ in known], gaps), (words[0], words[1]), controlled, slope)


def _longer(questions: Sequence[list[Bout]], gaps: Sequence[int]) -> Estimate:
    """Of bouts with a winner whose answers differ in length, the share won by the longer one."""
    ratio = Ratio()
    for bouts, gap in zip(questions, gaps, strict=True):
        signs = [sign for bout in bouts if (sign := outcome([bout]))] if gap else []
        ratio.add(sum(sign * gap > 0 for sign in signs), len(signs))
    return ratio.share()


def length_controlled(gaps: Sequence[float], outcomes: Sequence[float]) -> tuple[Estimate, Estimate]:
    """The win rate if both answers were equally long, and how much length matters.

    Y. Dubois et al. (Length-Controlled AlpacaEval, 2024) fit log-odds of a win of theta + phi * tanh(d / sd(d)), with
    d the difference in length, and read off the win rate at d = 0, sigma(theta). Their third term, the difficulty of
    each instruction, needs the answers of many models and is left out, so this works on anybody's questions.

    What is found at d = 0 is found from questions at which it is about 0, or which lie on both sides: where one model
    is always the longer one, it is a guess.

    Args:
        gaps: Words of our answer less words of theirs, for each question.
        outcomes: The share won: the mean over verdicts of 1 for a win, 1/2 for a tie, 0 for a loss.

    Returns:
        The win rate, and phi. Their values are ``None`` if lengths do not differ from question to question, or if
        length or nothing at all separates wins from losses, so that the odds have no limit.
    """
    rows = len(gaps)
    mean = fsum(gaps) / rows
    spread = sqrt(fsum((gap - mean) ** 2 for gap in gaps) / rows)
    line = fit([tanh(gap / spread) for gap in gaps], outcomes) if spread > _ALIKE and rows > 2 else None
    if line is None:
        return Estimate(rows=rows), Estimate(rows=rows)
    value = sigmoid(line.intercept)
    if max(line.errors) < _ALIKE:
        return Estimate(value, rows=rows), Estimate(line.slope, rows=rows)
    reach, slack = (student(rows - 2) * error for error in line.errors)
    ends = sigmoid(line.intercept - reach), sigmoid(line.intercept + reach)
    return (
        Estimate(value, *ends, rows, line.errors[0] * value * (1 - value)),
        Estimate(line.slope, line.slope - slack, line.slope + slack, rows, line.errors[1]),
    )
