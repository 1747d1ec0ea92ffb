"""Scores as files hold them, held against what the judge's own words say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tunesmith.data.json_text import described, shorten
from tunesmith.errors import Unreadable

from .context import Context
from .numbers import number_in
from .remarks import listed
from .source import SourceRow, from_json

Two = tuple[float, float]

_BEYOND = 1  # points outside the scale at which a score is still taken for one, if the judge's own words bear it out
_ALLOWED = 0.1  # share of reviews whose score may contradict their own text, before the file is taken for damaged


def points_of(source: SourceRow, column: str, context: Context) -> Two | str:
    """The two scores that a row holds, not yet held against anything.

    Returns:
        Why there are none: nothing is there, or both are negative, and so FastChat marks what it could not read.

    Raises:
        DataError: There is something else than two numbers.
    """
    given = from_json(source.row.get(column))
    if given is None:
        return "there is no score"
    points = [number_in(one) for one in given] if isinstance(given, list) else []
    if len(points) != 2 or points[0] is None or points[1] is None:
        raise source.damaged(f"{column!r} is {described(given)}; expected two numbers, such as [8, 9]")
    if points[0] < 0 and points[1] < 0 and context.scale[0] >= 0:
        return f"the scores are marked as unreadable ({shorten(given)})"
    return points[0], points[1]


def told(text: str, scale: Two) -> Two | None:
    """The two scores in the judge's own words, in the order in which it saw the answers; ``None`` if unreadable."""
    if not text:
        return None
    from tunesmith.curate.scores.lists import read_scores  # its patterns take half a second to compile

    try:
        first, second = read_scores(text, *scale, 2).values
    except Unreadable:
        return None
    return first, second


def see_that_they_fit(source: SourceRow, points: tuple[float, ...], text: str, context: Context) -> None:
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
        what = f"the judge gave {_named(points)}, outside the scale {low:g}-{high:g}, and its own words say the same"
        context.remarks.add(source, f"{what}; counted as given")
        return
    raise source.damaged(
        f"the scores {_named(points)} are outside the scale {low:g}-{high:g}; mend them, or tell the scale with --scale"
    )


def _named(points: Sequence[float]) -> str:
    return " and ".join(f"{one:g}" for one in points)


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
            source, f"the score is {_named(points)}, but the judge's own words say {_named(said)}; counted as published"
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
    points, said = points_of(source, column, context), told(text, context.scale)
    if not isinstance(points, tuple):
        how = "read from the judge's own words" if said else "nor do the judge's words tell; counts as unreadable"
        context.remarks.add(source, f"{points}; {how}")
        return said
    see_that_they_fit(source, points, text, context)
    seen.check(source, points, said, context, points)
    return points


def sign_of(points: Sequence[float] | None) -> int | None:
    """1 if the first is better, -1 if the second is, 0 for a tie, ``None`` if there are no scores."""
    return None if points is None else (points[0] > points[1]) - (points[0] < points[1])
