"""Taking an answer in its normal spelling apart at its brackets, commas and signs."""

from __future__ import annotations

import re

OR = re.compile(r"\\text\{[\s,]*or\s*\}|\bor\b")
AND = re.compile(r"\\text\{\s*,?\s*(?:and|or)\s*\}|\b(?:and|or)\b")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_PIECE = re.compile(r"\\[A-Za-z]+|\\.|.", re.S)
_PLUS_MINUS = "\\pm"


def split(text: str, *marks: str) -> list[str]:
    """The pieces of a text between marks that stand in no bracket; one piece where there is none."""
    pieces, depth, start = [], 0, 0
    for found in _PIECE.finditer(text):
        piece = found[0]
        depth += {"\\{": 1, "\\}": -1, "\\begin": 1, "\\end": -1}.get(piece, _BRACKETS.get(piece, 0))
        if depth == 0 and piece in marks:
            pieces.append(text[start : found.start()])
            start = found.end()
    return [*pieces, text[start:]]


def bare(text: str) -> str:
    """An answer without blanks around it, and without round brackets around all of it that only group."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _is_closed(text) and len(split(text[1:-1], ",", ";")) == 1:
        text = text[1:-1].strip()
    return text


def _is_closed(text: str) -> bool:
    """Whether the bracket with which a text begins is closed by its last sign, and not before."""
    depth = 0
    for place, sign in enumerate(text):
        depth += _BRACKETS.get(sign, 0)
        if depth == 0:
            return place == len(text) - 1
    return False


def is_set(text: str) -> bool:
    """Whether an answer is a set in braces."""
    return text.startswith("\\{") and text.endswith("\\}") and len(split(text[2:-2], "\\{", "\\}")) == 1


def members(text: str) -> list[str]:
    r"""The members of a list or a set; an answer that is neither is its own; ``\pm`` makes two of one."""
    inside = text[2:-2] if is_set(text) else text
    found: list[str] = []
    for piece in split(AND.sub(",", inside), ",", ";"):
        if piece.strip():
            found += _both_signs(piece.strip())
    return (list(dict.fromkeys(found)) if is_set(text) else found) or [text]


def alternatives(text: str) -> list[str]:
    r"""What "or" or ``\cup`` parts."""
    return [piece.strip(" ,") for piece in split(OR.sub(r"\\cup ", text), "\\cup")]


def _both_signs(text: str) -> list[str]:
    if text.count(_PLUS_MINUS) != 1 or "\\mp" in text:
        return [text]
    before, after = (part.strip() for part in text.split(_PLUS_MINUS))
    return [f"{before}+{after}" if before else after, f"{before}-{after}"]


def tuple_of(text: str) -> tuple[str, list[str]] | None:
    """The brackets of a point or an interval, and what stands in its places; ``None`` for anything else."""
    if text[:1] not in ("(", "[") or text[-1:] not in (")", "]") or not _is_closed(text):
        return None
    places = [place.strip() for place in split(text[1:-1], ",", ";")]
    return (text[0] + text[-1], places) if len(places) > 1 else None
