"""Read the scores that a judge gives to several answers in one reply.

A judge that is shown answers 1 to k is asked for one line with k numbers, and writes "8 9 7", "Answer 1: 8/10" on a
line each, a table, JSON, 答案1：8分, or a paragraph for each answer that ends in its score. As in `scores`, whatever
is in doubt is unreadable and asked for again: too few or too many scores, one outside the scale, a range, two that
contradict each other, and a number that may be something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import NUMBER, Amount, Scale, read_item
from tunesmith.curate.scores.claims import either
from tunesmith.curate.scores.layout import Line, lay_out, without_quotations
from tunesmith.curate.scores.list_doubts import Taken, listed, see_that_nothing_contradicts
from tunesmith.curate.scores.list_items import CLOSE, DECIMAL, read_items
from tunesmith.curate.scores.list_labels import Labelled, labelled_scores, read_sections, with_columns
from tunesmith.errors import Unreadable

_CUE = rf"(?:the\s|my\s|final\s|overall\s){{0,3}}(?:{either(words.SCORES, words.FINAL_SCORES)})(?:\s(?:are|is))?"
_OPEN = re.compile(rf"(?:{_CUE}\s?[:=]?\s?)?[\"'“‘(\[{{«「]{{0,3}}\s?", re.I)
_SAID = re.compile(rf"\bscores\s(?:are|would be)\s?:?\s?[(\[]?(?={NUMBER})", re.I)
_COMMAS = re.compile(r"\d{1,3}(?:,\d{1,3}){2,30}")
_SPEAKS = re.compile(r"scor|\brat(?:e|ing)|grad|evaluat|verdict|final|overall|\bhere\b|分|评|評|打|给", re.I)
_GOES_ON = re.compile(r"(?:[:：=]|\b(?:prints?|returns?|outputs?|gives?|yields?|is|are|equals?))$", re.I)
_BOTH = re.compile(
    r"both(?:\sof\sthem|\s(?:answers|responses|assistants))?\s?"
    r"(?::|\s(?:get|receive|deserve|earn|merit|score)\s)\s?(?:an?\s)?",
    re.I,
)
_BRACKETS = re.compile(rf"\[\[\s?({NUMBER})\s?\]\]")


@dataclass(frozen=True, slots=True)
class ScoreList:
    """A judge's scores in the order in which the answers were shown, and what the reply says besides (stripped)."""

    values: tuple[float, ...]
    why: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A line that holds scores, ``alone`` if nothing else: its number, the scores, and what is wrong with them."""

    line: int
    values: tuple[float, ...]
    trouble: str = ""
    alone: bool = True


def read_scores(text: str, low: float, high: float, count: int) -> ScoreList:
    """Read the scores of several answers in one reply.

    Args:
        text: The reply; thinking in ``<think>`` is dropped.
        low: The lowest score of the scale that the judge was asked to use.
        high: The highest.
        count: How many answers it was shown, at least 2.

    Returns:
        One score for each answer, in the order shown. Takes time linear in the length of the text.

    Raises:
        Unreadable: A score is missing, is one too many, lies outside the scale, is a range or on another scale, or
            contradicts another.
    """
    scale = Scale(float(low), float(high))
    lines = with_columns(_unbracketed(without_quotations(lay_out(text, scale))), scale, count)
    rows = list(_rows(lines, scale, count))
    named = list(labelled_scores(lines, scale, count))
    if rows:
        values = _agreed(rows, count)
        if (sections := _sections(lines, scale, count)) not in ((), values):
            raise Unreadable(f"two lists of scores that differ ({listed(sections)} and {listed(values)})")
    elif named:
        values = _of_labels(named, count)
    else:
        values = read_sections(lines, scale, count)
    alone = {row.line for row in rows if row.alone}
    see_that_nothing_contradicts(Taken(values, alone, {row.line for row in rows} - alone, named), lines, scale)
    bare = alone | {label.line for label in named if label.alone}
    return ScoreList(values, "\n".join(line.shown for number, line in enumerate(lines) if number not in bare).strip())


def _unbracketed(lines: Sequence[Line]) -> list[Line]:
    """The lines with ``8 9`` for ``[[8]] [[9]]``; a box is a result."""
    return [line if "\\boxed" in line.shown else Line(line.shown, _BRACKETS.sub(r"\1", line.plain)) for line in lines]


def _rows(lines: Sequence[Line], scale: Scale, count: int) -> Iterator[_Row]:
    """Find lists of scores: the first line, the last, one below a line that speaks of scores, "the scores are 8, 9"."""
    full = [number for number, line in enumerate(lines) if line.plain]
    for place, number in enumerate(full):
        text = lines[number].plain
        above = lines[full[place - 1]].plain if place else ""
        row = _row(text, scale, count)
        is_led = bool(_OPEN.match(text)[0].strip("\"'“‘([{«「 "))  # type: ignore[index]
        is_said = bool(_SPEAKS.search(above))
        is_edge = place == 0 or (place == len(full) - 1 and (is_said or not _GOES_ON.search(above)))
        if row and (is_edge or is_led or (above.endswith(":") and is_said)):
            yield _Row(number, *row)
        elif count == 2 and place in (0, len(full) - 1) and (both := _both(text, scale)):
            yield _Row(number, *both)
        elif place and _is_numbered(full, lines, number, count):
            continue
        elif said := _SAID.search(text):
            values, trouble, _ = read_items(text, said.end(), scale)
            if len(values) == count:
                yield _Row(number, values, trouble, alone=False)
    if single := _one_a_line([lines[number] for number in full], scale, count):
        for number in full[:count]:
            yield _Row(number, *single)
    if numbered := _numbered(lines, scale, count):
        is_order = sorted(numbered) == list(range(1, count + 1))
        yield _Row(-1, numbered, "numbers that may be a ranking, not scores" if is_order else "")


def _row(text: str, scale: Scale, count: int) -> tuple[tuple[float, ...], str] | None:
    """Read a line that is a list of at least two numbers and nothing else."""
    if len(text) > 40 * (count + 2):
        return None
    start = _OPEN.match(text).end()  # type: ignore[union-attr]
    if commas := _COMMAS.match(text, start):  # three or more, so that no comma can be a decimal point
        text = text[:start] + commas[0].replace(",", ", ") + text[commas.end() :]
    if (decimal := DECIMAL.match(text, start)) and CLOSE.fullmatch(text, decimal.end()):
        return (), f"{decimal[0]} may be one number or two"
    values, trouble, end = read_items(text, start, scale)
    return (values, trouble) if len(values) > 1 and CLOSE.fullmatch(text, end) else None


def _both(text: str, scale: Scale) -> tuple[tuple[float, ...], str] | None:
    """Read a line that gives both answers the same: "Both get 8."."""
    start = _BOTH.match(text)
    item = read_item(text, start.end(), scale) if start else None
    return ((item.value, item.value), item.trouble) if item and CLOSE.fullmatch(text, item.end) else None


def _one_a_line(full: Sequence[Line], scale: Scale, count: int) -> tuple[tuple[float, ...], str] | None:
    """Read as many lines at the head of a reply as there are answers, each of which is a number and nothing else."""
    items = [None if _NUMBERED.match(line.shown) else _alone(line.plain, scale) for line in full[: count + 1]]
    values = [item.value for item in items if item]
    if len(values) != count or None in items[:count]:
        return None
    is_order = sorted(values) == list(range(1, count + 1))
    trouble = "numbers that may be a ranking, not scores" if is_order else ""
    return tuple(values), trouble or next((item.trouble for item in items if item and item.trouble), "")


def _alone(text: str, scale: Scale) -> Amount | None:
    item = read_item(text, 0, scale)
    return item if item and CLOSE.fullmatch(text, item.end) else None


_NUMBERED = re.compile(r"\s{0,8}\(?(\d{1,2})[.):、]\s{1,4}")


def _is_numbered(full: Sequence[int], lines: Sequence[Line], number: int, count: int) -> bool:
    return len(full) >= count and bool(_NUMBERED.match(lines[number].shown))


def _numbered(lines: Sequence[Line], scale: Scale, count: int) -> tuple[float, ...]:
    """Read "1. 8", "2. 9" at the head of a reply, one line for each answer."""
    full = [line for line in lines if line.plain]
    if len(full) and _row(full[0].plain, scale, count):
        return ()
    heads = [(mark, line) for line in full[: count + 2] if (mark := _NUMBERED.match(line.shown))]
    if [int(mark[1]) for mark, _ in heads] != list(range(1, count + 1)):
        return ()
    values: list[float] = []
    for mark, line in heads:
        rest = line.shown[mark.end() :].strip().strip("*").strip()
        item = _alone(rest, scale)
        if item is None or item.trouble:
            return ()
        values.append(item.value)
    return tuple(values)


def _sections(lines: Sequence[Line], scale: Scale, count: int) -> tuple[float, ...]:
    """The scores of a section for each answer; none where there is no such section or no clear score in one."""
    try:
        return read_sections(lines, scale, count)
    except Unreadable:
        return ()


def _agreed(rows: Sequence[_Row], count: int) -> tuple[float, ...]:
    for row in rows:
        if row.trouble:
            raise Unreadable(row.trouble)
        if len(row.values) != count:
            raise Unreadable(f"{len(row.values)} scores for {count} answers")
    if len({row.values for row in rows}) > 1:
        raise Unreadable(f"two lists of scores that differ ({listed(rows[0].values)} and {listed(rows[-1].values)})")
    return rows[0].values


def _of_labels(named: Sequence[Labelled], count: int) -> tuple[float, ...]:
    found: dict[int, float] = {}
    for label in named:
        if label.trouble:
            raise Unreadable(label.trouble)
        if found.setdefault(label.answer, label.value) != label.value:
            raise Unreadable(
                f"two scores for answer {label.answer} that differ ({found[label.answer]:g} and {label.value:g})"
            )
    if beyond := [answer for answer in found if not 1 <= answer <= count]:
        raise Unreadable(f"a score for answer {max(beyond)}, but there are {count} answers")
    if missing := [str(answer) for answer in range(1, count + 1) if answer not in found]:
        raise Unreadable(f"no score for answer {' and '.join(missing)}")
    return tuple(found[answer] for answer in range(1, count + 1))
