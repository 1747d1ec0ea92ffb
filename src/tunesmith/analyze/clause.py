"""The main verb of a sentence, and the noun that is its direct object."""

from __future__ import annotations

from .lemmas import verb_lemma
from .objects import Found, object_of
from .phrase import is_adjective, noun_phrase
from .sentence import QUOTED, STOP, Sentence
from .words import (
    ADVERBS,
    BE,
    DETERMINERS,
    DITRANSITIVE,
    HAVE,
    IRREGULAR_VERBS,
    MODALS,
    NOT,
    OBJECT_PRONOUNS,
    OPENERS,
    OPENING_ADVERBS,
    PREPOSITIONS,
    PRONOUNS,
    QUANTIFIERS,
    UNCHANGED_VERBS,
    VERBS,
    WH,
)

_BEGINS_NOUN = DETERMINERS | QUANTIFIERS
_FINITE = BE | HAVE | MODALS
_NO_VERB_BEHIND = PREPOSITIONS | DETERMINERS | {"and", "or"}
_BEGINS_QUESTION = WH - {"which", "where", "who", "whose", "when", "if"}  # those rather begin a relative clause


def main_clause(sentence: Sentence) -> Found:
    """The main verb and its object."""
    start = _behind_greetings(sentence)
    word, behind = sentence.at(start), sentence.at(start + 1)
    if word in OPENERS and word != "like" and behind not in STOP and not (word == "when" and behind in _FINITE):
        return _behind_opening(sentence, start)
    if word in ("let's", "lets") or (word == "let" and behind in ("us", "me")):
        return "let", None
    if word in WH:
        return _question(sentence, start)
    if word in PRONOUNS and behind not in STOP:
        return _statement(sentence, start + (word not in _FINITE))
    if word in MODALS or word in HAVE:
        return _behind_subject(sentence, start + 1)
    if word in BE or word == "there":
        return None
    return _imperative(sentence, start) or _behind_subject(sentence, start, finite=True)


def _imperative(sentence: Sentence, start: int) -> Found:
    """What begins with its verb, be it an imperative or, as a title would, a participle ("Rewriting a text")."""
    word, behind = sentence.at(start), sentence.at(start + 1)
    verb = verb_lemma(word) if word in VERBS or word.startswith("re-") else None
    if verb is None and word.endswith("ing") and behind not in STOP and (verb := verb_lemma(word)):
        after = _behind_opening(sentence, start)
        if after is not None:
            return after
    if verb is None and behind in DETERMINERS - {"no", "that"} and word.isalpha():
        # In no list, but it stands where a verb does.
        verb = None if word.endswith(("s", "ing", "ed", "ly")) or word in _NO_VERB_BEHIND | QUANTIFIERS else word
    return None if verb is None else object_of(sentence, start, verb)


def _behind_greetings(sentence: Sentence) -> int:
    """Where the sentence begins in earnest."""
    start = 0
    while True:
        word, behind = sentence.at(start), sentence.at(start + 1)
        greets = word in OPENING_ADVERBS or (
            word.endswith("ly") and word != "apply" and (behind == "," or behind in VERBS)
        )
        sign = word in (",", QUOTED, ":", "-", "*") and start + 1 < len(sentence.low)
        if not (greets or sign or (word in NOT and behind in VERBS | NOT)):
            return start
        start += 1


def _behind_opening(sentence: Sentence, start: int) -> Found:
    """What follows "Given a text," or "If you could fly,": the first comma with the beginning of a main clause."""
    for place in range(start + 1, len(sentence.low) - 1):
        if sentence.at(place) in (",", ":") and _begins_clause(sentence, place + 1):
            return main_clause(sentence.from_(place + 1))
    for place in range(start + 2, len(sentence.low) - 1):  # the comma was forgotten
        word, before, behind = sentence.at(place), sentence.at(place - 1), sentence.at(place + 1)
        free = before not in PREPOSITIONS and before not in DETERMINERS and before not in PRONOUNS | MODALS | HAVE
        if word in VERBS and free and not is_adjective(before) and (behind in _BEGINS_NOUN or behind in WH):
            return main_clause(sentence.from_(place))
    return None


def _begins_clause(sentence: Sentence, place: int) -> bool:
    while sentence.at(place) in OPENING_ADVERBS or sentence.at(place).endswith("ly"):
        place += 1
    word, behind = sentence.at(place), sentence.at(place + 1)
    if word in VERBS:
        return behind not in (",", "and", "or") or sentence.at(place + 2) in VERBS
    if word == "which":
        return behind not in _FINITE and sentence.at(noun_phrase(sentence, place + 1).end) in _FINITE
    return word in MODALS | BE | PRONOUNS | _BEGINS_QUESTION or (word in WH and behind in MODALS)


