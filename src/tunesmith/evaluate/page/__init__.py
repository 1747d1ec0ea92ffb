"""A report as one web page: the sentence on each contest, tables, pictures, and the questions with their verdicts.

The page needs nothing from anywhere: style, script and pictures stand in it, and its Content-Security-Policy admits no
other. Whatever comes from data is escaped, and is text wherever it stands.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from tunesmith.estimates import measured
from tunesmith.evaluate.findings import Report
from tunesmith.evaluate.pictures import pictures
from tunesmith.evaluate.sentences import cautions, outcome, p_value, verdict
from tunesmith.text import printable

from .shown import Ruling, Shown

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["Ruling", "Shown", "pictures", "write_page"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OUTCOMES = ("won", "tied", "lost", "unreadable", "left out")
_SVG = "{http://www.w3.org/2000/svg}"


def write_page(report: Report, title: str, exhibits: Sequence[Shown] = ()) -> str:
    """The web page of a report.

    Args:
        report: What was found.
        title: What stands above it.
        exhibits: Questions with their answers and verdicts, to be browsed.

    Returns:
        An HTML document that can be written as UTF-8, whatever characters the answers have.
    """
    style, script = _asset("page.css"), _asset("page.js")
    page = _template().render(
        report=report,
        title=printable(title),
        exhibits=exhibits,
        outcomes=[name for name in _OUTCOMES if any(one.outcome == name for one in exhibits)],
        categories=sorted({printable(one.category) for one in exhibits if one.category}),
        pairs=list(dict.fromkeys(_pair(one) for one in exhibits)),
        pictures=[(_told(svg), _data_uri(svg)) for svg in pictures(report).values()],
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )
    return _clean(page)


def _template() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "measured": measured,
        "printable": printable,
        "p_value": p_value,
        "verdict": lambda contest: printable(verdict(contest)),
        "outcome": outcome,
        "cautions": lambda contest: list(map(printable, cautions(contest))),
        "pair": _pair,
        "ours": Markup,  # style and script, which are files of this package
    }
    return environment.from_string(_asset("page.html"))


def _pair(shown: Shown) -> str:
    return printable(" against ".join(name for name, _ in shown.answers))


def _told(svg: str) -> str:
    """A picture in words: its title and all that is written in it."""
    root = ElementTree.fromstring(svg)
    return "; ".join(element.text or "" for element in root.iter(f"{_SVG}text"))


def _data_uri(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"


def _clean(page: str) -> str:
    """The page in whole characters, none of them a control: half an emoji, from a cut-off reply, is no text."""
    return _CONTROL.sub("\ufffd", page.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").rstrip("\n")


def _hash(text: str) -> str:
    """The fingerprint by which the page's policy knows its own style and script."""
    return b64encode(sha256(text.encode()).digest()).decode()
