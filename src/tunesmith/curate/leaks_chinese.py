"""The Chinese shapes of a leaked role: 作为一名植物学家，我… and 身为…，我… and 我是一名资深厨师.

As in ``leaks_english``, every rule reads a bounded window and leaves the text alone when in doubt.
"""

from __future__ import annotations

import re

from tunesmith.curate import leaks_words as words
from tunesmith.curate.leaks_roles import Evidence, Grade
from tunesmith.curate.leaks_sentence import Cut, Place, whole_sentence

WINDOW = 160
ANCHOR = re.compile(r"(?:我)?(?:作[为為]|身[为為])|我是|我叫|凭[借藉]我?|以我")
_COUNT = re.compile(r"(?:我)?(?:一|这|這)?(?:[名位个個款])?(?:来自[^，。]{1,20}的)?")
_MINE = re.compile(r"\s*(?:我(?!们|們|国|國|校|司|院|方)|本人|在我看来|在我看來|依我|以下是|让我|讓我|请允许我)")
_ADVISES = re.compile(r"\s*(?:建议|建議|推荐|推薦|很高兴|很高興|我们建议)")
_NARRATES = re.compile(r"\s*我(?:曾|出生|小时候|想要|希望能够)")
_STOP = re.compile(r"[。！？；!?;\n]|\.\s")
_COMMA = re.compile(r"[，,]\s*")
_OTHERS = re.compile(r"[你您他她它]")


def find_cut(text: str, anchor: re.Match[str], place: Place, evidence: Evidence) -> Cut | None:
    """Return the cut for the phrase that begins at ``anchor``, ``None`` if it is no leak."""
    word = anchor[0]
    if place.quoted and not evidence.given:
        return None
    if word in {"我是", "我叫"}:
        return _i_am(text, anchor, place, evidence)
    if word.startswith(("凭", "以我")):
        return _with_skill(text, anchor, place, evidence)
    counted = _COUNT.match(text, anchor.end())
    start = counted.end() if counted else anchor.end()
    own_subject = word.startswith("我")
    if place.kind == "inside":
        return None
    limit = _limit(text, start)
    commas = list(_COMMA.finditer(text, start, limit))[:6]
    if own_subject:  # 我作为一名植物学家，认为 -> 我认为
        if not commas or _grade(text[start : commas[0].start()], evidence) is Grade.NO:
            return None
        return Cut(anchor.start() + 1, commas[0].end(), False)
    glued = re.compile(r"[^，,]{1,40}?(?=我(?!们|們|国|國))").match(text, start, limit)
    if glued and (not commas or glued.end() < commas[0].start()):
        strength = _grade(glued[0], evidence)
        return Cut(anchor.start(), glued.end(), False) if _may(strength, place, evidence) else None
    return _to_comma(text, anchor, (start, commas), place, evidence)


def _to_comma(
    text: str, anchor: re.Match[str], at: tuple[int, list[re.Match[str]]], place: Place, evidence: Evidence
) -> Cut | None:
    """Cut up to the first comma that the first person follows."""
    start, commas = at
    strength = Grade.NO
    for number, comma in enumerate(commas):
        piece = text[start if number == 0 else commas[number - 1].end() : comma.start()]
        if _OTHERS.search(piece):
            return None
        here = _grade(piece, evidence)
        if number and here is Grade.NO and not piece.startswith(words.ZH_LINKS):
            return None
        strength = max(strength, here)
        rest = text[comma.end() : comma.end() + 12]
        if _NARRATES.match(rest) and strength is not Grade.SURE:
            return None
        first_person = _MINE.match(rest) or (strength is Grade.SURE and _ADVISES.match(rest))
        if first_person and _may(strength, place, evidence):
            return Cut(anchor.start(), comma.end(), False)
        if first_person:
            return None
    return None


def _may(strength: Grade, place: Place, evidence: Evidence) -> bool:
    """Whether the evidence is enough where the phrase stands."""
    if strength is Grade.LIKELY:
        return place.opening or not evidence.given
    return strength is Grade.SURE


def _limit(text: str, start: int) -> int:
    stop = _STOP.search(text, start, start + WINDOW)
    return stop.start() if stop else min(len(text), start + WINDOW)


def _grade(phrase: str, evidence: Evidence) -> Grade:
    """Judge a Chinese role: its last words are its head (资深植物学家)."""
    phrase = phrase.strip().rstrip("*_")
    if not phrase or phrase.endswith(words.ZH_NEVER):
        return Grade.NO
    if any(mark in phrase for mark in words.ZH_MACHINE):
        return Grade.SURE
    known = phrase.endswith(words.ZH_ROLES) or re.search(r"[A-Za-z]ist$", phrase) is not None
    if len(phrase) >= 2 and evidence.chinese:
        for length in (4, 3, 2):
            if len(phrase) >= length and (known or length > 2) and phrase[-length:] + "\n" in evidence.chinese:
                return Grade.SURE
    return Grade.LIKELY if known else Grade.NO


def _i_am(text: str, anchor: re.Match[str], place: Place, evidence: Evidence) -> Cut | None:
    """Handle 我是一名植物学家，我… and the sentence 我是一名资深厨师。 Only for the identity's role, at the opening."""
    if anchor[0] != "我是" or not place.opening or place.kind == "inside":
        return None
    counted = re.compile(r"一[名位个個]").match(text, anchor.end())
    if not counted:
        return None
    limit = _limit(text, counted.end())
    commas = list(_COMMA.finditer(text, counted.end(), limit))[:4]
    first = commas[0].start() if commas else limit
    if _grade(text[counted.end() : first], evidence) is not Grade.SURE or not evidence.chinese:
        return None
    for number, comma in enumerate(commas):
        if _MINE.match(text, comma.end()):
            return Cut(anchor.start(), comma.end(), False)
        end = commas[number + 1].start() if number + 1 < len(commas) else limit
        if not text[comma.end() : end].startswith(words.ZH_LINKS):
            return None
    if text[limit : limit + 1] not in {"。", "！", "!"}:
        return None
    return whole_sentence(text, anchor.start(), limit + 1)


def _with_skill(text: str, anchor: re.Match[str], place: Place, evidence: Evidence) -> Cut | None:
    """Handle 凭借我在植物学领域20年的经验，我… and 以我作为植物学家的经验，…: the identity must vouch for them."""
    if not evidence.chinese or place.kind == "inside":
        return None
    limit = _limit(text, anchor.end())
    comma = _COMMA.search(text, anchor.end(), limit)
    if not comma:
        return None
    phrase = text[anchor.end() : comma.start()]
    fits = re.search(r"(?:经验|經驗|专业知识|專業知識|背景|身份|知识)$", phrase) and re.search(
        r"年|领域|領域|作[为為]", phrase
    )
    if not fits or not _MINE.match(text, comma.end()):
        return None
    return Cut(anchor.start(), comma.end(), False)
