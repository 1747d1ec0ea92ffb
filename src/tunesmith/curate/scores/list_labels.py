"""Scores that name their answer: "Answer 1: 8/10", "the second response gets a 7", 答案1：8分, a section for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tunesmith.curate.scores import read_score, words
from tunesmith.curate.scores.amounts import LETTER, NUMBER, Amount, Scale, read_amount, read_item
from tunesmith.curate.scores.claims import DIMENSION_NAMES, FILLER, HEDGE, either, estimate, is_wished
from tunesmith.curate.scores.layout import Line
from tunesmith.curate.scores.list_items import change
from tunesmith.curate.scores.text import mark_scales, plain
from tunesmith.errors import Unreadable

_THINGS = (
    r"(?:ai\s)?(?:answer|assistant|response|reply|completion|candidate|model|output|option|antwort|réponse|respuesta)"
)
_THINGS_ZH = "(?:回答|答案|回复|回覆|助手|助理|模型|选项|候选)"
_COUNTED = {
    word: place
    for place, names in enumerate(
        ("first 1st one 一", "second 2nd two 二", "third 3rd three 三", "fourth 4th four 四", "fifth 5th five 五",
         "sixth 6th six 六", "seventh 7th seven 七", "eighth 8th eight 八"), 1)
    for word in names.split()
}  # fmt: skip
_WHICH = r"(?:\d{1,2}|[A-H]|one|two|three|four|five|six|seven|eight)(?![a-z0-9])"
ORDINALS = "|".join(word for word in _COUNTED if word[-2:] in ("st", "nd", "rd", "th", "ird"))
ANSWER = (
    rf"(?<!{LETTER})(?:{_THINGS}[\s#:_]{{0,2}}(?P<after>{_WHICH})|(?:the\s)?(?P<before>{ORDINALS})\s(?:{_THINGS}))"
    rf"|{_THINGS_ZH}\s?(?P<zh>[1-9]\d?|[A-Ha-h]|[一二三四五六七八])|第(?P<nth>[一二三四五六七八]|\d{{1,2}})个?{_THINGS_ZH}"
)
_SCORE = rf"(?:['’]s\s)?(?:\s?(?:{either(words.SCORES, words.FINAL_SCORES)})){{0,2}}"
_JOIN = (
    rf"(?:\s?[)\]\"']{{0,2}}\s?(?:[:=]{{1,2}}>?|-{{1,2}}>|→|[–—]|-\s|,\s?(?=a?\s?score)|[;,]\s(?:{either(words.SCORES)})\s?:)\s?"
    r"|\s(?:gets|got|receives|received|earns|earned|deserves|scores|(?:(?:is|was)\s)?(?:scored|rated|given)|would\sget)\s"
    r"|\s?(?:得到?|获得|应得|为|是|给)\s?|\s(?=(?:an?\s)?\d)|\s?\(\s?)"
)
_LABEL = re.compile(
    rf"(?:{ANSWER}|^(?:scores?\s(?=\w\s?[:=]))?(?P<bare>[A-H]|(?<=\s)\d)(?=\s?[:=–—-])){_SCORE}{_JOIN}(?:(?:{either(words.SCORES)})\s?[:=]\s?)?[\"'“(\[]{{0,2}}(?P<hedge>{HEDGE})?{FILLER}(?={NUMBER})",
    re.I,
)
_KEYED = re.compile(
    rf"(?:[;,]?\s)?(?:(?:{either(words.SCORES)})\s)?(?P<key>\d{{1,2}}|[A-H])(?::\s|\s?=\s?)(?={NUMBER})"
)
_COUNTS = (
    r"(?:number\sof\s)?(?:\w+\s)?(?:errors?|mistakes?|typos?|words?|characters?|sentences?|steps?|length)(?![a-z])"
    "|错误数?|字数|长度"
)
PART = rf"(?:{either(DIMENSION_NAMES)}|{_COUNTS})"
_PART_BEFORE = re.compile(rf"(?:^|\W)(?:{PART})(?:\s(?:of|for|in))?(?:\sthe)?\s?[:(–-]?\s?$", re.I)
_REST = re.compile(
    rf"(?P<to>[\s,;(]{{0,2}}(?:→|[-=]>|(?:revised|raised|lowered|changed|corrected|adjusted)\s(?:up\s|down\s)?to)\s?{NUMBER})"
    rf"|\s(?:for|in)\s{PART}|\s?[(\[]\s?{PART}\s?[)\]]|\s?[(\[]?\s?(?:ranks?|ranking|places?|positions?|名)(?!{LETTER})"
    r"|(?P<fact>\s?[(\[]\s?(?:correct|right|true|wrong|false|incorrect|正确|错误|对|错|不对|不正确)\s?[)\]])",
    re.I,
)
_GIVEN = re.compile(r"\b(?:give|award|assign|rate|deserve)s?\b", re.I)
_NEXT = re.compile(rf",?\s(?:and|while|whereas)\s(?:{ANSWER})", re.I)
_HEADING = re.compile(rf"(?:{ANSWER})(?:{_SCORE})\s?[:.]?", re.I)
_OVERALL = re.compile(rf"(?:(?:{either(words.SCORES, words.FINAL_SCORES)})\s?)+:?", re.I)
_LED = re.compile(rf"(?:{ANSWER})\s?:\s", re.I)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A score for the answer of this number (from 1).

    ``trouble`` is why it cannot be used, "" if it can; ``alone`` says that its line holds no more, ``scaled`` that its
    scale or unit was said with it.
    """

    answer: int
    value: float
    trouble: str
    line: int
    alone: bool
    scaled: bool = False


