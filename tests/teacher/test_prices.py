"""Prices: listed, given, or said to be unknown."""

from pathlib import Path

import pytest

from tunesmith.errors import UsageError
from tunesmith.teacher import Identity, Usage, parse_price, price_of

MINI = Identity("openai", "https://api.openai.com/v1", "gpt-4o-mini")


def test_listed_by_exact_name_only() -> None:
    price = price_of(MINI)
    assert price is not None
    assert price.cost(Usage(1_000_000, 1_000_000)) == pytest.approx(0.75)
    assert price_of(Identity("openai", "", "gpt-4o-mini-of-my-own")) is None
    assert price_of(Identity("anthropic", "", "gpt-4o-mini")) is None
    assert price_of(Identity("scripted", "", "sample")) is not None


def test_a_file_of_ones_own_comes_first(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("models:\n  openai:gpt-4o-mini: [1, 2]\n  openai:mine: [0.5, 0]\n")
    price = price_of(MINI, tmp_path / "p.yaml")
    assert price is not None
    assert (price.input, price.output, price.source) == (1, 2, str(tmp_path / "p.yaml"))
    assert price_of(Identity("openai", "", "mine"), tmp_path / "p.yaml") is not None
    listed = price_of(Identity("openai", "", "gpt-4o"), tmp_path / "p.yaml")
    assert listed is not None
    assert listed.input == 2.5


@pytest.mark.parametrize(
    "text", ["models:\n  openai:gpt-4o-mini: cheap\n", "[1]", "{", "models:\n  openai:gpt-4o-mini: [1]"]
)
def test_a_broken_price_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"p\.yaml"):
        price_of(MINI, tmp_path / "p.yaml")


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1", "inf,1"])
def test_a_price_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="IN,OUT"):
        parse_price(text)


def test_a_price_on_the_command_line() -> None:
    assert parse_price("0.15, 0.6").cost(Usage(10**6, 10**6)) == pytest.approx(0.75)
