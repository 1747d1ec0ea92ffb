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


NULL = object()
"""What ``null`` means for a setting that has a value unless it is taken away."""


def setting_options(settings: type[BaseModel], hidden: Collection[str] = (), within: str = "") -> Callable[[Any], Any]:
    """An option for each field of a model; pydantic checks the values, click only their kind.

    Args:
        settings: The model.
        hidden: Fields that have no option.
        within: The setting, if any, that the model is the value of: ``--filters-base`` is ``base`` within ``filters``.
    """

    def add(command: Any) -> Any:
        for name, field in reversed(settings.model_fields.items()):
            if name not in hidden and not is_group(field.annotation):
                command = _option(name, field, within)(command)
        return command

    return add


def is_group(annotation: Any) -> bool:
    """Whether a setting has settings of its own."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


class _Values(click.ParamType[list[str]]):
    """Values with commas between them; a line end is written as in most programs."""

    name = "A,B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """The values; whether they are right ones is pydantic's to say."""
        if isinstance(value, list):
            return value
        return [part.replace("\\n", "\n") for part in parse_list(str(value))]


class _OrNull(click.ParamType[Any]):
    """A value, or ``null`` for none."""

    def __init__(self, kind: click.ParamType[Any]) -> None:
        self.kind, self.name = kind, kind.name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value, or `NULL`."""
        return NULL if value is NULL or value == "null" else self.kind.convert(value, param, ctx)


def _option(name: str, field: FieldInfo, within: str) -> Any:
    usual = ",".join(map(str, field.default)) if isinstance(field.default, tuple | list) else field.default
    default = "" if usual in (None, "", PydanticUndefined) else f" [default: {usual}]"
    option, parameter = (f"{within}-{name}", f"{within}__{name}") if within else (name, name)
    kind = _kind(field.annotation)
    if default and _may_be_null(field.annotation):
        kind = _OrNull(kind)
    text = (field.description or "") + default
    return click.option("--" + option.replace("_", "-"), parameter, type=kind, help=text)


def _may_be_null(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType) and type(None) in get_args(annotation)


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
