"""The English shapes of a leaked role: "As a botanist, I ...", "With my background in X, I ...", "I am a chef.".

Each rule looks at one anchor word, reads at most ``WINDOW`` characters forward, and answers with the cut to make
or ``None``. A rule that is in doubt answers ``None``: a leak left in costs less than a sentence spoilt.
"""

from __future__ import annotations

import re

from . import words
from .roles import Evidence, Grade, grade, in_field, role_ends, skilled
from .sentence import (
    FIRST_PERSON,
    WINDOW,
    Cut,
    Place,
    continues,
    next_word,
    piece_fits,
    sentence_end,
    speaks,
    whole_sentence,
)

ANCHOR = re.compile(
    r"\b(?:[Aa]s|AS|[Bb]eing|[Ss]peaking|[Ii]n my|[Ff]rom my|[Ww]ith|[Hh]aving|[Dd]rawing (?:upon|on|from)"
    r"|[Dd]uring my|[Tt]hroughout my|[Oo]ver my|I(?:['’]m| am))(?=\s)"
)
_ARTICLE = re.compile(r"\s+(?:(a|an|the|your|one\s+of\s+the)\s+|(?=someone\s|somebody\s))", re.I)
_ROLE_OF_MINE = re.compile(
    r"\s+(?:\w+\s+){0,2}?(?:capacity|role|position|work|job|practice|career|time|tenure|years|experience|decades)"
    r"\s+as\s+(?:an?|the)\s+",
    re.I,
)
_SPEAKING = re.compile(
    r"\s+(?:(?:strictly|purely|personally)\s+)?(?:as|from\s+(?:my|the)\s[^.,;:]{1,60}?\bas)\s+(?:an?|the)\s+", re.I
)
_SKILL_START = re.compile(
    r"\s+(?:my|an?|over|more\s+than|nearly|almost|around|about|decades|years|many|several|extensive|\d+\+?|\w+ty|ten|"
    r"fifteen|twelve)\b",
    re.I,
)
_COMMA = re.compile(r"[,，]")
_SO_THAT = re.compile(r"\bso\s+(?:that\s+I\b|I\s+can\b)")
_BIOGRAPHY = re.compile(
    r"\s+(?:I\s+(?:have|hold|recently|specialize|possess|enjoy|love|was)|I['’]ve|"
    r"My\s+(?:background|expertise|experience|passion|name|career|work))\b"
)
_VERB = re.compile(r"[a-z]+")
_DRAWING = re.compile(r"\b[Dd]rawing\s+(?:on|upon|from)\s")


def find_cut(text: str, anchor: re.Match[str], place: Place, evidence: Evidence) -> Cut | None:
    """Return the cut for the phrase that begins at ``anchor``, ``None`` if it is no leak."""
    word = anchor[0].lower()
    if word in {"i'm", "i’m", "i am"}:
        return _i_am(text, anchor, place, evidence)
    if place.kind == "inside":
        return _inside(text, anchor, evidence) if word == "as" else None
    if word in {"with", "having"} or word.startswith("drawing"):
        return _with_skill(text, anchor, place, evidence)
    pattern = _ARTICLE if word in {"as", "being"} else _SPEAKING if word == "speaking" else _ROLE_OF_MINE
    article = pattern.match(text, anchor.end(), anchor.end() + WINDOW)
    if not article:
        return None
    strength = grade(text[article.end() : article.end() + 300], evidence)
    if strength is Grade.LIKELY and _doubtful(article, place, evidence, word):
        return None
    if place.quoted and not (strength >= Grade.SURE and evidence.given):
        return None
    if strength is Grade.NO:
        return None
    found = _phrase_end(text, anchor, article.end(), strength, place, evidence)
    if found is None:
        return _between(text, anchor, article.end(), strength)
    return Cut(anchor.start(), found, place.kind in {"start", "sentence"})


def _doubtful(article: re.Match[str], place: Place, evidence: Evidence, word: str) -> bool:
    """Whether a role that only the word list vouches for stands where stories and role play put theirs."""
    if evidence.given and not place.opening:
        return True  # the teacher was told to be somebody else
    if word in {"during my", "throughout my", "over my"}:
        return True
    return article.re is _ARTICLE and (article[1] or "").lower() in {"the", "your"}