def _question(sentence: Sentence, start: int) -> Found:
    """A question with what, which, how ...: its object may stand in front."""
    word, place, asked = sentence.at(start), start + 1, None
    if (word == "what" and sentence.at(place) in ("if", "about")) or (word == "which" and sentence.at(place) == "of"):
        return None
    if sentence.at(place) == "to":
        return _verb_at(sentence, place + 1)
    many = word == "how" and sentence.at(place) in ("many", "much")
    if (many or word in ("what", "which", "whose")) and sentence.at(place) not in _FINITE:
        phrase = noun_phrase(sentence, place + many)
        verb = verb_lemma(sentence.at(place)) if phrase.end == place + 1 else None
        if phrase.head is not None and sentence.at(phrase.end) in _FINITE | {"to"}:
            asked, place = phrase.head, phrase.end
        elif phrase.head is not None and (many or verb is None):  # "which city has ..."
            return _behind_subject(sentence, place, finite=True)
    while place < len(sentence.low) and sentence.at(place) not in _FINITE:
        verb = verb_lemma(sentence.at(place)) if word in ("what", "who", "which") else None
        if verb and (place == start + 1 or sentence.at(place - 1) not in PREPOSITIONS | DETERMINERS):
            return object_of(sentence, place, verb)  # "what makes ..."
        place += 1
    return _answer(sentence, place, word, asked)


def _answer(sentence: Sentence, place: int, word: str, asked: str | None) -> Found:
    """What follows in a question from its auxiliary on, where ``asked`` is what it asks for."""
    if sentence.at(place) in BE or place >= len(sentence.low):
        return _progressive(sentence, place + 1) if word in ("why", "how", "when", "where") else None
    if sentence.at(place) in HAVE and sentence.at(place + 1) not in PRONOUNS:
        found = _behind_subject(sentence, place + 1, finite=True)
        if found is None and verb_lemma(sentence.at(place + 1)) is None:
            found = object_of(sentence, place, "have")
        return found
    found = _behind_subject(sentence, place + 1)
    return (found[0], asked) if found and found[1] is None and asked else found


def _progressive(sentence: Sentence, start: int) -> Found:
    """The verb behind a subject in "Why is (it giving me an error)"."""
    for place in range(start + 1, len(sentence.low)):
        word, before, behind = sentence.at(place), sentence.at(place - 1), sentence.at(place + 1)
        if word in STOP | PREPOSITIONS | BE:
            break
        verb = verb_lemma(word) if word.endswith("ing") and behind in _BEGINS_NOUN | OBJECT_PRONOUNS else None
        if verb and before not in DETERMINERS:
            return object_of(sentence, place, verb)
    return None


def _behind_subject(sentence: Sentence, start: int, finite: bool = False) -> Found:
    """The verb behind a subject; in a statement (``finite``) it is one that can hardly be a noun."""
    if not finite and (sentence.at(start) in PRONOUNS or _stands_alone(sentence, start)):
        return _verb_at(sentence, start + 1)
    for place in range(start + 1, len(sentence.low)):
        word, before, behind = sentence.at(place), sentence.at(place - 1), sentence.at(place + 1)
        if word in STOP or word in WH or (finite and word in BE):
            return None
        if finite and word in MODALS:
            return _verb_at(sentence, place + 1)
        if before in _NO_VERB_BEHIND or is_adjective(before):
            continue
        if word in VERBS and not finite:
            if (
                sentence.at(start) in DETERMINERS
                and behind in VERBS
                and sentence.at(place + 2) in STOP | _NO_VERB_BEHIND
            ):
                continue  # "(did) the experiment show": two words that can be a verb, the first of them a noun
            return object_of(sentence, place, word)
        verb = verb_lemma(word) if not word.endswith("ing") else None
        if finite and verb and behind in _BEGINS_NOUN | WH | OBJECT_PRONOUNS and behind not in PREPOSITIONS:
            return object_of(sentence, place, verb)
    return None


def _stands_alone(sentence: Sentence, place: int) -> bool:
    return sentence.at(place) in ("this", "that", "these", "those") and sentence.at(place + 1) in VERBS


def _statement(sentence: Sentence, start: int) -> Found:
    """What follows a pronoun that is the subject: "(I) need", "(you) are given"."""
    word = sentence.at(start)
    if word in BE:
        while sentence.at(start + 1) in ADVERBS | BE:
            start += 1
        verb = verb_lemma(sentence.at(start + 1))
        if verb is None or is_adjective(sentence.at(start + 1)) and verb not in ("give", "provide"):
            return None
        if not sentence.at(start + 1).endswith("ing") and verb not in DITRANSITIVE:
            return verb, None  # a passive, which has no object
        return object_of(sentence, start + 1, verb)
    return _verb_at(sentence, start)


def _verb_at(sentence: Sentence, place: int) -> Found:
    """The verb that stands here or behind adverbs and auxiliaries."""
    while sentence.at(place) in OPENING_ADVERBS | ADVERBS | MODALS | NOT or sentence.at(place).endswith("ly"):
        if place >= len(sentence.low):
            return None
        place += 1
    word = sentence.at(place)
    if word in BE:
        return _statement(sentence, place)
    behind = sentence.at(place + 1)
    done = behind in UNCHANGED_VERBS and sentence.at(place + 2) in DETERMINERS
    if word in HAVE and (done or word.endswith("n't") or behind.endswith(("ed", "en")) or behind in IRREGULAR_VERBS):
        return _verb_at(sentence, place + 1)
    verb = verb_lemma(word)
    return None if verb is None else object_of(sentence, place, verb)
