"""What a set covers: by hand, against `rouge_score`, by brute force, and the intervals by simulation."""

import json
import random
from collections import Counter
from itertools import combinations, product
from math import sqrt
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.analyze.coverage import Depth, compare, measure
from tunesmith.analyze.likeness import Kind, average
from tunesmith.analyze.richness import rarefied
from tunesmith.curate.rouge import rouge_l
from tunesmith.estimates import Estimate, difference

KINDS: list[Kind] = ["within", "between", "all"]
TEXTS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=6)
ROWS = st.lists(st.tuples(st.integers(0, 2), TEXTS), max_size=9)


def row(instruction: str, *path: str) -> dict[str, Any]:
    more = {"task": path[-1].lower(), "path": list(path), "depth": len(path) - 1} if path else {}
    return {"instruction": instruction, **more}


TREE = [
    row("Write a poem.", "Writing"),
    row("Write a poem.", "Writing", "Poems"),
    row("Write two poems.", "Writing", "Poems"),
    row("List three tips.", "Writing", "Tips"),
    row("What is a tip?", "Writing", "Tips"),
]


def test_a_small_tree_by_hand() -> None:
    found = measure(TREE)
    assert (found.rows, found.tasks, found.without_task, found.readable) == (5, 3, 0, 4)
    assert found.depths == {0: Depth(1, 1), 1: Depth(2, 4)}
    assert found.verb_nouns == {("write", "poem"): 3, ("list", "tip"): 1}
    assert found.unique_pairs().value == 2
    assert found.unique_pairs(1).value == pytest.approx(4 / 5)
    # "write a poem" and "write two poems" have one of three words in common, the two tips have none
    assert found.within.estimate.value == pytest.approx((1 / 3 + 0) / 2)
    assert (found.within.pairs, found.within.of, found.within.estimate.rows) == (2, 2, 4)
    # the poem of the root with the two below; "a" with "what is a tip", twice
    assert found.between.estimate.value == pytest.approx((1 + 1 / 3 + 2 * 2 / 7) / 8)
    assert found.overall.of == 10
    assert found.alike == 2


def words_of(rows: list[tuple[int, list[str]]]) -> tuple[list[list[str]], list[int]]:
    return [words for _, words in rows], [task for task, _ in rows]


def pairs_of(rows: list[tuple[int, list[str]]], kind: Kind) -> list[tuple[int, int]]:
    pairs = combinations(range(len(rows)), 2)
    return [(a, b) for a, b in pairs if kind == "all" or (rows[a][0] == rows[b][0]) == (kind == "within")]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(KINDS))
def test_averages_are_those_of_rouge_score(rows: list[tuple[int, list[str]]], kind: Kind) -> None:
    from rouge_score import rouge_scorer

    scores = [rouge_scorer._score_lcs(rows[a][1], rows[b][1]).fmeasure for a, b in pairs_of(rows, kind)]
    found = average(*words_of(rows), kind, 1000, 0)
    assert found.of == found.pairs == len(scores)
    assert found.estimate.value == (pytest.approx(fmean(scores)) if scores else None)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(KINDS))
def test_the_error_is_that_of_leaving_out_each_row(rows: list[tuple[int, list[str]]], kind: Kind) -> None:
    taking_part = {place for pair in pairs_of(rows, kind) for place in pair}
    values = []
    for left_out in taking_part:
        rest = rows[:left_out] + rows[left_out + 1 :]
        values.append(average(*words_of(rest), kind, 1000, 0).estimate.value)
    found = average(*words_of(rows), kind, 1000, 0).estimate
    known = [value for value in values if value is not None]
    n = len(values)
    if n < 2 or len(known) < n:
        assert found.error is None
    else:
        error = sqrt((n - 1) / n * sum((value - fmean(known)) ** 2 for value in known))
        assert (found.error or 0.0) == pytest.approx(error, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(KINDS), st.integers(1, 10), st.integers(0, 3))
def test_a_sample_of_pairs_is_of_that_kind_and_follows_the_seed(
    rows: list[tuple[int, list[str]]], kind: Kind, most: int, seed: int
) -> None:
    texts, tasks = words_of(rows)
    found = average(texts, tasks, kind, most, seed)
    assert found == average(texts, tasks, kind, most, seed)
    assert found.of == len(pairs_of(rows, kind))
    assert found.pairs == min(most, found.of)
    scores = [rouge_l(" ".join(rows[a][1]), " ".join(rows[b][1])) for a, b in pairs_of(rows, kind)]
    if scores:
        assert found.estimate.value is not None
        assert min(scores) - 1e-9 <= found.estimate.value <= max(scores) + 1e-9


