"""Scores as files hold them, held against what the judge's own words say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

from tunesmith.data.json_text import described, shorten
from tunesmith.errors import Unreadable

from .source import Context, SourceRow, from_json, listed

Two = tuple[float, float]

_BEYOND = 1  # points outside the scale at which a score is still taken for one, if the judge's own words bear it out
_ALLOWED = 0.1  # share of reviews whose score may contradict their own text, before the file is taken for damaged


def points_of(source: SourceRow, column: str, context: Context) -> Two | None:
    """The two scores that a row holds, not yet held against anything.

    Returns:
        ``None`` where there are none, or where both are negative: so FastChat marks what it could not read.

    Raises:
        DataError: There is something else than two numbers.
    """
    given = from_json(source.row.get(column))
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != 2 or not all(map(_is_number, given)):
        raise source.damaged(f"{column!r} is {described(given)}; expected two numbers, such as [8, 9]")
    first, second = float(given[0]), float(given[1])
    if first < 0 and second < 0 and context.scale[0] >= 0:
        context.remarks.add(source, f"the scores are marked as unreadable ({shorten(given)})")
        return None
    return first, second


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def told(text: str, scale: Two) -> Two | None:
    """The two scores in the judge's own words, in the order in which it saw the answers; ``None`` if unreadable."""
    from tunesmith.curate.scores.lists import read_scores  # its patterns take half a second to compile

    try:
        first, second = read_scores(text, *scale, 2).values
    except Unreadable:
        return None
    return first, second


def see_that_they_fit(source: SourceRow, points: Two, text: str, context: Context) -> None:
    """See that scores lie on the scale.

    A judge now and then leaves the scale by a point, as GPT-4 did with a 0 among FastChat's reviews. Such a score
    counts, with a remark, where its own words say the same; any other is taken for damage.

    Raises:
        DataError: A score is outside, and the text does not bear it out.
    """
    low, high = context.scale
    if low <= min(points) and max(points) <= high:
        return
    wide = (low - _BEYOND, high + _BEYOND)
    is_near = wide[0] <= min(points) and max(points) <= wide[1]
    if is_near and told(text, wide) in (points, points[::-1]):
        what = f"the judge gave {_pair(points)}, outside the scale {low:g}-{high:g}, and its own words say the same"
        context.remarks.add(source, f"{what}; counted as given")
        return
    raise source.damaged(
        f"the scores {_pair(points)} are outside the scale {low:g}-{high:g}; mend them, or tell the scale with --scale"
    )


def _pair(points: Two) -> str:
    return f"{points[0]:g} and {points[1]:g}"


@dataclass(slots=True)
class Contradictions:
    """Counts reviews of one file whose score is not what their own text says."""

    checked: int = 0
    turned: int = 0
    sources: list[SourceRow] = field(default_factory=list)

    def check(self, source: SourceRow, points: Two, said: Two | None, context: Context, *fitting: Two) -> None:
        """Hold a score against the text.

        Args:
            source: The row.
            points: The score.
            said: What the text says; ``None`` if it cannot be read, which contradicts nothing.
            context: Where to note it.
            fitting: What the text may say.
        """
        if said is None:
            return
        self.checked += 1
        if said in fitting:
            return
        self.sources.append(source)
        self.turned += said == points[::-1]
        context.remarks.add(
            source, f"the score is {_pair(points)}, but the judge's own words say {_pair(said)}; counted as published"
        )

    def judge(self) -> None:
        """See that there are not too many of them.

        Raises:
            DataError: The file's scores do not belong to its texts.
        """
        if len(self.sources) < 3 or len(self.sources) <= _ALLOWED * self.checked:
            return
        lines = listed(str(source.line) for source in self.sources)
        how = "the other way round" if self.turned > len(self.sources) / 2 else "not what the judge's own words say"
        raise self.sources[0].damaged(
            f"{len(self.sources):,} of {self.checked:,} scores are {how} (lines {lines}); the scores of another file, "
            "or turned round since: get the file again, or remove the column with the scores to have the texts read"
        )


def shown_points(source: SourceRow, column: str, text: str, context: Context, seen: Contradictions) -> Two | None:
    """The two scores of a row that stand in the order in which the answers were shown.

    Where there are none, they are read from the text.

    Raises:
        DataError: They are damaged.
    """
    points = points_of(source, column, context)
    said = told(text, context.scale) if text else None
    if points is None:
        what = "no score could be read" if said is None else "the scores were read from the judge's words"
        context.remarks.add(source, what + ("; the review counts as unreadable" if said is None else ""))
        return said
    see_that_they_fit(source, points, text, context)
    seen.check(source, points, said, context, points)
    return points


def sign_of(points: Sequence[float] | None) -> int | None:
    """1 if the first is better, -1 if the second is, 0 for a tie, ``None`` if there are no scores."""
    return None if points is None else (points[0] > points[1]) - (points[0] < points[1])
