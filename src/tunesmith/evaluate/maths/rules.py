r"""Whether two answers are the same by rules alone: yes, no, or not to be told by them.

No algebra: numbers are compared exactly, coordinates one by one, sets and lists in any order, words as words, and
whatever else as it is spelt. "No" is only said of what is surely different (two other numbers, another bracket,
another base), so that a library that knows more algebra but drops such signs is not asked; ``None`` is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from .brackets import OR, alternatives, bare, is_set, members, split, tuple_of
from .normal import normal, worded
from .numbers import Quantity, counts_things, in_base, number, quantity
from .ranges import intervals_of
from .words import letter_of, words_of

LONGEST = 1000  # characters of an answer that is looked into
_DEEPEST = 4  # brackets within brackets
_MOST = 40  # members of a list that are compared with each other
_LABELLED = re.compile(
    r"""
    ( [A-Za-z](?:_\w|_\{\w+\})?'? | \\(?!pi)[a-z]+ | (?:m?\\angle\s*)?[A-Z]{1,3} | \([A-Za-z](?:\s*,\s*[A-Za-z])+\)
      | [A-Za-z](?:\^\{-1\})?'?\(\s*(?:[A-Za-z]|-?\d+)\s*\) )
    \s* (?: = | \\in(?![A-Za-z]) ) \s* ([^=<>]+)
    """,
    re.S | re.X,
)
LETTER = re.compile(r"\s*[A-Za-z]\s*")
_RELATION = re.compile(r"[<>]|\\[lgn]e(?![A-Za-z])")
_MATRIX = re.compile(r"\\begin\{([bpBvV]?)matrix\}(.*)\\end\{\1matrix\}", re.S)
_CHOICE_AND_MORE = re.compile(r"\(([A-J])\)\s*(\S.*)", re.S)
_NEGATIONS = {"no", "not", "none", "never", "undefined", "impossible", "empty"}
_PRIMES = re.compile(r"\^?\{?\\prime\}?|'")
_GAP = re.compile(r"(?<!\d)\s+|\s+(?!\d)")


def compare(one: str, other: str) -> bool | None:
    """Whether two answers are the same; ``None`` where the rules cannot tell."""
    if max(len(one), len(other)) > LONGEST:
        return True if one.strip() and one.strip() == other.strip() else None
    first, second = sorted((normal(one), normal(other)))
    if not first:
        return None
    if (chosen := _chosen(first, second)) is not None:
        return chosen
    return _same(first, second, 0)


def _same(one: str, other: str, depth: int) -> bool | None:
    one, other = bare(one), bare(other)
    if _spelt(one) == _spelt(other) or worded(one) == worded(other):
        return True
    if depth >= _DEEPEST:
        return None
    for rule in _RULES:
        decided, verdict = rule(one, other, depth)
        if decided:
            return verdict
    return None


Ruling = tuple[bool, bool | None]
_PASS: Ruling = (False, None)


def _labelled(one: str, other: str, depth: int) -> Ruling:
    """``x = 5`` is 5; ``x = 5`` and ``y = 5`` are not the same, but ``y = x`` and ``x = y`` may be."""
    first, second = label(one), label(other)
    if not first and not second:
        return _PASS
    if first and second and first[1] != second[1]:
        return True, False if number(first[2]) is not None and number(second[2]) is not None else None
    if not (first and second) and any(LETTER.fullmatch(found[2]) for found in (first, second) if found):
        return True, None  # ``x = y`` is a line, and no ``y``
    return True, _same(first[2] if first else one, second[2] if second else other, depth + 1)


def label(text: str) -> re.Match[str] | None:
    """A name and what is said to be its value; several values are a list."""
    return _LABELLED.fullmatch(text)


def _listed(one: str, other: str, depth: int) -> Ruling:
    """Lists and sets, in any order; values of different names go in the order of these."""
    first, second = members(one), members(other)
    if len(first) < 2 and len(second) < 2 and not (is_set(one) or is_set(other)):
        return _PASS
    values = [_values(text) for text in (one, other)]
    if values[0] is not None and values[1] is None:
        return True, _in_order(values[0], other, depth)
    if values[1] is not None and values[0] is None:
        return True, _in_order(values[1], one, depth)
    if tuple_of(one) or tuple_of(other):
        return True, False  # a point or an interval is no list of numbers
    if bool(OR.search(one)) != bool(OR.search(other)) and (values[0] or _RELATION.search(one + other)):
        return True, None  # "and" is not "or"
    return True, _matched(first, second, lambda a, b: _same(a, b, depth + 1))


def _values(text: str) -> list[str] | None:
    """The values of several names, in the alphabetical order of these: 2 and 4 of ``x=2, y=4``."""
    found = [_LABELLED.fullmatch(member) for member in members(text)]
    names = {one[1]: one[2] for one in found if one}
    return [names[name] for name in sorted(names)] if 1 < len(names) == len(found) else None


def _in_order(values: Sequence[str], other: str, depth: int) -> bool | None:
    """Whether the values of names are those of a point, or of a list without names."""
    point = tuple_of(other)
    others = point[1] if point else members(other)
    if is_set(other) or len(values) != len(others):
        return None
    return _all(_same(a, b, depth + 1) for a, b in zip(values, others, strict=True)) or None


def _ranged(one: str, other: str, depth: int) -> Ruling:
    """``x < 2`` or ``x > 5`` is a union of two intervals."""
    ranges = [intervals_of(text) for text in (one, other)]
    if [*map(bool, ranges)].count(True) != 1:
        return _PASS
    first = ranges[0] or alternatives(one)
    second = ranges[1] or alternatives(other)
    if not all(tuple_of(text) for text in (*first, *second)):
        return _PASS
    return True, _matched(first, second, lambda a, b: _same(a, b, depth + 1))


def _united(one: str, other: str, depth: int) -> Ruling:
    r"""Unions of intervals, in any order."""
    first, second = ([part.strip() for part in split(text, "\\cup")] for text in (one, other))
    if len(first) < 2 and len(second) < 2:
        return _PASS
    if not all(tuple_of(part) or is_set(part) for part in (*first, *second)):
        return True, None
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


def _equal(one: Quantity, other: Quantity) -> bool | None:
    """Whether two quantities are the same: a unit may be left out; a percentage may be written as its share.

    A percent sign may only be left out of more than 1 %: 0.4 is rather 40 % than 0.4 %.
    """
    units = {one.unit, other.unit}
    if len(units) == 2 and "" not in units and not one_says_more(one.unit, other.unit):
        return None if one.value == other.value and (counts_things(one.unit) or counts_things(other.unit)) else False
    if units == {"%", ""}:
        share, plain = (one.value / 100, other.value) if one.unit else (other.value / 100, one.value)
        return plain == share or (plain == share * 100 and abs(plain) > 1)
    return one.value == other.value


def one_says_more(one: str, other: str) -> bool:
    """Whether the words of one unit are among those of the other: apples and red apples."""
    first, second = set(one.split()), set(other.split())
    return first <= second or second <= first


def _chosen(one: str, other: str) -> bool | None:
    """Letters of multiple choice; with what they stand for, either will do."""
    first, second = (letter_of(text) for text in (one, other))
    if first and second:
        return first == second
    for letter, text, others in ((first, other, one), (second, one, other)):
        if more := _CHOICE_AND_MORE.fullmatch(worded(text)):
            return more[1] == letter if letter else compare(more[2], others) or None
    return None


def _said(one: str, other: str, depth: int) -> Ruling:
    """Words, in any case, and in the plural or not; those that have none in common are different."""
    first, second = words_of(one), words_of(other)
    if not first or not second:
        return _PASS
    if first == second:
        return True, True
    may_be = {*first} & {*second} or ({*first} & _NEGATIONS and {*second} & _NEGATIONS)
    return True, None if may_be else False


def _marked(one: str, other: str, depth: int) -> Ruling:
    """Names that differ in a prime or in capitals only are of different things, which math-verify does not heed."""
    first, second = (_PRIMES.sub("", _spelt(text)).casefold() for text in (one, other))
    return (True, False) if first == second else _PASS


_RULES = (
    _labelled, _ranged, _listed, _united, _bracketed, _matrices, _based, _measured, _said, _marked,
)  # fmt: skip


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