def test_a_sample_comes_close() -> None:
    lots = random.Random(3)
    rows = [(lots.randrange(4), lots.choices("abcdefgh", k=6)) for _ in range(200)]
    for kind in KINDS:
        whole, part = (average(*words_of(rows), kind, most, 1).estimate for most in (10**6, 2000))
        assert whole.value is not None
        assert part.low is not None
        assert part.high is not None
        assert part.low < whole.value < part.high


COUNTS = st.lists(st.integers(1, 4), max_size=4)


@settings(max_examples=80, deadline=None)
@given(COUNTS, st.integers(0, 3), st.data())
def test_rarefaction_is_the_average_over_all_subsets(counts: list[int], without: int, data: st.DataObject) -> None:
    things = [thing for thing, count in enumerate(counts) for _ in range(count)] + [-1] * without
    subset = data.draw(st.integers(0, len(things)))

    def by_force(kept: list[int], size: int) -> float:
        return fmean(len(set(chosen) - {-1}) for chosen in combinations(kept, size))

    found = rarefied(counts, len(things), subset)
    assert found.value == pytest.approx(by_force(things, subset))
    if len(things) > 1 and subset:
        n, fewer = len(things), min(subset, len(things) - 1)
        left = [by_force(things[:place] + things[place + 1 :], fewer) for place in range(n)]
        error = sqrt((n - 1) / n * sum((value - fmean(left)) ** 2 for value in left))
        assert (found.error or 0.0) == pytest.approx(error, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(0, 50))
