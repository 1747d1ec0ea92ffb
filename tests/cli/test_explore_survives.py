"""`explore extend` and `enrich` killed at 20 moments: the same tree, and nothing that was answered is asked again."""

import shutil
import signal
import time
from collections import Counter
from pathlib import Path
from random import Random

from tests.cli.runner import start, tunesmith
from tests.explore.teachers import behaviour, found, moody, tree_in, written
from tests.loopback import Loopback, prompt_of
from tunesmith.teacher import ReplyStore

CONCURRENCY = 8
KILLS = {"extend": 12, "enrich": 10}
OPTIONS: dict[str, list[object]] = {
    "extend": ["--breadth", "5,4,3", "--backtrack", 2, "--branches", 2, "--fruitless", 3],
    "enrich": ["--examples", "70,30,10", "--batch", 5],
}


def stored(folder: Path) -> Counter[str]:
    """What was asked and is stored, by its text."""
    if not (folder / "replies.sqlite").exists():
        return Counter()
    store = ReplyStore(folder / "replies.sqlite")
    try:
        return Counter(entry.request.messages[-1].content for entry in store.entries())
    finally:
        store.close()


def sent(server: Loopback) -> Counter[str]:
    return Counter(map(prompt_of, server.bodies))


def args(server: Loopback, command: str, folder: Path) -> list[object]:
    return ["explore", command, folder, *OPTIONS[command], "--model", "openai:gpt-4o-mini", "--base-url", server.url,
            "--concurrency", CONCURRENCY, "--budget", 5]  # fmt: skip


def kill_often(server: Loopback, command: str, folder: Path, asked: Counter[str], dice: Random) -> int:
    """Kill a command over and over; returns how many of the kills hit it at work."""
    # So that all of them together cannot let it come to its end, however fast the machine.
    hits, step = 0, asked.total() // KILLS[command]
    for kill in range(KILLS[command]):
        known = stored(folder)
        server.bodies.clear()
        # Some at a moment of the work, some at any moment: start-up, replay, saving.
        after = dice.randrange(1, step) if kill % 4 else 0
        moment = time.monotonic() + (60 if after else dice.uniform(0.2, 0.8))
        with start(*args(server, command, folder), stdout=None, stderr=None) as process:
            while process.poll() is None and time.monotonic() < moment and len(server.bodies) < (after or step):
                time.sleep(0.001)
            hits += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(0.02)  # what was on its way to the server arrives
        now = sent(server)
        # The same text may be asked twice where the same examples are drawn twice, but no oftener than undisturbed.
        assert not now - (asked - known), "a stored request was sent again"
        in_flight = now - (stored(folder) - known)
        assert in_flight.total() <= CONCURRENCY, f"kill {kill}: {in_flight.total()} requests were sent and not stored"
    return hits


def test_killed_at_20_moments(tmp_path: Path) -> None:
    dice = Random(20)
    beginning = found(tmp_path / "beginning").path
    with Loopback(behaviour(moody), latency=0.006) as server:
        calm, killed = tmp_path / "calm", tmp_path / "killed"
        for path in (calm, killed):
            shutil.copytree(beginning, path)
        hits = 0
        for command in OPTIONS:
            server.bodies.clear()
            done = tunesmith(*args(server, command, calm))
            assert done.returncode == 0, done.stderr
            asked, before = sent(server), stored(killed)
            assert asked.total() > 100
            hits += kill_often(server, command, killed, asked, dice)
            assert written(killed) != written(calm), "the kills came too late to hit the work"
            known = stored(killed) - before
            server.bodies.clear()
            done = tunesmith(*args(server, command, killed))
            assert done.returncode == 0, done.stderr
            assert sent(server) == asked - known
            assert written(killed) == written(calm)
    assert hits >= 20
    assert len(tree_in(killed).tasks()) > 40
    assert stored(killed) == stored(calm)
