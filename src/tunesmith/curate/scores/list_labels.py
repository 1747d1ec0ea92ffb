"""Scores that name their answer: "Answer 1: 8/10", "the second response gets a 7", 答案1：8分, a section for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunesmith.curate.scores import read_score, words
from tunesmith.curate.scores.amounts import LETTER, NUMBER, Scale, read_amount, read_item
from tunesmith.curate.scores.claims import FILLER, HEDGE, either, estimate, is_wished
from tunesmith.curate.scores.layout import Line
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
_ORDINALS = "|".join(word for word in _COUNTED if word[-2:] in ("st", "nd", "rd", "th", "ird"))
_ANSWER = (
    rf"(?<!{LETTER})(?:{_THINGS}[\s#:_]{{0,2}}(?P<after>{_WHICH})|(?:the\s)?(?P<before>{_ORDINALS})\s(?:{_THINGS}))"
    rf"|{_THINGS_ZH}\s?(?P<zh>[1-9]\d?|[A-Ha-h]|[一二三四五六七八])|第(?P<nth>[一二三四五六七八]|\d{{1,2}})个?{_THINGS_ZH}"
)
_SCORE = rf"(?:['’]s\s)?(?:\s?(?:{either(words.SCORES, words.FINAL_SCORES)})){{0,2}}"
_JOIN = (
    rf"(?:\s?[)\]\"']{{0,2}}\s?(?:[:=]{{1,2}}>?|-{{1,2}}>|→|[–—]|-\s|,\s?(?=a?\s?score)|[;,]\s(?:{either(words.SCORES)})\s?:)\s?"
    r"|\s(?:gets|got|receives|received|earns|earned|deserves|scores|scored|is\srated|rated|is\sgiven|would\sget)\s"
    r"|\s?(?:得到?|获得|应得|为|是|给)\s?|\s(?=\d)|\s?\(\s?)"
)
_LABEL = re.compile(
    rf"(?:{_ANSWER}|^(?P<bare>[A-H])(?=\s?[:=–—-])){_SCORE}{_JOIN}(?:(?:{either(words.SCORES)})\s?[:=]\s?)?[\"'“(\[]{{0,2}}(?P<hedge>{HEDGE})?{FILLER}(?={NUMBER})",
    re.I,
)
_KEYED = re.compile(rf"(?:;\s)?(?:(?:{either(words.SCORES)})\s)?(?P<key>\d{{1,2}}|[A-H]):\s(?={NUMBER})")
_HEADING = re.compile(rf"(?:{_ANSWER})(?:{_SCORE})\s?[:.]?", re.I)
_LED = re.compile(rf"(?:{_ANSWER})\s?:\s", re.I)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A score for the answer of this number (from 1): why it cannot be used, and whether its line holds no more."""

    answer: int
    value: float
    trouble: str
    line: int
    alone: bool


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
            if label.start() < done or amount is None or not (amount.complete or amount.trouble):
                continue
            if is_wished(line.plain, label.start(), amount.end):
                continue
            done = amount.end
            trouble = estimate(line.plain[label.start("hedge") : amount.end]) if label["hedge"] else amount.trouble
            alone = label.start() == 0 and not line.plain[amount.end :].strip(" .;,。；，)")
            yield Labelled(_place(label), amount.value, trouble, number, alone)


def _keyed(text: str, line: int, scale: Scale, count: int) -> list[Labelled]:
    """Read ``1: 8; 2: 9`` or ``A: 8; B: 9``, as an object of JSON comes out, where it is the whole line."""
    found: list[Labelled] = []
    done = 0
    while label := _KEYED.match(text, done):
        item = read_item(text, label.end(), scale)
        if item is None or text[item.end : item.end + 1] not in ("", ";"):
            return []
        found.append(Labelled(_place(label), item.value, item.trouble, line, True))
        done = item.end
    return found if len(found) == count and done == len(text) else []


def _place(label: re.Match[str]) -> int:
    """The number of the answer that a label names."""
    named = label.groupdict()
    said = next(name for key in ("after", "before", "zh", "nth", "bare", "key") if (name := named.get(key))).lower()
    if said.isdigit():
        return int(said)
    return _COUNTED[said] if said in _COUNTED else ord(said) - ord("a") + 1


def read_sections(lines: Sequence[Line], scale: Scale, count: int) -> tuple[float, ...]:
    """Read a reply that has a section for each answer under a heading or behind its name, with a score in each.

    Raises:
        Unreadable: There is no such section for each answer, exactly one, or one has no clear score.
    """
    starts = [
        (number, _place(found))
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