def test_more_rows_have_more_different_things(counts: list[int], without: int) -> None:
    rows = sum(counts) + without
    values = [rarefied(counts, rows, size).value or 0.0 for size in range(0, rows + 1, max(1, rows // 7))]
    assert values == sorted(values)
    assert values[0] == 0
    assert rarefied(counts, rows, rows).value == pytest.approx(len(counts))


# A world to draw from: tasks with their instructions, and how likely each is.
WORLD = [
    (task, text.split(), weight)
    for task, texts in enumerate(
        [
            ["rewrite the sentence", "rewrite the text below", "rewrite the text in a new style"],
            ["write a story about a dog", "write a poem about a cat", "give me a recipe"],
            ["list three tips", "what is the capital of peru", "explain the concept of time to a child"],
        ]
    )
    for text, weight in zip(texts, [5, 2, 1], strict=True)
]
WEIGHTS = [weight for _, _, weight in WORLD]


def in_the_world(kind: Kind) -> float:
    """The average over all pairs that could be drawn."""
    total = likeness = 0.0
    for (task, text, weight), (other_task, other, other_weight) in product(WORLD, WORLD):
        if kind == "all" or (task == other_task) == (kind == "within"):
            total += weight * other_weight
            likeness += weight * other_weight * rouge_l(" ".join(text), " ".join(other))
    return likeness / total


@pytest.mark.parametrize(("rows", "most"), [(12, 10**6), (40, 10**6), (80, 300)])
@pytest.mark.parametrize("kind", KINDS)
def test_intervals_of_averages_hold_what_they_promise(kind: Kind, rows: int, most: int) -> None:
    lots, truth = random.Random(1), in_the_world(kind)
    held = tries = 0
    for seed in range(300):
        drawn = lots.choices(WORLD, WEIGHTS, k=rows)
        found = average([text for _, text, _ in drawn], [task for task, _, _ in drawn], kind, most, seed).estimate
        if found.low is not None and found.high is not None:
            tries += 1
            held += found.low <= truth <= found.high
    assert tries > 250
    assert held / tries > 0.9


@pytest.mark.parametrize(("rows", "subset"), [(20, 20), (20, 10), (150, 150), (150, 60)])
def test_intervals_of_unique_pairs_hold_what_they_promise(rows: int, subset: int) -> None:
    chances = [1 / (place + 3) for place in range(150)]
    chances = [chance / sum(chances) * 0.85 for chance in chances]  # the rest have no pair
    truth = sum(1 - (1 - chance) ** subset for chance in chances)
    lots, held = random.Random(2), 0
    for _ in range(300):
        counts = Counter(lots.choices(range(151), [*chances, 0.15], k=rows))
        del counts[150]
        found = rarefied(counts.values(), rows, subset)
        held += (found.low or 0) <= truth <= (found.high or 0)
    assert held / 300 > 0.92


def test_two_sets_are_compared_at_the_size_of_the_smaller() -> None:
    nouns = ["poem", "story", "song", "list", "table", "report", "letter", "email", "joke", "riddle"]
    tree = [row(f"Write a {noun}.", "Writing", noun) for place, noun in enumerate(nouns) for _ in range(place + 2)]
    flat = [*[row(f"Write a {noun}.") for noun in nouns[:3]] * 4, row("Write a list.")]
    found = compare(measure(tree), measure(flat))
    assert found.rows == 13
    assert found.verb_nouns.first.value == pytest.approx(rarefied(range(2, 12), 65, 13).value)
    assert found.verb_nouns.second.value == 4
    assert found.verb_nouns.difference.value == pytest.approx((found.verb_nouns.first.value or 0) - 4)
    assert (found.verb_nouns.difference.low or 0) > 0
    assert found.overall.difference.value is not None
    assert found.within.difference == Estimate()
    again = compare(measure(flat), measure(tree))
    assert again.verb_nouns.difference.value == pytest.approx(-(found.verb_nouns.difference.value or 0))
    assert json.loads(json.dumps(found.as_json())) == found.as_json()
    assert found.as_json()["first"]["depths"] == [{"depth": 1, "tasks": 10, "rows": 65}]
    assert found.as_json()["second"]["frequent_verb_nouns"][0] == {"verb": "write", "noun": "poem", "rows": 4}


def test_a_difference_adds_the_errors_up() -> None:
    found = difference(Estimate(5.0, 4.0, 6.0, 400, 3.0), Estimate(2.0, 1.0, 3.0, 300, 4.0))
    assert (found.value, found.error, found.rows) == (3.0, 5.0, 300)
    assert found.low == pytest.approx(3 - 5 * 1.968, abs=0.01)
    assert difference(Estimate(5.0, rows=9), Estimate(2.0, 1.0, 3.0, 300, 4.0)) == Estimate(3.0, rows=9)


def test_the_real_tree_is_less_alike_between_tasks_than_within(shared: Any) -> None:
    rows = []
    for path in sorted((shared / "explore_instruct" / "demo_domain").glob("*.json")):
        for example in json.loads(path.read_text(encoding="utf-8")).get("examples", []):
            rows.append({"instruction": example["instruction"], "task": path.stem})
    found = measure(rows, pairs=20_000)
    assert (found.rows, found.tasks, found.without_task) == (4433, 9, 0)
    assert found.depths == {None: Depth(9, 4433)}
    assert found.readable > 4000
    assert (found.within.estimate.low or 0) > (found.between.estimate.high or 1)


def test_chinese_has_no_verbs_and_no_words_for_rouge() -> None:
    rows = [row("写一首诗", "写作", "诗"), row("写一首歌", "写作", "诗"), row("Write a poem", "写作", "诗")]
    found = measure(rows)
    assert (found.not_english, found.readable, found.wordless) == (2, 1, 2)
    assert found.within.pairs == 0
    found = measure(rows, tokenizer="unicode")
    assert (found.wordless, found.within.pairs) == (0, 3)
    assert found.within.estimate.value == pytest.approx(0.75 / 3)
    assert found.alike == 2


def test_rows_that_say_little() -> None:
    nothing = measure([])
    assert (nothing.rows, nothing.tasks, nothing.depths, nothing.unique_pairs().value) == (0, 0, {}, 0)
    assert nothing.as_json()["within"]["value"] is None
    assert compare(nothing, nothing).rows == 0
    rows: list[dict[str, Any]] = [
        {},
        {"instruction": None, "task": "a", "depth": True},
        {"instruction": "Write a poem", "path": ["A", "B"]},
    ]
    found = measure(rows)
    assert (found.rows, found.tasks, found.without_task, found.wordless) == (3, 2, 1, 2)
    assert found.depths == {1: Depth(1, 1), None: Depth(1, 1)}


def test_two_tasks_of_one_name_in_different_places_are_two() -> None:
    assert measure([row("Write.", "A", "Same"), row("Write.", "B", "Same")]).tasks == 2


def test_equal_rows_cannot_tell_how_others_would_be() -> None:
    found = measure([row("Write a poem.", "A")] * 5)
    assert (found.within.estimate.value, found.within.estimate.low) == (1.0, None)


def test_another_reader_can_be_used() -> None:
    assert measure([row("x")], read=lambda _: ("do", "thing")).verb_nouns == {("do", "thing"): 1}
