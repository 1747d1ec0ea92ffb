"""FastChat's reviews of 2023: scores in the order shown, answers named by ids that other files explain.

Rows have ``question_id``, ``answer1_id``, ``answer2_id``, ``text``, ``score`` and ``reviewer_id``. Which model an
answer is of stands in the files of answers: those that the user names, or those in ``../answers``. A model whose
answers are not there is called after the file, ``review_X.jsonl``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Review

from .points import Contradictions, shown_points, sign_of
from .source import Context, SourceRow, name_of, words

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
        answers = context.library.answers(models, question)
        yield Review(
            question,
            models,
            sign_of(points),
            points,
            source.text_or_nothing("reviewer_id"),
            facts=context.library.facts(question),
            lengths=None if answers is None else (words(answers[0]), words(answers[1])),
            where=source.where,
            asked=context.library.asked(question),
            answers=answers,
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
    if not library.questions and (folder / "question.jsonl").is_file():
        library.add_questions(folder / "question.jsonl")


def _names(sources: Sequence[SourceRow], context: Context) -> tuple[str, str]:
    """What the models in either place are called, as far as this does not hang on the row.

    Raises:
        DataError: Neither place is known.
    """
    if context.models is not None:
        for place, name in zip(_PLACES, context.models, strict=True):
            for source in sources:
                known = context.library.by_id.get(str(source.row.get(place)))
                if known is not None and known.model != name:
                    context.library.rename(known.model, name)
        return context.models
    stranger = name_of(sources[0].file).removeprefix("review_")
    if not any(str(source.row.get(place)) in context.library.by_id for source in sources for place in _PLACES):
        raise DataError(
            "whose the answers are is told by no file of answers; give --answers FILE, or --models FIRST,SECOND",
            sources[0].file,
        )
    return stranger, stranger


def _models(source: SourceRow, question: str, named: tuple[str, str], context: Context) -> tuple[str, str]:
    found = []
    for place, name in zip(_PLACES, named, strict=True):
        answer = context.library.by_id.get(source.text(place))
        if answer is not None and answer.question != question:
            raise source.damaged(
                f"{place!r} is an answer to question {answer.question!r}, but the review is of question {question!r}"
            )
        found.append(name if answer is None or context.models is not None else answer.model)
    return found[0], found[1]
