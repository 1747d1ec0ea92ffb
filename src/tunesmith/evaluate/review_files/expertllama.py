"""ExpertLLaMA's reviews: scores put back in order, below the judge's words with the scores as they were shown.

The file ``X_vs_Y.jsonl`` has ``q_id``, ``score`` (of X and of Y) and ``full_response``, whose first line has the two
numbers in the order in which the judge saw the answers (drawn by lot). Where the two differ, that tells the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Review

from .context import Context
from .points import Contradictions, Two, points_of, see_that_they_fit, sign_of, told
from .source import SourceRow, name_of


def read_expertllama(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file.

    Raises:
        DataError: It is damaged, or its name does not tell the models.
    """
    models = context.models or _models_in(sources[0].file)
    context.baselines[models[0]] = None
    seen = Contradictions()
    for source in sources:
        text = source.text_or_nothing("full_response")
        points, is_swapped = _points(source, text, context, seen)
        ordered = models[::-1] if is_swapped else models
        yield replace(
            context.review(source, source.identity("q_id"), ordered),
            sign=sign_of(points),
            scores=points,
            shown=is_swapped is not None,
            why=text,
        )
    seen.judge()


def _models_in(file: str) -> tuple[str, str]:
    first, found, second = name_of(file).partition("_vs_")
    if not found or not first or not second:
        what = "the models' names, which the rows do not have, are expected in the file's name, as in gpt3.5_vs_bard"
        raise DataError(f"{what}; rename the file, or give --models FIRST,SECOND in the order of the scores", file)
    return first, second


def _points(source: SourceRow, text: str, context: Context, seen: Contradictions) -> tuple[Two | None, bool | None]:
    """Scores as they were shown, and whether that is the other way round than the file has them; ``None`` if unknown.

    Without the scores, the text alone does not tell whose is which, unless they are equal.
    """
    found, said = points_of(source, "score", context), told(text, context.scale)
    if not isinstance(found, tuple):
        is_tie = said is not None and said[0] == said[1]
        how = (
            "the judge's own words say that they are equal"
            if is_tie
            else "the judge's words do not tell whose is which"
        )
        context.remarks.add(source, f"{found}; {how}; {'counted as a tie' if is_tie else 'counts as unreadable'}")
        return said if is_tie else None, None
    see_that_they_fit(source, found, text, context)
    seen.check(source, found, said, context, found, found[::-1])
    if not text:
        context.remarks.add(source, "the judge's words are not there, so that it is not known which was shown first")
    if found[0] == found[1] or said not in (found, found[::-1]):
        return found, None
    return (found, False) if said == found else (found[::-1], True)
