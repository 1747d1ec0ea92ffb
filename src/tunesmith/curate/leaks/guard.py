"""Where ``leaks`` must not look: code, formulas, quotations, letters and dialogue inside an answer.

Every function makes one pass over the text: none looks back further than a bounded window.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

Span = tuple[int, int]

_FENCE = re.compile(r"[ \t>]{0,8}(`{3,}|~{3,})")
_MATH = re.compile(r"\$\$|\\\[|\\\]|\\\(|\\\)|\$[^\s\d$][^$\n]{0,200}\$|\\begin\{|\\end\{")
_CODE_RUN = re.compile(r"`+")
_QUOTE = re.compile(r"[\"“”„«»「」『』‘’']")
_CLOSERS = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", "‘": "’", '"': '"', "'": "'"}
_LABEL = re.compile(r"[ \t]*(?:\[[^\]\n]{1,40}\]|[A-Z][\w.’' ]{0,30}|[\u4e00-\u9fff]{1,8})[:：]\s")
_LETTER_OPENS = re.compile(
    r"^[ \t>*]*(?:Dear\b|To whom it may concern|Subject:|尊敬的[^\n]{1,30}[:：]|亲爱的[^\n]{1,30}[:：])",
    re.I | re.M,
)
_LETTER_CLOSES = re.compile(
    r"^[ \t>*]*(?:Sincerely|Yours (?:truly|sincerely|faithfully)|Respectfully|Warm(?:est)? regards|Best regards"
    r"|Kind regards|Regards,|此致|敬礼|敬上)"
    r"|\bI (?:am|['’]m) (?:writing|excited|pleased|thrilled) to (?:apply|express my interest)\b"
    r"|\[(?:your |my |company|full |applicant|position|job|name|hiring)[^\]\n]{0,30}\]",
    re.I | re.M,
)


@dataclass(slots=True)
class Guard:
    """Stretches of one text, sorted, that are somebody else's words or no prose at all."""

    spans: list[Span]
    quoted_whole: bool = False
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        merged: list[Span] = []
        for start, end in sorted(self.spans):
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        self.spans = merged
        self._starts = [start for start, _ in merged]

    def covers(self, start: int, end: int) -> bool:
        """Whether any character of ``text[start:end]`` is guarded."""
        at = bisect_right(self._starts, end - 1) - 1
        return at >= 0 and self.spans[at][1] > start


def guard(text: str) -> Guard:
    """Find code, formulas, quotations, dialogue lines and letters in ``text``.

    An answer that is one quotation from end to end is not guarded as such but marked ``quoted_whole``: some
    teachers put quotation marks around the whole answer, others were asked for a quotation.
    """
    spans: list[Span] = []
    quoted_whole = False
    stripped = text.strip()
    first, last = len(text) - len(text.lstrip()), len(text.rstrip()) - 1
    for start, end in _blocks(text, spans):
        spans += _inline_code(text, start, end)
        for quote in _quotations(text, start, end):
            if quote == (first, last + 1) and len(stripped) > 2:
                quoted_whole = True
            else:
                spans.append(quote)
    spans += _formulas(text)
    spans += _letter(text)
    return Guard(spans, quoted_whole)


def _blocks(text: str, spans: list[Span]) -> Iterator[Span]:
    """Yield paragraphs of prose; put fenced and indented code and dialogue lines into ``spans``."""
    fence, fence_start, start, at, labels = "", 0, 0, 0, []
    blank_before = True
    for line in text.splitlines(keepends=True):
        end = at + len(line)
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                spans.append((fence_start, end))
                fence, start = "", end
        elif mark:
            yield start, at
            fence, fence_start = mark[1], at
        elif not line.strip():
            yield start, at
            start = end
        elif blank_before and line.startswith(("    ", "\t")) and at > 0:
            spans.append((at, end))
        elif _LABEL.match(line):
            labels.append((at, end))
        blank_before = not line.strip()
        at = end
    if fence:
        spans.append((fence_start, at))
    else:
        yield start, at
    if len(labels) >= 2:  # one label is a heading or "Answer:"; two are people talking
        spans += labels


def _inline_code(text: str, start: int, end: int) -> Iterator[Span]:
    opened = -1
    for run in _CODE_RUN.finditer(text, start, end):
        if opened < 0:
            opened = run.start()
        else:
            yield opened, run.end()
            opened = -1


def _quotations(text: str, start: int, end: int) -> Iterator[Span]:
    """Quotations within one paragraph; a double quote that never closes runs to its end, a single one is dropped."""
    opened, closers = -1, ""
    for found in _QUOTE.finditer(text, start, end):
        at, mark = found.start(), found[0]
        before = text[at - 1] if at > start else " "
        after = text[at + 1] if at + 1 < end else " "
        if opened >= 0 and mark in closers:
            if mark in "'’" and (after.isalnum() or before.isspace()):
                continue  # an apostrophe, or another opening
            yield opened, at + 1
            opened = -1
        elif mark in _CLOSERS and (opened < 0 or closers in "'’"):
            opens = before.isspace() or before in "([{:：,，—-*_>.。"
            if mark in "\"'" and not (opens and not after.isspace()):
                continue
            if mark in "'‘" and opened >= 0:
                continue
            opened, closers = at, _CLOSERS[mark]
    if opened >= 0 and closers not in "'’":
        yield opened, end


def _formulas(text: str) -> Iterator[Span]:
    opened = -1
    for found in _MATH.finditer(text):
        mark = found[0]
        if len(mark) > 2 and mark[0] == "$":
            yield found.span()
        elif opened >= 0 and mark in ("$$", "\\]", "\\)", "\\end{"):
            yield opened, found.end()
            opened = -1
        elif opened < 0 and mark in ("$$", "\\[", "\\(", "\\begin{"):
            opened = found.start()


def _letter(text: str) -> Iterator[Span]:
    """A letter: from its salutation on, or, where only its close is seen, everything after the first sentence."""
    opens = _LETTER_OPENS.search(text)
    if opens:
        yield opens.start(), len(text)
    elif _LETTER_CLOSES.search(text):
        yield 0, len(text)
