"""What makes a list of scores doubtful although it can be read: the rest of the reply says otherwise.

A judge changes its mind below its list, writes a ranking where scores were wanted, names the answers in another order
than they were shown, or says that another answer is the best. Which of two statements holds is not for us to guess.
Each check reads a line once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import LETTER, NUMBER, Scale, read_amount
from tunesmith.curate.scores.claims import either, is_wished
from tunesmith.curate.scores.layout import Line
from tunesmith.curate.scores.list_items import CLOSE, read_items
from tunesmith.curate.scores.list_labels import ANSWER, ORDINALS, PART, Labelled, place_of
from tunesmith.errors import Unreadable

_SCORES = r"(?:scores?|ratings?|grades?|marks?|分数|评分|得分|打分|分數|評分)"
CHANGED = re.compile(
    r"\b(?:up)?on\s(?:\w+\s)?(?:reflection|second\sthoughts?|reconsideration|closer\sinspection)\b"
    r"|\bchang(?:e|ed|ing)\smy\smind\b|\bI\sstand\scorrected\b"
    r"|(?:^|[.!?;(]\s?)(?:correction|corrected|revision|revised|adjusted|adjustment|updated?|amended|edit|erratum)\s?:"
    rf"|\b(?:revis|adjust|updat|amend|reconsider|correct)(?:e|ed|es|ing|ions?|ments?)?\s(?:\w+\s){{0,2}}{_SCORES}\b"
    rf"|{_SCORES}\b[^.\n]{{0,60}}\b(?:are|is|were|was|got|been)\s(?:accidentally\s|mistakenly\s)?"
    r"(?:swapped|switched|reversed|mixed\sup|revised|amended|the\swrong\sway)\b"
    r"|\b(?:answers|responses|assistants)\s(?:\w+\s){0,4}(?:are|were|got)\s(?:swapped|switched|reversed)\b"
    r"|(?:^|[.!?;]\s)(?:wait|hold\son|scratch\sthat)\b|\bI\s(?:\w+\s)?(?:swapped|switched|misread|mixed)\b"
    rf"|\bactually,?\s(?:an?\s)?(?={NUMBER})"
    rf"|^(?:更正|修正|订正|更新|调整)\s?:|(?:更正|修正|修改|订正|调整|更新)(?:后|过)?的?{_SCORES}"
    rf"|重新(?:考虑|评估|打分|评分)|{_SCORES}[^。;\n]{{0,12}}(?:改为|改成|应为|应该是|更正为|调整为|修正为)",
    re.I,
)
_START = re.compile(rf"(?<!{LETTER})(?<![.,/$€£+-])(?={NUMBER})", re.I)
_CLAUSE = re.compile(r"[^.;!?。；！？]*$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_STATES = re.compile(r"(?:\b(?:are|is|was|were|equals?|and|or|of|by|from|than)|=)\s?[\"'“(\[]{0,3}$", re.I)
_SPEAKS = re.compile(rf"{_SCORES}|verdict|final|evaluat|assess|\b(?:it|they|these)\s(?:should|must|would)\s", re.I)
_THINGS = re.compile(r"answer|assistant|response|model|#|回答|答案", re.I)
_OF_SOMETHING = re.compile(
    r"\s?:|\s?(?!as\b|because\b|is\b|are\b|for\b|in\b|final|now\b|instead\b|rather\b|resp)[a-z%°]", re.I
)

_RANKS = r"\brank(?:s|ed|ing|ings)?\b|排名|名次|排序|排行"
_SORTED = (
    r"\b(?:best|highest|first)\sto\s(?:the\s)?(?:worst|lowest|last)\b|\b(?:worst|lowest)\sto\s(?:the\s)?(?:best|highest)\b"
    r"|\bsorted\b|\b(?:de|a)scending\b|\border\sof\s(?:quality|merit|preference)|\bbest\sfirst\b|从[好高优].{0,2}到[坏差低劣]|由[好高优].{0,2}到"
)
_RANKED = re.compile(rf"(?:{_RANKS}|{_SORTED})[^\d>]*$", re.I)
_SORTED_BELOW = re.compile(rf"(?:{_SORTED}|\branked\b)[^\d>]*$", re.I)
_MAY_RANK = re.compile(
    rf"{_RANKS}|{_SORTED}|\b1(?:st)?\s?(?:=|is|being|means)\s?(?:the\s)?best\b|第.名"
    r"|\b(?:placements?|positions|podium)\b|\border\b(?!\s(?:shown|above|given|in\s|of\sthe\sanswers|presented|they|you))"
    r"|优劣|顺序|次序",
    re.I,
)
_LESS_IS_MORE = re.compile(
    r"\b(?:lower|smaller|less)(?:\s\w+)?\s(?:is|are|means?|being)\sbetter\b|\b1(?:st)?\s?(?:=|is|being|means)\s?(?:the\s)?best\b|越[小低]越好",
    re.I,
)
_PART_ABOVE = re.compile(
    rf"(?:the\s)?(?:{PART})\s?:?|(?:{_SCORES}\s?)?\((?:{PART})(?:,?\s(?:and\s)?(?:{PART})){{0,9}}\)\s?:?", re.I
)
_OF_A_PART = re.compile(rf"(?:^|\W)(?:{PART}|(?<!final\s)(?:results?|outputs?))(?:\s(?:is|are))?\s?[:(–-]?\s?$", re.I)
_PART_IN_HEAD = re.compile(rf"(?:^|\|)\s?\**(?:{PART}|ranks?|ranking|places?|排名|名次)\**\s?(?:\||$)", re.I)
_SCORE_IN_HEAD = re.compile(rf"\|\s?\**(?:\w+\s)?(?:{either(words.SCORES, words.FINAL_SCORES)})", re.I)
_BEST = re.compile(
    rf"(?:{ANSWER}|\bthe\s(?P<alone>{ORDINALS})(?:\sone)?)"
    r"(?:\s(?:is|was)\s(?:(?:clearly|still|overall|definitely|easily|simply|obviously|therefore|thus|by\sfar)\s){0,2}"
    r"(?:the\s)?(?P<best>best|better)(?=$|[.,;!)]|\s(?:of|answer|response|one|because|overall|and|since|as)\b)"
    r"|\swins(?=$|[.,;!)])|(?:明显|显然|无疑|是)?最[好佳](?=$|[。,;]))",
    re.I,
)
_WINNER = re.compile(
    rf"\b(?:winner|preferred(?:\sanswer)?|best(?:\sanswer)?)\s?(?::|is)\s?(?:the\s)?(?:{ANSWER}|(?P<key>(?-i:[A-H]))(?!\w))",
    re.I,
)
_TRUE_VALUE = re.compile(
    r"(?:\b(?:correct|right|true|actual|expected)\s(?:answer|value|result|sum|total|number|solution|one|is)\s?(?:is|was|=|:|would\sbe)?"
    rf"|(?:正确|标准|真实)的?(?:答案|结果|数值|值)(?:是|为|应为|应该是|:))\s?(?={NUMBER})",
    re.I,
)
_SHOULD = re.compile(
    rf"(?:{ANSWER})['’s]{{0,2}}\s?(?:{_SCORES}\s)?(?:(?:should|must|ought\sto)\s(?:\w+\s)?(?:be|get|have|receive)\s(?:an?\s)?"
    rf"|应该?(?:是|为|得|改为|改成)|改[为成])\s?(?={NUMBER})",
    re.I,
)
_NAMES = tuple(
    re.compile(names, re.I)
    for names in (
        ANSWER,
        rf"(?<!\w)(?:(?P<key>(?-i:[A-H])|(?<=#)\d{{1,2}})|(?P<alone>{ORDINALS}))(?!\w)",
        rf"{ANSWER}|(?<![\w.])#?(?P<key>\d{{1,2}})(?!\w)",
    )
)
_NEUTRAL = re.compile(
    r"(?:[\s,;|:/&()\[\]、。.#–-]|and\b|the\b|in\b|orders?\b|of\b|this\b|are\b|is\b|for\b|here\b|given\b|listed\b|shown\b|as\b"
    rf"|respectively\b|to\b|my\b|first\b|then\b|答案|回答|和|与|按|顺序|为|依次|分别|的|是|answers?\b|responses?\b|{_SCORES})*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """Scores that were read, in the order shown; ``rows`` are the lines that are lists, ``said`` those with one."""

    values: tuple[float, ...]
    rows: Set[int]
    said: Set[int]
    labels: Sequence[Labelled]


def see_that_nothing_contradicts(taken: Taken, lines: Sequence[Line], scale: Scale) -> None:
    """Hold the scores against the rest of the reply.

    Raises:
        Unreadable: It says otherwise, or that the numbers are something else.
    """
    full = [(number, line.plain) for number, line in enumerate(lines) if line.plain]
    _see_labels(taken)
    for number, text in full:
        if number in taken.rows:
            continue
        if changed := CHANGED.search(text):
            raise Unreadable(f"a change of mind ({changed[0].strip()}), so that two scores may differ")
        for values in _runs(text, scale, len(taken.values)) if lines[number].shown else ():  # not of JSON's keys
            if values != taken.values:
                raise Unreadable(f"two lists of scores that differ ({listed(taken.values)} and {listed(values)})")
        if found := _LESS_IS_MORE.search(text):
            raise Unreadable(f"a ranking, not scores ({found[0]})")
        _see_statements(taken, text, scale)
    _see_headings(taken, lines, full)
    _see_order(taken, full)
    _see_no_ranking(taken, full)


def listed(values: Sequence[float]) -> str:
    """Values as a judge would write them."""
    return " ".join(f"{value:g}" for value in values)


def _runs(text: str, scale: Scale, count: int) -> Iterator[tuple[float, ...]]:
    """Find as many numbers in a row as there are answers, where they may be scores."""
    done = 0
    while start := _START.search(text, done):
        values, trouble, end = read_items(text, start.end(), scale)
        before = text[max(0, start.start() - 80) : start.start()]
        done = max(end, start.end() + 1)
        if trouble or len(values) != count or _OF_SOMETHING.match(text, CLOSE.match(text, end).end()):  # type: ignore[union-attr]
            continue
        clause = _CLAUSE.search(before)[0]  # type: ignore[index]
        is_short = len(clause.split()) + len(_HAN.findall(clause)) // 3 <= 3 and not _STATES.search(clause)
        if not (is_short or _SPEAKS.search(clause)) or _OF_A_PART.search(clause):
            continue  # "the roots are 2 and 3", "Accuracy: 7 9"
        places = list(range(1, count + 1))
        if sorted(values) == places and (
            _MAY_RANK.search(before) or (list(values) == places and _THINGS.search(before))
        ):
            continue  # "Ranking: 2 1 3" beside scores
        yield values


def _see_labels(taken: Taken) -> None:
    """See that scores which name their answer, anywhere in the text, are those of the list."""
    for label in taken.labels:
        if not label.trouble and 1 <= label.answer <= len(taken.values):
            _compare(taken, label.answer, label.value)


def _compare(taken: Taken, answer: int, value: float) -> None:
    if 1 <= answer <= len(taken.values) and (given := taken.values[answer - 1]) != value:
        raise Unreadable(f"two scores for answer {answer} that differ ({given:g} and {value:g})")


def _see_statements(taken: Taken, text: str, scale: Scale) -> None:
    """See that what a line says of one answer, or of the question's true value, leaves the scores what they are."""
    for best in (*_BEST.finditer(text), *_WINNER.finditer(text)):
        answer = place_of(best)
        is_between = (best.groupdict().get("best") or "").lower() != "better" or len(taken.values) == 2
        if is_wished(text, best.start(), best.end()) or not 1 <= answer <= len(taken.values) or not is_between:
            continue
        if taken.values[answer - 1] < max(taken.values):
            raise Unreadable(f"answer {answer} is called the best, but has {taken.values[answer - 1]:g}")
    for should in _SHOULD.finditer(text):
        amount = read_amount(text, should.end(), scale)
        if amount and amount.complete and not amount.trouble:
            _compare(taken, place_of(should), amount.value)
    if not taken.rows and not taken.said and not all(label.scaled for label in taken.labels):
        for true in _TRUE_VALUE.finditer(text):
            amount = read_amount(text, true.end(), scale)
            if amount and amount.value in taken.values:
                raise Unreadable(f"numbers that may be results, not scores ({text[true.start() : amount.end]})")


