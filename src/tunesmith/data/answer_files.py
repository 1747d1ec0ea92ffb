"""Answers that a model has given already, in a file of their own: rows with an ``output``, or as they were published.

| published by | id | question | answer |
|---|---|---|---|
| FastChat | ``question_id`` | none | ``text`` (beside ``answer_id`` and ``model_id``) |
| ExpertLLaMA | ``question_id`` | ``text`` | ``answer`` |
| Self-Instruct | none | ``instruction``, ``input`` | ``response`` (beside ``target``, the right one) |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tunesmith.errors import DataError, UsageError
from tunesmith.rows import Row, question

from .files import check_source, convert_rows
from .formats import PLAIN
from .json_text import described

_PUBLISHED = (  # the columns by which a file is known, and what stands in which of them
    ({"answer_id", "model_id", "question_id", "text"}, {"id": "question_id", "output": "text"}),
    ({"question_id", "text", "answer"}, {"id": "question_id", "instruction": "text", "output": "answer"}),
    ({"instruction", "response", "target"}, {"instruction": "instruction", "input": "input", "output": "response"}),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """A model's answers, to be found for a row.

    A record with an id answers the row of that id, unless both say what they are about and that differs: then the ids
    are of different files. Otherwise a record answers the row that asks the same, instruction and input.

    Attributes:
        by_id: Question (``None`` where the file has none) and answer, by id.
        by_question: Answers by question; of several for one question, the first.
    """

    by_id: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    by_question: dict[str, str] = field(default_factory=dict)

    def to(self, row: Row) -> str | None:
        """The answer to a row, ``None`` if there is none."""
        asked = _asked(row)
        about, answer = self.by_id.get(str(row.get("id")), ("", None))
        if answer is not None and about in (None, asked):
            return answer
        return self.by_question.get(asked)


def read_answers(path: Path) -> Answers:
    """Read a file of answers: rows of any shape with an ``output``, and with ids or instructions to find them by.

    An ``output`` that is null is no answer; an empty one is an empty answer.

    Raises:
        UsageError: There is no such file, or its rows have neither id nor instruction.
        DataError: It is damaged, or its rows have no output, or one that is no text.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the one file that holds the answers")
    answers = Answers()
    for number, row in enumerate(_answered(path), 1):
        answer = row.get("output")
        if answer is None:
            continue
        if not isinstance(answer, str):
            raise DataError(f"row {number}: the column 'output' is {described(answer)}; expected text", str(path))
        about = _asked(row) if "instruction" in row else None
        if row.get("id") not in (None, ""):
            answers.by_id.setdefault(str(row["id"]), (about, answer))
        elif about is None:
            raise UsageError(f"{path}: a row has neither 'id' nor 'instruction' to find its question by; add one")
        if about is not None:
            answers.by_question.setdefault(about, answer)
    return answers


def _asked(row: Row) -> str:
    """What a row asks, without the white space around its parts, in which copies of a test set differ."""
    return question({name: str(row.get(name) or "").strip() for name in ("instruction", "input")}).strip()


def _answered(path: Path) -> Iterator[Row]:
    """The rows with their ``output``, where that goes by another name as well."""
    first = next(convert_rows(path, PLAIN, PLAIN))
    for known_by, columns in _PUBLISHED:
        if known_by <= first.keys():
            check_source(path, PLAIN, needs=())
            for record in convert_rows(path, PLAIN, PLAIN):
                yield {ours: record[theirs] for ours, theirs in columns.items() if theirs in record}
            return
    facts = check_source(path, needs=())
    if "output" not in facts.columns:
        raise DataError(f"no row has the column 'output'; there are: {', '.join(facts.columns)}", str(path))
    yield from convert_rows(path, PLAIN, facts.shape)
