"""Self-Instruct to so many rows: how much of the time goes into the similarity check, ours and the published one.

    python benchmarks/self_instruct.py [--markdown] [--rows 5000] [--latency 1] [--concurrency 32] [--every 20]

The teacher is a server on loopback, in a process of its own, that answers each request after so many seconds with 17
tasks: instructions of Alpaca, every fifth of them another one with a word changed, so that there is something to find.
The run is `tunesmith run self-instruct` with our 60 seeds, in a fresh process and a fresh folder.

"wall s" is the whole run: asking, checking, the ledger, the data set with its card and picture. "check s" is spent in
`NearDuplicates.add`, which decides; "how alike s" in finding the most similar earlier row of each new one for the
columns and the picture, which is not needed to decide. "share" is both of them in the wall time.

The peer checks the same proposals in the same order as the published program does: for each a pool of as many processes
as there are cores, and `rouge_score` against every instruction kept so far. It is measured at every so-manieth proposal
and multiplied (then its figure begins with "~"); each of its decisions is held against ours. As the published program
asks and checks in turn, its wall time is at least the sum of the two; "share" is of that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import lzma
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from bench_table import number, render

ALPACA = Path(__file__).parents[2] / "shared" / "data" / "alpaca" / "alpaca_data.json.xz"
EACH = 17  # new tasks of a reply: Alpaca's list of twenty, of which three are shown
THRESHOLD = 0.7


# The teacher


def tasks(rows: list[dict[str, str]], text: str) -> Iterator[tuple[str, str, str]]:
    """What a request is answered with: the same for the same request."""
    lots = random.Random(sha256(text.encode()).hexdigest())
    for place in range(EACH):
        row = lots.choice(rows)
        words = row["instruction"].split()
        if place % 5 == 0:
            words = rows[lots.randrange(2000)]["instruction"].split()
            words[lots.randrange(len(words))] = lots.choice(lots.choice(rows)["instruction"].split())
        yield " ".join(words), row["input"], row["output"].replace("###", "#")


def serve(latency: float) -> None:
    """Answer until killed."""
    from aiohttp import web

    with lzma.open(ALPACA, "rt", encoding="utf-8") as file:
        rows = [row for row in json.load(file) if row["output"].strip()]

    async def complete(request: web.Request) -> web.Response:
        began = time.monotonic()
        body = await request.json()
        text = body["messages"][-1]["content"]
        blocks = []
        for number_, (instruction, given, output) in enumerate(tasks(rows, text), 1):
            parts = [f"{number_}. Input: {given or '<noinput>'}\n", f"{number_}. Output: {output}\n"]
            parts = parts[::-1] if "output before the input" in text else parts
            blocks.append(f"###\n{number_}. Instruction: {instruction}\n{''.join(parts)}")
        said = "".join(blocks) + "###"
        usage = {"prompt_tokens": len(text) // 4, "completion_tokens": len(said) // 4}
        await asyncio.sleep(max(0.0, latency - (time.monotonic() - began)))
        message = {"role": "assistant", "content": said}
        choice = {"message": message, "finish_reason": "stop"}
        return web.json_response({"model": body["model"], "choices": [choice], "usage": usage})

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", complete)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()

    asyncio.run(run())


@contextmanager
def teacher(latency: float) -> Iterator[str]:
    """The server's address, while it runs."""
    command = [sys.executable, __file__, "--serve", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


# Ours


def grow(url: str, rows: int, concurrency: int) -> None:
    """One run in this process; prints its figures, and what was checked in which order, as JSON."""
    os.environ["OPENAI_API_KEY"] = "sk-loopback-only"
    import tunesmith.explore.self_instruct.growth as growth
    from tunesmith import Limits, Plan, connect, load_recipe, run_recipe

    spent = {"check": 0.0, "alike": 0.0}
    proposals: list[tuple[str, bool]] = []
    names: Any = vars(growth)
    add, nearest = names["NearDuplicates"].add, names["nearest_neighbours"]

    def timed_add(index: Any, text: str, must_stay: bool = False) -> Any:
        began = time.perf_counter()
        match = add(index, text, must_stay)
        spent["check"] += time.perf_counter() - began
        proposals.append((text, match is None))
        return match

    def timed_nearest(*args: Any, **more: Any) -> Any:
        began = time.perf_counter()
        found = nearest(*args, **more)
        spent["alike"] += time.perf_counter() - began
        return found

    names["NearDuplicates"].add = timed_add
    names["nearest_neighbours"] = timed_nearest
    recipe = load_recipe("self-instruct").change({"self_instruct.n": rows})
    source, name = recipe.steps[0].source
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(recipe, source, Path(folder) / "run", source_name=name)
        began = time.perf_counter()
        run = run_recipe(plan, connect("openai:gpt-4o-mini", url), Limits(concurrency))
        wall = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    step = run.manifest["steps"][0]
    found: dict[str, Any] = {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss / 1024,
        **spent,
    }
    found |= {"new": step["added"], "alike_dropped": step["refused_because"].get("resembles another", 0)}
    found |= {"requests": step["replies"], "proposals": proposals, "notes": step["notes"]}
    print(json.dumps(found))


def measure(url: str, rows: int, concurrency: int) -> dict[str, Any]:
    """One run in a fresh process."""
    command = [sys.executable, __file__, "--grow", url, "--rows", str(rows), "--concurrency", str(concurrency)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# The peer


def published(proposals: list[tuple[str, bool]], every: int) -> tuple[float, int, int]:
    """Check the proposals as the published program does, or every so-manieth of them.

    Returns:
        Seconds for all of them, how many were measured, and how many of these it decides otherwise than we did.
    """
    from rouge_score import rouge_scorer, tokenize

    kept: list[list[str]] = []
    seconds, measured, otherwise = 0.0, 0, 0
    for place, (text, is_new) in enumerate(proposals):
        words = tokenize.tokenize(text, None)
        if place % every == every // 2 and kept:
            began = time.perf_counter()
            words = tokenize.tokenize(text, None)
            with Pool(os.cpu_count()) as pool:
                scores = pool.map(partial(rouge_scorer._score_lcs, words), kept)
            alike = max(score.fmeasure for score in scores) > THRESHOLD
            seconds += time.perf_counter() - began
            measured += 1
            otherwise += alike == is_new
        if is_new:
            kept.append(words)
    return seconds * len(proposals) / max(1, measured), measured, otherwise


def main() -> int:
    """Measure ours, then the peer on the same proposals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5000, help="new rows wanted")
    parser.add_argument("--latency", type=float, default=1.0, help="seconds of one reply")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--every", type=int, default=20, help="measure the peer at every so-manieth proposal; 0: not")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--grow", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve is not None:
        serve(args.serve)
        return 0
    if args.grow:
        grow(args.grow, args.rows, args.concurrency)
        return 0
    with teacher(args.latency) as url:
        found = measure(url, args.rows, args.concurrency)
    both = found["check"] + found["alike"]
    header = ["check", "new rows", "alike", "requests", "wall s", "check s", "how alike s", "share", "CPU s", "x ours"]
    counts = [f"{found[name]:,}" for name in ("new", "alike_dropped", "requests")]
    figures = [number(found["wall"], 1), number(found["check"], 3), number(found["alike"], 2)]
    rows = [header, ["ours", *counts, *figures, f"{both / found['wall']:.1%}", number(found["cpu"], 1), "1"]]
    otherwise = 0
    if args.every:
        seconds, measured, otherwise = published(found["proposals"], args.every)
        sign = "" if args.every == 1 else "~"
        wall = found["wall"] - both + seconds
        times = [f"{sign}{wall:,.0f}", f"{sign}{seconds:,.0f}", "-", f"{seconds / wall:.0%}", "-"]
        rows.append(["published", *counts, *times, f"{sign}{seconds / found['check']:,.0f}"])
    title = f"Self-Instruct, {args.latency:g} s a reply, {args.concurrency} at once, {os.cpu_count()} cores"
    print(render(title, rows, args.markdown))
    if args.every:
        print(f"the peer decided {measured:,} of {len(found['proposals']):,} texts; otherwise than ours: {otherwise}")
    print("\n".join(found["notes"]))
    return 1 if otherwise else 0


if __name__ == "__main__":
    raise SystemExit(main())
