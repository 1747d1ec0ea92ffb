"""Tables of figures, as several commands print them: whole on every terminal, however narrow.

A figure that is cut is another figure. Where a table is too wide, its heads are broken at spaces, then its names, and
at last its columns go into several tables one below the other, each with the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tunesmith.estimates import measured
from tunesmith.text import printable

__all__ = ["figures_table", "measured", "show_table"]

_GAP = 2  # blanks between columns
_NARROWEST = 8  # to which columns of names may be narrowed


def figures_table(*heads: str, names: int = 1) -> Table:
    """A table without lines: columns of names on the left, which may be broken, and of figures, which may not.

    Args:
        heads: What stands above the columns.
        names: How many of them are of names.
    """
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for number, head in enumerate(heads):
        is_name = number < names
        table.add_column(printable(head), justify="left" if is_name else "right", no_wrap=not is_name)
    return table


def show_table(console: Console, table: Table) -> None:
    """Print a table, or what it is split into, without the blanks that fill up the last column."""
    for number, part in enumerate(_parts(table, console.width)):
        if number:
            console.print()
        wide = sum(column.width or 0 for column in part.columns) + _GAP * len(part.columns)
        for line in console.render_lines(part, console.options.update(width=wide), pad=False):
            text = Text.assemble(*((segment.text, segment.style or "") for segment in line))
            text.rstrip()
            console.print(text, soft_wrap=True)


def _parts(table: Table, room: int) -> Iterator[Table]:
    """The table as it is if there is room for it, else tables with as many of its columns of figures as there is."""
    columns = table.columns
    if _total([*map(_full, columns)]) <= room:
        yield _part(columns, [*map(_full, columns)])
        return
    names = [column for column in columns if not column.no_wrap]
    most = max(_NARROWEST, room // (2 * max(1, len(names))))
    ahead = [min(_full(column), most) for column in names]
    taken: list[Column] = []
    for column in columns:
        if not column.no_wrap:
            continue
        if taken and _total([*ahead, *map(_least, taken), _least(column)]) > room:
            yield _part([*names, *taken], [*ahead, *map(_least, taken)])
            taken = []
        taken.append(column)
    yield _part([*names, *taken], [*ahead, *map(_least, taken)])


def _part(columns: Sequence[Column], widths: Sequence[int]) -> Table:
    part = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for column, width in zip(columns, widths, strict=True):
        part.add_column(column.header, justify=column.justify, width=width, overflow="fold")
    for row in zip(*(column.cells for column in columns), strict=True):
        part.add_row(*row)
    return part


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _full(column: Column) -> int:
    return max(cell_len(str(cell)) for cell in (column.header, *column.cells))


def _least(column: Column) -> int:
    """How wide a column must be for its figures and for the longest word of its head."""
    return max(cell_len(part) for part in (*str(column.header).split(), *map(str, column.cells)))
