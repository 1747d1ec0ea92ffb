"""What a teacher writes around a translation although it was to write nothing else.

Each kind of remark is one only where the source gives no cause for it: a text about translating may well begin with
"翻译：", and one that has a note at its end keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TRANSLATION = (
    r"(?:翻译|译文|翻譯|譯文|翻訳|訳文|번역|translat(?:ion|ed)"
    r"|Übersetzung|traduction|traducción|traduzione|tradução|перевод)"
)
_ABOUT_IT = re.compile(
    r"translat|render|convert|翻译|翻譯|译成|翻訳|번역|übersetz|tradu[cziç]|перев[оеё]д", re.IGNORECASE
)
_OPENING = r"[\s*_#\[【(（「“\"'<>]*"
_ENDS = r"[\]】)）*_」”\"']*"
_BEFORE: tuple[tuple[str, str], ...] = (
    # "Sure! ..."
    (
        r"(?:sure|certainly|of course|okay|absolutely|gladly)\b[^\n]{0,80}[:!.,]"
        r"|(?:好的|好|当然(?:可以)?|当然了|没问题|可以的|可以|當然|沒問題)\s*[，,：:！!。]",
        r"\b(?:sure\w*|certain\w*|course|ok|okay|absolutely|gladly|good|great|nice|alright|fine|well|yes|right|can|could|may|problem)\b"
        r"|好|当然|没问题|可以",
    ),
    # "Here is the translation:", "【译文】", "根据您的要求，翻译如下："
    (
        rf"here(?:['’]s| is| are)\b[^\n]{{0,80}}\b{_TRANSLATION}[^\n]{{0,60}}:"
        rf"|(?:the |my )?translat(?:ion|ed)\b[^\n]{{0,60}}:"
        rf"|(?:以下|下面|这)是?[^\n]{{0,16}}{_TRANSLATION}[^\n]{{0,12}}[：:]"
        rf"|(?:[^\n：:]{{0,20}}[，,\s])?[^\n：:，,。]{{0,12}}{_TRANSLATION}(?:如下|结果|版本?|内容|为|是)?{_ENDS}\s*(?:[：:]|\n)"
        rf"|[^\w\s]*【[^】\n]{{0,8}}{_TRANSLATION}[^】\n]{{0,8}}】",
        _ABOUT_IT.pattern,
    ),
    # "指令：", "Source text:"
    (rf"(?:指令|原文|输入文本|指示)(?:如下)?{_ENDS}\s*[：:]", r"\A[^\n]{0,80}[:：\-–—]"),
)
_CHINESE = r"(?:简体|繁体|现代)?(?:中文|汉语|普通话)"
_NOTE = re.compile(
    r"(?:\n\s*|(?<=[。.！!？?])\s*)[(（\[【*_]*\s*(?:注|备注|译注|译者注|译者按|注意|註"
    r"|Note|Translator['’]s note|Anmerkung|Hinweis|Nota|Remarque)[\w ]{0,20}[*_]*[：:][^\n]*\s*\Z"
    r"|\n\s*希望(?:这个|这|以上|该|此)?(?:翻译|译文)[^\n]*\s*\Z",
    re.IGNORECASE,
)
_NOTES = re.compile(
    r"note|n\.?b\.|remark|annotation|注|备注|註|caution|attention|warning|careful|important|remember|beware|aware|mind"
    r"|anmerkung|hinweis|hope|nota",
    re.IGNORECASE,
)


def remark_around(source: str, translation: str, language: str) -> str:
    """Which remark a translation into the language comes with; nothing if there is none."""
    for remark, cause in [*_BEFORE, *_labels(language)]:
        pattern = re.compile(_OPENING + rf"(?:{remark})", re.IGNORECASE)
        if pattern.match(translation) and not pattern.match(source) and not re.search(cause, source, re.IGNORECASE):
            return "a remark stands before the translation"
    if _NOTE.search(translation) and not _NOTES.search(source):
        return "a remark stands behind the translation"
    return ""


def _labels(language: str) -> Iterator[tuple[str, str]]:
    """The language's own name in front: "Chinese:", "简体中文：", unless the source speaks of it."""
    main = re.escape(language)
    named = rf"{main}|chinese|{_CHINESE}" if "chinese" in language.lower() else main
    version = r"(?:\s*(?:version|text|版本?))?"
    yield rf"(?:{named}){version}{_ENDS}\s*[：:]", rf"{named}|chinese|mandarin"
