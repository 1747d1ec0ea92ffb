"""The seeds of our own: sixty, of both kinds, unlike one another and unlike the published ones."""

import json
from collections import Counter
from pathlib import Path

from tunesmith.curate.near_duplicates import find_near_duplicates
from tunesmith.curate.neighbours import nearest_neighbours
from tunesmith.data.files import check_source, read_rows
from tunesmith.explore.self_instruct.filters import Filters
from tunesmith.recipes import load_recipe

SEEDS = Path(load_recipe("self-instruct").steps[0].source[0])
ROWS = list(read_rows(SEEDS))


def test_sixty_of_both_kinds() -> None:
    kinds = Counter(row["is_classification"] for row in ROWS)
    assert kinds == {True: 20, False: 40}
    assert 0.4 < sum(bool(row["input"]) for row in ROWS if not row["is_classification"]) / 40 < 0.6
    assert check_source(SEEDS).columns == ("id", "instruction", "input", "output", "is_classification")
    assert len({row["id"] for row in ROWS}) == 60


def test_diverse_verbs() -> None:
    begins = Counter(row["instruction"].split()[0] for row in ROWS)
    assert len(begins) > 45
    assert max(begins.values()) <= 3


def test_each_passes_the_checks_that_new_tasks_must_pass() -> None:
    checks = Filters().checks()
    assert {checks.problem(row["instruction"], row["input"], row["output"]) for row in ROWS} == {""}
    assert all(len(row["output"].split()) <= 100 for row in ROWS)
    assert all(len(row["output"].split()) <= 7 for row in ROWS if row["is_classification"])


def test_none_is_like_another() -> None:
    texts = [row["instruction"] for row in ROWS]
    assert not any(find_near_duplicates(texts, 0.7))
    assert max(match.score for match in nearest_neighbours(texts) if match) < 0.5


def test_none_is_like_a_published_one(shared: Path) -> None:
    published = [json.loads(line) for line in (shared / "alpaca" / "seed_tasks.jsonl").read_text().splitlines()]
    texts = [task["instruction"] for task in published] + [row["instruction"] for row in ROWS]
    near = nearest_neighbours(texts, earlier=True)[len(published) :]
    assert max(match.score for match in near if match) < 0.5
    outputs = {instance["output"] for task in published for instance in task["instances"]}
    assert not {row["output"] for row in ROWS if len(row["output"]) > 30} & outputs
