"""What the rules of ``leaks`` share: where a phrase stands, where it ends, and who speaks after it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import words
from .roles import Grade

WINDOW = 400
_STOP = re.compile(r"[;:!?。；：！？—]|\.(?=\s+[\"'“*(]?[A-Z0-9]|\s*$|\s*\n)|\n[ \t]*\n|\n[ \t]*(?:[-*•>#]|\d+[.)])\s")
_ABBREVIATION = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|e\.g|i\.e|etc|Inc|Ph\.D|M\.D)|\b[A-Z])\.$")
FIRST_PERSON = re.compile(r"(?:I|i(?=['’]))(?:(['’](?:d|ll|ve|m))|(?=\s))\s*((?:[\w'’]+\s+){0,4}[\w'’]*)")
_MY = re.compile(r"(?:(?:in|from|to)\s+)?my((?:\s+\w+){1,4})", re.I)
_OTHER_FIRST = re.compile(
    r"(?:let\s+me|allow\s+me|please\s+(?:let|allow)\s+me|here(?:['’]s|\s+is|\s+are)|"
    r"it(?:['’]s|\s+is|\s+would\s+be)\s+(?:my|an?\s+(?:honou?r|pleasure|privilege)))\b",
    re.I,
)
_IT = re.compile(r"(?:it(?:['’]s|\s+is|\s+would)|there\s+(?:is|are))\b", re.I)
_ECHO = re.compile(
    r"you\s+(?:know|understand|are\s+(?:well\s+)?aware|would\s+know|have\s+(?:extensive|deep|years))\b", re.I
)
_WANT = re.compile(r"I(?:\s+\w+)?\s+(?:want|need|wish|would\s+like)\b|I['’]d\s+like\b")
# "My mother, as a nurse, I think, saved lives": somebody else's sentence.
_INTERJECTED = re.compile(r"I\s+(?:think|believe|know|suppose|guess|say|hope)\s*[,.;!?]")
# "As a family doctor, I recommend Dr. Lee": the doctor is somebody else.
_NAMES_ONE = re.compile(r"I\b[^,.]{0,30}?\s(?:recommend|suggest|propose|choose)\s+(?:Dr|Mr|Mrs|Ms|Prof|Professor)\b")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an anchor stands.

    ``kind`` is ``start`` (of a line), ``sentence``, ``clause`` (behind a comma, a greeting or a conjunction) or
    ``inside``; ``opening`` says that nothing but a greeting or one sentence of the answer stands before it;
    ``quoted`` that the whole answer stands in quotation marks.
    """

    kind: str
    opening: bool
    quoted: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """Take out ``text[start:end]``; the next word opens a sentence if ``capital``."""

    start: int
    end: int
    capital: bool


def continues(rest: str, strength: Grade, *, first_comma: bool, place: Place) -> bool:
    """Whether ``rest`` goes on in the first person, as one who was given a role does."""
    mine = FIRST_PERSON.match(rest)
    if mine:
        return speaks(mine, rest, strength, place)
    if _OTHER_FIRST.match(rest) or my_view(rest, strength):
        return True
    if strength is Grade.MACHINE:
        return first_comma and _IT.match(rest) is not None
    return strength is Grade.SURE and first_comma and place.opening and _ECHO.match(rest) is not None


def my_view(rest: str, strength: Grade) -> bool:
    """Whether ``rest`` opens with the writer's view ("my first suggestion"), not with its father or its day."""
    mine = _MY.match(rest)
    for word in mine[1].lower().split() if mine else ():
        if word in words.MY_THOUGHTS or (strength is Grade.MACHINE and word in words.MY_MACHINERY):
            return True
        if word not in words.MY_ADJECTIVES:
            return False
    return False


def speaks(mine: re.Match[str], rest: str, strength: Grade, place: Place) -> bool:
    """Whether "I ..." advises, believes or can; a narrative ("I was", "I saw") only with sure evidence."""
    if _INTERJECTED.match(rest) or _NAMES_ONE.match(rest):
        return False
    following = mine[2].lower().replace("’", "'").split()
    if _WANT.match(rest):
        tail = rest.split(None, 8)
        return any(word.strip(",") in words.WANT_TO for word in tail[2:6])
    if strength >= Grade.SURE:
        first = following[0] if following else ""
        narrates = not mine[1] and (first in {"was", "had", "did", "went", "saw"} or first.endswith("ed"))
        return first not in {"and", "or", "is", "who"} and (place.opening or not narrates)
    if mine[1]:
        following.insert(0, words.CONTRACTIONS[mine[1].replace("’", "'")])
    following = [word for word in following if word not in words.ADVERBS]
    for verb, after in zip(following, [*following[1:], ""], strict=True):
        if verb not in words.AFTER:
            return verb in words.SPEECH_VERBS or verb != following[0]
        if after not in words.AFTER[verb]:
            return False
    return False


def piece_fits(piece: str, *, first: bool) -> bool:
    """Whether text between two commas may be part of the phrase: no clause with a subject of its own."""
    tokens = re.findall(r"[\w'’-]+", piece.lower().replace("’", "'"))
    if any(token in words.SUBJECTS for token in tokens):
        return False
    if first or not tokens:
        return first
    opens = tokens[0]
    return opens in words.LINKS or opens.endswith(("ing", "ed")) or len(tokens) <= 6


def sentence_end(text: str, start: int) -> int:
    """Return where the sentence stops, at most ``WINDOW`` further."""
    limit = min(len(text), start + WINDOW)
    for stop in _STOP.finditer(text, start, limit):
        if stop[0] == "." and _ABBREVIATION.search(text[max(start, stop.start() - 6) : stop.end()]):
            continue
        return stop.start()
    return limit


def next_word(text: str, start: int, at: int, limit: int) -> int:
    """Step over white space, and over emphasis if it opened right before the phrase ("**As a chef,** I")."""
    if start and text[start - 1] in "*_":
        while at < limit and text[at] in "*_":
            at += 1
    while at < limit and text[at].isspace():
        at += 1
    return at


def whole_sentence(text: str, start: int, end: int) -> Cut:
    """Cut a sentence together with the white space on one of its sides, so that none is doubled."""
    after, before = end, start
    while after < len(text) and text[after].isspace():
        after += 1
    while before and text[before - 1] in " \t":
        before -= 1
    if before == 0 or text[before - 1] == "\n":
        return Cut(start, after, False)
    if after == len(text) or "\n" in text[end:after]:
        return Cut(before, end, False)
    return Cut(start, after, False)
