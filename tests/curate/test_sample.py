"""Draws: sizes exact, order kept, the same for the same seed, and as random as they should be."""

from collections import Counter
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.curate.sample import Draw, shares, size_of, stratified, uniform, weighted
from tunesmith.rows import Row

SEEDS = st.integers(0, 2**32)


def numbered(count: int, **more: Any) -> list[Row]:
    return [{"id": str(n), **more} for n in range(count)]


def drawn(draw: Draw) -> list[str]:
    return [row["id"] for row, reason in draw if not reason]


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 80), SEEDS)
def test_a_uniform_draw_is_a_subset_of_the_right_size_in_order(count: int, size: int, seed: int) -> None:
    rows = numbered(count)
    found = list(uniform(rows, size_of(size), seed))
    assert [row for row, _ in found] == rows
    assert len([row for row, reason in found if not reason]) == min(size, count)
    assert {reason for _, reason in found} <= {"", "not drawn"}
    assert found == list(uniform(rows, size_of(size), seed))


def test_the_same_rows_on_every_version_of_python() -> None:
    rows = [{"id": str(n), "kind": "abc"[n % 3], "weight": n % 5} for n in range(40)]
    assert drawn(uniform(rows, size_of(6), 7)) == ["1", "3", "6", "8", "21", "33"]
    assert drawn(stratified(rows, size_of(6), 7, "kind")) == ["1", "3", "6", "8", "10", "11"]
    assert drawn(weighted(rows, size_of(6), 7, "weight")) == ["4", "8", "11", "13", "14", "27"]


def test_every_set_is_equally_likely() -> None:
    rows, times = numbered(5), 6000
    counts = Counter(tuple(drawn(uniform(rows, size_of(2), seed))) for seed in range(times))
    expected = times / 10
    assert set(counts) == {(str(a), str(b)) for a, b in combinations(range(5), 2)}
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 27.9  # chi-square, 9 df, 0.1 %


def test_other_seeds_draw_other_rows() -> None:
    rows = numbered(100)
    assert drawn(uniform(rows, size_of(10), 1)) != drawn(uniform(rows, size_of(10), 2))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "", None, 4, 4.5]), max_size=60), st.integers(1, 70), SEEDS)
def test_a_stratified_draw_is_within_one_row_of_proportion(kinds: list[Any], size: int, seed: int) -> None:
    rows = [{"id": str(n), "kind": kind} for n, kind in enumerate(kinds)]
    found = drawn(stratified(rows, size_of(size), seed, "kind"))
    wanted = min(size, len(rows))
    assert len(found) == wanted
    assert found == sorted(found, key=int)
    there = Counter(kind or "" for kind in kinds)
    got = Counter(kinds[int(row)] or "" for row in found)
    for kind, number in there.items():
        assert abs(got[kind] - wanted * number / len(rows)) < 1


def test_largest_remainders_and_ties_to_the_first() -> None:
    assert shares(Counter({"a": 50, "b": 30, "c": 20}), 9) == {"a": 4, "b": 3, "c": 2}  # 4.5, 2.7, 1.8
    assert shares(Counter({"b": 1, "a": 1, "c": 1}), 2) == {"b": 1, "a": 1, "c": 0}
    assert shares(Counter(), 0) == {}


def test_within_a_kind_each_row_is_as_likely() -> None:
    rows = [{"id": str(n), "kind": n % 2} for n in range(8)]
    counts = Counter[str]()
    for seed in range(4000):
        counts.update(drawn(stratified(rows, size_of(2), seed, "kind")))
    assert all(abs(count - 1000) < 120 for count in counts.values())


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-2, 5), st.just("x")), max_size=40), st.integers(1, 50), SEEDS)
def test_a_weighted_draw_leaves_out_what_has_no_weight(weights: list[Any], size: int, seed: int) -> None:
    rows = [{"id": str(n), "weight": weight} for n, weight in enumerate(weights)]
    found = list(weighted(rows, size_of(size), seed, "weight"))
    assert [row for row, _ in found] == rows
    possible = [row for row in rows if isinstance(row["weight"], int) and row["weight"] > 0]
    chosen = [row for row, reason in found if not reason]
    assert len(chosen) == min(size, len(possible))
    for row, reason in found:
        if row not in possible:
            assert reason.startswith("never drawn: ")
        elif row not in chosen:
            assert reason == "not drawn"


def test_the_reasons_why_a_row_is_never_drawn() -> None:
    rows = [{"id": str(n), "w": w} for n, w in enumerate([0, -1, "x", None, "2"])]
    assert [reason for _, reason in weighted(rows, size_of(5), 0, "w")] == [
        "never drawn: the weight in w is 0",
        "never drawn: the weight in w is less than 0",
        "never drawn: no number as weight in w",
        "never drawn: no number as weight in w",
        "",
    ]


def test_the_first_of_a_weighted_draw_comes_in_proportion() -> None:
    rows = [{"id": str(n), "w": w} for n, w in enumerate([1, 2, 3, 4])]
    counts = Counter(drawn(weighted(rows, size_of(1), seed, "w"))[0] for seed in range(5000))
    assert [round(counts[str(n)] / 5000, 1) for n in range(4)] == [0.1, 0.2, 0.3, 0.4]
    # Of two drawn without replacement, the row of weight 4 is one with the chance
    # 0.4 + 0.1 * 4/9 + 0.2 * 4/8 + 0.3 * 4/7 = 0.7159.
    pairs = sum("3" in drawn(weighted(rows, size_of(2), seed, "w")) for seed in range(5000))
    assert pairs / 5000 == pytest.approx(0.7159, abs=0.02)


def test_a_tiny_weight_is_a_weight() -> None:
    rows = [{"id": "0", "w": 5e-324}, {"id": "1", "w": 1e99}]
    assert drawn(weighted(rows, size_of(1), 3, "w")) == ["1"]
    assert drawn(weighted(rows, size_of(2), 3, "w")) == ["0", "1"]


def test_a_share_of_the_rows() -> None:
    assert len(drawn(uniform(numbered(52), size_of(share=0.25), 0))) == 13
    assert len(drawn(uniform(numbered(3), size_of(share=0.001), 0))) == 1


@settings(deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=60), st.integers(1, 70), st.integers(1, 20), SEEDS)
def test_a_cap_holds_and_counts_towards_the_share(kinds: list[str], size: int, cap: int, seed: int) -> None:
    rows = [{"id": str(n), "kind": kind} for n, kind in enumerate(kinds)]
    found = Counter(kinds[int(name)] for name in drawn(stratified(rows, size_of(size), seed, "kind", cap)))
    capped = Counter({kind: min(number, cap) for kind, number in Counter(kinds).items()})
    assert found.total() == min(size, capped.total())
    for kind, number in capped.items():
        assert found[kind] <= number
        assert abs(found[kind] - found.total() * number / capped.total()) < 1
