"""Models' answers beside the references they are to be measured against, from one file of rows or from several.

Answers and references go by many names; they are found by those below, or by the name that is given. Rows of several
files belong together that have the same id and do not ask different things, or that ask the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tunesmith.curate.candidates import candidates_of
from tunesmith.data.files import read_table
from tunesmith.data.json_text import described
from tunesmith.errors import DataError, Drop, UsageError
from tunesmith.rows import Row, question
from tunesmith.text import nearest

ANSWERS = ("output", "response", "answer", "model_output", "prediction", "completion", "generation", "text")
REFERENCES = ("reference", "std_answer", "target", "solution", "answer", "gold")
_QUESTIONS = ("question", "prompt", "Instruction")
_IDS = ("question_id", "task_id", "id")


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its reference and its answers.

    Attributes:
        row: The row that has the reference, with whatever else is known of the question.
        reference: ``None`` if it has none.
        answers: All that each model wrote, by its name; ``None`` if it wrote nothing.
    """

    row: Row
    reference: str | None
    answers: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where answers and references stand; empty to find out."""

    answer: str = ""
    reference: str = ""


@dataclass(slots=True)
class _File:
    """Rows of a file, to be found by id and by question."""

    source: str
    rows: list[Row]
    by_id: dict[str, Row] = field(default_factory=dict)
    by_question: dict[tuple[str, int], Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row, (row_id, asked) in zip(self.rows, _keys(self.rows), strict=True):
            if row_id in self.by_id:
                raise DataError(f"two rows have the id {row_id!r}; make the ids unique", self.source)
            self.by_id[row_id] = row
            if asked[0]:
                self.by_question[asked] = row

    def like(self, row_id: str, asked: tuple[str, int]) -> Row | None:
        """The row of that id, unless it asks something else; else the one that asks the same."""
        same = self.by_id.get(row_id)
        if same is not None and (not asked[0] or _asked(same) in ("", asked[0])):
            return same
        return self.by_question.get(asked)


def answered(files: Mapping[str, str], columns: Columns, references: str | None = None) -> list[Answered]:
    """Bring answers and references together.

    Args:
        files: Files of answers by model. One alone may hold a column ``candidates`` with the answers of several, which
            then go by their own names.
        columns: Where to look.
        references: A file with the references; the answers' own if left out.

    Returns:
        The rows of `references`, or else those of the first file, in order.

    Raises:
        UsageError: There is no such file, or no such column in it.
        DataError: A file is damaged, or holds something else than text where an answer should be.
    """
    read = {model: _File(source, [*read_table(source)]) for model, source in files.items()}
    base = _File(references, [*read_table(references)]) if references else next(iter(read.values()))
    places = {model: _column(file, columns.answer, ANSWERS, "answers") for model, file in read.items()}
    taken = set() if references else {places[next(iter(read))]}
    wanted = [name for name in REFERENCES if name not in taken]
    place = columns.reference if columns.reference and _needs(base, columns.reference) else _first(base.rows, wanted)
    found = []
    for row, keys in zip(base.rows, _keys(base.rows), strict=True):
        answers: dict[str, str | None] = {}
        for model, file in read.items():
            there = row if file is base else file.like(*keys)
            answers |= _answers(model, there, places[model], file.source)
        reference = _text(row, place, base.source) if place else _of_instances(row)
        found.append(Answered(row, reference, answers))
    models = dict.fromkeys(model for one in found for model in one.answers)
    return [Answered(one.row, one.reference, {model: one.answers.get(model) for model in models}) for one in found]


def _keys(rows: Iterable[Row]) -> Iterator[tuple[str, tuple[str, int]]]:
    """Each row's id, and its question with how often that has come before."""
    seen: Counter[str] = Counter()
    for row in rows:
        asked = _asked(row)
        yield str(next(row[name] for name in _IDS if row.get(name) not in (None, ""))), (asked, seen[asked])
        seen[asked] += 1


def _asked(row: Row) -> str:
    if "instruction" in row:
        instances = row.get("instances")
        extra = instances[0] if isinstance(instances, list) and instances and isinstance(instances[0], dict) else row
        return " ".join(question({"instruction": row["instruction"], "input": extra.get("input")}).split())
    return next((" ".join(str(row[name]).split()) for name in _QUESTIONS if row.get(name)), "")


def _column(file: _File, given: str, known: Sequence[str], what: str) -> str:
    if given:
        _needs(file, given)
        return given
    if any(isinstance(row.get("candidates"), list | str) for row in file.rows):
        return "candidates"
    found = _first(file.rows, known)
    if not found:
        columns = ", ".join(_names(file.rows)) or "none"
        raise UsageError(f"{file.source}: no column of {what} ({', '.join(known)}); there are: {columns}; name it")
    return found


def _needs(file: _File, column: str) -> bool:
    names = _names(file.rows)
    if column not in names:
        there = ", ".join(names) or "none"
        raise UsageError(f"{file.source}: no column {column!r}{nearest(column, names)}; there are: {there}")
    return True


def _names(rows: Iterable[Row]) -> list[str]:
    return [*dict.fromkeys(name for row in rows for name in row)]


def _first(rows: Iterable[Row], known: Iterable[str]) -> str:
    names = set(_names(rows))
    return next((name for name in known if name in names), "")


def _answers(model: str, row: Row | None, column: str, source: str) -> dict[str, str | None]:
    if row is None:
        return {} if column == "candidates" else {model: None}
    if row.get(column) is not None and (column == "candidates" or isinstance(row[column], list)):
        try:
            return {found.model: found.text for found in candidates_of(row, column)}
        except Drop as why:
            raise DataError(f"row {row['id']}: {why}", source) from None
    return {} if column == "candidates" else {model: _text(row, column, source)}


def _text(row: Row, column: str, source: str) -> str | None:
    value = row.get(column)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise DataError(f"row {row['id']}: the column {column!r} is {described(value)}; expected text", source)


def _of_instances(row: Row) -> str | None:
    """The answer of the first instance of a task of Self-Instruct."""
    instances = row.get("instances")
    first = instances[0] if isinstance(instances, list) and instances else None
    found = first.get("output") if isinstance(first, dict) else None
    return found if isinstance(found, str) else None
