r"""Whether two answers are the same by rules alone: yes, no, or not to be told by them.

No algebra: numbers are compared exactly, coordinates one by one, sets and lists in any order, words as words, and
whatever else as it is spelt. "No" is only said of what is surely different (two other numbers, another bracket,
another base), so that a library that knows more algebra but drops such signs is not asked; ``None`` is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from .brackets import bare, is_set, members, split, tuple_of
from .normal import normal, worded
from .numbers import Quantity, in_base, number, quantity

_LONGEST = 1000  # characters of an answer that is looked into
_DEEPEST = 4  # brackets within brackets
_MOST = 40  # members of a list that are compared with each other
_LABELLED = re.compile(
    r"([A-Za-z](?:_\w|\([a-z]\))?|\([A-Za-z](?:\s*,\s*[A-Za-z])+\))\s*(?:=|\\in(?![A-Za-z]))\s*([^=<>]+)", re.S
)
_MATRIX = re.compile(r"\\begin\{([bpBvV]?)matrix\}(.*)\\end\{\1matrix\}", re.S)
_CHOICE = re.compile(r"\(([A-Za-z])\)|([A-Z])|([A-Z])\)")
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[\s'-]+[^\W\d_]+)*")
_PRIMES = re.compile(r"\^?\{?\\prime\}?|'")
_GAP = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
_FUNCTIONS = re.compile(r"(?:sin|cos|tan|cot|sec|csc|ln|log|exp|pi|sqrt|arc\w+)\b")


def compare(one: str, other: str) -> bool | None:
    """Whether two answers are the same; ``None`` where the rules cannot tell."""
    first, second = sorted((normal(one), normal(other)))
    if not first:
        return None
    if max(len(first), len(second)) > _LONGEST:
        return True if first == second else None
    return _same(first, second, 0)


def _same(one: str, other: str, depth: int) -> bool | None:
    one, other = bare(one), bare(other)
    if _spelt(one) == _spelt(other):
        return True
    if depth >= _DEEPEST:
        return None
    for rule in (_labelled, _listed, _united, _bracketed, _matrices, _based, _measured, _chosen, _said, _marked):
        decided, verdict = rule(one, other, depth)
        if decided:
            return verdict
    return None


Ruling = tuple[bool, bool | None]
_PASS: Ruling = (False, None)


def _labelled(one: str, other: str, depth: int) -> Ruling:
    """``x = 5`` is 5; ``x = 5`` and ``y = 5`` are not the same, but ``y = x`` and ``x = y`` may be."""
    first, second = _LABELLED.fullmatch(one), _LABELLED.fullmatch(other)
    if not first and not second:
        return _PASS
    if first and second and first[1] != second[1]:
        return True, False if number(first[2]) is not None and number(second[2]) is not None else None
    return True, _same(first[2] if first else one, second[2] if second else other, depth + 1)


def _listed(one: str, other: str, depth: int) -> Ruling:
    """Lists and sets, in any order."""
    first, second = members(one), members(other)
    if len(first) < 2 and len(second) < 2 and not (is_set(one) or is_set(other)):
        return _PASS
    if any(tuple_of(text) for text in (one, other)):
        return True, False  # a point or an interval is no list of numbers
    return True, _matched(first, second, lambda a, b: _same(a, b, depth + 1))


def _united(one: str, other: str, depth: int) -> Ruling:
    r"""Unions of intervals, in any order."""
    first, second = ([part.strip() for part in split(text, "\\cup")] for text in (one, other))
    if len(first) < 2 and len(second) < 2:
        return _PASS
    return True, _matched(first, second, lambda a, b: _same(a, b, depth + 1))


def _bracketed(one: str, other: str, depth: int) -> Ruling:
    """Points and intervals: the same brackets, and the same in each place."""
    first, second = tuple_of(one), tuple_of(other)
    if not first or not second:
        known = quantity(other if first else one) is not None
        return (True, False) if known and (first or second) else _PASS
    if first[0] != second[0] or len(first[1]) != len(second[1]):
        return True, False
    return True, _all(_same(a, b, depth + 1) for a, b in zip(first[1], second[1], strict=True))


def _matrices(one: str, other: str, depth: int) -> Ruling:
    """Matrices and vectors, round and square brackets alike; with bars they are determinants."""
    first, second = _MATRIX.fullmatch(one), _MATRIX.fullmatch(other)
    if not first or not second or "v" in (first[1] + second[1]).lower():
        return _PASS
    rows, others = ([row.split("&") for row in found[2].split("\\\\") if row.strip()] for found in (first, second))
    if [*map(len, rows)] != [*map(len, others)]:
        return True, False
    cells = zip((cell for row in rows for cell in row), (cell for row in others for cell in row), strict=True)
    return True, _all(_same(a, b, depth + 1) for a, b in cells)


def _based(one: str, other: str, depth: int) -> Ruling:
    """Numbers in a base: digits and base must be alike, for the question asks for that base."""
    first, second = in_base(one), in_base(other)
    if first and second:
        return True, first == second
    return (True, False) if (first or second) and quantity(other if first else one) else _PASS


def _measured(one: str, other: str, depth: int) -> Ruling:
    first, second = quantity(one), quantity(other)
    return (True, _equal(first, second)) if first and second else _PASS


def _equal(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are the same: a unit may be left out; a percentage may be written as its share.

    A percent sign may only be left out of more than 1 %: 0.4 is rather 40 % than 0.4 %.
    """
    units = {one.unit, other.unit}
    if len(units) == 2 and "" not in units and not _one_says_more(one.unit, other.unit):
        return False
    if units == {"%", ""}:
        share, plain = (one.value / 100, other.value) if one.unit else (other.value / 100, one.value)
        return plain == share or (plain == share * 100 and abs(plain) > 1)
    return one.value == other.value


def _one_says_more(one: str, other: str) -> bool:
    """Whether the words of one unit are among those of the other: apples and red apples."""
    first, second = set(one.split()), set(other.split())
    return first <= second or second <= first


def _chosen(one: str, other: str, depth: int) -> Ruling:
    """Letters of multiple choice."""
    first, second = _CHOICE.fullmatch(worded(one)), _CHOICE.fullmatch(worded(other))
    if not first or not second:
        return _PASS
    return True, next(filter(None, first.groups())) == next(filter(None, second.groups()))


def _said(one: str, other: str, depth: int) -> Ruling:
    """Words, in any case."""
    first, second = worded(one), worded(other)
    if not (_WORDS.fullmatch(first) and _WORDS.fullmatch(second)) or any(map(_FUNCTIONS.search, (first, second))):
        return _PASS
    return True, first.casefold() == second.casefold()


def _marked(one: str, other: str, depth: int) -> Ruling:
    """Names that differ in a prime or in capitals only are of different things, which math-verify does not heed."""
    first, second = (_PRIMES.sub("", _spelt(text)).casefold() for text in (one, other))
    return (True, False) if first == second else _PASS


def _matched(first: Sequence[str], second: Sequence[str], same: Callable[[str, str], bool | None]) -> bool | None:
    """Whether each member of one list has its like in the other."""
    if max(len(first), len(second)) > _MOST:
        return None
    left, unsure = list(second), False
    for member in first:
        verdicts = [same(member, other) for other in left]
        if True in verdicts:
            del left[verdicts.index(True)]
        else:
            unsure = True
            if None not in verdicts:
                return False
    return None if unsure else not left


def _spelt(text: str) -> str:
    """A text without blanks, but for those between digits, as in ``1 1/2``."""
    return _GAP.sub("", text)


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    found = list(verdicts)
    return False if False in found else None if None in found else True
