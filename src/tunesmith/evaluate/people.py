"""What people said of two models: shares with intervals, by criterion, and how far voters agree.

Votes on one question are not independent, so questions are the units of all intervals; where a file gives no more than
counts, each vote is taken for independent of the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate, Ratio, jackknife, share

from .findings import Tally
from .reviews import Review
from .verdicts.exact import sign_test
from .verdicts.outcome import side
from .vote_files import Ballot, Vote, VoteFiles

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Shares:
    """What people said of two models by one criterion.

    Attributes:
        criterion: By what; empty if that is not known.
        models: The two.
        tally: Votes for the first, ties, and votes for the second.
        first: Share of votes for the first.
        tie: Share of ties.
        second: Share of votes for the second.
        win_rate: (first + ties / 2) / votes; one model is preferred only if its interval excludes a half.
        sign_test: Two-sided exact p over questions, each with the side that most votes on it take.
        questions: On how many questions; 0 where only counts are known.
        voters: Of how many people; 0 where that is not known.
        alpha: Krippendorff's nominal alpha over questions with two votes or more.
        alike: Of each two votes on one question, the share that say the same.
    """

    criterion: str
    models: Pair
    tally: Tally
    first: Estimate
    tie: Estimate
    second: Estimate
    win_rate: Estimate
    sign_test: float | None
    questions: int = 0
    voters: int = 0
    alpha: Estimate = Estimate()
    alike: Estimate = Estimate()


def shares_of(found: VoteFiles) -> tuple[Shares, ...]:
    """The shares of each two models by each criterion, in the order in which these first come."""
    pairs: dict[frozenset[str], Pair] = {}
    groups: dict[tuple[frozenset[str], str], list[Vote]] = defaultdict(list)
    for vote in found.votes:
        pairs.setdefault(frozenset(vote.models), vote.models)
        groups[frozenset(vote.models), vote.criterion].append(vote)
    return (
        *(_of_ballot(ballot) for ballot in found.ballots),
        *(_of_votes(criterion, pairs[models], votes) for (models, criterion), votes in groups.items()),
    )


def _of_ballot(ballot: Ballot) -> Shares:
    wins, ties, losses = ballot.counts
    tally, rate = Tally(wins, ties, losses), Ratio()
    for worth, votes in ((1.0, wins), (0.5, ties), (0.0, losses)):
        rate.count(worth, votes)
    first, tie, second = (share(votes, tally.n) for votes in ballot.counts)
    test = sign_test(wins, losses)
    return Shares(ballot.criterion, ballot.models, tally, first, tie, second, rate.share(), test)


def _of_votes(criterion: str, models: Pair, votes: Sequence[Vote]) -> Shares:
    by_question: dict[object, Counter[int]] = defaultdict(Counter)
    for place, vote in enumerate(votes):  # votes on no known question stand alone
        by_question[vote.question or place][vote.sign if vote.models == models else -vote.sign] += 1
    units = list(by_question.values())
    total = sum(units, Counter[int]())
    sides = Counter((unit[1] > unit[-1]) - (unit[1] < unit[-1]) for unit in units)
    first, tie, second, rate, alike = Ratio(), Ratio(), Ratio(), Ratio(), Ratio()
    for unit in units:
        n = unit.total()
        first.add(unit[1], n)
        tie.add(unit[0], n)
        second.add(unit[-1], n)
        rate.add(unit[1] + unit[0] / 2, n)
        alike.add(sum(count * (count - 1) // 2 for count in unit.values()), n * (n - 1) // 2)
    return Shares(
        criterion,
        models,
        Tally(total[1], total[0], total[-1]),
        first.share(),
        tie.share(),
        second.share(),
        rate.share(),
        sign_test(sides[1], sides[-1]),
        questions=len({vote.question for vote in votes if vote.question}),
        voters=len({vote.voter for vote in votes if vote.voter}),
        alpha=nominal_alpha(units),
        alike=alike.share(),
    )


def nominal_alpha(units: Iterable[Mapping[int, int]]) -> Estimate:
    """Krippendorff's alpha for classes: 1 for full agreement, 0 for what chance would give.

    With m votes in a unit, c of them of a class, n in all of which N of a class::

        alpha = 1 - (n - 1) * sum over units of (m^2 - sum of c^2) / (m - 1) / (n^2 - sum of N^2)

    (K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section B). The interval is the jackknife's over
    units.

    Args:
        units: How often each class was named, for each unit; units with fewer than two votes are left out.
    """
    kinds = Counter(frozenset((name, c) for name, c in unit.items() if c) for unit in units)
    kinds = Counter({kind: count for kind, count in kinds.items() if sum(c for _, c in kind) > 1})
    whole = Counter[int]()
    for kind, count in kinds.items():
        for name, c in kind:
            whole[name] += c * count
    split = {kind: _split(kind) for kind in kinds}
    total = fsum(split[kind] * count for kind, count in kinds.items())
    value = _alpha(whole, total)
    without = [(_alpha(whole - Counter(dict(kind)), total - split[kind]), count) for kind, count in kinds.items()]
    return jackknife(value, without, -1.0)


def _split(kind: frozenset[tuple[int, int]]) -> float:
    """How far a unit is divided: (m^2 - sum of c^2) / (m - 1)."""
    m = sum(c for _, c in kind)
    return (m * m - sum(c * c for _, c in kind)) / (m - 1)


def _alpha(whole: Mapping[int, int], split: float) -> float | None:
    n = sum(whole.values())
    expected = n * n - sum(count * count for count in whole.values())
    return None if expected <= 0 else 1 - (n - 1) * max(split, 0.0) / expected


def sentence(found: Shares) -> str:
    """Whom these voters prefer by a criterion, or that it cannot be told, with counts; nothing of other people."""
    ours, theirs = found.models
    rate, tally = found.win_rate, found.tally
    known = "this voter prefers" if found.voters == 1 else f"these {found.voters:,} voters prefer"
    who = known if found.voters else "these votes prefer"
    if sure := side(rate, found.sign_test):
        head = f"{who} {ours} to {theirs}" if sure > 0 else f"{who} {theirs} to {ours}"
    else:
        head = f"votes do not tell {ours} and {theirs} apart"
    counts = f"{tally.wins:,} votes for {ours}, {tally.losses:,} for {theirs}, {tally.ties:,} ties"
    return f"{found.criterion}: {head} ({counts})" if found.criterion else f"{head} ({counts})"


def reviews_of_votes(found: VoteFiles, criterion: str | None = None) -> list[Review]:
    """People's votes as reviews, each voter a judge, to hold judges' verdicts against.

    Args:
        found: What the files hold.
        criterion: By which criterion; needed where there are several.

    Raises:
        UsageError: There are counts only, votes on no questions, or several criteria of which none was named.
    """
    if found.ballots or not all(vote.question for vote in found.votes):
        raise UsageError("there are votes on no single questions, or mere counts, and nobody can be held against those")
    known = sorted({vote.criterion for vote in found.votes})
    if criterion is None and len(known) > 1:
        raise UsageError(f"the votes are by {len(known)} criteria ({', '.join(known)}); name one of them: --criterion")
    wanted = known[0] if criterion is None else criterion.strip().lower()
    if wanted not in known:
        raise UsageError(f"no vote is by the criterion {wanted!r}; there are {', '.join(known)}")
    return [
        Review(vote.question, vote.models, vote.sign, judge=vote.voter, shown=False, where=vote.where)
        for vote in found.votes
        if vote.criterion == wanted
    ]
