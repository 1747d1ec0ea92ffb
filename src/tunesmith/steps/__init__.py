"""Steps: the stages from which recipes are made. `STEPS` is found by looking: a new step is one new file here."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from .base import Exhibit, RowStep, Step, TableStep, TeacherStep
from .ledger import Ledger, Tally


def _find() -> dict[str, type[Step]]:
    found: dict[str, type[Step]] = {}
    for module in pkgutil.iter_modules(__path__):
        members = vars(importlib.import_module(f"{__name__}.{module.name}"))
        for member in members.values():
            if inspect.isclass(member) and issubclass(member, Step) and not inspect.isabstract(member):
                found[str(member.model_fields["step"].default)] = member
    return dict(sorted(found.items()))


STEPS: dict[str, type[Step]] = _find()

__all__ = ["STEPS", "Exhibit", "Ledger", "RowStep", "Step", "TableStep", "Tally", "TeacherStep"]
