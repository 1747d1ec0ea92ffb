"""Where the tasks of a tree lie on a sunburst: each has an arc, within that of the task above it.

Angles are parts of a full turn, from 0 to 1, so that the page can turn and stretch them as it zooms. The ring that an
arc lies on is the task's depth.
"""

from __future__ import annotations

from collections.abc import Sequence

Arc = tuple[float, float]
"""Where it starts and ends, as parts of a full turn."""

COLOURS = 8
"""How many colours branches have."""


def with_those_beneath(own: Sequence[float], parents: Sequence[int]) -> list[float]:
    """What each task and all tasks beneath it come to.

    Args:
        own: What each task comes to by itself.
        parents: Place of the task above each; -1 for the root, which is first. A task stands after the one above it.
    """
    sums = list(own)
    for place in range(len(sums) - 1, 0, -1):
        sums[parents[place]] += sums[place]
    return sums


def arcs(own: Sequence[float], parents: Sequence[int], filled: bool) -> list[Arc]:
    """The arc of each task.

    Args:
        own: What each task comes to by itself.
        parents: As in `with_those_beneath`.
        filled: Whether subtasks share the whole arc of the task above, in proportion. Otherwise what that task has by
            itself stays free at the end of its arc, and all angles of the picture are in proportion.

    Returns:
        An arc for each; the root's is the full turn. Where there is nothing to share out, they are empty.
    """
    sums = with_those_beneath(own, parents)
    found: list[Arc] = [(0.0, 1.0)] if sums else []
    taken = [0.0] * len(sums)
    for place in range(1, len(sums)):
        above = parents[place]
        start, end = found[above]
        whole = sums[above] - own[above] if filled else sums[above]
        share = (end - start) / whole if whole else 0.0
        first, taken[above] = taken[above], taken[above] + sums[place]
        # The last one ends where the others would, whatever rounding did on the way.
        found.append((min(start + first * share, end), min(start + taken[above] * share, end)))
    return [(round(start, 7), round(end, 7)) for start, end in found]


def branches(parents: Sequence[int]) -> list[int]:
    """The colour of each task: that of the branch it belongs to.

    Branches are the tasks of the first level that has more than one; what stands above them has none (-1).
    """
    depths = depths_of(parents)
    levels = [depths.count(depth) for depth in range(max(depths, default=0) + 1)]
    level = next((depth for depth, many in enumerate(levels) if many > 1), 1)
    found: list[int] = []
    number = 0
    for place, depth in enumerate(depths):
        if depth == level:
            number += 1
            beside_the_first = number == levels[level] > 1  # they close the circle
            found.append(COLOURS // 2 if beside_the_first and number % COLOURS == 1 else (number - 1) % COLOURS)
        else:
            found.append(-1 if depth < level else found[parents[place]])
    return found


def depths_of(parents: Sequence[int]) -> list[int]:
    """How many tasks stand above each."""
    depths: list[int] = []
    for above in parents:
        depths.append(depths[above] + 1 if above >= 0 else 0)
    return depths
