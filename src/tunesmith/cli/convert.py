"""``tunesmith convert``: from one shape and file type to another."""

from __future__ import annotations

from pathlib import Path

import click

from tunesmith.data.files import convert_rows, write_rows
from tunesmith.data.formats import ALL_SHAPES
from tunesmith.errors import UsageError


@click.command()
@click.argument("source")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Where to; type by its ending.")
@click.option("--to", "target", type=click.Choice([*ALL_SHAPES]), required=True, help="The shape wanted.")
@click.option(
    "--format", "shape", type=click.Choice([*ALL_SHAPES]), help="Shape of the source, if it is not recognised."
)
def convert(source: str, output: Path, target: str, shape: str | None) -> None:
    """Convert SOURCE (a file, a folder, - or hf:owner/name[:split]) without losing a column."""
    if output.exists() and Path(source).exists() and output.samefile(source):
        raise UsageError(f"--output {output} is the source itself; name another file")
    count = write_rows(output, convert_rows(source, target, shape))
    click.echo(f"{output}: {count:,} rows in {target} shape")
