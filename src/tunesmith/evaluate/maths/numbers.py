r"""Exact numbers: what ``\frac12``, ``-1{,}234.50``, ``1\frac{1}{10}``, ``3\times10^{-4}`` and ``75\%`` stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_PLAIN = r"\d+(?:\.\d*)?|\.\d+"
_SIGNED = rf"[-+]?(?:{_PLAIN})"
_NUMBER = re.compile(
    rf"""
    (?P<sign>[-+]?)\s*\$?\s*
    (?: (?P<whole>\d+)?\s*\\frac\{{\s*(?P<top>{_SIGNED})\s*\}}\{{\s*(?P<bottom>{_SIGNED})\s*\}}
      | (?:(?P<whole_2>\d+)\s+)?(?P<top_2>{_PLAIN})\s*/\s*(?P<bottom_2>{_PLAIN})
      | (?P<start>\d*)\.(?P<fixed>\d*)\\overline\{{\s*(?P<again>\d+)\s*\}}
      | (?P<plain>{_PLAIN})
        (?: \s*[*xX]\s*10\s*\^\s*\{{?\s*(?P<power>[-+]?\d{{1,3}})\s*\}}? | [eE](?P<exponent>[-+]?\d{{1,3}}) )?
    )
    """,
    re.X,
)
_IN_BASE = re.compile(r"([-+]?[0-9A-Z]+(?:\.[0-9A-Z]+)?)_\{?\s*(\d{1,2})\s*\}?")
_UNIT = re.compile(r"(?P<sign>[%°])|\\text\{\s*(?P<text>[^{}]*)\}(?P<power>\^[23])?|(?P<words>[A-Za-z]{2,}.*)", re.S)
_TEXT = re.compile(r"\\text\{([^{}]*)\}")
_LONGEST = 400  # characters of a number


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number and its unit, in the singular; empty if it has none."""

    value: Fraction
    unit: str = ""


def quantity(text: str) -> Quantity | None:
    """The number that a normal text is, with its unit; ``None`` if it is something else."""
    if len(text) > _LONGEST or (found := _NUMBER.match(text)) is None:
        return None
    value = _value(found)
    rest = text[found.end() :].strip()
    if value is None:
        return None
    if not rest:
        return Quantity(value, "dollar" if "$" in found[0] else "")
    unit = _UNIT.fullmatch(rest)
    if unit is None or (unit["words"] and not _is_unit(unit["words"].split()[0])):
        return None
    words = unit["sign"] or (unit["text"] or unit["words"] or "") + (unit["power"] or "")
    return Quantity(value, unit_named(words))


def _is_unit(word: str) -> bool:
    """Whether a bare word behind a number is rather its unit than variables or words between two numbers."""
    word = word.partition("^")[0]
    if word in ("and", "or", "to", "by", "if", "times"):
        return False
    return word.strip(".").lower() in _UNITS or (len(word) > 2 and re.search("[aeiou]", word) is not None)


def number(text: str) -> Fraction | None:
    """The number that a text is, without a unit."""
    found = _NUMBER.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    return _value(found) if found else None


def _value(found: re.Match[str]) -> Fraction | None:
    sign = -1 if found["sign"] == "-" else 1
    top = found["top"] or found["top_2"]
    if top is not None:
        bottom = Fraction(_padded(found["bottom"] or found["bottom_2"]))
        if not bottom:
            return None
        return sign * (int(found["whole"] or found["whole_2"] or 0) + Fraction(_padded(top)) / bottom)
    if found["again"] is not None:
        start, fixed, again = found["start"] or "0", found["fixed"], found["again"]
        once = Fraction(int(again), int("9" * len(again))) * Fraction(f"1e-{len(fixed)}")
        return sign * (Fraction(_padded(f"{start}.{fixed}")) + once)
    power = int(found["power"] or found["exponent"] or 0)
    return sign * Fraction(_padded(found["plain"])) * Fraction(f"1e{power}")


def _padded(text: str) -> str:
    """A decimal as `Fraction` reads it: ``5.`` and ``.5`` with their zeros."""
    return text + "0" if text.endswith(".") else text


def in_base(text: str) -> tuple[str, int] | None:
    """The digits and the base of a number written as ``2516_8``."""
    found = _IN_BASE.fullmatch(_TEXT.sub(r"\1", text).replace(" ", ""))
    return (found[1].lstrip("+"), int(found[2])) if found else None


_UNITS = {
    short: name
    for name, shorts in {
        "°": "degree deg degrees",
        "%": "percent percentage pct",
        "dollar": "$ usd dollars",
        "cent": "¢ cents",
        "millimeter": "mm millimetre",
        "centimeter": "cm centimetre",
        "meter": "m metre",
        "kilometer": "km kilometre",
        "inch": "in inches",
        "foot": "ft feet",
        "yard": "yd",
        "mile": "mi",
        "gram": "g",
        "kilogram": "kg",
        "pound": "lb",
        "ounce": "oz",
        "second": "s sec",
        "minute": "min",
        "hour": "h hr",
        "day": "d",
        "liter": "l litre",
        "milliliter": "ml millilitre",
        "radian": "rad",
    }.items()
    for short in [name, *shorts.split()]
}
_POWERS = {"sq": "^2", "square": "^2", "squared": "^2", "cubic": "^3", "cubed": "^3", "cu": "^3"}


def unit_named(text: str) -> str:
    """A unit in one spelling: ``inches``, ``in.`` and ``inch`` are the same, ``square inches`` and ``in^2`` too."""
    words, power = [], ""
    for word in re.findall(r"[%°$¢]|\^\s*\{?[23]\}?|[^\W\d_]+|\S", text.lower()):
        if word.startswith("^"):
            power = "^" + word.strip("^{} ")
        elif word in _POWERS:
            power = _POWERS[word]
        elif word not in ".,":
            singular = word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith("ss") else word
            words.append(_UNITS.get(word) or _UNITS.get(singular) or singular)
    return " ".join(words) + power