def _see_headings(taken: Taken, lines: Sequence[Line], full: Sequence[tuple[int, str]]) -> None:
    """See that no heading says that the numbers below it are something else, or a part of what is judged."""
    first = {*taken.rows, *(label.line for label in taken.labels[:1])}
    above = [full[place - 1][1] for place, (number, _) in enumerate(full) if place and number in first]
    is_row = [line.shown.lstrip().startswith("|") for line in lines]
    tops = [number for number, row in enumerate(is_row) if row and not (number and is_row[number - 1])]
    heads = [lines[number].shown for number in tops if not lines[number].plain]
    found = [text for text in above if _PART_ABOVE.fullmatch(text)]
    found += [head.strip() for head in heads if _PART_IN_HEAD.search(head.strip()) and not _SCORE_IN_HEAD.search(head)]
    if found:
        raise Unreadable(f"numbers that may be no overall scores ({found[0][:60]})")


def _see_order(taken: Taken, full: Sequence[tuple[int, str]]) -> None:
    """See that no line beside a bare list, nor its own, names the answers in another order."""
    for place, (number, text) in enumerate(full):
        orders = [_named(text, _NAMES[0])] if number in taken.said else []
        if number in taken.rows:
            orders = [
                _order_said(other) for _, other in (*full[max(0, place - 1) : place], *full[place + 1 : place + 2])
            ]
        if any(order != sorted(order) for order in orders):
            raise Unreadable("scores in an order other than the one in which the answers were shown")


