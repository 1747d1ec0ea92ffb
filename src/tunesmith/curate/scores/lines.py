"""Scores that stand on a line of their own, at the head or at the foot of a reply or under a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import Amount, Scale, read_amount
from tunesmith.curate.scores.claims import HEDGED, Claim, estimate, second_thoughts
from tunesmith.curate.scores.labels import labelled
from tunesmith.curate.scores.layout import Line

_OPEN = re.compile(r"[\"'“‘(\[{«「]{0,3}\s?")
_DASH = re.compile(r"[–—-]\s")
_LIST_NUMBER = re.compile(r"\d{1,3}[.)]$")
_RUBRIC = re.compile(r"[\"'(\[]{0,2}\d{1,3}(?:\.\d)?\s?(?:points?|分)?[)\]]?\s?(?:[:=–—]|-\s)")
_SEVERAL = re.compile(r"\d{1,3}(?:\.\d{1,2})?(?:[,;]?\s\d{1,3}(?:\.\d{1,2})?){1,5}")
_REASON_FOLLOWS = re.compile(rf"\s(?:because|since|due to|as|{'|'.join(words.OPENERS)})\b")


def on_their_own(lines: list[Line], scale: Scale, label: str) -> Iterator[Claim]:
    """Find lines that hold an amount and nothing else, where such a line is the score.

    That is at the head of the reply, at its foot after a finished sentence, and under a line that speaks of scores.
    Elsewhere a lone number may be quoted from the response, so it is left alone.
    """
    full = [number for number, line in enumerate(lines) if line.plain]
    amounts = {number: amount for number in full if (amount := _whole(lines[number].plain, scale))}
    head = next((place for place, number in enumerate(full) if number not in amounts), len(full))
    foot = next((place for place, number in enumerate(reversed(full)) if number not in amounts), len(full))
    for place, number in enumerate(full):
        if number not in amounts:
            continue
        text = lines[number].plain
        above = lines[full[place - 1]].plain if place else ""
        claim = Claim(amounts[number].value, amounts[number].trouble, alone=True, line=number)
        if under := _under_a_label(above, text, scale, label):
            yield replace(under, line=number, alone=True)
        elif (
            (
                place < head
                or _speaks_of_scores(above)
                or (place < 4 and all(_greets(lines[n].plain) for n in full[:place]))
            )
            or place >= len(full) - foot
            and _is_finished(above)
            and not _LIST_NUMBER.fullmatch(text)
        ):
            yield claim


def at_the_head(lines: list[Line], scale: Scale) -> Iterator[Claim]:
    """Find a first line that begins with the score: "4.5 - correct", "4, because ...", "4/5 The answer is right"."""
    number, text = next(((n, line.plain) for n, line in enumerate(lines) if line.plain), (0, ""))
    if _SEVERAL.fullmatch(text):
        yield Claim(0.0, f"several numbers ({text}), not one score", final=True, line=number)
        return
    start = _start(text, scale)
    amount = read_amount(text, start, scale)
    if amount is None or amount.follows in ("end", "") or text[start : amount.end].rstrip().endswith(("点", "點")):
        return
    if not (text[start].isdigit() or text[start] in "+-" or amount.scaled):
        return  # "Four, then, are right"
    if amount.follows == "word" and not amount.scaled and not _REASON_FOLLOWS.match(text, amount.end):
        return  # "4 on the list"
    if sum(bool(_RUBRIC.match(line.plain)) for line in lines[:60]) < 2:
        trouble = amount.trouble or second_thoughts(text, amount, scale)
        yield Claim(amount.value, trouble, line=number, around=(amount.end, amount.end))


def _whole(text: str, scale: Scale) -> Amount | None:
    """Read a line that is one amount and nothing else."""
    if len(text) > 80:
        return None
    start = _start(text, scale)
    if hedge := HEDGED.match(text, start):
        return Amount(0.0, estimate(text), False, hedge.end(), "end")
    amount = read_amount(text, start, scale)
    return amount if amount and amount.follows == "end" else None


def _start(text: str, scale: Scale) -> int:
    """Return where the amount of a line may begin; a dash is a bullet only where no score is negative."""
    dash = _DASH.match(text) if scale.low >= 0 else None
    return _OPEN.match(text, dash.end() if dash else 0).end()  # type: ignore[union-attr]


def _under_a_label(above: str, text: str, scale: Scale, label: str) -> Claim | None:
    """Read "Score" or "Accuracy:" and the amount on the line below it as one."""
    if not above or len(above) > 60:
        return None
    return next(labelled(f"{above.rstrip(' :')}: {text}", scale, label), None)


def _speaks_of_scores(above: str) -> bool:
    return above.endswith(":") and any(word in above[-200:].lower() for word in words.ABOUT_SCORES)


def _greets(above: str) -> bool:
    said = re.findall(r"\w+", above[:40].lower())
    return len(above) < 40 and all(word in words.GREETINGS for word in said)


def _is_finished(above: str) -> bool:
    return above.endswith((".", "!", "?", "。", "！", "？", ")", '"', ";"))
