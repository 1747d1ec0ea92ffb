"""Pruning and filtering: the greedy rule of the paper, level by level, undone and done again at will."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from tests.explore.teachers import SEEDS
from tunesmith.errors import UsageError
from tunesmith.explore import Task, Tree, filter_examples, new_tree, prune
from tunesmith.explore.prune import all_examples, in_order

WORDS = ["write", "short", "letters", "long", "to", "friends"]
scorer = RougeScorer(["rougeL"])


def alike(a: str, b: str) -> float:
    return float(scorer.score(a, b)["rougeL"].fmeasure)


def tree_of(*titles: str) -> Tree:
    """The root, and the others two by two below those before them."""
    tree = new_tree(titles[0])
    for number, title in enumerate(titles[1:]):
        tree.add(tree.tasks()[number // 2], title, "")
    return tree


phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
thresholds = st.sampled_from([0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


@given(st.lists(phrases, min_size=1, max_size=10), thresholds)
@settings(deadline=None)
def test_tasks_are_pruned_as_by_the_plain_loop_over_rouge_score(titles: list[str], threshold: float) -> None:
    tree = tree_of(*titles)
    kept: list[Task] = []
    for task in tree.tasks():
        if task is tree.root or not any(alike(task.title, other.title) > threshold for other in kept):
            kept.append(task)
    pruned = prune(tree, threshold)
    assert [task for task in tree.tasks() if not task.pruned] == kept
    assert pruned == [task for task in tree.tasks() if task.pruned]
    for task in pruned:
        other = tree.by_name()[task.pruned["resembles"]]
        assert alike(task.title, other.title) > threshold
        assert task.pruned["score"] == round(alike(task.title, other.title), 4)
        assert other in kept


@given(st.lists(phrases, min_size=1, max_size=12), st.lists(thresholds, min_size=1, max_size=3))
@settings(deadline=None)
def test_examples_are_put_aside_as_by_the_plain_loop_whatever_was_done_before(
    texts: list[str], steps: list[float]
) -> None:
    task = new_tree(
        "Task", [{"instruction": text, "input": str(n), "output": "o"} for n, text in enumerate(texts)]
    ).root
    before = list(task.examples)
    for threshold in steps:
        aside = filter_examples(task, threshold)
    kept: list[str] = []
    for text in texts:
        if not any(alike(text, other) > steps[-1] for other in kept):
            kept.append(text)
    assert [example["instruction"] for example in task.examples] == kept
    assert aside == len(task.filtered) == len(texts) - len(kept)
    assert all_examples(task) == before
    assert [example["input"] for example, _ in in_order(task)] == [str(n) for n in range(len(texts))]
    assert all(example["resembles"] in kept and example["score"] > steps[-1] - 1e-4 for example in task.filtered)


def test_the_root_stays_and_what_is_pruned_keeps_its_examples() -> None:
    tree = tree_of("Write letters", "Write letters!", "Write long letters")
    tree.root.children[0].examples = SEEDS[:3]
    assert [task.name for task in prune(tree, 0.7)] == ["write_letters_0", "write_long_letters"]
    assert len(tree.root.children[0].examples) == 3
    assert prune(tree, 1.0) == []
    assert not any(task.pruned for task in tree.tasks())


def test_what_a_person_pruned_stays_pruned_and_counts_for_no_other() -> None:
    tree = tree_of("Letters", "Short letters to friends", "Short letters to my friends")
    first, second = tree.root.children
    first.pruned = {"by": "hand"}
    assert prune(tree, 0.7) == []
    assert (first.pruned, second.pruned) == ({"by": "hand"}, {})


def test_titles_in_chinese_need_the_unicode_tokenizer() -> None:
    tree = tree_of("写作", "给朋友写信", "给朋友们写信")
    assert prune(tree, 0.7) == []
    assert [task.title for task in prune(tree, 0.7, "unicode")] == ["给朋友们写信"]


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan")])
def test_a_threshold_that_makes_no_sense(threshold: float) -> None:
    tree = tree_of("A", "B")
    with pytest.raises(UsageError):
        prune(tree, threshold)
    with pytest.raises(UsageError):
        filter_examples(tree.root, threshold)


def test_examples_that_a_person_removes_leave_the_others_in_their_order() -> None:
    task = new_tree("Task", [{"instruction": f"{word} it now please", "output": "o"} for word in "abcdefgh"]).root
    assert filter_examples(task, 0.5) == 7
    del task.filtered[2]
    task.examples.clear()
    assert [example["instruction"][0] for example in all_examples(task)] == list("bcefgh")
