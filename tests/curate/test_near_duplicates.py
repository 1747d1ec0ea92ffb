"""The near-duplicate filter decides as `rouge_score` does, on every input, with either engine."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer, tokenize

from tunesmith.curate.near_duplicates import Engine, NearDuplicates, find_near_duplicates
from tunesmith.curate.rouge import Match, common_needed, f_measure, rouge_l
from tunesmith.errors import UsageError

ENGINES: list[Engine] = ["python", "numba"]
THRESHOLDS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


class Oracle:
    """What `rouge_score` says of each pair of texts that could exceed 0.25.

    The longest common subsequence is at most the common words, counted with their repetitions; pairs whose score is
    at most 0.25 by that bound are not worth `rouge_score`'s time.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        words = [tokenize.tokenize(text, None) for text in texts]
        counts = [Counter(each) for each in words]
        self.pairs: dict[tuple[int, int], float] = {}
        for one, other in combinations(range(len(texts)), 2):
            sizes = len(words[one]) + len(words[other])
            if sizes and 2 * (counts[one] & counts[other]).total() > 0.25 * sizes:
                self.pairs[one, other] = rouge_scorer._score_lcs(words[one], words[other]).fmeasure

    def score(self, one: int, other: int) -> float:
        return self.pairs.get((min(one, other), max(one, other)), 0.0)

    def greedy(self, threshold: float, order: Sequence[int]) -> list[Match | None]:
        """The published loop, in any order; matches by position in that order."""
        kept: list[int] = []
        verdicts: list[Match | None] = []
        for position, text in enumerate(order):
            near = [(self.score(text, order[row]), -row) for row in kept]
            best = max(((score, row) for score, row in near if score > threshold), default=None)
            verdicts.append(best and Match(-best[1], best[0]))
            if best is None:
                kept.append(position)
        return verdicts


def check(oracle: Oracle, threshold: float, order: Sequence[int] | None = None) -> list[Match | None]:
    order = order or range(len(oracle.texts))
    texts = [oracle.texts[text] for text in order]
    expected = oracle.greedy(threshold, order)
    for engine in ENGINES:
        assert list(find_near_duplicates(texts, threshold, engine=engine)) == expected, (engine, threshold)
    return expected


def tree(shared: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in sorted((shared / "explore_instruct" / "demo_domain").glob("*.json")):
        task: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if task.get("examples"):
            found[file.stem] = [example["instruction"] for example in task["examples"]]
    return found


@pytest.mark.parametrize("number", range(9))
def test_all_tasks_of_the_real_tree(shared: Path, number: int) -> None:
    tasks = tree(shared)
    assert len(tasks) == 9
    name = sorted(tasks)[number]
    oracle = Oracle(tasks[name])
    kept = {threshold: check(oracle, threshold).count(None) for threshold in THRESHOLDS}
    published = {"paraphrase": 269, "style_transfer": 347}
    assert kept[0.7] == published.get(name, kept[0.7])
    assert kept[1.0] == len(tasks[name])


def test_2000_rows_of_alpaca_in_three_orders(alpaca: list[dict[str, Any]]) -> None:
    oracle = Oracle([row["instruction"] for row in alpaca[::26]])
    assert len(oracle.texts) == 2001
    rows = list(range(len(oracle.texts)))
    shuffled = random.Random(3).sample(rows, len(rows))
    for order in (rows, rows[::-1], shuffled):
        for threshold in (0.3, 0.5, 0.7):
            check(oracle, threshold, order)


def random_texts(rng: random.Random, many: int, words: int, most: int) -> list[str]:
    texts: list[str] = []
    for _ in range(many):
        if texts and rng.random() < 0.6:  # much like an earlier one
            text = rng.choice(texts).split()
            for _ in range(rng.randint(0, 4)):
                place = rng.randint(0, len(text))
                text[place : place + rng.randint(0, 1)] = [f"w{rng.randrange(words)}"] * rng.randint(0, 1)
        else:
            text = [f"w{rng.randrange(words)}" for _ in range(rng.randint(0, most))]
        texts.append(" ".join(text))
    return texts


@pytest.mark.parametrize(("words", "most"), [(3, 6), (6, 14), (12, 30), (30, 70), (100, 150)])
def test_random_texts_at_thresholds_on_which_pairs_sit(words: int, most: int) -> None:
    rng = random.Random(f"{words} {most}")
    on_the_edge = 0
    for _ in range(6):
        oracle = Oracle(random_texts(rng, 100 if most < 50 else 30, words, most))
        scores = sorted(score for score in set(oracle.pairs.values()) if score >= 0.3)
        for threshold in [*THRESHOLDS, *rng.sample(scores, min(6, len(scores)))]:
            on_the_edge += threshold in scores
            check(oracle, threshold)
    assert on_the_edge >= 20


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=9).map(" ".join), max_size=14),
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 9),
)  # fmt: skip
def test_any_texts_at_the_score_of_any_pair(texts: list[str], common: int, m: int, n: int) -> None:
    threshold = f_measure(min(common, m, n), m, n)
    oracle = Oracle(texts)
    expected = oracle.greedy(threshold, range(len(texts))) if threshold > 0.25 else None
    python = list(find_near_duplicates(texts, threshold, engine="python"))
    assert python == list(find_near_duplicates(texts, threshold, engine="numba"))
    assert expected in (None, python)


