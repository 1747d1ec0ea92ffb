"""How alike texts are, each with its nearest neighbour, and how to choose texts that are as unlike as can be.

Both go by ROUGE-L's F-measure, exactly. The highest score of each text against all others is the diversity histogram
of Self-Instruct (Wang et al. 2022); choosing the farthest first is T. Gonzalez's approximation of the k centres
("Clustering to minimize the maximum intercluster distance", 1985), with 1 - F as the distance.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from math import ceil

from tunesmith.text import CommonSubsequence

from .near_duplicates import Engine, takes_numba
from .rouge import WORDS, Match, Tokenizer, f_measure

_NUMBA_PAYS_FROM = 5_000  # texts
_BITS = 240
_ROUNDING = 1e-6


def nearest_neighbours(
    texts: Sequence[str], tokenizer: Tokenizer = "rouge", engine: Engine = "auto", earlier: bool = False
) -> list[Match | None]:
    """For each text the other text that it resembles most, the earliest of several; ``None`` if no word is shared.

    Args:
        texts: The texts.
        tokenizer: What a word is.
        engine: As for `near_duplicates.find_near_duplicates`.
        earlier: Whether only texts before it count: what each one was most like when it came.

    Raises:
        UsageError: numba is asked for and not installed.
    """
    if takes_numba(engine, len(texts), _NUMBA_PAYS_FROM):
        from .neighbours_fast import nearest

        return nearest(texts, tokenizer, earlier)
    described = _Described(texts, tokenizer)
    if not earlier:
        described.enter(range(len(texts)))
    found = []
    for text in range(len(texts)):
        found.append(described.nearest(text))
        if earlier:
            described.enter([text])
    return found


def farthest_first(
    texts: Sequence[str], wanted: int, seed: int = 0, tokenizer: Tokenizer = "rouge", engine: Engine = "auto"
) -> list[int]:
    """Choose texts, each the one least like all chosen before it, beginning with one drawn by lot.

    Args:
        texts: The texts.
        wanted: How many; all of them if there are fewer.
        seed: For the lots: the first text, and the order among equals.
        tokenizer: What a word is.
        engine: As for `near_duplicates.find_near_duplicates`.

    Returns:
        Their numbers in the order in which they were chosen.

    Raises:
        UsageError: numba is asked for and not installed.
    """
    lots = in_random_order(len(texts), seed)
    wanted = min(wanted, len(texts))
    if takes_numba(engine, len(texts), _NUMBA_PAYS_FROM):
        from .neighbours_fast import farthest

        return farthest(texts, wanted, lots, tokenizer)
    described = _Described(texts, tokenizer)
    described.enter(range(len(texts)))
    closest = dict.fromkeys(lots, 0.0)  # those not chosen yet, with the score of the nearest that is
    chosen: list[int] = []
    while len(chosen) < wanted:
        text = min(closest, key=closest.__getitem__)  # the first of equals, so in the order of the lots
        del closest[text]
        chosen.append(text)
        described.approach(text, closest)
    return chosen


def in_random_order(number: int, seed: int) -> list[int]:
    """The numbers from 0, as many as asked for, shuffled."""
    lots = list(range(number))
    random.Random(seed).shuffle(lots)
    return lots


class _Described:
    """Texts with their elements (see ``near_duplicates.py``), rarest first, and an index of all of them."""

    def __init__(self, texts: Sequence[str], tokenizer: Tokenizer) -> None:
        self.words = [WORDS[tokenizer](text) for text in texts]
        elements = [_elements(words) for words in self.words]
        often = Counter(element for each in elements for element in each)
        rank = {element: number for number, (element, _) in enumerate(sorted(often.items(), key=lambda pair: pair[1]))}
        bits = [1 << (number * 0x9E3779B97F4A7C15 >> 40) % _BITS for number in range(len(rank))]
        self.elements = [sorted(rank[element] for element in each) for each in elements]
        self.signatures = [_union(bits, each) for each in self.elements]
        self.lacks = [~signature for signature in self.signatures]
        # For each element the texts that have it, by their length and by how many elements they have from there on.
        self.having: defaultdict[int, dict[int, dict[int, list[int]]]] = defaultdict(dict)

    def enter(self, texts: Iterable[int]) -> None:
        """Let these texts, given by their numbers, be found."""
        for text in texts:
            size = len(self.elements[text])
            for place, element in enumerate(self.elements[text]):
                self.having[element].setdefault(size, {}).setdefault(size - place, []).append(text)

    def nearest(self, text: int) -> Match | None:
        """The other text, of those that can be found, that this one, given by its number, resembles most."""
        words, signature, lacks = self.words[text], self.signatures[text], self.lacks
        size, best, seen = len(words), Match(-1, 0.0), {text}
        common = CommonSubsequence(words)
        for place, element in enumerate(self.elements[text]):
            left = size - place  # elements that a text not met so far may share with this one
            if f_measure(left, size, left) < best.score:
                break
            for length, by_left in self.having[element].items():
                # The fewest in common with which a text is as near as the best, or one fewer.
                need = ceil(best.score * (size + length) / 2 - _ROUNDING)
                if need > left:
                    continue
                for left_there, rows in by_left.items():
                    if need > left_there:  # its elements are in the same order, and none before this was shared
                        continue
                    for row in [row for row in rows if (signature & lacks[row]).bit_count() <= size - need]:
                        if row not in seen:
                            seen.add(row)
                            score = f_measure(common.length(self.words[row]), size, length)
                            if (score, -row) > (best.score, -best.row):
                                best = Match(row, score)
        return best if best.score else None

    def approach(self, text: int, closest: dict[int, float]) -> None:
        """Raise the scores of the texts in ``closest`` that resemble this one more than any before."""
        words, signature = self.words[text], self.signatures[text]
        size, common = len(words), CommonSubsequence(words)
        having = (self.having[element].values() for element in self.elements[text])
        for row in set().union(*(rows for lengths in having for by_left in lengths for rows in by_left.values())):
            if row in closest:
                length = len(self.words[row])
                most = min(size, length, size - (signature & self.lacks[row]).bit_count())
                if f_measure(most, size, length) > closest[row]:
                    closest[row] = max(closest[row], f_measure(common.length(self.words[row]), size, length))


def _elements(words: list[str]) -> list[Hashable]:
    seen: Counter[str] = Counter()
    elements: list[Hashable] = []
    for word in words:
        elements.append((word, seen[word]))
        seen[word] += 1
    return elements


def _union(bits: list[int], elements: list[int]) -> int:
    signature = 0
    for element in elements:
        signature |= bits[element]
    return signature
