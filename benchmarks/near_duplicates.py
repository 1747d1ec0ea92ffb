"""The near-duplicate filter against the published loop and against MinHash LSH, in one go.

    python benchmarks/near_duplicates.py [--markdown] [--repeat 3] [--sizes 1000,2000,5000,9229,52002,200000,1000000]

Rows: the instructions of Alpaca, of which every fifth is replaced by an earlier one with a word changed, so that there
is something to find; beyond 52,002 rows, the head of one instruction with the tail of another. Each tool filters the
same rows at ROUGE-L 0.7 in a fresh process. CPU seconds are user and system time of the work alone, without imports
and numba's start-up, which stand below the tables; MB is the process's peak.

What is slow is measured on few rows and reckoned for more, in proportion to the number of pairs; such figures begin
with "~". For MinHash LSH, recall is the share of the near-duplicates (by ROUGE-L) that it drops, precision the share
of what it drops that is one.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from multiprocessing import Pool
from pathlib import Path
from statistics import median
from typing import Any

from bench_table import number, render

ALPACA = Path(__file__).parents[2] / "shared" / "data" / "alpaca" / "alpaca_data.json.xz"
THRESHOLD = 0.7
SIZES = "1000,2000,5000,9229,52002,200000,1000000"
NEIGHBOURS = 9229

Dropped = list[int]


def made_alike(source: list[str], rows: int) -> Iterator[str]:
    """The texts to filter; the same in every process."""
    rng = random.Random(7)
    words = [text.split() for text in source]
    earlier: list[str] = []
    for row in range(rows):
        if row and row % 5 == 0:
            text = rng.choice(earlier).split()
            text[rng.randrange(len(text))] = rng.choice(rng.choice(words))
        elif row < len(words):
            text = words[row]
        else:
            head, tail = rng.choice(words), rng.choice(words)
            text = head[: rng.randint(1, len(head))] + tail[rng.randint(0, len(tail) - 1) :]
        earlier.append(" ".join(text))
        yield earlier[-1]


# The tools; each is prepared first, and the work is what it returns.


def ours(engine: Any, texts: list[str]) -> Callable[[], Dropped]:
    """Our filter."""
    from tunesmith.curate.near_duplicates import find_near_duplicates

    list(find_near_duplicates(["a b c", "a b c d"], THRESHOLD, engine=engine))
    return lambda: [
        row for row, match in enumerate(find_near_duplicates(texts, THRESHOLD, engine=engine)) if match is not None
    ]


def rouge_loop(texts: list[str]) -> Callable[[], Dropped]:
    """The published loop over `rouge_score`, in one process."""
    from rouge_score import rouge_scorer, tokenize

    def work() -> Dropped:
        kept: list[list[str]] = []
        dropped = []
        for row, text in enumerate(texts):
            words = tokenize.tokenize(text, None)
            if any(rouge_scorer._score_lcs(words, other).fmeasure > THRESHOLD for other in kept):
                dropped.append(row)
            else:
                kept.append(words)
        return dropped

    return work


def published_loop(texts: list[str]) -> Callable[[], Dropped]:
    """The same as Self-Instruct and Alpaca run it: a pool of processes for each row, and no early end."""
    from rouge_score import rouge_scorer, tokenize

    def work() -> Dropped:
        kept: list[list[str]] = []
        dropped = []
        for row, text in enumerate(texts):
            words = tokenize.tokenize(text, None)
            with Pool(os.cpu_count()) as pool:
                scores = pool.map(partial(rouge_scorer._score_lcs, words), kept)
            if any(score.fmeasure > THRESHOLD for score in scores):
                dropped.append(row)
            else:
                kept.append(words)
        return dropped

    return work


def minhash(texts: list[str]) -> Callable[[], Dropped]:
    """MinHash LSH over words: Jaccard 0.7 / (2 - 0.7), which is F 0.7 of sets of one size; 128 permutations."""
    from datasketch import MinHash, MinHashLSH

    def work() -> Dropped:
        lsh = MinHashLSH(threshold=THRESHOLD / (2 - THRESHOLD), num_perm=128)
        dropped = []
        for row, text in enumerate(texts):
            sketch = MinHash(num_perm=128, seed=1)
            sketch.update_batch([word.encode() for word in text.lower().split()])
            if lsh.query(sketch):
                dropped.append(row)
            else:
                lsh.insert(row, sketch)
        return dropped

    return work


def neighbours(engine: Any, texts: list[str]) -> Callable[[], Dropped]:
    """Each row's nearest neighbour; nothing is dropped."""
    from tunesmith.curate.neighbours import nearest_neighbours

    nearest_neighbours(["a b c", "a b c d"], engine=engine)
    return lambda: [0 for _ in nearest_neighbours(texts, engine=engine)][:0]


