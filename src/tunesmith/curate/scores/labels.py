"""Scores with a label: "Score: 4", "the accuracy of the response is 4 out of 5", 评分为4分."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import LETTER, NUMBER, Amount, Scale, read_amount
from tunesmith.curate.scores.claims import (
    DIMENSION_NAMES,
    FILLER,
    HEDGE,
    Claim,
    Weight,
    either,
    estimate,
    is_doubtful,
    second_thoughts,
)
from tunesmith.curate.scores.text import plain

# "the score (I would assign) to this response"
_TOPIC = (
    r"(?:(?:\s(?:that\s)?I(?:'d|’d|'ll|\swould|\swill)?\s(?:give|assign|award))?"
    rf"\s(?:for|of|on|to|in|regarding|indicating)(?:\s(?:{either(words.TOPICS, DIMENSION_NAMES)})){{1,6}})"
)
_SEPARATOR = (
    r"(?P<colon>\s?[:=]{1,2}>?\s?|\s?-{1,2}>\s?|\s?→\s?|\s?[–—]\s?|\s?(?P<dash>-{1,2})\s)"
    r"|\s(?P<verb>is|would be|should be|of|as|at|ist|est|es|è|remains|stands at|comes to|becomes)(?!{letter})[:\s]\s?"
    r"|\s?(?P<zh>为|為|是|就是|应为|は|、は)\s?:?\s?|(?P<none>,?\s|(?<=[\u3040-\u9fff\uac00-\ud7a3\])\"']))"
).replace("{letter}", LETTER)
_JOIN = re.compile(
    rf"(?P<close>[\])\"'])?(?P<topic>{_TOPIC})?(?:\s?⟦[0-9.]{{1,9}}⟧)?(?:{_SEPARATOR})"
    rf"[\"'“‘(\[{{«「]{{0,3}}\s?(?P<hedge>{HEDGE})?{FILLER}[(\[]{{0,2}}(?P<minus>-\s)?(?={NUMBER})",
    re.I,
)
_DIMENSION = re.compile(rf"(?<!{LETTER})(?:{either(DIMENSION_NAMES)})", re.I)
_FOR_DIMENSION = re.compile(
    rf"\s(?:for|in|on|in terms of|regarding|with regard to)\s(?:the\s|its\s)?({either(DIMENSION_NAMES)})", re.I
)
_WORDS = re.compile(r"[^\s,;:.!?()\[\]\"]+")


@lru_cache(maxsize=64)
def _names(label: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """Return the pattern of a label's names ("score", "accuracy"), and the names of the dimension asked for."""
    asked = plain(label).lower()
    own = {asked} | {name for group in words.DIMENSIONS if asked in group for name in group} if asked else set()
    names = either(words.SCORES, words.WEAK_SCORES, words.FINAL_SCORES, DIMENSION_NAMES, tuple(own))
    return re.compile(rf"(?<!{LETTER})(?<!-)(?P<open>[\[\"'(]?)(?P<name>{names})", re.I), frozenset(own)


@dataclass(frozen=True, slots=True)
class _Label:
    """A label with what joins it to the number that follows: "(the) accuracy score (of the response) is"."""

    start: int
    opened: str
    names: frozenset[str]
    join: re.Match[str]

    @property
    def weak(self) -> bool:
        """Whether it may label anything."""
        return len(self.names) == 1 and self.names <= set(words.WEAK_SCORES) and self.opened != "["


def _labels(sentence: str, names: re.Pattern[str]) -> Iterator[_Label]:
    for found in names.finditer(sentence):
        said = [found["name"].lower()]
        end = found.end()
        # "accuracy score", "score (accuracy)"
        while len(said) < 3 and (more := names.match(sentence, end + (sentence[end : end + 1] == " "))):
            said.append(more["name"].lower())
            end = more.end() + (more["open"] == "(" and sentence[more.end() : more.end() + 1] == ")")
        if join := _JOIN.match(sentence, end):
            yield _Label(found.start(), found["open"], frozenset(said), join)


