"""Files of people's votes: a row a vote, a row of counts a criterion, or the counts that GPT-4-LLM publishes.

A row that is a vote names the question, the voter, the criterion and the choice::

    question, voter, criterion, model_a, model_b, choice

The choice is a model's name, ``model_a`` or ``model_b`` (also ``a`` and ``b``), or ``tie``. Without ``model_a`` and
``model_b``, the two models are those that the file's choices name. Rows of counts have the ``wins``, ``ties`` and
``losses`` of ``model_a`` instead of the choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunesmith.data.json_text import described
from tunesmith.errors import DataError, UsageError
from tunesmith.text import nearest

from .review_files.doubles import Sums
from .review_files.numbers import whole_in
from .review_files.remarks import Remarks, listed
from .review_files.source import TIES, SourceRow, columns_of, object_in, rows_of

_QUESTION = ("question", "question_id", "prompt", "instruction", "id")
_VOTER = ("voter", "annotator", "worker", "rater", "user", "judge")
_CRITERION = ("criterion", "criteria", "aspect", "dimension")
_CHOICE = ("choice", "winner", "preferred", "vote")
_FIRST, _SECOND = ("model_a", "model_1"), ("model_b", "model_2")
_COUNTS = ("wins", "ties", "losses")
_PUBLISHED = re.compile(r"(?P<first>.+?)_vs_(?P<second>.+?)\(n=(?P<n>[0-9]{1,10})\)(?: order (?P<order>.+))?")


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said of two answers by one criterion.

    Attributes:
        question: The question's id; empty if the file does not say.
        voter: Who; empty if the file does not say.
        criterion: By what, for instance "helpfulness"; empty if the file does not say.
        models: The two, as the row has them; in order of name if it names none.
        sign: 1 for the first of them, -1 for the second, 0 for a tie.
        where: File and line.
    """

    question: str
    voter: str
    criterion: str
    models: tuple[str, str]
    sign: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class Ballot:
    """Counts of votes by one criterion, where a file gives no more: for the first, ties, for the second."""

    criterion: str
    models: tuple[str, str]
    counts: tuple[int, int, int]
    where: str = ""


@dataclass(frozen=True, slots=True)
class VoteFiles:
    """What files hold.

    Attributes:
        votes: Single votes, each voter's once.
        ballots: Counts.
        notes: What was put right or left out, and what had to be assumed, in sentences.
    """

    votes: tuple[Vote, ...]
    ballots: tuple[Ballot, ...]
    notes: tuple[str, ...]


def read_votes(paths: Iterable[str | Path], models: tuple[str, str] | None = None) -> VoteFiles:
    """Read people's votes.

    Args:
        paths: The files: csv, json or jsonl, plain or compressed.
        models: The two models, where the files do not say which there are.

    Raises:
        UsageError: There is no such file, or no vote in it, or the two models are not known.
        DataError: A file is damaged: an unknown choice, a criterion missing, two votes of one voter that differ.
    """
    votes: list[Vote] = []
    ballots: list[Ballot] = []
    remarks = Remarks()
    sums = Sums(remarks)
    for path in paths:
        published = object_in(Path(path))
        if published is not None and isinstance(published.get("hhh"), dict):
            counted = list(_published(published["hhh"], str(path), remarks))
        else:
            sources = list(rows_of(path))
            has_counts = any(all(name in source.row for name in _COUNTS) for source in sources)
            counted = [_counted(source) for source in sources] if has_counts else []
            votes += [] if has_counts else _votes(sources, models, remarks)
        ballots += [one for one in counted if sums.are_new(_kind(one), one.models, one.counts, one.where)]
    if not votes and not ballots:
        raise UsageError(f"there is no vote in {listed(map(str, paths))}; expected rows with a choice")
    about = [(one.models, one.where) for one in votes] + [(one.models, one.where) for one in ballots]
    for pair, where in about:
        if models and {*pair} != {*models}:
            raise UsageError(f"--models {','.join(models)}: but {where} is about {' and '.join(pair)}")
    if votes and not all(vote.voter for vote in votes):
        remarks.say("some votes do not say whose they are, so that doubled ones among them cannot be told")
    return VoteFiles(tuple(_once(votes, remarks)), tuple(ballots), remarks.sentences())


def _kind(ballot: Ballot) -> str:
    return f"votes on {ballot.criterion}" if ballot.criterion else "votes"


def _votes(sources: Sequence[SourceRow], models: tuple[str, str] | None, remarks: Remarks) -> Iterator[Vote]:
    if not sources:
        return
    columns = columns_of(sources)
    choice = next((name for name in _CHOICE if name in columns), None)
    if choice is None:
        raise sources[0].damaged(
            f"no column tells what was chosen; expected {' or '.join(_CHOICE)}, but the columns are "
            f"{', '.join(columns)}"
        )
    has_criterion = any(name in columns for name in _CRITERION)
    named = models or _named_by_choices(sources, choice)
    for source in sources:
        pair = _pair(source) or named
        if pair is None:
            found = sorted(_choices(sources, choice))
            raise source.damaged(
                f"the choices name {len(found)} models ({listed(found) or 'none'}), so that it is not clear which two "
                "a vote is about; add the columns model_a and model_b, or give --models A,B"
            )
        given = source.row.get(choice)
        if given is None or (isinstance(given, str) and not given.strip()):
            remarks.add(source, "there is no choice; the row counts for nothing")
            continue
        criterion = _text(source, _CRITERION).lower()
        if has_criterion and not criterion:
            raise source.damaged("the criterion is empty, where other rows name one; name it, or remove the row")
        sign = _sign(source, given, pair)
        yield Vote(_text(source, _QUESTION), _text(source, _VOTER), criterion, pair, sign, source.where)