TOOLS: dict[str, Callable[[list[str]], Callable[[], Dropped]]] = {
    "ours, numba": partial(ours, "numba"),
    "ours, base install": partial(ours, "python"),
    "rouge_score loop": rouge_loop,
    "published loop": published_loop,
    "MinHash LSH": minhash,
    "neighbours, numba": partial(neighbours, "numba"),
    "neighbours, base install": partial(neighbours, "python"),
}
RECKONED = {"rouge_score loop": 2000, "published loop": 100}  # measured up to so many rows, reckoned beyond
MOST = {"MinHash LSH": 52002, "ours, base install": 200_000}  # not measured beyond
EXACT = ("ours, numba", "ours, base install", "rouge_score loop", "published loop")


def worker(tool: str, file: Path, out: Path) -> None:
    """Measure one tool in this process over the texts of a file, and leave the figures in another."""
    texts = json.loads(file.read_text())
    before = _cpu()
    work = TOOLS[tool](texts)
    began, began_at = _cpu(), time.monotonic()
    dropped = work()
    figures = {
        "start": began - before,
        "cpu": _cpu() - began,
        "wall": time.monotonic() - began_at,
        "memory": _peak(),
        "dropped": dropped,
    }
    out.write_text(json.dumps(figures))


def _peak() -> float:
    """Most megabytes in use; not from getrusage, which counts the parent's from before the program was loaded."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@cache
def instructions() -> list[str]:
    """Alpaca's."""
    with lzma.open(ALPACA, "rt", encoding="utf-8") as file:
        return [row["instruction"] for row in json.load(file)]


def measure(tool: str, rows: int, machine_code: str = "") -> dict[str, Any]:
    """One tool in a fresh process; ``machine_code`` is a folder for numba's, where the usual one is not meant."""
    with tempfile.TemporaryDirectory() as folder:
        texts, out = Path(folder, "texts.json"), Path(folder, "out.json")
        texts.write_text(json.dumps(list(made_alike(instructions(), rows))))
        environment = {**os.environ, **({"NUMBA_CACHE_DIR": machine_code} if machine_code else {})}
        command = [sys.executable, __file__, "--worker", tool, str(texts), str(out)]
        subprocess.run(command, check=True, env=environment)
        found: dict[str, Any] = json.loads(out.read_text())
    return found


def table(runs: dict[str, list[dict[str, Any]]], rows: int, exact: set[int]) -> list[list[str]]:
    """The table of one size."""
    lines = [["tool", "rows", "CPU s", "wall s", "MB", "dropped", "x ours", "recall", "precision"]]
    base = median(run["cpu"] for run in runs["ours, numba"])
    for tool, group in runs.items():
        measured = min(rows, RECKONED.get(tool, rows))
        scale = (rows / measured) ** 2
        cpu, wall = (median(run[key] for run in group) * scale for key in ("cpu", "wall"))
        mark = "~" if scale > 1 else ""
        dropped = set(group[0]["dropped"])
        quality = ["-", "-"]
        if tool not in EXACT:
            quality = [f"{len(dropped & exact) / len(exact):.3f}", f"{len(dropped & exact) / len(dropped):.3f}"]
        elif not mark and dropped != exact:
            raise SystemExit(f"{tool} decides otherwise on {len(dropped ^ exact)} of {rows} rows")
        lines.append(
            [
                tool,
                f"{measured:,}",
                mark + number(cpu, 2 if cpu < 100 else 0),
                mark + number(wall, 2 if wall < 100 else 0),
                number(median(run["memory"] for run in group), 0),
                "-" if mark else f"{len(dropped):,}",
                mark + number(cpu / base, 0 if cpu / base >= 100 else 1),
                *quality,
            ]
        )
    return lines


