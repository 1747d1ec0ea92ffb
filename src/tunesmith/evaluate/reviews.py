"""What judges said of two answers, brought into one form: reviews, and the bouts of two models that they make up.

A *review* is one reply of one judge: two answers to one question, in the order in which they were shown. A *bout* is
all that one judge said of two models' answers to one question, or to one turn of it, in whichever orders. A *contest*
is all bouts of two models. Everything that is counted or estimated is worked out over bouts, so that it does not matter
which file format a review came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Review:
    """One judge's verdict on two answers to one question.

    Attributes:
        question: The question's id.
        models: Whose answers they are, in the order in which they were shown; if that is not known, in any.
        sign: 1 if the first of the two is better, -1 if the second is, 0 for a tie; ``None`` if nobody can tell what
            the judge meant, which is neither a tie nor a loss.
        scores: The points of either, in the order of `models`; ``None`` if the judge gave none.
        judge: Who; empty if the file does not say.
        shown: Whether `models` stand in the order in which the judge saw them.
        same: Whether both answers are the same, so that they tie and no judge was asked.
        absent: Which of the models gave no answer, so that no judge was asked.
        facts: What is known of the question: category, skill, difficulty and whatever else the file says.
        lengths: How many words either answer has, split at white space, in the order of `models`.
        where: File and line, for messages.
        asked: What was asked, for people to read; empty if that is not known.
        answers: The answers, in the order of `models`.
        why: The judge's own words.
    """

    question: str
    models: tuple[str, str]
    sign: int | None
    scores: tuple[float, float] | None = None
    judge: str = ""
    shown: bool = True
    facts: Facts = field(default_factory=dict)
    lengths: tuple[int, int] | None = None
    where: str = ""
    asked: str = ""
    answers: tuple[str, str] | None = None
    why: str = ""
    same: bool = False
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A review seen from one of the two models, "ours".

    Attributes:
        sign: 1 if ours is better, 0 for a tie, -1 if theirs is, ``None`` if unreadable.
        scores: Ours and theirs.
        first: Whether ours was shown first; ``None`` if that is not known, or no judge was asked.
        same: As a review has it.
        absent: As a review has it.
    """

    sign: int | None
    scores: tuple[float, float] | None
    first: bool | None
    same: bool = False
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bout:
    """All that one judge said of two models' answers to one question, or to one turn of it.

    Attributes:
        question: The question's id.
        judge: Who.
        verdicts: At least one; two where both orders were shown.
        facts: What is known of the question.
        lengths: Words of our answer and of theirs.
        turn: Which turn of the question, where the facts have one.
    """

    question: str
    judge: str
    verdicts: tuple[Verdict, ...]
    facts: Facts = field(default_factory=dict)
    lengths: tuple[int, int] | None = None
    turn: str = ""

    @property
    def read(self) -> tuple[Verdict, ...]:
        """The verdicts that could be read."""
        return tuple(verdict for verdict in self.verdicts if verdict.sign is not None)

    @property
    def given(self) -> tuple[Verdict, ...]:
        """The readable verdicts that a judge gave; two answers that are the same tie without one."""
        return tuple(verdict for verdict in self.read if not verdict.same)

    @property
    def absent(self) -> tuple[str, ...]:
        """Which of the models gave no answer."""
        return tuple(dict.fromkeys(name for verdict in self.verdicts for name in verdict.absent))

    @property
    def both_orders(self) -> bool:
        """Whether there are readable verdicts with ours first and with ours second."""
        return {verdict.first for verdict in self.read} >= {True, False}

    @property
    def one_order(self) -> bool:
        """Whether all readable verdicts of which the order is known were given in the same one."""
        return len({verdict.first for verdict in self.read} - {None}) == 1


@dataclass(frozen=True, slots=True)
class Contest:
    """All bouts of two models.

    Attributes:
        model: Ours.
        baseline: Theirs.
        bouts: One for each question, turn and judge, in the order in which questions first came up.
    """

    model: str
    baseline: str
    bouts: tuple[Bout, ...]

    @property
    def judges(self) -> tuple[str, ...]:
        """Who judged, in order of name."""
        return tuple(sorted({bout.judge for bout in self.bouts}))


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of points over all questions, where a publication gives no more."""

    model: str
    baseline: str
    points: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions were won, tied and lost, where a publication gives no more."""

    model: str
    baseline: str
    wins: int
    ties: int
    losses: int


def contests_of(reviews: Iterable[Review], baseline: str | None = None) -> list[Contest]:
    """Sort reviews into contests, one for each two models.

    Args:
        reviews: Of any models, in any order.
        baseline: The model that the others are measured against: it is never "ours". If not given, the one model that
            all others were compared with, and only with that. Of two models neither of which is it, the one that comes
            first in the reviews is the baseline of the other.
    """
    seen: dict[str, None] = {}
    found: dict[tuple[str, str], dict[tuple[str, str, str], list[Review]]] = {}
    kept = list(reviews)
    for review in kept:
        seen |= dict.fromkeys(review.models)
    baseline = baseline or _common({frozenset(review.models) for review in kept})
    ranked = sorted(seen, key=lambda name: name != baseline)  # stable: the baseline first, the others as they came
    place = {name: number for number, name in enumerate(ranked)}
    for review in kept:
        theirs, ours = sorted(review.models, key=place.__getitem__)
        key = review.question, review.judge, _turn(review)
        found.setdefault((ours, theirs), {}).setdefault(key, []).append(review)
    pairs = [(ours, theirs) for theirs, ours in combinations(ranked, 2) if (ours, theirs) in found]
    return [
        Contest(ours, theirs, tuple(_bout(bout, ours) for bout in found[ours, theirs].values()))
        for ours, theirs in pairs
    ]


def _common(pairs: set[frozenset[str]]) -> str | None:
    """The model that is in all of several pairs."""
    shared = frozenset.intersection(*pairs) if len(pairs) > 1 else frozenset()
    return next(iter(shared), None)


def _turn(review: Review) -> str:
    turn = review.facts.get("turn")
    return "" if turn is None else str(turn)


def _bout(reviews: list[Review], ours: str) -> Bout:
    reviews = sorted(
        reviews, key=lambda one: (repr(sorted(one.facts.items())), one.lengths or ())
    )  # in any order, alike
    facts: dict[str, Any] = {}
    lengths = None
    for review in reviews:
        facts |= review.facts
        if review.lengths is not None:
            lengths = review.lengths if review.models[0] == ours else review.lengths[::-1]
    verdicts = tuple(_seen_from(review, ours) for review in reviews)
    return Bout(reviews[0].question, reviews[0].judge, verdicts, facts, lengths, _turn(reviews[0]))


def _seen_from(review: Review, ours: str) -> Verdict:
    is_first = review.models[0] == ours
    sign, scores = review.sign, review.scores
    if not is_first:
        sign = None if sign is None else -sign
        scores = None if scores is None else scores[::-1]
    first = is_first if review.shown and not review.same else None
    return Verdict(sign, scores, first, review.same, review.absent)
