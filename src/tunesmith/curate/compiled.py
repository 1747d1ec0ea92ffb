"""What the compiled engines share: numba's decorator, a popcount, texts as numbers, ROUGE-L in machine words.

Needs numba, the extra ``fast``. Nothing else imports this at start-up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import count, repeat
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from .rouge import WORDS, Tokenizer

F = TypeVar("F", bound=Callable[..., Any])
Array = Any  # numpy arrays; their types are numba's business


def compiled(function: F) -> F:
    """Compile a function, and keep the machine code on disk for the next process where that can be."""
    try:
        return cast(F, numba.njit(cache=True)(function))
    except RuntimeError:  # no folder that can be written
        return cast(F, numba.njit(function))


@intrinsic
def _ones(typing_context: Any, word: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@compiled
def ones(word: int) -> int:
    """Number of bits set in a 64-bit word."""
    bits: int = np.int64(_ones(word))  # type: ignore[assignment,call-arg]
    return bits


class Corpus(NamedTuple):
    """Texts as numbers.

    Attributes:
        tokens: All texts' words, one after the other, as numbers; words of different groups have different ones.
        starts: Where each text begins in ``tokens``; one more at the end.
        elements: Likewise each text's elements (word and occurrence), by rank, rarest first.
        low, high: Each text's signature of 128 bits, as two words.
        sizes: Of vocabulary and elements.
    """

    tokens: Array
    starts: Array
    elements: Array
    low: Array
    high: Array
    sizes: tuple[int, int]


def corpus_of(texts: Sequence[str], tokenizer: Tokenizer, groups: Iterable[Hashable] | None = None) -> Corpus:
    """Number the words of texts, and rank their elements by how rare they are."""
    number = count().__next__
    vocabularies: defaultdict[Hashable, defaultdict[str, int]] = defaultdict(lambda: defaultdict(number))
    split = WORDS[tokenizer]
    starts = np.zeros(len(texts) + 1, np.int64)
    tokens, part, lengths = [], list[int](), list[int]()
    for text, group in zip(texts, groups or repeat(None), strict=False):
        words_of_text = split(text)
        lengths.append(len(words_of_text))
        part.extend(map(vocabularies[group].__getitem__, words_of_text))
        if len(part) > 1_000_000:  # Python's integers take ten times the room
            tokens.append(np.array(part, np.int32))
            part = []
    numbered = np.concatenate([*tokens, np.array(part, np.int32)])
    np.cumsum(lengths, out=starts[1:])
    words = sum(map(len, vocabularies.values()))
    elements, distinct = _elements(numbered, starts, words)
    rank = np.empty(distinct, np.int32)
    rank[np.argsort(np.bincount(elements, minlength=distinct), kind="stable")] = np.arange(distinct, dtype=np.int32)
    low, high = _rank(elements, starts, rank)
    return Corpus(numbered, starts, elements, low, high, (words, distinct))


@compiled
def _elements(tokens: Array, starts: Array, words: int) -> tuple[Array, int]:
    """The element of each token: the word itself where it comes first in its text, else one for each occurrence."""
    elements = np.empty(len(tokens), np.int32)
    following = np.full(words + len(tokens), -1, np.int32)  # the element of the next occurrence
    text_of = np.full(words, -1, np.int32)
    latest = np.empty(words, np.int32)
    distinct = words
    for text in range(len(starts) - 1):
        for place in range(starts[text], starts[text + 1]):
            word = tokens[place]
            element = word
            if text_of[word] == text:
                element = following[latest[word]]
                if element < 0:
                    element = following[latest[word]] = distinct
                    distinct += 1
            text_of[word], latest[word], elements[place] = text, element, element
    return elements, distinct


@compiled
def _rank(elements: Array, starts: Array, rank: Array) -> tuple[Array, Array]:
    """Replace elements by their ranks, sort each text's, and make the signatures."""
    low = np.zeros(len(starts) - 1, np.uint64)
    high = np.zeros(len(starts) - 1, np.uint64)
    for text in range(len(starts) - 1):
        first, end = starts[text], starts[text + 1]
        for place in range(first, end):
            elements[place] = rank[elements[place]]
        if end - first > 40:
            elements[first:end] = np.sort(elements[first:end])
        else:
            for place in range(first + 1, end):
                element, there = elements[place], place
                while there > first and elements[there - 1] > element:
                    elements[there] = elements[there - 1]
                    there -= 1
                elements[there] = element
        for place in range(first, end):
            spread = np.uint64(elements[place]) * np.uint64(0x9E3779B97F4A7C15)
            bit = np.uint64(1) << ((spread >> np.uint64(57)) & np.uint64(63))
            if spread >> np.uint64(63):
                low[text] |= bit
            else:
                high[text] |= bit
    return low, high


class Probe(NamedTuple):
    """Room in which one text after the other is laid out, to be compared with many.

    Attributes:
        slots: For each word of the vocabulary its row in ``places``, -1 if the text does not have it.
        places: For each distinct word of the text a bit set for each place at which it stands.
        row: One row of the table of dynamic programming.
    """

    slots: Array
    places: Array
    row: Array


def probe_for(corpus: Corpus) -> Probe:
    """Room for the longest text of a corpus."""
    longest = int(np.max(np.diff(corpus.starts), initial=0))
    words = longest // 64 + 1
    slots = np.full(corpus.sizes[0], -1, np.int32)
    return Probe(slots, np.zeros((longest, words), np.uint64), np.zeros(words, np.uint64))


@compiled
def lay_out(probe: Probe, tokens: Array, first: int, end: int) -> None:
    """Put a text into the probe."""
    used = 0
    for place in range(end - first):
        word = tokens[first + place]
        if probe.slots[word] < 0:
            probe.slots[word] = used
            probe.places[used, :] = np.uint64(0)
            used += 1
        probe.places[probe.slots[word], place // 64] |= np.uint64(1) << np.uint64(place % 64)


@compiled
def take_up(probe: Probe, tokens: Array, first: int, end: int) -> None:
    """Take the text out again."""
    for place in range(first, end):
        probe.slots[tokens[place]] = -1


@compiled
def common_with(probe: Probe, size: int, tokens: Array, first: int, end: int) -> int:
    """Length of the longest common subsequence of the text in the probe, of ``size`` words, and another (Hyyrö)."""
    slots, places, row = probe
    words = (size + 63) // 64
    for word in range(words):
        row[word] = ~np.uint64(0)
    for place in range(first, end):
        slot = slots[tokens[place]]
        if slot < 0:
            continue
        carry = np.uint64(0)
        for word in range(words):
            old = row[word]
            hit = old & places[slot, word]
            total = old + hit
            overflow = np.uint64(total < old)
            total += carry
            carry = overflow | np.uint64(total < carry)
            row[word] = total | (old & ~hit)
    common = size
    for word in range(words):
        left = row[word]
        if word == words - 1 and size % 64:
            left &= (np.uint64(1) << np.uint64(size % 64)) - np.uint64(1)
        common -= ones(left)
    return common


@compiled
def f_measure(common: int, m: int, n: int) -> float:
    """As `rouge.f_measure`, operation for operation."""
    if common == 0:
        return 0.0
    precision, recall = common / m, common / n
    return 2 * precision * recall / (precision + recall)
