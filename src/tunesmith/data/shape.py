"""What a shape is: one way to write a row down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from tunesmith.rows import Row


@dataclass(frozen=True)
class Shape:
    """One way to write a row down.

    Args:
        name: As given to ``--format``.
        columns: The columns that records of this shape have.
        fits: Whether a record could be of this shape.
        to_row: Make a row of a record; raises a DataError without file and line.
        from_row: Make a record of a row; raises a DataError without file and line.
        split: Take a record that stands for several rows apart, before each is made a row; likewise raises.
    """

    name: str
    columns: tuple[str, ...]
    fits: Callable[[Row], bool]
    to_row: Callable[[Row], Row]
    from_row: Callable[[Row], Row]
    split: Callable[[Row], Iterable[Row]] = lambda record: (record,)


def missing(column: str, columns: Iterable[str]) -> str:
    """What to say when a column is not there: those that are, and the one that may be meant."""
    names = list(columns)
    found = ", ".join(repr(name) for name in names[:12]) + (", ..." if len(names) > 12 else "")
    what = f"no column {column!r}; found {found}" if names else f"no column {column!r}: the row is empty"
    lower = {name.lower().strip(): name for name in names}
    near = get_close_matches(column, lower, n=1)
    return f"{what}; if {lower[near[0]]!r} is meant, rename it to {column!r}" if near else f"{what}; add it"
