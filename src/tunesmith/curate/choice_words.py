"""What a few words say of two answers: "Assistant 1 > Assistant 2", "answer B is better", a tie, 回答1更好.

Each pattern is a whole statement; none looks for a verdict within another text. Whatever is said of A and 1 is said of
B and 2, so that no side is read more easily than the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tunesmith.curate.scores.list_labels import ANSWER, place_of

EDGES = " \t\"'“”‘’()[]{}.。,，;!！*"
_ANSWER = re.compile(ANSWER, re.I)
_SIDE = (
    r"(?:the\s)?(⟪\d+⟫(?:['’]s\s(?:answer|response|reply|output)|的(?:回答|答案))?|(?:first|second)(?:\sone)?(?!\w)"
    r"|[ab12](?!\w))"
)
_MORE = (
    r"(?:(?:clearly|slightly|much|overall|also|still|definitely|marginally|significantly|somewhat|a\s(?:bit|little)|far"
    r"|by\sfar|the)\s){0,3}"
)
_NOUN = r"(?:\s(?:answer|response|one|reply|choice|assistant|overall|of\sthe\stwo)){0,2}"
_THAN = rf"(?:\s(?:than|over|to|compared\sto)\s(?:the\sother(?:\sone)?|{_SIDE}))?"
_BETTER = re.compile(
    rf"{_SIDE}\s(?:is|was|should\sbe)\s{_MORE}(?:better|best|superior|stronger|preferable|preferred|winner){_NOUN}{_THAN}"
    rf"|{_SIDE}\s{_MORE}(?:wins|beats\s{_SIDE}|outperforms\s{_SIDE})"
    rf"|i(?:\swould|['’]d)?\s{_MORE}(?:prefer|choose|pick|favou?r|go\swith|select|vote\sfor)\s{_SIDE}{_THAN}"
    rf"|my\svote\sgoes\sto\s{_SIDE}"
    rf"|{_SIDE}\s?(?:明显|显然|略|稍|整体|总体|要)?(?:更[好佳优强胜]|较[好佳优]|胜出|获胜|[优好胜强][于过]\s?{_SIDE})"
    r"(?:一些|一点)?",
    re.I,
)
_WORSE = re.compile(
    rf"{_SIDE}\s(?:is|was)\s{_MORE}(?:worse|worst|inferior|weaker){_NOUN}{_THAN}"
    rf"|{_SIDE}\s{_MORE}loses(?:\sto\s{_SIDE})?|{_SIDE}\s?(?:不如\s?{_SIDE}|没有\s?{_SIDE}\s?好)",
    re.I,
)
_THEM = (
    r"(?:both|they|the\stwo|these|⟪1⟫\sand\s⟪2⟫|⟪2⟫\sand\s⟪1⟫|a\sand\sb|b\sand\sa)(?:\sof\sthem)?(?:\stwo)?"
    r"(?:\s(?:answers|responses|assistants|replies|outputs))?"
)
_EVEN = (
    r"(?:equally\s(?:good|well|bad|poor|strong|weak|helpful|useful|valid)|equal|(?:a\s)?tied?|the\ssame|comparable"
    r"|equivalent|on\sa\spar|of\s(?:equal|the\ssame|similar)\squality)(?!\w)"
)
_THEM_ZH = "(?:两者|两个回答|二者|两个答案)"
_TIE = re.compile(
    rf"(?:(?:it\s(?:is|was)|it['’]s|this\sis|i['’]d\scall\sit|there\sis)\s)?(?:a\s)?(?:tied?|draw|toss-?up)(?!\w)"
    rf"(?:\sbetween\s(?:{_THEM}|the\stwo))?"
    rf"|{_THEM}\s(?:are|were|did|perform(?:ed)?)\s(?:\w+ly\s|about\s|both\s)?{_EVEN}(?:\soverall)?"
    r"|(?:there\sis\s|i\shave\s)?no\s(?:clear\s)?(?:winner|preference|difference)"
    r"|neither\s(?:answer\s|response\s|one\s)?is\sbetter(?:\sthan\sthe\sother)?"
    r"|平局|打平|平手|并列|不分上下|不相上下|难分(?:高下|伯仲|优劣)"
    rf"|{_THEM_ZH}?(?:质量)?(?:一样|同样|同等)好|{_THEM_ZH}(?:质量)?(?:相当|相同)",
    re.I,
)
_TIE_WORD = re.compile(
    r"(?:(?:option\s)?c|=|both|same|equal|even|neither|none)(?:\s(?:equally\s)?(?:good|bad))?(?!\w)", re.I
)
_RELATION = re.compile(rf"{_SIDE}\s?(>{{1,3}}|<{{1,3}}|={{1,2}}|≈)\s?{_SIDE}", re.I)
_NAME = re.compile(_SIDE, re.I)
_DEGREE = re.compile(
    r"\s?[,(]?\s?(?:barely|slightly|narrowly|marginally|clearly|by\sfar|just|but\sonly\sjust|by\sa\s\w+\smargin)[\s).!]*",
    re.I,
)
_WHY = re.compile(r"\s?[,;:–-]?\s?(?:(?:because|since|due\sto|thanks\sto|as\sits?)\b|因为|由于)", re.I)
_STOP = re.compile(r"\s?[.,;:!。，；：！(–]|\s-\s")
_TURNS = re.compile(
    r"\b(?:but|however|although|though|yet|while|whereas|otherwise|if|unless|except|only|alone|actually|wait|nevertheless"
    r"|nonetheless|at\s(?:first|least))\b|但|不过|然而|虽然|尽管|如果|[?？]",
    re.I,
)
# A bare letter may be an article, and "the first" begin anything: as either may name a side, both sides are in doubt.
_MAY_NAME = re.compile(
    r"(?<!\w)[AB](?!\w)|(?i:\bthe\s(?:first|second|former|latter|other)\b)|另一个|前者|后者|第[一二]个"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict with which a text begins: its sign, and what follows it."""

    sign: int
    rest: str

    def stands(self) -> bool:
        """Whether what follows in the same sentence leaves the verdict what it is: nothing, or a plain reason."""
        return not self.rest.strip(EDGES) or bool(_WHY.match(self.rest) and not turns(self.rest))


