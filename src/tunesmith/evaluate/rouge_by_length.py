"""ROUGE against references, by how long the reference is, as GPT-4-LLM (Peng et al., 2023) reports it.

Long references hide how models do on short ones, where one word too many costs half the score. Published are the bins
0-2, 3-5, 6-10 and more than 10 words; the published file for 6-10 labels its rows 5-10, which the number of its rows
cannot settle, so bins of ours are named for what they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum, sqrt

from tunesmith.curate.rouge import Tokenizer, rouge_l, rouge_n
from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate, student

from .answered import Answered

MEASURES = ("rouge1", "rouge2", "rougeL")
PUBLISHED_BINS = "0-2,3-5,6-10,11-"
ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Bin:
    """References of so many words, split at white space; ``most`` is ``None`` for no limit."""

    least: int
    most: int | None

    @property
    def name(self) -> str:
        """As it is typed: ``6-10``, ``11-``."""
        return f"{self.least}-{'' if self.most is None else self.most}"

    def holds(self, words: int) -> bool:
        """Whether a reference of so many words belongs here."""
        return words >= self.least and (self.most is None or words <= self.most)


@dataclass(frozen=True, slots=True)
class RougeCell:
    """One model's mean scores on references of one length.

    Attributes:
        model: Whose answers.
        length: The bin's name, or ``ALL``.
        rouge1: Mean F-measure of single words, from 0 to 1.
        rouge2: Of pairs of words.
        rougeL: Of the longest common subsequence.
    """

    model: str
    length: str
    rouge1: Estimate
    rouge2: Estimate
    rougeL: Estimate


@dataclass(frozen=True, slots=True)
class RougeTable:
    """ROUGE of several models by length.

    Attributes:
        lengths: The bins, in order, then ``ALL``.
        models: In order.
        cells: By length and model.
        no_reference: Rows that have none.
        no_answer: Rows that have no answer of a model, by model; they do not count for any model.
        empty: Answers that are empty, by model; they count with 0.
        unbinned: Rows whose references are in no bin; they count in ``ALL``.
    """

    lengths: tuple[str, ...]
    models: tuple[str, ...]
    cells: Mapping[tuple[str, str], RougeCell]
    no_reference: int = 0
    no_answer: Mapping[str, int] = field(default_factory=dict)
    empty: Mapping[str, int] = field(default_factory=dict)
    unbinned: int = 0


def parse_bins(text: str) -> tuple[Bin, ...]:
    """Read ``0-2,3-5,6-10,11-``.

    Raises:
        UsageError: It is not of this form, or bins overlap.
    """
    found: list[Bin] = []
    for piece in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,6})\s*-\s*(\d{1,6})?\s*", piece)
        one = Bin(int(match[1]), int(match[2]) if match[2] else None) if match else None
        if one is None or (one.most is not None and one.most < one.least):
            raise UsageError(f"--bins: expected lengths in words such as {PUBLISHED_BINS}, found {piece!r}")
        if found and (found[-1].most is None or found[-1].most >= one.least):
            raise UsageError(f"--bins: {found[-1].name} and {one.name} overlap or are out of order; mend them")
        found.append(one)
    return tuple(found)


def rouge_by_length(rows: Sequence[Answered], bins: Sequence[Bin], tokenizer: Tokenizer = "rouge") -> RougeTable:
    """Score each model's answers against the references; only rows that all models have answered count.

    Args:
        rows: Questions with reference and answers.
        bins: Lengths of references.
        tokenizer: How texts are cut into words for ROUGE; lengths are always in words between white space.
    """
    models = tuple(rows[0].answers) if rows else ()
    scores: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    no_reference = unbinned = 0
    no_answer, empty = dict.fromkeys(models, 0), dict.fromkeys(models, 0)
    for row in rows:
        if not row.reference or not row.reference.strip():
            no_reference += 1
            continue
        missing = [model for model in models if row.answers[model] is None]
        for model in missing:
            no_answer[model] += 1
        if missing:
            continue
        words = len(row.reference.split())
        names = [one.name for one in bins if one.holds(words)]
        unbinned += not names
        for model in models:
            empty[model] += not (row.answers[model] or "").strip()
            score = _scores(row.reference, row.answers[model] or "", tokenizer)
            for name in (*names, ALL):
                scores.setdefault((name, model), []).append(score)
    lengths = (*(one.name for one in bins), ALL)
    cells = {(name, model): _cell(model, name, scores.get((name, model), [])) for name in lengths for model in models}
    return RougeTable(lengths, models, cells, no_reference, no_answer, empty, unbinned)


def _scores(reference: str, answer: str, tokenizer: Tokenizer) -> tuple[float, ...]:
    return (
        rouge_n(reference, answer, 1, tokenizer),
        rouge_n(reference, answer, 2, tokenizer),
        rouge_l(reference, answer, tokenizer),
    )


def _cell(model: str, length: str, scores: Sequence[tuple[float, ...]]) -> RougeCell:
    figures = zip(*scores, strict=True) if scores else ((), (), ())
    return RougeCell(model, length, *(_mean(values) for values in figures))


def _mean(values: Sequence[float]) -> Estimate:
    """A mean with Student's t over rows, kept between 0 and 1."""
    n = len(values)
    if not n:
        return Estimate()
    mean = fsum(values) / n
    error = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1) / n) if n > 1 else 0.0
    if error < 1e-12:  # all alike: they cannot tell how others would be
        return Estimate(mean, rows=n)
    reach = error * student(n - 1)
    return Estimate(mean, max(0.0, mean - reach), min(1.0, mean + reach), n, error)


def weighted_gap(table: RougeTable, model: str, measure: str) -> float | None:
    """How far the mean of a model's bins, weighted with their rows, lies from what stands under ``ALL``.

    Returns:
        ``ALL`` less the weighted mean; ``None`` where either is missing, or the bins do not hold the rows of ``ALL``.
    """
    cells = [table.cells.get((length, model)) for length in table.lengths if length != ALL]
    figures: Iterable[Estimate] = [getattr(cell, measure) for cell in cells if cell is not None]
    known = [figure for figure in figures if figure.value is not None]
    whole = table.cells.get((ALL, model))
    total: Estimate = getattr(whole, measure) if whole is not None else Estimate()
    rows = sum(figure.rows for figure in known)
    if total.value is None or not rows or rows != total.rows:
        return None
    return total.value - fsum((figure.value or 0.0) * figure.rows for figure in known) / rows
