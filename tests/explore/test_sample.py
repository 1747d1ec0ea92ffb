"""Samples: never more than there is, from pruned tasks never, in proportion, capped, and the same for the same seed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.explore.teachers import SEEDS
from tunesmith.errors import DataError
from tunesmith.explore import CAP, Tree, all_rows, filter_examples, new_tree, sample
from tunesmith.explore.sample import rows_of


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    tree = new_tree("Root", [{"instruction": f"root {n}", "output": "o"} for n in range(draw(st.integers(0, 30)))])
    for _ in range(draw(st.integers(0, 7))):
        task = tree.add(draw(st.sampled_from(tree.tasks())), "Task", "")
        number = draw(st.integers(0, 40))
        task.examples = [{"instruction": f"{task.name} {n}", "input": "", "output": "o"} for n in range(number)]
        task.filtered = [{"instruction": "aside", "position": 1}] * draw(st.integers(0, 2))
        task.pruned = draw(st.sampled_from([{}, {}, {"by": "hand"}]))
    return tree


@given(trees(), st.none() | st.integers(1, 120), st.none() | st.integers(0, 4), st.integers(1, 50), st.integers(0, 3))
@settings(deadline=None)
def test_a_draw(tree: Tree, n: int | None, max_depth: int | None, cap: int, seed: int) -> None:
    draw = sample(tree, n, max_depth, cap, seed)
    tasks = tree.by_name()
    allowed = {
        name: min(len(task.examples), cap)
        for name, task in tasks.items()
        if not task.pruned and (max_depth is None or task.depth <= max_depth)
    }
    assert draw.available == sum(allowed.values())
    assert len(draw.rows) == (draw.available if n is None else min(n, draw.available))
    drawn = Counter(row["task"] for row in draw.rows)
    for name, number in allowed.items():
        assert drawn[name] <= number
        assert abs(drawn[name] * draw.available - number * len(draw.rows)) < max(draw.available, 1)
    assert drawn.keys() <= allowed.keys()
    assert len({row["id"] for row in draw.rows}) == len(draw.rows)
    assert not any(row["instruction"] == "aside" for row in draw.rows)
    for row in draw.rows:
        assert (row["depth"], row["path"]) == (tasks[row["task"]].depth, tasks[row["task"]].path)
    deeper = sum(max_depth is not None and task.depth > max_depth for task in tasks.values())
    assert draw.deeper == deeper
    assert draw.pruned + deeper + len(allowed) == len(tasks)
    assert draw.over == sum(len(tasks[name].examples) - number for name, number in allowed.items())
    order = [row["id"] for row in all_rows(tree)]
    assert [row["id"] for row in draw.rows] == sorted((row["id"] for row in draw.rows), key=order.index)
    assert sample(tree, n, max_depth, cap, seed) == draw


def test_each_example_is_as_likely_as_the_next() -> None:
    tree = new_tree("Root", SEEDS[:10])
    tree.add(tree.root, "Task", "").examples = SEEDS[10:30]
    drawn = Counter(row["id"] for seed in range(2000) for row in sample(tree, 6, seed=seed).rows)
    assert len(drawn) == 30
    # 400 expected of each; five standard deviations of 2000 draws with a chance of a fifth are 90.
    assert all(310 < number < 490 for number in drawn.values())


def test_another_seed_draws_others() -> None:
    tree = new_tree("Root", SEEDS)
    draws = {tuple(row["id"] for row in sample(tree, 10, seed=seed).rows) for seed in range(10)}
    assert len(draws) == 10


def test_the_cap_is_500_as_published() -> None:
    tree = new_tree("Root", [{"instruction": str(n), "output": "o"} for n in range(CAP + 20)])
    draw = sample(tree)
    assert (len(draw.rows), draw.available, draw.over) == (500, 500, 20)


def test_pruned_tasks_are_drawn_from_only_on_demand() -> None:
    tree = new_tree("Root", SEEDS[:2])
    task = tree.add(tree.root, "Task", "")
    task.examples, task.pruned = SEEDS[2:5], {"by": "hand"}
    assert (len(sample(tree).rows), sample(tree).pruned) == (2, 1)
    assert (len(sample(tree, with_pruned=True).rows), sample(tree, with_pruned=True).pruned) == (5, 0)


def test_an_empty_tree_gives_an_empty_draw() -> None:
    assert sample(new_tree("Root"), 10).rows == []


def test_a_rows_id_stays_the_same_when_others_are_put_aside() -> None:
    task = new_tree(
        "Root", [{"instruction": text, "output": "o"} for text in ("do it now", "do it now!", "something else here")]
    ).root
    before = {row["instruction"]: row["id"] for row in rows_of(task)}
    assert filter_examples(task) == 1
    assert {row["instruction"]: row["id"] for row in rows_of(task)} == {
        text: before[text] for text in ("do it now", "something else here")
    }


def test_two_examples_of_one_id_are_told() -> None:
    tree = new_tree("Root", [{"instruction": text, "output": "o", "id": "x"} for text in ("One.", "Two.")])
    with pytest.raises(DataError, match="two examples have the id 'x'"):
        sample(tree)


def test_an_example_without_an_output_is_not_drawn_and_told() -> None:
    tree = new_tree(
        "Root", [{"instruction": "One.", "output": "o"}, {"instruction": "Two."}, {"instruction": "Three."}]
    )
    draw = sample(tree)
    assert [row["instruction"] for row in draw.rows] == ["One."]
    assert (draw.available, draw.unanswered) == (1, 2)
