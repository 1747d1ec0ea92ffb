"""What every way of finding a score makes, a claim, and what makes any claim doubtful."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import LETTER, NUMBER, Amount, Scale, read_amount


class Weight(IntEnum):
    """How much a claim says: a mention counts only where nothing states the score."""

    MENTIONED = 1
    STATED = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """A score that the reply gives.

    ``trouble`` is why it cannot be used, "" if it can. ``final`` marks the last word of a judge who gives several.
    ``topic`` is "own" or "other" where a dimension is named. ``alone`` says that its line holds nothing else.
    ``around`` is where in its sentence the number stands, with the words that lead to it.
    """

    value: float
    trouble: str
    weight: Weight = Weight.STATED
    final: bool = False
    topic: str = ""
    alone: bool = False
    line: int = 0
    around: tuple[int, int] = (0, 0)


def _list(pattern: str) -> str:
    return pattern.replace("\n", "")


def either(*groups: tuple[str, ...]) -> str:
    """Return a pattern for any of these words, the longest first; Latin ones end where the word ends."""
    known = sorted({word for group in groups for word in group if word}, key=len, reverse=True)
    return "|".join(re.escape(word) + (rf"(?!{LETTER})" if word[-1].isascii() else "") for word in known)


DIMENSION_NAMES = tuple(name for group in words.DIMENSIONS for name in group)
HEDGE = rf"(?:(?:{_list(words.HEDGES)})(?:\s(?:an?|of|the))?\s|(?:{words.HEDGES_ZH})\s?|[<>~≈≤≥]=?\s?)"
HEDGED = re.compile(rf"{HEDGE}(?={NUMBER})", re.I)
FILLER = rf"(?:(?:{_list(words.FILLERS)})\s){{0,4}}"
_COUNTERFACTUAL = re.compile(
    r"\b(?:if|unless|had (?:it|the|this|they)|were (?:it|the|this)|would have|could have|might have|"
    r"to (?:get|reach|earn|receive|deserve|achieve|merit))\b|如果|若|要是|假如|想要|才能|需要|除非",
    re.I,
)
_DENIED = re.compile(
    r"(?:\b(?:not|never|no|neither|nor|hardly|cannot|none|nobody|nothing|without)\b|n't\b)[^,;:]{0,40}$|[不没未無无][^\s,;:。]{0,3}$",
    re.I,
)
_CLOSING = re.compile(
    r"\b(?:overall|final|finally|altogether|in conclusion|all in all|in summary|to sum up|"
    r"on balance|ultimately)\b|最终|最後|最后|综合|总体|總體|综上|総合",
    re.I,
)
_UNSURE = re.compile(
    r"(?:,|→|[-=]>|\b(?:and|or|maybe|perhaps|possibly|even|but|actually|wait|rather|correction|make (?:it|that))\b)"
    rf"(?:\s(?:maybe|perhaps|even|an?|also|possibly)){{0,3}}\s(?={NUMBER})",
    re.I,
)
# "Assistant 2 receives an 8", "both deserve ...": a comparison, in which the one that was asked about is not known
COMPARED = re.compile(
    r"\b(?:assistants?|responses?|answers?|models?|outputs?|candidates?|options?|solutions?)\s(?:\d{1,2}|[A-H])\b"
    r"|\b(?:both|each|they|assistants|responses|respectively)\b",
    re.I,
)


def closes(sentence: str, cue: re.Match[str]) -> bool:
    """Whether the sentence sums up: "Overall, I'd give it ..."."""
    return bool(_CLOSING.search(sentence, max(0, cue.start() - 120), cue.end()))


def is_doubtful(sentence: str, start: int, end: int) -> bool:
    """Whether a wish, a condition or a denial is near: "if it had sources, I'd give it a 5"."""
    return is_wished(sentence, start, end) or bool(COMPARED.search(sentence[max(0, start - 60) : start]))


def is_wished(sentence: str, start: int, end: int) -> bool:
    """Whether what is said there is wished for, supposed or denied."""
    near = sentence[max(0, start - 160) : end + 160]
    return bool(_COUNTERFACTUAL.search(near) or _DENIED.search(sentence[max(0, start - 60) : start]))


def estimate(said: str) -> str:
    """Say that "at least 4" or "about 4" is not one score."""
    return f"a bound or an estimate ({said.strip()}), not one score"


def second_thoughts(sentence: str, amount: Amount, scale: Scale) -> str:
    """Return the trouble in "a 4, maybe a 5"."""
    unsure = _UNSURE.search(sentence, amount.end, amount.end + 80)
    second = read_amount(sentence, unsure.end(), scale) if unsure else None
    if second is None or not second.complete or second.value == amount.value or (second.scaled and second.trouble):
        return ""
    return f"two scores that differ ({amount.value:g} and {second.value:g})"
