"""A recipe: a name and a list of steps, the same in YAML, in Python and on the command line."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, ValidationError, model_validator

from tunesmith.errors import RecipeError, UsageError
from tunesmith.plain import plainly, settings_of
from tunesmith.steps import STEPS, Step
from tunesmith.teacher import Identity, Voice, no_teacher
from tunesmith.text import nearest, shorten

from .settings import is_list, parse_list


def _as_step(found: Any) -> Any:
    """Build a step of the class that its ``step`` names; a dotted name is a class of the user's own."""
    if isinstance(found, Step) or not isinstance(found, Mapping):
        return found
    try:
        kind = step_class(str(found.get("step") or ""))
    except RecipeError as error:
        raise ValueError(str(error)) from error  # so that pydantic says which step it is
    return kind.model_validate(dict(found))


class Recipe(BaseModel):
    """What to do with the rows of a source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="Short, for folders and commands.")
    description: str = Field("", description="What it makes, for people.")
    paper: str = Field("", description="Where the procedure is published.")
    steps: list[Annotated[SerializeAsAny[Step], BeforeValidator(_as_step)]] = Field(min_length=1)

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        labels = [step.label for step in self.steps]
        twice = {label for label in labels if labels.count(label) > 1}
        if twice:
            raise ValueError(f"two steps are called {min(twice)!r}; give one of them a name of its own with 'name:'")
        return self

    def check(self, columns: Collection[str]) -> list[str]:
        """See that every column that a step reads is there by then, before anything is spent.

        Args:
            columns: The columns of the source.

        Returns:
            Hints about what looks unintended.

        Raises:
            RecipeError: A step reads a column that nobody writes.
            UsageError: A prompt file is broken.
        """
        there = dict.fromkeys(columns, "the input")
        unread: dict[str, str] = {}
        for number, step in enumerate(self.steps):
            step.check_after(self.steps[:number])
            for column in step.reads:
                unread.pop(column, None)
                if column not in there:
                    raise RecipeError(
                        f"the step {step.label} reads the column {column!r}, which neither the input nor an earlier "
                        f"step has{nearest(column, there)}; there are: {', '.join(there)}{_writer_of(column)}"
                    )
            step.prompts()
            there |= dict.fromkeys(step.writes, step.label)
            unread |= dict.fromkeys(step.writes, step.label)
        hints = []
        for step in self.steps[:-1]:
            if step.writes and all(unread.get(column) == step.label for column in step.writes) and _is_paid(step):
                hints.append(
                    f"no later step reads what the step {step.label} writes ({', '.join(step.writes)}); "
                    f"if you don't need it, leave it out with --skip {step.label}"
                )
        return hints

    def teachers(self) -> dict[str, str]:
        """The teachers that the recipe asks, each with the first step that does; the run's own by the empty name.

        Raises:
            UsageError: A prompt file is broken.
        """
        asked: dict[str, str] = {}
        for step in self.steps:
            for name in step.teachers or ([""] if _is_paid(step) else []):
                asked.setdefault(name, step.label)
        return asked

    def check_teachers(self, connected: Mapping[str, Voice]) -> None:
        """See that every teacher that a step asks is there, and is asked under one name, before anything is spent.

        Args:
            connected: Those that are, by name; the run's own is empty.

        Raises:
            UsageError: One is missing, or a step names the same model at the same address twice.
        """
        for name, label in self.teachers().items():
            if name not in connected:
                raise UsageError(f"the step {label}: {no_teacher(name, connected)}")
        for step in self.steps:
            names: dict[Identity, str] = {}
            for name in step.teachers:
                first = names.setdefault(connected[name].identity, name)
                if first != name:
                    raise UsageError(
                        f"the step {step.label} names one teacher twice, as {first or 'its own'!r} and {name!r}; its "
                        "answers would count as two opinions, so leave one out"
                    )

    def change(self, settings: Mapping[str, Any], skip: Collection[str] = ()) -> Recipe:
        """This recipe with some settings changed and some steps left out.

        Args:
            settings: Values by ``step.setting``.
            skip: Names of steps.

        Raises:
            RecipeError: There is no such step or setting, or the value does not fit.
        """
        labels = [step.label for step in self.steps]
        for label in skip:
            if label not in labels:
                raise RecipeError(f"the recipe has no step {label!r}{nearest(label, labels)}: {', '.join(labels)}")
        steps = [step.model_dump(exclude_unset=True) | {"step": step.step} for step in self.steps]
        for path, value in settings.items():
            label = next((one for one in sorted(labels, key=len, reverse=True) if path.startswith(f"{one}.")), "")
            setting = path.removeprefix(f"{label}.")
            if not label or not setting:
                label = path.rpartition(".")[0]
                raise RecipeError(
                    f"{path!r} is not STEP.SETTING of this recipe{nearest(label, labels)}; "
                    f"its steps: {', '.join(labels)}"
                )
            position = labels.index(label)
            _set(steps[position], setting.split("."), value, type(self.steps[position]))
        kept = [step for label, step in zip(labels, steps, strict=True) if label not in skip]
        return build_recipe(self.model_dump(exclude={"steps"}) | {"steps": kept}, f"the recipe {self.name}")

    def to_yaml(self) -> str:
        """The recipe as YAML with every setting written out, so that it reads the same when defaults change."""
        data = {name: value for name, value in self.model_dump(exclude={"steps"}).items() if value}
        data["steps"] = [
            {"step": step.step}
            | {
                name: value
                for name, value in settings_of(step).items()
                if name != "step" and (value != "" or type(step).model_fields[name].default != "")
            }
            for step in self.steps
        ]
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)


def _set(found: dict[str, Any], path: list[str], value: Any, kind: Any) -> None:
    """Change one setting, which may stand within another.

    Args:
        found: The settings; changed.
        path: The setting's name, behind those within which it stands.
        value: What it shall be.
        kind: The model that the settings are of, if they are one's.
    """
    name, *rest = path
    field = kind.model_fields.get(name) if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    if rest:
        inner = found.get(name)
        found[name] = dict(inner) if isinstance(inner, Mapping) else {}
        _set(found[name], rest, value, field and field.annotation)
    elif value is not None and field is not None and is_list(field.annotation) and not isinstance(value, list):
        found[name] = parse_list(str(value))
    else:
        found[name] = value


def _writer_of(column: str) -> str:
    writers = [kind for kind, step in STEPS.items() if column in step().writes]  # type: ignore[call-arg]
    return f" (the step {' or '.join(writers)} writes it)" if writers else ""


def _is_paid(step: Step) -> bool:
    return bool(step.prompts())


def step_class(kind: str) -> type[Step]:
    """The class of a kind of step; a dotted name, such as ``my_steps.Shout``, is imported.

    Raises:
        RecipeError: There is none.
    """
    if kind in STEPS:
        return STEPS[kind]
    module, _, name = kind.rpartition(".")
    if module:
        try:
            found = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise RecipeError(
                f"the step {kind!r} cannot be imported: {error} (is its folder on PYTHONPATH?)"
            ) from error
        if isinstance(found, type) and issubclass(found, Step):
            return found
        raise RecipeError(f"{kind!r} is not a Step")
    raise RecipeError(f"there is no step {kind!r}{nearest(kind, STEPS)}; there are: {', '.join(STEPS)}")


def build_recipe(data: Any, source: str) -> Recipe:
    """A recipe from plain data.

    Raises:
        RecipeError: It does not hold together; says where.
    """
    if not isinstance(data, Mapping):
        raise RecipeError(f"{source} is not a recipe; expected 'name:' and 'steps:'")
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise RecipeError(f"{source}: {_explain(error, data)}") from error


def _explain(error: ValidationError, data: Mapping[str, Any]) -> str:
    """The first problem of a validation error as a sentence, with the step by number and kind."""
    problem = error.errors()[0]
    place: list[Any] = list(problem["loc"])
    where = ""
    if len(place) >= 2 and place[0] == "steps" and isinstance(place[1], int):
        steps = data.get("steps")
        step = steps[place[1]] if isinstance(steps, list) else None
        kind = step.get("step", "") if isinstance(step, Mapping) else getattr(step, "step", "")
        where = f"step {place[1] + 1}{f' ({kind})' if kind else ''}: "
        place = place[2:]
        known = _fields_at(STEPS[kind], place[:-1]) if kind in STEPS else {}
    else:
        known = Recipe.model_fields
    setting = ".".join(str(part) for part in place)
    if problem["type"] == "extra_forbidden":
        near = nearest(setting.rpartition(".")[2], known)
        return f"{where}there is no setting {setting!r}{near}; there are: {', '.join(known)}"
    if problem["type"] == "missing":
        return f"{where}the setting {setting!r} is missing"
    if problem["type"] == "value_error":
        return f"{where}{plainly(problem)}"
    if where and not setting:
        return f"{where}expected 'step:' and its settings, found {shorten(repr(problem['input']), 80)}"
    return f"{where}{setting + ': ' if setting else ''}{plainly(problem)}"


def _fields_at(model: Any, path: Sequence[Any]) -> Mapping[str, Any]:
    """The fields of a model, or of one that stands within it."""
    for name in path:
        field = model.model_fields.get(name)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return {}
        model = field.annotation
    fields: Mapping[str, Any] = model.model_fields
    return fields
