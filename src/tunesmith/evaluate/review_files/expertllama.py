"""ExpertLLaMA's reviews: scores put back in order, below the judge's words with the scores as they were shown.

The file ``X_vs_Y.jsonl`` has ``q_id``, ``score`` (of X and of Y) and ``full_response``, whose first line has the two
numbers in the order in which the judge saw the answers (drawn by lot). Where the two differ, that tells the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Review

from .points import Contradictions, Two, points_of, see_that_they_fit, sign_of, told
from .source import Context, SourceRow, name_of, words


def read_expertllama(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file.

    Raises:
        DataError: It is damaged, or its name does not tell the models.
    """
    models = context.models or _models_in(sources[0].file)
    context.baselines[models[0]] = None
    seen = Contradictions()
    for source in sources:
        question = source.identity("q_id", "question_id")
        text = source.text_or_nothing("full_response")
        points, is_swapped = _points(source, text, context, seen)
        ordered = models[::-1] if is_swapped else models
        answers = context.library.answers(ordered, question)
        yield Review(
            question,
            ordered,
            sign_of(points),
            points,
            shown=is_swapped is not None,
            facts=context.library.facts(question),
            lengths=None if answers is None else (words(answers[0]), words(answers[1])),
            where=source.where,
            asked=context.library.asked(question),
            answers=answers,
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
    points, said = points_of(source, "score", context), told(text, context.scale) if text else None
    if points is None:
        is_tie = said is not None and said[0] == said[1]
        what = "scores were read from the judge's words" if is_tie else "no score, and the text does not tell whose is"
        context.remarks.add(source, what + ("" if is_tie else " which; the review counts as unreadable"))
        return said if is_tie else None, None
    see_that_they_fit(source, points, text, context)
    seen.check(source, points, said, context, points, points[::-1])
    if points[0] == points[1] or said not in (points, points[::-1]):
        return points, None
    return (points, False) if said == points else (points[::-1], True)
