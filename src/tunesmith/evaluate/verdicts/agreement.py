"""How far judges agree on who is better, among themselves and with people.

The intervals of kappa and F1 are the jackknife's over questions. Where few cases of a class decide, they would hold the
truth far too rarely (F1 with 2 % ties: 56 to 70 % of the time on 80 to 200 questions): so there is none if a judge
names a class fewer than ten times that either names, or if the two differ on fewer than five cases of it. A class that
neither names is no class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from tunesmith.curate.agreement import cohen
from tunesmith.estimates import Estimate, Ratio, jackknife
from tunesmith.evaluate.findings import Agreement
from tunesmith.evaluate.reviews import Contest

from .bouts import by_question, outcome

_LEAST_NAMED = 10  # cases of a class that either judge names, below which the intervals would not hold
_LEAST_DIFFERENT = 5  # cases that one judge puts into a class and the other does not, likewise
_CLASSES = {1: "wins", 0: "ties", -1: "losses"}

Table = Counter[tuple[int, int]]
"""How often the first judge said this and the second that: 1 for a win, 0 for a tie, -1 for a loss."""

Said = dict[str, dict[tuple[str, str], int]]
"""By question, what was said of each two models."""


def agreements_of(contests: Sequence[Contest], people: Sequence[Contest] = ()) -> Iterator[Agreement]:
    """How far each two judges agree, and each judge with people.

    Args:
        contests: What the judges said.
        people: What people said, seen from the same models; all of them together are one more judge, "people" unless
            they have one name in common, each with one voice.
    """
    said = {judge: _said(contests, judge) for judge in sorted({judge for c in contests for judge in c.judges})}
    pairs = list(combinations(said.items(), 2))
    voters = {judge for contest in people for judge in contest.judges}
    if voters:
        crowd = (voters.pop() or "people") if len(voters) == 1 else "people"
        pairs += [(judge, (crowd, _said(people, None))) for judge in said.items()]
    for (first, ours), (second, theirs) in pairs:
        tables = list(_tables(ours, theirs))
        if tables:
            yield agreement((first, second), tables)


def agreement(judges: tuple[str, str], tables: Sequence[Table]) -> Agreement:
    """How far two judges agree.

    Args:
        judges: Their names.
        tables: What they said, one table for each question: questions are the units of the intervals.
    """
    accuracy = Ratio()
    for table in tables:
        accuracy.add(_alike(table), table.total())
    whole = sum(tables, Table())
    why = _why_not(judges, whole)
    if why:
        kappa, f1 = (Estimate(figure(whole), rows=len(tables)) for figure in (cohen, macro_f1))
    else:
        kappa, f1 = _jackknifed(cohen, tables, -1.0), _jackknifed(macro_f1, tables, 0.0)
    return Agreement(judges, accuracy.share(), kappa, f1, why)


def _why_not(judges: tuple[str, str], table: Table) -> str:
    """Why there is no interval of kappa and F1; empty if there is one."""
    if _alike(table) == table.total():
        return "the two always say the same"
    few = []
    for name, called in _CLASSES.items():
        either = [sum(count for said, count in table.items() if said[place] == name) for place in (0, 1)]
        differ = sum(either) - 2 * table[name, name]
        if sum(either) and min(either) < _LEAST_NAMED:
            few.append(f"{judges[either.index(min(either))] or 'the judge'} names {min(either):,} {called}")
        elif sum(either) and differ < _LEAST_DIFFERENT:
            few.append(f"they differ on {differ:,} {called}")
    return f"too few cases tell ({', '.join(few)})" if few else ""


def macro_f1(table: Table) -> float | None:
    """F1 of each class that either judge has named, 2 * both / (first + second), and the mean of these.

    It is the same whichever judge is taken for the truth.
    """
    first, second = Counter[int](), Counter[int]()
    for (a, b), count in table.items():
        first[a] += count
        second[b] += count
    classes = [name for name in (1, 0, -1) if first[name] + second[name]]
    if not classes:
        return None
    return sum(2 * table[name, name] / (first[name] + second[name]) for name in classes) / len(classes)


def _jackknifed(figure: Callable[[Table], float | None], tables: Sequence[Table], lowest: float) -> Estimate:
    """A figure of all tables together, its interval from what it is without each question."""
    whole = sum(tables, Table())
    kinds = Counter(frozenset(table.items()) for table in tables)
    without = [(figure(whole - Table(dict(kind))), count) for kind, count in kinds.items()]
    return jackknife(figure(whole), without, lowest)


def _alike(table: Table) -> int:
    return sum(count for (first, second), count in table.items() if first == second)


def _said(contests: Iterable[Contest], judge: str | None) -> Said:
    """What a judge said, or all on balance."""
    found: Said = {}
    for contest in contests:
        for question, bouts in by_question(contest).items():
            heard = [bout for bout in bouts if bout.given and (judge is None or bout.judge == judge)]
            if heard:
                found.setdefault(question, {})[contest.model, contest.baseline] = outcome(heard)
    return found


def _tables(first: Said, second: Said) -> Iterator[Table]:
    for question, ours in first.items():
        theirs = second.get(question, {})
        table = Table((sign, theirs[models]) for models, sign in ours.items() if models in theirs)
        if table:
            yield table
