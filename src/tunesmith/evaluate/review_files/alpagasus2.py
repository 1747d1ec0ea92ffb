"""AlpaGasus2-QLoRA's reviews: both answers in columns called after the models, scores in the order shown.

Rows have ``question_id``, ``prompt``, an answer in each of two columns, ``review`` and ``score``. There are two files
of the same pairs, one for each order, and no row says which: the file's name does (``alpagasus2-alpaca2-koala.json``
shows alpagasus2 first). Since a file is easily renamed, the name is held against the judge's words: a sentence about
"Assistant 1" shares more words with the first answer than with the second. So it is in both published files: of the
reviews that lean either way, 80 of 108 and 99 of 120 fit the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import sqrt

from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Review

from .context import Context
from .points import Contradictions, shown_points, sign_of
from .remarks import listed
from .source import SourceRow, columns_of, name_of

_OTHERS = frozenset({"question_id", "prompt", "review", "score", "category", "reviewer_id", "model", "judge"})
_PIECES = re.compile(r"\n+|(?<=[.!?])\s")
_ASSISTANT = re.compile(r"Assistant ([12])")
_WORD = re.compile(r"\w{4,}")
_SURE = 3.0  # standard deviations of a sign test


def read_alpagasus2(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file, which has one order.

    Raises:
        DataError: It is damaged, or it cannot be told which answers were shown first.
    """
    models = _shown(sources, context)
    seen = Contradictions()
    for source in sources:
        text = source.text_or_nothing("review")
        points = shown_points(source, "score", text, context, seen)
        answers = context.answers_in(source, models)
        known = context.review(source, source.identity("question_id"), models, answers)
        yield replace(
            known,
            sign=sign_of(points),
            scores=points,
            judge=source.text_or_nothing("reviewer_id"),
            facts={**source.facts({*_OTHERS, *models} - {"category"}), **known.facts},
            asked=source.text_or_nothing("prompt"),
            why=text,
        )
    seen.judge()


def _shown(sources: Sequence[SourceRow], context: Context) -> tuple[str, str]:
    """The two models in the order in which the file shows them, by its name and by the judge's words.

    Raises:
        DataError: The two contradict each other, or neither tells.
    """
    file = sources[0].file
    columns = [name for name in columns_of(sources) if name not in _OTHERS]
    if len(columns) != 2:
        raise DataError(
            f"two columns with the models' answers are expected beside question_id, review and score; there are "
            f"{len(columns)} ({listed(columns)})",
            file,
        )
    first, second = columns
    named, signs = _by_name(file, first, second), _by_words(sources, first, second)
    fitting, leaning = signs.count(1), len(signs)
    surely = (2 * fitting - leaning) / sqrt(leaning) if leaning else 0.0
    worded = None if abs(surely) < _SURE else (first, second) if surely > 0 else (second, first)
    if named and worded and named != worded:
        raise DataError(
            f"the file's name says that {named[0]} was shown first, but what the judge writes about Assistant 1 fits "
            f"the answers of {worded[0]} far better; rename the file, or get it again",
            file,
        )
    found = named or worded
    if found is None:
        raise DataError(
            f"it cannot be told whether {first} or {second} was shown first, and so not whose the scores are; name the "
            f"file after the order, as in {first}-{second}-reviews.json",
            file,
        )
    if named is None:
        context.remarks.say(f"{file}: {found[0]} was shown first, going by what the judge writes about Assistant 1")
    if worded is None:
        fitting = fitting if found == (first, second) else leaning - fitting
        context.remarks.say(
            f"{file}: that {found[0]} was shown first is told by the file's name alone: of {leaning:,} reviews whose "
            f"words fit one answer better, {fitting:,} bear it out; if it holds rows of both orders, these figures are "
            "wrong"
        )
    return found


def _by_name(file: str, first: str, second: str) -> tuple[str, str] | None:
    name = re.split(r"[-_. ]", name_of(file))
    joined = "\0".join(["", *name, ""])
    places = [joined.find("\0" + "\0".join(re.split(r"[-_. ]", model)) + "\0") for model in (first, second)]
    if -1 in places or places[0] == places[1]:
        return None
    return (first, second) if places[0] < places[1] else (second, first)


def _by_words(sources: Sequence[SourceRow], first: str, second: str) -> list[int]:
    """Of each review that leans either way: 1 if by its words `first` was shown first, -1 if `second` was."""
    return [sign for source in sources if (sign := _leaning(source, first, second))]


def _leaning(source: SourceRow, first: str, second: str) -> int:
    """1 if what is said of Assistant 1 fits `first`, -1 if `second`, 0 if neither, by words that one alone has."""
    a, b = (set(_WORD.findall(source.text_or_nothing(name).lower())) for name in (first, second))
    found = 0
    for piece in _PIECES.split(source.text_or_nothing("review")):
        named = set(_ASSISTANT.findall(piece))
        if len(named) == 1:
            used = set(_WORD.findall(piece.lower()))
            leaning = len(used & (a - b)) - len(used & (b - a))
            found += leaning if named == {"1"} else -leaning
    return (found > 0) - (found < 0)
