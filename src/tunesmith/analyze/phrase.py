"""The noun at the head of a noun phrase, and where the phrase ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from .lemmas import noun_lemma, verb_lemma
from .sentence import QUOTED, STOP, Sentence
from .words import (
    ADJECTIVE_ENDINGS,
    ADJECTIVES,
    ADVERBS,
    ALWAYS_PARTICLES,
    BE,
    BEFORE_CLAUSES,
    DETERMINERS,
    HAVE,
    INFINITIVES,
    JOINED_ENDINGS,
    MODALS,
    NOMINAL_ADJECTIVES,
    NOT_ADJECTIVES,
    NOT_ADVERBS,
    NOT_SUPERLATIVES,
    NOUNS_IN_ING,
    OBJECT_PRONOUNS,
    PARTICIPLES,
    PARTICIPLES_AS_NOUNS,
    PREPOSITIONS,
    QUANTIFIERS,
)

_SUBJECTS = frozenset(["i", "we", "they", "he", "she"])
_ENDS = STOP | PREPOSITIONS | BE | HAVE | MODALS | _SUBJECTS | OBJECT_PRONOUNS - {"her", "other", "each"}
_DEGREES = frozenset(["most", "more", "least", "less"])
_JOINS = _DEGREES | {"and", "or", ",", "&"}
_GERUNDS = DETERMINERS | OBJECT_PRONOUNS | {QUOTED}


@dataclass(slots=True)
class Phrase:
    """A noun phrase.

    Attributes:
        head: Its noun in the singular; ``None`` where it has none, as a pronoun or a name.
        end: The place behind it.
    """

    head: str | None
    end: int


@dataclass(slots=True)
class _Parts:
    """What a phrase has been found to be made of."""

    nouns: list[int] = field(default_factory=list)
    adjectives: int = 0
    determiner: str = ""
    nominal: str | None = None  # the last adjective, if it can stand for a noun


def noun_phrase(sentence: Sentence, start: int, clause: bool = False) -> Phrase:
    """Read a noun phrase.

    Args:
        sentence: The sentence.
        start: Where it begins.
        clause: An infinitive may follow: "make the text sound better".
    """
    place, parts = _opening(sentence, start), _Parts()
    if place > start:
        parts.determiner = sentence.at(place - 1)
    if sentence.at(place) in ("of", "to") or _is_gerund(sentence, place, place > start):
        return Phrase(None, place)
    while place < len(sentence.low):
        word = sentence.at(place)
        if word in _JOINS and _goes_on(sentence, place, parts):
            place += 1
        elif word in _ENDS or word in ("and", "or") or (word in DETERMINERS and (parts.nouns or parts.adjectives)):
            break
        elif word.endswith(("'s", "s'")):
            parts, place = _Parts(determiner=word), place + 1
        elif parts.nouns and _follows(sentence, place, clause):
            break
        else:
            _take(sentence, place, parts)
            place += 1
    if len(parts.nouns) > 1 and sentence.at(place) in MODALS and parts.nouns[-1] == place - 1:
        parts.nouns.pop()  # "a thing people can do": the last noun is what the verb behind it is about
    return Phrase(_head(sentence, parts), place)


def _opening(sentence: Sentence, place: int) -> int:
    """Where the articles and numbers before a noun end."""
    while True:
        word = sentence.at(place)
        if word in ("all", "both", "half") and sentence.at(place + 1) == "of":
            return place + 1
        behind = sentence.at(place + 1)
        size = word in ("by", "x", "-") and sentence.at(place - 1)[0].isdigit() and behind[0].isdigit()
        if size or (word == "a" and behind in ("few", "great", "little")):
            place += 2
        elif word in DETERMINERS or word in QUANTIFIERS or word[0].isdigit() or word == "$":
            place += 1
        else:
            return place


def _is_gerund(sentence: Sentence, place: int, determined: bool) -> bool:
    """Whether it is not a noun phrase but a verb with its own object: "(consider) using a map"."""
    word = sentence.at(place)
    if determined or not word.endswith("ing") or verb_lemma(word) is None:
        return False
    return sentence.at(place + 1) in _GERUNDS or (word not in NOUNS_IN_ING and sentence.at(place + 1) in PREPOSITIONS)


def is_adjective(word: str) -> bool:
    """Whether a word is likely an adjective."""
    if word.endswith("est") and len(word) > 5 and word not in NOT_SUPERLATIVES:
        return True
    return word in ADJECTIVES or (word.endswith(ADJECTIVE_ENDINGS) and word not in NOT_ADJECTIVES)


def _is_adverb(word: str) -> bool:
    return word in ADVERBS or (word.endswith("ly") and len(word) > 4 and word not in NOT_ADVERBS)


def _is_participle(word: str) -> bool:
    return word in PARTICIPLES or (word.endswith("ed") and len(word) > 3 and word not in PARTICIPLES_AS_NOUNS)


def _is_open(sentence: Sentence, place: int) -> bool:
    """Whether the word may stand within a noun phrase, behind its articles."""
    word = sentence.at(place)
    return word not in _ENDS and word not in DETERMINERS and word not in ("and", "or") and not _is_adverb(word)


def _goes_on(sentence: Sentence, place: int, parts: _Parts) -> bool:
    """Whether a phrase goes on behind a comma, an "and" or a "most": "a short and funny story"."""
    if sentence.at(place) in _DEGREES:
        return not parts.nouns
    behind = place + 1 + (sentence.at(place + 1) in ("and", "or"))
    if not _is_open(sentence, behind):
        return not parts.nouns and _is_adverb(sentence.at(behind))
    if not parts.nouns:
        return parts.adjectives > 0
    if len(parts.nouns) > 1 or place != parts.nouns[0] + 1 or not _is_open(sentence, behind + 1):
        return False
    first, second = sentence.at(place - 1), sentence.at(behind)
    if is_adjective(second) and parts.determiner in ("a", "an") and not parts.adjectives:
        return True
    if first.endswith(JOINED_ENDINGS) and second.endswith(JOINED_ENDINGS):
        return True
    # "the spelling and grammar errors": what is one thing with an article is not one of several things without
    return noun_lemma(first) == first and not is_adjective(second) and parts.determiner in ("the", "this", "any", "all")


def _follows(sentence: Sentence, place: int, clause: bool) -> bool:
    """Whether a word behind a noun is no more part of the phrase, but says something about it."""
    word, more = sentence.at(place), _is_open(sentence, place + 1)
    if sentence.at(place - 1) in BEFORE_CLAUSES or _is_adverb(word) or word in ("given", "provided", "following"):
        return True
    if is_adjective(word) or _is_participle(word):
        return not more
    if word.endswith("ing") and (word not in NOUNS_IN_ING or sentence.at(place + 1) in _GERUNDS):
        return verb_lemma(word) is not None
    if word in ALWAYS_PARTICLES or (word == "people" and verb_lemma(sentence.at(place + 1))):
        return True  # "cut the shape out", "lies people tell"
    return clause and word in INFINITIVES


def _take(sentence: Sentence, place: int, parts: _Parts) -> None:
    word, more = sentence.at(place), _is_open(sentence, place + 1)
    if word == QUOTED or word[0].isdigit() or _is_adverb(word) or word in QUANTIFIERS:
        return
    describes = is_adjective(word) or (_is_participle(word) and (more or not parts.determiner))
    if describes or word in ("given", "provided", "following"):
        parts.adjectives += 1
        parts.nominal = word if word in NOMINAL_ADJECTIVES and parts.determiner else None
    elif word[0].isalpha():
        parts.nouns.append(place)


def _head(sentence: Sentence, parts: _Parts) -> str | None:
    """The last noun; before a name, the one that says what it is the name of: "the novel Emma"."""
    if parts.nouns and parts.determiner in ("a", "an") and sentence.words[parts.nouns[-1]].isupper():
        return noun_lemma(sentence.low[parts.nouns[-1]])  # an abbreviation: "a web API"
    common = [place for place in parts.nouns if not sentence.is_name(place)]
    if common:
        return noun_lemma(sentence.low[common[-1]])
    if parts.nouns and (parts.determiner in ("a", "an") or (len(parts.nouns) == 1 and parts.determiner)):
        return noun_lemma(sentence.low[parts.nouns[-1]])
    return None if parts.nouns else parts.nominal
