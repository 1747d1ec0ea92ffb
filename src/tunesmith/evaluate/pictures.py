"""A report's pictures: relative scores, outcomes, groups, standings, and how judges' scores are distributed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, floor, fsum, log10

from tunesmith.figures import Bar, Level, Measure, Panel, Segment, Stack, bars, panels, stacked

from .findings import ContestReport, Group, Report
from .people import Shares
from .sentences import counted, title

_OUTCOMES = (Segment("won", "win"), Segment("tied", "tie"), Segment("lost", "lose"))
_MOST_GROUPS = 30
_MOST_BARS = 40


def pictures(report: Report) -> dict[str, str]:
    """The pictures for which there are data.

    Returns:
        SVG documents by file name: some of ``relative.svg``, ``outcomes.svg``, ``standings.svg``,
        ``judge_scores.svg`` and ``groups.svg``, in this order.
    """
    drawn = {
        "relative.svg": _relative(report.contests),
        "outcomes.svg": _outcomes(report.contests),
        "standings.svg": _standings(report),
        "judge_scores.svg": _judge_scores(report.scores),
        "groups.svg": _groups(report.contests),
    }
    return {name: picture for name, picture in drawn.items() if picture is not None}


def _relative(contests: Sequence[ContestReport]) -> str | None:
    rows = [
        Level(_named(one, contests), one.relative, f"n {one.questions:,}" if one.questions else "totals only")
        for one in contests
        if one.relative.value is not None
    ]
    if not rows:
        return None
    measure = Measure("the model's points as a share of the baseline's", reference=1.0)
    caption = "What the judge gave the model, as a share of what it gave the baseline on the same questions."
    caption += _intervals(rows)
    return bars(rows, measure, f"Relative scores{_against(contests)}", caption)


def _intervals(rows: Sequence[Level]) -> str:
    return " Lines are 95 % intervals." if any(row.figure.low is not None for row in rows) else ""


def _outcomes(contests: Sequence[ContestReport]) -> str | None:
    rows = [
        Stack(_named(one, contests), (tally.wins, tally.ties, tally.losses), _unread(one))
        for one in contests
        if (tally := one.by_question.tally).n
    ]
    if not rows:
        return None
    caption = "Each question counts once."
    if any(one.both_orders for one in contests):
        caption += " Both orders weigh the same: one won and the other not lost is a win."
    return stacked(rows, _OUTCOMES, f"Won, tied and lost{_against(contests)}", caption, "questions")


def _unread(contest: ContestReport) -> str:
    return f"{contest.unreadable:,} unreadable" if contest.unreadable else ""


def _groups(contests: Sequence[ContestReport]) -> str | None:
    rows = [
        Level(_group_name(group, one, contests), group.by_question.win_rate, f"n {group.by_question.tally.n:,}")
        for one in contests
        for group in one.groups
        if group.by_question.win_rate.value is not None
    ]
    if not rows:
        return None
    left_out = f" The first {_MOST_GROUPS} of {len(rows)} groups." if len(rows) > _MOST_GROUPS else ""
    caption = f"Share of questions won, ties counted half.{_intervals(rows)}{left_out}"
    measure = Measure("win rate; 50 % is as good as the baseline", reference=0.5, from_zero=False)
    return bars(rows[:_MOST_GROUPS], measure, f"Win rate by group{_against(contests)}", caption)


def _group_name(group: Group, contest: ContestReport, contests: Sequence[ContestReport]) -> str:
    columns = {one.column for some in contests for one in some.groups}
    value = f"{group.column}: {group.value}" if len(columns) > 1 else group.value
    return value if len(contests) == 1 else f"{value} · {_named(contest, contests)}"


def _standings(report: Report) -> str | None:
    rows = [Level(one.model, one.strength, counted(one.bouts, "comparison")) for one in report.standings]
    if not rows:
        return None
    measure = Measure("strength on Elo's scale", percent=False, reference=1000.0, from_zero=False, digits=0)
    caption = f"Bradley-Terry strengths; 400 points are odds of ten to one.{_intervals(rows)}"
    return bars(rows, measure, f"Standings of {len(rows)} models", caption)


def _judge_scores(scores: Mapping[str, Mapping[float, int]]) -> str | None:
    given = {judge: {score: n for score, n in found.items() if n} for judge, found in sorted(scores.items())}
    every = [score for found in given.values() for score in found]
    if not every:
        return None
    width = _width(every)
    lowest, highest = floor(min(every) / width), floor(max(every) / width)
    groups = [_panel(judge, found, range(lowest, highest + 1), width) for judge, found in given.items() if found]
    caption = "Share of each judge's scores; the broken line is the mean."
    if any(score % width for score in every):
        caption += " A bar holds the scores from its number up to the next bar's."
    return panels(groups, width, "Scores that judges gave", "score", caption)


def _width(scores: Sequence[float]) -> float:
    """How many points a bar spans: half a point where a judge gave parts of one, else one; more on a wide scale."""
    least = 0.5 if any(score % 1 for score in scores) else 1.0
    reach = max(scores) / _MOST_BARS - min(scores) / _MOST_BARS
    return least if reach < least else 10.0 ** ceil(log10(reach))


def _panel(judge: str, given: Mapping[float, int], places: range, width: float) -> Panel:
    counts = Counter[int]()
    for score, n in given.items():
        counts[floor(score / width)] += n
    n = counts.total()
    mean = fsum(score * (count / n) for score, count in given.items())
    found = [Bar(place * width, counts[place], counts[place]) for place in places]
    return Panel(judge or "the judge", f"n {n:,} · mean {mean:.2f}", found, mean)


def _named(contest: ContestReport, contests: Sequence[ContestReport]) -> str:
    """The model; with its baseline where these differ."""
    return contest.model if _baseline(contests) is not None else title(contest)


def _against(contests: Sequence[ContestReport]) -> str:
    baseline = _baseline(contests)
    return "" if baseline is None else f" against {baseline}"


def _baseline(contests: Sequence[ContestReport]) -> str | None:
    """The baseline of all, if it is the same."""
    found = {one.baseline for one in contests}
    return found.pop() if len(found) == 1 else None


def picture_of_votes(shares: Sequence[Shares]) -> str:
    """What people chose, as stacked bars: a row for each criterion of each two models."""
    pairs = {one.models for one in shares}
    first, second = next(iter(pairs)) if len(pairs) == 1 else ("the model named first", "the model named second")
    segments = (Segment(first, "win"), Segment("tie", "tie"), Segment(second, "lose"))
    rows = []
    for one in shares:
        pair = "" if len(pairs) == 1 else f"{one.models[0]} against {one.models[1]}"
        name = " · ".join(part for part in (one.criterion.capitalize(), pair) if part) or "all votes"
        rows.append(Stack(name, (one.tally.wins, one.tally.ties, one.tally.losses)))
    title = f"People's votes: {first} against {second}" if len(pairs) == 1 else "People's votes"
    return stacked(rows, segments, title, f"For {first}, ties, and for {second}, as shares of all votes.", "votes")
