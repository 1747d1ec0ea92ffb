"""What a token costs: a data file that a user can extend. An unknown price is said, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from tunesmith.errors import UsageError

from .anthropic import OFFICIAL as ANTHROPIC
from .chat import Identity, Usage
from .openai import OFFICIAL as OPENAI


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, where the figure comes from, and whether it is that of a batch."""

    input: float
    output: float
    source: str = "given"
    batch: bool = False

    def halved(self) -> Price:
        """The price in a batch: half of the list's, at OpenAI and Anthropic alike. What is halved already stays."""
        if self.batch or not (self.input or self.output):
            return self
        return Price(self.input / 2, self.output / 2, f"{self.source}; halved, as batches are", True)

    def cost(self, usage: Usage) -> float:
        """US dollars for this many tokens."""
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / 1e6


def price_of(identity: Identity, own_file: Path | None = None) -> Price | None:
    """The listed price of a model by its exact name, the user's file first; ``None`` if nobody lists it.

    Scripted and local teachers cost nothing.

    Raises:
        UsageError: The user's file is not of the documented form.
    """
    elsewhere = identity.endpoint not in (OPENAI, ANTHROPIC)
    if identity.provider in ("scripted", "local"):
        return Price(0.0, 0.0, f"{identity.provider} teachers are free")
    if own_file is not None:
        try:
            own = yaml.safe_load(own_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UsageError(f"cannot read the price file {own_file}: {error}") from error
        price = _look_up(own, str(identity), str(own_file))
        if price is not None:
            return price
    built_in = yaml.safe_load(files(__package__).joinpath("prices.yaml").read_text(encoding="utf-8"))
    source = f"tunesmith's list of {built_in['as_of']}"
    return _look_up(built_in, str(identity), source + "; this endpoint may charge otherwise" * elsewhere)


def _look_up(table: Any, name: str, source: str) -> Price | None:
    models = table.get("models") if isinstance(table, dict) else None
    if not isinstance(models, dict):
        raise UsageError(f"{source} holds no prices; expected 'models:' with lines such as {name}: [0.15, 0.60]")
    listed = models.get(name)
    if listed is None:
        return None
    match listed:
        case [int() | float() as given, int() | float() as made] if given >= 0 and made >= 0:
            return Price(float(given), float(made), source)
    raise UsageError(
        f"{source}: the price of {name} is {listed!r}; expected [input, output] in dollars per million tokens"
    )


def parse_price(text: str) -> Price:
    """Read ``IN,OUT`` (dollars per million tokens) as given on the command line.

    Raises:
        UsageError: Not two numbers of at least 0.
    """
    try:
        given, made = (float(part) for part in text.split(","))
    except ValueError:
        given = made = -1.0
    if not (0 <= given < float("inf") and 0 <= made < float("inf")):
        raise UsageError(f"the price {text!r} is not IN,OUT in dollars per million tokens, such as 0.15,0.60")
    return Price(given, made, "given on the command line")
