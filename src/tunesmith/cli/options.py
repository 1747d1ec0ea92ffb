"""Options that several commands share, and what they mean to the floors below."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from tunesmith.data.formats import ALL_SHAPES
from tunesmith.errors import UsageError
from tunesmith.recipes.settings import is_list, parse_list
from tunesmith.teacher import Batching, Client, Limits, Price, Voice, connect, for_batches, parse_price, price_of
from tunesmith.teacher.connect import split_name


class Amount(click.FloatRange):
    """A finite number within bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is no number, nan and inf included."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


F = TypeVar("F", bound=Callable[..., Any])

_TEACHER = [
    click.option(
        "--model",
        metavar="PROVIDER:NAME",
        help="The teacher, which must be given unless the steps name their own: openai:NAME, anthropic:NAME or "
        "scripted:FILE; NAME@URL has an address of its own.",
    ),
    click.option("--base-url", metavar="URL", help="Another endpoint than the provider's own, such as a local server."),
    click.option("--budget", type=Amount(0, min_open=True), metavar="DOLLARS", help="Hard cap on the run's cost."),
    click.option(
        "--concurrency", type=click.IntRange(1, 4096), default=32, show_default=True, help="Most requests in flight."
    ),
    click.option("--rpm", type=Amount(0, min_open=True), help="Most requests a minute."),
    click.option("--tpm", type=Amount(0, min_open=True), help="Most tokens a minute, in and out."),
    click.option(
        "--timeout",
        type=Amount(0, min_open=True),
        default=300.0,
        show_default=True,
        help="Seconds for one answer.",
    ),
    click.option(
        "--patience",
        type=Amount(0),
        default=300.0,
        show_default=True,
        help="Seconds to wait for an endpoint that is down.",
    ),
    click.option(
        "--price",
        metavar="IN,OUT",
        help="Dollars per million tokens, of every model that is asked; the ordinary price, halved with --batch.",
    ),
    click.option("--prices", type=click.Path(path_type=Path, dir_okay=False), help="File with prices of your own."),
    click.option("--store", type=click.Path(path_type=Path, dir_okay=False), help="Reply store to share between runs."),
]
_BATCH = [
    click.option(
        "--batch",
        "batches",
        is_flag=True,
        help="Ask through the providers' batch endpoints: half the price, within a day.",
    ),
    click.option(
        "--poll",
        type=Amount(0, min_open=True),
        default=Batching().poll,
        show_default=True,
        help="Most seconds between two looks at a batch.",
    ),
    click.option("--batch-grace", type=Amount(0), default=Batching().grace, hidden=True),
    click.option("--batch-most", type=click.IntRange(1), hidden=True),
]
_ROWS = [
    click.option(
        "--format",
        "shape",
        type=click.Choice([*ALL_SHAPES]),
        help="Shape of the input, if it is not recognised, or fits two.",
    ),
    click.option("--limit", type=click.IntRange(1), help="Only the first so many rows."),
    click.option("--license", metavar="NAME", help="Licence of the input, for the card, if its own card does not say."),
    click.option("--dry-run", is_flag=True, help="Tell requests, tokens, cost and time; send nothing."),
    click.option("--overwrite", is_flag=True, help="Replace a run of other rows or another recipe in the folder."),
    click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON."),
]


def _add(options: list[Callable[[F], F]]) -> Callable[[F], F]:
    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


teacher_options = _add(_TEACHER)
batch_options = _add(_BATCH)
row_options = _add(_ROWS)


def voices_from(given: dict[str, Any], names: Iterable[str]) -> dict[str, Voice]:
    """The teachers that a recipe asks by these names, with their prices; the empty name is ``--model``.

    Raises:
        UsageError: ``--model`` is missing, a name is wrong, ``--base-url`` would be for several providers, or
            ``--batch`` for one that has no batches.
    """
    asked = {name: name or _model(given) for name in names}
    without = {provider for provider, _, address in map(split_name, asked.values()) if address is None}
    served = without - {"scripted"}
    if given["base_url"] and len(served) > 1:
        raise UsageError(
            f"--base-url cannot be for {' and '.join(sorted(served))} at once; give each its own address, NAME@URL"
        )
    voices: dict[str, Voice] = {}
    for name, model in asked.items():
        alone = served and split_name(model)[0] == "scripted"
        client = connect(model, None if alone else given["base_url"], given["timeout"])
        voices[name] = Voice(client, price_from(given, client))
    return for_batches(voices) if given.get("batches") else voices


def _model(given: dict[str, Any]) -> str:
    if not given["model"]:
        raise UsageError("which teacher? give --model PROVIDER:NAME, such as --model openai:gpt-4o-mini")
    return str(given["model"])


def price_from(given: dict[str, Any], client: Client) -> Price | None:
    """The price that ``--price``, ``--prices`` or the built-in list names."""
    return parse_price(given["price"]) if given["price"] else price_of(client.identity, given["prices"])


def limits_from(given: dict[str, Any]) -> Limits:
    """Concurrency, rates, budget, patience and batches."""
    batching = None
    if given.get("batches"):
        batching = Batching(given["poll"], given["batch_most"], grace=given["batch_grace"])
    return Limits(
        concurrency=given["concurrency"],
        requests_per_minute=given["rpm"],
        tokens_per_minute=given["tpm"],
        budget=given["budget"],
        patience=given["patience"],
        batch=batching,
    )


def setting_options(settings: type[BaseModel], hidden: Collection[str] = ()) -> Callable[[Any], Any]:
    """An option for each field of a model; pydantic checks the values, click only their kind."""

    def add(command: Any) -> Any:
        for name, field in reversed(settings.model_fields.items()):
            if name not in hidden:
                command = _option(name, field)(command)
        return command

    return add


class _Values(click.ParamType[list[str]]):
    """Values with commas between them."""

    name = "A,B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """The values; whether they are right ones is pydantic's to say."""
        return value if isinstance(value, list) else parse_list(str(value))


def _option(name: str, field: FieldInfo) -> Any:
    usual = ",".join(map(str, field.default)) if isinstance(field.default, tuple | list) else field.default
    default = "" if usual in (None, "", PydanticUndefined) else f" [default: {usual}]"
    return click.option(
        "--" + name.replace("_", "-"), name, type=_kind(field.annotation), help=(field.description or "") + default
    )


def _kind(annotation: Any) -> click.ParamType[Any]:
    origin = get_origin(annotation)
    if is_list(annotation):
        return _Values()
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _kind(next(part for part in get_args(annotation) if part is not type(None)))
    if origin is Literal:
        return click.Choice([str(choice) for choice in get_args(annotation)])
    if annotation is Path:
        return click.Path(path_type=Path)
    kinds: dict[Any, click.ParamType[Any]] = {int: click.INT, float: click.FLOAT, bool: click.BOOL}
    return kinds.get(annotation, click.STRING)
