"""Models' answers beside the references they are to be measured against, from one file of rows or from several.

Answers and references go by many names; they are found by those below, or by the name that is given. Rows of several
files belong together that have the same id and do not ask different things, or that ask the same. A place in the file
is no id: it counts only where the files hold nothing else and are of one length, and that is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tunesmith.curate.candidates import candidates_of
from tunesmith.data.files import read_table
from tunesmith.data.json_text import described
from tunesmith.errors import DataError, Drop, UsageError
from tunesmith.rows import Ids, Row, question
from tunesmith.text import nearest

from .sentences import counted

ANSWERS = ("output", "response", "model_output", "prediction", "completion", "generation")
LAST_ANSWERS = ("text", "answer")  # a model's only where there is no other: MATH and GSM8K call their own so
REFERENCES = ("reference", "std_answer", "target", "solution", "answer", "gold")
_QUESTIONS = ("question", "prompt", "Instruction", "problem", "query", "messages", "conversations")
_IDS = ("question_id", "task_id", "id")


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its reference and its answers.

    Attributes:
        row: The row that has the reference, with whatever else is known of the question.
        reference: ``None`` if it has none.
        answers: All that each model wrote, by its name; empty if that is nothing, ``None`` if it has no such row.
    """

    row: Row
    reference: str | None
    answers: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where answers and references stand; empty to find out."""

    answer: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Questions with their answers, and how they came together.

    Attributes:
        rows: In the order of the references.
        columns: The column of each file's answers, by model.
        reference_column: The column of the references; empty if there is none.
        strangers: How many rows of a file belong to no row of the references, by model.
        by_line: The models whose rows were matched by nothing but their place in the file.
    """

    rows: list[Answered]
    columns: Mapping[str, str]
    reference_column: str
    strangers: Mapping[str, int]
    by_line: tuple[str, ...]

    def remarks(self) -> Iterator[str]:
        """What a reader of any figures made from it should know."""
        columns = ", ".join(dict.fromkeys(self.columns.values()))
        yield f"answers: column {columns}; references: column {self.reference_column or 'none'}"
        for model in self.by_line:
            yield f"{model}: matched with the references line by line, for there are neither ids nor questions"
        for model, rows in self.strangers.items():
            if rows:
                yield f"{model}: {counted(rows, 'answer')} to no question of the references, not counted"


