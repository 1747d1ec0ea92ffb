"""Run one client against a fresh loopback server, each in its own process, and measure the client from outside.

CPU is user plus system time of the client and all its descendants, as the kernel counted them (``wait4``; this process
adopts orphans, so none escapes). Peak memory is the client's high-water mark (``VmHWM``, last read within 20 ms of its
end; ``ru_maxrss`` will not do, since it starts from this process's own size); where the client runs several processes,
it is the sampled peak of their proportional set sizes together, if that is more. Requests per second are the
server's: replies from the first request's arrival to the last reply, so that start-up does not count.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench_common import FIRST_WRITE_SUFFIX, KEY, digest, now, prompt

HERE = Path(__file__).resolve().parent
_PR_SET_CHILD_SUBREAPER = 36
_QUIET = {  # no telemetry, no downloads, no viewer: nothing but loopback
    "OPENAI_API_KEY": KEY,
    "TELEMETRY_ENABLED": "false",
    "CURATOR_VIEWER": "0",
    "DO_NOT_TRACK": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ARGILLA_ENABLE_TELEMETRY": "0",
}


@dataclass(frozen=True)
class Setting:
    """What is asked of a client: latency in seconds, faults as the share of prompts for each kind of fault."""

    prompts: int
    concurrency: int
    latency: float = 0.0
    faults: float = 0.0


@dataclass
class Measurement:
    """What one run of one client came to; times in seconds, memory in MB (10^6 bytes)."""

    client: str
    setting: Setting
    outcome: str  # "finished", "hung" (killed at the time limit), "failed" (left with an error)
    wall: float
    cpu: float
    memory: float
    lost: int
    wrong: int
    first_result: float | None  # from the server's first reply to the first result on disk
    error: str = ""
    server: dict[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """Whole replies per second, as the server saw them."""
        first, last = self.server.get("first_request"), self.server.get("last_reply")
        replies = int(self.server.get("replies", 0))
        return None if first is None or last is None or replies < 2 else replies / (last - first)

    @property
    def cpu_per_1000(self) -> float | None:
        """CPU seconds per 1,000 prompts, start-up included; ``None`` unless all were asked."""
        return self.cpu / self.setting.prompts * 1000 if self.outcome == "finished" else None


def adopt_orphans() -> None:
    """Make descendants whose parent died ours, so that their CPU time is counted and none is left running."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measure(client: str, python: str, setting: Setting, limit: float) -> Measurement:
    """Run ``peers/<client>.py`` once with the interpreter ``python``, killed after ``limit`` seconds."""
    with tempfile.TemporaryDirectory(prefix="tunesmith-bench-") as name, _server(setting) as port:
        out = Path(name) / "results.jsonl"
        command = [python, str(HERE / "peers" / f"{client}.py"), "--port", str(port), "--out", str(out)]
        command += ["--prompts", str(setting.prompts), "--concurrency", str(setting.concurrency)]
        log = Path(name) / "log.txt"
        with log.open("wb") as sink:
            started = now()
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=name, env=_environment(name),
                start_new_session=True,
            )  # fmt: skip
            code, cpu, memory = _wait(process.pid, started + limit)
            wall = now() - started
        process.returncode = code or 0  # reaped here, so that Popen does not look for it
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=10) as response:
            server = json.load(response)
        lost, wrong = _check(out, setting.prompts)
        first, written = server["first_reply"], out.with_name(out.name + FIRST_WRITE_SUFFIX)
        return Measurement(
            client=client,
            setting=setting,
            outcome="hung" if code is None else "failed" if code else "finished",
            wall=wall,
            cpu=cpu,
            memory=memory,
            lost=lost,
            wrong=wrong,
            first_result=float(written.read_text()) - first if first and written.exists() else None,
            error=_last_line(log) if code else "",
            server=server,
        )


@contextlib.contextmanager
def _server(setting: Setting) -> Iterator[int]:
    command = [sys.executable, str(HERE / "loopback_server.py")]
    command += ["--latency", str(setting.latency), "--faults", str(setting.faults)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


def _environment(folder: str) -> dict[str, str]:
    """The client's environment: quiet, its caches in ``folder``, our sources importable, no proxy."""
    paths = [str(HERE), str(HERE.parent / "src")]
    caches = {name: str(Path(folder) / name.lower()) for name in ("HF_HOME", "CURATOR_CACHE_DIR", "XDG_CACHE_HOME")}
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return {**kept, **_QUIET, **caches, "DISTILABEL_CACHE_DIR": folder, "PYTHONPATH": os.pathsep.join(paths)}


def _wait(pid: int, deadline: float) -> tuple[int | None, float, float]:
    """Exit code (``None``: killed at the deadline), CPU seconds and peak MB of process group ``pid``."""
    memory = 0.0
    ticks = 0
    code: int | None = None
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            break
        if now() > deadline:
            os.killpg(pid, signal.SIGKILL)
            _, _, usage = os.wait4(pid, 0)
            break
        ticks += 1
        if ticks % 2 == 0:  # every 20 ms, cheap
            memory = max(memory, _kilobytes(Path(f"/proc/{pid}/status"), "VmHWM:") * 1024 / 1e6)
        if ticks % 50 == 0:  # every half a second, dearer
            memory = max(memory, _memory_together(pid))
        time.sleep(0.01)
    cpu = usage.ru_utime + usage.ru_stime
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # whatever it left behind
    with contextlib.suppress(ChildProcessError):
        while True:
            _, _, usage = os.wait4(-pid, 0)
            cpu += usage.ru_utime + usage.ru_stime
    return code, cpu, memory


def _memory_together(group: int) -> float:
    """Proportional set sizes of all processes of the group, in MB; 0 for a single process, to leave it undisturbed."""
    members = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                members.append(entry)
    if len(members) < 2:
        return 0.0
    return sum(_kilobytes(member / "smaps_rollup", "Pss:") for member in members) * 1024 / 1e6


def _kilobytes(file: Path, field_name: str) -> int:
    """A field of one of the kernel's files; 0 when the process has gone."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field_name)), 0)


def _check(out: Path, prompts: int) -> tuple[int, int]:
    """How many prompts have no result, and how many have another prompt's."""
    answered = wrong = 0
    if out.exists():
        with out.open(encoding="utf-8") as file:
            for index, line in enumerate(file):
                with contextlib.suppress(ValueError, KeyError):  # a line cut off by a kill is no result
                    text = json.loads(line)["text"]
                    answered += text is not None
                    wrong += text is not None and not text.startswith(digest(prompt(index)))
    return prompts - answered, wrong


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:160] if lines else ""


def python_of(given: str | None) -> str:
    """The interpreter for the peers: the one given, else this one."""
    found = shutil.which(given) if given else sys.executable
    if found is None:
        raise SystemExit(f"--peer-python: {given} is no program")
    return found


def versions(python: str, packages: list[str]) -> dict[str, str]:
    """Version of each package that the interpreter has; those that it lacks are absent."""
    program = (
        "import importlib.metadata as m, json, sys\n"
        "have = {d.metadata['Name'].lower(): d.version for d in m.distributions()}\n"
        "print(json.dumps({n: have[n] for n in sys.argv[1:] if n in have}))"
    )
    result = subprocess.run([python, "-c", program, *packages], capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, str] = json.loads(result.stdout)
    return found
