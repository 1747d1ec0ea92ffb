"""A contest's figures by category, skill, difficulty and so on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import inf, isnan
from typing import Any

from tunesmith.errors import UsageError
from tunesmith.evaluate.findings import Group
from tunesmith.evaluate.reviews import Bout, Contest
from tunesmith.text import nearest

from .rules import both_orders, relative_score

USUAL = ("category", "skill", "difficulty", "dataset", "level", "type")
_MOST = 30  # groups, beyond which a column is not taken up unasked


def columns_of(contests: Iterable[Contest], by: Sequence[str]) -> tuple[str, ...]:
    """By which columns to group: those asked for, or those of the usual ones that have 2 to 30 values.

    Raises:
        UsageError: A column was asked for that nothing is known of.
    """
    bouts = [bout for contest in contests for bout in contest.bouts if bout.read]
    if by:
        known = {column for bout in bouts for column in bout.facts}
        for column in by:
            if column not in known:
                there = f"there are {', '.join(sorted(known))}" if known else "the reviews say nothing of the questions"
                raise UsageError(f"no question has {column!r} to group by{nearest(column, known)}; {there}")
        return tuple(dict.fromkeys(by))
    return tuple(
        column for column in USUAL if 1 < len({value for bout in bouts for value in _values(bout, column)}) <= _MOST
    )


def groups_of(contest: Contest, columns: Iterable[str]) -> Iterator[Group]:
    """The figures for each value of each column, the values in order; a question with several is in several groups."""
    for column in columns:
        groups: dict[str, list[Bout]] = {}
        for bout in (bout for bout in contest.bouts if bout.read):
            for value in _values(bout, column):
                groups.setdefault(value, []).append(bout)
        for value, bouts in sorted(groups.items(), key=lambda group: _place(group[0])):
            part = replace(contest, bouts=tuple(bouts))
            yield Group(column, value, relative_score(part), both_orders(part))


def left_out(contests: Sequence[Contest], columns: Sequence[str], by: Sequence[str]) -> Iterator[str]:
    """What is not grouped: questions of which a column says nothing, and usual columns with too many values."""
    bouts = [bout for contest in contests for bout in contest.bouts if bout.read]
    every = {bout.question for bout in bouts}
    for column in columns:
        silent = len(every - {bout.question for bout in bouts if _values(bout, column)})
        if silent:
            yield f"{silent:,} of {len(every):,} questions have no {column}, and are in none of its groups."
    for column in () if by else USUAL:
        number = len({value for bout in bouts for value in _values(bout, column)})
        if number > _MOST:
            yield f"{column} has {number:,} values, too many to be told unless it is asked for."


def _place(value: str) -> tuple[float, str]:
    """Numbers by size, and before words."""
    try:
        number = float(value)
    except ValueError:
        return inf, value
    return (inf if isnan(number) else number), value


def _values(bout: Bout, column: str) -> list[str]:
    value: Any = bout.facts.get(column)
    values = value if isinstance(value, list | tuple) else [value]
    return list(dict.fromkeys(str(one) for one in values if one not in (None, "")))
