"""The greedy near-duplicate filter of Self-Instruct, Alpaca and Explore-Instruct: exact, and fast.

In order, a text is dropped if its ROUGE-L F-measure with any text kept so far exceeds a threshold. The published
programs compare every text with all that were kept. Here, most pairs are never looked at:

- A text is seen as a set of *elements*: each word with how many times it occurred before, so that the size of two
  sets' intersection bounds the length of the longest common subsequence.
- The F-measure 2L / (m + n) > t needs L >= a common elements, a known from the lengths m and n. Order the elements of
  both texts the same way; then they share one among the first m - a + 1 of the one and the first n - a + 1 of the
  other, or they do not share enough (prefix filtering with positions: C. Xiao et al., "Efficient similarity joins
  for near-duplicate detection", 2008). So only those first elements are indexed and looked up, rarest first. What
  is rare need not be known: words that came late are.
- A signature with a bit for each element tells how many elements of a text the other surely lacks.
- What is left is measured (`CommonSubsequence`).

None of these bounds excludes a pair above the threshold; `tests/curate/test_near_duplicates.py` holds the decisions
against ``rouge_score``. ``near_duplicates_fast.py`` does the same with numba.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from itertools import count, repeat
from typing import Literal
from warnings import warn

from tunesmith.errors import UsageError
from tunesmith.text import CommonSubsequence

from .rouge import WORDS, Match, Tokenizer, common_needed, f_measure

Engine = Literal["auto", "python", "numba"]

_SIGNATURE = 120  # bits: four digits of Python's integers
_SPREAD = 0x9E3779B97F4A7C15  # an odd number without pattern, to spread neighbouring elements over the signature
_WIDE = 1920  # bits, likewise for texts of more than ...
_LONG = 24  # ... so many words, which fill the other too far for it to exclude much
_FEW = 64  # texts that share an element are looked through without a table by length up to this number
_WORTH_COMPILING = 20_000  # texts for which plain Python takes as long as numba takes to get ready

_Table = dict[int, dict[int, list[int]]]  # of one element: texts by their length and the element's place in them


class NearDuplicates:
    """An index of kept texts, to which texts are added one by one.

    Args:
        threshold: The F-measure from 0 to 1 that a text may reach with a kept one, but not exceed.
        tokenizer: What a word is.

    Raises:
        UsageError: The threshold is not between 0 and 1.
    """

    def __init__(self, threshold: float = 0.7, tokenizer: Tokenizer = "rouge") -> None:
        self.threshold = check_threshold(threshold)
        self.wordless = 0  # texts without a single word, which resemble nothing and are always kept
        self._split = WORDS[tokenizer]
        self._elements: defaultdict[Hashable, int] = defaultdict(count().__next__)
        self._bits: list[int] = []
        self._words: list[list[str]] = []  # of each text added; nothing where it was not kept
        self._lacks: list[int] = []  # complement of each one's signature
        self._lacks_widely: dict[int, int] = {}  # of long ones that of the wide signature
        # For each element the texts that have it among their first, with its place there; a table where they are many.
        self._few: dict[int, tuple[list[int], list[int]]] = {}
        self._many: dict[int, _Table] = {}
        self._lengths: dict[int, int] = {}  # of kept texts, with how many of their elements are indexed
        self._needs: dict[int, tuple[int, dict[int, int]]] = {}

    def __len__(self) -> int:
        """How many texts have been added, kept or not."""
        return len(self._words)

    def add(self, text: str, must_stay: bool = False) -> Match | None:
        """Keep the text if it resembles none that was kept.

        Args:
            text: The text.
            must_stay: Keep it whatever it resembles, as with the seeds of Self-Instruct.

        Returns:
            ``None`` if it is kept; else the kept text that it resembles most, the earliest of several.
        """
        words = self._split(text)
        elements, signature = self._described(words)
        match = None if must_stay else self._nearest(words, elements, signature)
        self._words.append(words if match is None else [])
        self._lacks.append(~signature if match is None else 0)
        if not words:
            self.wordless += 1
        elif match is None:
            self._index(len(self._words) - 1, len(words), elements)
            if len(words) > _LONG:
                self._lacks_widely[len(self._words) - 1] = ~_wide(elements)
        return match

    def nearest(self, text: str) -> Match | None:
        """The kept text that this one resembles most, if above the threshold; nothing is added."""
        words = self._split(text)
        return self._nearest(words, *self._described(words))

    def _described(self, words: list[str]) -> tuple[list[int], int]:
        """The elements of a text, those that came late first, and its signature."""
        number = self._elements
        if len(set(words)) == len(words):
            elements = [number[word] for word in words]
        else:
            seen: dict[str, int] = {}
            elements = []
            for word in words:
                times = seen[word] = seen.get(word, -1) + 1
                elements.append(number[(word, times) if times else word])
        bits = self._bits
        while len(bits) < len(number):
            bits.append(1 << (len(bits) * _SPREAD >> 40) % _SIGNATURE)
        signature = 0
        for element in elements:
            signature |= bits[element]
        elements.sort(reverse=True)
        return elements, signature

    def _needed(self, length: int) -> dict[int, int]:
        """For each length of kept texts with which a pair may exceed the threshold, the common elements needed."""
        known, needs = self._needs.get(length, (0, {}))
        if known < len(self._lengths):
            for other in list(self._lengths)[known:]:
                common = common_needed(length, other, self.threshold)
                if common <= min(length, other):
                    needs[other] = common
            self._needs[length] = len(self._lengths), needs
        return needs

    def _nearest(self, words: list[str], elements: list[int], signature: int) -> Match | None:
        size, needs, all_words = len(words), self._needed(len(words)), self._words
        lacks, best, common = self._lacks, None, None
        wide: int | None = None
        for row in self._candidates(size, elements, signature, needs):
            other = all_words[row]
            need = needs.get(len(other))
            if need is None or (signature & lacks[row]).bit_count() > size - need:
                continue
            if row in self._lacks_widely:
                wide = _wide(elements) if wide is None else wide
                if (wide & self._lacks_widely[row]).bit_count() > size - need:
                    continue
            common = common or CommonSubsequence(words)
            length = common.length(other)
            if length >= need:
                score = f_measure(length, size, len(other))
                if best is None or (score, -row) > (best.score, -best.row):
                    best = Match(row, score)
        return best

    def _candidates(self, size: int, elements: list[int], signature: int, needs: dict[int, int]) -> set[int]:
        """All kept texts that may exceed the threshold, and some that do not.

        An element that the signature shows in this text but not in the other is one that they do not share, and of
        those this text may have ``size - need``.
        """
        found: set[int] = set()
        lacks = self._lacks
        most = size - min(needs.values(), default=size + 1)
        for place, element in enumerate(elements[: most + 1]):
            if element in self._few:
                rows = self._few[element][0]
                found.update([row for row in rows if (signature & lacks[row]).bit_count() <= most])
                continue
            table = self._many.get(element, {})
            for length in table.keys() & needs.keys():
                need = needs[length]
                if place <= size - need:
                    for there, rows in table[length].items():
                        if there <= length - need:
                            found.update([row for row in rows if (signature & lacks[row]).bit_count() <= size - need])
        return found

    def _index(self, row: int, size: int, elements: list[int]) -> None:
        """Enter a text under each of the elements by which a later one may have to find it."""
        if size not in self._lengths:
            self._lengths[size] = size + 1 - fewest_needed(size, self.threshold)
        for place, element in enumerate(elements[: self._lengths[size]]):
            if element in self._many:
                _enter(self._many[element], size, place, row)
                continue
            rows, places = self._few.setdefault(element, ([], []))
            rows.append(row)
            places.append(place)
            if len(rows) > _FEW:
                table = self._many[element] = {}
                for earlier, its_place in zip(rows, places, strict=True):
                    _enter(table, len(self._words[earlier]), its_place, earlier)
                del self._few[element]


def _wide(elements: list[int]) -> int:
    """The wide signature of a long text; nothing for a short one."""
    if len(elements) <= _LONG:
        return 0
    bits = bytearray(_WIDE // 8)
    for element in elements:
        bit = (element * _SPREAD >> 20) % _WIDE
        bits[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(bits, "little")


def _enter(table: _Table, size: int, place: int, row: int) -> None:
    table.setdefault(size, {}).setdefault(place, []).append(row)


def check_threshold(threshold: float) -> float:
    """The threshold itself.

    Raises:
        UsageError: It is not between 0 and 1.
    """
    if not 0 <= threshold <= 1:
        raise UsageError(f"the threshold {threshold:g} is no F-measure; give a number from 0 to 1")
    return threshold


def fewest_needed(size: int, threshold: float) -> int:
    """The fewest common words with which a text of ``size`` words can exceed the threshold with a text of any length.

    The shorter the other, the fewer they are; so it is the shortest text that can exceed it, all of it in common.
    """
    shortest = max(1, int(threshold * size / (2 - threshold)) - 1)
    while shortest <= size and f_measure(shortest, size, shortest) <= threshold:
        shortest += 1
    return shortest


def find_near_duplicates(
    texts: Sequence[str],
    threshold: float = 0.7,
    *,
    tokenizer: Tokenizer = "rouge",
    groups: Iterable[Hashable] | None = None,
    must_stay: Iterable[bool] | None = None,
    engine: Engine = "auto",
) -> Iterator[Match | None]:
    """The filter over a list of texts: for each, in order, what `NearDuplicates.add` says of it.

    Args:
        texts: The texts.
        threshold: The F-measure from 0 to 1 that a text may reach with a kept one, but not exceed.
        tokenizer: What a word is.
        groups: For each text its group; texts of different groups are not compared. One group if left out.
        must_stay: For each text whether to keep it whatever it resembles; for none if left out.
        engine: ``python``, or ``numba``, which must be installed; the decisions are the same. ``auto`` takes numba
            where it is installed and the texts are so many that its start-up pays.

    Yields:
        For each text ``None`` if it is kept, else the kept text (by its number in ``texts``) that it resembles most.

    Raises:
        UsageError: The threshold is not between 0 and 1, or numba is not installed.
    """
    check_threshold(threshold)
    groups = None if groups is None else list(groups)
    must_stay = None if must_stay is None else list(must_stay)
    if takes_numba(engine, len(texts), _WORTH_COMPILING):
        try:
            from .near_duplicates_fast import filter_texts

            yield from filter_texts(texts, threshold, tokenizer, groups, must_stay)
            return
        except Exception as error:  # a numba that does not fit numpy, a full disk for its cache, too little memory
            if engine == "numba":
                raise
            warn(f"numba cannot be used ({error}); plain Python takes its place", RuntimeWarning, stacklevel=2)
    indexes: dict[Hashable, tuple[NearDuplicates, list[int]]] = {}
    for number, (text, group, stay) in enumerate(
        zip(
            texts,
            repeat(None) if groups is None else groups,
            repeat(False) if must_stay is None else must_stay,
            strict=False,
        )
    ):
        if group not in indexes:
            indexes[group] = NearDuplicates(threshold, tokenizer), []
        index, numbers = indexes[group]
        match = index.add(text, stay)
        numbers.append(number)
        yield None if match is None else Match(numbers[match.row], match.score)


def takes_numba(engine: Engine, texts: int, enough: int) -> bool:
    """Whether numba is to be used: where asked for, or where it is installed and the texts are ``enough``.

    Raises:
        UsageError: It is asked for and not installed.
    """
    if engine == "auto":
        return texts >= enough and find_spec("numba") is not None
    if engine == "numba" and find_spec("numba") is None:
        raise UsageError("numba is not installed; pip install 'tunesmith[fast]', or leave the engine to itself")
    return engine == "numba"
