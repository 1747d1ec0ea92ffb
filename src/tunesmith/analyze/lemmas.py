"""The dictionary form of an English verb or noun."""

from __future__ import annotations

from functools import lru_cache

from .words import IRREGULAR_NOUNS, IRREGULAR_VERBS, UNCHANGED_NOUNS, VERBS


@lru_cache(maxsize=65536)
def verb_lemma(word: str) -> str | None:
    """The base form of a verb that is known, whatever its form; ``None`` if it is none.

    A verb with ``re-`` before it is known if the rest is: "re-word", "re-create".
    """
    if word.startswith("re-"):
        joined, base = verb_lemma(word.replace("-", "", 1)), verb_lemma(word[3:])
        return joined or (None if base is None else f"re-{base}")
    if word in IRREGULAR_VERBS:
        return IRREGULAR_VERBS[word]
    return next((base for base in _bases(word) if base in VERBS), None)


def _bases(word: str) -> list[str]:
    """What a word could be a form of, the likeliest first."""
    bases = [word]
    if word.endswith("s") and not word.endswith("ss"):
        bases += [word[:-1], word[:-2]]
        if word.endswith("ies"):
            bases.append(word[:-3] + "y")
    for ending in ("ed", "ing"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            bases += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                bases.append(stem[:-1])
            if ending == "ed" and stem.endswith("i"):
                bases.append(stem[:-1] + "y")
    return bases


@lru_cache(maxsize=65536)
def noun_lemma(word: str) -> str:
    """The singular of a noun; words that it does not know by rule."""
    if word in IRREGULAR_NOUNS:
        return IRREGULAR_NOUNS[word]
    head, hyphen, last = word.rpartition("-")
    if hyphen:
        return f"{head}-{noun_lemma(last)}"
    if word in UNCHANGED_NOUNS or len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word[:-1]
