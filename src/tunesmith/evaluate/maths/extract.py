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

from .rules import compare

_BOX = re.compile(r"\\f?boxed(?![A-Za-z])\s*|\\fbox(?![A-Za-z])\s*")
_BARE = re.compile(r"\$?([^\s$\\{}]+|\\[A-Za-z]+)")  # what ``\boxed 5`` holds
_BRACE = re.compile(r"\\.|[{}]", re.S)
_LABEL = re.compile(r"([A-Za-z])\s*=\s*[\s$]*\Z")
_JOINT = re.compile(r"[\s$,;]*(?:\\?\s*(?:and|or|和|或)\b)?[\s$,;]*(?:[A-Za-z]\s*=\s*)?[\s$]*")
_MOST = 100  # boxes of one answer
_WIDEST_JOINT = 40  # characters; the pattern takes a time that grows with their cube
_PARAGRAPH = re.compile(r"\n\s*\n")
_BETWEEN = re.compile(r"(?:[,;]|[,;]?\s*(?P<word>\b(?:and|or)\b)|[和或、])\s*\Z")
_TAGGED = re.compile(r"<answer>((?:(?!</?answer>).)*)</answer>", re.I | re.S)
_APART = re.compile(
    r"\s*\n\s*(?:```\w*\n(?P<code>[^`\n]{1,300})\n\s*```|(?:[-*•]|>)\s+(?P<item>[^\n]{1,300})(?!\n\s*(?:[-*•]|>)\s))"
)
_PAIRED = re.compile(r"(?<!\\)\$((?:[^$\\]|\\.)+)(?<!\\)\$(?!\d)")
_HEDGE = re.compile(r"(?:approximately|about|around|roughly|exactly|simply|just|equal to|option|choice)\s+(?=\S)", re.I)
_ASIDE = re.compile(r"(?<=\S)\s+\((?=[^()]*[a-z]{3})[^()$\\\d]*\)\Z")
_LEAD = re.compile(
    r"[^$\\\d=<>]{0,60}\b(?:is|are|equals?|be|get|have|obtain|gives?|it's|there are)(?:\s+simply)?:?\s+", re.I
)
_EVASIVE = re.compile(r"\b(?:I|me|my|let|sorry|sure|okay|ok|hello|hi|please|thanks?|unsure|not)\b|n['’]t\b|!\Z", re.I)
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
    if tagged := _TAGGED.findall(said):
        return _found(tagged[-1], "label")
    if (place := last_statement(said)) is not None and (stated := _stated(said, place.end)) is not None:
        return _found(stated, "label")
    if formulas := closing_formulas(said)[0]:
        return _found(formulas, "formula")
    if not _is_bare(said):
        return None
    answer = _LEAD.sub("", said, count=1)
    is_words = not re.search(r"[\d\\$=]", answer)
    return None if (is_words and _EVASIVE.search(said)) or answer.startswith("not ") else _found(answer, "text")


def reference_of(text: str) -> Found | None:
    """The final answer that a reference gives; all of a short one that marks none, but for words that lead to it."""
    found = final_answer(text)
    if found is not None and found.sign in ("box", "label"):
        return found
    if (formulas := closing_formulas(text))[0] and (not formulas[1] or _LEAD.fullmatch(formulas[1] + " ")):
        return _found(formulas[0], "formula")
    return _found(text.strip(), "text") if len(text.strip()) <= _LONGEST else found


def closing_formulas(text: str) -> tuple[str, str]:
    """The formulas with which a text ends, where nothing but a comma, "and" or "or" parts them; and what comes before.

    Both are empty if it ends with something else; what comes before is at most some thousand characters.
    """
    rest, found = text[-_TAIL:], ""
    while closing := _CLOSING.search(rest):
        formula = next(filter(None, closing.groups())).strip()
        found = f"{formula}{found}"
        rest = rest[: closing.start()].rstrip()
        joint = _BETWEEN.search(rest)
        if not joint or not _CLOSING.search(rest[: joint.start()].rstrip()):
            break
        rest, found = rest[: joint.start()].rstrip(), (" \\text{ or } " if joint["word"] == "or" else ", ") + found
    return found, rest if found else ""


def _stated(text: str, place: int) -> str | None:
    """What is announced at a place in the text, there or set apart on lines of its own."""
    if apart := _APART.match(text, place):
        return str(apart["code"] or apart["item"])
    answer = answer_at(text, place)
    return text[answer.start : answer.end] if answer else None


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
    while first and _joins(text[boxes[first - 1].end : boxes[first].start]):
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
    kept: list[str] = []
    for inside in [*dict.fromkeys(insides[::-1])][:_MOST]:
        if not any(compare(inside, other) for other in kept):  # said again in another spelling
            kept.append(inside)
    return ", ".join(kept[::-1])


def _joins(between: str) -> bool:
    """Whether what lies between two boxes makes them one answer."""
    is_short = len(between) <= _WIDEST_JOINT
    return is_short and _JOINT.fullmatch(between) is not None and not _PARAGRAPH.search(between)


def _is_bare(text: str) -> bool:
    """Whether a text is short enough, and of few enough words, to be nothing but an answer."""
    is_line = len(text) <= _SHORT and "\n" not in text and not text.endswith("?")
    return is_line and len(_PROSE.findall(text)) <= _FEW_WORDS


def _found(text: str | None, sign: str) -> Found | None:
    text = (text or "").strip()
    if len(text) > _LONGEST:
        return None
    if sign != "box":
        text = _plain(text)
    return Found(text, sign) if re.search(r"\w|\\[A-Za-z]|[{}]", text) else None


def _plain(text: str) -> str:
    """An answer without what wraps it, hedges it or comments on it."""
    before = ""
    while text != before:
        before = text
        for mark in ("`", '"', "“", "**"):
            if text.startswith(mark) and len(text) > 2 * len(mark):
                text = text.removeprefix(mark).removesuffix("”" if mark == "“" else mark).strip()
        text = _ASIDE.sub("", _HEDGE.sub("", text) if _HEDGE.match(text) else text).removeprefix("= ").strip()
    return _PAIRED.sub(r"\1", text) if len(_PAIRED.findall(text)) > 0 else text
