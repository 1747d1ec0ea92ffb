"""The scripted judge of ``tunesmith demo comparisons``: every order of the sample's answers finds its verdict."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import permutations

import pytest

from tunesmith.curate.scores.lists import read_scores
from tunesmith.errors import Unreadable
from tunesmith.rows import Row
from tunesmith.steps.answer import Answer
from tunesmith.steps.compare import Compare
from tunesmith.teacher.scripted import ScriptedReply, load_script

SAMPLE = files("tunesmith").joinpath("recipes", "sample")
ROWS: list[Row] = json.loads(SAMPLE.joinpath("answers.json").read_text(encoding="utf-8"))
ENTRIES = load_script("comparer").replies
WRITER = load_script("sample").replies
SWAYED = {"minor chord", "pocket money"}
TIED = {"my houseplant"}
UNREADABLE_FIRST = {"word LEVEL"}


def own_text(row: Row) -> str:
    (found,) = {entry.when[0] for entry in ENTRIES if entry.when[0] in row["instruction"] + row["input"]}
    return found


def candidates(row: Row) -> dict[str, str]:
    (request,) = Answer(persona="plain").requests(row)
    written = next(entry for entry in WRITER if entry.fits(request.messages[-1].content, 0))
    assert written.finish_reason == "stop"
    return {"writer": written.reply.strip(), "brief": row["brief"], "hasty": row["hasty"]}


def verdict(row: Row, order: tuple[str, ...], attempt: int) -> ScriptedReply:
    """What the script says of answers shown in this order."""
    numbered = {"id": "0", "candidates": [{"model": text, "text": text} for text in order]} | row
    seed = next(seed for seed in range(999) if _shown(numbered, seed) == order)
    (request,) = Compare(orders=1, seed=seed).requests(numbered)
    said = [entry for entry in ENTRIES if entry.fits(request.messages[-1].content, attempt)]
    assert {entry.when[0] for entry in said} == {own_text(row)}
    return said[0]


def _shown(row: Row, seed: int) -> tuple[str, ...]:
    step = Compare(orders=1, seed=seed)
    (order,) = step._orders(row, len(row["candidates"]))
    return tuple(row["candidates"][n]["text"] for n in order)


@pytest.mark.parametrize("row", ROWS, ids=own_text)
def test_every_order_has_its_verdict(row: Row) -> None:
    texts = dict.fromkeys(candidates(row).values())
    scores = []
    for order in permutations(texts):
        reply = verdict(row, order, 1).reply
        read = read_scores(reply, 1, 10, len(order))
        scores.append(dict(zip(order, read.values, strict=True)))
        assert len(read.why) > 60
        first = verdict(row, order, 0)
        if own_text(row) in UNREADABLE_FIRST:
            with pytest.raises(Unreadable):
                read_scores(first.reply, 1, 10, len(order))
        else:
            assert first.reply == reply
    hangs_on_the_place = any(one != scores[0] for one in scores)
    assert hangs_on_the_place == (own_text(row) in SWAYED)
    assert (len({*scores[0].values()}) == 1) == (own_text(row) in TIED)


def test_each_entry_is_used_and_no_text_of_one_row_stands_in_another() -> None:
    used = set()
    for row in ROWS:
        for order in permutations(dict.fromkeys(candidates(row).values())):
            used |= {ENTRIES.index(verdict(row, order, attempt)) for attempt in (0, 1)}
    assert used == set(range(len(ENTRIES)))
    assert len({own_text(row) for row in ROWS}) == len(ROWS) == 10


def test_the_rows_are_rows_of_the_sample() -> None:
    sample = json.loads(SAMPLE.joinpath("instructions.json").read_text(encoding="utf-8"))
    assert all({"instruction": row["instruction"], "input": row["input"]} in sample for row in ROWS)
