"""Words as ROUGE counts them, words of any script, and the longest common subsequence."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score import tokenize

from tunesmith.text import CommonSubsequence, ascii_words, unicode_words


@given(st.text())
def test_ascii_words_are_those_of_rouge_score(text: str) -> None:
    assert ascii_words(text) == tokenize.tokenize(text, None)


@pytest.mark.parametrize("text", ["300 \u212a", "İstanbul", "naïve_Café", "a-b\u200bc", "５ apples", "x²", ""])
def test_ascii_words_where_unicode_is_odd(text: str) -> None:
    assert ascii_words(text) == tokenize.tokenize(text, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Write a POEM, please!", ["write", "a", "poem", "please"]),
        ("请写一首 GPT-4 的诗。", ["请", "写", "一", "首", "gpt", "4", "的", "诗"]),
        ("カタカナとひらがな", list("カタカナとひらがな")),
        ("한국어 문장을 쓰다", ["한국어", "문장을", "쓰다"]),
        ("Напиши стихотворение", ["напиши", "стихотворение"]),
        ("हिन्दी में लिखो", ["हिन्दी", "में", "लिखो"]),
        ("กิน", ["กิ", "น"]),
        ("اكتب قصيدة", ["اكتب", "قصيدة"]),
        ("ＡＢＣ１２３", ["abc123"]),
        ("snake_case e\u0301te\u0301", ["snake", "case", "été"]),
        ("x诗y", ["x", "诗", "y"]),
        ("😀 。！", []),
    ],
)
def test_unicode_words(text: str, words: list[str]) -> None:
    assert unicode_words(text) == words


@given(st.text())
def test_unicode_words_lose_no_letter_or_digit(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text).lower()
    assert [c for c in "".join(unicode_words(text)) if c.isalnum()] == [c for c in plain if c.isalnum()]


@given(st.lists(st.sampled_from("abc"), max_size=90), st.lists(st.sampled_from("abcd"), max_size=90))
def test_the_longest_common_subsequence_is_that_of_the_textbook(one: list[str], other: list[str]) -> None:
    row = [0] * (len(other) + 1)
    for word in one:
        above = row[:]
        for place, there in enumerate(other):
            row[place + 1] = above[place] + 1 if word == there else max(above[place + 1], row[place])
    assert CommonSubsequence(one).length(other) == row[-1]
