"""The near-duplicate filter of ``near_duplicates.py`` compiled with numba: the same decisions, ten times faster.

All texts are known here beforehand, so elements are ranked by how rare they really are, and the index is laid out
in one piece: entries of one element, one length and one place lie side by side in a *bucket*, filled as texts are kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import repeat

import numpy as np

from .compiled import Array, Corpus, Index, corpus_of, entry_keys, filter_corpus, probe_for, table_of_needs
from .rouge import Match, Tokenizer


def filter_texts(
    texts: Sequence[str],
    threshold: float,
    tokenizer: Tokenizer,
    groups: Iterable[Hashable] | None = None,
    must_stay: Iterable[bool] | None = None,
) -> Iterator[Match | None]:
    """`near_duplicates.find_near_duplicates`, for which this is an engine."""
    if not texts:
        return
    corpus = corpus_of(texts, tokenizer, groups)
    sizes = np.diff(corpus.starts)
    lengths, length_of = np.unique(sizes, return_inverse=True)
    needs = table_of_needs(lengths, threshold)
    # How many of its first elements a text of each length has to be found by.
    depth = np.maximum(lengths - needs.min(axis=1) + 1, 0)
    depth[lengths == 0] = 0
    index = Index(lengths, length_of.astype(np.int32), needs, depth, *_buckets(corpus, length_of, depth))
    stay = np.fromiter(
        (bool(s) for s, _ in zip(repeat(False) if must_stay is None else must_stay, texts, strict=False)), np.bool_
    )
    rows, scores = filter_corpus(corpus, index, stay, probe_for(corpus))
    for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
        yield None if row < 0 else Match(row, score)


def _buckets(corpus: Corpus, length_of: Array, depth: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Room for the entries of all texts, should all be kept."""
    entries = depth[length_of]
    entry = np.zeros(len(entries) + 1, np.int64)
    np.cumsum(entries, out=entry[1:])
    place_bits, length_bits = int(depth.max()).bit_length(), len(depth).bit_length()
    keys = entry_keys(corpus.elements, corpus.starts, entry, length_of, (place_bits, length_bits))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.ones(len(keys), np.bool_)
    begins[1:] = keys[1:] != keys[:-1]
    bucket = np.empty(len(keys), np.int32)
    bucket[order] = np.cumsum(begins) - 1
    start = np.append(np.flatnonzero(begins), len(keys))
    keys = keys[begins]
    element = keys >> (place_bits + length_bits)
    first = np.zeros(corpus.sizes[1] + 1, np.int64)
    np.cumsum(np.bincount(element, minlength=corpus.sizes[1]), out=first[1:])
    kind = np.empty((len(keys), 2), np.int32)
    kind[:, 0] = (keys >> place_bits) & ((1 << length_bits) - 1)
    kind[:, 1] = keys & ((1 << place_bits) - 1)
    return entry, bucket, first, kind, start
