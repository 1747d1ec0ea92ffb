"""The published files themselves."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from tunesmith.data.files import check_source, convert_rows, read_rows, write_rows

Shared = Callable[[str], Path]


def test_alpaca(shared_data: Shared) -> None:
    path = shared_data("alpaca/alpaca_data.json.xz")
    facts = check_source(path, needs=("instruction", "output"))
    assert (facts.rows, facts.shape) == (52_002, "alpaca")
    assert facts.columns == ("id", "instruction", "input", "output")
    words = unanswered = 0
    for row in read_rows(path):
        words += len(row["output"].split())
        unanswered += row["output"] == ""
    assert (words, unanswered) == (2_297_597, 28)


@pytest.mark.parametrize("shape", ["dolly", "sharegpt", "messages"])
def test_alpaca_through_every_shape_and_back(shared_data: Shared, tmp_path: Path, shape: str) -> None:
    path = shared_data("alpaca/alpaca_data.json.xz")
    write_rows(tmp_path / "a.jsonl", convert_rows(path, shape))
    assert check_source(tmp_path / "a.jsonl").shape == shape
    with lzma.open(path) as file:
        assert list(convert_rows(tmp_path / "a.jsonl", "alpaca")) == json.load(file)


def test_alpagasus_dolly(shared_data: Shared) -> None:
    facts = check_source(shared_data("alpagasus/dolly_3k.json"))
    assert (facts.rows, facts.shape) == (2_996, "alpaca")
    assert facts.columns == ("id", "instruction", "input", "output", "category")
