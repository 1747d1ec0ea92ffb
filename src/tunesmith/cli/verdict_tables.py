"""What ``tunesmith verdict`` prints: a table, what limits it, and at the end a sentence on each contest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from tunesmith.evaluate import ContestReport, Report
from tunesmith.evaluate.sentences import percent, verdict
from tunesmith.text import printable

from .tables import figures_table, measured, show_table
from .verdict_rules import RULES, STANDINGS

_MOST_DETAILED = 3  # contests that are told by category without being asked


def print_rules(console: Console, found: Report, rules: Sequence[str]) -> None:
    """Just the figures of some rules, a line for each contest or model."""
    chosen = [RULES[name] for name in rules if name in RULES]
    if chosen:
        table = figures_table("model", "against", "questions", *(rule.title for rule in chosen))
        for one in found.contests:
            names = Text(printable(one.model)), Text(printable(one.baseline))
            table.add_row(*names, f"{one.questions:,}" if one.questions else "-", *(rule.shown(one) for rule in chosen))
        show_table(console, table)
    if ranks := [name for name in rules if name in STANDINGS]:
        table = figures_table("model", "bouts", *ranks)
        for place in found.standings:
            table.add_row(Text(printable(place.model)), f"{place.bouts:,}", *(STANDINGS[name](place) for name in ranks))
        show_table(console, table)
        if not found.standings:
            _say(console, "there are no standings of fewer than three models")


def print_report(console: Console, found: Report, grouped: bool) -> None:
    """All that was found out, the sentences last.

    Args:
        console: Where.
        found: The report.
        grouped: Whether figures by category were asked for, so that they are shown however many contests there are.
    """
    _print_contests(console, found.contests)
    if grouped or len(found.contests) <= _MOST_DETAILED:
        for one in found.contests:
            _print_groups(console, one, len(found.contests) > 1)
    if found.standings:
        print_rules(console, found, tuple(STANDINGS))
    for line in _lines(found):
        _say(console, line)


def _print_contests(console: Console, contests: Sequence[ContestReport]) -> None:
    has_points = any(one.relative.value is not None for one in contests)
    has_counts = any(one.by_question.tally.n for one in contests)
    columns = ["won / tied / lost", "win rate, % (95 %)"] if has_counts else []
    columns += ["points", "relative score, % (95 %)"] if has_points else []
    table = figures_table("model", "against", "questions", "unreadable", *columns)
    for one in contests:
        cells = [f"{one.questions:,}" if one.questions else "-", f"{one.unreadable:,}" if one.verdicts else "-"]
        if has_counts:
            cells += [RULES["both-orders"].shown(one), measured(one.by_question.win_rate, 1, 100)]
        if has_points:
            points = "-" if one.totals is None else " : ".join(f"{number:,.6g}" for number in one.totals)
            cells += [points, measured(one.relative, 2, 100)]
        table.add_row(Text(printable(one.model)), Text(printable(one.baseline)), *cells)
    show_table(console, table)


def _print_groups(console: Console, contest: ContestReport, several: bool) -> None:
    """A contest's figures by category and so on: a table for each such property."""
    points = ["relative score, %"] if contest.totals is not None else []
    for column in dict.fromkeys(group.column for group in contest.groups):
        title = f"{column} ({contest.model})" if several else column
        table = figures_table(title, "questions", "won / tied / lost", "win rate, % (95 %)", *points)
        for group in contest.groups:
            if group.column == column:
                rates = group.by_question
                counts = f"{rates.tally.wins:,} / {rates.tally.ties:,} / {rates.tally.losses:,}"
                cells = [f"{rates.tally.n:,}", counts, measured(rates.win_rate, 1, 100)]
                cells += [measured(group.relative, 2, 100)] if points else []
                table.add_row(Text(printable(group.value)), *cells)
        show_table(console, table)


def _lines(found: Report) -> Iterator[str]:
    for one in found.contests:
        yield from _biases(one, f"{one.model} against {one.baseline}: " if len(found.contests) > 1 else "")
    for pair in found.agreements:
        judges = " and ".join(judge or "the judge" for judge in pair.judges)
        yield (
            f"agreement: {judges} say the same on {percent(pair.accuracy)} of {pair.accuracy.rows:,}; "
            f"kappa {measured(pair.kappa)}, F1 {measured(pair.f1)}"
        )
    for note in found.notes:
        yield f"note: {note}"
    yield from _notes(found.contests)
    for one in found.contests:
        yield verdict(one)


def _biases(contest: ContestReport, name: str) -> Iterator[str]:
    """What a liking for a place, or for length, did in a contest."""
    for bias in contest.positions:
        if bias.first.rows:
            flips = f"; another verdict the other way round: {percent(bias.flips)}" if bias.flips.rows else ""
            judge = bias.judge or "the judge"
            yield f"position: {name}{judge} preferred the answer shown first in {percent(bias.first)}{flips}"
    if contest.length is not None and contest.length.longer.rows:
        ours, theirs = contest.length.words
        controlled = contest.length.controlled
        equal = f"; win rate at equal length {percent(controlled)}" if controlled.value is not None else ""
        longer = percent(contest.length.longer)
        yield (
            f"length: {name}{ours:,.0f} words against {theirs:,.0f}; the longer answer won {longer} of what was "
            f"decided{equal}"
        )


def _notes(contests: Sequence[ContestReport]) -> Iterator[str]:
    """The contests' notes, one that holds of several said once."""
    notes: dict[str, list[str]] = {}
    for one in contests:
        for note in one.notes:
            notes.setdefault(note, []).append(one.model)
    for note, models in notes.items():
        yield f"note: {note}" if len(models) == len(contests) else f"note on {', '.join(models)}: {note}"


def _say(console: Console, line: str) -> None:
    console.print(Text(printable(line)))
