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
_UNIT = re.compile(
    r"(?P<sign>%|°\s*(?:\\text\{\s*)?(?P<scale>[CF]?)\}?)|\\text\{\s*(?P<text>[^{}]*)\}(?P<power>\^\{?[23]\}?)?"
    r"|(?P<words>[A-Za-z/$.^{}\d\s]+)"
)
_TAIL = re.compile(
    r"""(?<=[^\s\\_^{(+*/=<>-])
    (?: \s*\\text\{[^{}]*\}(?:\^\{?[23]\}?)? | \s*[%°](?:\s*(?:\\text\{\s*)?[CF]\}?)?
      | (?:\s+[A-Za-z.]{2,}(?:\^\{?[23]\}?)?){1,4} )\Z""",
    re.X,
)
_ANGULAR = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)(?![A-Za-z])|\bcis\b")
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
    rest = text[found.end() :]
    if value is None:
        return None
    if not rest.strip():
        return Quantity(value, "dollar" if "$" in found[0] else "")
    if rest[0].isalpha() and not _TOUCHING.fullmatch(rest):
        return None  # rather variables
    unit = _unit(rest.strip())
    return None if unit is None else Quantity(value, unit)


def counts_things(unit: str) -> bool:
    """Whether a unit is no measure but what is counted, which others may call otherwise: students, people."""
    name = unit.partition("^")[0]
    return name in _THINGS or not all(word in _MEASURES for word in name.split())


def measured(text: str) -> tuple[str, str]:
    """A normal answer that is no mere number, and the unit behind it; empty if there is none."""
    found = None if _ANGULAR.search(text) else _TAIL.search(text[-_LONGEST:])
    unit = _unit(found[0].strip()) if found else None
    return (text[: len(text) - len(found[0])].strip(), unit) if found and unit else (text, "")


def _unit(text: str) -> str | None:
    """The unit that a text is; ``None`` if it may mean something else."""
    found = _UNIT.fullmatch(text)
    if found is None:
        return None
    if found["sign"]:
        return "%" if text == "%" else f"° {found['scale'].lower()}".strip()
    words = (found["text"] or found["words"] or "") + (found["power"] or "")
    return unit_named(words) if _is_unit(words.strip()) else None


def _is_unit(words: str) -> bool:
    """Whether words behind a number say in what it is counted, and nothing of how much it is.

    So are the units below, alone or together, and one plain word in the plural: apples, but not thirds.
    """
    pieces = _WORDS.findall(words.replace("per cent", "percent"))
    if pieces and all(piece.lower() in _KNOWN or piece.lower().removesuffix("s") in _KNOWN for piece in pieces):
        return pieces[0] not in ("per", "/") and any(piece.lower() not in _POWERS for piece in pieces)
    return _PLURAL.fullmatch(words) is not None and _AMOUNT.fullmatch(words) is None


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


_THINGS = {"unit", "way", "person", "student", "point", "mark", "coin", "book", "box", "apple"}
_UNITS = {
    short: name
    for name, shorts in {
        "°": "degree deg",
        "%": "percent percentage pct",
        "dollar": "$ usd",
        "cent": "¢",
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
        "day": "",
        "week": "",
        "month": "",
        "year": "",
        "liter": "l litre",
        "milliliter": "ml millilitre",
        "gallon": "gal",
        "radian": "rad",
        "mile per hour": "mph",
        "kilometer per hour": "kph kmh",
        "box": "boxes",
        "person": "people",
        "°c": "celsius",
        "°f": "fahrenheit",
    }.items()
    for short in [name, *shorts.split()]
} | {name: name for name in _THINGS}
_MEASURES = {word for name in _UNITS.values() for word in name.split()} - _THINGS | {"per", "c", "f"}
_POWERS = {"sq": "^2", "square": "^2", "squared": "^2", "cubic": "^3", "cubed": "^3", "cu": "^3"}
_WORDS = re.compile(r"[%°$¢/]|\^\s*\{?[23]\}?|[^\W\d_]+|[^\s.,]")
_KNOWN = {*_UNITS, *_POWERS, "per", "/", "^2", "^3", "^{2}", "^{3}"} - {"cubed", "squared"}
_TOUCHING = re.compile(r"(?:[cmk]m|kg|ft|mph|m/s|km/h)(?:\^[23])?")
_PLURAL = re.compile(r"(?=[a-z]*[aeiou])[a-z]{3,}(?<!s)s")
_AMOUNT = re.compile(
    r"halves|quarters|dozens|scores|pairs|plus|minus|times|twos|(?:hundred|thousand|[mbtr]+illion)s|\w+ths|thirds|axis|always"
    r"|less|tens|perhaps|cos|abs|cosines?|sines?|roots|squares|cubes|factorials|tens|ones|modulus|radius"
)


def unit_named(text: str) -> str:
    """A unit in one spelling: ``inches``, ``in.`` and ``inch`` are the same, ``square inches`` and ``in^2`` too."""
    words, power = [], ""
    for word in _WORDS.findall(text.lower().replace("per cent", "percent")):
        if word.startswith("^"):
            power = "^" + word.strip("^{} ")
        elif word in _POWERS:
            power = _POWERS[word]
        elif word == "/":
            words.append("per")
        else:
            singular = word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith("ss") else word
            words.append(_UNITS.get(word) or _UNITS.get(singular) or singular)
    return " ".join(words) + power
