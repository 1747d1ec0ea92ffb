r"""The final answer in what a model wrote, and by which sign it was found.

The signs, the surest first: the last ``\boxed{}`` (the rule of MATH, Hendrycks et al., 2021); "Answer: ...", "the
answer is ...", ``#### 5``, 答案; a formula with which the text ends; and a text that is nothing but an answer. What
shows no sign has no answer: that is told apart from a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tunesmith.curate.final_answers import answer_at, last_statement

_BOX = re.compile(r"\\f?boxed(?![A-Za-z])\s*|\\fbox(?![A-Za-z])\s*")
_BARE = re.compile(r"\$?([^\s$\\{}]+|\\[A-Za-z]+)")  # what ``\boxed 5`` holds
_BRACE = re.compile(r"\\.|[{}]", re.S)
_LABEL = re.compile(r"([A-Za-z])\s*=\s*[\s$]*\Z")
_JOINT = re.compile(r"[\s$.,;]*(?:\\?\s*(?:and|or|和|或)\b)?[\s$,;]*(?:[A-Za-z]\s*=\s*)?[\s$]*")
_THOUGHT = re.compile(r"</think(?:ing)?>", re.I)
_THINKING = re.compile(r"<think(?:ing)?>", re.I)
_CLOSING = re.compile(
    r"(?:\$\$((?:(?!\$\$).)+)\$\$|\\\[((?:(?!\\\]).)+)\\\]|\\\(((?:(?!\\\)).)+)\\\)|(?<![\\$])\$((?:[^$\\]|\\.)+)\$)"
    r"[\s.!。*]*\Z",
    re.S,
)
_PROSE = re.compile(r"[^\W\d_]{3,}")
_LONGEST = 300  # characters of an answer
_TAIL = 2000  # characters in which a closing formula is looked for
_SHORT = 60  # characters of a text that is nothing but an answer
_FEW_WORDS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A final answer, and the sign by which it was found: ``box``, ``label``, ``formula`` or ``text``."""

    text: str
    sign: str


def final_answer(text: str) -> Found | None:
    """The final answer; ``None`` if there is none to be found, or the text breaks off before it."""
    said = spoken(text)
    if said is None:
        return None
    boxes = [*_boxes(said)]
    if boxes:
        return _found(_last(said, boxes), "box")
    if (place := last_statement(said)) is not None and (answer := answer_at(said, place.end)) is not None:
        return _found(said[answer.start : answer.end], "label")
    if closing := _CLOSING.search(said[-_TAIL:]):
        return _found(next(filter(None, closing.groups())), "formula")
    return _found(said, "text") if _is_bare(said) else None


def spoken(text: str) -> str | None:
    """What is said after thinking; ``None`` if the text breaks off while the model still thinks."""
    *_, said = _THOUGHT.split(text)
    return None if _THINKING.search(said) else said.strip()


@dataclass(frozen=True, slots=True)
class _Box:
    """A box, from its backslash to behind its last brace; ``inside`` is ``None`` if that never comes."""

    start: int
    end: int
    inside: str | None


def _boxes(text: str) -> Iterator[_Box]:
    """All boxes that stand in no other, in order."""
    place = 0
    while found := _BOX.search(text, place):
        place = found.end()
        if text[place : place + 1] == "{":
            end = _closing(text, place)
            yield _Box(found.start(), end or len(text), text[place + 1 : end - 1] if end else None)
            place = end or len(text)
        elif bare := _BARE.match(text, place):
            place = bare.end()
            yield _Box(found.start(), place, bare[1].rstrip(".,;"))


def _closing(text: str, place: int) -> int:
    """The place behind the brace that closes the one at ``place``; 0 if none does."""
    depth = 0
    for brace in _BRACE.finditer(text, place):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return brace.end()
    return 0


def _last(text: str, boxes: list[_Box]) -> str | None:
    """The last box, with those before it where nothing but a comma or an "and" lies between."""
    first = len(boxes) - 1
    while first and _JOINT.fullmatch(text[boxes[first - 1].end : boxes[first].start]):
        first -= 1
    joined = boxes[first:]
    if any(box.inside is None for box in joined):
        return None
    labels = [_LABEL.search(text[max(0, box.start - 20) : box.start]) for box in joined]
    names = [label[1] if label else "" for label in labels]
    insides = [
        f"{name}={box.inside}" if name and len(set(names)) > 1 else box.inside or ""
        for name, box in zip(names, joined, strict=True)
    ]
    return ", ".join(dict.fromkeys(insides))


def _is_bare(text: str) -> bool:
    """Whether a text is short enough, and of few enough words, to be nothing but an answer."""
    is_line = len(text) <= _SHORT and "\n" not in text and not text.endswith("?")
    return is_line and len(_PROSE.findall(text)) <= _FEW_WORDS


def _found(text: str | None, sign: str) -> Found | None:
    text = (text or "").strip()
    return Found(text, sign) if re.search(r"\w|\\[A-Za-z]|[{}]", text) and len(text) <= _LONGEST else None
