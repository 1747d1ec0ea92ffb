"""Take the role that a teacher was given back out of its answers.

ExpertPrompting (Xu et al. 2023) tells the teacher "You are a botanist with ..." and then asks; some answers repeat
it: "As a botanist with 20 years of experience, I would say that ...". A model tuned on such rows learns to claim
professions. ``strip_leaks`` removes the phrase and keeps the sentence.

What is a leak is decided for precision: a phrase left in costs less than a sentence spoilt. The writer must speak
of itself ("As a nutritionist, I recommend", never "As a nutritionist, she ..."), and either the identity names
the role or a closed list of professions does and what follows is advice, belief or ability. "As an AI language
model, I cannot ..." is a role too: the phrase goes, the refusal stays. Code, formulas, quotations, dialogue and
letters are left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from . import chinese, english, words
from .guard import Guard, Span, guard
from .roles import Evidence, read_identity
from .sentence import Cut, Place

_MARKERS = re.compile(r"(?:[ \t>#*_~•–—-]|\d{1,3}[.)](?=\s)|[\"“'‘])*")
_SENTENCE_ENDS = re.compile(r"(?:[.!?…][\"'”’)\]*_]*\s+|[。！？；!?…][”」』）]?\s*)$")
_CLAUSE_ENDS = re.compile(r"[,，]\s*(?:[\"“'‘]\s*)?$")
_LABELS = re.compile(r"^\W*(?:answer|response|reply|a|output|回答|答案|答)\W*[:：]\W*$", re.I)
_LAST_WORD = re.compile(r"([A-Za-z’']+)\s+$")
_TERMINATORS = re.compile(r"[.!?。！？](?=\s|$|[^\x00-\x7f])")
_PLAIN_WORD = re.compile(r"[a-z]+(?=$|[\s,;:!?'’*_)]|\.(?:\s|$))")
_LOOK_BACK = 120
_OPENING = 200
_PASSES = 6


@dataclass(frozen=True, slots=True)
class Stripped:
    """An answer without its role leaks.

    ``text`` is what is left, ``""`` if the answer consisted of nothing else; ``removed`` holds each phrase taken
    out, verbatim, in order.
    """

    text: str
    removed: tuple[str, ...]


def strip_leaks(answer: str, identity: str = "") -> Stripped:
    """Remove phrases in which ``answer`` claims the role it was given.

    Args:
        answer: What the teacher wrote; any language, English and Chinese leaks are known.
        identity: The description the teacher was given ("You are a botanist with ..."), the best evidence there
            is; may be empty.

    Returns:
        The text and what was removed. Without a leak the text is ``answer`` itself. Takes linear time: the text is
        read at most six times, and if it still changes then (a text made to fool it) it is left as it is.
    """
    if not english.ANCHOR.search(answer) and not chinese.ANCHOR.search(answer):
        return Stripped(answer, ())
    evidence = read_identity(identity)
    text = answer
    passes: list[_Pass] = []
    taken: list[Span] = []
    while cuts := _cuts(text, guard(text), evidence):
        if len(passes) == _PASSES:
            return Stripped(answer, ())
        taken += [(_origin(cut.start, passes), _origin(cut.end - 1, passes) + 1) for cut in cuts]
        text = _without(text, cuts)
        passes.append(_Pass.of(cuts))
    if not taken:
        return Stripped(answer, ())
    phrases = tuple(answer[start:end].strip() for start, end in _merged(taken))
    return Stripped("" if _says_nothing(text) else text, phrases)


def _cuts(text: str, guarded: Guard, evidence: Evidence) -> list[Cut]:
    """Return the cuts of one pass in order; none overlaps another."""
    cuts: list[Cut] = []
    anchors = [(found.start(), found, english.find_cut) for found in english.ANCHOR.finditer(text)]
    anchors += [(found.start(), found, chinese.find_cut) for found in chinese.ANCHOR.finditer(text)]
    done = 0
    for start, found, find in sorted(anchors, key=lambda anchor: anchor[0]):
        if start < done or guarded.covers(start, start + 1):
            continue
        cut = find(text, found, _place(text, start, guarded), evidence)
        cut = cut and _balanced(text, cut)
        if cut and cut.start >= done and not guarded.covers(cut.end - 1, cut.end):
            cuts.append(cut)
            done = cut.end
    return cuts


def _place(text: str, start: int, guarded: Guard) -> Place:
    """Say where in its line, sentence and answer an anchor stands."""
    opening = start <= _OPENING and len(_TERMINATORS.findall(text[:start])) <= 2
    floor = max(0, start - _LOOK_BACK)
    line = text.rfind("\n", floor, start) + 1
    before = text[max(line, floor) : start]
    quoted = guarded.quoted_whole or before.lstrip().startswith(">")
    kind = "inside"
    if (line or not floor) and (_MARKERS.fullmatch(before) or _LABELS.match(before)):
        # in wrapped prose or verse a line may begin in the middle of a sentence, with a small letter
        wrapped = text[start].islower() and line > 1 and text[line - 2] not in ".!?:…。！？：\n"
        kind = "inside" if wrapped and not before.strip() else "start"
    elif _SENTENCE_ENDS.search(before):
        kind = "sentence"
    elif _CLAUSE_ENDS.search(before):
        kind = "clause"
    else:
        last = _LAST_WORD.search(before)
        if (last and last[1].lower() in words.CONJUNCTIONS) or before.endswith(words.ZH_CONJUNCTIONS):
            kind = "clause"
    return Place(kind, opening, quoted)


def _balanced(text: str, cut: Cut) -> Cut | None:
    """Take emphasis along that closes within the phrase ("**As a chef**, I"); refuse to tear a pair apart."""
    phrase = text[cut.start : cut.end]
    if phrase.count("(") != phrase.count(")") or phrase.count("[") != phrase.count("]") or phrase.count('"') % 2:
        return None
    for mark in ("**", "__", "*", "_"):
        if phrase.count(mark) % 2:
            if not text.endswith(mark, 0, cut.start):
                return None
            return Cut(cut.start - len(mark), cut.end, cut.capital)
    return cut


def _without(text: str, cuts: list[Cut]) -> str:
    """Return ``text`` without the cuts, with a capital where one opened a sentence."""
    pieces: list[str] = []
    done, capital = 0, False
    for cut in cuts:
        piece = text[done : cut.start]
        pieces.append(_capitalised(piece) if capital else piece)
        capital = cut.capital or (capital and not piece.strip())
        done = cut.end
    rest = text[done:]
    pieces.append(_capitalised(rest) if capital else rest)
    return "".join(pieces)


def _capitalised(piece: str) -> str:
    """Give the first word a capital, unless it is code or a name that begins small (iPhone, pip)."""
    start = len(piece) - len(piece.lstrip(" \n*_\"“'("))
    word = _PLAIN_WORD.match(piece, start)
    if not word or word[0] in words.LOWER_NAMES:
        return piece
    return piece[:start] + piece[start].upper() + piece[start + 1 :]


@dataclass(frozen=True, slots=True)
class _Pass:
    """What one pass took out: where its cuts stand in the text it left, and how much is gone up to each."""

    places: list[int]
    gone: list[int]

    @classmethod
    def of(cls, cuts: list[Cut]) -> _Pass:
        places: list[int] = []
        gone = [0]
        for cut in cuts:
            places.append(cut.start - gone[-1])
            gone.append(gone[-1] + cut.end - cut.start)
        return cls(places, gone)


def _origin(at: int, passes: list[_Pass]) -> int:
    """Return where the character at ``at`` stood before the passes made so far."""
    for one in reversed(passes):
        at += one.gone[bisect_right(one.places, at)]
    return at


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _says_nothing(text: str) -> bool:
    """Whether only a greeting or no word at all is left."""
    return len(text) < 200 and all(word in words.EMPTY for word in re.findall(r"\w+", text.lower()))
