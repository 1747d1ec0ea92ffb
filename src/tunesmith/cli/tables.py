"""Tables of figures, as several commands print them."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tunesmith.estimates import Estimate
from tunesmith.text import printable


def figures_table(first: str, *others: str) -> Table:
    """A table without lines: names on the left, figures on the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(printable(first), no_wrap=True)
    for name in others:
        table.add_column(printable(name), justify="right", no_wrap=True)
    return table


def show_table(console: Console, table: Table) -> None:
    """Print a table without the blanks that fill up its last column."""
    with console.capture() as shown:
        console.print(table)
    for line in shown.get().splitlines():
        console.print(Text(line.rstrip()))


def measured(found: Estimate, digits: int = 2, times: float = 1) -> str:
    """A figure with its interval: ``8.72 (8.71 to 8.73)``."""
    if found.value is None:
        return "-"
    value, low, high = (
        None if number is None else f"{times * number:.{digits}f}" for number in (found.value, found.low, found.high)
    )
    return f"{value}" if low is None else f"{value} ({low} to {high})"
