"""What exploring gains by asking about many tasks at once, and whether the tree is to the byte the same.

    python benchmarks/exploration.py [--markdown] [--repeat 3] [--latency 50] [--concurrency 1,32]

The teacher is a server on loopback, in a process of its own, that answers each request after so many milliseconds, with
exactly what it is asked for, and with the same for the same request. Each measurement is a fresh `tunesmith explore`
process on a fresh folder. Three jobs: a deep tree (breadth 3 at every depth, at most 5 deep, cut at 200 tasks), a broad
one (breadth 6,6,6: 259 tasks), and 20 examples for each task of the deep one.

"asking" is the time from the server's first request to its last reply, "wall" that of the whole process with its
start-up, "CPU" user and system seconds of that process. "bound" is the best that the shape of the tree allows for
"asking": a task can only be asked about once the one above it is known, so that each level takes at least one latency.
Medians of the runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from bench_table import number, render
from tunesmith.explore import read_tree

SEEDS = [
    {
        "instruction": f"Rewrite note {n} so that it is kind.",
        "input": f"Note {n}: come now.",
        "output": f"Dear {n}, ...",
    }
    for n in range(20)
]
BATCH = 10


@dataclass(frozen=True)
class Job:
    """What is done, from which beginning."""

    name: str
    options: tuple[str, ...]
    after: Job | None = None

    @property
    def command(self) -> str:
        """What `tunesmith explore` is told to do."""
        return "enrich" if self.after else "extend"


DEEP = Job("deep: 3,3,3,3,3", ("--breadth", "3,3,3,3,3", "--max-tasks", "200", "--backtrack", "0"))
BROAD = Job("broad: 6,6,6", ("--breadth", "6,6,6", "--backtrack", "0"))
EXAMPLES = Job("examples for the deep one", ("--examples", "20", "--batch", str(BATCH)), DEEP)
JOBS = (DEEP, BROAD, EXAMPLES)


# The teacher


def answer(text: str) -> str:
    """Exactly what is asked for; different for different requests."""
    mark = sha256(text.encode()).hexdigest()
    wanted = re.search(r"(?:propose|Add) (\d+) new", text)
    each = re.search(r"With each subtask, write (\d+) example", text)
    assert wanted is not None
    if text.startswith("You are writing exercises"):
        return f"###\n{_examples(mark, int(wanted[1]))}\n###"
    blocks = [
        f"Subtask: Skill {mark[7 * n : 7 * n + 7]} {n}\nReason: People ask for it.\nExamples:\n"
        + _examples(f"{mark[n:]}{n}", int(each[1]) if each else 0)
        for n in range(int(wanted[1]))
    ]
    return "###\n" + "\n###\n".join(blocks) + "\n###"


def _examples(mark: str, wanted: int) -> str:
    filler = "some more of the text that one would find here, " * 6
    return "\n".join(
        f"{n}. Instruction: Do the exercise {mark[:12]} of {n} well.\nInput: {filler}{n}\nOutput: {filler}"
        for n in range(1, wanted + 1)
    )


def serve(latency: float) -> None:
    """Answer until killed; what happened is told at /figures, and forgotten there."""
    from aiohttp import web

    moments: list[float] = []
    flight = {"now": 0, "most": 0}

    async def complete(request: web.Request) -> web.Response:
        moments.append(time.monotonic())
        flight["now"] += 1
        flight["most"] = max(flight.values())
        body = await request.json()
        text = answer(body["messages"][-1]["content"])
        await asyncio.sleep(latency)
        flight["now"] -= 1
        moments.append(time.monotonic())
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 900, "completion_tokens": len(text) // 4}
        return web.json_response(
            {"model": body["model"], "choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
        )

    async def figures(request: web.Request) -> web.Response:
        found = {
            "requests": len(moments) // 2,
            "asking": max(moments) - min(moments) if moments else 0.0,
            "most": flight["most"],
        }
        moments.clear()
        flight["most"] = 0
        return web.json_response(found)

    async def run() -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", complete)
        app.router.add_get("/figures", figures)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
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
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


# Measuring


def explore(*args: object) -> dict[str, float]:
    """One `tunesmith explore`; returns its wall time and its CPU time."""
    environment = {**os.environ, "OPENAI_API_KEY": "sk-loopback-only"}
    command = [sys.executable, "-m", "tunesmith", "explore", *map(str, args)]
    began = time.monotonic()
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdout=said, stderr=said, env=environment) as one:
        _, status, usage = os.wait4(one.pid, 0)
        wall = time.monotonic() - began
        one.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if one.returncode:
            raise SystemExit(said.read().decode())
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime}


def beginning(job: Job, folder: Path, url: str) -> Path:
    """A folder to begin the job in: a tree of one task, or what another job makes of it."""
    if job.after is None:
        seeds = folder / "seeds.json"
        seeds.write_text(json.dumps(SEEDS))
        explore("new", "Writing notes", "--examples", seeds, "-o", folder / "new")
        return folder / "new"
    start = folder / "start"
    shutil.copytree(beginning(job.after, folder, url), start)
    explore("extend", start, *job.after.options, "--model", "openai:m", "--base-url", f"{url}/v1")
    return start


def measure(job: Job, start: Path, url: str, concurrency: int) -> tuple[dict[str, float], dict[str, bytes]]:
    """The figures of one run, and the files of the tree that it makes."""
    from urllib.request import urlopen

    folder = start.with_name("measured")
    shutil.copytree(start, folder)
    (folder / "replies.sqlite").unlink(missing_ok=True)
    urlopen(f"{url}/figures").read()
    options = ("--model", "openai:m", "--base-url", f"{url}/v1", "--concurrency", concurrency)
    found = explore(job.command, folder, *job.options, *options)
    found |= json.loads(urlopen(f"{url}/figures").read())
    tree = read_tree(folder)
    found["tasks"] = len(tree.tasks())
    found["bound"] = sum(-(-asked // concurrency) for asked in asked_by_level(job, tree.tasks()))
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix in (".json", ".jsonl")}
    shutil.rmtree(folder)
    return found, files


def asked_by_level(job: Job, tasks: list[Any]) -> list[int]:
    """How many requests each level of the finished tree took, all of which can be in flight at once."""
    levels: dict[int, int] = {}
    for task in tasks:
        asked = task.enriched.requests if job.command == "enrich" else task.lookahead.requests
        levels[task.depth] = levels.get(task.depth, 0) + asked
    return [*levels.values()]


def table(job: Job, latency: float, concurrencies: list[int], repeat: int) -> list[list[str]]:
    """The rows of one job."""
    lines: list[list[str]] = []
    trees: list[dict[str, bytes]] = []
    base: dict[str, float] = {}
    with teacher(latency) as url, tempfile.TemporaryDirectory() as folder:
        start = beginning(job, Path(folder), url)
        for concurrency in concurrencies:
            print(f"{job.name}, concurrency {concurrency} ...", file=sys.stderr, flush=True)
            runs = []
            for _ in range(repeat):
                found, files = measure(job, start, url, concurrency)
                runs.append(found)
                trees.append(files)
            middle = {name: median(run[name] for run in runs) for name in runs[0]}
            base = base or middle
            lines.append(
                [
                    job.name,
                    str(concurrency),
                    f"{middle['tasks']:.0f}",
                    f"{middle['requests']:.0f}",
                    f"{middle['most']:.0f}",
                    *(number(middle[name], 2) for name in ("asking", "wall", "cpu")),
                    *(number(base[name] / middle[name], 1) for name in ("asking", "wall")),
                    number(base["bound"] / middle["bound"], 1),
                    "yes" if all(tree == trees[0] for tree in trees) else "NO",
                ]
            )
    return lines


def main() -> int:
    """Measure all jobs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=50.0, help="milliseconds of one answer")
    parser.add_argument("--concurrency", default="1,32", help="separated by commas; ratios are to the first")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each; medians are shown")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve is not None:
        serve(args.serve)
        return 0
    header = ["job", "at once", "tasks", "requests", "in flight", "asking s", "wall s", "CPU s", "asking x", "wall x",
              "bound x", "trees equal"]  # fmt: skip
    rows = [header]
    for job in JOBS:
        rows += table(job, args.latency / 1000, [*map(int, args.concurrency.split(","))], args.repeat)
    print(render(f"Exploring, {args.latency:.0f} ms a reply", rows, args.markdown))
    return 0 if all(row[-1] == "yes" for row in rows[1:]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
