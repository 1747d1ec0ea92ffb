"""The box around an answer: where it goes, what stays as it is, and when there is none."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.explore.checks import Checks
from tunesmith.explore.checks.boxed import box_answer


def why(output: str, boxed: bool = True) -> str:
    return Checks(boxed=boxed).problem("Solve the equation below.", "$x = 1$", output)


BOXED = [
    ("Answer: $5$.", r"Answer: $\boxed{5}$."),
    ("Answer: 5", r"Answer: $\boxed{5}$"),
    ("Answer:5", r"Answer:$\boxed{5}$"),
    ("answer: -5.", r"answer: $\boxed{-5}$."),
    ("The answer is 5.", r"The answer is $\boxed{5}$."),
    ("So the final answer is: $x = 5$!", r"So the final answer is: $\boxed{x = 5}$!"),
    ("**Answer:** 12 cm", r"**Answer:** $\boxed{12\text{ cm}}$"),
    ("**Answer**: 12", r"**Answer**: $\boxed{12}$"),
    ("Answer: **5**", r"Answer: **$\boxed{5}$**"),
    ("It sums up.\n#### 72", "It sums up.\n#### $\\boxed{72}$"),
    ("Answer: $x = 5$", r"Answer: $\boxed{x = 5}$"),
    ("Answer: $$\n5\n$$", "Answer: $$\n\\boxed{5}\n$$"),
    ("Answer:\n\n$$5$$\n", "Answer:\n\n$$\\boxed{5}$$\n"),
    ("Answer: \\[ 5 \\]", "Answer: \\[ \\boxed{5} \\]"),
    ("Answer: \\(5\\)", "Answer: \\(\\boxed{5}\\)"),
    ("答案：5", r"答案：$\boxed{5}$"),
    ("答案是5。", r"答案是$\boxed{5}$。"),
    (r"Answer: $\frac{1}{2}$", r"Answer: $\boxed{\frac{1}{2}}$"),
    (r"Answer: \frac{1}{2}", r"Answer: $\boxed{\frac{1}{2}}$"),
    ("Answer: 50%", r"Answer: $\boxed{50\%}$"),
    ("Answer: $5", r"Answer: $\boxed{\$5}$"),
    ("Answer: $5 and no change", r"Answer: $\boxed{\$5\text{ and no change}}$"),
    ("Answer: no solution", r"Answer: $\boxed{\text{no solution}}$"),
    ("Answer: $x=5$ and $y=3$.", r"Answer: $\boxed{\text{$x=5$ and $y=3$}}$."),
    ("Answer: $5$ cm. Thus $y$ is.", r"Answer: $\boxed{5}$ cm. Thus $y$ is."),
    ("Answer: 3.5. This is right.", r"Answer: $\boxed{3.5}$. This is right."),
    ("Answer: Dr. Smith. He won.", r"Answer: $\boxed{\text{Dr. Smith}}$. He won."),
    ("The answer is 5, because 2 + 3 = 5.", r"The answer is $\boxed{5}$, because 2 + 3 = 5."),
    ("Answer: 1. No!\nAnswer: 2", "Answer: 1. No!\nAnswer: $\\boxed{2}$"),
    ("Step: \\boxed{1}. Answer: $2$", "Step: \\boxed{1}. Answer: $\\boxed{2}$"),
    ("**Final Answer**\n\n5", "**Final Answer**\n\n$\\boxed{5}$"),
    ("Explanation: Answer first. Answer: $5$", r"Explanation: Answer first. Answer: $\boxed{5}$"),
]
UNBOXED = [
    "", "Explanation: 2 + 3 = 5", "The answer is not 5", "Answer:", "Answer:  \n", "Answer:\n- 5\n- 6", "#### Step two",
    "Answer: $", "Answer: {5", f"Answer: {'5' * 300}", "Answer: $$5", "Answer: $x", "My answers are many.",
]  # fmt: skip
WITH_BOX = [r"Answer: $\boxed{5}$.", r"\boxed{5}", r"So $\boxed{5}$. The answer is 5.", r"Answer: \boxed{\frac{1}{2}}"]


@pytest.mark.parametrize(("output", "mended"), BOXED)
def test_an_answer_is_boxed(output: str, mended: str) -> None:
    assert Checks(boxed=True).mend(output) == mended
    assert box_answer(mended) == mended
    assert why(output) == why(mended) == ""
    assert Checks().mend(output) == output


@pytest.mark.parametrize("output", WITH_BOX)
def test_an_answer_in_a_box_stays(output: str) -> None:
    assert Checks(boxed=True).mend(output) == output
    assert why(output) == ""


@pytest.mark.parametrize("output", UNBOXED)
def test_where_there_is_no_answer_the_example_is_refused(output: str) -> None:
    assert Checks(boxed=True).mend(output) == output
    assert why(output) == ("no answer to box" if output.strip() else "no output")
    assert why(output, boxed=False) == ("" if output.strip() else "no output")


PIECES = [
    "Answer: ", "The answer is ", "#### ", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\boxed{", "}", "{", "\n", ".", " ",
    "5", "x", "cm", "%", "**", "答案：", "\\frac{1}{2}", "not ", "- ", "because ", "\\", "Dr. ", "Final Answer",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join))
def test_boxing_is_done_once_and_changes_nothing_around(text: str) -> None:
    mended = box_answer(text)
    assert box_answer(mended) == mended
    if mended == text:
        return
    start = next(place for place, sign in enumerate(mended) if place >= len(text) or sign != text[place])
    start = mended.rindex("\\boxed{", 0, start + 9)
    depth, end = 0, start + len("\\boxed")
    for found in re.finditer(r"(?<!\\)[{}]", mended[end:]):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            end += found.end()
            break
    assert depth == 0
    before, inner, after = mended[:start], mended[start + len("\\boxed{") : end - 1], mended[end:]
    insides = {bare(inner), bare(re.sub(r"\\text\{(.*)\}", r"\1", inner, flags=re.S))}
    assert any(
        text.startswith(one) and text.endswith(two) and bare(text[len(one) : len(text) - len(two)]) in insides
        for one, two in ((before, after), (before.removesuffix("$"), after.removeprefix("$")))
    )


def bare(text: str) -> str:
    """A text without the backslashes that make a formula of it."""
    return re.sub(r"\\(?=[%$#&])", "", text)


def boxed_in(solution: str) -> str:
    """What stands in the last box of a solution."""
    start = solution.rindex("\\boxed{") + len("\\boxed{")
    depth = 1
    for place in range(start, len(solution)):
        depth += {"{": 1, "}": -1}.get(solution[place], 0)
        if not depth:
            return solution[start:place]
    raise AssertionError(solution)


def test_500_real_answers_are_boxed_as_they_are(shared: Path) -> None:
    """The answers of MATH, written as the published prompt asks for them, without the box."""
    lines = (shared / "explore_instruct" / "MATH_eval_set_sample.jsonl").read_text("utf-8").splitlines()
    answers = [boxed_in(json.loads(line)["std_answer"]) for line in lines]
    assert len(answers) == 500
    for answer in answers:
        for before, after in (("$", "$."), ("$$\n", "\n$$"), ("\\(", "\\)")):
            reply = f"Explanation: it is so.\nAnswer: {before}%s{after}"
            assert box_answer(reply % answer) == reply % f"\\boxed{{{answer}}}"
