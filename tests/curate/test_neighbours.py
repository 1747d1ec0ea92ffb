"""Nearest neighbours and farthest-first choices, held against all pairs measured by `rouge_score`."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.curate.test_near_duplicates import ENGINES
from tunesmith.curate.near_duplicates import Engine
from tunesmith.curate.neighbours import farthest_first, nearest_neighbours
from tunesmith.curate.rouge import Match, rouge_l

TEXTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=8).map(" ".join), max_size=12)


def brute_force(texts: list[str]) -> list[Match | None]:
    from rouge_score import rouge_scorer, tokenize

    words = [tokenize.tokenize(text, None) for text in texts]
    found = []
    for one, mine in enumerate(words):
        scores = [
            (rouge_scorer._score_lcs(mine, other).fmeasure, -row) for row, other in enumerate(words) if row != one
        ]
        score, row = max(scores, default=(0.0, 0))
        found.append(Match(-row, score) if score else None)
    return found


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_nearest_of_any_texts(texts: list[str]) -> None:
    expected = brute_force(texts)
    for engine in ENGINES:
        assert nearest_neighbours(texts, engine=engine) == expected


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_nearest_of_those_before(texts: list[str]) -> None:
    expected = [brute_force(texts[: place + 1])[place] for place in range(len(texts))]
    for engine in ENGINES:
        assert nearest_neighbours(texts, engine=engine, earlier=True) == expected


def test_the_nearest_of_real_instructions(alpaca: list[dict[str, Any]]) -> None:
    texts = [row["instruction"] for row in alpaca[::130]]
    expected = brute_force(texts)
    for engine in ENGINES:
        assert nearest_neighbours(texts, engine=engine) == expected


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(0, 12), st.integers(0, 3))
def test_each_choice_is_as_far_as_any_from_those_before(texts: list[str], wanted: int, seed: int) -> None:
    chosen = farthest_first(texts, wanted, seed, engine="python")
    assert chosen == farthest_first(texts, wanted, seed, engine="numba")
    assert len(chosen) == len(set(chosen)) == min(wanted, len(texts))
    for turn in range(1, len(chosen)):
        near = {
            row: max(rouge_l(texts[row], texts[before]) for before in chosen[:turn])
            for row in range(len(texts))
            if row not in chosen[:turn]
        }
        assert near[chosen[turn]] == min(near.values())


def test_the_seed_decides_where_to_begin() -> None:
    texts = [f"word{number}" for number in range(50)]
    assert farthest_first(texts, 5, 1) == farthest_first(texts, 5, 1) != farthest_first(texts, 5, 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_unicode_tokenizer_sees_other_scripts(engine: Engine) -> None:
    texts = ["写一首诗", "写一首歌", "Schreibe ein Gedicht"]
    assert nearest_neighbours(texts, engine=engine) == [None] * 3
    assert nearest_neighbours(texts, "unicode", engine) == [Match(1, 0.75), Match(0, 0.75), None]
