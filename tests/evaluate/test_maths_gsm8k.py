"""Final numbers: where they are in a text, and when two of them are the same."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.evaluate.maths.gsm8k import final_number, same_number

FOUND = [
    ("She has 3 * 4 = <<3*4=12>>12 eggs.\n#### 12", "12"),
    ("#### -5", "-5"),
    ("#### 1,234", "1234"),
    ("####72", "72"),
    ("#### $18.00", "18"),
    ("The answer is 18.", "18"),
    ("The answer is $18.00 a day.", "18"),
    ("The answer is 5 + 7 = 12 apples, in 3 boxes.", "12"),
    ("So the answer is **2,125** dollars.", "2125"),
    ("Answer: 3/4 of a mile", "3/4"),
    ("Answer: 2 1/2 cups", "5/2"),
    (r"Answer: $\frac{3}{4}$", "3/4"),
    (r"Therefore \boxed{1{,}000} m in 2 minutes.", "1000"),
    (r"\boxed{12 \text{ apples}} of 20", "12"),
    ("First 12, then 15, in the end 17 apples are left.", "17"),
    ("He loses -3.5 points", "-7/2"),
    ("It went from 10-15 to 20-25", "25"),
    ("It is −4 degrees.", "-4"),
    ("They need 50% more", "50"),
    ("This costs €1,234,567.89!", "123456789/100"),
    ("答案是 36。", "36"),
    ("It takes .5 hours", "1/2"),
    ("We get x1 = 3 and y2 = 4", "4"),
    ("<think>5? 6?</think> 7", "7"),
    ("#### Step 1: multiply\n3*6 = 18\n\n#### Step 2: add\n18+2 = 20\n\nThe answer is 20.", "20"),
    ("#### 1. Multiply\n3*6 = 18\n\n#### 2. Add\n18+2 = 20", "20"),
    ("#### Solution\nShe makes 18.\n\n#### Conclusion\nThe answer is $18.", "18"),
    ("Total:\n- 18 apples", "18"),
    ("Total profit – 18 dollars", "18"),
    ("It rises by 20%-25%", "25"),
    (r"\boxed{3+15=18}", "18"),
    (r"\boxed{\$3 \times 6 = \$18}", "18"),
    ("\\boxed{eighteen}\nThe answer is 18", "18"),
    ("#### 3 boxes of 6 = 18", "18"),
    ("They are 18 000 in all", "18000"),
    ("In all 10^6", "1000000"),
    ("In all 3 x 10^2", "300"),
    ("#### 1.5 million", "1500000"),
    ("The answer is not clear. There are 8.", "8"),
]


@pytest.mark.parametrize(("text", "number"), FOUND)
def test_the_final_number_is_found(text: str, number: str) -> None:
    found = final_number(text)
    assert found is not None
    assert found.text == number


@pytest.mark.parametrize("text", ["", "no number at all", "#### none", "<think>It is 5", "x1", "1/0", "½"])
def test_where_there_is_none_none_is_found(text: str) -> None:
    assert final_number(text) is None


NUMBERS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@settings(deadline=None)
@given(
    NUMBERS, st.sampled_from(["#### {}", "The answer is {}.", "Answer: {} dollars", r"So \boxed{{{}}}.", "It is {}"])
)
def test_a_number_is_read_back_however_it_is_written(value: object, frame: str) -> None:
    plain, commas = f"{value}", f"{value:,}"
    for written in (plain, commas, commas.replace("-", "−"), f"{plain}00"):
        found = final_number("After 3 days: " + frame.format(written))
        assert found is not None
        assert Fraction(found.text) == Fraction(plain)
        assert same_number(found.text, str(Fraction(plain)))


@settings(deadline=None)
@given(st.fractions(max_denominator=1000), st.fractions(max_denominator=1000))
def test_numbers_are_the_same_just_if_they_are_equal(one: Fraction, other: Fraction) -> None:
    assert same_number(str(one), str(other)) is (one == other)


@settings(deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from("0123456789,./-$ #\n"), max_size=60).map("".join))
def test_any_text_has_a_number_or_none(text: str) -> None:
    found = final_number(text)
    assert found is None or isinstance(Fraction(found.text), Fraction)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["1", "1,", "1,000", "1/", "1 1", ".", "$", "-", "#### ", "1.1"])
def test_hostile_texts_are_read_in_a_time_that_grows_with_their_length(piece: str) -> None:
    found = final_number(piece * 20_000)
    assert found is None or found.text
