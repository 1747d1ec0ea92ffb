"""What a translation must not touch: found as the formats say, and the same before and after, or told."""

import json
import re
from collections import Counter
from pathlib import Path
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
        ("$12 - 7$, $3 / 4$; $3:5:7$", ["$12 - 7$", "$3 / 4$", "$3:5:7$"]),
        ("$1, 2, 3, 4$ and $7 - 2i$ or $0.5, 0.25$.", ["$1, 2, 3, 4$", "$7 - 2i$", "$0.5, 0.25$"]),
        ("$2431.$ and $9,$ or $ 66^\\circ$", ["$2431.$", "$9,$", "$ 66^\\circ$"]),
        ("$ x^2 = 4 $ but not $ 4 $ or $ a price $", ["$ x^2 = 4 $"]),
        ("It costs $5. Solve $x^2 = 4$ for me.", ["$x^2 = 4$"]),
        ("价格是$5。请解$x^2 = 4$。", ["$x^2 = 4$"]),
        ("Tom has $20 and spends $15. If $x + 15 = 20$, find $x$.", ["$x + 15 = 20$", "$x$"]),
        ("A pen costs $5. Let $n$ be; $5, $n$; $5/$n$; ($5) $2n$", ["$n$", "$n$", "$n$", "$2n$"]),
        ("5$, 6$, 7$-8$ and 5$和6$", []),
        ("$2ab + 3 cd = 5$, $2(AB) = 7$, $3 \\text{ cm}$", ["$2ab + 3 cd = 5$", "$2(AB) = 7$", "$3 \\text{ cm}$"]),
        ("$$x$ and { a $x } b$", ["$x$", "{ a $x }"]),
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


def test_names_may_have_another_name_elsewhere() -> None:
    """COVID-19 and LinkedIn have Chinese names; but no name comes from nowhere, and identifiers stay."""
    assert altered("COVID-19 on LinkedIn and Github", "领英上的新冠和 GitHub") == []
    assert altered("Ask GPT-4.", "问 GPT-3。") == ["added 'GPT-3'"]
    assert altered("Set max_size and maxSize.", "设置大小。") == ["lost 'maxSize'", "lost 'max_size'"]
    assert altered("Ask LinkedIn.", "问领英。", ["LinkedIn"]) == ["lost 'LinkedIn'"]


# The oracle of the next two tests is how their texts are made: nothing in it looks for spans.
NUMBERS = st.one_of(
    st.integers(0, 5000).map(str), st.sampled_from(["0.5", "1,000", "2x", "7i", "3n", "12!", "45^\\circ"])
)
TERMS = NUMBERS | st.sampled_from(["x", "y^2", "a_1", "\\frac{1}{2}", "(n + 1)", "\\sqrt{2}", "f(x)", "3x", "2ab"])
SIGNS = st.sampled_from([" - ", "-", " + ", " / ", "/", " : ", ":", ", ", " = ", "=", " \\le ", "^", " * "])
FORMULAS = st.lists(st.tuples(TERMS, SIGNS), max_size=3).flatmap(
    lambda parts: TERMS.map(lambda last: "".join(term + sign for term, sign in parts) + last)
)
MATHS = st.one_of(
    FORMULAS.map("${}$".format),
    FORMULAS.map("$${}$$".format),
    FORMULAS.map("$ {} = 0 $".format),
    FORMULAS.map("\\({}\\)".format),
)
CODES = st.text("abc()= +_.{}$", min_size=1, max_size=8).filter(str.strip).map("`{}`".format)
BRACES = st.text("abc _.", min_size=1, max_size=8).map("{{{}}}".format)
KEPT = MATHS | CODES | BRACES
ENGLISH = ["Explain this", "it costs $5. Then", "he has $20 and spends $15. If", "for $3,000, see", "of 7$ each, take"]
CHINESE = ["请解释这个", "价格是 $5。然后", "他有 $20，花了 $15。如果", "花 $3,000，请看", "每个 7$，取"]


def in_prose(prose: list[str], which: list[int], spans: list[str]) -> str:
    return " ".join(f"{prose[one]} {span}" for one, span in zip(which, spans, strict=True)) + " ."


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), KEPT), min_size=1, max_size=5), st.data())
def test_what_was_put_between_the_marks_is_what_must_stay(parts: list[tuple[int, str]], data: Any) -> None:
    which, spans = [one for one, _ in parts], [span for _, span in parts]
    source, translation = in_prose(ENGLISH, which, spans), in_prose(CHINESE, which, spans)
    assert altered(source, translation) == []
    at = data.draw(st.integers(0, len(spans) - 1))
    inside = re.search(r"[A-Za-z\d]", spans[at])
    place = inside.start() if inside else 1
    spoiled = spans[at][:place] + ("z" if spans[at][place] != "z" else "y") + spans[at][place + 1 :]
    for other in ([*spans[:at], spoiled, *spans[at + 1 :]], spans[:at] + spans[at + 1 :], [*spans, "$7 - 6$"]):
        assert altered(source, in_prose(CHINESE, ([*which, 0])[: len(other)], other))


@settings(deadline=None)
@given(st.lists(st.sampled_from(ENGLISH[1:]) | st.sampled_from(CHINESE[1:]), max_size=6))
def test_prices_alone_are_no_formulas(prose: list[str]) -> None:
    assert found(" ".join(prose)) == []


def test_every_formula_of_real_exercises(shared: Path) -> None:
    """MATH: in its texts no dollar is a price, so that each pair encloses a formula."""
    formulas = 0
    file = shared / "explore_instruct" / "MATH_eval_set_sample.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for text in (row["question"], row["std_answer"]):
            spans = [(span.start, span.end) for span in protected(text)]
            for one in re.finditer(r"\$\$.*?\$\$|\$[^$]+\$", text.replace("\\$", "  "), re.DOTALL):
                formulas += 1
                assert any(start <= one.start() and one.end() <= end for start, end in spans), one[0]
    assert formulas == 5388


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
    changes = [
        change for change in altered(source, reply) if not change.startswith("added") or re.search(r"[`$]", change)
    ]
    assert altered(source, source) == []
    assert kept_texts(source) == kept_texts(reply) or altered(source, reply)
    assert not changes or kept_texts(source) != kept_texts(reply)


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
