"""FastChat's reviews of 2023: scores in the order shown, answers named by ids that other files explain.

Rows have ``question_id``, ``answer1_id``, ``answer2_id``, ``text``, ``score`` and ``reviewer_id``. Which model an
answer is of stands in the files of answers: those that the user names, or those in ``../answers``. A model whose
answers are not there is called after the file, ``review_X.jsonl``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Review

from .context import Context
from .points import Contradictions, shown_points, sign_of
from .source import SourceRow, name_of

_PLACES = ("answer1_id", "answer2_id")


def read_fastchat(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file.

    Raises:
        DataError: It is damaged, or nothing tells whose the answers are.
    """
    _look_beside(Path(sources[0].file), context)
    named = _names(sources, context)
    seen = Contradictions()
    for source in sources:
        question = source.identity("question_id")
        models = _models(source, question, named, context)
        text = source.text_or_nothing("text")
        points = shown_points(source, "score", text, context, seen)
        yield replace(
            context.review(source, question, models),
            sign=sign_of(points),
            scores=points,
            judge=source.text_or_nothing("reviewer_id"),
            why=text,
        )
    seen.judge()


def _look_beside(file: Path, context: Context) -> None:
    """Read the answers and questions that lie where FastChat keeps them, unless the user named others."""
    library = context.library
    folder = file.parent.parent
    if not library.by_id and (folder / "answers").is_dir():
        library.add_answers(folder / "answers")
        context.remarks.say(f"whose the answers are is told by {folder / 'answers'}")
    if not library.asked_together and (folder / "question.jsonl").is_file():
        library.add_questions(folder / "question.jsonl")


def _names(sources: Sequence[SourceRow], context: Context) -> tuple[str, str]:
    """What the models in either place are called; empty where the answers' ids tell it.

    Raises:
        DataError: Neither place is known.
    """
    by_id = context.library.by_id
    if context.models is not None:
        for place, name in zip(_PLACES, context.models, strict=True):
            for source in sources:
                known = by_id.get(source.text_or_nothing(place))
                if known is not None and known.model != name:
                    context.library.rename(known.model, name)
        return context.models
    stranger = name_of(sources[0].file).removeprefix("review_")
    told = [sum(source.text_or_nothing(place) in by_id for source in sources) for place in _PLACES]
    if not any(told):
        raise DataError(
            "whose the answers are is told by no file of answers; give --answers FILE, or --models FIRST,SECOND",
            sources[0].file,
        )
    first, second = ("" if 2 * number > len(sources) else stranger for number in told)
    return first, second


def _models(source: SourceRow, question: str, named: tuple[str, str], context: Context) -> tuple[str, str]:
    found = []
    for place, name in zip(_PLACES, named, strict=True):
        answer_id = source.text(place)
        answer = context.library.by_id.get(answer_id)
        if answer is not None and answer.question != question:
            raise source.damaged(
                f"{place!r} is an answer to question {answer.question!r}, but the review is of question {question!r}"
            )
        if context.models is None and (answer is None) != bool(name):
            whose = "which no file of answers has" if answer is None else f"an answer of {answer.model!r}"
            raise source.damaged(
                f"{place!r} is {answer_id!r}, {whose}, unlike those of most rows; mend the id, or complete the answers"
            )
        found.append(name or (answer.model if answer is not None else ""))
    return found[0], found[1]
