"""What can be told of a translation without knowing the languages."""

import re
from typing import Any

import pytest

from tunesmith.curate.translation.checks import only_names, prose, same_names, untranslated
from tunesmith.curate.translation.code_lines import is_code
from tunesmith.curate.translation.remarks import remark_around
from tunesmith.curate.translation.scripts import has_words
from tunesmith.curate.translation.spans import protected
from tunesmith.curate.translation.wording import about_wording

POEM = "Write a short poem about the sea in the style of John Keats, with four stanzas and a rhyme in each."


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Turn a PyTorch Tensor into a NumPy array", "把 PyTorch 的 Tensor 转成 NumPy 数组"),
        (POEM, "以约翰·济慈的风格写一首关于大海的短诗，共四节，每节押韵。"),
        ("Compare Python, Java and Ruby.", "比较 Python、Java 和 Ruby。"),
        ("What is natural language processing?", "什么是自然语言处理（natural language processing）？"),
        ("Find the verb in: 'He goes to school every day'", "找出这句话的动词：“He goes to school every day”"),
        ("It was bought for $5 and sold for $10. What is the profit?", "买价 5 美元，卖价 10 美元。利润是多少？"),
        ("What is this?\n\nfor i in range(3):\n    print(i)", "这是什么？\n\nfor i in range(3):\n    print(i)"),
        ("Here is my essay. Improve it.", "这是我的文章。请改进它。"),
        ("Name three fruits.", "说出三种水果。"),
        ("Say hi.", "打个招呼。"),
        ("Translate the following: hello", "翻译以下内容：你好"),
        ("Translation: define the term.", "翻译：定义该术语。"),
        ("This translation: fix it.", "这个翻译：修正它。"),
        ("Is this OK, yes or no? Of course not: explain.", "当然，这可以吗，是或否？请解释。"),
        ("Microsoft, Apple and Google", "Microsoft、Apple 和 Google"),
        ("Explain TCP, UDP, HTTP, FTP", "解释 TCP、UDP、HTTP、FTP"),
        ("A 'daisy wheel printer' is what?", "“菊轮打印机”（daisy wheel printer）是什么？"),
        ("Translate into French: Where is the library?", "译成法语：Where is the library?"),
        ("Why is COVID-19 on LinkedIn?", "为什么领英上有新冠？"),
        ("It costs $5. Solve $x^2 = 4$ for me.", "价格是 $5。请解 $x^2 = 4$。"),
        ("Write a letter. Note: be brief.", "写一封信。\n注：请简短。"),
        ("I'm sorry, but I can't help you. Why is this rude?", "抱歉，我无法帮助您。"),
    ],
)  # fmt: skip
def test_translations(source: str, translation: str) -> None:
    assert untranslated(source, translation, "Chinese") == ""


