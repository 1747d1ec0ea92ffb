"""Read which of two answers a judge prefers: ``[[A]]``, "Assistant 1 > Assistant 2", "Verdict: tie", 回答1更好.

What was asked for on the last line decides: a mark in double brackets, or an order of the two. So does the first line
where a reply begins with its verdict. Else a line that says ``Verdict: ...`` counts there, and a sentence with which
the reply opens or concludes, if nothing after it speaks of the other answer. All else is unreadable and asked for
again: a name, which may be a heading, a solution of the question's, what an answer is quoted with, and a verdict on a
part. A reply is read of one answer just as it would be of the other, since verdicts lost on one side would bend the
figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tunesmith.curate import choice_words
from tunesmith.curate.choice_words import EDGES, value
from tunesmith.curate.scores.amounts import Scale
from tunesmith.curate.scores.layout import Line, lay_out, without_quotations
from tunesmith.curate.scores.list_doubts import CHANGED
from tunesmith.curate.scores.list_labels import ANSWER, PART
from tunesmith.errors import Unreadable

_NO_SCALE = Scale(0.0, 10.0)
_MARK = re.compile(r"\[\[\s?([^\[\]]{1,60}?)\s?\]\]")
_ANSWER = re.compile(ANSWER, re.I)
_SURE = (
    r"verdict|winner|decision|preference|preferred|judge?ment|better|best|vote|pick"
    r"|裁决|判定|胜者|获胜者|偏好|最终(?:裁决|结论|判断|选择)"
)
_NAMES = (
    rf"(?:(?:my|the|your|final|overall)\s){{0,3}}(?:(?P<sure>{_SURE})(?:\s(?:answer|response|verdict|decision|choice"
    r"|assistant|model|one))?|final|overall|conclusion|(?:my|final)\schoice|结论)"
)
_LABEL = re.compile(rf"{_NAMES}\s?(?:is\s?:?|[:=–]|-(?!\d)|是|为)\s?(?P<said>.+)", re.I)
_LABEL_ALONE = re.compile(rf"{_NAMES}\s?(?:is)?\s?:?", re.I)
_THEREFORE = (
    r"(?:so|thus|therefore|overall|hence|in\s(?:conclusion|summary|short|total|sum)|to\s(?:conclude|sum\sup)|finally"
    r"|all\sin\sall|on\s(?:balance|the\swhole)|总体(?:而言|来说|来看)?|综上(?:所述)?|因此|总的来说|所以)"
)
_I_THINK = (
    r"(?:i\s(?:think|believe|find|feel|(?:would\s)?say)(?:\sthat)?|in\smy\s(?:opinion|view|judge?ment)|我(?:认为|觉得))"
)
_CONCLUDES = re.compile(
    rf"(?:{_THEREFORE}\s?[,:，]?\s?(?:{_I_THINK}\s?[,，]?\s?)?|{_I_THINK}\s?[,，]?\s?)(?P<said>.+)|(?P<own>(?:I|my)(?:\s|['’]d\s).+)",
    re.I,
)
_LEADS = re.compile(
    rf"(?:(?:^|\W)(?:{_SURE}|conclusion|choice)(?:\sfor\sthis\s\w+)?\s?(?:is|would\sbe|goes\sto|as\sfollows|below)?"
    rf"|\bI(?:['’]d|\swould)?\s(?:choose|pick|prefer|select|vote\sfor|go\swith|favou?r)|^{_THEREFORE})\s?[:,]?\s?$",
    re.I,
)
_DENIED = re.compile(r"\b(?:not|never|no|cannot|says?|said|claims?|writes?|wrote|asks?|asked)\b|n['’]t\b", re.I)
_AFTER_MARK = re.compile(r"\s?[.:,;–(-](?=\s|\w)|\s(?=[A-Z])|\s?(?:because|since)\b")
_PART = re.compile(rf"(?:(?:for|on|in(?:\sterms\sof)?|the)\s){{0,2}}(?:{PART})\s?[:.]?", re.I)
_LISTED = re.compile(r"\s{0,8}(?:\(?\d{1,2}[.)、]|[-*•·]\s)")
_SENTENCE_END = re.compile(r"(?<=\S)[.!?](?=\s|$)|[。！？]")

_How = Literal["asked", "label", "sentence"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A judge's verdict on two answers.

    Attributes:
        sign: 1 if the answer shown first is better, -1 if the other is, 0 for a tie.
        why: What the reply says besides.
    """

    sign: int
    why: str


