"""All that is compiled with numba (the extra ``fast``), for ``near_duplicates_fast.py`` and ``neighbours_fast.py``.

It is one file because numba keeps the machine code of a function until the function's own file changes, whatever
becomes of the functions that it calls.
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
_LONG = 24  # words; texts of so many on average fill a signature of 128 bits so far that it excludes little
_ROUNDING = 1e-9  # more than the last bits of a score, far less than the step from one score to the next


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
        wide: Likewise as many words as long texts need to be told apart; none where all are short.
        sizes: Of vocabulary and elements, and of the largest vocabulary of one text.
    """

    tokens: Array
    starts: Array
    elements: Array
    low: Array
    high: Array
    wide: Array
    sizes: tuple[int, int, int]


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
    elements, distinct, most = _elements(numbered, starts, words)
    rank = np.empty(distinct, np.int32)
    rank[np.argsort(np.bincount(elements, minlength=distinct), kind="stable")] = np.arange(distinct, dtype=np.int32)
    low, high = _rank(elements, starts, rank)
    wide = np.zeros((len(texts), _width(len(texts), len(numbered))), np.uint64)
    _sign_widely(elements, starts, wide)
    return Corpus(numbered, starts, elements, low, high, wide, (words, distinct, most))


def _width(texts: int, tokens: int) -> int:
    """How many 64-bit words of wide signature suit so many texts: six bits for each word of a text, if texts are long.

    At most 64, and at most 256 MB in all.
    """
    mean = tokens / max(1, texts)
    return 0 if mean < _LONG else min(64, round(6 * mean / 64) + 1, 2**25 // max(1, texts))


@compiled
def _elements(tokens: Array, starts: Array, words: int) -> tuple[Array, int, int]:
    """The element of each token: the word itself where it comes first in its text, else one for each occurrence.

    Also how many elements there are, and the most different words that a text has.
    """
    elements = np.empty(len(tokens), np.int32)
    following = np.full(words + len(tokens), -1, np.int32)  # the element of the next occurrence
    text_of = np.full(words, -1, np.int32)
    latest = np.empty(words, np.int32)
    distinct, most = words, 0
    for text in range(len(starts) - 1):
        different = 0
        for place in range(starts[text], starts[text + 1]):
            word = tokens[place]
            element = word
            if text_of[word] == text:
                element = following[latest[word]]
                if element < 0:
                    element = following[latest[word]] = distinct
                    distinct += 1
            else:
                different += 1
            text_of[word], latest[word], elements[place] = text, element, element
        most = max(most, different)
    return elements, distinct, most


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


@compiled
def _sign_widely(elements: Array, starts: Array, wide: Array) -> None:
    """Fill in the wide signatures."""
    bits = np.uint64(64 * wide.shape[1])
    if bits == 0:
        return
    for text in range(len(starts) - 1):
        for place in range(starts[text], starts[text + 1]):
            spread = (np.uint64(elements[place]) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)
            bit = spread % bits
            wide[text, bit // np.uint64(64)] |= np.uint64(1) << (bit % np.uint64(64))


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
    """Room for the longest text of a corpus, and for the one with the most different words."""
    words = int(np.max(np.diff(corpus.starts), initial=0)) // 64 + 1
    vocabulary, _, most = corpus.sizes
    return Probe(np.full(vocabulary, -1, np.int32), np.zeros((most, words), np.uint64), np.zeros(words, np.uint64))


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


class Index(NamedTuple):
    """Where everything lies.

    Attributes:
        lengths: All lengths of texts there are, ascending.
        length_of: Each text's, by its number in ``lengths``.
        needs: For two lengths, by number, the common elements needed; more than either has if none suffice.
        depth: For each length how many elements, from the rarest, are indexed and looked up.
        entry: For each text the number of its first entry; its entries follow one another.
        bucket: Each entry's bucket.
        first: For each element its first bucket, and one more at the end.
        kind: Each bucket's length, by number, and place.
        start: For each bucket where its room begins, and one more at the end.
    """

    lengths: Array
    length_of: Array
    needs: Array
    depth: Array
    entry: Array
    bucket: Array
    first: Array
    kind: Array
    start: Array


@compiled
def table_of_needs(lengths: Array, threshold: float) -> Array:
    """The common elements needed for each two lengths; more than either has where none suffice."""
    needs = np.empty((len(lengths), len(lengths)), np.int32)
    for one in range(len(lengths)):
        for other in range(len(lengths)):
            m, n = lengths[one], lengths[other]
            common = max(0, int(threshold * (m + n) / 2) - 1)
            while common <= min(m, n) and f_measure(common, m, n) <= threshold:
                common += 1
            needs[one, other] = common if common <= min(m, n) else 2**30
    return needs


@compiled
def entry_keys(elements: Array, starts: Array, entry: Array, length_of: Array, bits: tuple[int, int]) -> Array:
    """Element, length and place of each entry in one number."""
    place_bits, length_bits = bits
    keys = np.empty(entry[-1], np.int64)
    for text in range(len(length_of)):
        for place in range(entry[text + 1] - entry[text]):
            element = np.int64(elements[starts[text] + place])
            keys[entry[text] + place] = (((element << length_bits) | length_of[text]) << place_bits) | place
    return keys


@compiled
def filter_corpus(  # noqa: C901 - cut into functions it is three times slower: each call counts references to all arrays
    corpus: Corpus, index: Index, stay: Array, probe: Probe
) -> tuple[Array, Array]:
    """For each text the kept one that it resembles most, -1 if it is kept itself, and the score."""
    tokens, starts, elements, wide = corpus.tokens, corpus.starts, corpus.elements, corpus.wide
    best, score = np.full(len(stay), -1, np.int64), np.zeros(len(stay))
    compared_with = np.full(len(stay), -1, np.int32)
    filled = index.start[:-1].copy()  # where each bucket's free room begins
    rows = np.empty(len(index.bucket), np.int32)
    low, high = np.empty(len(rows), np.uint64), np.empty(len(rows), np.uint64)
    for text in range(len(stay)):
        first, end, length = starts[text], starts[text + 1], index.length_of[text]
        size, needs = end - first, index.needs[length]
        mine_low, mine_high = corpus.low[text], corpus.high[text]
        laid_out = False
        for place in range(0 if stay[text] else index.depth[length]):
            element = elements[first + place]
            for bucket in range(index.first[element], index.first[element + 1]):
                other = index.kind[bucket, 0]
                may_lack = size - needs[other]
                if place > may_lack or index.kind[bucket, 1] > index.lengths[other] - needs[other]:
                    continue
                for entry in range(index.start[bucket], filled[bucket]):
                    if ones(mine_low & ~low[entry]) + ones(mine_high & ~high[entry]) > may_lack:
                        continue
                    row = rows[entry]
                    if compared_with[row] == text:
                        continue
                    compared_with[row] = text
                    lacking = 0
                    for word in range(wide.shape[1]):
                        lacking += ones(wide[text, word] & ~wide[row, word])
                    if lacking > may_lack:
                        continue
                    if not laid_out:
                        lay_out(probe, tokens, first, end)
                        laid_out = True
                    common = common_with(probe, size, tokens, starts[row], starts[row + 1])
                    measure = f_measure(common, size, index.lengths[other])
                    if common >= needs[other] and (measure, -row) > (score[text], -best[text]):
                        best[text], score[text] = row, measure
        if laid_out:
            take_up(probe, tokens, first, end)
        if best[text] < 0:
            for entry in range(index.entry[text], index.entry[text + 1]):
                room = filled[index.bucket[entry]]
                rows[room], low[room], high[room] = text, mine_low, mine_high
                filled[index.bucket[entry]] = room + 1
    return best, score


@compiled
def nearest_of_all(corpus: Corpus, probe: Probe, earlier: bool) -> tuple[Array, Array]:
    """For each text the other (or of those before it, the one) that it resembles most, -1 for none, and the score."""
    tokens, starts, low, high = corpus.tokens, corpus.starts, corpus.low, corpus.high
    texts = len(starts) - 1
    rows, scores = np.full(texts, -1, np.int64), np.zeros(texts)
    for text in range(texts):
        first, end = starts[text], starts[text + 1]
        size, mine_low, mine_high = end - first, low[text], high[text]
        best, score = -1, 0.0
        lay_out(probe, tokens, first, end)
        for row in range(text if earlier else texts):
            length = starts[row + 1] - starts[row]
            most = min(length, size - ones(mine_low & ~low[row]) - ones(mine_high & ~high[row]))
            if 2 * most < (score - _ROUNDING) * (size + length) or row == text:
                continue
            most = min(most, length - ones(low[row] & ~mine_low) - ones(high[row] & ~mine_high))
            if 2 * most < (score - _ROUNDING) * (size + length):
                continue
            measure = f_measure(common_with(probe, size, tokens, starts[row], starts[row + 1]), size, length)
            if measure > score:
                best, score = row, measure
                if score == 1.0:
                    break  # nothing exceeds it, and among equals the first counts
        take_up(probe, tokens, first, end)
        rows[text], scores[text] = best, score
    return rows, scores


@compiled
def farthest_of_all(corpus: Corpus, probe: Probe, lots: Array, wanted: int) -> Array:
    """So many texts, each the least like those before; ``lots`` is the order among equals."""
    tokens, starts, low, high = corpus.tokens, corpus.starts, corpus.low, corpus.high
    closest = np.zeros(len(lots))  # of each text, with the nearest that is chosen; 2 for those that are themselves
    chosen = np.empty(wanted, np.int64)
    for turn in range(wanted):
        text = lots[0]
        for row in lots:
            if closest[row] < closest[text]:
                text = row
        chosen[turn], closest[text] = text, 2.0
        first, end = starts[text], starts[text + 1]
        size, mine_low, mine_high = end - first, low[text], high[text]
        lay_out(probe, tokens, first, end)
        for row in range(len(lots)):
            length = starts[row + 1] - starts[row]
            most = min(length, size - ones(mine_low & ~low[row]) - ones(mine_high & ~high[row]))
            if 2 * most > (closest[row] - _ROUNDING) * (size + length):
                measure = f_measure(common_with(probe, size, tokens, starts[row], starts[row + 1]), size, length)
                closest[row] = max(closest[row], measure)
        take_up(probe, tokens, first, end)
    return chosen
