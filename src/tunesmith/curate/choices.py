"""Read which of two answers a judge prefers: ``[[A]]``, "Assistant 1 > Assistant 2", "Verdict: tie", 回答1更好.

A verdict is a mark in double brackets, a line that says ``Verdict: ...``, a line that is nothing but a verdict, or a
sentence with which a reply begins, ends or concludes ("Overall, answer B is better"). Whatever is in doubt is
unreadable and asked for again: no verdict, verdicts that contradict each other, and one for a part only ("A is better
in style"). Nothing else that the reply says of the answers counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunesmith.curate.scores.amounts import Scale
from tunesmith.curate.scores.layout import Line, lay_out
from tunesmith.curate.scores.list_labels import ANSWER, place_of
from tunesmith.errors import Unreadable

_NO_SCALE = Scale(0.0, 10.0)
_ANSWER = re.compile(ANSWER, re.I)
_MARK = re.compile(r"\[\[\s?([^\[\]]{1,60}?)\s?\]\]")
_SIDE = r"(?:the\s)?(⟪\d+⟫(?:['’]s\s(?:answer|response|reply|output))?|[ab12](?!\w))"
_MORE = (
    r"(?:(?:clearly|slightly|much|overall|also|still|definitely|marginally|significantly|somewhat|a\s(?:bit|little)|far"
    r"|by\sfar|the)\s){0,3}"
)
_GOOD = r"(?:better|best|superior|stronger|preferable|preferred|winner)"
_NOUN = r"(?:\s(?:answer|response|one|reply|choice|assistant|overall|of\sthe\stwo)){0,2}"
_WHY = (
    r"(?:[,;.:–-]?\s?(?:because|as|since|due\sto|for\sits?|thanks\sto|given)\s"
    r"(?!.*\b(?:but|however|although|though|yet)\b).*)?"
)
_THAN = rf"(?:\s(?:than|over|compared\sto)\s(?:the\sother(?:\sone)?|{_SIDE}))?"
_BETTER = re.compile(
    rf"{_SIDE}\s(?:is|was)\s{_MORE}{_GOOD}{_NOUN}{_THAN}{_WHY}"
    rf"|{_SIDE}\s{_MORE}(?:wins|beats\s{_SIDE}|outperforms\s{_SIDE}){_WHY}"
    rf"|i\s(?:would\s)?{_MORE}(?:prefer|choose|pick|favou?r|go\swith|select)\s{_SIDE}{_THAN}{_WHY}"
    rf"|(?:the\s)?(?:preferred|better|best|winning|chosen)\s{_SIDE}"
    rf"|{_SIDE}\s?(?:明显|显然|略|稍|整体|总体|要)?(?:更[好佳优强胜]|较[好佳优]|胜出|获胜|[优好胜强][于过]\s?{_SIDE})"
    r"(?:一些|一点)?"
)
_THEM = (
    r"(?:both|they|the\stwo|these|⟪1⟫\sand\s⟪2⟫|⟪2⟫\sand\s⟪1⟫|a\sand\sb)(?:\sof\sthem)?(?:\stwo)?"
    r"(?:\s(?:answers|responses|assistants|replies|outputs))?"
)
_EVEN = (
    r"(?:equal(?:ly)?(?:\s\w+)?|(?:a\s)?tied?|the\ssame|comparable|equivalent|on\sa\spar"
    r"|of\s(?:equal|the\ssame|similar)\squality)"
)
_THEM_ZH = "(?:两者|两个回答|二者|两个答案)"
_TIE = re.compile(
    r"(?:it\s(?:is|was)|it['’]s|this\sis)?\s?(?:a\s)?(?:tied?|draw|toss-?up)"
    r"|(?:both|same|equal|even|neither)(?:\s(?:good|bad))?"
    rf"|{_THEM}\s(?:are|were|perform(?:ed)?)\s(?:\w+ly\s|about\s|both\s)?{_EVEN}(?:\soverall)?{_WHY}"
    r"|(?:there\sis\s)?no\s(?:clear\s)?(?:winner|preference|difference)"
    r"|neither\s(?:answer\s|response\s|one\s)?is\sbetter(?:\sthan\sthe\sother)?"
    r"|平局|打平|平手|并列|不分上下|不相上下|难分(?:高下|伯仲|优劣)"
    rf"|{_THEM_ZH}?(?:质量)?(?:一样|同样|同等)好|{_THEM_ZH}(?:质量)?(?:相当|相同)"
)
_RELATION = re.compile(rf"{_SIDE}\s?(>{{1,3}}|<{{1,3}}|={{1,2}}|≈|≥|≤|>=|<=)\s?{_SIDE}")
_NAMES = (
    r"(?:(?:my|the|your|final|overall|over-all)\s){0,3}"
    r"(?:verdict|winner|decision|choice|preference|preferred|judge?ment|conclusion|result|better|best|answer|response"
    r"|output|order(?:ing)?|ranking|comparison|assessment|evaluation|pick"
    r"|结论|裁决|判断|判定|胜者|获胜者|选择|结果|最终\w{0,4}|偏好)"
    r"(?:\s(?:answer|response|verdict|decision|choice|assistant|model|one))?"
)
_LABEL = re.compile(rf"{_NAMES}\s?(?:is\s?:?|[:=–]|-(?!\d)|是|为)\s?(?P<said>.+)")
_CONCLUDES = re.compile(
    r"(?:so|thus|therefore|overall|hence|in\s(?:conclusion|summary|short|total|sum)|to\s(?:conclude|sum\sup)|finally"
    r"|all\sin\sall|on\s(?:balance|the\swhole)|总体(?:而言|来说|来看)?|综上(?:所述)?|因此|总的来说|所以)"
    r"\s?[,:，]?\s?(?P<said>.+)"
)
_EDGES = " \t\"'“”‘’()[]{}.。,，;!！*"


@dataclass(frozen=True, slots=True)
class Choice:
    """A judge's verdict on two answers.

    Attributes:
        sign: 1 if the answer shown first is better, -1 if the other is, 0 for a tie.
        why: What the reply says besides.
    """

    sign: int
    why: str


def read_choice(text: str) -> Choice:
    """Read which of two answers a reply prefers.

    Args:
        text: The reply; thinking in ``<think>`` is dropped. Answers go by 1 and 2, A and B, first and second; a C where
            a verdict belongs is a tie.

    Raises:
        Unreadable: There is no verdict, or several that differ.
    """
    lines = lay_out(text, _NO_SCALE)
    said = list(_verdicts(lines))
    if not said:
        raise Unreadable("no verdict in the reply")
    (_, first, heard), *others = said
    for _, sign, other in others:
        if sign != first:
            raise Unreadable(f"two verdicts that differ ({heard} and {other})")
    bare = {number for number, _, _ in said}
    kept = [line.shown for number, line in enumerate(lines) if number not in bare or _says_more(line)]
    return Choice(first, "\n".join(kept).strip())


def _says_more(line: Line) -> bool:
    return len(line.shown) > 60 or len(line.plain.split()) > 8


def _verdicts(lines: Sequence[Line]) -> Iterator[tuple[int, int, str]]:
    """Everything in the reply that says which answer is better: the line, its sign, and the words."""
    full = [number for number, line in enumerate(lines) if line.plain.strip(_EDGES)]
    headed = _headings([lines[number].plain for number in full])
    for place, number in enumerate(full):
        line = lines[number].plain
        for mark in _MARK.finditer(line):
            if (sign := _sign(mark[1])) is not None:
                yield number, sign, mark[0]
        is_edge = place in (0, len(full) - 1)
        for part in _MARK.sub(" ", line).split(";"):
            said = _named(part.strip(_EDGES).lower())
            if label := _LABEL.fullmatch(said):
                sign = _sign(label["said"])
            elif concluding := _CONCLUDES.fullmatch(said):
                sign = _sentence(concluding["said"])
                sign = _sign(concluding["said"]) if sign is None else sign
            elif is_edge and not line.endswith((":", "：")) and not (headed and _is_name(said) and place == 0):
                sign = _sign(said)
                sign = _first_sentence(said, last=place > 0) if sign is None else sign
            else:
                sign = None
            if sign is not None:
                yield number, sign, part.strip()[:60]


def _headings(lines: Sequence[str]) -> bool:
    """Whether both answers have a section under their name, so that a name alone is no verdict."""
    bare = {said for line in lines if _is_name(said := _named(line.strip(_EDGES + ":：").lower()))}
    return len(bare) > 1


def _is_name(said: str) -> bool:
    return bool(re.fullmatch(r"(?:the\s)?⟪\d+⟫", said))


def _named(text: str) -> str:
    """A text in which every answer goes by ``⟪1⟫`` or ``⟪2⟫``, however it was called."""
    return _ANSWER.sub(lambda found: f"⟪{place_of(found)}⟫", text)


def _first_sentence(said: str, last: bool) -> int | None:
    """The verdict with which a line begins, or at the reply's end also ends."""
    sentences = [one.strip(_EDGES) for one in re.split(r"(?<=[^\d\s])[.!。！]\s*", said) if one.strip(_EDGES)]
    if not sentences:
        return None
    found = _sentence(sentences[0])
    if found is None and last:
        end = sentences[-1]
        concluding = _CONCLUDES.fullmatch(end)
        found = _sentence(concluding["said"] if concluding else end)
    return found


