"""The ways in which a judge gives a score, each a pure function from a line or a sentence to claims.

A claim is "here stands a score", with the reason where it is no usable one (a range, another scale). Which claim is
believed is decided in ``scores``. A number that no way accounts for (dates, counts, steps) is never a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import NUMBER, Scale, read_amount
from tunesmith.curate.scores.claims import (
    COMPARED,
    FILLER,
    HEDGE,
    Claim,
    Weight,
    closes,
    estimate,
    is_doubtful,
    second_thoughts,
)

_JUDGE_SAYS = re.compile(
    r"\b(?:I|we)(?:'d|’d|'ll|’ll|'m|’m|'ve|’ve|\swould|\swill|\sam|\shave|\smust|\sdo)?"
    r"(?:\s(?:therefore|thus|so|overall|personally|honestly|also|still|just|then|probably|confidently|like|to|be|going|"
    r"inclined|hereby|now)){0,3}\s(?:give|giving|given|gave|rate|rated|rating|score|scored|scoring|grade|graded|grading|"
    r"assign|assigned|assigning|award|awarded|awarding|evaluate|assess|mark|put|place|go|going|settle|say|call|consider)\b"
    r"|\blet's\s(?:go|say|give)\b",
    re.I,
)
_SAID_NUMBER = re.compile(
    rf"(?P<before>\b(?:a|an|as|of|at|it|this|with|on|response|answer|reply|that|say|rate|give|score|solid|strong|rating)\s|[:=]\s?)?"
    rf"(?P<hedge>{HEDGE})?(?<![^\s(\[\"'“:=~<>≈≤≥]){FILLER}(?=(?P<number>{NUMBER}))",
    re.I,
)
_SUBJECT = (
    r"(?:response|answer|it|this|output|reply|assistant|explanation|translation|summary|essay|solution|code"
    r"|therefore|so)"
)
_RESPONSE_EARNS = re.compile(
    rf"\b(?:{_SUBJECT}\s(?:scored|received|earned|scores|gets|receives|rates|is\s(?:worth|given|rated|scored|awarded))|"
    rf"deserves|earns|merits|warrants|"
    rf"(?P<is>it'?s|it\sis|this\sis|that'?s|that\sis|would\sbe))\s(?:at\s|as\s)?(?P<hedge>{HEDGE})?(?P<filler>{FILLER})(?={NUMBER})",
    re.I,
)
_GETS = re.compile(r"\w+\s(?:gets|scores|rates|scored|receive[ds])\b", re.I)
_A_SOLID = re.compile(
    rf"(?:^|(?:^|\s)an?\s(?:very\s)?)(?:solid|strong|firm|clear|respectable|generous|well-deserved|definite|decent)\s(?={NUMBER})",
    re.I,
)
_ZH_SAYS = re.compile(
    r"(?:给出|給出|给予|给|給|打出|打|评为|评|評|应得|可得|可以得|得到|获得|能得|得|值|判|赋)[^。！？!?\n\d,;:分]{0,20}?(?=(?:[-+]?\d|[零一二两三四五六七八九十百])[^。,;]{0,8}[分点點])"
)
_BOXED = re.compile(r"\[\[\s?")
_SCALED_START = re.compile(rf"(?:^|(?<=[,:;–—-]\s)|(?<=\bso\s)|(?<=\boverall\s))(?={NUMBER})", re.I)
_OUT_OF_WHAT = re.compile(r"/|\b(?:of|von|sur|stars?)\b|星", re.I)
_REACH = 140  # characters that a sentence may put between "I give" and the number


def said_by_the_judge(sentence: str, scale: Scale) -> Iterator[Claim]:
    """Find "I would give this response a score of 4"."""
    searched = 0
    for cue in _JUDGE_SAYS.finditer(sentence):
        if is_doubtful(sentence, cue.start(), cue.end()):
            continue
        start, searched = max(cue.end(), searched), cue.end() + _REACH
        for number in _SAID_NUMBER.finditer(sentence, start, searched):
            amount = read_amount(sentence, number.end(), scale)
            before = (number["before"] or "").strip().lower()
            if not before and not sentence[cue.end() : number.start()].strip():
                before = cue[0].split()[-1]  # "I'd say 4"
            if amount is None or not amount.complete or not (before or amount.scaled or number["hedge"]):
                continue
            if COMPARED.search(sentence, cue.end(), number.start()):
                break
            if number["number"].lower() == "one" and before not in ("a", "of", "as", ":", "="):
                continue  # "I give this one a 4"
            trouble = amount.trouble or second_thoughts(sentence, amount, scale)
            if number["hedge"]:
                trouble = estimate(sentence[number.start("hedge") : amount.end])
            yield Claim(amount.value, trouble, final=closes(sentence, cue), around=(cue.end(), amount.end))
            searched = amount.end
            break


def said_of_the_response(sentence: str, scale: Scale) -> Iterator[Claim]:
    """Find "the response deserves a 4", "it's a 4 out of 5", "a solid 4"."""
    for cue in (*_RESPONSE_EARNS.finditer(sentence), *_A_SOLID.finditer(sentence)):
        amount = read_amount(sentence, cue.end(), scale)
        if amount is None or not amount.complete or is_doubtful(sentence, cue.start(), cue.end()):
            continue
        parts = cue.groupdict()
        if parts.get("is") and not (parts["filler"] or amount.scaled):
            continue
        trouble = estimate(sentence[cue.start("hedge") : amount.end]) if parts.get("hedge") else amount.trouble
        trouble = trouble or second_thoughts(sentence, amount, scale)
        if amount.trouble and _GETS.match(cue[0]):
            continue  # what something else got: "the essay gets 8/10"
        weight = Weight.MENTIONED if trouble else Weight.STATED
        yield Claim(amount.value, trouble, weight, final=closes(sentence, cue), around=(cue.start(), amount.end))


def said_in_chinese(sentence: str, scale: Scale) -> Iterator[Claim]:
    """Find 我会给这个回答打4分."""
    for cue in _ZH_SAYS.finditer(sentence):
        amount = read_amount(sentence, cue.end(), scale)
        before = sentence[max(0, cue.start() - 30) : cue.start()]
        doubtful = before.endswith(words.OTHER_ZH) or is_doubtful(sentence, cue.start(), cue.end())
        if amount is not None and amount.complete and amount.scaled and not doubtful:
            yield Claim(amount.value, amount.trouble, final=closes(sentence, cue), around=(cue.start(), amount.end))


def mentioned(sentence: str, scale: Scale) -> Iterator[Claim]:
    """Find "4/5", "4 out of 5" or "4 stars" at the start of a clause."""
    for cue in _SCALED_START.finditer(sentence):
        amount = read_amount(sentence, cue.end(), scale)
        if amount and amount.complete and amount.scaled and _OUT_OF_WHAT.search(sentence[cue.end() : amount.end]):
            trouble = amount.trouble or second_thoughts(sentence, amount, scale)
            yield Claim(amount.value, trouble, Weight.MENTIONED, around=(amount.end, amount.end))


def boxed(sentence: str, scale: Scale) -> Iterator[Claim]:
    r"""Find ``[[4]]``, which ``\boxed{4}`` has become too; in the middle of a sentence it may quote the response."""
    for cue in _BOXED.finditer(sentence):
        amount = read_amount(sentence, cue.end(), scale)
        if amount and sentence.endswith("]]", 0, amount.end):
            outer = cue.start() == 0 or amount.follows == "end"
            yield Claim(amount.value, amount.trouble, Weight.STATED if outer else Weight.MENTIONED)
