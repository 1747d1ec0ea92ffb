"""Review files as they are, whatever published them: recognised by looking, read into reviews, damage never in silence.

What is put right or left out is said in a note; what cannot be is refused with file and line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tunesmith.data.sources import list_files
from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Counts, Review, Totals

from .alpaca_eval import read_alpaca_eval
from .alpagasus2 import read_alpagasus2
from .answers import library
from .context import Context
from .doubles import Doubles, Sums, remark_on_gaps, see_that_they_fit_together
from .expertllama import read_expertllama
from .fastchat import read_fastchat
from .pairwise import read_mt_bench, read_table
from .remarks import listed
from .source import SourceRow, columns_of, rows_in
from .summaries import is_counts, read_counts, read_totals
from .verdict_rows import read_verdict_rows, reviews_of_row

__all__ = ["Beside", "ReviewFiles", "read_review_files", "reviews_of_row"]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known besides the review files.

    Attributes:
        answers: Files or folders with the models' answers: whose an answer is, and how long.
        questions: The file of all questions that were asked, with their categories.
        scale: The lowest and the highest score.
        models: Names for the two models of a file, in the order of its scores, where rows name them by place only.
    """

    answers: Sequence[Path] = ()
    questions: Path | None = None
    scale: tuple[float, float] = (1, 10)
    models: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReviewFiles:
    """What review files hold.

    Attributes:
        reviews: Each once.
        totals: Sums of points, where a file gives no more.
        counts: Wins, ties and losses, likewise.
        baseline: The model that the files themselves measure the others against; ``None`` if they do not say.
        formats: The format of each file.
        notes: What was put right or left out, in sentences.
    """

    reviews: tuple[Review, ...] = ()
    totals: tuple[Totals, ...] = ()
    counts: tuple[Counts, ...] = ()
    baseline: str | None = None
    formats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Format:
    """A format of review files.

    Attributes:
        name: What it is called.
        columns: What its rows have, by which it is recognised.
        read: Reads a file.
        is_once: Whether a file has one review of a question, so that another one is damage in whatever order.
        has_places: Whether rows name models by place only, so that the user may give the names.
    """

    name: str
    columns: frozenset[str]
    read: Callable[[Sequence[SourceRow], Context], Iterator[Review]]
    is_once: bool = True
    has_places: bool = False


def _has(*columns: str) -> frozenset[str]:
    return frozenset(columns)


_FORMATS = (
    _Format("rows with verdicts", _has("verdicts"), read_verdict_rows, is_once=False),
    _Format("ExpertLLaMA", _has("q_id", "full_response"), read_expertllama, has_places=True),
    _Format("FastChat", _has("question_id", "answer1_id", "answer2_id"), read_fastchat, has_places=True),
    _Format("AlpacaEval", _has("generator_1", "generator_2", "preference"), read_alpaca_eval, is_once=False),
    _Format("MT-Bench", _has("model_1", "model_2", "g1_winner", "g2_winner"), read_mt_bench, is_once=False),
    _Format("a table of winners", _has("model_a", "model_b", "winner"), read_table, is_once=False),
    _Format("AlpaGasus2-QLoRA", _has("question_id", "review", "score"), read_alpagasus2),
)


def read_review_files(paths: Sequence[str | Path], beside: Beside | None = None) -> ReviewFiles:
    """Read review files and folders of such files, each of whatever format.

    Raises:
        UsageError: There is no such file.
        DataError: One is damaged, or of no known format.
    """
    beside = beside or Beside()
    context = Context(library(beside.answers, beside.questions), beside.scale, beside.models)
    doubles, sums = Doubles(context.remarks), Sums(context.remarks)
    reviews: list[Review] = []
    totals: list[Totals] = []
    counts: list[Counts] = []
    formats: list[str] = []
    for file in (file for path in paths for file in list_files(path)):
        if (found := read_totals(file, context.remarks, sums)) is not None:
            kind = None
            totals += found
        else:
            sources = list(rows_in(file))
            kind = _format_of(sources, file.name)
            if kind is None:
                counts += read_counts(sources, sums)
            else:
                reviews += _once(kind.read(sources, context), file.name if kind.is_once else "", doubles)
        formats.append(kind.name if kind else "counts" if found is None else "totals")
        if beside.models and not (kind and kind.has_places):
            what = "names its models itself, so that --models, which is for files that do not, cannot be given"
            raise DataError(f"the file ({formats[-1]}) {what}", file.name)
    if not reviews and not totals and not counts:
        raise DataError(f"there is not one verdict in {listed(map(str, paths))}; expected rows that were judged")
    doubles.remark()
    see_that_they_fit_together(reviews)
    remark_on_gaps(reviews, context.library, context.remarks)
    if beside.answers and (strangers := context.library.strangers(m for r in reviews for m in r.models)):
        context.remarks.say(f"answers of models that no review is about: {listed(strangers)}")
    baseline = next(iter(context.baselines)) if len(context.baselines) == 1 else None
    return ReviewFiles(
        tuple(reviews), tuple(totals), tuple(counts), baseline, tuple(formats), context.remarks.sentences()
    )


def _format_of(sources: Sequence[SourceRow], file: str) -> _Format | None:
    """The format of a file; ``None`` if its rows are counts.

    Raises:
        DataError: It is of no known format, or of two.
    """
    if not sources:
        raise DataError("the file holds no rows; expected reviews", file)
    columns = columns_of(sources)
    if is_counts(columns):
        return None
    found = _recognise(columns)
    if found is None:
        known = ", ".join(kind.name for kind in _FORMATS)
        raise DataError(
            f"these are no reviews of a known format ({known}): the columns are {listed(columns)}; the simplest has "
            "question, model_a, model_b, winner and perhaps judge",
            file,
        )
    for source in sources:
        other = _recognise(source.row)
        if other is not None and other is not found:
            raise source.damaged(
                f"a row of {other.name} among rows of {found.name}; give each format a file of its own"
            )
    return found


def _recognise(columns: Collection[str]) -> _Format | None:
    return next((kind for kind in _FORMATS if kind.columns <= {*columns}), None)


def _once(reviews: Iterable[Review], file: str, doubles: Doubles) -> Iterator[Review]:
    """The reviews without those that are there twice.

    Args:
        reviews: Of one file.
        file: Its name, if it has one review of a question, in whatever order.
        doubles: Those of all files.
    """
    in_row: Counter[Hashable] = Counter()  # a verdict on three answers or more shows two of them in one order twice
    for review in reviews:
        key = _key(review)
        in_row[review.where, key] += 1
        if file and not doubles.is_new(review, (file, review.question, review.judge, frozenset(review.models))):
            continue
        if doubles.is_new(review, (key, in_row[review.where, key])):
            yield review


def _key(review: Review) -> Hashable:
    """What no two reviews have in common: question, turn and judge, and the order shown where that is known."""
    models = review.models if review.shown else frozenset(review.models)
    return review.question, str(review.facts.get("turn")), review.judge, models
