r"""Put the final answer of a solution into ``\boxed{}``, where graders of maths look for it.

The published program wraps what follows "Answer: ", on the assumption that it is ``$...$`` to the end of the text, and
mangles what is not.
"""

from __future__ import annotations

import re

from tunesmith.curate.final_answers import answer_at, is_balanced, last_statement

_BOX = "\\boxed"
_DOLLAR = re.compile(r"(?<!\\)\$")
_UNESCAPED = re.compile(r"(?<!\\)[%$#&]")
_WORD = re.compile(r"[^\W\d_]{2}")
_MEASURED = re.compile(r"([-+\\$]{0,3}\d[\d.,/]*)(\s.+)", re.S)  # graders of MATH drop the unit in ``12\text{ cm}``


def is_boxed(text: str) -> bool:
    r"""Whether a text holds a ``\boxed``."""
    return _BOX in text


def box_answer(text: str) -> str:
    r"""The text with its final answer in ``\boxed{}``; unchanged if it is there already, or none is found.

    ``Answer: $5$.`` becomes ``Answer: $\boxed{5}$.``; an answer in plain text is made a formula, with what LaTeX would
    misunderstand escaped: ``Answer: 5%`` becomes ``Answer: $\boxed{5\%}$``. All before and behind stays as it is.
    """
    said = last_statement(text)
    if said is None or is_boxed(text[said.end :] if said.label else text):
        return text
    answer = answer_at(text, said.end)
    if answer is None:
        return text
    inner = text[answer.start : answer.end]
    if not is_balanced(inner):
        return text
    boxed = f"{_BOX}{{{inner}}}" if answer.maths else f"${_BOX}{{{_as_formula(inner)}}}$"
    return text[: answer.start] + boxed + text[answer.end :]


def _as_formula(text: str) -> str:
    r"""Plain text as it must stand in a formula: words in ``\text``, formulas of its own too."""
    if len(_DOLLAR.findall(text)) > 1 or "\\(" in text:
        return f"\\text{{{text}}}"
    escaped = _UNESCAPED.sub(lambda sign: "\\" + sign[0], text)
    if "\\" in text or not _WORD.search(text):
        return escaped
    measured = _MEASURED.fullmatch(escaped)
    return f"{measured[1]}\\text{{{measured[2]}}}" if measured else f"\\text{{{escaped}}}"