@dataclass(frozen=True, slots=True)
class _Text:
    r"""A line that says something: its numbers in the reply and its words.

    It may be an item of a list, consist of fields (JSON or XML), or hold a ``\boxed`` result.
    """

    numbers: tuple[int, ...]
    plain: str
    listed: bool
    fields: bool
    boxed: bool


def read_choice(text: str) -> Choice:
    """Read which of two answers a reply prefers.

    Args:
        text: The reply; thinking in ``<think>`` is dropped. Answers go by 1 and 2, A and B, first and second; a C where
            a verdict belongs is a tie.

    Raises:
        Unreadable: There is no verdict, or several that differ.
    """
    lines = without_quotations(lay_out(text, _NO_SCALE))
    texts = _texts(lines)
    found = _verdicts(texts)
    if not found:
        raise Unreadable("no verdict in the reply")
    (first, sign), *others = found
    for other, against in others:
        if against != sign:
            raise Unreadable(f"two verdicts that differ ({first.plain[:60]} and {other.plain[:60]})")
    bare = {number for one, _ in found for number in one.numbers if not _says_more(lines[number])}
    return Choice(sign, "\n".join(line.shown for number, line in enumerate(lines) if number not in bare).strip())


def _says_more(line: Line) -> bool:
    return len(line.shown) > 60 or len(line.plain.split()) > 8


def _texts(lines: Sequence[Line]) -> list[_Text]:
    """The lines that say something; ``Verdict:`` goes with the line below."""
    texts: list[_Text] = []
    for number, line in enumerate(lines):
        if not line.plain.strip(EDGES + ":："):
            continue
        listed = bool(_LISTED.match(line.shown))
        is_led = bool(texts) and not listed and not _is_mark(line.plain)
        if is_led and _LABEL_ALONE.fullmatch(texts[-1].plain.strip(EDGES)):
            above = texts.pop()
            joined = f"{above.plain.rstrip(' :')}: {line.plain}"
            texts.append(replace(above, numbers=(*above.numbers, number), plain=joined))
        else:
            fields = not line.shown or "</" in line.shown
            texts.append(_Text((number,), line.plain, listed, fields, "\\boxed" in line.shown))
    return texts


def _verdicts(texts: Sequence[_Text]) -> list[tuple[_Text, int]]:
    """Everything at the reply's edges that says which answer is better; all of it must agree."""
    if not texts:
        return []
    if len(texts) == 1 and not texts[0].boxed and (sign := _whole(texts[0].plain)) is not None:
        return [(texts[0], sign)]
    closing = _closing(texts)
    opening = _opening(texts)
    found = [one for one in (opening, closing) if one]
    if closing and closing[2] == "asked":
        if len(texts) > 1 and not _is_mark(texts[-2].plain) and (above := _closing(texts[:-1])):
            found.append(above)
    elif found:  # without it, what is said elsewhere counts as much
        found += [(text, sign, "label") for text in texts[1:-1] if (sign := _asked(text)) is not None]
        found += [(text, sign, "label") for text in texts[1:-1] if (sign := _labelled(text)) is not None]
    if opening and not closing and any(CHANGED.search(text.plain) for text in texts[1:]):
        raise Unreadable("a change of mind, so that two verdicts may differ")
    return [(text, sign) for text, sign, _ in found]


def _whole(text: str) -> int | None:
    """The verdict of a reply that is one line: besides all else, a name alone is one there."""
    concluding = _CONCLUDES.fullmatch(text.strip(EDGES))
    return value(concluding["said"] if concluding and concluding["said"] else text)


def _opening(texts: Sequence[_Text]) -> tuple[_Text, int, _How] | None:
    """The verdict with which a reply begins."""
    text = texts[0]
    if (sign := _asked(text)) is not None:
        return text, sign, "asked"
    if (sign := _labelled(text)) is not None:
        return text, sign, "label"
    sentences = _sentences(text.plain)
    below = [*sentences[1:], *(other.plain for other in texts[1:])]
    sign = None if text.listed else _said(sentences[0], below)
    return None if sign is None else (text, sign, "sentence")


