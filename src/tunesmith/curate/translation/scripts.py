"""Which writing system a text is in, and which one a language is written in.

Told from the names of Unicode's characters, so that no table of ranges is needed: "CJK UNIFIED IDEOGRAPH-4F60" is Han,
"HIRAGANA LETTER NO" is kana. Scripts with blanks between words are counted by words, the others by characters: a Latin
word in a Chinese sentence then weighs about as much as the Chinese for it would.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from tunesmith.text import nearest

_NAMES = {"CJK": "Han", "IDEOGRAPHIC": "Han", "KANGXI": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana"}
_WITHOUT_BLANKS = {"Han", "Kana", "Thai", "Lao", "Khmer", "Myanmar"}
_WIDTHS = ("FULLWIDTH", "HALFWIDTH")
_JOINING = "'’ʼ\u200c\u200d"


@cache
def script_of(char: str) -> str:
    """The writing system of a letter (``Latin``, ``Han``, ``Kana`` ...); nothing for any other character."""
    if not char.isalpha():
        return ""
    words = unicodedata.name(char, "").replace("-", " ").split()
    if words and words[0] in _WIDTHS:
        words = words[1:]
    first = words[0] if words else ""
    return _NAMES.get(first, first.capitalize())


class Token(NamedTuple):
    """A word of one script, or a character of a script without blanks, and where it stands."""

    script: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The words of a text by script; digits, signs and marks are none."""
    start, script = 0, ""
    for at, char in enumerate(text):
        now = script_of(char)
        if script and not now and (unicodedata.category(char)[0] == "M" or char in _JOINING):
            continue  # a vowel sign or an apostrophe belongs to its word
        if script and now != script:
            yield Token(script, text[start:at], start, at)
            script = ""
        if now in _WITHOUT_BLANKS:
            yield Token(now, char, at, at + 1)
        elif now and not script:
            start, script = at, now
    if script:
        yield Token(script, text[start:], start, len(text))


def amounts(text: str) -> Counter[str]:
    """How much of a text is in which script: words, or characters where a script has no blanks."""
    return Counter(token.script for token in tokens(text))


def has_words(text: str) -> bool:
    """Whether there is a letter in the text."""
    return any(map(str.isalpha, text))


@dataclass(frozen=True, slots=True)
class Writing:
    """How a language is written.

    Attributes:
        own: Its scripts; one of them is enough, but for ``needs``.
        needs: A script that any text but a short one has some of: kana in Japanese.
        bars: Scripts that it is never mixed with: kana in Chinese.
    """

    own: frozenset[str]
    needs: str = ""
    bars: frozenset[str] = frozenset()


def _table() -> dict[str, Writing]:
    plain = {
        "Latin": "English German French Spanish Portuguese Italian Dutch Swedish Norwegian Danish Finnish Icelandic "
        "Polish Czech Slovak Hungarian Romanian Croatian Slovenian Estonian Latvian Lithuanian Turkish Vietnamese "
        "Indonesian Malay Tagalog Filipino Swahili Catalan Basque Galician Irish Welsh Latin Albanian Afrikaans "
        "Esperanto Azerbaijani",
        "Cyrillic": "Russian Ukrainian Bulgarian Belarusian Macedonian Kazakh Mongolian Kyrgyz Tajik",
        "Arabic": "Arabic Persian Urdu Pashto",
        "Hebrew": "Hebrew Yiddish",
        "Devanagari": "Hindi Marathi Nepali Sanskrit",
        "Bengali": "Bengali Assamese",
    }
    alone = (
        "Greek Thai Georgian Armenian Tamil Telugu Kannada Malayalam Gujarati Gurmukhi:Punjabi Sinhala Khmer Lao "
        "Myanmar:Burmese Ethiopic:Amharic Tibetan"
    )
    table = {name: Writing(frozenset({script})) for script, names in plain.items() for name in names.split()}
    for entry in alone.split():
        script, _, name = entry.partition(":")
        table[name or script] = Writing(frozenset({script}))
    table["Serbian"] = table["Uzbek"] = Writing(frozenset({"Cyrillic", "Latin"}))
    table["Chinese"] = Writing(frozenset({"Han"}), bars=frozenset({"Kana", "Hangul"}))
    table["Japanese"] = Writing(frozenset({"Han", "Kana"}), needs="Kana", bars=frozenset({"Hangul"}))
    table["Korean"] = Writing(frozenset({"Hangul"}), bars=frozenset({"Kana"}))
    return table


LANGUAGES = _table()
CODES = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""ISO 639-1 codes of languages that data sets are often in."""
_SHORT = 12  # characters of kanji alone that may still be Japanese
_STRAY = 0.1  # share of a barred script that a name or a quotation may bring


def writing_of(language: str) -> Writing | None:
    """How a language is written, by its English name; "Simplified Chinese" and "Brazilian Portuguese" count too.

    Returns nothing for a language that is not in the table.
    """
    words = language.replace("(", " ").replace(")", " ").split()
    return next((LANGUAGES[word.capitalize()] for word in words if word.capitalize() in LANGUAGES), None)


def check_language(language: str) -> None:
    """See that a language's name is not a slip of the pen.

    Raises:
        ValueError: It is nearly one that is in the table, or no name at all.
    """
    if not any(map(str.isalpha, language)):
        raise ValueError(f"{language!r} is no language; name it in English, such as Chinese")
    if known := CODES.get(language.lower().partition("-")[0]):
        raise ValueError(f"{language!r} is a code; write the language's English name, {known}")
    if writing_of(language) is None and (meant := nearest(language.capitalize(), LANGUAGES)):
        raise ValueError(f"there is no language {language!r}{meant}")


def not_in(counts: Counter[str], language: str, least: float = 0.5) -> str:
    """Why a text of these amounts is not in the language, as far as its script tells; nothing if it may be.

    Args:
        counts: What `amounts` says of the text.
        language: Its English name; one that is not in the table is never told from any other.
        least: Share of the text that must be in the language's own scripts.
    """
    writing, total = writing_of(language), sum(counts.values())
    if writing is None or not total:
        return ""
    own = sum(counts[script] for script in writing.own)
    if own < least * total:
        return f"{own} of {total} words are in the script of {language}"
    barred = [script for script in sorted(writing.bars) if counts[script] > _STRAY * total]
    if barred:
        return f"{barred[0]} in a text that should be in {language}"
    if writing.needs and own > _SHORT and not counts[writing.needs]:
        return f"no {writing.needs.lower()} in a text that should be in {language}"
    return ""


def told(text: str, candidates: tuple[str, ...] = ()) -> str:
    """The language of a text, as far as its script tells: one of the candidates, else the only one of that script.

    Args:
        text: Any text.
        candidates: Languages to be tried first, in this order.

    Returns:
        Its English name; ``other`` where several are written alike, and nothing where the text has no letters.
    """
    counts = amounts(text)
    if not counts:
        return ""
    for language in candidates:
        if writing_of(language) is not None and not not_in(counts, language):
            return language
    (main, _), *_ = counts.most_common(1)
    if main in ("Han", "Kana"):
        return "Japanese" if counts["Kana"] else "Chinese"
    found = [name for name, writing in LANGUAGES.items() if writing.own == {main}]
    return found[0] if len(found) == 1 else "other"
