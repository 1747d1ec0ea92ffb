"""Whether two answers are the same: on pairs of our own, on the references of MATH, on whatever else may come."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.errors import UsageError
from tunesmith.evaluate.maths import Equivalence
from tunesmith.evaluate.maths.extract import final_answer
from tunesmith.evaluate.maths.normal import normal
from tunesmith.evaluate.maths.rules import compare

PAIRS: dict[str, dict[str, list[list[str]]]] = yaml.safe_load(
    (Path(__file__).parent / "maths_pairs.yaml").read_text("utf-8")
)
SAME = [(one, other) for group in PAIRS["same"].values() for one, other in group]
DIFFERENT = [(one, other) for group in PAIRS["different"].values() for one, other in group]


@pytest.fixture(scope="module")
def full() -> Iterator[Equivalence]:
    """As a full install compares."""
    pytest.importorskip("math_verify", reason="the extra maths is not installed")
    with Equivalence() as equivalence:
        assert equivalence.way == "rules, then math-verify"
        yield equivalence


def test_there_are_a_hundred_pairs_of_each_kind() -> None:
    assert min(len(set(SAME)), len(set(DIFFERENT))) >= 100
    assert not {frozenset(pair) for pair in SAME} & {frozenset(pair) for pair in DIFFERENT}


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equivalent_answers_are_equal(full: Equivalence, one: str, other: str) -> None:
    assert full.compare(one, other).same
    assert full.compare(other, one).same


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_answers_are_not(full: Equivalence, one: str, other: str) -> None:
    assert not full.compare(one, other).same
    assert not full.compare(other, one).same


def test_rules_alone_call_nothing_equal_that_is_not_nor_different_what_is_equal() -> None:
    assert [pair for pair in DIFFERENT if compare(*pair)] == []
    assert [pair for pair in SAME if compare(*pair) is False] == []
    assert sum(compare(*pair) is True for pair in SAME) == 101  # the others need algebra


def gold(shared: Path) -> list[str]:
    lines = (shared / "explore_instruct" / "MATH_eval_set_sample.jsonl").read_text("utf-8").splitlines()
    return [found.text for line in lines if (found := final_answer(json.loads(line)["std_answer"]))]


def test_all_500_references_of_math_are_equal_to_themselves(shared: Path) -> None:
    answers = gold(shared)
    assert len(answers) == 500
    with Equivalence("rules") as rules:
        assert all(rules.compare(one, one).same for one in answers)
        assert all(rules.compare(one, f"$ {one} $.").same for one in answers)


def test_of_all_pairs_of_references_rules_call_equal_only_those_that_are(shared: Path) -> None:
    equal = {(one, other) for one, other in combinations(sorted(set(gold(shared))), 2) if compare(one, other)}
    assert equal == {
        ("-1", "x = -1"), ("0.75", "75\\%"), ("0.75", "\\frac{3}{4}"), ("1", "100\\%"), ("10", "10^\\circ"),
        ("100", "100\\%"), ("12", "12\\text{ degrees}"), ("4.5", "\\frac{9}{2}"), ("75", "75\\%"), ("75", "75^\\circ"),
        ("75\\%", "\\frac{3}{4}"), ("9", "9^\\circ"), ("9", "a=9"), ("9", "x=9"), ("9^\\circ", "a=9"),
        ("9^\\circ", "x=9"), ("\\dfrac{1}{3}", "\\frac{1}{3}"), ("\\dfrac{5}{9}", "\\frac{5}{9}"),
        ("\\frac12", "\\frac{1}{2}"), ("\\frac{\\sqrt3}{2}", "\\frac{\\sqrt{3}}{2}"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"\dfrac12", r"\frac{1}{2}"),
        (r"\frac1{2x}", r"\frac{1}{2x}"),
        (r"\frac 9{20}", r"\frac{9}{20}"),
        (r"\frac{625}4", r"\frac{625}{4}"),
        (r"10\sqrt 2", r"10\sqrt{2}"),
        (r"1,\!000,\!000", "1000000"),
        (r"\$32,\!348", "$32348"),
        (r"$\$0.20$", "$0.20"),
        (r"\left(-\tfrac52, 1\right)", r"(-\frac{5}{2}, 1)"),
        (r"(1,000)", "(1,000)"),
        (r"\mbox{Saturday}", "Saturday"),
        ("5!", "5!"),
    ],
)
def test_spellings_become_one(text: str, plain: str) -> None:
    assert normal(text) == plain


PIECES = ["1", "2", "x", "i", "0.5", "-", "+", ",", "(", ")", "[", "]", "{", "}", r"\{", r"\}", r"\frac", r"\sqrt",
          r"\pm", r"\cup", "^", "_", "%", r"\%", r"\$", "$", r"\text{", " cm", r"\begin{pmatrix}", r"\end{pmatrix}",
          "&", r"\\", "=", "<", " or ", r"\infty", "°", "/", r"\overline{3}", "e9", "*10^", " "]  # fmt: skip
ANSWERS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=20)


@settings(deadline=None)
@given(ANSWERS, ANSWERS)
def test_comparing_is_symmetrical_and_everything_is_equal_to_itself(one: str, other: str) -> None:
    assert compare(one, other) == compare(other, one)
    if normal(one):
        assert compare(one, one) is True


RATIONALS = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**4)


def spellings(value: Fraction) -> list[str]:
    """A number as it may be written."""
    sign, top, bottom = "-" if value < 0 else "", abs(value.numerator), value.denominator
    found = [f"{value}", rf"{sign}\frac{{{top}}}{{{bottom}}}", rf"\dfrac{{{sign}{top}}}{{{bottom}}}", f"$x = {value}$"]
    if bottom == 1:
        found += [f"{value.numerator:,}", f"{value.numerator}.00", f"{value.numerator}\\text{{ cm}}"]
    elif top > bottom:
        found.append(rf"{sign}{top // bottom}\frac{{{top % bottom}}}{{{bottom}}}")
    return found


@settings(deadline=None)
@given(RATIONALS, RATIONALS, st.data())
def test_numbers_are_equal_just_if_they_are(one: Fraction, other: Fraction, data: st.DataObject) -> None:
    first, second = data.draw(st.sampled_from(spellings(one))), data.draw(st.sampled_from(spellings(other)))
    assert compare(first, data.draw(st.sampled_from(spellings(one)))) is True
    assert compare(first, second) is (one == other)


@settings(deadline=None)
@given(st.lists(RATIONALS.map(str), min_size=2, max_size=5, unique=True), st.randoms(use_true_random=False))
def test_sets_have_no_order_and_points_have_one(values: list[str], lot: Any) -> None:
    mixed = lot.sample(values, len(values))
    assert compare(", ".join(values), "\\{" + ",".join(mixed) + "\\}") is True
    assert compare(f"({','.join(values)})", f"({', '.join(mixed)})") is (values == mixed)
    assert compare(f"({','.join(values)})", f"({','.join(values)}]") is False


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["(", "1,", "\\{", "x=", "\\frac{", "$", "1 ", "\\text{", "\\pm 1,", "{", ",", "9^", "a or "]
)
def test_hostile_answers_do_not_hang_the_rules(piece: str) -> None:
    long = piece * 20_000
    assert compare(long, "1") in (False, None)
    assert compare(piece * 200, piece * 199 + "2") in (True, False, None)


def test_without_math_verify_rules_are_used_and_asking_for_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with Equivalence() as equivalence:
        assert equivalence.way == "rules"
        undecided = equivalence.compare("2x", "x+x")
        assert (undecided.same, undecided.trouble) == (False, "the rules cannot tell")
    with pytest.raises(UsageError, match=r"install tunesmith\[maths\]"):
        Equivalence("math-verify")


def test_a_list_says_how_often_and_a_set_does_not() -> None:
    assert compare("1, 1, 2", "1, 2, 2") is False
    assert compare(r"\{1, 1, 2\}", r"\{1, 2, 2\}") is True
