"""The Chinese shapes of a leaked role: 作为一名植物学家，我… and 身为…，我… and 我是一名资深厨师.

As in ``english``, every rule reads a bounded window and leaves the text alone when in doubt.
"""

from __future__ import annotations

import re

from . import words
from .roles import Evidence, Grade
from .sentence import Cut, Place, whole_sentence

WINDOW = 160
ANCHOR = re.compile(r"(?:我)?(?:作[为為]|身[为為])|我是|我叫|凭[借藉]我?|以我")
_COUNT = re.compile(r"(?:我)?(?:一|这|這)?(?:[名位个個款])?(?:来自[^，。]{1,20}的)?")
_VIEWS = "(?:个人|個人|第一[个個条條]|首要)?的?(?:" + "|".join(words.ZH_MY_VIEWS) + ")"
_I = f"我(?!们|們|国|國|校|司|院|方|的(?!{_VIEWS}))"
_ADVERBS = f"(?:{'|'.join(words.ZH_ADVERBS)}){{0,4}}"
_CAN_SAY = f"(?:{'|'.join(words.ZH_MODALS)}){_ADVERBS}(?:{'|'.join(words.ZH_SPEECH_VERBS)})"
_OPINION = re.compile(
    rf"\s*{_ADVERBS}(?:(?:{'|'.join(words.ZH_OPINION_VERBS)})(?![过過]|(?<=建议|建議|提醒|推荐|推薦)[他她它])|{_CAN_SAY})"
    r"(?![^。]{0,16}(?:是我的|[很最]重要的?工作))"
)
_CANNOT = re.compile(r"(?:无法|無法|不能|没有|沒有)")
_MINE = re.compile(rf"\s*(?:{_I}|本人|在我看来|在我看來|依我|以下是|让我|讓我|请允许我)")
_ADVISES = re.compile(r"\s*(?:建议|建議|推荐|推薦|很高兴|很高興|我们建议)")
_RECOMMENDS = re.compile(r"\s*我?[^，。,]{0,4}(?:推荐|推薦|(?:建议|建議)(?:选|選|找|用|请|請|使用|采用|採用|雇))")
_NARRATES = re.compile(r"\s*我(?:曾|每天|每周|每週|昨天|当时|當時|从小|從小|出生|小时候|想要|希望能够)")
_STOP = re.compile(r"[。！？；!?;\n]|\.\s")
_COMMA = re.compile(r"[，,]\s*")
_OTHERS = re.compile(r"[你您他她它]")
_CONTRASTED = re.compile(r"[他她它]|作[为為]|身[为為]")
_GLUED = re.compile(rf"[^，,]{{1,40}}?(?={_I})")


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
    if own_subject and _CONTRASTED.search(_sentence_before(text, anchor.start())):
        return None  # 他作为律师，我作为医生，…
    limit = _limit(text, start)
    commas = list(_COMMA.finditer(text, start, limit))[:6]
    glued = _GLUED.match(text, start, limit)
    if glued and (not commas or glued.end() < commas[0].start()):
        after = glued.end() + 1
        if not (_OPINION.match(text, after) or _CANNOT.match(text, after)):
            return None  # 作为一名医生我认识的人…
        strength = _grade(glued[0], evidence)
        return Cut(anchor.start(), glued.end(), False) if _may(strength, place, evidence) else None
    return _to_comma(text, anchor, (start, commas), place, evidence)


def _to_comma(
    text: str, anchor: re.Match[str], at: tuple[int, list[re.Match[str]]], place: Place, evidence: Evidence
) -> Cut | None:
    """Cut up to the first comma that the first person follows; 我作为一名植物学家，认为 keeps its 我."""
    start, commas = at
    own_subject = anchor[0].startswith("我")
    strength = Grade.NO
    for number, comma in enumerate(commas):
        piece = text[start if number == 0 else commas[number - 1].end() : comma.start()]
        if _OTHERS.search(piece):
            return None
        here = _grade(piece, evidence)
        if number and here is Grade.NO and not piece.startswith(words.ZH_LINKS):
            return None
        strength = max(strength, here)
        rest = text[comma.end() : comma.end() + 24]
        if _names_it(piece, rest):
            return None
        kept = _kept(rest, strength, own_subject=own_subject)
        if kept is not None:
            may = _may(strength, place, evidence)
            return Cut(anchor.start() + kept, comma.end(), False) if may else None
    return None


def _kept(rest: str, strength: Grade, *, own_subject: bool) -> int | None:
    """Return how much of the anchor stays (the 我 of 我作为一名植物学家，认为…), ``None`` if no leak goes on so."""
    sure = strength is Grade.SURE
    if _NARRATES.match(rest) and not sure:
        return None
    mine = _MINE.match(rest)
    if not own_subject:
        return 0 if mine or (sure and _ADVISES.match(rest)) else None
    if mine:  # 我作为一名医生，我每天… is a story
        return 0 if sure or _OPINION.match(rest, mine.end()) else None
    return 1 if _OPINION.match(rest) else None


def _names_it(piece: str, rest: str) -> bool:
    """Whether what is recommended is what the role names: 作为家庭医生，我推荐李医生."""
    if not _RECOMMENDS.match(rest):
        return False
    return piece.strip().rstrip("*_")[-2:] in _STOP.split(rest, maxsplit=1)[0]


def _sentence_before(text: str, start: int) -> str:
    """Return what stands before ``start`` in its sentence, as far as forty characters back."""
    return _STOP.split(text[max(0, start - 40) : start])[-1]


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
    if not phrase or phrase == "模型" or phrase.endswith(words.ZH_NEVER):
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
