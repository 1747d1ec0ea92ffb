"""The ledger: the fate of every row at every step, as JSON lines.

Each row that enters a step leaves one entry, ``kept``, ``changed`` or ``dropped``; each further row that a step makes
leaves an entry ``added``. So for every step ``in = kept + changed + dropped`` and ``out = kept + changed + added``.
What a teacher wrote that never became a row, where a step makes rows of its own, leaves an entry ``refused``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from tunesmith.rows import Row, child_ids
from tunesmith.teacher import Reply, Usage, Watch


@dataclass(slots=True)
class Tally:
    """What one step did: counts of rows, reasons for dropping, and what the replies that it used are worth."""

    MOST_REASONS: ClassVar[int] = 100  # a step that puts particulars into its reasons must not fill the memory

    fates: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    replies: int = 0
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    cost: float | None = 0.0
    models: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    @property
    def rows_in(self) -> int:
        """Rows that entered the step and whose fate is settled."""
        return self.fates["kept"] + self.fates["changed"] + self.fates["dropped"]

    @property
    def rows_out(self) -> int:
        """Rows that left it."""
        return self.fates["kept"] + self.fates["changed"] + self.fates["added"]

    def count(self, entry: dict[str, Any]) -> None:
        """Count a ledger entry's fate and reason."""
        self.fates[entry["fate"]] += 1
        if entry["fate"] in ("dropped", "refused"):
            reason = entry.get("kind", entry["reason"])
            reasons = self.reasons if entry["fate"] == "dropped" else self.refused
            known = reason in reasons or len(reasons) < self.MOST_REASONS
            reasons[reason if known else "other reasons"] += 1
            self.unanswered += bool(entry.get("unanswered"))

    def used(self, replies: Iterable[Reply]) -> None:
        """Count what replies are worth."""
        for reply in replies:
            self.replies += 1
            self.models |= {reply.model} - {""}
            if reply.usage is not None:
                self.usage = Usage(
                    self.usage.input_tokens + reply.usage.input_tokens,
                    self.usage.output_tokens + reply.usage.output_tokens,
                )
            self.cost = None if self.cost is None or reply.cost is None else self.cost + reply.cost

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            **{fate: self.fates[fate] for fate in ("kept", "changed", "dropped", "added")},
            "dropped_because": dict(self.reasons.most_common()),
            "refused": self.fates["refused"],
            "refused_because": dict(self.refused.most_common()),
            "unanswered": self.unanswered,
            "replies": self.replies,
            "input_tokens": self.usage.input_tokens,
            "output_tokens": self.usage.output_tokens,
            "cost": self.cost,
            "notes": list(self.notes),
        }


class Ledger:
    """Writes entries and counts them.

    Args:
        step: The step's name in the recipe.
        write: Takes one entry, a JSON object.
        watch: Told how the step gets on, where its rows alone do not tell.
        entering: The step's rows, to be gone through once more where it makes further ones: an earlier run over the
            same data may have given them the ids that these would get.
    """

    def __init__(
        self,
        step: str,
        write: Callable[[dict[str, Any]], None],
        watch: Watch | None = None,
        entering: Iterable[Row] = (),
    ) -> None:
        self.step, self.tally, self.watch = step, Tally(), watch
        self._write, self._entering = write, entering

    @cached_property
    def _taken(self) -> frozenset[str]:
        """The ids of entering rows that a child might get."""
        part = f".{self.step}."
        return frozenset(row["id"] for row in self._entering if part in row["id"])

    def child_ids(self, parent: str) -> Iterator[str]:
        """Ids for the further rows that the step makes out of a row; the same whenever the run is played again."""
        return child_ids(parent, self.step, self._taken)

    def passed(
        self, before: Row, after: Row | Sequence[Row], replies: Sequence[Reply] = (), **details: Any
    ) -> Iterator[Row]:
        """Enter what a step made of a row, with whatever else to enter, and yield it: one row, or several with ids."""
        rows = [after] if isinstance(after, dict) else list(after)
        if not rows:
            self.dropped(before, "the step made nothing of it", replies)
            return
        first, *further = rows
        first["id"] = before["id"]
        changed = [name for name in {**before, **first} if _value(before, name) != _value(first, name)]
        self._enter(before["id"], "changed" if changed else "kept", replies, columns=changed or None, **details)
        yield first
        for row, child_id in zip(further, self.child_ids(before["id"]), strict=False):
            row["id"] = child_id
            self._enter(row["id"], "added", (), source=before["id"])
            yield row

    def note(self, text: str) -> None:
        """Say something about the step as a whole that the user should know; it goes into the manifest."""
        self.tally.notes.append(text)

    def dropped(
        self,
        row: Row,
        reason: str,
        replies: Sequence[Reply] = (),
        kind: str = "",
        unanswered: bool = False,
        **details: Any,
    ) -> None:
        """Enter that a row was dropped.

        Args:
            row: The row as it entered the step.
            reason: Why, in words.
            replies: What the teacher said on the way.
            kind: The reason without its particulars, for counting; the reason itself if left out.
            unanswered: Whether only the teacher's failure is to blame, so that the row may be saved by another run.
            details: What else to enter, for programs: the row that this one resembles, say.
        """
        more = {"kind": kind if kind != reason else None, "unanswered": unanswered or None, **details}
        self._enter(
            row["id"], "dropped", replies, reason=reason, **{k: v for k, v in more.items() if v is not None and v != ""}
        )

    def made(self, row: Row, **details: Any) -> Row:
        """Enter a row that a step made of nothing that entered it, and return it; it brings an id of its own."""
        self._enter(row["id"], "added", (), **details)
        return row

    def refused(self, row_id: str, reason: str, kind: str = "", **details: Any) -> None:
        """Enter what a teacher wrote and the step did not take: it never was a row, and counts as none.

        Args:
            row_id: A name for it, unlike any row's id.
            reason: Why, in words.
            kind: The reason without its particulars, for counting; the reason itself if left out.
            details: What it was, and the keys of its ``replies``.
        """
        self._enter(row_id, "refused", (), reason=reason, kind=kind if kind not in ("", reason) else None, **details)

    def _enter(self, row_id: str, fate: str, used: Sequence[Reply], **more: Any) -> None:
        self.tally.used(used)
        entry: dict[str, Any] = {"row": row_id, "step": self.step, "fate": fate}
        entry |= {name: value for name, value in more.items() if value is not None}
        if used:
            entry["replies"] = [reply.key for reply in used]
        self.tally.count(entry)
        self._write(entry)


def _value(row: Row, name: str) -> Any:
    """A column's value; one that is empty (no text, an empty list) is as good as one that is not there."""
    value = row.get(name)
    return None if value is None or value in ("", [], {}) else value
