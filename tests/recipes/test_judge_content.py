"""The scripted models and judge of ``tunesmith demo evaluate``: every question is answered and every order judged."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from tests.cli.runner import tunesmith
from tunesmith.curate.scores.lists import read_scores
from tunesmith.errors import Unreadable
from tunesmith.rows import Row
from tunesmith.steps.judge import Judge
from tunesmith.teacher.scripted import load_script

SAMPLE = files("tunesmith").joinpath("recipes", "sample")
ROWS: list[Row] = json.loads(SAMPLE.joinpath("questions.json").read_text(encoding="utf-8"))
ENTRIES = load_script("judge").replies


def answers(row: Row) -> list[dict[str, str]]:
    found = []
    for model in ("tuned", "base"):
        (entry,) = [entry for entry in load_script(model).replies if entry.fits(row["instruction"], 0)]
        found.append({"model": model, "text": entry.reply})
    return found


def test_each_entry_is_used_and_only_one_verdict_is_never_readable() -> None:
    used, unreadable = set(), []
    for row in ROWS:
        step, one = Judge(), row | {"candidates": answers(row)}
        for request, shown in zip(step.requests(one), [s for s in step.showings(one) if not s.same], strict=True):
            heard = [next(e for e in ENTRIES if e.fits(request.messages[-1].content, attempt)) for attempt in (0, 1)]
            assert {entry.when[0] for entry in heard} == {row["instruction"]}
            used |= {ENTRIES.index(entry) for entry in heard}
            try:
                assert len(read_scores(heard[1].reply, 1, 10, 2).why) > 30
            except Unreadable:
                unreadable.append((row["id"], shown.order[0]))
    assert used == set(range(len(ENTRIES)))
    assert unreadable == [("last", "tuned")]
    assert len({row["id"] for row in ROWS}) == len(ROWS) == 12


def test_the_demo_ends_with_a_sentence_and_a_page(tmp_path: Path) -> None:
    done = tunesmith("demo", "evaluate", "--output", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "tuned and base cannot be told apart: tuned wins 7 of 11 questions, ties 3, loses 1" in done.stdout
    assert "1 of 22 verdicts are missing, and count for nothing" in done.stdout
    assert (tmp_path / "run" / "data" / "verdict.html").read_text(encoding="utf-8").startswith("<!")
    for name in ("outcomes.svg", "relative.svg", "groups.svg", "judge_scores.svg"):
        assert (tmp_path / "run" / "data" / name).stat().st_size > 500
