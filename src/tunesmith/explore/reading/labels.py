"""Find the labels in a teacher's reply: "**1. Instruction:**", "## Subtask 2 - ...", "输入：", "###".

A label stands at the head of its line, whatever marks are before it. Code fences are looked through only where they
are wrapped around whole examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .words import (
    CLASS_LABELS,
    EXAMPLE,
    EXAMPLES,
    INPUT,
    INSTRUCTION,
    LABELS,
    OUTPUT,
    REASON,
    SEPARATOR,
    SPARE_LABELS,
    SUBTASK,
)

_KINDS = {word: (kind, True) for kind, known in SPARE_LABELS.items() for word in known}
_KINDS |= {word: (OUTPUT, True) for word in CLASS_LABELS}
_KINDS |= {word: (kind, False) for kind, known in LABELS.items() for word in known}
_WORDS = "|".join(sorted((re.escape(word) for word in _KINDS), key=len, reverse=True))
_EMOJI = r"\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u20e3"
_NUMBER = r"(?:\#?\d{1,6}|[一二三四五六七八九十]{1,3}|[A-H](?=\W))"
_LABEL = re.compile(
    rf"""
    (?P<indent>[ \t\u3000]{{0,40}}+)
    (?P<marks>(?:\#{{1,6}}+|[-+•●▪·>{_EMOJI}]|[*_`]{{1,3}}+|[(（]?\d{{1,6}}[.)）、]|[(（]?[a-hA-H][.)]|[ \t]){{0,12}}+)
    (?P<head>(?:example|示例|例)\s?\d{{1,6}}[*_]{{0,3}}\s?(?:[:：.–—-]\s?|(?=[(（*])))?
    (?:(?:the|new|proposed|suggested|additional|example|sample|expected|corresponding|新的?)[ ]?){{0,2}}
    (?P<word>{_WORDS})
    (?P<number>[ ]?{_NUMBER})?
    (?:[ ]?(?:name|title))?
    (?:[ ]?[(（][^()（）]{{0,40}}[)）])?
    (?P<closed>[*_`]{{0,3}})[ \t]{{0,4}}
    (?:(?P<colon>[:：])(?P<closed2>[*_`]{{0,3}})|(?P<dash>[.–—-](?=[ \t]))|(?=[ \t]*$))
    """,
    re.I | re.X,
)
_SEPARATOR = re.compile(r"[ \t]{0,8}[*_]{0,2}#{2,12}[ \t]*+(?:\d{1,6}[.)]?)?[*_]{0,2}[ \t]*$")
_RULE = re.compile(r"[ \t]{0,8}(?:-{3,80}|={3,80}|\*{3,80}|(?:-[ ]){2,20}-|(?:\*[ ]){2,20}\*)[ \t]*$")
_LONE_NUMBER = re.compile(r"[ \t]{0,8}[*_]{0,3}[(#]?(\d{1,6})[.):]?[*_]{0,3}[ \t]*$")
_ITEM = re.compile(
    r"(?P<indent>[ \t]{0,8})(?P<marks>(?:\#{1,6}[ ]|[*_]{1,3})?"
    r"(?:\(?\d{1,6}[.)、]|(?:example|示例|例)[ ]?\d{1,6}[*_]{0,3}[:：.])[*_]{0,3})[ \t]*(?P<rest>\S.*)",
    re.I,
)
_TITLE = re.compile(
    r"(?P<indent>[ \t]{0,8})(?P<marks>#{1,6}[ ](?:\d{1,6}[.)][ ])?|\(?\d{1,6}[.)、][ ]?(?=\S)|[-*•][ ](?=\*\*)"
    r"|(?=\*\*))(?P<rest>\S.*)"
)
_FENCE = re.compile(r"[ \t]{0,12}(?P<ticks>`{3,20}|~{3,20})(?P<info>[^`]{0,60})$")
_PARTS = (INSTRUCTION, INPUT, OUTPUT)
_LOOK_AHEAD = 40


@dataclass(frozen=True, slots=True)
class Label:
    """A line that begins a part.

    Attributes:
        kind: Which part.
        rest: What stands behind the label on its line.
        indent: Blanks before it.
        hanging: How far the lines beneath it may be indented for its sake.
        dress: How it is marked, to tell it from a word in a text: heading, emphasis, bullet, script.
        number: Its number; 0 if it has none.
        spare: The word itself, if it is one that is only believed where the usual ones are missing.
    """

    kind: str
    rest: str = ""
    indent: int = 0
    hanging: int = 0
    dress: str = ""
    number: int = 0
    spare: str = ""


def find_labels(lines: list[str], cut_off: bool = False, label_first: bool = False) -> list[Label | None]:
    """The label of each line, where it has one that may be believed; in code that was cut off there are none.

    ``label_first`` says that classification tasks are expected, where an output may be called a label.
    """
    found = [_label(line) for line in lines]
    if not label_first:
        found = [None if label and label.spare in CLASS_LABELS else label for label in found]
    _look_through_fences(lines, found, cut_off)
    for kind in SPARE_LABELS:
        _believe_spare(found, kind)
    kinds = {label.kind for label in found if label}
    following = next_lines(lines)
    if INSTRUCTION not in kinds and OUTPUT in kinds:
        _unlabelled(lines, found, following, INSTRUCTION)
    if SUBTASK not in kinds and kinds & {REASON, EXAMPLES}:
        _unlabelled(lines, found, following, SUBTASK)
    _headers(lines, found, following)
    return found


def is_rule(line: str) -> bool:
    """Whether it is a line drawn across."""
    return bool(_RULE.match(line))


def is_separator(line: str) -> bool:
    """Whether it is a line of ``###``."""
    return bool(_SEPARATOR.match(line))


def _label(line: str) -> Label | None:
    if is_separator(line):
        return Label(SEPARATOR)
    found = _LABEL.match(line)
    if not found:
        return None
    marks, word, rest = found["marks"], found["word"].lower(), line[found.end() :].lstrip()
    heading, strong = "#" in marks, any(mark in marks for mark in ("**", "__", "`"))
    number = _counted(found["number"] or found["head"] or marks)
    kind, spare = _KINDS[word]
    if kind in (EXAMPLE, EXAMPLES):
        kind = EXAMPLE if found["number"] else EXAMPLES
    if not found["colon"]:
        named = kind in (SUBTASK, EXAMPLE) and bool(found["number"])
        if found["dash"] and not named or not found["dash"] and not (heading or strong or named or kind == EXAMPLE):
            return None
    if strong and not found["closed"] and not found["closed2"]:  # "**Instruction: all of it is bold**"
        rest = re.sub(r"[*_`]{1,3}$", "", rest.rstrip())
    dress = "#" * heading + "*" * strong + "-" * any(mark in marks for mark in "-+•●▪·") + "文" * (not word.isascii())
    indent = len(found["indent"].expandtabs(4))
    hanging = indent + 4 if indent or "-" in dress or number else 0
    return Label(kind, rest, indent, hanging, dress, number, word if spare else "")


def _counted(text: str) -> int:
    """The number that a label has: 3 for "3.", "三" or "C"; 0 if none."""
    if figures := re.search(r"\d+", text):
        return int(figures[0]) or 1
    signs = [sign for sign in text if sign.isalpha()]
    return max("一二三四五六七八九十".find(signs[0]), "ABCDEFGH".find(signs[0].upper())) + 1 if signs else 0


def next_lines(lines: list[str]) -> list[int]:
    """For each line, where the next one stands that is not blank."""
    following, after = [0] * len(lines), len(lines)
    for place in range(len(lines) - 1, -1, -1):
        following[place] = after
        if lines[place].strip():
            after = place
    return following


def _believe_spare(found: list[Label | None], kind: str) -> None:
    """Keep the spare labels of a kind only where they are the teacher's own: no usual one, and one word for all."""
    word = next((label.spare for label in found if label and label.kind == kind), "")
    usual = any(label and label.kind == kind and not label.spare for label in found)
    if kind == SUBTASK:  # "Title: ..." within an example is no subtask
        first = next((label for label in found if label and label.kind != SEPARATOR), None)
        usual = usual or first is None or first.kind != SUBTASK
    for place, label in enumerate(found):
        if label and label.kind == kind and label.spare and (usual or label.spare != word):
            found[place] = None


def _unlabelled(lines: list[str], found: list[Label | None], following: list[int], kind: str) -> None:
    """Take numbered lines for instructions, or headings for titles, by what stands beneath them."""
    beneath = (INPUT, OUTPUT) if kind == INSTRUCTION else (REASON, EXAMPLES)
    pattern = _ITEM if kind == INSTRUCTION else _TITLE
    for place, line in enumerate(lines):
        after = found[following[place]] if following[place] < len(lines) else None
        label = found[place]
        if after is None or after.kind not in beneath or (label is not None and label.kind != EXAMPLE):
            continue
        if item := pattern.match(line):
            found[place] = Label(kind, item["rest"].strip(), len(item["indent"]), number=_counted(item["marks"]))


def _headers(lines: list[str], found: list[Label | None], following: list[int]) -> None:
    """Keep the headers of examples ("Example 2", "2.") that count them from the first one on; others are text."""
    counted, begun = 0, False
    for place, label in enumerate(found):
        after = found[following[place]] if following[place] < len(lines) else None
        begun = begun or label is not None and label.kind in _PARTS
        number = label.number if label and label.kind == EXAMPLE else 0
        if label is None and after and (lone := _LONE_NUMBER.match(lines[place])):
            number = int(lone[1])
        titled = label is not None and bool(label.rest)
        heads = after is not None and (after.kind == INSTRUCTION or after.kind in _PARTS and not titled)
        if number and heads and (number in (1, counted + 1) if counted else not begun):
            found[place], counted = Label(EXAMPLE, number=number), number
        elif label and label.kind == EXAMPLE:
            found[place] = None


def _look_through_fences(lines: list[str], found: list[Label | None], cut_off: bool) -> None:
    """Forget the labels within code; a fence around whole examples is no code, and its own lines are dropped."""
    fences = [(place, fence) for place, line in enumerate(lines) if (fence := _FENCE.match(line))]
    following = next_lines(lines) if fences else []
    wrapped = within = False  # within: after a part of an example, where a fence is part of a text
    done, seen = -1, 0
    for number, (place, fence) in enumerate(fences):
        if place <= done:
            continue
        for label in found[seen:place]:
            within = label is not None and label.kind in _PARTS or within and not _ends_example(label)
        seen, below = place, following[place]
        begun = found[below] if below < len(lines) else None
        last = not cut_off and (number == len(fences) - 1 or below == len(lines))
        if wrapped and not fence["info"].strip() and (last or begun and _begins_anew(begun)):
            lines[place], found[place], wrapped = "", Label(SEPARATOR), False
        elif not within and begun:
            lines[place], wrapped = "", True
        elif closing := _closing(fences, number, found, cut_off):
            for inside in range(place + 1, closing):
                found[inside] = None
            done = closing


def _begins_anew(label: Label) -> bool:
    return label.kind not in _PARTS or label.kind == INSTRUCTION and label.number > 0


def _ends_example(label: Label | None) -> bool:
    return label is not None and not label.spare and label.kind in (SUBTASK, SEPARATOR)


def _closing(fences: list[tuple[int, re.Match[str]]], number: int, found: list[Label | None], cut_off: bool) -> int:
    """Where a fence is closed, 0 if nowhere before the next ``###``."""
    place, fence = fences[number]
    end = len(found) if cut_off and len(fences) <= number + _LOOK_AHEAD else 0
    for other, candidate in fences[number + 1 : number + 1 + _LOOK_AHEAD]:
        ticks = candidate["ticks"]
        if ticks[0] == fence["ticks"][0] and len(ticks) >= len(fence["ticks"]) and not candidate["info"].strip():
            end = other
            break
    return 0 if any(label and label.kind == SEPARATOR for label in found[place + 1 : end]) else end