def _closing(texts: Sequence[_Text]) -> tuple[_Text, int, _How] | None:
    """The verdict with which a reply ends."""
    text, above = texts[-1], texts[-2].plain if len(texts) > 1 else ""
    if _PART.fullmatch(above) or (above.endswith((":", "：")) and not _introduces(above)):
        return None
    if (sign := _asked(text)) is not None:
        return text, sign, "asked"
    if (sign := _labelled(text)) is not None:
        return text, sign, "label"
    sentences = _sentences(text.plain)
    for place, sentence in enumerate(sentences):
        is_alone = place == 0 and not text.listed
        if not is_alone and not _CONCLUDES.fullmatch(sentence.strip(EDGES)):
            continue
        if (sign := _said(sentence, sentences[place + 1 :])) is not None:
            return text, sign, "sentence"
    return None


def _introduces(line: str) -> bool:
    """Whether a line that ends in a colon leads to the judge's own verdict, and not to what an answer says."""
    return bool(_LEADS.search(line)) and not _DENIED.search(line) and not _ANSWER.search(line)


def _is_mark(line: str) -> bool:
    return bool(_MARK.search(line))


def _asked(text: _Text) -> int | None:
    """The verdict of a line in an asked form: a mark, alone or as the line's own verdict, or an order of the two."""
    line = text.plain
    marks = list(_MARK.finditer(line))
    if not marks:
        order = choice_words.relation(re.sub(r"^(?:(?:my|final)\s){0,2}(?:ranking|order)\s?:\s?", "", line, flags=re.I))
        if order is None or (order.rest.strip(EDGES) and not re.match(r"\s?[:.,;–(]", order.rest)):
            return None
        return None if choice_words.speaks_of_the_other(order.rest, order.sign) else order.sign
    signs = {value(mark[1], digits=not text.boxed) for mark in marks}
    sign = signs.pop()
    if signs or sign is None:
        return None
    lead = _SENTENCE_END.split(line[: marks[0].start()])[-1].strip(" *-–\\")
    if lead and not _leads(lead, sign):
        return None
    after = line[marks[-1].end() :]
    if not after.strip(EDGES):
        return sign
    if lead or not _AFTER_MARK.match(after) or _SENTENCE_END.sub("\n", after).strip().endswith("?"):
        return sign if value(after) == sign else None
    return None if choice_words.turns(_sentences(after)[0]) else sign


def _leads(lead: str, sign: int) -> bool:
    if choice_words.turns(lead) or _DENIED.search(lead):
        return False
    concluding = _CONCLUDES.fullmatch(lead)
    said = choice_words.sentence(concluding["said"] or lead if concluding else lead.rstrip(":, "))
    if said:
        return said.sign == sign and said.stands()
    return bool(_LEADS.search(lead)) and not _ANSWER.search(lead)


def _labelled(text: _Text) -> int | None:
    """The verdict of a line ``Verdict: ...``, or of such a field."""
    for part in text.plain.split(";") if text.fields else [text.plain]:
        label = _LABEL.fullmatch(part.strip(EDGES))
        if label is None or _is_mark(part) or (text.listed and not re.search("verdict|final|overall", label[0], re.I)):
            continue
        if (sign := value(label["said"], digits=bool(label["sure"]))) is not None:
            return sign
    return None


def _said(sentence: str, below: Sequence[str]) -> int | None:
    """The verdict of a sentence, if nothing below it speaks of the other answer."""
    concluding = _CONCLUDES.fullmatch(sentence.strip(EDGES))
    found = choice_words.sentence(concluding["said"] or sentence if concluding else sentence)
    if found is None or sentence.endswith(("?", "？")) or not found.stands():
        return None
    return None if any(choice_words.speaks_of_the_other(one, found.sign) for one in below) else found.sign


def _sentences(text: str) -> list[str]:
    """The sentences of a line with their marks; the line itself if it has one."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    cuts = [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [cut for cut in cuts if cut.strip(EDGES)] or [text]
