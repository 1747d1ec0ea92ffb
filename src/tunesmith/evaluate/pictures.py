"""A report's pictures: relative scores, outcomes, groups, standings, and how judges' scores are distributed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tunesmith.figures import Bar, Level, Measure, Panel, Segment, Stack, bars, panels, stacked

from .findings import ContestReport, Group, Report
from .people import Shares

_OUTCOMES = (Segment("won", "win"), Segment("tied", "tie"), Segment("lost", "lose"))
_INTERVALS = "Lines are 95 % intervals"
_MOST_GROUPS = 30


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
    caption = (
        f"What the judge gave the model, as a share of what it gave the baseline on the same questions. {_INTERVALS}."
    )
    return bars(rows, measure, f"Relative scores{_against(contests)}", caption)


def _outcomes(contests: Sequence[ContestReport]) -> str | None:
    rows = [
        Stack(_named(one, contests), (tally.wins, tally.ties, tally.losses), _unread(one))
        for one in contests
        if (tally := one.by_question.tally).n
    ]
    if not rows:
        return None
    caption = (
        "Each question counts once; where both orders were shown, a win needs one order won and the other not lost."
    )
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
    caption = f"Share of questions won, ties counted half. {_INTERVALS}; few questions tell little.{left_out}"
    measure = Measure("win rate; 50 % is as good as the baseline", reference=0.5, from_zero=False)
    return bars(rows[:_MOST_GROUPS], measure, f"Win rate by group{_against(contests)}", caption)


def _group_name(group: Group, contest: ContestReport, contests: Sequence[ContestReport]) -> str:
    columns = {one.column for some in contests for one in some.groups}
    value = f"{group.column}: {group.value}" if len(columns) > 1 else group.value
    return value if len(contests) == 1 else f"{value} · {_named(contest, contests)}"


def _standings(report: Report) -> str | None:
    rows = [Level(one.model, one.strength, f"{one.bouts:,} bouts") for one in report.standings]
    if not rows:
        return None
    measure = Measure("strength on Elo's scale", percent=False, reference=1000.0, from_zero=False, digits=0)
    caption = f"Bradley-Terry strengths; 400 points are odds of ten to one. {_INTERVALS}."
    return bars(rows, measure, f"Standings of {len(rows)} models", caption)


def _judge_scores(scores: Mapping[str, Mapping[float, int]]) -> str | None:
    groups = list(_panels(scores))
    if not groups:
        return None
    width = _width(scores)
    return panels(
        groups, width, "Scores that judges gave", "score", "Share of each judge's scores; the broken line is the mean."
    )


def _width(scores: Mapping[str, Mapping[float, int]]) -> float:
    """Half a point where a judge gave half points, else one."""
    return 0.5 if any(score % 1 for given in scores.values() for score in given) else 1.0


def _panels(scores: Mapping[str, Mapping[float, int]]) -> Iterator[Panel]:
    width = _width(scores)
    every = [score // width for given in scores.values() for score, count in given.items() if count]
    for judge, given in sorted(scores.items()):
        n = sum(given.values())
        if not n:
            continue
        mean = sum(score * count for score, count in given.items()) / n
        places = range(int(min(every)), int(max(every)) + 1)
        counts = [sum(count for score, count in given.items() if score // width == place) for place in places]
        found = [Bar(place * width, count, count) for place, count in zip(places, counts, strict=True)]
        yield Panel(judge or "the judge", f"n {n:,} · mean {mean:.2f}", found, mean)


def _named(contest: ContestReport, contests: Sequence[ContestReport]) -> str:
    """The model; with its baseline where these differ."""
    return contest.model if _baseline(contests) is not None else f"{contest.model} against {contest.baseline}"


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
    first, second = next(iter(pairs)) if len(pairs) == 1 else ("the first", "the second")
    segments = (Segment(first, "win"), Segment("tie", "tie"), Segment(second, "lose"))
    rows = []
    for one in shares:
        pair = "" if len(pairs) == 1 else f"{one.models[0]} against {one.models[1]}"
        name = " · ".join(part for part in (one.criterion.capitalize(), pair) if part) or "all votes"
        rows.append(Stack(name, (one.tally.wins, one.tally.ties, one.tally.losses)))
    title = f"People's votes: {first} against {second}" if len(pairs) == 1 else "People's votes"
    return stacked(rows, segments, title, f"For {first}, ties, and for {second}, as shares of all votes.", "votes")
