"""The noun that is a verb's direct object."""

from __future__ import annotations

from .phrase import noun_phrase
from .sentence import STOP, Sentence
from .words import (
    ADVERBS,
    ALWAYS_PARTICLES,
    BE,
    CAUSATIVE,
    CLAUSAL,
    DETERMINERS,
    DITRANSITIVE,
    HAVE,
    INFINITIVES,
    MODALS,
    OBJECT_PRONOUNS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    QUANTIFIERS,
    VERBS,
    WH,
)

Found = tuple[str, str | None] | None
"""A verb and its object's noun; nothing where no verb was found."""

_NO_OBJECT = STOP | PREPOSITIONS | OBJECT_PRONOUNS
_ALONE = OBJECT_PRONOUNS - {"each", "other"}
_DEGREES = frozenset(["more", "most", "very", "less"])


def object_of(sentence: Sentence, place: int, verb: str) -> Found:
    """The verb with the noun that is its object.

    Args:
        sentence: The sentence.
        place: Where the verb stands.
        verb: Its base form.
    """
    last, place = _last_of_several(sentence, place, verb)
    while _is_between(sentence, place, last):
        place += 1
    return verb, _noun(sentence, place, last)


def _last_of_several(sentence: Sentence, place: int, verb: str) -> tuple[str, int]:
    """The last verb of "identify and correct", the object of which is that of all; and the place behind it."""
    place += 1
    while sentence.at(place) in ("and", "or", ",", "/", "&"):
        step = 1 + (sentence.at(place + 1) in ("and", "or", "then"))
        step += sentence.at(place + step) == "then" or sentence.at(place + step).endswith("ly")
        if sentence.at(place + step) not in VERBS:
            break
        verb, place = sentence.at(place + step), place + step + 1
    return verb, place


def _is_between(sentence: Sentence, place: int, verb: str) -> bool:
    """Whether it is a particle or an adverb between the verb and its object: "write down", "list briefly"."""
    word, behind = sentence.at(place), sentence.at(place + 1)
    if word == "up" and behind == "to" and sentence.at(place + 2)[0].isdigit():
        return False
    if word in ALWAYS_PARTICLES or word in PARTICLES.get(verb, frozenset()):
        return True
    return (word in ADVERBS and word not in _DEGREES) or (word.endswith("ly") and behind in DETERMINERS)


def _noun(sentence: Sentence, place: int, verb: str) -> str | None:
    if sentence.at(place) in _ALONE and not (sentence.at(place) == "her" and verb not in DITRANSITIVE):
        if not _has_two_objects(sentence, place, verb):
            return None
        place += 1
    begins = _beginning(sentence, place)
    if begins is None or (verb in CLAUSAL and sentence.at(place) == "that"):
        return None
    phrase = noun_phrase(sentence, begins, clause=verb in CAUSATIVE)
    behind = sentence.at(phrase.end)
    if verb in CLAUSAL and behind in BE | HAVE | MODALS:
        return None
    if verb in DITRANSITIVE and behind in DETERMINERS - WH - {"that"} and phrase.head:
        second = noun_phrase(sentence, phrase.end)
        if sentence.at(second.end) not in BE | HAVE | MODALS:  # "questions a customer could ask" are no second object
            return second.head or phrase.head
    return phrase.head


def _has_two_objects(sentence: Sentence, place: int, verb: str) -> bool:
    """Whether behind this pronoun comes what it is to get: "give me a tip"."""
    behind = sentence.at(place + 1)
    if verb not in DITRANSITIVE and behind not in ("the", "a", "an"):
        return False
    return behind not in _NO_OBJECT and not (verb in CAUSATIVE and behind in INFINITIVES)  # "make you feel"


def _beginning(sentence: Sentence, place: int) -> int | None:
    """Where the noun phrase begins, if there is one."""
    word, behind = sentence.at(place), sentence.at(place + 1)
    if word in ("at", "up", "as") and behind in ("least", "most", "to", "many"):
        return place + 2
    if word in ("in", "for", "from"):  # "explain in your own words the text"
        end = noun_phrase(sentence, place + 1).end
        return end if sentence.at(end) in ("the", "a", "an") else None
    if word == "that":
        return None if behind in PRONOUNS | DETERMINERS else place
    if word in STOP or word in WH - {"what", "which"} or (word in PREPOSITIONS and behind not in QUANTIFIERS):
        return None
    return place