def _phrase_end(
    text: str, anchor: re.Match[str], start: int, strength: Grade, place: Place, evidence: Evidence
) -> int | None:
    """Find where the phrase ends: at the first comma that the writer's own clause follows."""
    limit = sentence_end(text, start)
    if _SO_THAT.search(text, start, limit):
        return None  # a user story
    bare = role_ends(text[start:limit], evidence)
    if bare:
        gap = re.compile(r"\s+(?=I(?:\s|['’]))").match(text, start + bare, limit)
        if gap and _glued(text[gap.end() : limit + 1], strength, place):
            return gap.end()
    piece = start
    for number, comma in enumerate(_COMMA.finditer(text, start, limit)):
        if number > 7 or not piece_fits(text[piece : comma.start()], first=number == 0):
            return None
        after = next_word(text, anchor.start(), comma.end(), limit)
        rest = text[after : limit + 1]
        if continues(rest, strength, first_comma=number == 0, place=place):
            return after
        if (
            anchor[0] in {"Speaking", "speaking"}
            and number == 0
            and (_SUBJECT_OR_LINK.match(rest) is None or _THE_KEY.match(rest))
            and len(rest) > 2
        ):
            return after
        piece = after
    return None


def _glued(rest: str, strength: Grade, place: Place) -> bool:
    """Whether "As a botanist I ..." goes on with the writer's own clause: not "As a poet I love wrote, I must"."""
    mine = FIRST_PERSON.match(rest)
    if not mine or _REPORTED.match(rest):
        return False
    own = [word for word in mine[2].lower().replace("’", "'").split() if word not in words.ADVERBS]
    if mine[1]:
        own.insert(0, words.CONTRACTIONS[mine[1].replace("’", "'")])
    if strength is not Grade.MACHINE and not _own_verb([*own, "", ""]):
        return False
    return continues(rest, strength, first_comma=True, place=place)


def _own_verb(following: list[str]) -> bool:
    """Whether "I recommend" or "I would say" follows: "I would love to meet" may be a relative clause."""
    if following[0] in {"would", "can", "could", "will"}:
        return following[1] in words.GLUED_VERBS | words.AFTER["should"]
    return following[0] in words.GLUED_VERBS


# A second verb and then "I" again: the first clause was a relative one.
_REPORTED = re.compile(
    r"[^,]*\b(?:said|says?|wrote|writes?|told|tells|put|puts|likes?|liked|once|used|taught|called|calls)\b[^,]*,"
)
_SUBJECT_OR_LINK = re.compile(
    r"(?:he|she|they|you|we|it|the|my|his|her|their|our|your|with|who|and|or|as|a|an|having|in|of|at|for|from|[A-Z][a-z]+\s[A-Z])\b"
)
_THE_KEY = re.compile(
    r"the\s+(?:(?:most|key|main|best|first|important|real|short|simple|only|biggest|common|critical|crucial)\s+){0,3}"
    r"(?:key|answer|thing|way|trick|secret|point|question|problem|issue|reason|rule|lesson|advice|step|priority|"
    r"mistake|challenge|difference|solution|approach|choice)(?:\s+here)?\s+(?:to|is|are|would\s+be)\b"
)


def _between(text: str, anchor: re.Match[str], start: int, strength: Grade) -> Cut | None:
    """Handle "I, as a botanist, recommend" and "I would say, as a botanist, that": both commas go."""
    before = text[max(0, anchor.start() - 40) : anchor.start()]
    subject = re.search(r"(?:^|\s)I(?:['’]d|\s+\w+){0,2}(,\s+)$", before)
    limit = sentence_end(text, start)
    comma = _COMMA.search(text, start, limit)
    if not subject or not comma or not piece_fits(text[start : comma.start()], first=True):
        return None
    verb = _VERB.match(text, comma.end() + 1)
    if not verb or (strength < Grade.SURE and verb[0] not in words.SPEECH_VERBS | words.ADVERBS | {"that"}):
        return None
    return Cut(anchor.start() - len(subject[1]), comma.end(), False)


