"""The step ``sample`` where it chooses rows that are unlike each other: by words, by vectors, by a model."""

import json
from pathlib import Path
from typing import Any

import pytest

from tunesmith.errors import UsageError
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.sample import Sample

KINDS = ["name a red fruit", "write a short poem", "add two numbers"]


def draw(step: Sample, rows: list[Row]) -> list[Row]:
    entries: list[dict[str, Any]] = []
    out = list(step.run(rows, Ledger("sample", entries.append), None))
    assert len(entries) == len(rows)
    return out


def rows(number: int, **columns: list[Any]) -> list[Row]:
    return [
        {"id": str(n), "instruction": f"{KINDS[n % 3]} {n}", **{name: values[n] for name, values in columns.items()}}
        for n in range(number)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_by_words_one_of_each_kind_is_chosen_first(seed: int) -> None:
    drawn = draw(Sample(method="diverse", n=3, seed=seed), rows(60))
    assert sorted(row["instruction"].rsplit(" ", 1)[0] for row in drawn) == sorted(KINDS)
    assert [int(row["id"]) for row in drawn] == sorted(int(row["id"]) for row in drawn)


def test_by_another_column_and_script() -> None:
    source = rows(6, text=["写一首诗", "写一首歌", "写一首诗", "写一首诗", "读书", "写一首诗"])
    drawn = draw(Sample(method="diverse", n=2, by="text", tokenizer="unicode"), source)
    assert "读书" in [row["text"] for row in drawn]


@pytest.mark.parametrize("seed", range(5))
def test_by_vectors(seed: int) -> None:
    pytest.importorskip("numpy")
    corners = [[3, 0, 0.1], [0, 1, 0], [0, 0.1, 9]]
    drawn = draw(Sample(method="diverse", n=3, by="vector", seed=seed), rows(30, vector=corners * 10))
    assert sorted(int(row["id"]) % 3 for row in drawn) == [0, 1, 2]


@pytest.mark.parametrize("vectors", [[[1, 2], [1]], [[1, 2], "text"], [[1, float("inf")], [1, 2]], [[], None]])
def test_vectors_that_are_none(vectors: list[Any]) -> None:
    pytest.importorskip("numpy")
    with pytest.raises(UsageError, match="lists of numbers"):
        draw(Sample(method="diverse", n=1, by="vector"), rows(2, vector=vectors))


def test_by_a_model_made_here(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra embeddings is not installed")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import BertConfig, BertModel, BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *" ".join(KINDS).split(), *map(str, range(10))]
    (tmp_path / "vocab.txt").write_text("\n".join(dict.fromkeys(words)))
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "bert")
    word = modules.Transformer(str(tmp_path / "bert"))
    SentenceTransformer(modules=[word, modules.Pooling(16)]).save(str(tmp_path / "model"))
    drawn = draw(Sample(method="diverse", n=3, embeddings=str(tmp_path / "model")), rows(12))
    assert len(drawn) == 3
    with pytest.raises(UsageError, match="cannot be loaded"):
        draw(Sample(method="diverse", n=3, embeddings=str(tmp_path / "nothing")), rows(3))


def test_a_diverse_draw_of_real_rows_is_less_alike_than_a_uniform_one(alpaca: list[Row]) -> None:
    from tunesmith.curate.neighbours import nearest_neighbours

    source = [row | {"id": str(n)} for n, row in enumerate(alpaca[::26])]
    alike = {}
    for method in ("diverse", "uniform"):
        texts = [row["instruction"] for row in draw(Sample.model_validate({"method": method, "n": 200}), source)]
        assert len(texts) == 200
        alike[method] = sum(match.score if match else 0.0 for match in nearest_neighbours(texts)) / 200
    assert alike["diverse"] < 0.6 * alike["uniform"], json.dumps(alike)
