"""What ``tunesmith verdict`` prints: a table, what limits it, and at the end a sentence on each contest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from tunesmith.evaluate import ContestReport, Report
from tunesmith.evaluate.sentences import counted, outcome, percent, title, verdict
from tunesmith.text import printable

from .tables import figures_table, measured, show_table
from .verdict_rules import RULES, STANDINGS

_MOST_DETAILED = 3  # contests that are told by category without being asked


def print_rules(console: Console, found: Report, rules: Sequence[str]) -> None:
    """Just the figures of some rules, a line for each contest or model; then the notes."""
    chosen = [RULES[name] for name in rules if name in RULES]
    if chosen:
        table = figures_table("model", "against", "questions", *(rule.title for rule in chosen), names=2)
        for one in found.contests:
            cells = f"{one.questions:,}" if one.questions else "-", *(rule.shown(one) for rule in chosen)
            table.add_row(*_names(one), *cells)
        show_table(console, table)
    if ranks := [name for name in rules if name in STANDINGS]:
        _print_standings(console, found, ranks)
    for note in found.notes:
        _say(console, f"note: {note}")


def _print_standings(console: Console, found: Report, ranks: Sequence[str]) -> None:
    if not found.standings:
        _say(console, "there are no standings without reviews of three models or more")
        return
    table = figures_table("model", "comparisons", *ranks)
    for place in found.standings:
        table.add_row(Text(printable(place.model)), f"{place.bouts:,}", *(STANDINGS[name](place) for name in ranks))
    show_table(console, table)


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
        console.print()
        _print_standings(console, found, tuple(STANDINGS))
    console.print()
    for line in _lines(found):
        _say(console, line)


def _print_contests(console: Console, contests: Sequence[ContestReport]) -> None:
    """A line for each contest; only columns in which there is something to read."""
    columns: dict[str, Callable[[ContestReport], str]] = {}
    if any(one.questions for one in contests):
        columns["questions"] = lambda one: f"{one.questions:,}" if one.questions or one.unreadable else "-"
    if any(one.unreadable for one in contests):
        columns["unreadable"] = lambda one: f"{one.unreadable:,}"
    if any(one.by_question.tally.n for one in contests):
        columns["won / tied / lost"] = RULES["both-orders"].shown
        columns["win rate, % (95 %)"] = lambda one: measured(one.by_question.win_rate, 1, 100)
    if any(one.totals is not None for one in contests):
        span = " (95 %)" if any(one.relative.low is not None for one in contests) else ""
        columns["points"] = lambda one: "-" if one.totals is None else " : ".join(f"{n:,.6g}" for n in one.totals)
        columns[f"relative score, %{span}"] = lambda one: measured(one.relative, 2, 100)
    table = figures_table("model", "against", *columns, names=2)
    for one in contests:
        table.add_row(*_names(one), *(cell(one) for cell in columns.values()))
    show_table(console, table)


def _names(contest: ContestReport) -> tuple[Text, Text]:
    return Text(printable(contest.model)), Text(printable(contest.baseline))


def _print_groups(console: Console, contest: ContestReport, several: bool) -> None:
    """A contest's figures by category and so on: a table for each such property."""
    points = ["relative score, %"] if contest.totals is not None else []
    for column in dict.fromkeys(group.column for group in contest.groups):
        head = f"{column} ({contest.model})" if several else column
        console.print()
        table = figures_table(head, "questions", "won / tied / lost", "win rate, % (95 %)", *points)
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
        yield from _biases(one, f"{title(one)}: " if len(found.contests) > 1 else "")
    for pair in found.agreements:
        judges = " and ".join(judge or "the judge" for judge in pair.judges)
        said = (
            f"agreement: {judges} say the same on {percent(pair.accuracy)} of {counted(pair.accuracy.rows, 'question')}"
        )
        said += (
            "" if pair.kappa.value is None else f"; Cohen's kappa {measured(pair.kappa)} (1: always, 0: as by chance)"
        )
        yield said + ("" if pair.f1.value is None else f"; F1 {measured(pair.f1)}")
    for note in found.notes:
        yield f"note: {note}"
    yield from _notes(found.contests)
    sums = [one for one in found.contests if outcome(one) == "not measured" and one.totals is not None]
    for one in found.contests:
        if len(sums) < 2 or one not in sums:
            yield verdict(one)
    if len(sums) > 1:
        yield f"Of {len(sums):,} pairs, only sums of points are known, which do not tell how sure a difference is."


def _biases(contest: ContestReport, name: str) -> Iterator[str]:
    """What a liking for a place, or for length, did in a contest."""
    for bias in contest.positions:
        if bias.first.rows:
            judge = bias.judge or "the judge"
            yield f"position: {name}{judge} preferred the answer shown first in {percent(bias.first)} of decisions" + (
                f"; with the answers in the other order, it said something else on {percent(bias.flips)} of "
                f"{counted(bias.flips.rows, 'question')}" * bool(bias.flips.rows)
            )
    if contest.length is not None and contest.length.longer.rows:
        ours, theirs = contest.length.words
        controlled = contest.length.controlled
        equal = f"; win rate at equal length {percent(controlled)}" if controlled.value is not None else ""
        longer = percent(contest.length.longer)
        words = f"{ours:,.0f} words against {theirs:,.0f}"
        yield f"length: {name}{words}; the longer answer won {longer} of decisions{equal}"


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