def growth(figures: dict[str, dict[int, float]]) -> list[list[str]]:
    """How CPU time grows with the rows: the exponent from each size to the next."""
    sizes = sorted({size for by_size in figures.values() for size in by_size})
    lines = [["tool", *(f"{a:,} to {b:,}" for a, b in zip(sizes, sizes[1:], strict=False))]]
    for tool, by_size in figures.items():
        cells = [
            f"{math.log(by_size[b] / by_size[a]) / math.log(b / a):.2f}" if a in by_size and b in by_size else "-"
            for a, b in zip(sizes, sizes[1:], strict=False)
        ]
        lines.append([tool, *cells])
    return lines


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=SIZES, help="rows, separated by commas")
    parser.add_argument("--only", action="append", choices=[*TOOLS], help="only this tool (besides ours, numba)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of our own; medians are shown")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Measure all tools at all sizes."""
    args = arguments()
    if args.worker:
        worker(args.worker[0], Path(args.worker[1]), Path(args.worker[2]))
        return 0
    if not ALPACA.exists():
        raise SystemExit(f"Alpaca is needed at {ALPACA}")
    tools = [tool for tool in TOOLS if "neighbours" not in tool and (not args.only or tool in args.only)]
    tools = ["ours, numba", *(tool for tool in tools if tool != "ours, numba")]
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = (measure("ours, numba", 100, folder)["start"] for _ in range(2))
    figures: dict[str, dict[int, float]] = {tool: {} for tool in tools if tool.startswith("ours")}
    known: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for rows in map(int, args.sizes.split(",")):
        runs: dict[str, list[dict[str, Any]]] = {}
        for tool in tools:
            measured = min(rows, RECKONED.get(tool, rows))
            if rows > MOST.get(tool, rows):
                continue
            if (tool, measured) not in known:
                print(f"{tool}, {measured:,} rows ...", file=sys.stderr, flush=True)
                repeat = args.repeat if tool.startswith("ours") and rows <= 200_000 else 1
                known[tool, measured] = [measure(tool, measured) for _ in range(repeat)]
            runs[tool] = known[tool, measured]
            if tool in figures:
                figures[tool][rows] = median(run["cpu"] for run in runs[tool])
        exact = set(runs["ours, numba"][0]["dropped"])
        print(render(f"{rows:,} rows", table(runs, rows, exact), args.markdown), flush=True)
    print(render("Growth: the exponent of CPU time", growth(figures), args.markdown))
    if not args.only:
        print(render("Nearest neighbours", neighbour_rows(args.repeat, known), args.markdown))
    print(f"numba's start-up: {cold:.1f} s of CPU with compiling, once; {warm:.2f} s from its cache after that")
    return 0


def neighbour_rows(repeat: int, known: dict[tuple[str, int], list[dict[str, Any]]]) -> list[list[str]]:
    """Nearest neighbours of some rows: ours, and what `rouge_score` would take for all pairs."""
    lines = [["tool", "rows", "CPU s", "MB"]]
    for engine in ("numba", "base install"):
        group = [measure(f"neighbours, {engine}", NEIGHBOURS) for _ in range(repeat)]
        cpu, memory = (median(run[key] for run in group) for key in ("cpu", "memory"))
        lines.append([f"ours, {engine}", f"{NEIGHBOURS:,}", number(cpu, 2), number(memory, 0)])
    loop = known.get(("rouge_score loop", RECKONED["rouge_score loop"]))
    if loop:
        # The loop compares rows with kept ones only, and stops at the first that is alike: of the pairs, fewer.
        size = RECKONED["rouge_score loop"]
        cpu = loop[0]["cpu"] * (NEIGHBOURS / (size - len(loop[0]["dropped"]))) ** 2
        lines.append(["rouge_score loop", f"{size:,}", "~" + number(cpu, 0), "-"])
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