def _sentence(said: str) -> int | None:
    """The verdict of a whole sentence."""
    said = said.strip(_EDGES)
    if better := _BETTER.fullmatch(said):
        first, *others = [place for found in better.groups() if found and (place := _place(found))]
        return None if first in others else _of_place(first)
    return 0 if _TIE.fullmatch(said) else None


def _sign(said: str) -> int | None:
    """The verdict of a few words that are nothing else: a name, a relation, a tie, a sentence."""
    said = _named(said.strip(_EDGES).lower()).strip(_EDGES)
    if re.fullmatch(r"(?:option\s)?c|=", said):
        return 0
    if whole := re.fullmatch(_SIDE, said):
        return _of_place(_place(whole[1]))
    if relation := _RELATION.fullmatch(said):
        return _of_relation(_place(relation[1]), relation[2], _place(relation[3]))
    return _sentence(said)


def _of_relation(left: int, how: str, right: int) -> int | None:
    if {left, right} != {1, 2} or how in ("≥", "≤", ">=", "<="):
        return None
    if how[0] in "=≈":
        return 0
    return _of_place(left if how[0] == ">" else right)


def _of_place(place: int) -> int | None:
    return {1: 1, 2: -1}.get(place)


def _place(found: str) -> int:
    """The number of the answer that is meant, 0 if there is none."""
    digits = re.search(r"\d+", found)
    return int(digits[0]) if digits else {"a": 1, "b": 2}.get(found.strip()[0], 0)
