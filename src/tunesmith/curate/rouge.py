"""ROUGE-L and ROUGE-N between two texts, as the package ``rouge_score`` computes it (C.-Y. Lin, "ROUGE", 2004)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tunesmith.text import CommonSubsequence, ascii_words, unicode_words

Tokenizer = Literal["rouge", "unicode"]
WORDS: dict[str, Callable[[str], list[str]]] = {"rouge": ascii_words, "unicode": unicode_words}
"""How to cut a text into words: as ROUGE does (a-z and 0-9 only), or for all scripts."""


@dataclass(frozen=True, slots=True)
class Match:
    """The text that another resembles most: its number, from 0 in the order in which texts came, and the score."""

    row: int
    score: float


def f_measure(common: int, m: int, n: int) -> float:
    """The F-measure of texts of ``m`` and ``n`` words whose longest common subsequence has ``common``.

    Computed in the very order of operations of ``rouge_score``: whether a pair on the threshold lies above it hangs
    on the last bit. Of 7 words with 13, of which 7 in common, 0.7000000000000001.
    """
    if not common:
        return 0.0
    precision, recall = common / m, common / n
    return 2 * precision * recall / (precision + recall)


def common_needed(m: int, n: int, threshold: float) -> int:
    """The fewest words in common with which the F-measure exceeds ``threshold``; more than there are if none do."""
    common = max(0, int(threshold * (m + n) / 2) - 1)
    while common <= min(m, n) and f_measure(common, m, n) <= threshold:
        common += 1
    return common


def rouge_l(first: str, second: str, tokenizer: Tokenizer = "rouge") -> float:
    """ROUGE-L's F-measure of two texts, from 0 to 1; 0 where a text has no words."""
    words = WORDS[tokenizer]
    one, other = words(first), words(second)
    return f_measure(CommonSubsequence(one).length(other), len(one), len(other))


def rouge_n(first: str, second: str, n: int, tokenizer: Tokenizer = "rouge") -> float:
    """ROUGE-N's F-measure of two texts, from 0 to 1: of the runs of ``n`` words; 0 where a text has none."""
    words = WORDS[tokenizer]
    one, other = (_runs(words(text), n) for text in (first, second))
    return f_measure((one & other).total(), one.total(), other.total())


def _runs(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))