def _inside(text: str, anchor: re.Match[str], evidence: Evidence) -> Cut | None:
    """Handle "My advice as a botanist is ..." and "In my opinion as a botanist, ..."."""
    before = text[max(0, anchor.start() - 40) : anchor.start()]
    mine = re.search(r"\b[Mm]y(?:\s+[\w-]+)?\s+(\w+)(\s+)$", before)
    article = _ARTICLE.match(text, anchor.end(), anchor.end() + 40)
    if not mine or mine[1] not in words.MY_VIEWS or not article or _DRAWING.search(before):
        return None
    limit = sentence_end(text, article.end())
    end = role_ends(text[article.end() : limit], evidence)
    if not end or grade(text[article.end() : article.end() + end], evidence) is Grade.NO:
        return None
    end += article.end()
    if not re.compile(r",|\s+(?:is|are|has|would|tells|suggests)\b").match(text, end):
        return None
    return Cut(anchor.start() - len(mine[2]), end, False)


def _with_skill(text: str, anchor: re.Match[str], place: Place, evidence: Evidence) -> Cut | None:
    """Handle "With my background in X, I ..." and "With over 20 years of experience as a X, I ..."."""
    if not _SKILL_START.match(text, anchor.end()) or place.quoted:
        return None
    limit = sentence_end(text, anchor.end())
    for number, comma in enumerate(_COMMA.finditer(text, anchor.end(), limit)):
        phrase = text[anchor.end() : comma.start()]
        if number > 7 or not piece_fits(re.sub(r"[\w,]+$", "", phrase), first=True):
            return None
        after = next_word(text, anchor.start(), comma.end(), limit)
        mine = FIRST_PERSON.match(text[after : limit + 1])
        if not mine:
            continue
        sure = in_field(phrase, evidence) or role_ends(re.sub(r"^.*?\bas an?\s", "", phrase), evidence) > 0
        strength = Grade.SURE if evidence.given and sure else Grade.LIKELY
        if not skilled(phrase + " ") and not re.search(r"\bknowledge\b", phrase):
            return None
        if strength is Grade.LIKELY and not place.opening:
            return None
        if mine[2].startswith(("am confident", "believe", "feel", "am certain", "know that I")):
            return None  # how an application letter goes on
        if not speaks(mine, text[after : limit + 1], strength, place):
            return None
        return Cut(anchor.start(), after, place.kind in {"start", "sentence"})
    return None


def _i_am(text: str, anchor: re.Match[str], place: Place, evidence: Evidence) -> Cut | None:
    """Handle "I am a botanist, and I ..." and the sentence "I'm a renowned chef.".

    People describe themselves in biographies and letters, so only the identity's own role at the opening counts.
    """
    before = re.findall(r"\w+", text[: anchor.start()].lower()) if place.opening else ["?"]
    if place.kind == "inside" or not evidence.heads or not all(word in words.EMPTY for word in before):
        return None
    article = _ARTICLE.match(text, anchor.end(), anchor.end() + 40)
    if not article:
        return None
    limit = sentence_end(text, article.end())
    body = text[article.end() : limit]
    vague = re.match(r"(?:[\w-]+\s+){0,3}(?:expert|professional|specialist)\b", body)
    if vague and not in_field(body, evidence):
        return None
    if grade(body, evidence) is not Grade.SURE or re.search(r"\b(?:because|but|if|when|you)\b", body[:200]):
        return None
    joint = re.search(r",?\s+(?:and|so)\s+(?=(?:I|my)\b)", body)
    if joint:
        end = article.end() + joint.end()
        return Cut(anchor.start(), end, place.kind in {"start", "sentence"})
    if _BIOGRAPHY.match(text, limit + 1):
        return None
    if place.kind == "clause" or text[limit : limit + 1] not in {".", "!"}:
        return None
    pieces = body.split(",")
    if not all(piece_fits(piece, first=number == 0) for number, piece in enumerate(pieces)):
        return None
    if re.search(r"\band\s+(?:can|will|would|am)\b", body):
        return None
    return whole_sentence(text, anchor.start(), limit + 1)
