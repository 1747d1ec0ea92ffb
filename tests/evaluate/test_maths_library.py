"""math-verify in its own process: what would hang or crash it costs one verdict, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tunesmith.evaluate.maths import Equivalence
from tunesmith.evaluate.maths.library import MathVerify

pytest.importorskip("math_verify", reason="the extra maths is not installed")


@pytest.fixture(scope="module")
def library() -> Iterator[MathVerify]:
    with MathVerify(seconds=0.5) as asked:
        yield asked


@pytest.mark.parametrize(
    "hostile",
    [
        "9^{9^{9^9}}",
        "10000000!",
        "{" * 400 + "1" + "}" * 400,
        "\\sqrt{" * 90 + "2" + "}" * 90,
    ],
)
def test_what_never_ends_is_given_up_and_the_next_pair_is_compared(library: MathVerify, hostile: str) -> None:
    assert library.compare(hostile, "2")[0] in (None, False)
    assert library.compare("x+x", "2x") == (True, "")


def test_memory_is_limited() -> None:
    with MathVerify(seconds=30.0, memory=600 << 20) as library:
        assert library.compare("x+x", "2x") == (True, "")
        verdict, _ = library.compare("2^{40000000000}", "2^{40000000001}")  # five gigabytes each
        assert not verdict
        process = library._process
        if process is not None:  # the library caught the error and goes on
            peak = (Path("/proc") / str(process.pid) / "status").read_text().partition("VmPeak:")[2].split()[0]
            assert int(peak) <= 600 << 10


@pytest.mark.parametrize(
    ("one", "other"), [("5", "5}+{7"), ("5", "5}{6"), ("5", "{5"), ("5", "5\\"), ("1" * 1001, "1" * 1001)]
)
def test_what_could_close_the_box_or_is_too_long_is_not_asked(library: MathVerify, one: str, other: str) -> None:
    verdict, trouble = library.compare(one, other)
    assert verdict is None
    assert trouble


def test_it_is_equal_only_if_it_is_so_both_ways_round(library: MathVerify) -> None:
    assert library.compare("x<5", "(-\\infty,5)") == library.compare("(-\\infty,5)", "x<5") == (True, "")
    assert library.compare("x<5", "5") == library.compare("5", "x<5") == (False, "")


def test_lines_in_an_answer_do_not_mix_up_the_verdicts(library: MathVerify) -> None:
    assert library.compare("1\n", "1\r\n\u2028")[0] is not False
    assert library.compare("1", "2")[0] is False


def test_hostile_answers_are_not_right_and_say_why() -> None:
    with Equivalence() as equivalence:
        verdict = equivalence.compare("9^{9^{9^{9}}}", "9^{9^{9^{8}}}")
        assert not verdict.same
        assert "did not come to an end" in verdict.trouble


def test_the_process_goes_when_it_is_no_longer_used() -> None:
    with MathVerify() as library:
        library.compare("1", "2")
        process = library._process
        assert process is not None
        assert process.poll() is None
    assert process.poll() is not None
