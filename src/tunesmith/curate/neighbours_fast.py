"""``neighbours.py`` compiled with numba: the same results.

Every pair is looked at, but the signatures settle nearly all of them in a few machine instructions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .compiled import corpus_of, farthest_of_all, nearest_of_all, probe_for
from .rouge import Match, Tokenizer


def nearest(texts: Sequence[str], tokenizer: Tokenizer, earlier: bool) -> list[Match | None]:
    """`neighbours.nearest_neighbours`, for which this is an engine."""
    corpus = corpus_of(texts, tokenizer)
    rows, scores = nearest_of_all(corpus, probe_for(corpus), earlier)
    return [Match(r, s) if r >= 0 else None for r, s in zip(rows.tolist(), scores.tolist(), strict=True)]


def farthest(texts: Sequence[str], wanted: int, lots: list[int], tokenizer: Tokenizer) -> list[int]:
    """`neighbours.farthest_first`, for which this is an engine; ``lots`` is the order among equals."""
    corpus = corpus_of(texts, tokenizer)
    chosen: list[int] = farthest_of_all(corpus, probe_for(corpus), np.array(lots, np.int64), wanted).tolist()
    return chosen
