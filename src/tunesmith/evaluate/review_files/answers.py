"""Answers and questions from other files, joined to reviews by id: who answered, how long, and what was asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tunesmith.errors import DataError, UsageError
from tunesmith.evaluate.reviews import Facts

from .source import SourceRow, name_of, rows_of

Key = TypeVar("Key")

_IDS = ("question_id", "q_id", "id")
_ASKED = ("text", "question", "prompt", "instruction", "Instruction", "turns")
_ANSWER = ("answer", "output", "text")
_NO_FACTS = frozenset({*_IDS, *_ASKED, *_ANSWER, "answer_id", "model_id", "model", "generator", "metadata", "input"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in a file of answers."""

    model: str
    question: str
    text: str
    source: SourceRow


@dataclass(frozen=True, slots=True)
class Question:
    """A question: what was asked, and what is known of it."""

    asked: str = ""
    facts: Facts = field(default_factory=dict)


@dataclass(slots=True)
class Library:
    """Answers and questions, by id.

    Attributes:
        by_id: Answers by their own id.
        by_model: Answers by model and question.
        questions: Questions by id.
        asked_together: The ids in each file of questions: what of a set was asked.
        whole: Whether `questions` are all there are, so that a review of another one is damage.
    """

    by_id: dict[str, Answer] = field(default_factory=dict)
    by_model: dict[tuple[str, str], Answer] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    asked_together: list[Collection[str]] = field(default_factory=list)
    whole: bool = False
    _read: set[Path] = field(default_factory=set)

    def add_answers(self, path: Path) -> None:
        """Read a file of answers, or a folder of such files.

        Raises:
            UsageError: There is no such file.
            DataError: It is damaged, or holds no answers.
        """
        files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.resolve() not in self._read:
                self._read.add(file.resolve())
                for source in rows_of(file):
                    self._add_answer(source)

    def _add_answer(self, source: SourceRow) -> None:
        row = source.row
        column = next((name for name in _ANSWER if isinstance(row.get(name), str)), None)
        if column is None:
            raise source.damaged(f"no answer: expected text in one of {', '.join(_ANSWER)}")
        question = source.identity(*_IDS)
        model = next((str(row[key]).strip() for key in ("model_id", "model", "generator") if row.get(key)), "")
        answer = Answer(model or _model_in(source.file), question, row[column], source)
        if isinstance(row.get("answer_id"), str):
            self._keep(self.by_id, row["answer_id"].strip(), answer)
        self._keep(self.by_model, (answer.model, question), answer)
        if column != "text" and isinstance(row.get("text"), str):  # as ExpertLLaMA has it: the question is there too
            self.questions.setdefault(question, Question(row["text"], source.facts(_NO_FACTS)))

    def _keep(self, where: dict[Key, Answer], key: Key, answer: Answer) -> None:
        known = where.setdefault(key, answer)
        if known.text != answer.text or known.question != answer.question:
            raise answer.source.damaged(
                f"a second answer of {answer.model!r} to question {answer.question!r}, other than the one in "
                f"{known.source.where}; remove one"
            )

    def add_questions(self, path: Path) -> None:
        """Read a file of questions.

        Raises:
            UsageError: There is no such file.
            DataError: It is damaged, or another question of the same id is known.
        """
        if path.resolve() in self._read:
            return
        self._read.add(path.resolve())
        together: dict[str, None] = {}
        self.asked_together.append(together)
        for source in rows_of(path):
            question = source.identity(*_IDS)
            asked = next((source.row[name] for name in _ASKED if isinstance(source.row.get(name), str)), "")
            found = Question(asked, source.facts(_NO_FACTS))
            if self.questions.setdefault(question, found) != found and self.questions[question].asked != asked:
                raise source.damaged(f"the question {question!r} was another before; the ids are of different files")
            self.questions[question] = found
            together[question] = None

    def facts(self, question: str) -> Facts:
        """What is known of a question."""
        known = self.questions.get(question)
        return {} if known is None else known.facts

    def asked(self, question: str) -> str:
        """What was asked; empty if that is not known."""
        known = self.questions.get(question)
        return "" if known is None else known.asked

    def answers(self, models: Sequence[str], question: str) -> tuple[str, str] | None:
        """Both models' answers; ``None`` unless both are known."""
        found = [self.by_model.get((model, question)) for model in models]
        first, second = found
        return None if first is None or second is None else (first.text, second.text)

    def rename(self, old: str, new: str) -> None:
        """Let a model's answers be found under another name."""
        for (model, question), answer in list(self.by_model.items()):
            if model == old:
                self.by_model.setdefault((new, question), answer)

    def strangers(self, models: Iterable[str]) -> list[str]:
        """Models with answers but no review."""
        return sorted({model for model, _ in self.by_model} - set(models))


def _model_in(file: str) -> str:
    """The model in the name of a file of answers: ``expertllama`` in ``vicuna80_expertllama.jsonl``.

    Only what stands before the first ``_`` is taken off: ``vicuna80_llama_gpt3.5`` must not be taken for ``gpt3.5``.
    """
    before, _, rest = name_of(file).partition("_")
    return rest or before


def library(answers: Sequence[Path], questions: Path | None) -> Library:
    """Read the files that a user names.

    Raises:
        UsageError: One is not there, or is a folder where a file is expected.
        DataError: One is damaged.
    """
    found = Library(whole=questions is not None)
    for path in answers:
        if not path.exists():
            raise UsageError(f"--answers {path}: there is no such file or folder")
        found.add_answers(path)
    if questions is not None:
        if not questions.is_file():
            raise UsageError(f"--questions {questions}: there is no such file")
        found.add_questions(questions)
        if not found.questions:
            raise DataError("the file holds no questions", questions)
    return found
