"""The scripted rater: every answer of the demo finds the scores that were written for it, and they can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from statistics import fmean

import pytest

from tunesmith.curate.leaks import strip_leaks
from tunesmith.curate.scores import Score, read_score
from tunesmith.errors import Unreadable
from tunesmith.rows import Row
from tunesmith.steps.rate import Rate
from tunesmith.teacher import Reply
from tunesmith.teacher.scripted import ScriptedReply, load_script

SAMPLE = files("tunesmith").joinpath("recipes", "sample")
PROMPTS = files("tunesmith").joinpath("prompts")
ENTRIES = load_script("rater").replies
ANSWERS = load_script("sample").replies
SAMPLES, ATTEMPTS = 3, 3
NEVER_A_NUMBER = "two haiku"
RANGE_FIRST = "child fractions"
CHANGE_SIDES = {"no keeper", "mean of every window", "share a birthday"}  # of 4.5, if asked three times


def answers(row: dict[str, str]) -> tuple[str, str]:
    """The answer with an expert (as the demo's data set has it, empty where it drops the row), and the one without."""
    question = row["instruction"] + "\n\n" + row["input"]
    own = [entry for entry in ANSWERS if entry.when[-1] in question]
    identity, expert = (
        [e for e in own if e.when[:-1] == (kind,)] for kind in ("casting experts", "With that background")
    )
    whole = expert[-1].reply if expert[-1].finish_reason == "stop" else ""
    return strip_leaks(whole, identity[-1].reply).text, own[-1].reply


def rows() -> Iterator[tuple[Row, bool]]:
    """All rows as they may be rated, and whether they are in the demo's data set."""
    source: list[dict[str, str]] = json.loads(SAMPLE.joinpath("instructions.json").read_text(encoding="utf-8"))
    for position, row in enumerate(source):
        expert, plain = answers(row)
        if expert:
            yield {"id": str(position), **row, "output": expert}, True
        yield {"id": str(position), **row, "output": plain}, False


ROWS = list(rows())
DEMO = [row for row, of_demo in ROWS if of_demo]


@cache
def text_of(output: str, instruction: str, given: str) -> str:
    row = {"id": "0", "instruction": instruction, "input": given, "output": output}
    (request,) = Rate().requests(row)
    return "\n".join(message.content for message in request.messages)


def request(row: Row) -> str:
    return text_of(row["output"], row["instruction"], row["input"])


def said(row: Row, sample: int, attempt: int) -> ScriptedReply:
    """The entry that answers."""
    return next(entry for entry in ENTRIES if entry.fits(request(row), attempt, sample))


def score(row: Row, sample: int = 0, attempts: int = ATTEMPTS) -> Score | None:
    """The score that a run would use, if it got one."""
    for attempt in range(attempts):
        try:
            return read_score(said(row, sample, attempt).reply, 0, 5, "accuracy")
        except Unreadable:
            continue
    return None


def own_text(row: Row) -> str:
    (found,) = {entry.when for entry in ENTRIES if entry.when[0] in row["instruction"]}
    return found[0]


def marks(of: Callable[[Row], bool]) -> set[str]:
    return {own_text(row) for row in DEMO if of(row)}


def scores(row: Row) -> list[float]:
    """The scores of all samples that could be read."""
    return [found.value for sample in range(SAMPLES) if (found := score(row, sample))]


def test_the_demo_has_38_rows() -> None:
    assert len(DEMO) == 38
    assert len(ROWS) == 38 + 40


def test_every_request_gets_an_entry_of_its_own_instruction_and_every_entry_is_used() -> None:
    used: set[int] = set()
    for row, _ in ROWS:
        own = [entry for entry in ENTRIES if all(part in request(row) for part in entry.when)]
        assert {entry.when for entry in own} == {(own_text(row),)}
        for sample in range(SAMPLES + 1):
            for attempt in range(ATTEMPTS):
                entry = said(row, sample, attempt)
                assert entry in own
                used.add(ENTRIES.index(entry))
    assert used == set(range(len(ENTRIES)))


def test_no_entry_fits_two_instructions() -> None:
    for entry in ENTRIES:
        (part,) = entry.when
        found = {row["instruction"] for row, _ in ROWS if part in request(row)}
        assert len(found) == 1
        assert part in found.pop()
        assert part not in PROMPTS.joinpath("rate.jinja").read_text(encoding="utf-8")


def test_entries_of_one_instruction_stand_together_and_the_general_one_last() -> None:
    order = list(dict.fromkeys(entry.when for entry in ENTRIES))
    assert len(order) == 40
    assert [entry.when for entry in ENTRIES] == sorted((entry.when for entry in ENTRIES), key=order.index)
    for when in order:
        particular = [(entry.sample, entry.attempt) for entry in ENTRIES if entry.when == when]
        assert particular[-1] == (None, None)
        assert (None, None) not in particular[:-1]


@pytest.mark.parametrize("sample", range(SAMPLES))
def test_all_but_one_can_be_read(sample: int) -> None:
    assert marks(lambda row: score(row, sample) is None) == {NEVER_A_NUMBER}
    first = marks(lambda row: score(row, sample, attempts=1) is None)
    assert first == {NEVER_A_NUMBER} | ({RANGE_FIRST} if sample == 0 else set())


def test_the_range_is_told_to_be_one() -> None:
    (row,) = [row for row in DEMO if own_text(row) == RANGE_FIRST]
    with pytest.raises(Unreadable, match="range"):
        Rate().parse(row, [Reply(said(row, 0, 0).reply)])


def test_scores_are_half_points_on_the_first_line_with_reasons_below() -> None:
    for row, _ in ROWS:
        for sample in range(SAMPLES):
            found = score(row, sample)
            if found:
                text = said(row, sample, ATTEMPTS - 1).reply
                head, reasons = text.split("\n", 1)
                assert read_score(head, 0, 5).value == found.value
                assert found.why == reasons
                assert found.value * 2 == int(found.value * 2)
                assert 1 <= len(re.findall(r"[.。！](?=\s|$|[\u4e00-\u9fff])", reasons)) <= 3


def test_scores_are_written_in_many_ways() -> None:
    heads = {re.sub(r"\d(\.5)?", "N", entry.reply.split("\n")[0], count=1) for entry in ENTRIES}
    assert {"N", "Score: N", "**N**", "N/5", "评分：N"} <= heads


def test_chinese_rows_are_judged_in_chinese() -> None:
    for row in DEMO:
        chinese = bool(re.search(r"[\u4e00-\u9fff]", row["instruction"]))
        assert said(row, 0, 0).reply.startswith("评分：") is chinese


def test_about_a_sixth_is_rated_high() -> None:
    high = marks(lambda row: scores(row)[:1] >= [4.5])
    assert 5 <= len(high) <= 8
    assert len(high) == 7


def test_three_samples_differ_and_some_rows_change_sides() -> None:
    assert len(marks(lambda row: len(set(scores(row))) > 1)) == 15
    rated = [row for row in DEMO if scores(row)]
    changed = {own_text(row) for row in rated if (fmean(scores(row)) >= 4.5) is not (scores(row)[0] >= 4.5)}
    assert changed == CHANGE_SIDES


def test_the_mistake_that_the_judge_found_is_one() -> None:
    (row,) = [row for row in DEMO if own_text(row) == "spelling and grammar"]
    assert "their are" in row["input"]
    assert "*is* → *are*" in row["output"]
