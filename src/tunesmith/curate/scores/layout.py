"""Lay a judge's reply out in lines for reading: thinking dropped, JSON and tables turned into ``score: 4``.

Whatever the dress, a score comes out as ``score: 4``, so that the ways of finding one need to know one dress only.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tunesmith.curate.scores import words
from tunesmith.curate.scores.amounts import LETTER, Scale
from tunesmith.curate.scores.text import mark_scales, plain
from tunesmith.errors import Unreadable

_LONGEST = 100_000  # characters, beside the thinking; a long explanation has 5,000
_LINE_BREAK = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_THOUGHT = re.compile(r"<(/?)(?:seed:)?(?:think|thinking|thoughts?|scratchpad)>|\[(/?)THINK\]|(◁)/?think▷", re.I)
_FINAL_CHANNEL = "<|channel|>final<|message|>"
_FENCE = re.compile(r"\s{0,8}(?:```|~~~)\s{0,4}[\w-]{0,20}\s*$")
_SAYS_SOMETHING = re.compile(r"[\w½¼¾⟦]")
# A quotation is of several words, or of a verdict in brackets; "answer_1" is a key, and 5" a length.
_QUOTED = re.compile(
    r"(?<!\w)[\"“](?=\S)(?=[^\"”]{0,400}?(?:[^\W\d_]|\[\[))(?:\[\[[^\"”]{1,60}|[^\"”\s]{1,60}\s[^\"”]{1,400})[\"”](?!\w)"
)
_BLOCK = re.compile(r"\s{0,8}>")
_JSON_START = re.compile(r"\{\s{0,40}\"")
_JSON_TRIES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the judge wrote it (``shown``) and as it is read (``plain``); either may be empty."""

    shown: str
    plain: str


def lay_out(text: str, scale: Scale) -> list[Line]:
    """Return the reply's lines without those of its thinking.

    Mentions of the asked scale are taken out; one of another scale becomes ``⟦10⟧`` (its upper end).

    Raises:
        Unreadable: The thinking never ends, so there is no answer; or what is left is no judge's reply but a flood.
    """
    lines: list[Line] = []
    text = _without_thinking(_LINE_BREAK.sub("\n", text)).strip()
    if len(text) > _LONGEST:
        raise Unreadable(f"a reply of {len(text)} characters, too long for a judge's")
    pieces = _json_apart(text)
    for piece in pieces:
        lines += _plain_lines(piece, scale) if isinstance(piece, str) else _json_lines(piece, scale)
    if len(pieces) > 1:
        lines = [line for line in lines if not _FENCE.match(line.shown)]
    return lines


def without_quotations(lines: list[Line]) -> list[Line]:
    """The lines without what they quote, such as the verdict that an answer asks for; ``shown`` stays as it is.

    A reply that is nothing but quotations says them itself.
    """
    lines = [Line(line.shown, "" if _BLOCK.match(line.shown) else line.plain) for line in lines]
    text = "\n".join(line.plain for line in lines)
    own = _QUOTED.sub(lambda found: re.sub(r"[^\n]+", " ", found[0]), text)
    if not re.search(r"[^\W\d_]", own):
        return lines
    return [Line(line.shown, plain.strip()) for line, plain in zip(lines, own.split("\n"), strict=True)]


def _without_thinking(text: str) -> str:
    """Drop what stands in thinking tags, and all before a closing tag that was opened in the prompt."""
    text = text.rpartition(_FINAL_CHANNEL)[2]
    kept: list[str] = []
    done, inside = 0, False
    for tag in _THOUGHT.finditer(text):
        closes = "/" in tag[0]
        if not inside and closes:
            kept.clear()
        elif not inside:
            kept.append(text[done : tag.start()])
        inside, done = not closes, tag.end()
    if inside:
        raise Unreadable("the thinking never ends, so there is no score")
    return "".join([*kept, text[done:]])


def _plain_lines(text: str, scale: Scale) -> list[Line]:
    lines: list[Line] = []
    table: list[str] = []
    for shown in text.split("\n"):
        if shown.lstrip().startswith("|"):
            table.append(shown)
            continue
        if table:
            lines += _table_lines(table, scale)
            table = []
        read = "" if _FENCE.match(shown) else mark_scales(plain(shown), scale)
        lines.append(Line(shown, read if _SAYS_SOMETHING.search(read) else ""))
    return lines + _table_lines(table, scale)


def _table_lines(rows: list[str], scale: Scale) -> list[Line]:
    """Turn "| Accuracy | 4 |" into ``Accuracy: 4``, with the column that the header calls score where one does."""
    lines: list[Line] = []
    head: list[str] = []
    column = 0
    for row in rows:
        cells = [mark_scales(plain(cell), scale) for cell in row.strip().strip("|").split("|")[:40]]
        if all(set(cell) <= set(":-– ") for cell in cells):
            lines.append(Line(row, ""))
            continue
        if not head:
            head = cells
            named = [n for n, cell in enumerate(cells) if n and cell.lower().startswith(words.SCORES)]
            column = named[0] if named and len(rows) > 1 else 0
            if len(rows) > 1 and not any(cell[:1].isdigit() for cell in cells):
                lines.append(Line(row, ""))
                continue
        lines.append(Line(row, _row(head, cells, column)))
    return lines


def _row(head: list[str], cells: list[str], column: int) -> str:
    if cells[0][:1].isdigit() and column < 2:
        return (
            "; ".join(f"{name}: {cell}" for name, cell in zip(head, cells, strict=False)) if head != cells else cells[0]
        )
    if len(cells) == 1:
        return cells[0]
    place = column or next((n for n, cell in enumerate(cells) if n and cell), 1)
    name = next((cell for cell in cells[:place][::-1] if not cell[:1].isdigit()), "")
    return f"{name}: {cells[place]}" if place < len(cells) else ""


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys in order, each as often as it was written."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_float=str, parse_int=str, parse_constant=str, strict=False)


def _json_apart(text: str) -> list[str | _Pairs]:
    """Cut a reply into text and JSON objects; broken JSON stays text, in which ``"score": 4`` is a label too."""
    pieces: list[str | _Pairs] = []
    done = look = 0
    for _ in range(_JSON_TRIES):
        start = _JSON_START.search(text, look)
        if start is None:
            break
        try:
            found, end = _DECODER.raw_decode(text, start.start())
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated"):
                break  # it was read to the end of the reply: once is enough
            look = max(error.pos, start.end() - 1)
        except RecursionError:
            break
        else:
            pieces += [text[done : start.start()], found]
            done = look = end
    return [*pieces, text[done:]]


def _json_lines(found: _Pairs, scale: Scale) -> list[Line]:
    """Return one line of ``key: value`` for the short values and one for each text, the judge's reasons."""
    short: list[str] = []
    lines: list[Line] = []
    todo: list[tuple[str, Any]] = [("", found)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, _Pairs):
            todo += [(f"{path} {_key(key)}".strip()[-120:], inner) for key, inner in reversed(value)]
        elif isinstance(value, list):
            todo += [(path, inner) for inner in reversed(value)]
        elif isinstance(value, str) and len(value) <= 40 and "\n" not in value:
            short.append(f"{path}: {value}")
            if not value[:1].isdigit():
                lines.append(Line(value, ""))
        elif isinstance(value, str):
            lines.append(Line(value, ""))
    return [Line("", mark_scales("; ".join(plain(one) for one in short), scale)), *lines]


def _key(key: str) -> str:
    """Write ``finalScore`` and ``final_score`` as "final Score"."""
    return re.sub(rf"(?<=[a-z])(?=[A-Z])|[_\W]+(?={LETTER})", " ", key[:80]).strip()
