r"""What a translation must not touch: code, formulas, placeholders, addresses, identifiers.

`protected` finds these spans in a text, `altered` holds a translation against its source. Delimited spans are found as
their own formats say:

- fenced code (to the closing fence or the end of the text) and code between backticks, as CommonMark has them: as many
  backticks at the end as at the beginning, no blank line between them;
- formulas: ``$$..$$``, ``\(..\)``, ``\[..\]``, ``\begin{..}..\end{..}``, and ``$..$`` where `dollars.is_formula` says
  so, which keeps "$5 and sold for $10" out;
- braces, ``{..}``, balanced; the outermost pair counts.

What stands alone (addresses, file names, identifiers ...) is in ``span_words``, and looked for outside of these.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .dollars import is_formula
from .span_words import words_to_keep


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text, from ``start`` to before ``end``, and what kind of thing it is."""

    start: int
    end: int
    kind: str


_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TICKS = re.compile(r"`+")
_DOLLARS = re.compile(r"(?<!\\)\$")
_MARK = re.compile(r"`+|\\[(\[]|\\begin\{([A-Za-z]+\*?)\}|\\\$|\$\$?|[{}]")


def protected(text: str, keep: Sequence[str] = ()) -> list[Span]:
    """The spans of a text that a translation must keep, in order; no two overlap.

    Args:
        text: Any text.
        keep: Further words to keep, as they are written.
    """
    spans: list[Span] = []
    start = 0
    for fence in _fences(text):
        spans += _inline(text, start, fence.start)
        spans.append(fence)
        start = fence.end
    spans += _inline(text, start, len(text))
    rest = outside(text, spans, "\0")
    spans += [Span(start, end, kind) for start, end, kind in words_to_keep(rest, tuple(keep))]
    return sorted(spans)


def outside(text: str, spans: Sequence[Span], mark: str = " ") -> str:
    """The text with every character of the spans replaced by ``mark``."""
    parts, start = [], 0
    for span in spans:
        parts += [text[start : span.start], mark * (span.end - span.start)]
        start = span.end
    return "".join([*parts, text[start:]])


def kept_texts(text: str, keep: Sequence[str] = ()) -> Counter[str]:
    """What stands in the protected spans, and how often, but for names; line ends are alike."""
    return _texts(text, [span for span in protected(text, keep) if span.kind != "name"])


def altered(source: str, translation: str, keep: Sequence[str] = ()) -> list[str]:
    """What of the source's protected spans a translation lost, added or doubled, each as a few words; nothing if none.

    A span that was changed is one that is lost and another that was added. Names such as COVID-19 and LinkedIn may
    be lost, as many languages have their own; one that the source has not, however it is written there, is added.
    """
    before, after = kept_texts(source, keep), kept_texts(translation, keep)
    found = []
    for text in sorted(before.keys() | after.keys()):
        if before[text] > after[text]:
            found.append(f"lost {text!r}" if not after[text] else f"has {text!r} fewer times")
        elif before[text] < after[text]:
            found.append(f"added {text!r}" if not before[text] else f"has {text!r} more times")
    named = _texts(translation, [span for span in protected(translation, keep) if span.kind == "name"])
    plain = _plain(source)
    return found + [f"added {name!r}" for name in sorted(named) if _plain(name) not in plain]


def _texts(text: str, spans: Sequence[Span]) -> Counter[str]:
    return Counter(text[span.start : span.end].replace("\r\n", "\n") for span in spans)


def _plain(text: str) -> str:
    """Without what different spellings of a name differ in: GitHub, Github, git hub."""
    return re.sub(r"[\s-]", "", text).casefold()


def _fences(text: str) -> Iterator[Span]:
    """Blocks of code between fences."""
    opened: tuple[int, str] | None = None
    for line in _FENCE.finditer(text):
        if opened is None:
            # An info string has no backticks: "```x = 1```" on one line is code within a line.
            if "`" not in line[2] or line[1][0] == "~":
                opened = line.start(1), line[1]
        elif line[1].startswith(opened[1]) and not line[2].strip():
            yield Span(opened[0], line.end(1), "code")
            opened = None
    if opened is not None:
        yield Span(opened[0], len(text), "code")


def _inline(text: str, start: int, end: int) -> list[Span]:
    """Code, formulas and braces between two fences."""
    part = text[start:end]
    if not part or not _MARK.search(part):
        return []
    finder = _Finder(part)
    spans: list[Span] = []
    opened: list[tuple[int, int]] = []  # braces that wait for their end, each with how many spans were there before it
    at = 0
    while mark := _MARK.search(part, at):
        at, found = mark.end(), mark[0]
        if found == "{":
            opened.append((mark.start(), len(spans)))
        elif found == "}":
            if opened:
                begin, before = opened.pop()
                spans[before:] = [Span(begin, at, "braces")]  # what stands within is part of it
        elif found == r"\$":
            continue
        elif (stop := finder.end_of(mark)) is None:
            at -= found == "$$"  # the second one may still open a formula
        else:
            spans.append(Span(mark.start(), stop, "code" if found[0] == "`" else "formula"))
            at = stop
    return [Span(start + span.start, start + span.end, span.kind) for span in spans]


class _Finder:
    """Finds where a delimited span ends; looks everything over once, so that no text takes long."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._blank_lines = [line.start() for line in _BLANK_LINE.finditer(text)]
        self._ticks: dict[int, list[int]] = {}
        for run in _TICKS.finditer(text):
            self._ticks.setdefault(len(run[0]), []).append(run.start())
        self._dollars = [dollar.start() for dollar in _DOLLARS.finditer(text)]
        self._double = [at for at in self._dollars if text.startswith("$$", at)]
        self._ends: dict[str, list[int]] = {}

    def end_of(self, mark: re.Match[str]) -> int | None:
        """Where the span ends that this mark opens; nothing if it opens none."""
        found, after = mark[0], mark.end()
        if found[0] == "`":
            return self._close(self._ticks[len(found)], after, len(found))
        if found == "$$":
            return self._close(self._double, after + 1, 2, blank_lines=True)
        if found == "$":
            end = self._close(self._dollars, after + 1, 1)
            return end if end is not None and is_formula(self.text, mark.start(), end - 1) else None
        close = rf"\end{{{mark[1]}}}" if mark[1] else {r"\(": r"\)", r"\[": r"\]"}[found]
        if close not in self._ends:
            self._ends[close] = [one.start() for one in re.finditer(re.escape(close), self.text)]
        return self._close(self._ends[close], after, len(close), blank_lines=bool(mark[1]))

    def _close(self, ends: list[int], after: int, width: int, blank_lines: bool = False) -> int | None:
        """The end of the next closing mark, unless a blank line stands before it."""
        place = bisect_left(ends, after)
        if place == len(ends):
            return None
        if not blank_lines:
            blank = bisect_left(self._blank_lines, after)
            if blank < len(self._blank_lines) and self._blank_lines[blank] < ends[place]:
                return None
        return ends[place] + width
