"""Writing systems, and which language is written in which."""

import pytest

from tunesmith.curate.translation.scripts import (
    LANGUAGES,
    amounts,
    check_language,
    is_called,
    not_in,
    script_of,
    told,
    writing_of,
)

ENGLISH, CHINESE = "Write a short poem about the sea.", "写一首关于大海的短诗。"


@pytest.mark.parametrize(
    ("char", "script"),
    [("a", "Latin"), ("é", "Latin"), ("Ａ", "Latin"), ("你", "Han"), ("々", "Han"), ("𠮷", "Han"), ("の", "Kana"),
     ("ﾈ", "Kana"), ("ー", "Kana"), ("한", "Hangul"), ("ж", "Cyrillic"), ("ع", "Arabic"), ("ש", "Hebrew"),
     ("λ", "Greek"),
     ("क", "Devanagari"), ("ก", "Thai"), ("5", ""), ("。", ""), (" ", ""), ("🙂", "")],
)  # fmt: skip
def test_script_of_a_letter(char: str, script: str) -> None:
    assert script_of(char) == script


def test_words_and_characters() -> None:
    assert amounts("把 PyTorch 的 Tensor 转成 NumPy 数组") == {"Han": 6, "Latin": 3}
    assert amounts("Don't count 5 or 6") == {"Latin": 3}
    assert amounts("用Python写") == {"Han": 2, "Latin": 1}
    assert amounts("हिन्दी में") == {"Devanagari": 2}
    assert amounts("12 + 3 = 15") == {}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "English"), (CHINESE, "Chinese"), ("海についての短い詩を書いてください。", "Japanese"),
        ("바다에 관한 짧은 시를 쓰세요.", "Korean"), ("Γράψε ένα ποίημα.", "Greek"), ("เขียนบทกวีสั้น ๆ", "Thai"),
        ("Напиши короткое стихотворение.", "other"), ("اكتب قصيدة قصيرة", "other"), ("1 + 1 = 2", ""),
        ("把 PyTorch 的 Tensor 转成 NumPy 数组", "Chinese"), ("Translate 你好 into English, please.", "English"),
        ("Write 你好", "English"), ("用 Python 写一个函数", "Chinese"), ("Python 是什么？", "Chinese"),
    ],
)  # fmt: skip
def test_a_language_told_by_its_script(text: str, language: str) -> None:
    assert told(text, ("English", "Chinese")) == language


def test_what_a_language_needs_and_bars() -> None:
    assert not_in(amounts("これは本です"), "Chinese")
    assert "Kana" in not_in(amounts("桜の花が咲く"), "Chinese")
    assert "no kana" in not_in(amounts("请写一首关于春天和大海的短诗歌"), "Japanese")
    assert not not_in(amounts("東京都"), "Japanese")
    assert not not_in(amounts(CHINESE), "Simplified Chinese")
    assert not not_in(amounts("whatever"), "Klingon")
    assert not_in(amounts(ENGLISH), "Russian")


def test_every_language_has_letters_of_its_own_script() -> None:
    known = {script_of(chr(code)) for code in range(0x20000)}
    assert {script for writing in LANGUAGES.values() for script in writing.own} <= known


@pytest.mark.parametrize(
    ("name", "said"),
    [("Chinse", "Chinese"), ("de", "German"), ("zh-TW", "Chinese"), ("42", "no"), ("Germna", "German")],
)
def test_slips_of_the_pen(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        check_language(name)


def test_languages_that_nobody_listed() -> None:
    check_language("Quechua")
    assert writing_of("Quechua") is None
    check_language("Brazilian Portuguese")
    names = (
        "Kurdish Bosnian Somali Javanese Cantonese Gaelic Maori Hausa Zulu Malagasy Sindhi Tatar Odia Navajo Cherokee"
    )
    for name in [*names.split(), "Haitian Creole", "Scots Gaelic", "Old Norse", "Klingon", "Sumerian", "Aramaic"]:
        check_language(name)


@pytest.mark.parametrize(
    ("said", "language", "same"),
    [("zh", "Chinese", True), ("zh-CN", "Chinese", True), ("Chinese (Simplified)", "Chinese", True),
     ("Chinese", "Simplified Chinese", True), ("Chinese (Simplified)", "Traditional Chinese", False),
     ("German", "English", False), ("EN_us", "English", True)],
)  # fmt: skip
def test_what_a_row_calls_its_language(said: str, language: str, same: bool) -> None:
    assert is_called(said, language) == same
