"""Where the ways of comparing maths answers differ: on real answers, and on pairs whose truth is known.

    python benchmarks/math_equivalence.py [--gold FILE] [--pairs FILE] [--first 500]

Real answers are those of the MATH sample (--gold: JSON lines with ``std_answer``): each against itself, each against
itself written in other ways, and each two different ones. Printed is how often rules alone, math-verify alone, and
the rules followed by math-verify call two answers equal, and each pair on which they differ. The pairs of known truth
(--pairs, tests/evaluate/maths_pairs.yaml) tell who is right: wrongly equal, wrongly different.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import yaml

from tunesmith.evaluate.maths import Equivalence
from tunesmith.evaluate.maths.equivalence import Way
from tunesmith.evaluate.maths.extract import final_answer

ROOT = Path(__file__).parents[1]
WAYS: tuple[Way, ...] = ("rules", "math-verify", "auto")
REWRITTEN: dict[str, Callable[[str], str]] = {
    "frac as dfrac": lambda text: text.replace("\\frac", "\\dfrac"),
    "without blanks": lambda text: text.replace(" ", "") if "text" not in text and "\\ " not in text else text,
    "in dollars": lambda text: f"${text}$",
    "left and right": lambda text: (
        text.replace("(", "\\left(").replace(")", "\\right)") if "\\left" not in text else text
    ),
    "with a full stop": lambda text: f"{text}.",
    "x = in front": lambda text: f"x = {text}" if text.lstrip("-").isdigit() else text,
    ".0 behind": lambda text: f"{text}.0" if text.lstrip("-").isdigit() else text,
}

Pair = tuple[str, str]


def answers_of(gold: Path, first: int) -> list[str]:
    """The final answers of a file's reference solutions."""
    rows = [json.loads(line) for line in gold.read_text("utf-8").splitlines()[:first]]
    found = [final_answer(row["std_answer"]) for row in rows]
    return [one.text for one in found if one is not None]


def cross(pairs: list[Pair]) -> dict[Pair, tuple[bool, ...]]:
    """For each pair, what each way says; with the time that each takes, printed."""
    found: dict[Pair, list[bool]] = {pair: [] for pair in pairs}
    for way in WAYS:
        began = time.perf_counter()
        with Equivalence(way) as equivalence:
            for pair, said in found.items():
                said.append(equivalence.compare(*pair).same)
        seconds = time.perf_counter() - began
        print(f"  {way}: {len(pairs):,} pairs in {seconds:.1f} s, {1000 * seconds / max(1, len(pairs)):.2f} ms each")
    return {pair: tuple(said) for pair, said in found.items()}


def table(verdicts: dict[Pair, tuple[bool, ...]]) -> Iterator[str]:
    """How often each combination of verdicts came up, and the pairs behind those that are not all alike."""
    counts = Counter(verdicts.values())
    yield "  " + "  ".join(f"{way:>11}" for way in WAYS) + "      pairs"
    for said, number in sorted(counts.items(), reverse=True):
        yield "  " + "  ".join(f"{'equal' if one else '-':>11}" for one in said) + f"  {number:9,}"
    for (one, other), said in verdicts.items():
        if len(set(said)) > 1:
            yield f"    {one}  |  {other}  |  " + ", ".join(
                f"{way} {'equal' if same else 'different'}" for way, same in zip(WAYS, said, strict=True)
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sample = ROOT.parent / "shared" / "data" / "explore_instruct" / "MATH_eval_set_sample.jsonl"
    parser.add_argument("--gold", type=Path, default=sample)
    parser.add_argument("--pairs", type=Path, default=ROOT / "tests" / "evaluate" / "maths_pairs.yaml")
    parser.add_argument("--first", type=int, default=500)
    given = parser.parse_args()
    print(f"math-verify {version('math-verify')}, sympy {version('sympy')}")
    gold = answers_of(given.gold, given.first)
    distinct = sorted(set(gold))
    print(f"\n{len(gold)} references, {len(distinct)} different; each against itself")
    print("\n".join(table(cross([(one, one) for one in distinct]))))
    written = [(one, other) for one in distinct for change in REWRITTEN.values() if (other := change(one)) != one]
    print(f"\neach against itself written in other ways ({', '.join(REWRITTEN)})")
    print("\n".join(table(cross(written))))
    print("\neach two different ones")
    print("\n".join(table(cross([*combinations(distinct, 2)]))))
    known = yaml.safe_load(given.pairs.read_text("utf-8"))
    for truth, groups in known.items():
        pairs: list[Pair] = [(one, other) for group in groups.values() for one, other in group]
        print(f"\n{len(pairs)} pairs known to be {truth}")
        verdicts = cross(pairs)
        for number, way in enumerate(WAYS):
            wrong = sum(said[number] != (truth == "same") for said in verdicts.values())
            print(f"  {way}: {wrong} wrong")
        print("\n".join(table(verdicts)))


if __name__ == "__main__":
    main()
