"""What is found out about contests: plain figures, each with its n and its interval, for tables, pages and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tunesmith.curate.positions import Bias
from tunesmith.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Tally:
    """Wins, ties and losses of our model."""

    wins: int = 0
    ties: int = 0
    losses: int = 0

    @property
    def n(self) -> int:
        """How many there are."""
        return self.wins + self.ties + self.losses


@dataclass(frozen=True, slots=True)
class Rates:
    """A tally, and what the published systems make of one.

    Attributes:
        tally: The counts.
        winning_score: (W - L) / n + 1; above 1 is better than the baseline (AlpaGasus).
        beat_rate: W / (W + L) (Explore-Instruct).
        win_rate: (W + T / 2) / n (AlpacaEval); 0.5 is as good as the baseline.
        sign_test: Two-sided exact p of as uneven a split of wins and losses, were both equally likely; ``None`` if
            there are neither, or if a question counts more than once, since its verdicts are then not independent.
    """

    tally: Tally
    winning_score: Estimate = Estimate()
    beat_rate: Estimate = Estimate()
    win_rate: Estimate = Estimate()
    sign_test: float | None = None


@dataclass(frozen=True, slots=True)
class LengthBias:
    """What answer length has to do with a contest's verdicts.

    Attributes:
        longer: Of bouts with a winner whose answers differ in length, the share won by the longer one.
        words: Mean number of words of our answers and of theirs.
        controlled: Win rate if both answers were equally long (Dubois et al., 2024).
        slope: How much a longer answer helps in that regression: log-odds for each unit of the scaled difference.
        why: Why these two cannot be told; empty if they can.
    """

    longer: Estimate
    words: tuple[float, float]
    controlled: Estimate
    slope: Estimate
    why: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A contest's figures on the questions of one category, skill, difficulty and so on.

    Attributes:
        column: What questions are grouped by.
        value: The group.
        relative: Our points over theirs, as a ratio.
        by_question: By the rule for both orders.
    """

    column: str
    value: str
    relative: Estimate
    by_question: Rates


@dataclass(frozen=True, slots=True)
class ContestReport:
    """What is found out about one contest.

    Attributes:
        model: Ours.
        baseline: Theirs.
        questions: On how many questions there is at least one readable verdict.
        verdicts: How many verdicts of judges could be read.
        unreadable: How many could not; they count for nothing.
        both_orders: On how many bouts, which are what one judge said of one turn of a question, there are readable
            verdicts in both orders.
        totals: Our points and theirs, summed over counted verdicts that have points; ``None`` if none has.
        relative: Ratio of the totals (1 = as many points), with its interval over questions.
        by_verdict: Each verdict counted for itself, "one order".
        by_question: Each question counted once: won if the verdicts on it speak for us on balance. Both orders weigh
            the same, so do turns, and so do judges; for one judge who saw each order once, a win is one order won and
            the other not lost.
        ours_first: Verdicts with our answer shown first.
        theirs_first: Verdicts with theirs shown first.
        positions: Position bias of each judge who saw either model first at times.
        length: Length bias; ``None`` where lengths are not known.
        groups: The figures by category, skill and so on.
        notes: What should be said with the figures, in sentences.
        same: On how many of the questions both answers are the same, and tie without a judge.
        absent: How many questions beside these are left out since a model gave no answer, by model.
        paired: Whether most bouts were read in both orders, so that those read in one order only are left out of
            `totals`, `relative`, `by_question`, `length` and `groups`.
        balanced: Win rate over verdicts if both orders weigh the same, however often each was shown; no value if only
            one was shown.
    """

    model: str
    baseline: str
    questions: int
    verdicts: int
    unreadable: int
    both_orders: int
    totals: tuple[float, float] | None
    relative: Estimate
    by_verdict: Rates
    by_question: Rates
    ours_first: Rates
    theirs_first: Rates
    positions: tuple[Bias, ...] = ()
    length: LengthBias | None = None
    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()
    same: int = 0
    absent: Mapping[str, int] = field(default_factory=dict)
    paired: bool = False
    balanced: Estimate = Estimate()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two judges agree on who is better (win, tie or loss of the same bout).

    Attributes:
        judges: The two; people are a judge as well.
        accuracy: Share of bouts on which both say the same.
        kappa: Cohen's kappa over win, tie and loss.
        f1: Macro-averaged F1 over win, tie and loss; the same whichever judge is taken for the truth.
        why: Why kappa and F1 have no interval; empty if they have one.
    """

    judges: tuple[str, str]
    accuracy: Estimate
    kappa: Estimate
    f1: Estimate
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A model's place among several.

    Attributes:
        model: Which.
        strength: Bradley-Terry strength on Elo's scale: 400 points are odds of ten to one, and the mean of all is 1000;
            ``None`` for a model that the others do not bound, as one that lost to none of them.
        elo: Elo rating by games played one after the other, the mean over many shuffled orders.
        bouts: How many bouts with a readable verdict it took part in.
    """

    model: str
    strength: Estimate
    elo: float
    bouts: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is found out.

    Attributes:
        contests: One for each two models.
        agreements: One for each two judges with bouts in common.
        standings: The models, the strongest first; empty with fewer than three.
        scores: How often each judge gave each score, for pictures: by judge, score to count.
        notes: What should be said with it all, in sentences.
    """

    contests: tuple[ContestReport, ...]
    agreements: tuple[Agreement, ...] = ()
    standings: tuple[Standing, ...] = ()
    scores: Mapping[str, Mapping[float, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