def labelled(sentence: str, scale: Scale, label: str = "") -> Iterator[Claim]:
    """Find "Score: 4", "the accuracy of the response is 4 out of 5", "评分为4分", "[RESULT] 4"."""
    names, own = _names(label)
    done = 0
    for cue in _labels(sentence, names):
        join = cue.join
        before = _before(sentence[max(0, cue.start - 60) : cue.start])
        amount = read_amount(sentence, join.end(), scale)
        if cue.start < done or amount is None or before is None or not _is_said(cue, amount, sentence):
            continue
        done = amount.end
        named = cue.names | before | set(_DIMENSION.findall((join["topic"] or "").lower()))
        topic = "own" if named & own else "other" if named & set(DIMENSION_NAMES) else ""
        trouble = amount.trouble or second_thoughts(sentence, amount, scale)
        if join["hedge"]:
            trouble = estimate(sentence[join.start("hedge") : amount.end])
        elif scale.low < 0 and (join["dash"] or join["minus"]):
            trouble = "a dash that may be a minus before the score"
        mentioned = (cue.weak and not amount.scaled) or (topic == "other" and not label)
        yield Claim(
            amount.value,
            trouble,
            Weight.MENTIONED if mentioned else Weight.STATED,
            final=bool(named & _FINALS),
            topic=topic if label else "",
            alone=cue.start == 0 and amount.follows == "end",
            around=(amount.end, amount.end),
        )


_FINALS = {*words.FINAL, *words.FINAL_SCORES, *words.FINAL_ZH}


def _before(text: str) -> frozenset[str] | None:
    """Return what the words right before a label add to it; none if they make it another score ("F1 score")."""
    text = text.rstrip(" \"'([{<*").lower()
    if not text or not text[-1].isalnum():
        return frozenset()
    if not text[-1].isascii() and not re.search(rf"{LETTER}$", text):
        ends = (*words.FINAL_ZH, *words.PASSABLE_ZH, *DIMENSION_NAMES)
        if text.endswith(words.OTHER_ZH) or not text.endswith(ends):
            return None
        return frozenset(end for end in ends if text.endswith(end))
    said: set[str] = set()
    for distance, word in enumerate(reversed(_WORDS.findall(re.split(r"[.,;:!?()\[\]]", text)[-1])[-4:])):
        if word in words.OTHER or (len(word) == 1 and word not in "ai"):
            return None  # "the previous score", "assistant 2 receives a score"
        if word in words.FINAL or word in DIMENSION_NAMES:
            said.add(word)
        elif word not in words.PASSABLE and not distance:
            return None
    return frozenset(said)


def topic_near(claim: Claim, sentence: str, label: str) -> str:
    """Return "own" or "other" where a dimension stands around a score: "I rate the clarity 4", "a 4 for clarity"."""
    _, own = _names(label)
    start, end = claim.around
    near = {name.lower() for name in _DIMENSION.findall(sentence, start, end)}
    if after := _FOR_DIMENSION.match(sentence, end):
        near.add(after[1].lower())
    return "own" if near & own else "other" if near else ""


def _is_said(cue: _Label, amount: Amount, sentence: str) -> bool:
    """Whether what joins the label to the number, and what follows, leave it a score."""
    join = cue.join
    if cue.weak:
        return cue.start == 0 and join["colon"] is not None and amount.follows == "end"
    if join["verb"] == "of" and sentence[amount.end : amount.end + 1] == ":":
        return False  # "a score of 5: perfect" explains the scale
    if join["verb"] or join["zh"]:
        return amount.complete and not is_doubtful(sentence, cue.start, amount.end)
    if join["colon"] is None and cue.opened != "[" and join["none"] != "":
        return cue.start == 0 and (amount.follows == "end" or (amount.scaled and amount.complete))
    return amount.complete or bool(amount.trouble or join["hedge"])
