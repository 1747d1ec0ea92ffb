"""Settings as people type them: ``STEP.SETTING=VALUE``, and lists as ``a,b``."""

from __future__ import annotations

import types
from collections.abc import Collection
from typing import Annotated, Any, Union, get_args, get_origin

import yaml

from tunesmith.errors import UsageError


def is_list(annotation: Any) -> bool:
    """Whether a setting of this type is a list of values."""
    origin = get_origin(annotation)
    if origin in (Annotated, Union, types.UnionType):
        return any(is_list(part) for part in get_args(annotation))
    return origin in (tuple, list) or annotation in (tuple, list)


def parse_list(text: str) -> list[str]:
    """Values from ``a,b``; a comma too many adds none, as an empty name would be the run's own teacher's.

    ``[]`` is no value at all, as in YAML.
    """
    return [] if text.strip() == "[]" else [part.strip() for part in text.split(",") if part.strip()]


def parse_settings(texts: Collection[str]) -> dict[str, Any]:
    """Settings from ``STEP.SETTING=VALUE``; the value is read as YAML, so that numbers are numbers.

    Raises:
        UsageError: A text is not of that form.
    """
    settings: dict[str, Any] = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or "." not in path:
            raise UsageError(f"--set {text!r} is not STEP.SETTING=VALUE, such as answer.persona=plain")
        try:
            settings[path.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(f"--set {text!r}: the value is not YAML: {' '.join(str(error).split())}") from error
    return settings
