"""How fast the teacher asks, and what it costs the asking machine: ours beside its peers.

Every client runs in a process of its own against a loopback server in another (``loopback_server.py``): ours with the
reply store on, the bare HTTP client underneath it (aiohttp; httpx and pyreqwest too, where installed), the openai SDK
alone, distilabel, bespokelabs-curator, and the published programs' loop (send 10, wait for all, next 10). Printed are
requests per second, client CPU seconds per 1,000 requests, peak memory, the time to the first result on disk (from the
server's first reply), and ratios to ours. See ``bench_measure.py`` for how each figure is taken.

How to run, from the repository's root, with the interpreter of the environment that has tunesmith's dependencies:

    python benchmarks/teacher_throughput.py --quick             # 500 prompts, ours and the bare client (for CI)
    python benchmarks/teacher_throughput.py                     # the two settings that the goals are about
    python benchmarks/teacher_throughput.py --grid --repeat 3   # 5,000 and 20,000 prompts, 64 and 256, 0 and 50 ms
    python benchmarks/teacher_throughput.py --faults            # lost prompts, prompts paid for twice, hangs
    python benchmarks/teacher_throughput.py --memory            # ours at 5,000 and at 100,000 prompts

The peers may live in another environment (``pip install openai 'distilabel[openai]' bespokelabs-curator httpx
pyreqwest``), given by ``--peer-python``. What is not installed is listed as such. Exit status 1: ours lost a prompt,
mixed replies up, failed or hung.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bench_measure import Measurement, Setting, adopt_orphans, measure, python_of, versions
from bench_table import (
    NOTES,
    OURS,
    Runs,
    describe,
    fault_rows,
    middle,
    net_cpu,
    number,
    ratio,
    remarks,
    render,
    speed_rows,
    start_rows,
)


@dataclass(frozen=True)
class Peer:
    """A client: its label, its program under ``peers/``, the package it needs, whether it is too slow for all prompts.

    ``inside`` means that it runs with our own interpreter rather than with --peer-python.
    """

    label: str
    program: str
    package: str
    inside: bool = False
    slow: bool = False


PEERS = [
    Peer(OURS, "ours", "aiohttp", inside=True),
    Peer("bare aiohttp", "bare_aiohttp", "aiohttp", inside=True),
    Peer("bare pyreqwest", "bare_pyreqwest", "pyreqwest"),
    Peer("bare httpx", "bare_httpx", "httpx", slow=True),
    Peer("openai SDK", "openai_sdk", "openai", slow=True),
    Peer("published loop", "published_loop", "openai", slow=True),
    Peer("curator", "curator_llm", "bespokelabs-curator", slow=True),
    Peer("distilabel", "distilabel_pipeline", "distilabel", slow=True),
]
_QUICK = (OURS, "bare aiohttp")
_LISTED = ["tunesmith", "aiohttp", "pyreqwest", "httpx", "openai", "bespokelabs-curator", "distilabel", "litellm"]


class Bench:
    """One invocation: which clients there are, how they are run, and what is printed."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.peer_python = python_of(args.peer_python)
        here = versions(sys.executable, _LISTED)
        there = versions(self.peer_python, _LISTED)
        wanted = args.only or (list(_QUICK) if args.quick else [peer.label for peer in PEERS])
        chosen = [peer for peer in PEERS if peer.label in wanted]
        self.peers = [peer for peer in chosen if peer.package in (here if peer.inside else there)]
        self.missing = {peer.label: "not installed" for peer in chosen if peer not in self.peers}
        self.starts: dict[str, Measurement] = {}
        self.sound = True
        self._header(here, there)

    def _header(self, here: dict[str, str], there: dict[str, str]) -> None:
        say(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
        say("ours: " + (", ".join(f"{name} {version}" for name, version in here.items()) or "nothing installed"))
        if self.peer_python != sys.executable:
            listed = (f"{name} {version}" for name, version in there.items())
            say("peers: " + (", ".join(listed) or "nothing installed"))
        say("")

    def run(self, peer: Peer, setting: Setting) -> Measurement:
        """One run of one client."""
        python = sys.executable if peer.inside else self.peer_python
        note(f"{peer.label}: {describe(setting)}")
        result = measure(peer.program, python, setting, self.args.timeout)
        figures = f"{result.wall:.1f} s, {number(result.rate, 0)} req/s, {result.cpu:.2f} CPU-s"
        note(f"  {result.outcome}, {figures} {result.error}")
        if peer.label == OURS and (result.outcome != "finished" or result.lost or result.wrong):
            self.sound = False
        return result

    def rounds(self, setting: Setting) -> Runs:
        """All clients in turn, ``--repeat`` times over, so that a slow minute of the machine hits all of them."""
        runs: Runs = {peer.label: [] for peer in self.peers}
        for _ in range(self.args.repeat):
            for peer in self.peers:
                prompts = min(setting.prompts, self.args.slow_prompts) if peer.slow else setting.prompts
                runs[peer.label].append(self.run(peer, replace(setting, prompts=prompts)))
        return runs

    def speed(self, settings: Iterable[Setting]) -> None:
        """Start-up costs once, then a table a setting."""
        for peer in self.peers:
            runs = [self.run(peer, Setting(prompts=1, concurrency=1)) for _ in range(self.args.repeat)]
            self.starts[peer.label] = sorted(runs, key=lambda run: run.cpu)[len(runs) // 2]
        self.show("Start-up: a run with one prompt", start_rows(self.starts))
        for setting in settings:
            measured = self.rounds(setting)
            self.show(describe(setting), speed_rows(measured, self.starts, self.missing))
            for line in self.goals(setting, measured):
                say(line)
            say("")
        say(NOTES)

    def goals(self, setting: Setting, runs: Runs) -> list[str]:
        """How ours stands against the goals that this setting is about."""
        ours = runs.get(OURS)
        own = net_cpu(ours, self.starts[OURS]) if ours else None
        if not ours or own is None:
            return []
        goals = []
        if not setting.latency and setting.concurrency == 64:
            others = {label: net_cpu(group, self.starts[label]) for label, group in runs.items()}
            goals.append(f"  CPU: {ratio(own, others.get('bare aiohttp'))} x the bare client's (goal: at most 2)")
            for label, least in (("curator", 8), ("distilabel", 20)):
                goals.append(f"  CPU: {label} takes {ratio(others.get(label), own)} x ours (goal: at least {least})")
        if setting.latency and setting.concurrency == 256:
            goals.append(f"  req/s: {number(middle(ours, lambda run: run.rate), 0)} (goal: over 1,200)")
        goals.append(f"  peak memory: {number(middle(ours, lambda run: run.memory), 0)} MB (goal: under 120)")
        first = middle(ours, lambda run: run.first_result)
        goals.append(f"  first result on disk {number(first, 3)} s after the first reply (goal: within 1)")
        return ["Ours against its goals:", *goals]

    def faults(self) -> None:
        """Every client against a server that fails the first attempt of some prompts."""
        setting = Setting(self.args.prompts or 2000, self.args.concurrency or 64, 0.05, self.args.fault_rate)
        self.show(f"Faults: {describe(setting)}", fault_rows(self.rounds(setting), self.missing))
        say("Faults: 429, 500, dropped connection, JSON cut off; first attempt only. answered again: whole replies to")
        say("a prompt that already had one, paid for twice. wrong: a result that is another prompt's.")

    def memory(self) -> None:
        """Whether the memory of ours grows with the number of prompts."""
        peer = PEERS[0]
        rows = [["prompts", "MB", "wall s", "first s", "remarks"]]
        for prompts in (5_000, 100_000):
            setting = Setting(prompts, self.args.concurrency or 64)
            runs = [self.run(peer, setting) for _ in range(self.args.repeat)]
            figures = (number(middle(runs, lambda run: run.memory), 1), number(middle(runs, lambda run: run.wall), 1))
            rows.append([f"{prompts:,}", *figures, number(middle(runs, lambda r: r.first_result), 3), remarks(runs)])
        self.show("Peak memory of ours (goal: under 120 MB, and flat)", rows)

    def show(self, title: str, rows: list[list[str]]) -> None:
        """Print a table."""
        say(render(title, rows, self.args.markdown))


def settings_of(args: argparse.Namespace) -> list[Setting]:
    """The settings that the command line asks for."""
    if args.quick:
        return [Setting(args.prompts or 500, args.concurrency or 64)]
    if args.grid:
        return [Setting(n, c, lag) for n in (5_000, 20_000) for lag in (0.0, 0.05) for c in (64, 256)]
    if args.concurrency or args.latency is not None:
        return [Setting(args.prompts or 5_000, args.concurrency or 64, (args.latency or 0.0) / 1000)]
    return [Setting(args.prompts or 5_000, c, lag) for c, lag in ((64, 0.0), (256, 0.05))]


def say(text: str) -> None:
    """To the report."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """To whoever watches."""
    sys.stderr.write(text.rstrip() + "\n")


def command_line() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="500 prompts, one setting, ours and the bare client")
    which.add_argument("--grid", action="store_true", help="every combination of the issue")
    which.add_argument("--faults", action="store_true", help="the fault scenario")
    which.add_argument("--memory", action="store_true", help="ours at 5,000 and 100,000 prompts")
    parser.add_argument("--peer-python", metavar="PATH", help="interpreter of the environment with the peers")
    parser.add_argument("--only", action="append", choices=[peer.label for peer in PEERS], help="only this client")
    parser.add_argument("--prompts", type=int, help="instead of the scenario's number")
    parser.add_argument("--concurrency", type=int, help="instead of the scenario's number")
    parser.add_argument("--latency", type=float, metavar="MS", help="one setting with this latency")
    parser.add_argument("--slow-prompts", type=int, default=2_000, help="most prompts for slow clients (%(default)s)")
    parser.add_argument("--fault-rate", type=float, default=0.01, help="share of each fault (%(default)s)")
    parser.add_argument("--repeat", type=int, default=1, metavar="K", help="runs of each; medians are printed")
    parser.add_argument("--timeout", type=float, default=600, help="seconds after which a client counts as hung")
    parser.add_argument("--markdown", action="store_true", help="tables as markdown")
    return parser.parse_args()


def main() -> int:
    """Run the scenario."""
    bench = Bench(command_line())
    adopt_orphans()
    if bench.args.faults:
        bench.faults()
    elif bench.args.memory:
        bench.memory()
    else:
        bench.speed(settings_of(bench.args))
    return 0 if bench.sound else 1


if __name__ == "__main__":
    sys.exit(main())
