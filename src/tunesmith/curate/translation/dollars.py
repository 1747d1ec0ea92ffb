r"""Whether what stands between two dollar signs is a formula, or the prose behind a price.

As pandoc has it, the next dollar closes what a dollar opens, or nothing does: in "It costs $5. Solve $x = 4$" the first
opens nothing, as a word stands before the next. What begins with a digit is an amount only where there is a word or
Chinese text behind it, so that ``$12 - 7$``, ``$0.5, 0.25$`` and ``$3:5:7$`` are formulas. Pandoc wants no blanks
inside the dollars; people write ``$ x^2 = 4 $`` all the same.
"""

from __future__ import annotations

import re

_SIGNS = re.compile(r"[\\^_=]")
_COMMAND = re.compile(r"\\(?:text(?:bf|it|rm)?|mbox|mathrm|mathbf|operatorname)\s*\{[^{}]*\}|\\[A-Za-z]+|\\.")
_NO_PROSE = r"(?:(?:sin|cos|tan|cot|sec|log|ln|exp|mod|max|min|gcd|lcm|lim|det)\b|[A-Z]{2,3}\b)"
_OPERATOR = r"[-+*/^_=<>]"
_WORD = re.compile(
    rf"(?<![^\W_])(?!{_NO_PROSE})"
    rf"(?:[^\W\d_]{{3,}}|(?<!{_OPERATOR})(?<!{_OPERATOR} )[^\W\d_]{{2}}(?![^\W_])(?!\s?{_OPERATOR}))"
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_AMOUNT = re.compile(r"\d[\d,.]*[kKmMbB]?")
_GO_ON = set("-–—~/([{=+*<>、，。；：！？（“‘")  # a formula that begins with a digit does not end like this
_BEGINS = re.compile(r"[A-Za-z\\({\[|]")
_BEHIND = set(" \t\n.,;:!?)]}\"'")
_NEAR = 6  # characters around it that are looked at


def is_formula(text: str, opening: int, closing: int) -> bool:
    """Whether the dollars at these two places, with none between them, enclose a formula."""
    inside = text[opening + 1 : closing]
    core = inside.strip()
    if not core or not _is_balanced(core):
        return False
    left, right = inside[0].isspace(), inside[-1].isspace()
    before, after = text[max(0, opening - _NEAR) : opening], text[closing + 1 : closing + 1 + _NEAR]
    amount = (before.rstrip() if left else before)[-1:].isdigit()
    if amount and not _BEGINS.match(core):
        return False  # 5$, 6$
    words, signs = has_words(core), bool(_SIGNS.search(core))
    goes_on = core[-1] in _GO_ON or (core[-1] in ",;:" and (right or after[:1].isalnum() or after[:1] == "\\"))
    if core[0].isdigit() and (words or goes_on):
        return False  # $5. Solve $
    if not left and not right:
        return signs or not after[:1].isdigit()
    if after[:1].isdigit() or (not left and after and after[0] not in _BEHIND and after[0].isascii()):
        return False  # $a = $b
    if signs:
        return not words or (left and right and not amount)
    return not (words or goes_on or _AMOUNT.fullmatch(core) or after.lstrip()[:1].isdigit())


def has_words(formula: str) -> bool:
    """Whether there is prose in it: a word of two or more letters outside of commands, or Chinese text."""
    return bool(_WORD.search(_COMMAND.sub(" ", formula)))


def _is_balanced(formula: str) -> bool:
    """Whether its braces are."""
    depth = 0
    for brace in re.findall(r"\\.|[{}]", formula):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return False
    return depth == 0
