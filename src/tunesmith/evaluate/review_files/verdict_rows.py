"""Our own rows: ``candidates`` with the answers and ``verdicts`` on them, as the steps ``judge`` and ``compare`` write.

A verdict names its ``judge``, the ``order`` in which it saw the models, and what it said: ``scores`` in that order, or
the model ``preferred`` (or ``tie``), or why it was ``unreadable``. One on more than two answers is a review of each
two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from tunesmith.curate.candidates import Candidate, collected_in
from tunesmith.data.json_text import described
from tunesmith.errors import Drop
from tunesmith.evaluate.reviews import Review
from tunesmith.rows import Row, question
from tunesmith.text import nearest

from .context import Context
from .numbers import number_in
from .points import see_that_they_fit, sign_of
from .source import SourceRow, from_json

_EXPECTED = '{"judge": ..., "order": [models], "scores": [...] or "preferred": model}'
_TIE = "tie"
_COLUMN = "candidates"
_NO_FACTS = frozenset(
    {
        "id",
        "instruction",
        "input",
        "output",
        "reference",
        "candidates",
        "verdicts",
        "scores",
        "text",
        "prompt",
        "question",
        "chosen",
        "rejected",
    }
)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one judge said of some answers.

    Attributes:
        judge: Who.
        order: The models in the order in which their answers were shown.
        points: The scores in that order; ``None`` if there are none.
        preferred: The best one, or "tie"; ``None`` if that was not said.
        same: Whether the answers are the same, so that nobody was asked.
        absent: Which of the models gave no answer, so that nobody was asked.
        why: The judge's words, or why they could not be read.
    """

    judge: str
    order: tuple[str, ...]
    points: tuple[float, ...] | None
    preferred: str | None
    same: bool
    absent: tuple[str, ...]
    why: str = field(compare=False)

    def on(self, first: int, second: int) -> tuple[int | None, tuple[float, float] | None] | None:
        """What it says of the answers in two places: sign and scores; ``None`` if it says nothing of these two."""
        if self.points is not None:
            points = self.points[first], self.points[second]
            return sign_of(points), points
        if self.preferred is None:
            return None, None
        if self.preferred == _TIE:
            return 0, None
        best = self.order.index(self.preferred)
        return None if best not in (first, second) else (1 if best == first else -1, None)


