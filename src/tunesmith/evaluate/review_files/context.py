"""What the readers of all formats may use: other files' answers and questions, the scale, and where to make remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from tunesmith.data.json_text import described
from tunesmith.evaluate.reviews import Review

from .answers import Library
from .remarks import Remarks
from .source import SourceRow

Two = tuple[str, str]


@dataclass(slots=True)
class Context:
    """What a reader may use.

    Attributes:
        library: Answers and questions from other files.
        scale: The lowest and the highest score.
        models: Names for the two models of a file whose rows name them by their places, instead of those found.
        remarks: Where to note what was put right.
        baselines: Models that a file itself treats as the one to be measured against.
    """

    library: Library = field(default_factory=Library)
    scale: tuple[float, float] = (-inf, inf)
    models: Two | None = None
    remarks: Remarks = field(default_factory=Remarks)
    baselines: dict[str, None] = field(default_factory=dict)

    def review(self, source: SourceRow, question: str, models: Two, answers: Two | None = None) -> Review:
        """A review without its verdict: what is known of the question and of both answers.

        Args:
            source: The row.
            question: The question's id.
            models: In the order shown, if that is known.
            answers: In the same order; those of the library if the row has none.
        """
        answers = answers or self.library.answers(models, question)
        return Review(
            question,
            models,
            None,
            facts=self.library.facts(question),
            lengths=None if answers is None else (len(answers[0].split()), len(answers[1].split())),
            where=source.where,
            asked=self.library.asked(question),
            answers=answers,
        )

    def answers_in(self, source: SourceRow, columns: Sequence[str]) -> Two | None:
        """The two answers in a row; ``None``, with a remark, where one is not there: that is not one of no words.

        Raises:
            DataError: One is something else than text.
        """
        found = [source.row.get(name) for name in columns]
        for name, text in zip(columns, found, strict=True):
            if text is None:
                self.remarks.add(source, f"no answer in {name!r}; the verdict counts, but the length is not known")
            elif not isinstance(text, str):
                raise source.damaged(f"{name!r} is {described(text)}; expected the text of an answer")
        first, second = found
        return None if first is None or second is None else (first, second)
