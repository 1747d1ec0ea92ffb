"""The process in which math-verify works, apart from ours: a line with two answers in, a line with the verdict out.

Started by `library`, which see. It may be killed at any moment: by the system where it takes more computing time than
it is given, by its parent, or by itself where a formula nests too deeply for the parser.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import sys
from dataclasses import replace
from functools import lru_cache
from typing import Any


def main(seconds: float, memory: int) -> None:
    """Answer until there are no more questions.

    Args:
        seconds: Computing time for each pair of answers. Not time on the clock, so that the verdict does not hang on
            what else the machine is doing.
        memory: Most bytes of memory.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the parser prints its complaints; they are no verdicts
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    logging.disable(logging.CRITICAL)
    from math_verify import LatexExtractionConfig, parse, verify

    plain = LatexExtractionConfig()
    with_units = replace(plain, normalization_config=replace(plain.normalization_config, units=False))

    @lru_cache(1024)  # a reference comes again with each model's answer
    def read(text: str, mended: bool) -> tuple[Any, ...]:
        found = parse(f"\\boxed{{{text}}}", [with_units if mended else plain], parsing_timeout=None)
        return tuple(_with_plain_symbols(one) if mended else one for one in found)

    def same(one: str, other: str, mended: bool) -> bool | None:
        first, second = read(one, mended), read(other, mended)
        if not first or not second:
            return None
        one_way, other_way = list(first), list(second)  # what is no list, the library takes for one expression
        options = {"allow_set_relation_comp": True, "timeout_seconds": None}
        return bool(verify(one_way, other_way, **options) and verify(other_way, one_way, **options))

    print("ready", file=out, flush=True)
    for line in sys.stdin:
        pair = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, seconds)  # nobody handles its signal, so that it kills, even within C
        try:
            verdict: bool | str | None = same(*pair)
        except Exception as error:
            verdict = f"math-verify failed: {type(error).__name__}"
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(verdict), file=out, flush=True)


def _with_plain_symbols(found: Any) -> Any:
    r"""An expression whose symbols all stand for real numbers, but ``i``, which is the imaginary unit.

    The parser takes the ``i`` of ``2i`` for another symbol than that of ``\sqrt{3} i``: real, and of no kind.
    """
    if not hasattr(found, "free_symbols"):
        return found
    from sympy import I, Symbol

    return found.subs(
        {symbol: I if symbol.name == "i" else Symbol(symbol.name, real=True) for symbol in found.free_symbols}
    )


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
