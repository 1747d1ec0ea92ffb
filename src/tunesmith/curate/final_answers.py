"""Where a text says what its final answer is: "The answer is 5", "**Answer:** 5", "#### 5", "答案是 5"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABELS = re.compile(
    r"""
      (?P<label>\banswer(?:\s\([^()\n]{0,30}\))?[*_]{0,3}\s?[:：][*_]{0,3} | 答案[*_]{0,3}(?:是|为)?[:：][*_]{0,3}
        | ^[ \t]{0,3}(?:\#{1,6}[ ]|\*\*)[ ]?(?:final[ ])?(?:answer|答案)[*_]{0,3}[ \t]*$)
    | (?P<hashes>^\#{4}[ ](?=[-+$\d]))
    | (?P<phrase>\banswer(?:\sto\sthe\s(?:question|problem))?\s(?:is|equals|was)(?:\s(?:therefore|then|thus|simply))?
        (?!\snot\b)[:：]?[*_]{0,3}(?=\s) | 答案(?:是|为)[:：]?)
    """,
    re.I | re.X | re.M,
)
_SKIPPED = re.compile(r"[ \t]*(?:\n[ \t]*){0,3}(?:[*_]{1,3}(?=\S))?")
_FORMULA = re.compile(
    r"\$\$(?P<display>(?s:.+?))\$\$|\\\[(?P<brackets>(?s:.+?))\\\]|\\\((?P<round>.+?)\\\)|\$(?P<line>(?:[^$\\\n]|\\.)+)\$(?!\d)"
)
_OPENING = re.compile(r"\$(?!\s?\d)|\\[\[(]")  # "$5" may be a price
_ABBREVIATED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|vs|approx|ca|e\.g|i\.e|a\.m|p\.m)$", re.I)
_SENTENCE_END = re.compile(r"\.(?=\s+[A-Z(\\$])|[。；;](?=\s|$|[^\x00-\x7f])")
_REASON = re.compile(r",?\s(?:because|since|as\sthe|which|where|so\sthat)\b|，(?:因为|所以)")
_TAIL = " \t\n.。!！*_"
_MORE_MATHS = re.compile(r"(?<!\\)\$|\\\(")
_LIST_ITEM = re.compile(r"(?:[-*•][ ]|\d{1,3}[.)]\s)")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Statement:
    """Words that announce the final answer.

    Attributes:
        end: Where they end in the text, and what they announce begins.
        label: Whether they are a label, such as "Answer:", and not part of a sentence, such as "the answer is".
        hashes: Whether they are the four hashes of GSM8K.
    """

    end: int
    label: bool
    hashes: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an answer stands in the text, and whether that is within ``$...$`` or the like."""

    start: int
    end: int
    maths: bool


def last_statement(text: str) -> Statement | None:
    """The last announcement of a final answer, if there is any."""
    found = [*_LABELS.finditer(text)]
    return Statement(found[-1].end(), bool(found[-1]["label"]), bool(found[-1]["hashes"])) if found else None


def answer_at(text: str, place: int) -> Answer | None:
    """The answer that begins at a place in the text, without what only closes the sentence or gives a reason."""
    skipped = _SKIPPED.match(text, place)
    place = skipped.end() if skipped else place
    if formula := _FORMULA.match(text, place):
        kind = formula.lastgroup or ""
        rest = text[formula.end() : formula.end() + 2 * _LONGEST].partition("\n")[0]
        if kind != "line" or not _MORE_MATHS.search(_sentence(rest)):
            return _trimmed(text, formula.start(kind), formula.end(kind), maths=True)
    elif _OPENING.match(text, place):
        return None  # a formula that is never closed
    sentence = _sentence(text[place : place + 2 * _LONGEST].partition("\n")[0])
    if _LIST_ITEM.match(sentence):
        return None
    return _trimmed(text, place, place + len(sentence.rstrip(_TAIL)), maths=False)


def _trimmed(text: str, start: int, end: int, maths: bool) -> Answer | None:
    inner = text[start:end]
    if not re.search(r"\w", inner) or len(inner) > _LONGEST:
        return None
    start += len(inner) - len(inner.lstrip())
    return Answer(start, start + len(inner.strip()), maths)


def _sentence(line: str) -> str:
    """The first sentence of a line, without the reason that follows the answer."""
    for end in _SENTENCE_END.finditer(line):
        if not _ABBREVIATED.search(line, max(0, end.start() - 12), end.start()):
            line = line[: end.start()]
            break
    reason = _REASON.search(line)
    return line[: reason.start()] if reason else line


def is_balanced(text: str) -> bool:
    """Whether a text can stand between braces: those in it are closed, and it escapes none behind it."""
    if text.endswith("\\"):
        return False  # it would take the box's own brace along
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
