"""What a translation must not touch: found as the formats say, and the same before and after, or told."""

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.curate.translation.spans import altered, kept_texts, outside, protected


def found(text: str, *keep: str) -> list[str]:
    return [text[span.start : span.end] for span in protected(text, keep)]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Use `a + b` here", ["`a + b`"]),
        ("A ``tick ` inside`` and `more`", ["``tick ` inside``", "`more`"]),
        ("one ` tick", []),
        ("a `b\n\nc` d", []),
        ("Run:\n```python\nx = `1`\n```\nand stop", ["```python\nx = `1`\n```"]),
        ("Run:\n~~~\n```\n~~~\n`y`", ["~~~\n```\n~~~", "`y`"]),
        ("Open:\n```\nx = 1", ["```\nx = 1"]),
        ("```x = 1``` in a line", ["```x = 1```"]),
        ("````\n```\n````", ["````\n```\n````"]),
        ("It was $5 and sold for $10.", []),
        ("$20,000/$30,000, $5-$10, US$3.", []),
        ("$5, or 5$ apiece", []),
        ("Save $30M or $ 4 $ more", []),
        ("Solve $x^2 = 4$ for $x$.", ["$x^2 = 4$", "$x$"]),
        ("$2x + 3 = 7$ costs $5", ["$2x + 3 = 7$"]),
        (r"a \$x$ b", []),
        ("$$\n\\int_0^1 x\n\n dx\n$$", ["$$\n\\int_0^1 x\n\n dx\n$$"]),
        (r"\(a+b\) and \[c\] and \( d", [r"\(a+b\)", r"\[c\]"]),
        (r"\begin{align}x\\y\end{align} z", [r"\begin{align}x\\y\end{align}"]),
        ("Dear {name}, {{ code }} and {a {nested} b} }", ["{name}", "{{ code }}", "{a {nested} b}"]),
        ("{ open {closed}", ["{closed}"]),
        ("{a `}` b}", ["{a `}` b}"]),
        ("<b>bold</b> <img src='x.png'/> a < b > c <br>", ["<b>", "</b>", "<img src='x.png'/>", "<br>"]),
        ("[NAME] of [Your Name], 100% sure, %s and %(n)d", ["[NAME]", "%s", "%(n)d"]),
        ("请看https://a.org/b?c=d_e。还有a.b@c.com，", ["https://a.org/b?c=d_e", "a.b@c.com"]),
        ("See https://a.org/b. Or (www.a.org/x)!", ["https://a.org/b", "www.a.org/x"]),
        ("用main.py和data/x.csv，/usr/bin/env", ["main.py", "data/x.csv", "/usr/bin/env"]),
        ("and/or 3/4 1/2/2020 e.g. etc.", []),
        ("a_b camelCase PyTorch GPT-4 __init__ LaTeX", ["a_b", "camelCase", "PyTorch", "GPT-4", "__init__", "LaTeX"]),
        ("McDonald's MacArthur PhD CO2 Covid-19 _emphasis_ fill ____ in", []),
        ("把GPT-4和NumPy用起来", ["GPT-4", "NumPy"]),
        ("print() and np.sum()", ["print()", "np.sum()"]),
    ],
)  # fmt: skip
def test_spans(text: str, spans: list[str]) -> None:
    assert found(text) == spans


def test_words_of_ones_own() -> None:
    assert found("Ada met Adam at the C++ club", "Ada", "C++") == ["Ada", "C++"]
    assert found("`Ada` and Ada Lovelace", "Ada", "Ada Lovelace") == ["`Ada`", "Ada Lovelace"]
    assert found("让Ada来", "Ada") == ["Ada"]


def test_what_was_altered() -> None:
    assert altered("Use `a` and $x$.", "请用 $x$ 和 `a`。") == []
    assert altered("Use `a`.", "请用 `b`。") == ["lost '`a`'", "added '`b`'"]
    assert altered("Use `a`.", "`a`，请用 `a`。") == ["has '`a`' more times"]
    assert altered("Use `a` and `a`.", "请用 `a`。") == ["has '`a`' fewer times"]
    assert altered("```\r\nx\r\n```", "```\nx\n```") == []


PIECES = st.sampled_from(
    ["`", "``", "```", "~~~", "$", "$$", "{", "}", "{{", "}}", "\\(", "\\)", "\\[", "\\]", "\\$", "\n", "\n\n", " ",
     "5", "10.", "word ", "x^2", "def f():", "写", "。", "<b>", "%s", "a_b", "https://x.org/", "\\begin{a}", "\\end{a}"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join)


@settings(deadline=None)
@given(TEXTS)
def test_spans_are_in_order_and_never_overlap(text: str) -> None:
    spans = protected(text)
    assert all(span.start < span.end for span in spans)
    assert all(one.end <= other.start for one, other in zip(spans, spans[1:], strict=False))
    assert len(outside(text, spans)) == len(text)


def by_hand(text: str) -> Counter[str]:
    """What stands between backticks, dollar signs and braces, told by the plainest means, for texts without nesting."""
    return Counter(re.findall(r"`[^`\n]+`|\$[^$\n]+\$|\{[^{}\n]*\}", text))


MARKED = st.sampled_from(["`{}`", "${}$", "{{{}}}"])
WORDS = st.text(alphabet="abcxyz+=^", min_size=1, max_size=6)
SPANS = st.builds(lambda mark, word: mark.format(word), MARKED, WORDS)


@settings(deadline=None)
@given(st.lists(SPANS, min_size=1, max_size=5), st.data())
def test_whatever_comes_back_has_the_same_between_its_marks_or_is_refused(spans: list[str], data: Any) -> None:
    source = " and ".join(["Explain", *spans])
    said = data.draw(
        st.permutations(spans) | st.lists(SPANS, max_size=6) | st.lists(st.sampled_from(spans), max_size=6)
    )
    reply = "请解释 " + " 和 ".join(said)
    same = by_hand(source) == by_hand(reply) == Counter(said)
    assert (altered(source, reply) == []) == same


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_no_change_is_told_exactly_where_the_spans_are_the_same(source: str, reply: str) -> None:
    assert (altered(source, reply) == []) == (kept_texts(source) == kept_texts(reply))


@pytest.mark.parametrize("mark", ["`", "{", "$a ", "\\(", "``a`", "~~~\n", "{`$", "<a ", "a_", "[A", "/a", "a."])
def test_no_text_takes_long(mark: str) -> None:
    protected(mark * 60_000)  # the test's own time limit is the judge


def test_alpaca(alpaca: list[dict[str, Any]]) -> None:
    """Counted by hand: six formulas in all of Alpaca, and 321 rows with prices, none of which is one."""
    kinds: Counter[str] = Counter()
    rows, formulas, prices = 0, set(), 0
    for row in alpaca:
        spans = [
            (span.kind, text[span.start : span.end])
            for text in (row["instruction"], row["input"])
            for span in protected(text)
        ]
        rows += bool(spans)
        kinds.update({kind for kind, _ in spans})
        formulas |= {text for kind, text in spans if kind == "formula"}
        prices += bool(re.search(r"\$\s?\d", row["instruction"] + row["input"]))
    assert prices == 321
    assert len(formulas) == 7
    assert not [text for text in formulas if re.match(r"\$\d[\d,.]*\s+[a-z]{2}", text)]
    assert rows == 1309
    assert kinds["url"] > 250