def turns(text: str) -> bool:
    """Whether a text has a condition, a question, or a "but" in it."""
    return bool(_TURNS.search(text))


def speaks_of_the_other(text: str, sign: int) -> bool:
    """Whether a text names an answer other than the one preferred (any, for a tie), or may name one, or turns."""
    own = {1: 1, -1: 2}.get(sign)
    named = {place_of(found) for found in _ANSWER.finditer(text) if not (found["after"] or "").islower()}
    return bool(named - {own}) or bool(_MAY_NAME.search(text)) or turns(text)


def sentence(text: str) -> Said | None:
    """The verdict with which a sentence begins: "answer B is better because ..."."""
    text = _named(text.strip(EDGES))
    for pattern, factor in ((_BETTER, 1), (_WORSE, -1)):
        if found := pattern.match(text):
            first, *others = [_place(name) for name in found.groups() if name]
            sign = _SIGNS.get(first)
            return None if sign is None or first in others else Said(factor * sign, text[found.end() :])
    tie = _TIE.match(text)
    return tie and Said(0, text[tie.end() :])


def relation(text: str, digits: bool = False) -> Said | None:
    """An order of the two with which a text begins: "Assistant 1 > Assistant 2"; ``1 > 2`` only with ``digits``."""
    found = _RELATION.match(_named(text.strip(EDGES)))
    if found is None or (not digits and (found[1].isdigit() or found[3].isdigit())):
        return None
    left, right = _place(found[1]), _place(found[3])
    if {left, right} != {1, 2}:
        return None
    rest = found.string[found.end() :]
    if re.match(r"\s?[<>=≥≤]", rest):
        return None
    return Said(0 if found[2][0] in "=≈" else _SIGNS[left if found[2][0] == ">" else right], rest)


def value(text: str, digits: bool = True) -> int | None:
    """The verdict of words that stand where one belongs and are nothing else: a name, a relation, a tie, a sentence.

    Args:
        text: The words, which may go on with how clear it is ("B, narrowly") or with a reason.
        digits: Whether 1 and 2 name answers; they may also be the solution of what was asked.
    """
    text = text.strip(EDGES.replace("(", "").replace(")", "")).removeprefix("(").strip(EDGES)
    plain = _named(text)
    if said := sentence(text):
        return said.sign if said.stands() else None
    if order := relation(text, digits):
        return order.sign if _goes_on(order) else None
    if tie := _TIE_WORD.match(text):
        return 0 if _goes_on(Said(0, text[tie.end() :])) else None
    name = _NAME.match(plain)
    if name is None or (sign := _SIGNS.get(_place(name[1]))) is None:
        return None
    said = Said(sign, plain[name.end() :])
    if name[1].isdigit():
        return sign if digits and not said.rest.strip(EDGES) else None
    return sign if _goes_on(said) else None


def _goes_on(said: Said) -> bool:
    rest = said.rest
    if not rest.strip(EDGES) or _DEGREE.fullmatch(rest):
        return True
    return bool(_STOP.match(rest) or _WHY.match(rest)) and not speaks_of_the_other(_unnamed(rest), said.sign)


def _named(text: str) -> str:
    """A text in which every answer goes by ``⟪1⟫`` or ``⟪2⟫``, however it was called."""
    return _ANSWER.sub(lambda found: f"⟪{place_of(found)}⟫", text)


def _unnamed(text: str) -> str:
    return re.sub(r"⟪(\d+)⟫", r"Answer \1", text)


_SIGNS = {1: 1, 2: -1}


def _place(name: str) -> int:
    """The number of the answer that is meant, 0 if there is none."""
    digits = re.search(r"\d+", name)
    return int(digits[0]) if digits else {"a": 1, "f": 1, "b": 2, "s": 2}.get(name[0].lower(), 0)