def with_columns(lines: Sequence[Line], scale: Scale, count: int) -> list[Line]:
    """The lines in which a table's row of overall scores, one column for each answer, names the answers.

    The other rows of such a table are of parts, or text.
    """
    done: list[Line] = []
    answers: list[tuple[int, int]] = []
    for line in lines:
        if not line.shown.lstrip().startswith("|"):
            answers = []
        cells = [plain(cell) for cell in line.shown.strip().strip("|").split("|")]
        heads = [(n, place_of(found)) for n, cell in enumerate(cells) if n and (found := _HEADING.fullmatch(cell))]
        if line.shown.lstrip().startswith("|") and sorted(place for _, place in heads) == list(range(1, count + 1)):
            answers = heads
            done.append(Line(line.shown, ""))
        elif answers:
            is_overall = max(answers)[0] < len(cells) and _OVERALL.fullmatch(cells[0])
            named = "; ".join(f"Answer {place}: {cells[n]}" for n, place in answers) if is_overall else ""
            done.append(Line(line.shown, mark_scales(named, scale)))
        else:
            done.append(line)
    return done


def labelled_scores(lines: Sequence[Line], scale: Scale, count: int) -> Iterator[Labelled]:
    """Find scores with the answer that they are for, in all lines."""
    for number, line in enumerate(lines):
        if keyed := _keyed(line.plain, number, scale, count):
            yield from keyed
            continue
        done = 0
        found = list(_LABEL.finditer(line.plain))
        for label in found:
            amount = read_amount(line.plain, label.end(), scale)
            if label.start() < done or amount is None:
                continue
            goes_on = _NEXT.match(line.plain, amount.end) and _GIVEN.search(line.plain[: label.end()][-160:])
            if not (amount.complete or amount.trouble or goes_on):
                continue
            if is_wished(line.plain, label.start(), amount.end):
                continue
            done = amount.end
            trouble = estimate(line.plain[label.start("hedge") : amount.end]) if label["hedge"] else amount.trouble
            trouble = trouble or change(line.plain, label.end()) or _none_of_its_own(line.plain, amount)
            if part := _PART_BEFORE.search(line.plain[max(0, label.start() - 40) : label.start()]):
                trouble = trouble or f"a number that may be no overall score ({part[0].strip()})"
            alone = label.start() == 0 and not line.plain[amount.end :].strip(" .;,。；，)")
            yield Labelled(place_of(label), amount.value, trouble, number, alone, amount.scaled)


def _none_of_its_own(text: str, amount: Amount) -> str:
    """Why what follows makes an amount no overall score."""
    rest = _REST.match(text, amount.end)
    if rest is None or (rest["fact"] and amount.scaled):
        return ""
    what = "two scores that may differ" if rest["to"] else "a number that may be no overall score"
    return f"{what} ({text[max(0, amount.end - 8) : rest.end()].strip()})"


def _keyed(text: str, line: int, scale: Scale, count: int) -> list[Labelled]:
    """Read ``1: 8; 2: 9`` or ``A: 8; B: 9``, as an object of JSON comes out, where it is the whole line."""
    found: list[Labelled] = []
    done = 0
    while label := _KEYED.match(text, done):
        item = read_item(text, label.end(), scale)
        if item is None or text[item.end : item.end + 1] not in ("", ";", ",", " "):
            return []
        found.append(Labelled(place_of(label), item.value, item.trouble, line, True))
        done = item.end
    if len(found) != count or done != len(text):
        return []
    if text[0].isdigit() and sorted(label.value for label in found) == list(range(1, count + 1)):
        return [replace(label, trouble="numbers that may be a ranking, not scores") for label in found]
    return found


def place_of(label: re.Match[str]) -> int:
    """The number of the answer that a label names."""
    named = label.groupdict()
    said = next(
        name for key in ("after", "before", "zh", "nth", "bare", "key", "alone") if (name := named.get(key))
    ).lower()
    if said.isdigit():
        return int(said)
    return _COUNTED[said] if said in _COUNTED else ord(said) - ord("a") + 1


def read_sections(lines: Sequence[Line], scale: Scale, count: int) -> tuple[float, ...]:
    """Read a reply that has a section for each answer under a heading or behind its name, with a score in each.

    Raises:
        Unreadable: There is no such section for each answer, exactly one, or one has no clear score.
    """
    starts = [
        (number, place_of(found))
        for number, line in enumerate(lines)
        if (found := _HEADING.fullmatch(line.plain) or _LED.match(line.plain))
    ]
    if sorted(answer for _, answer in starts) != list(range(1, count + 1)):
        raise Unreadable(f"no scores for {count} answers in the reply")
    ends = [number for number, _ in starts[1:]] + [len(lines)]
    values: dict[int, float] = {}
    for (start, answer), end in zip(starts, ends, strict=True):
        heading = _HEADING.fullmatch(lines[start].plain)
        body = [line.shown for line in lines[start + bool(heading) : end]]
        values[answer] = read_score("\n".join(body), scale.low, scale.high).value
    return tuple(values[answer] for answer in range(1, count + 1))