def test_on_the_edge_the_last_bit_decides() -> None:
    seven = "a b c d e f g"
    assert f_measure(7, 7, 13) == 0.7000000000000001
    assert f_measure(7, 10, 10) == 0.7
    for engine in ENGINES:
        above = find_near_duplicates([seven, f"{seven} h i j k l m"], engine=engine)
        assert [match is None for match in above] == [True, False]
        below = find_near_duplicates([f"{seven} x y z", f"{seven} h i j"], engine=engine)
        assert [match is None for match in below] == [True, True]


@given(st.integers(0, 200), st.integers(0, 200), st.sampled_from([0.0, *THRESHOLDS]))
def test_the_common_words_needed_are_the_fewest_that_exceed(m: int, n: int, threshold: float) -> None:
    needed = common_needed(m, n, threshold)
    assert all(f_measure(common, m, n) <= threshold for common in range(min(needed, min(m, n) + 1)))
    assert needed > min(m, n) or f_measure(needed, m, n) > threshold


def test_a_carry_passes_from_one_machine_word_to_the_next() -> None:
    long = " ".join(f"w{number}" for number in range(200))
    for engine in ENGINES:
        (_, match) = find_near_duplicates([long, "w150 w63"], 0.0, engine=engine)
        assert match == Match(0, f_measure(1, 200, 2))


def test_tables_of_what_many_texts_share(monkeypatch: pytest.MonkeyPatch) -> None:
    from tunesmith.curate import near_duplicates as module

    monkeypatch.setattr(module, "_FEW", 1)
    for words, most in ((4, 7), (9, 20)):
        oracle = Oracle(random_texts(random.Random(words), 120, words, most))
        for threshold in THRESHOLDS:
            expected = oracle.greedy(threshold, range(len(oracle.texts)))
            assert list(find_near_duplicates(oracle.texts, threshold, engine="python")) == expected


def test_long_texts_and_wide_signatures() -> None:
    rng = random.Random(5)
    words = [f"w{number}" for number in range(400)]
    texts = [" ".join(rng.choices(words, k=rng.randint(15, 120))) for _ in range(40)]
    for text in texts[:]:
        changed = text.split()
        for _ in range(rng.randint(1, 40)):
            changed[rng.randrange(len(changed))] = rng.choice(words)
        texts.append(" ".join(changed))
    oracle = Oracle(texts)
    dropped = [sum(match is not None for match in check(oracle, threshold)) for threshold in (0.4, 0.7, 0.9)]
    assert dropped[0] > dropped[1] > dropped[2] > 0


