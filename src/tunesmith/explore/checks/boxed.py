r"""Put the final answer of a solution into ``\boxed{}``, where graders of maths look for it.

The published program wraps what follows "Answer: ", on the assumption that it is ``$...$`` to the end of the text, and
mangles what is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BOX = "\\boxed"
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
    r"\$\$(?P<display>(?s:.+?))\$\$|\\\[(?P<brackets>(?s:.+?))\\\]|\\\((?P<round>.+?)\\\)|\$(?P<line>(?:[^$\\\n]|\\.)+)\$"
)
_OPENING = re.compile(r"\$(?!\s?\d)|\\[\[(]")  # "$5" may be a price
_ABBREVIATED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|vs|approx|ca|e\.g|i\.e|a\.m|p\.m)$", re.I)
_SENTENCE_END = re.compile(r"\.(?=\s+[A-Z(\\$])|[。；;](?=\s|$|[^\x00-\x7f])")
_REASON = re.compile(r",?\s(?:because|since|as\sthe|which|where|so\sthat)\b|，(?:因为|所以)")
_TAIL = " \t\n.。!！*_"
_DOLLAR = re.compile(r"(?<!\\)\$")
_MORE_MATHS = re.compile(r"(?<!\\)\$|\\\(")
_UNESCAPED = re.compile(r"(?<!\\)[%$#&]")
_LIST_ITEM = re.compile(r"(?:[-*•][ ]|\d{1,3}[.)]\s)")
_WORD = re.compile(r"[^\W\d_]{2}")
_MEASURED = re.compile(r"([-+\\$]{0,3}\d[\d.,/]*)(\s.+)", re.S)  # graders of MATH drop the unit in ``12\text{ cm}``
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Answer:
    """Where an answer stands in the text, and whether that is within ``$...$`` or the like."""

    start: int
    end: int
    maths: bool


def is_boxed(text: str) -> bool:
    r"""Whether a text holds a ``\boxed``."""
    return _BOX in text


def box_answer(text: str) -> str:
    r"""The text with its final answer in ``\boxed{}``; unchanged if it is there already, or none is found.

    ``Answer: $5$.`` becomes ``Answer: $\boxed{5}$.``; an answer in plain text is made a formula, with what LaTeX would
    misunderstand escaped: ``Answer: 5%`` becomes ``Answer: $\boxed{5\%}$``. All before and behind stays as it is.
    """
    labels = [*_LABELS.finditer(text)]
    label = labels[-1] if labels else None
    if label is None or is_boxed(text[label.end() :] if label["label"] else text):
        return text
    answer = _find(text, label.end())
    if answer is None:
        return text
    inner = text[answer.start : answer.end]
    if not _is_balanced(inner):
        return text
    boxed = f"{_BOX}{{{inner}}}" if answer.maths else f"${_BOX}{{{_as_formula(inner)}}}$"
    return text[: answer.start] + boxed + text[answer.end :]


def _find(text: str, place: int) -> _Answer | None:
    """The answer that begins at a place in the text."""
    skipped = _SKIPPED.match(text, place)
    place = skipped.end() if skipped else place
    if formula := _FORMULA.match(text, place):
        kind = formula.lastgroup or ""
        rest = text[formula.end() :].partition("\n")[0]
        if kind != "line" or not _MORE_MATHS.search(_sentence(rest)):
            return _trimmed(text, formula.start(kind), formula.end(kind), maths=True)
    elif _OPENING.match(text, place):
        return None  # a formula that is never closed
    sentence = _sentence(text[place : place + 2 * _LONGEST].partition("\n")[0])
    if _LIST_ITEM.match(sentence):
        return None
    return _trimmed(text, place, place + len(sentence.rstrip(_TAIL)), maths=False)


def _trimmed(text: str, start: int, end: int, maths: bool) -> _Answer | None:
    inner = text[start:end]
    if not re.search(r"\w", inner) or len(inner) > _LONGEST:
        return None
    start += len(inner) - len(inner.lstrip())
    return _Answer(start, start + len(inner.strip()), maths)


def _sentence(line: str) -> str:
    """The first sentence of a line, without the reason that follows the answer."""
    for end in _SENTENCE_END.finditer(line):
        if not _ABBREVIATED.search(line[: end.start()][-12:]):
            line = line[: end.start()]
            break
    reason = _REASON.search(line)
    return line[: reason.start()] if reason else line


def _is_balanced(text: str) -> bool:
    if text.endswith("\\"):
        return False  # it would take the box's own brace along
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _as_formula(text: str) -> str:
    r"""Plain text as it must stand in a formula: words in ``\text``, formulas of its own too."""
    if len(_DOLLAR.findall(text)) > 1 or "\\(" in text:
        return f"\\text{{{text}}}"
    escaped = _UNESCAPED.sub(lambda sign: "\\" + sign[0], text)
    if "\\" in text or not _WORD.search(text):
        return escaped
    measured = _MEASURED.fullmatch(escaped)
    return f"{measured[1]}\\text{{{measured[2]}}}" if measured else f"\\text{{{escaped}}}"