def _pair(source: SourceRow) -> tuple[str, str] | None:
    first, second = _text(source, _FIRST), _text(source, _SECOND)
    if not first and not second:
        return None
    if not first or not second or first == second:
        raise source.damaged(f"the two models are {first!r} and {second!r}; expected two different names")
    return first, second


def _choices(sources: Sequence[SourceRow], choice: str) -> set[str]:
    given = (source.row.get(choice) for source in sources)
    return {one.strip() for one in given if isinstance(one, str) and one.strip() and one.strip().lower() not in TIES}


def _named_by_choices(sources: Sequence[SourceRow], choice: str) -> tuple[str, str] | None:
    """The two models of a file that names none but in its choices."""
    found = sorted(_choices(sources, choice))
    return (found[0], found[1]) if len(found) == 2 else None


def _sign(source: SourceRow, given: Any, pair: tuple[str, str]) -> int:
    first, second = pair
    name = given.strip() if isinstance(given, str) else ""
    if name in pair:
        return 1 if name == first else -1
    signs = {"model_a": 1, "a": 1, "model_b": -1, "b": -1, "model_1": 1, "model_2": -1} | dict.fromkeys(TIES, 0)
    if name.lower() in signs:
        return signs[name.lower()]
    found = repr(name) if name else described(given)
    known = f"{first!r}, {second!r} or tie"
    raise source.damaged(f"the choice is {found}{nearest(name, [*pair, 'tie'])}; expected {known}")


def _text(source: SourceRow, names: Sequence[str]) -> str:
    """The first of these columns that holds something, as text."""
    values = (source.row.get(name) for name in names)
    return next((text for value in values if (text := _as_text(value))), "")


def _as_text(value: Any) -> str:
    """Text, and a whole number as text; empty for all else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _once(votes: Sequence[Vote], remarks: Remarks) -> Iterator[Vote]:
    """Each voter's vote on a question once.

    Raises:
        DataError: A voter has two that differ.
    """
    seen: dict[tuple[str, str, str, frozenset[str]], Vote] = {}
    doubled = 0
    for vote in votes:
        key = (vote.question, vote.voter, vote.criterion, frozenset(vote.models))
        before = seen.get(key)
        if not vote.voter or not vote.question or before is None:
            seen[key] = vote
            yield vote
        elif (before.sign if before.models == vote.models else -before.sign) == vote.sign:
            doubled += 1
        else:
            raise DataError(
                f"{vote.voter!r} voted twice on question {vote.question!r}, and not alike: see also {before.where}; "
                "keep one of the two",
                vote.where,
            )
    if doubled:
        what = "vote stands" if doubled == 1 else "votes stand"
        remarks.say(f"{doubled:,} {what} there twice, and alike; counted once")


def _counted(source: SourceRow) -> Ballot:
    pair = _pair(source)
    if pair is None:
        raise source.damaged("counts without model_a and model_b; expected whose wins, ties and losses they are")
    wins, ties, losses = (_whole(source, name) for name in _COUNTS)
    return Ballot(_text(source, _CRITERION).lower(), pair, (wins, ties, losses), source.where)


def _whole(source: SourceRow, name: str) -> int:
    given = source.row.get(name)
    number = whole_in(given)
    if number is None:
        raise source.damaged(f"{name!r} is {described(given)}; expected a whole number of votes")
    return number


def _published(groups: dict[str, Any], file: str, remarks: Remarks) -> Iterator[Ballot]:
    """Counts by pair and criterion: for the first model, for the second, ties, as GPT-4-LLM writes them."""
    for name, criteria in groups.items():
        found = _PUBLISHED.fullmatch(name)
        if found is None or not isinstance(criteria, dict) or found["first"] == found["second"]:
            raise DataError(f"{name!r} is not of the form A_vs_B(n=NUMBER) with counts by criterion", file)
        first, second, total = found["first"], found["second"], int(found["n"])
        order = [first, second, "tie"] if found["order"] is None else found["order"].split(",")
        if sorted(order) != sorted([first, second, "tie"]):
            raise DataError(f"{name!r} names the order {found['order']!r}; expected its two models and tie", file)
        if found["order"] is None:
            remarks.say(
                f"{file}: {name!r} does not say in which order its counts stand; they are read as {first}, {second}, "
                "tie: the order of its name, and the one that the other pair states for itself"
            )
        for criterion, counts in criteria.items():
            if not _are_counts(counts) or sum(counts) != total:
                raise DataError(f"the counts of {name!r}, {criterion!r} are not three that make up {total}", file)
            by_name = dict(zip(order, counts, strict=True))
            three = by_name[first], by_name["tie"], by_name[second]
            yield Ballot(criterion.strip().lower(), (first, second), three, f"{file}, {name}")


def _are_counts(counts: Any) -> bool:
    return (
        isinstance(counts, list)
        and len(counts) == 3
        and all(isinstance(count, int) and whole_in(count) is not None for count in counts)
    )
