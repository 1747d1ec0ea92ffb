"""What people write and read, kept plain: YAML as plain data, settings as plain data, mistakes in plain words."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from .errors import DataError
from .text import shorten


class _Loader(yaml.SafeLoader):
    """Reads only what JSON can say; rows are to be written as JSON, and a date in one is text."""


def _as_text(loader: _Loader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


def _as_list(loader: _Loader, node: yaml.MappingNode) -> Any:
    return list(loader.construct_mapping(node))


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:binary", _as_text)
_Loader.add_constructor("tag:yaml.org,2002:set", _as_list)


def load_yaml(text: str, name: str) -> Any:
    """The data of a YAML text; what looks like a date stays the text that it is.

    Args:
        text: The file's text.
        name: What to call the file in messages.

    Raises:
        DataError: It is not YAML, or is nested too deeply to be read.
    """
    try:
        return yaml.load(text, _Loader)
    except RecursionError as error:
        raise DataError("the file is nested too deeply to be read", name) from error
    except (yaml.YAMLError, ValueError, LookupError) as error:  # "!!int x" is a ValueError, "!!bool x" a KeyError
        raise DataError(f"the file is not YAML: {' '.join(str(error).split())}", name) from error


def settings_of(model: BaseModel) -> dict[str, Any]:
    """A model's settings as plain data. A null that is the default is left out; one that someone chose stays."""
    found = model.model_dump(mode="json")
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if value is None and field.default is None:
            found.pop(name, None)
        elif isinstance(value, BaseModel) and name in found:
            found[name] = settings_of(value)
    return found


def plainly(problem: ErrorDetails) -> str:
    """What pydantic found wrong, in the words of someone who writes settings: what was expected, what was found.

    Where it was found is for the caller to say.
    """
    kind = problem["type"]
    if kind in ("value_error", "assertion_error"):
        return problem["msg"].partition(", ")[2]
    if kind in _WITHOUT_VALUE:
        return _WITHOUT_VALUE[kind]
    expected = _EXPECTED.get(kind)
    said = problem["msg"] if expected is None else "expected " + expected.format(**problem.get("ctx", {}))
    value = problem["input"]
    return f"{said}, found {'nothing' if value is None else shorten(repr(value), 80)}"


_WITHOUT_VALUE = {"missing": "it is missing", "extra_forbidden": "there is no such setting"}

_EXPECTED = {
    "too_short": "at least one",
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
    "finite_number": "a finite number",
    "string_type": "text",
    "string_too_short": "some text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "literal_error": "{expected}",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "names, each with a value ('name: value')",
    "model_type": "names, each with a value ('name: value')",
    "path_type": "a file's path",
    "string_pattern_mismatch": "letters (a-z, A-Z), digits, - and _, beginning with a letter or a digit",
}
