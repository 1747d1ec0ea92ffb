"""What has to be said about rows that were put right or left out: nothing is mended in silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .source import SourceRow

_MOST = 5  # lines, ids or names that a sentence has


@dataclass(slots=True)
class Remarks:
    """Remarks, those on rows gathered by file."""

    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    general: dict[str, None] = field(default_factory=dict)

    def add(self, source: SourceRow, what: str) -> None:
        """Note something about a row; rows of one file of which the same is to be said share a sentence."""
        self.found.setdefault((source.file, what), []).append(source.line)

    def say(self, sentence: str) -> None:
        """Note something about a file, or about all."""
        self.general[sentence] = None

    def sentences(self) -> tuple[str, ...]:
        """All of it."""
        return (*(_sentence(file, what, lines) for (file, what), lines in self.found.items()), *self.general)


def _sentence(file: str, what: str, lines: Sequence[int]) -> str:
    if len(lines) == 1:
        return f"{file}, line {lines[0]}: {what}"
    return f"{file}, {len(lines):,} lines ({listed(map(str, lines))}): {what}"


def listed(names: Iterable[str]) -> str:
    """Some names as a list that stays short."""
    found = list(names)
    more = len(found) - _MOST
    return ", ".join(found[:_MOST]) + (f" and {more:,} more" if more > 0 else "")
