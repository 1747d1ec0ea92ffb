"""The command line: one thin function a command; errors become one sentence and an exit status."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import sys
import textwrap
from collections.abc import Sequence

import click

from tunesmith.errors import TunesmithError
from tunesmith.text import printable

from .batches import batches
from .convert import convert
from .demo import demo
from .explore import explore
from .grade import grade
from .neighbours import neighbours
from .pairs import with_pairs
from .ratings import ratings
from .recipes import recipes
from .rouge import rouge
from .run import run
from .scores import scores
from .show import show
from .steps import step_commands
from .store import store
from .testsets import testsets
from .verdict import verdict
from .votes import votes


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tunesmith")
def cli() -> None:
    """Turn a pile of instructions into a tuned, measured language model."""


for _command in (
    run,
    demo,
    batches,
    explore,
    show,
    recipes,
    ratings,
    scores,
    verdict,
    votes,
    grade,
    rouge,
    neighbours,
    store,
    convert,
    testsets,
    *step_commands(),
):
    cli.add_command(with_pairs(_command) if _command.name == "dedup" else _command)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the right exit status: 0 done, 1 failed, 2 wrong call, 130 stopped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no Chinese is no reason to fail
    sys.path.append(os.curdir)  # for steps of the user's own; last, so that nothing of ours is shadowed
    try:
        cli.main(args=args, prog_name="tunesmith", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort):
        _fail("stopped; everything stored so far is kept, and the same command goes on", 130)
    except TunesmithError as error:
        _fail(str(error), error.exit_status)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, sqlite3.Error) as error:
        _fail(f"{_reason(error)}; what was stored before is kept, so mend that and give the same command again", 1)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f': {error.filename}' if error.filename else ''}"
    return str(error)


def _fail(text: str, status: int) -> None:
    message = f"tunesmith: {printable(text)}"
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        message = textwrap.fill(message, width, break_long_words=False, break_on_hyphens=False)
    click.echo(message, err=True)
    sys.exit(status)
