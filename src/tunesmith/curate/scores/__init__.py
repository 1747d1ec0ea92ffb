"""Read the score out of a judge's reply, however the judge wrote it.

A judge is asked for "a single line containing value indicating the scores" (AlpaGasus, Chen et al. 2023) and answers
"4.5", "**Score:** 4/5", "四分半", ``{"score": 4}`` or three paragraphs that end in "I'd give it a 4". A score that
could not be read is never a number: a range, another scale, a number that counts something else or two scores that
contradict each other are unreadable, and so is whatever is in doubt. Asking again costs a cent; a wrong number
decides the fate of a row and nobody sees it. "About 4" is an estimate, and asked again too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tunesmith.curate.scores import lines as scores_lines
from tunesmith.curate.scores import ways as scores_ways
from tunesmith.curate.scores.amounts import HAS_NUMBER, Scale
from tunesmith.curate.scores.claims import Claim
from tunesmith.curate.scores.labels import labelled, topic_near
from tunesmith.curate.scores.layout import Line, lay_out
from tunesmith.curate.scores.text import OTHER_SCALE
from tunesmith.errors import Unreadable

_SENTENCES = re.compile(r"(?<=[.!?])(?<!\.\.\.)(?<![-–—]\s\d\.)(?<!\d\s1\.)\s(?=[^\d\s])|(?<=[。！？])\s?")


@dataclass(frozen=True, slots=True)
class Score:
    """A judge's score, and ``why``: what the reply says besides the bare score line (stripped), the judge's reasons."""

    value: float
    why: str


def read_score(text: str, low: float, high: float, label: str = "") -> Score:
    """Read the score in a judge's reply.

    Args:
        text: The reply, in any of the styles that judges use; thinking in ``<think>`` is dropped.
        low: The lowest score of the scale that the judge was asked to use.
        high: The highest.
        label: The dimension that was rated ("accuracy"), which the judge may write before the score. A score for
            another dimension is then not taken for it.

    Returns:
        The score, within the scale. A score called final or overall outweighs one given before; otherwise all that
        are stated must be the same. Takes time linear in the length of the text.

    Raises:
        Unreadable: There is no score, there are several that contradict each other, a range, another scale, or a
            number outside the scale.
    """
    scale = Scale(float(low), float(high))
    lines = lay_out(text, scale)
    believed = _believed(list(_claims(lines, scale, label)), label)
    bare = {claim.line for claim in believed if claim.alone}
    why = "\n".join(line.shown for number, line in enumerate(lines) if number not in bare)
    return Score(believed[0].value, why.strip())


def _claims(lines: list[Line], scale: Scale, label: str) -> Iterator[Claim]:
    """Go through all ways to give a score, over all lines."""
    yield from scores_lines.on_their_own(lines, scale, label)
    for claim in scores_lines.at_the_head(lines, scale):
        yield replace(claim, topic=topic_near(claim, lines[claim.line].plain, label) if label else "")
    for number, line in enumerate(lines):
        sentences = _SENTENCES.split(line.plain) if line.plain else []
        if other := OTHER_SCALE.fullmatch(line.plain):  # "Maximum score: 10"
            yield Claim(0.0, f"scored out of {other[1]} on a scale of {scale}", final=True)
        for sentence in sentences:
            other = OTHER_SCALE.search(sentence)
            for claim in _claims_of(sentence, scale, label):
                trouble = f"scored out of {other[1]} on a scale of {scale}" if other else claim.trouble
                topic = claim.topic or (topic_near(claim, sentence, label) if label else "")
                alone = claim.alone and len(sentences) == 1
                yield replace(claim, trouble=trouble, topic=topic, alone=alone, line=number)


def _claims_of(sentence: str, scale: Scale, label: str) -> Iterator[Claim]:
    if not HAS_NUMBER.search(sentence):
        return
    yield from labelled(sentence, scale, label)
    yield from scores_ways.said_by_the_judge(sentence, scale)
    yield from scores_ways.said_of_the_response(sentence, scale)
    yield from scores_ways.said_in_chinese(sentence, scale)
    yield from scores_ways.mentioned(sentence, scale)
    yield from scores_ways.boxed(sentence, scale)


def _believed(claims: list[Claim], label: str) -> list[Claim]:
    """Return the claims that give the score, which agree.

    Raises:
        Unreadable: They do not, or there are none, or one of them cannot be used.
    """
    topics = {claim.topic for claim in claims}
    claims = [claim for claim in claims if claim.topic != "other"]
    if topics >= {"own", "other"}:
        # where several dimensions are rated, "overall" sums them up and says nothing of the one
        claims = [claim for claim in claims if claim.topic == "own" or not claim.final]
    if not claims:
        raise Unreadable(
            f"no score for {label}, only for something else" if "other" in topics else "no score in the reply"
        )
    weight = max(claim.weight for claim in claims)
    claims = [claim for claim in claims if claim.weight == weight]
    claims = [claim for claim in claims if claim.final] or claims
    if trouble := next((claim.trouble for claim in claims if claim.trouble), ""):
        raise Unreadable(trouble)
    values = list(dict.fromkeys(claim.value for claim in claims))
    if len(values) > 1:
        raise Unreadable(f"two scores that differ ({values[0]:g} and {values[1]:g})")
    return claims
