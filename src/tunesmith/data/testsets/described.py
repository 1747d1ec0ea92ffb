"""What a test set is: its description as a YAML file, ours by name or a user's by path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tunesmith.errors import DataError, UsageError
from tunesmith.plain import load_yaml, plainly
from tunesmith.text import nearest

PREFIX = "testset:"


class QuestionSet(BaseModel):
    """A test set.

    Attributes:
        name: As given after ``testset:``.
        title: What to call it.
        about: What it is, in a sentence.
        paper: Where it was published.
        license: As far as it is stated; the hub's names for licences where there is one.
        languages: The hub's codes.
        where: Where the file is had, in words.
        url: From where it can be fetched; empty where nobody is sure to find it.
        file: A user's own: where it lies.
        rows: How many questions there are; 0 if that is not known.
        columns: The file's columns, each with ours in which its value comes to stand.
        given: Columns that all rows get.
        sha256: Of the file as published; empty if that is not known.
        by_columns: Whether a file with just these columns is recognised as one like this.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    title: str = Field(min_length=1)
    about: str = ""
    paper: str = ""
    license: str = "unknown"
    languages: tuple[str, ...] = ("en",)
    where: str = ""
    url: str = Field("", pattern=r"^$|^https?://")
    file: Path | None = None
    rows: int = Field(0, ge=0)
    columns: Mapping[str, str] = {}
    given: Mapping[str, Any] = {}
    sha256: str = Field("", pattern=r"^$|^[0-9a-f]{64}$")
    by_columns: bool = True

    @model_validator(mode="after")
    def _columns_have_names_of_their_own(self) -> Self:
        ours = [*self.columns.values()]
        if twice := [name for name in ours if ours.count(name) > 1]:
            named = " and ".join(repr(theirs) for theirs, name in self.columns.items() if name == twice[0])
            raise ValueError(f"columns: {named} would both be {twice[0]!r}; give each a name of its own")
        if "instruction" in self.columns and "instruction" not in ours:
            raise ValueError("columns: 'instruction' is renamed, and no column becomes it; name that with the question")
        return self


@lru_cache(maxsize=1)
def known_sets() -> Mapping[str, QuestionSet]:
    """The test sets that tunesmith knows, by name."""
    found = sorted(entry.name for entry in files(__package__).iterdir() if entry.name.endswith(".yaml"))
    return {
        name.removesuffix(".yaml"): _parsed(files(__package__).joinpath(name).read_text(encoding="utf-8"), name)
        for name in found
    }


def load_set(name: str) -> QuestionSet:
    """A test set by name, or from a user's own description.

    Raises:
        UsageError: There is none.
        DataError: The description does not hold together.
    """
    if name in known_sets():
        return known_sets()[name]
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(
            f"there is no test set {name!r}{nearest(name, known_sets())}; there are {', '.join(known_sets())}, or the "
            "path of a YAML file that describes your own"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the description of a test set {name}: {error}") from error
    found = _parsed(text, name)
    if found.file is None:
        raise DataError("the description has no 'file:', where the questions lie", name)
    return found.model_copy(update={"name": name, "file": path.parent / found.file, "by_columns": False})


def named(source: str) -> tuple[QuestionSet, Path | None]:
    """What a source ``testset:NAME`` or ``testset:NAME=PATH`` names: the set, and the user's own copy if one is given.

    Raises:
        UsageError: There is no such set.
    """
    name, equals, path = source.removeprefix(PREFIX).partition("=")
    if equals and not path:
        raise UsageError(f"{source}: no path stands after the '='; give {PREFIX}{name} alone, or {PREFIX}{name}=PATH")
    return load_set(name), Path(path) if equals else None


def _parsed(text: str, name: str) -> QuestionSet:
    data = load_yaml(text, name)
    if not isinstance(data, Mapping):
        raise DataError("no description of a test set; expected at least 'title:' and 'columns:'", name)
    try:
        return QuestionSet.model_validate({**data, "name": name.removesuffix(".yaml")})
    except ValidationError as error:
        problem = error.errors()[0]
        where = "".join(f"{part}." for part in problem["loc"])[:-1]
        raise DataError(f"{where}: {plainly(problem)}" if where else plainly(problem), name) from None