def read_verdict_rows(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file. Of two models, the one whose answers were named second is the baseline.

    Raises:
        DataError: A row is damaged.
    """
    models = dict.fromkeys(one.model.strip() for source in sources for one in _collected(source, _COLUMN))
    if len(models) == 2:
        context.baselines[list(models)[1]] = None
    for source in sources:
        yield from _reviews(source, context)


def reviews_of_row(row: Row, column: str = _COLUMN) -> list[Review]:
    """The reviews in a row that a step has just written.

    Args:
        row: With ``id``, the answers and ``verdicts``.
        column: That with the answers.

    Raises:
        DataError: It is damaged.
    """
    return list(_reviews(SourceRow(f"row {row.get('id')}", 0, row), Context(), column))


def _collected(source: SourceRow, column: str) -> list[Candidate]:
    """The answers, in the column that is named, or else in whichever has some; none if none has."""
    if source.row.get(column) is not None:
        try:
            return collected_in(source.row, column)
        except Drop as drop:
            raise source.damaged(str(drop)) from None
    for name, value in source.row.items():
        with suppress(Drop):
            if isinstance(from_json(value), list) and (found := collected_in(source.row, name)):
                return found
    return []


def _reviews(source: SourceRow, context: Context, column: str = _COLUMN) -> Iterator[Review]:
    collected = _collected(source, column)
    known = dict.fromkeys(one.model.strip() for one in collected)
    texts = {one.model.strip(): one.text for one in collected if not one.missing}
    given = from_json(source.row.get("verdicts"))
    if given is not None and not isinstance(given, list):
        raise source.damaged(f"'verdicts' is {described(given)}; expected a list of {_EXPECTED}")
    if not given:
        context.remarks.add(source, "no verdicts; counts for nothing")
        return
    asked = question(source.row).strip()
    identity = source.identity("id") if source.row.get("id") not in (None, "") else asked
    if not identity:
        raise source.damaged("the row has neither an id nor an instruction; expected one, to tell questions apart by")
    heard: dict[tuple[str, tuple[str, ...]], _Verdict] = {}
    for one in given:
        verdict = _verdict(source, one, context)
        if known and (stranger := next((name for name in verdict.order if name not in known), "")):
            raise source.damaged(
                f"a verdict on an answer of {stranger!r}{nearest(stranger, known)}; the answers are of "
                f"{', '.join(known)}"
            )
        first_heard = heard.setdefault((verdict.judge, verdict.order), verdict)
        if first_heard != verdict:
            raise source.damaged(
                f"two verdicts of {verdict.judge!r} on the same order of answers that differ; remove one"
            )
        if first_heard is not verdict:
            context.remarks.add(source, "the same verdict twice; counted once")
            continue
        for first, second in combinations(range(len(verdict.order)), 2):
            said = verdict.on(first, second)
            if said is None:
                continue
            models = verdict.order[first], verdict.order[second]
            answers = (texts[models[0]], texts[models[1]]) if {*models} <= texts.keys() else None
            yield replace(
                context.review(source, identity, models, answers),
                sign=said[0],
                scores=said[1],
                judge=verdict.judge,
                facts=source.facts(_NO_FACTS),
                asked=asked,
                why=verdict.why,
                same=verdict.same,
                absent=tuple(name for name in models if name in verdict.absent),
            )


def _verdict(source: SourceRow, given: Any, context: Context) -> _Verdict:
    judge = given.get("judge") if isinstance(given, dict) else None
    if not isinstance(judge, str) or not judge.strip():
        raise source.damaged(f"a verdict is {described(given)}; expected {_EXPECTED}")
    order = given.get("order")
    if not isinstance(order, list) or len(order) < 2 or not all(isinstance(n, str) and n.strip() for n in order):
        raise source.damaged(f"the order of a verdict is {described(order)}; expected the models as they were shown")
    names = tuple(name.strip() for name in order)
    if len({*names}) < len(names):
        raise source.damaged(f"a verdict of {names[0]!r} against itself; expected models that differ")
    points, preferred = _points(source, given.get("scores"), len(names), context), given.get("preferred")
    preferred = preferred.strip() if isinstance(preferred, str) else preferred
    if preferred is not None and preferred not in (*names, _TIE):
        raise source.damaged(f"a verdict prefers {described(preferred)}; expected one of {', '.join(names)}, or tie")
    is_told = points is not None or preferred is not None
    if is_told == (given.get("unreadable") is not None):
        what = "was unreadable, and yet says something" if is_told else "has neither scores nor a preference"
        raise source.damaged(f"a verdict {what}; expected {_EXPECTED}")
    if points is not None and preferred is not None:
        best = [name for name, score in zip(names, points, strict=True) if score == max(points)]
        if preferred != (best[0] if len(best) == 1 else _TIE):
            raise source.damaged(f"a verdict prefers {preferred!r}, but its scores say otherwise; mend one of them")
    absent, is_same = given.get("absent") or [], given.get("same") is True
    if not isinstance(absent, list) or not all(name in names for name in absent) or (absent and is_told):
        raise source.damaged(f"a verdict without answers of {described(absent)}; expected models of its order")
    if is_same and (points is not None or preferred != _TIE):
        raise source.damaged("a verdict on answers that are the same is no tie; expected one")
    why = "\n".join(str(given[name]) for name in ("unreadable", "why") if given.get(name))
    return _Verdict(judge.strip(), names, points, preferred, is_same, tuple(absent), why)


def _points(source: SourceRow, given: Any, number: int, context: Context) -> tuple[float, ...] | None:
    if given is None:
        return None
    points = [number_in(one) for one in given] if isinstance(given, list) else []
    if len(points) != number or None in points:
        raise source.damaged(f"the scores of a verdict are {described(given)}; expected {number} numbers")
    found = tuple(one for one in points if one is not None)
    see_that_they_fit(source, found, "", context)
    return found
