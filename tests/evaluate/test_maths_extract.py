"""Which part of what a model wrote is its final answer, and when there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.evaluate.maths.extract import final_answer

FOUND = [
    (r"So $x=\boxed{2}$.", "2", "box"),
    (r"\boxed{\frac{1}{\sqrt{2}}}", r"\frac{1}{\sqrt{2}}", "box"),
    (r"First \boxed{3}, then after a check \boxed{4}.", "4", "box"),
    (r"\fbox{12} it is", "12", "box"),
    (r"Thus \boxed 5 is right.", "5", "box"),
    (r"Thus $\boxed5$.", "5", "box"),
    (r"Thus $\boxed \pi$.", r"\pi", "box"),
    (r"\boxed{ 7 }", "7", "box"),
    (r"\boxed{\{1,2\}}", r"\{1,2\}", "box"),
    (r"\boxed{\text{a \} b}}", r"\text{a \} b}", "box"),
    (r"$x = \boxed{-\tfrac32}$ and $x = \boxed{-\tfrac34},$ respectively.", r"-\tfrac32, -\tfrac34", "box"),
    (r"$x=\boxed{3}$ and $y=\boxed{4}$.", "x=3, y=4", "box"),
    (r"$a=\boxed{3}$ and $b=\boxed{4}$, so $a+b=\boxed{7}$.", "7", "box"),
    (r"It is $\boxed{7}$." + "\n\n" + r"Alternatively, we get $\boxed{7}$.", "7", "box"),
    (r"The answer is 5. Hence \boxed{6}.", "6", "box"),
    ("<think>Maybe \\boxed{1}?</think>So \\boxed{2}.", "2", "box"),
    ("Maybe \\boxed{1}?</think>So the answer is 2.", "2", "label"),
    ("\\begin{align*}x&=1+1\\\\&=\\boxed{2}\\end{align*}", "2", "box"),
    ("The answer is 42.", "42", "label"),
    ("Final Answer: The final answer is $\\frac12$. I hope it is correct.", r"\frac12", "label"),
    ("**Answer:** $x = 5$", "x = 5", "label"),
    ("We add.\n#### 1,234", "1,234", "label"),
    ("答案是 7。", "7", "label"),
    ("答案：\\(\\frac{1}{2}\\)", r"\frac{1}{2}", "label"),
    ("Adding up, we get\n$$x = 12.$$", "x = 12.", "formula"),
    ("The sum of them all is $7$.", "7", "formula"),
    ("First $a$, then $b$", "b", "formula"),
    ("It costs $5 and so the sum is \\(9\\).", "9", "formula"),
    ("42", "42", "text"),
    ("$\\boxed{3}$.\n\n$\\boxed{4}$", "4", "box"),
    (r"$\boxed{\frac{1}{2}}$, or $\boxed{\dfrac{1}{2}}$", r"\dfrac{1}{2}", "box"),
    (r"$\boxed{1}$" + " " * 60 + r"$\boxed{2}$", "2", "box"),
    ("The roots are $2$, $3$ and $4$.", "2, 3, 4", "formula"),
    ("So $x<-1$ or $x>3$.", r"x<-1 \text{ or } x>3", "formula"),
    ("Answer: `12`", "12", "label"),
    ("<answer>12</answer>", "12", "label"),
    ("Answer:\n```\n42\n```", "42", "label"),
    ("The answer is:\n- 42", "42", "label"),
    ("So the answer is:\n\n> 42", "42", "label"),
    ("The answer is approximately 5.67", "5.67", "label"),
    ('The answer is "42".', "42", "label"),
    ("Answer: 5 (see above)", "5", "label"),
    ("The answer is $5 and $6.", "$5 and $6", "label"),
    ("= 12", "12", "text"),
    ("There are 12 ways.", "12 ways.", "text"),
    ("The total is 12.", "12.", "text"),
    ("  x^2 + 1\n", "x^2 + 1", "text"),
    ("no solution", "no solution", "text"),
]
NOT_FOUND = [
    "I don't know.", "Sure!", "I'm sorry.", "The answer is not 5, it is 6.", "The answer:\n- 4\n- 5",
    "", " \n", "I do not know what to say about this at all.", r"So \boxed{5", r"\boxed{}", r"\boxed{ }",
    r"Earlier \boxed{4}, in the end \boxed{\frac{1}{2}", "<think>It may be \\boxed{3}", "...", "What is it?",
    "Let us think step by step.\nFirst we add the numbers, then we divide by two, and so on and so forth.",
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer", "sign"), FOUND)
def test_the_final_answer_is_found(text: str, answer: str, sign: str) -> None:
    found = final_answer(text)
    assert found is not None
    assert (found.text, found.sign) == (answer, sign)


@pytest.mark.parametrize("text", NOT_FOUND)
def test_where_there_is_none_none_is_found(text: str) -> None:
    assert final_answer(text) is None


def test_all_500_references_of_math_have_a_box(shared: Path) -> None:
    lines = (shared / "explore_instruct" / "MATH_eval_set_sample.jsonl").read_text("utf-8").splitlines()
    found = [final_answer(json.loads(line)["std_answer"]) for line in lines]
    assert len(found) == 500
    assert all(one is not None and one.sign == "box" for one in found)


PIECES = [r"\boxed", "{", "}", "$", "$$", r"\[", r"\]", "Answer: ", "the answer is ", "#### ", "<think>", "</think>",
          " and ", ", ", "x=", "5", r"\frac12", "\n", " ", r"\fbox{", r"\\", "答案是"]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join))
def test_any_text_has_an_answer_of_its_own_or_none(text: str) -> None:
    found = final_answer(text)
    if found is not None:
        assert found.text == found.text.strip()
        assert 0 < len(found.text) <= 300


@settings(deadline=None)
@given(st.from_regex(r"[0-9a-z+\-*/^(), ]{1,30}", fullmatch=True).filter(str.strip), st.text(max_size=50))
def test_what_is_boxed_last_is_found_whatever_comes_before(answer: str, before: str) -> None:
    found = final_answer(before.replace("think", "").replace("\\", "") + "\n so " + r"\boxed{" + answer + "}")
    if any(c.isalnum() for c in answer):
        assert found is not None
        assert found.text == answer.strip()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    ["\\boxed{1}" + " " * 20_000 + "x \\boxed{2}", "Answer: $5$ " + "Dr. A " * 200_000, "$1$, " * 20_000],
)
def test_what_lies_between_answers_does_not_hang(text: str) -> None:
    found = final_answer(text)
    assert found is None or len(found.text) <= 300


@pytest.mark.parametrize(
    "piece", [r"\boxed{", r"\boxed{1} and ", "$", "$$a", r"\[", "answer is ", "{", "}", "####", "\\"]
)
def test_hostile_texts_are_read_in_a_time_that_grows_with_their_length(piece: str) -> None:
    found = final_answer(piece * 20_000)
    assert found is None or len(found.text) <= 300
