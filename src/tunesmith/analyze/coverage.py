"""How much of a domain a set of instructions covers: different verb-noun pairs, likeness, tasks by depth.

The measures are those with which Self-Instruct (Wang et al. 2022) and Explore-Instruct (Wan et al. 2023) describe
their data. What grows with the number of rows is also given at equal size, and every average with an interval. The
intervals take rows to be drawn independently of each other, each with its task, from what a teacher would write; a
teacher that saw earlier rows, or a near-duplicate filter, is not in them, and neither is another tree.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tunesmith.curate.neighbours import nearest_neighbours
from tunesmith.curate.rouge import WORDS, Tokenizer
from tunesmith.estimates import Estimate, difference
from tunesmith.rows import Row

from .likeness import Average, average
from .richness import rarefied
from .verbs import Pair, is_english, verb_noun

ALIKE = 0.7
"""The F-measure above which Self-Instruct and Explore-Instruct take two instructions for the same."""

NEAREST = 10_000
"""Rows among which nearest neighbours are looked for: every text is held against every other, which takes long."""

Reader = Callable[[str], Pair | None]
"""What reads an instruction's verb and noun."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How many tasks there are at a depth of the tree, and how many rows they have."""

    tasks: int
    rows: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a set of instructions covers.

    Attributes:
        rows: Rows in all.
        tasks: Different tasks among them.
        without_task: Rows that name no task; they count in what is said of all pairs of rows.
        depths: Tasks and rows by depth, 0 for the root; ``None`` for rows with a task but no depth.
        verb_nouns: How many rows have each verb-noun pair.
        not_english: Rows whose instruction is not in Latin letters, so that no verb or noun is looked for.
        wordless: Rows whose instruction has no word at all, as Chinese has none for ROUGE's tokenizer. They are left
            out of what follows.
        within: Average likeness of two rows of one task.
        between: Average likeness of two rows of different tasks.
        overall: Average likeness of any two rows.
        alike: Rows of which the nearest other row is above 0.7. More rows have nearer neighbours, so this too can only
            be compared at equal size.
        alike_of: Among how many rows that was looked for; if there are more, these are a random sample.
    """

    rows: int
    tasks: int
    without_task: int
    depths: Mapping[int | None, Depth]
    verb_nouns: Mapping[Pair, int]
    not_english: int
    wordless: int
    within: Average
    between: Average
    overall: Average
    alike: int
    alike_of: int

    @property
    def readable(self) -> int:
        """Rows with a verb-noun pair."""
        return sum(self.verb_nouns.values())

    def unique_pairs(self, rows: int | None = None) -> Estimate:
        """How many different verb-noun pairs there are; or are to be expected among so many of the rows.

        Rows without a pair are rows as well: so many requests brought so many pairs.
        """
        return rarefied(self.verb_nouns.values(), self.rows, self.rows if rows is None else min(rows, self.rows))

    def as_json(self, most: int = 20) -> dict[str, Any]:
        """What JSON can hold of it; of the verb-noun pairs the ``most`` frequent ones."""
        often = sorted(self.verb_nouns.items(), key=lambda item: (-item[1], item[0]))
        return {
            "rows": self.rows,
            "tasks": self.tasks,
            "without_task": self.without_task,
            "depths": [{"depth": depth, **asdict(found)} for depth, found in self.depths.items()],
            "unique_verb_nouns": self.unique_pairs().as_json(),
            "readable": self.readable,
            "not_english": self.not_english,
            "frequent_verb_nouns": [{"verb": verb, "noun": noun, "rows": n} for (verb, noun), n in often[:most]],
            "wordless": self.wordless,
            "within": self.within.as_json(),
            "between": self.between.as_json(),
            "overall": self.overall.as_json(),
            "alike": self.alike,
            "alike_of": self.alike_of,
        }


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of two sets, and by how much the first has more than the second."""

    first: Estimate
    second: Estimate
    difference: Estimate

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold of it: everything."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets side by side.

    Attributes:
        first: The one.
        second: The other.
        rows: The number of rows at which the pairs are counted: those of the smaller set.
        verb_nouns: Different verb-noun pairs to be expected among so many rows.
        within: Average likeness of two rows of one task.
        between: Average likeness of two rows of different tasks.
        overall: Average likeness of any two rows.
    """

    first: Coverage
    second: Coverage
    rows: int
    verb_nouns: Figure
    within: Figure
    between: Figure
    overall: Figure

    def as_json(self) -> dict[str, Any]:
        """What JSON can hold of it."""
        figures = {name: getattr(self, name).as_json() for name in ("verb_nouns", "within", "between", "overall")}
        return {"rows": self.rows, **figures, "first": self.first.as_json(), "second": self.second.as_json()}


def measure(
    rows: Iterable[Row],
    seed: int = 0,
    pairs: int = 100_000,
    tokenizer: Tokenizer = "rouge",
    read: Reader = verb_noun,
    nearest: int = NEAREST,
) -> Coverage:
    """What a set of instructions covers.

    Args:
        rows: Rows with ``instruction`` and, in an explored set, ``task``, ``path`` and ``depth``. Two tasks are the
            same if name and path are.
        seed: For drawing rows and pairs of rows.
        pairs: The most pairs of rows to measure of each kind; if there are more, so many are drawn.
        tokenizer: What a word is; ``unicode`` for Chinese.
        read: What reads the verb and noun of an English instruction, such as `parser.parsed_by` makes.
        nearest: The most rows among which to look for nearest neighbours; if there are more, so many are drawn.
    """
    verb_nouns, depths = Counter[Pair](), defaultdict[int | None, Counter[object]](Counter)
    texts: list[str] = []
    tasks: list[object] = []
    not_english = 0
    for row in rows:
        text = str(row.get("instruction") or "")
        texts.append(text)
        tasks.append(_task(row))
        if tasks[-1] is not None:
            depths[_depth(row)][tasks[-1]] += 1
        if not is_english(text):
            not_english += 1
        elif (pair := read(text)) is not None:
            verb_nouns[pair] += 1
    words = [WORDS[tokenizer](text) for text in texts]
    kept = [row for row, found in enumerate(words) if found]
    named = [row for row in kept if tasks[row] is not None]
    one_task, its_words = [tasks[row] for row in named], [words[row] for row in named]
    drawn = texts if len(texts) <= nearest else random.Random(f"{seed} nearest").sample(texts, nearest)
    return Coverage(
        rows=len(texts),
        tasks=len(set(tasks) - {None}),
        without_task=tasks.count(None),
        depths={depth: Depth(len(depths[depth]), depths[depth].total()) for depth in sorted(depths, key=_last_if_none)},
        verb_nouns=verb_nouns,
        not_english=not_english,
        wordless=len(words) - len(kept),
        within=average(its_words, one_task, "within", pairs, seed),
        between=average(its_words, one_task, "between", pairs, seed),
        overall=average([words[row] for row in kept], [None] * len(kept), "all", pairs, seed),
        alike=sum(match is not None and match.score > ALIKE for match in nearest_neighbours(drawn, tokenizer)),
        alike_of=len(drawn),
    )


def compare(first: Coverage, second: Coverage) -> Comparison:
    """Two sets side by side, what grows with the number of rows at the size of the smaller one.

    That no row is in both is taken for granted: the intervals of the differences rest on it.
    """
    rows = min(first.rows, second.rows)
    return Comparison(
        first,
        second,
        rows,
        _figure(first.unique_pairs(rows), second.unique_pairs(rows)),
        _figure(first.within.estimate, second.within.estimate),
        _figure(first.between.estimate, second.between.estimate),
        _figure(first.overall.estimate, second.overall.estimate),
    )


def _figure(first: Estimate, second: Estimate) -> Figure:
    return Figure(first, second, difference(first, second))


def _task(row: Row) -> object:
    """What tells the row's task from others; ``None`` if it names none."""
    path = row.get("path")
    titles = tuple(map(str, path)) if isinstance(path, list | tuple) else ()
    name = row.get("task")
    return (titles, str(name) if name else "") if titles or name else None


def _depth(row: Row) -> int | None:
    depth, path = row.get("depth"), row.get("path")
    if isinstance(depth, int) and not isinstance(depth, bool):
        return depth
    return len(path) - 1 if isinstance(path, list | tuple) and path else None


def _last_if_none(depth: int | None) -> tuple[bool, int]:
    return depth is None, depth or 0