def _order_said(text: str) -> list[int]:
    """The answers that a line names which holds no more than names; none of any other line."""
    of_things = len(_named(text, _NAMES[0]))
    for names in _NAMES if of_things == 1 else _NAMES[:2]:  # "Answer 2, 1, 3"; other numbers are no names
        found = _named(text, names)
        if len(found) > 1 and _NEUTRAL.fullmatch(names.sub(" ", text)):
            return found
    return []


def _named(text: str, names: re.Pattern[str]) -> list[int]:
    return list(dict.fromkeys(map(place_of, names.finditer(text))))


def _see_no_ranking(taken: Taken, full: Sequence[tuple[int, str]]) -> None:
    """See that no places were given in the stead of scores, and that no scores were sorted."""
    for place, (number, text) in enumerate(full):
        if number not in taken.rows:
            continue
        above = full[place - 1][1] if place else ""
        below = full[place + 1][1] if place + 1 < len(full) else ""
        found = (
            _RANKED.search(above[-200:]) or _RANKED.search(text) or (len(below) < 60 and _SORTED_BELOW.search(below))
        )
        if found:
            raise Unreadable(f"a ranking, not scores ({found[0].strip()})")
    values = taken.values
    is_scaled = not taken.rows and not taken.said and taken.labels and all(label.scaled for label in taken.labels)
    if 1 in values and all(value in range(1, len(values) + 1) for value in values) and not is_scaled:
        for _, text in full:
            if found := _MAY_RANK.search(text):
                raise Unreadable(f"numbers that may be a ranking, not scores ({found[0].strip()})")
