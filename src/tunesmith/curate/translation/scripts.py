"""Which writing system a text is in, and which one a language is written in.

Told from the names of Unicode's characters, so that no table of ranges is needed: "CJK UNIFIED IDEOGRAPH-4F60" is Han,
"HIRAGANA LETTER NO" is kana. Scripts with blanks between words are counted by words, the others by characters: a Latin
word in a Chinese sentence then weighs about as much as the Chinese for it would.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

_NAMES = {"CJK": "Han", "IDEOGRAPHIC": "Han", "KANGXI": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana"}
WITHOUT_BLANKS = {"Han", "Kana", "Thai", "Lao", "Khmer", "Myanmar"}
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
        if now in WITHOUT_BLANKS:
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
        "Latin": "English German French Spanish Portuguese Italian Dutch Swedish Norwegian Danish Finnish "
        "Icelandic Polish "
        "Czech Slovak Hungarian Romanian Croatian Slovenian Estonian Latvian Lithuanian Turkish Vietnamese "
        "Indonesian Malay Tagalog Filipino Swahili Catalan Basque Galician Irish Welsh Latin Albanian Afrikaans "
        "Esperanto Azerbaijani Bosnian Montenegrin Maltese Luxembourgish Frisian Faroese Breton Cornish Corsican "
        "Occitan Gaelic Manx Scots Sardinian Sicilian Aragonese Asturian Romansh Javanese Sundanese Balinese "
        "Madurese Cebuano Ilocano Hiligaynon Maori Samoan Tongan Tahitian Hawaiian Fijian Malagasy Somali Oromo "
        "Hausa Yoruba Igbo Zulu Xhosa Sotho Sesotho Tswana Setswana Swati Tsonga Venda Ndebele Shona Chichewa "
        "Nyanja Kinyarwanda Kirundi Rundi Luganda Ganda Lingala Kikuyu Wolof Bambara Ewe Twi Akan Fula Fulani "
        "Kongo Bemba Luo Aymara Guarani Nahuatl Haitian Creole Papiamento Turkmen Walloon Hmong Interlingua Ido "
        "Volapuk Sami Greenlandic",
        "Cyrillic": "Russian Ukrainian Bulgarian Belarusian Macedonian Kazakh Mongolian Kyrgyz Tajik Tatar Bashkir "
        "Chuvash Ossetian Chechen Abkhaz Avar Yakut Buryat Kalmyk Udmurt",
        "Arabic": "Arabic Persian Farsi Dari Urdu Pashto Uyghur",
        "Hebrew": "Hebrew Yiddish",
        "Devanagari": "Hindi Marathi Nepali Sanskrit Bhojpuri Maithili Konkani Dogri Bodo",
        "Bengali": "Bengali Assamese",
    }
    alone = (
        "Greek Thai Georgian Armenian Tamil Telugu Kannada Malayalam Gujarati Gurmukhi:Punjabi Sinhala Khmer Lao "
        "Myanmar:Burmese Ethiopic:Amharic Tibetan Oriya:Odia Thaana:Dhivehi"
    )
    table = {name: Writing(frozenset({script})) for script, names in plain.items() for name in names.split()}
    for entry in alone.split():
        script, _, name = entry.partition(":")
        table[name or script] = Writing(frozenset({script}))
    table["Tigrinya"] = table["Amharic"]
    table["Dzongkha"] = table["Tibetan"]
    table["Serbian"] = table["Uzbek"] = Writing(frozenset({"Cyrillic", "Latin"}))
    table["Kurdish"] = Writing(frozenset({"Latin", "Arabic"}))
    table["Sindhi"] = table["Kashmiri"] = Writing(frozenset({"Arabic", "Devanagari"}))
    for name in ("Chinese", "Mandarin", "Cantonese"):
        table[name] = Writing(frozenset({"Han"}), bars=frozenset({"Kana", "Hangul"}))
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
_MENTIONS = 0.3  # share of a text in the script of its first word that is enough: "Write 你好" speaks of Chinese
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
        ValueError: It is one slip away from one that is in the table, or no name at all. (Names that are only alike
            are often languages too: Kurdish and Turkish.)
    """
    if not any(map(str.isalpha, language)):
        raise ValueError(f"{language!r} is no language; name it in English, such as Chinese")
    if known := CODES.get(language.lower().partition("-")[0]):
        raise ValueError(f"{language!r} is a code; write the language's English name, {known}")
    if writing_of(language) is None and (meant := [name for name in LANGUAGES if _one_slip(language, name)]):
        raise ValueError(f"there is no language {language!r} (did you mean {meant[0]!r}?)")


def _one_slip(one: str, other: str) -> bool:
    """Whether two names of five letters or more differ in one letter: another, one more, one less, or two swapped."""
    one, other = one.casefold(), other.casefold()
    if min(len(one), len(other)) < 5:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[at:], other[at:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped


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
        return f"too few words in the script of {language}: {own} of {total}"
    barred = [script for script in sorted(writing.bars) if counts[script] > _STRAY * total]
    if barred:
        return f"{barred[0]} in a text that should be in {language}"
    if writing.needs and own > _SHORT and not counts[writing.needs]:
        return f"no {writing.needs.lower()} in a text that should be in {language}"
    return ""


def named(said: str) -> str:
    """A language's English name, of whatever a row calls it: "zh" and "zh-CN" are Chinese; any other name stays."""
    return CODES.get(re.split(r"[-_]", said.lower())[0], said)


def is_called(said: str, language: str) -> bool:
    """Whether what a row calls its language is this one: "zh", "Chinese (Simplified)" and "Chinese" are alike."""
    ours, theirs = (set(re.findall(r"[^\W_]+", name.lower())) for name in (language, named(said)))
    return bool(theirs) and (ours <= theirs or theirs <= ours)


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
    first = next(tokens(text)).script
    for language in candidates:
        writing = writing_of(language)
        if writing is not None and not not_in(counts, language, _MENTIONS if first in writing.own else 0.5):
            return language
    (main, _), *_ = counts.most_common(1)
    if main in ("Han", "Kana"):
        return "Japanese" if counts["Kana"] else "Chinese"
    found = [name for name, writing in LANGUAGES.items() if writing.own == {main}]
    return found[0] if len(found) == 1 else "other"
