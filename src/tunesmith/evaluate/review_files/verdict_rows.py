"""Our own rows: ``candidates`` with the answers and ``verdicts`` on them, as the steps ``judge`` and ``compare`` write.

A verdict names its ``judge``, the ``order`` in which it saw the models, and what it said: ``scores`` in that order, or
the model ``preferred`` (or ``tie``), or why it was ``unreadable``. One on more than two answers is a review of each
two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite
from typing import Any

from tunesmith.curate.candidates import candidates_of
from tunesmith.data.json_text import described
from tunesmith.errors import Drop
from tunesmith.evaluate.reviews import Review
from tunesmith.rows import Row, question

from .points import sign_of
from .source import Context, SourceRow, from_json, words

_EXPECTED = '{"judge": ..., "order": [models], "scores": [...] or "preferred": model}'
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


def read_verdict_rows(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file. Of two models, the one whose answers were named second is the baseline.

    Raises:
        DataError: A row is damaged.
    """
    models = dict.fromkeys(name for source in sources for name in _models(source.row))
    if len(models) == 2:
        context.baselines[list(models)[1]] = None
    for place, source in enumerate(sources):
        with_id = {"id": str(place), **{k: v for k, v in source.row.items() if v is not None}}
        yield from _reviews(SourceRow(source.file, source.line, with_id), context)


def _models(row: Row) -> list[str]:
    try:
        return [one.model for one in candidates_of(row)]
    except Drop:
        return []


def reviews_of_row(row: Row, where: str = "") -> list[Review]:
    """The reviews in a row that a step has just written.

    Args:
        row: With ``id``, ``candidates`` and ``verdicts``.
        where: What to call it in messages.

    Raises:
        DataError: It is damaged.
    """
    return list(_reviews(SourceRow(where or f"row {row.get('id')}", 0, row), None))


def _reviews(source: SourceRow, context: Context | None) -> Iterator[Review]:
    row = source.row
    verdicts = from_json(row.get("verdicts"))
    if verdicts is None:
        verdicts = []
    if not isinstance(verdicts, list):
        raise source.damaged(f"'verdicts' is {described(verdicts)}; expected a list of {_EXPECTED}")
    try:
        texts = {one.model: one.text for one in candidates_of(row)} if "candidates" in row else {}
    except Drop as drop:
        raise source.damaged(str(drop)) from None
    if not verdicts and context is not None:
        context.remarks.add(source, "no verdicts; counts for nothing")
    heard: dict[tuple[str, tuple[str, ...]], Any] = {}
    for verdict in verdicts:
        judge, order, points, preferred = _verdict(source, verdict)
        said = (points, preferred)
        if heard.setdefault((judge, order), said) != said:
            raise source.damaged(f"two verdicts of {judge!r} on the same order of answers that differ; remove one")
        if said is not heard[judge, order]:
            if context is not None:
                context.remarks.add(source, "the same verdict twice; counted once")
            continue
        for first, second in combinations(range(len(order)), 2):
            models = order[first], order[second]
            pair = None if points is None else (points[first], points[second])
            answers = (texts[models[0]], texts[models[1]]) if {*models} <= texts.keys() else None
            yield Review(
                source.identity("id"),
                models,
                _sign_of(models, pair, preferred, source),
                pair,
                judge,
                facts=source.facts(_NO_FACTS),
                lengths=None if answers is None else (words(answers[0]), words(answers[1])),
                where=source.where if source.line else source.file,
                asked=question(row) if "instruction" in row else "",
                answers=answers,
                why=str(verdict.get("why") or verdict.get("unreadable") or ""),
            )


def _verdict(source: SourceRow, verdict: Any) -> tuple[str, tuple[str, ...], tuple[float, ...] | None, str | None]:
    """Judge, order, scores and the one preferred; neither of the last two where nobody could read the reply."""
    if not isinstance(verdict, dict) or "judge" not in verdict:
        raise source.damaged(f"a verdict is {described(verdict)}; expected {_EXPECTED}")
    order, points, preferred = verdict.get("order"), verdict.get("scores"), verdict.get("preferred")
    if not isinstance(order, list) or len(order) < 2 or not all(isinstance(name, str) and name for name in order):
        raise source.damaged(f"the order of a verdict is {described(order)}; expected the models as they were shown")
    if len(set(order)) < len(order):
        raise source.damaged(f"a verdict of {order[0]!r} against itself; expected models that differ")
    if points is not None and not (isinstance(points, list) and len(points) == len(order) and all(map(_good, points))):
        raise source.damaged(f"the scores of a verdict are {described(points)}; expected {len(order)} numbers")
    if preferred is not None and preferred not in (*order, "tie"):
        named = ", ".join(order)
        raise source.damaged(f"a verdict prefers {described(preferred)}; expected one of {named}, or tie")
    if points is None and preferred is None and "unreadable" not in verdict:
        raise source.damaged(f"a verdict has neither scores nor a preference; expected {_EXPECTED}")
    numbers = None if points is None else tuple(map(float, points))
    return str(verdict["judge"]), tuple(order), numbers, preferred


def _good(score: object) -> bool:
    return isinstance(score, int | float) and not isinstance(score, bool) and isfinite(score)


def _sign_of(
    models: tuple[str, str], pair: tuple[float, float] | None, preferred: str | None, source: SourceRow
) -> int | None:
    by_points = sign_of(pair)
    if preferred is None or (preferred != "tie" and preferred not in models):
        return by_points
    by_name = 0 if preferred == "tie" else 1 if preferred == models[0] else -1
    if by_points is not None and by_points != by_name and preferred != "tie":
        raise source.damaged(f"a verdict prefers {preferred!r}, but its scores say otherwise; mend one of them")
    return by_name if by_points is None else by_points