@pytest.mark.parametrize(
    ("translation", "why"),
    [
        (POEM, "left as it was"),
        ("Write a brief poem on the ocean, the way Keats would.", "script of Chinese"),
        ("以约翰·济慈的风格写一首关于大海的短诗, with four stanzas and a rhyme in each.", "left untranslated"),
        ("写一首诗 about the sea，用济慈的风格，共四节，每节都要押韵。", "left untranslated"),
        ("Here is the translation: 以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("Sure! 以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("好的，以下是翻译：以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("海についての短い詩を書いてください。", "script of Chinese"),
        ("春の海と夏の空、秋の風と冬の雪。四季折々の景色を見る。", "Kana"),
        ("诗", "nearly nothing"),
        ("大海啊大海，你是多么的宽广，" * 40, "much longer"),
        ("1234", "nearly nothing"),
        ("抱歉，我无法协助完成此请求。", "a refusal"),
        ("中文翻译：以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("中文：以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("Chinese: 以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("【译文】以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("**翻译结果**\n以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("根据您的要求，翻译如下：以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("可以的，以下是翻译：以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("指令：以约翰·济慈的风格写一首关于大海的短诗。", "a remark"),
        ("以约翰·济慈的风格写一首关于大海的短诗。\n\n（注：为使译文自然，我调整了语序。）", "behind"),
        ("写一首关于大海的短诗，共四节。 I LOVE THE SEA SO MUCH", "left untranslated"),
    ],
)
def test_what_is_no_translation(translation: str, why: str) -> None:
    assert why in untranslated(POEM, translation, "Chinese")


def test_spans_and_words_of_ones_own() -> None:
    assert "lost" in untranslated("Explain `len` to me.", "给我解释一下长度。", "Chinese")
    assert "Falcon" in untranslated("Ask Falcon why.", "问猎鹰为什么。", "Chinese", ["Falcon"])
    assert untranslated("Ask Falcon why.", "问问 Falcon 为什么。", "Chinese", ["Falcon"]) == ""


def test_one_script_for_both() -> None:
    """English to German: what was left as it was can be told, a bad translation cannot."""
    german = (
        "Schreibe ein kurzes Gedicht über das Meer im Stil von John Keats, mit vier Strophen und einem Reim in jeder."
    )
    assert untranslated(POEM, german, "German") == ""
    assert "left as it was" in untranslated(POEM, POEM, "German")
    half = "Schreibe ein kurzes Gedicht über das Meer, with four stanzas and a rhyme in each."
    assert "left untranslated" in untranslated(POEM, half, "German")
    assert "remark" in untranslated(POEM, "Here is the German translation: " + german, "German")
    assert "script of German" in untranslated(POEM, "写一首关于大海的短诗，每节押韵。", "German")
    assert untranslated("写一首关于大海的短诗。", "Write a short poem about the sea.", "English") == ""
    assert "script of English" in untranslated("写一首关于大海的短诗。", "写一首关于海的诗。", "English")


def test_words_that_the_task_is_about_may_stay() -> None:
    source = "Sentence: The cats curld up and went to sleap."
    assert untranslated(source, "句子：The cats curld up and went to sleap.", "Chinese", may_stay=True) == ""
    assert untranslated(source, source, "Chinese", may_stay=True) == ""
    assert untranslated(source, "The cats curled up and went to sleep.", "Chinese", may_stay=True)
    assert untranslated(source, "抱歉，我无法回答这个问题。", "Chinese", may_stay=True)
    assert about_wording("Correct the spelling.")
    assert not about_wording("Summarise the paragraph.")


def test_an_idiom_may_stay_in_its_script() -> None:
    assert untranslated("成语画蛇添足是什么意思？", "What does the idiom 画蛇添足 mean?", "English") == ""
    assert untranslated("写一首关于大海的诗。", "Write a poem: 写一首关于大海", "English")
    assert untranslated("Name three fruits.", "说出三种水果(Name three fruits)", "Chinese")


def test_real_tasks_that_speak_of_translating(alpaca: list[dict[str, Any]]) -> None:
    """A Chinese translation that begins with 翻译 is refused for none of them."""
    found = [row["instruction"] for row in alpaca if re.match(r"Translat", row["instruction"])]
    assert len(found) > 200
    assert not [text for text in found if remark_around(text, "翻译以下内容：你好", "Chinese")]


def test_lists_of_names() -> None:
    assert only_names("Ada Lovelace, Grace Hopper and Alan Turing")
    assert only_names("The Lord of the Rings")
    assert not only_names("apples, pears")
    assert not only_names("I LOVE THIS MOVIE SO MUCH")
    assert same_names("Windows XP, Linux, Mac OS", "Windows XP、Linux、Mac OS")
    assert not only_names("Write a poem about Keats")


def made_of_words(text: str) -> str:
    """A made translation: each word two Chinese characters, what is protected as it was."""
    parts, at = [], 0
    for start, end in [*((span.start, span.end) for span in protected(text)), (len(text), len(text))]:
        parts += [re.sub(r"[^\W\d_]+", "山水", text[at:start]), text[start:end]]
        at = end
    return "".join(parts)


def test_alpaca(alpaca: list[dict[str, Any]]) -> None:
    """Whole translations of real rows pass; English that was left, and translations of the first half, do not."""
    passed = refused = halves = 0
    for row in alpaca[::40]:
        for text in filter(has_words, (row["instruction"], row["input"])):
            words = list(re.finditer(r"\S+", text))
            if is_code(text) or not has_words(prose(text, "")):
                continue
            passed += untranslated(text, made_of_words(text), "Chinese") == ""
            refused += untranslated(text, text.lower() + " ", "Chinese") != ""
            if len(words) >= 12 and not re.search(r"[\"'\n]|[^\x00-\x7f]", text):
                middle = words[len(words) // 2].start()
                half = made_of_words(text[:middle]) + text[middle:].lower()
                halves += untranslated(text, half, "Chinese") == ""
    assert passed == refused > 1700
    assert halves <= 4  # of 363: what is left is a word here and there between signs
