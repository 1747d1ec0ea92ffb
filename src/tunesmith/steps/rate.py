"""Step ``rate``: a teacher scores each answer (AlpaGasus, Chen et al. 2023), or a file of ratings says what it said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tunesmith.curate.threshold import NoRating, plain, rating_of
from tunesmith.data.ratings import Ratings, read_ratings
from tunesmith.errors import Unreadable, UsageError
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Reply, Request, Teacher
from tunesmith.text import nearest

from .base import MaxTokens, Result, TeacherStep
from .ledger import Ledger
from .scales import bounds_of

if TYPE_CHECKING:
    from tunesmith.curate.scores import Score

CRITERIA = {
    "accuracy": "is what the answer says true, and does it do what the instruction asks, all of it, without mistakes?",
    "helpfulness": "does the answer give those who asked what they need: to the point, complete, clear and usable?",
}


class Rate(TeacherStep):
    """Have a teacher score each answer on a scale and say why, or take ratings from a file."""

    expected_tokens: ClassVar[int] = 110

    step: Literal["rate"] = "rate"
    dimension: str = Field(
        "accuracy",
        min_length=1,
        description="What to rate: accuracy, helpfulness, or a sentence of your own that says what a good answer is.",
    )
    scale: str = Field("0-5", description="The lowest and the highest score; half points count on a short one.")
    samples: int = Field(
        1, ge=1, le=100, description="How often each teacher is asked; the rating is the mean of all scores."
    )
    models: tuple[str, ...] = Field(
        (), description="Teachers that rate, each PROVIDER:NAME; the run's own if left out."
    )
    column: str = Field("rating", min_length=1, description="Column for the rating; others are named after it.")
    file: Path | None = Field(None, description="File of ratings to use; then no teacher is asked.")
    match: Literal["auto", "id", "position"] = Field(
        "auto", description="How the file's ratings find their rows; by id where they have ids, else by position."
    )
    max_tokens: MaxTokens = 512

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        self.bounds  # noqa: B018 - raises for a scale that is none
        if self.dimension not in CRITERIA and (meant := nearest(self.dimension, CRITERIA)):
            raise ValueError(f"dimension: {self.dimension!r} is neither {' nor '.join(CRITERIA)}{meant}")
        if self.samples > 1 and self.temperature == 0:
            raise ValueError(
                f"{self.samples} samples at temperature 0 are the same answer {self.samples} times; raise the "
                "temperature or leave it out"
            )
        if len(set(self.models)) < len(self.models):
            raise ValueError("models names a teacher twice; to ask it twice, give --samples 2")
        if self.models and self.model:
            raise ValueError("models and model both say who rates; leave one of them out")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score.

        Raises:
            ValueError: The scale is not of the form LOW-HIGH.
        """
        return bounds_of(self.scale)

    @property
    def teachers(self) -> tuple[str, ...]:
        """Those that rate, and those that step in for them."""
        if self.file:
            return ()
        return (*self.models, *self.fallback) if self.models else super().teachers

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The file of ratings."""
        return (self.file,) if self.file else ()

    def check_inputs(self) -> None:
        """Read the file of ratings."""
        if self.file:
            read_ratings(self.file, self.column, self.match)

    @property
    def reads(self) -> Collection[str]:
        """What the prompt names; nothing if the ratings are in a file."""
        return () if self.file else super().reads

    @property
    def writes(self) -> tuple[str, ...]:
        """The rating and the teacher's reasons; where there are several scores also these, and how far they differ."""
        name = self.column
        if self.file:
            return (name,)
        if self.samples == 1 and len(self.models) < 2:
            return name, f"{name}_why"
        return name, f"{name}_why", f"{name}_scores", f"{name}_spread"

    @property
    def places(self) -> Mapping[str, str]:
        """The scale, the dimension and what it means."""
        low, high = self.bounds
        return {
            "low": plain(low),
            "high": plain(high),
            "halves": "Half points are allowed. " if high - low <= 10 else "",
            "dimension": self.dimension,
            "criterion": CRITERIA.get(self.dimension, self.dimension),
        }

    def prompts(self) -> dict[str, Prompt]:
        """The prompt, unless the ratings are in a file."""
        return {} if self.file else super().prompts()

    def requests(self, row: Row) -> list[Request]:
        """The same question to each teacher, as often as asked for; at temperature 0 if only once, as published."""
        (asked,) = super().requests(row)
        if asked.temperature is None and self.samples == 1:
            asked = replace(asked, temperature=0.0)
        return [
            replace(asked, teacher=teacher, sample=sample)
            for teacher in self.models or ("",)
            for sample in range(self.samples)
        ]

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """The row with its rating; scores that cannot be read are asked for again, one by one."""
        from tunesmith.curate.scores import read_score  # its patterns take half a second to compile

        low, high = self.bounds
        label = self.dimension if self.dimension in CRITERIA else ""  # judges do not label a score with a sentence
        scores: dict[int, Score] = {}
        problems: dict[int, str] = {}
        for place, reply in enumerate(replies):
            try:
                scores[place] = read_score(reply.text, low, high, label)
            except Unreadable as error:
                problems[place] = str(error)
        if problems:
            raise Unreadable(next(iter(problems.values())), tuple(problems))
        return row | self._columns([scores[place] for place in range(len(replies))], replies)

    def _columns(self, scores: list[Score], replies: list[Reply]) -> Row:
        name, values = self.column, [score.value for score in scores]
        columns: dict[str, Any] = {name: fmean(values), f"{name}_why": scores[0].why}
        if len(scores) > 1:
            columns[f"{name}_scores"] = [
                {
                    "teacher": self._who(replies[place], place),
                    "sample": place % self.samples,
                    "score": score.value,
                    "why": score.why,
                }
                for place, score in enumerate(scores)
            ]
            columns[f"{name}_spread"] = stdev(values)
        return columns

    def _who(self, reply: Reply, place: int) -> str:
        """Who gave a score; the run's own teacher, which has no name among them, by its model."""
        return reply.teacher or (self.models[place // self.samples] if self.models else reply.model)

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask about every row, or look up its rating."""
        if self.file is None:
            return super().run(rows, ledger, teacher)
        return self._looked_up(self.file, list(rows) if iter(rows) is rows else rows, ledger)

    def _looked_up(self, file: Path, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        ratings = read_ratings(file, self.column, self.match)
        if ratings.by_position is not None:
            _see_that_all_are_there(ratings, file, sum(1 for _ in rows))
        low, high = self.bounds
        unused = set(ratings.by_id or ())
        for position, row in enumerate(rows):
            unused.discard(row["id"])
            try:
                rating = rating_of(ratings.of(row["id"], position))
            except NoRating as why:
                ledger.dropped(row, f"{why} in {file.name}", kind=why.kind)
                continue
            if low <= rating <= high:
                yield from ledger.passed(row, row | {self.column: rating})
            else:
                what = f"outside the scale {self.scale}"
                ledger.dropped(row, f"the rating {plain(rating)} in {file.name} is {what}", kind=f"rating {what}")
        if unused:
            example = min(unused)
            ledger.note(f"{len(unused):,} ratings in {file.name} are for ids that no row has here, such as {example!r}")


def _see_that_all_are_there(ratings: Ratings, file: Path, rows: int) -> None:
    """Ratings by position are worth nothing unless there is one for each row.

    Raises:
        UsageError: There are more or fewer.
    """
    given = len(ratings.by_position or ())
    if given != rows:
        raise UsageError(
            f"{file} holds {given:,} ratings, but {rows:,} rows come to this step; ratings by position must be one for "
            "each row, in the same order, so give them ids or make the files match"
        )
