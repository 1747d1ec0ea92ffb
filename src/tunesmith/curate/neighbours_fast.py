"""``neighbours.py`` compiled with numba: the same results.

Every pair is looked at, but the signatures settle nearly all of them in a few machine instructions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .compiled import (
    Array,
    Corpus,
    Probe,
    common_with,
    compiled,
    corpus_of,
    f_measure,
    lay_out,
    ones,
    probe_for,
    take_up,
)
from .near_duplicates import Match
from .rouge import Tokenizer

_ROUNDING = 1e-9  # more than the last bits of a score, far less than the step from one score to the next


def nearest(texts: Sequence[str], tokenizer: Tokenizer) -> list[Match | None]:
    """`neighbours.nearest_neighbours`, for which this is an engine."""
    corpus = corpus_of(texts, tokenizer)
    rows, scores = _nearest(corpus, probe_for(corpus))
    return [Match(r, s) if r >= 0 else None for r, s in zip(rows.tolist(), scores.tolist(), strict=True)]


def farthest(texts: Sequence[str], wanted: int, lots: list[int], tokenizer: Tokenizer) -> list[int]:
    """`neighbours.farthest_first`, for which this is an engine; ``lots`` is the order among equals."""
    corpus = corpus_of(texts, tokenizer)
    chosen: list[int] = _farthest(corpus, probe_for(corpus), np.array(lots, np.int64), wanted).tolist()
    return chosen


@compiled
def _nearest(corpus: Corpus, probe: Probe) -> tuple[Array, Array]:
    tokens, starts, low, high = corpus.tokens, corpus.starts, corpus.low, corpus.high
    texts = len(starts) - 1
    rows, scores = np.full(texts, -1, np.int64), np.zeros(texts)
    for text in range(texts):
        first, end = starts[text], starts[text + 1]
        size, mine_low, mine_high = end - first, low[text], high[text]
        best, score = -1, 0.0
        lay_out(probe, tokens, first, end)
        for row in range(texts):
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
        take_up(probe, tokens, first, end)
        rows[text], scores[text] = best, score
    return rows, scores


@compiled
def _farthest(corpus: Corpus, probe: Probe, lots: Array, wanted: int) -> Array:
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