@dataclass(slots=True)
class _File:
    """Rows of a file, to be found by an id of their own and by question."""

    source: str
    rows: list[Row] = field(default_factory=list)
    keys: list[tuple[str, tuple[str, int]]] = field(default_factory=list)
    by_id: dict[str, Row] = field(default_factory=dict)
    by_question: dict[tuple[str, int], Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ids, seen = Ids(), Counter[str]()
        for record in read_table(self.source, give_ids=False):
            row_id = str(next((record[name] for name in _IDS if record.get(name) not in (None, "")), ""))
            if row_id in self.by_id:
                raise DataError(f"two rows have the id {row_id!r}; make the ids unique", self.source)
            row, asked = ids.give(record, self.source), _asked(record)
            self.rows.append(row)
            self.keys.append((row_id, (asked, seen[asked])))
            if row_id:
                self.by_id[row_id] = row
            if asked:
                self.by_question[asked, seen[asked]] = row
            seen[asked] += 1

    def like(self, row_id: str, asked: tuple[str, int]) -> Row | None:
        """The row of that id, unless it asks something else; else the one that asks the same."""
        same = self.by_id.get(row_id)
        if same is not None and (not asked[0] or _asked(same) in ("", asked[0])):
            return same
        return self.by_question.get(asked)

    def beside(self, base: _File) -> tuple[list[Row | None], bool]:
        """For each row of another file the one that belongs to it, and whether only its place tells so.

        Raises:
            UsageError: None belongs to any.
        """
        if self is base:
            return [*self.rows], False
        found = [self.like(*keys) for keys in base.keys]
        if any(row is not None for row in found) or not base.rows:
            return found, False
        bare = not (self.by_question or base.by_question) and not (self.by_id and base.by_id)
        if bare and len(self.rows) == len(base.rows):
            return [*self.rows], True
        raise UsageError(
            f"no row of {self.source} has the id of a row of {base.source}, or asks the same; give both files a "
            f"column {_IDS[0]} or {_QUESTIONS[0]} by which they belong together"
        )


def answered(files: Mapping[str, str], columns: Columns, references: str | None = None) -> Sheet:
    """Bring answers and references together.

    Args:
        files: Files of answers by model. One alone may hold a column ``candidates`` with the answers of several, which
            then go by their own names.
        columns: Where to look.
        references: A file with the references; the answers' own if left out.

    Returns:
        The rows of `references`, or else those of the first file, in order.

    Raises:
        UsageError: There is no such file or no such column in it, several columns may be meant, or no row of a file
            belongs to one of the references.
        DataError: A file is damaged, or holds something else than text where an answer should be.
    """
    read = {model: _File(source) for model, source in files.items()}
    base = _File(references) if references else next(iter(read.values()))
    places = {model: _column(file, columns) for model, file in read.items()}
    taken = set() if references else {places[next(iter(read))]}
    wanted = [name for name in REFERENCES if name not in taken]
    place = columns.reference if columns.reference and _needs(base, columns.reference) else _first(base.rows, wanted)
    beside = {model: file.beside(base) for model, file in read.items()}
    found = []
    for number, row in enumerate(base.rows):
        answers: dict[str, str | None] = {}
        for model, file in read.items():
            answers |= _answers(model, beside[model][0][number], places[model], file.source)
        reference = _text(row, place, base.source) if place else _of_instances(row)
        found.append(Answered(row, reference, answers))
    models = dict.fromkeys(model for one in found for model in one.answers)
    rows = [Answered(one.row, one.reference, {model: one.answers.get(model) for model in models}) for one in found]
    strangers = {
        model: len(file.rows) - len({id(row) for row in beside[model][0] if row is not None})
        for model, file in read.items()
    }
    return Sheet(rows, places, place, strangers, tuple(model for model, (_, by_line) in beside.items() if by_line))


def _asked(row: Row) -> str:
    """What a row asks, blanks collapsed; empty if it does not say."""
    if row.get("instruction"):
        instances = row.get("instances")
        extra = instances[0] if isinstance(instances, list) and instances and isinstance(instances[0], dict) else row
        return " ".join(question({"instruction": row["instruction"], "input": extra.get("input")}).split())
    return next((" ".join(_said(row[name]).split()) for name in _QUESTIONS if row.get(name)), "")


def _said(found: object) -> str:
    """A question, or what the user says in a chat."""
    if not isinstance(found, list) or not all(isinstance(turn, dict) for turn in found):
        return str(found)
    turns = [(turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))) for turn in found]
    return "\n".join(str(text) for who, text in turns if who in ("user", "human"))


def _column(file: _File, columns: Columns) -> str:
    """Which column of a file holds the answers."""
    if columns.answer:
        _needs(file, columns.answer)
        return columns.answer
    if any(isinstance(row.get("candidates"), list | str) for row in file.rows):
        return "candidates"
    filled = {name for row in file.rows for name, value in row.items() if value not in (None, "")}
    known = [name for name in ANSWERS if name in filled and name != columns.reference]
    if len(known) > 1:
        raise UsageError(f"{file.source}: answers may be in {' or '.join(known)}; name the column with --column")
    known += [name for name in (*LAST_ANSWERS, *ANSWERS) if name != columns.reference]
    found = _first(file.rows, [name for name in known if name in filled] or known)
    if not found:
        there = ", ".join(_names(file.rows)) or "none"
        names = ", ".join((*ANSWERS, *LAST_ANSWERS))
        raise UsageError(f"{file.source}: no column of answers ({names}); there are: {there}; name it with --column")
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
    return {} if column == "candidates" else {model: _text(row, column, source) or ""}


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