@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129, 1000])
def test_lengths_around_a_machine_word(size: int) -> None:
    text = [f"w{number % 90}" for number in range(size)]
    oracle = Oracle([" ".join(text), " ".join(text[1:]), " ".join(text[: size // 2]), " ".join(["x", *text[2:]])])
    for threshold in (0.3, f_measure(size - 1, size, size - 1), 0.7, 1.0):
        check(oracle, threshold)


def test_a_numba_that_cannot_be_used_is_told_and_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    from tunesmith.curate import near_duplicates_fast

    def broken(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(near_duplicates_fast, "corpus_of", broken)
    texts = ["name a fruit"] * 20_000
    with pytest.warns(RuntimeWarning, match="numba cannot be used.*No space left"):
        assert list(find_near_duplicates(texts))[:2] == [None, Match(0, 1.0)]
    with pytest.raises(OSError, match="No space"):
        list(find_near_duplicates(texts, engine="numba"))


@pytest.mark.parametrize("engine", ENGINES)
def test_lower_case_comes_before_the_words(engine: Engine) -> None:
    # The Kelvin sign lower-cases to an ASCII k; a capital I with a dot to an i and a combining dot.
    texts = ["boil at 300 k now", "BOIL at 300 \u212a, now!", "İ b"]
    assert list(find_near_duplicates(texts, engine=engine)) == [None, Match(0, 1.0), None]
    assert rouge_l("İ b", "i b") == 1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_texts_without_words_resemble_nothing(engine: Engine) -> None:
    texts = ["请写一首诗", "请写一首诗", "", "...", "请写一首诗吧", "写一首关于春天的诗"]
    assert list(find_near_duplicates(texts, engine=engine)) == [None] * 6
    found = list(find_near_duplicates(texts, tokenizer="unicode", engine=engine))
    assert [match and match.row for match in found] == [None, 0, None, None, 0, None]


@pytest.mark.parametrize("engine", ENGINES)
def test_groups_are_not_compared_and_what_must_stay_stays(engine: Engine) -> None:
    texts = ["list three fruits"] * 6
    groups = ["a", "b", "a", "b", "c", "a"]
    stay = [False, False, True, False, False, False]
    found = list(find_near_duplicates(texts, groups=groups, must_stay=stay, engine=engine))
    assert found == [None, None, None, Match(1, 1.0), None, Match(0, 1.0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_texts_at_all(engine: Engine) -> None:
    assert list(find_near_duplicates([], engine=engine)) == []
    assert list(find_near_duplicates(["", ""], engine=engine)) == [None, None]


def test_the_index_grows_text_by_text() -> None:
    index = NearDuplicates()
    assert index.add("Name three primary colours of paint.") is None
    assert index.nearest("name three primary colours of light") == Match(0, f_measure(5, 6, 6))
    assert index.add("Name three primary colours of light.") == Match(0, f_measure(5, 6, 6))
    assert index.add("Name three primary colours of light.", must_stay=True) is None
    assert index.add("name three primary colours of light!") == Match(2, 1.0)
    assert index.add("???") is None
    assert (len(index), index.wordless) == (5, 1)


@pytest.mark.parametrize("threshold", [-0.1, 1.01, float("nan")])
def test_a_threshold_that_is_none(threshold: float) -> None:
    with pytest.raises(UsageError, match="a number from 0 to 1"):
        NearDuplicates(threshold)


def test_numba_is_taken_only_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    from tunesmith.curate import near_duplicates as module

    absent: Callable[[str], None] = lambda name: None  # noqa: E731
    monkeypatch.setattr(module, "find_spec", absent)
    assert not module.takes_numba("auto", 1_000_000, 1)
    with pytest.raises(UsageError, match=r"tunesmith\[fast\]"):
        list(find_near_duplicates(["a"], engine="numba"))
