"""Whatever goes wrong: one sentence, the right exit status, a folder that goes on, and no key anywhere."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.runner import environment, one_sentence, start, tunesmith
from tests.loopback import Loopback, well_behaved

ROWS = [{"instruction": f"Question {n}?"} for n in range(60)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(ROWS))
    return path


def run_args(server: Loopback, source: Path, folder: Path, *more: object) -> list[object]:
    return ["run", "expertllama", "--input", source, "--model", "openai:gpt-4o-mini", "--base-url", server.url,
            "--output", folder, "--concurrency", 4, *more]  # fmt: skip


def goes_on(server: Loopback, source: Path, folder: Path, *more: object) -> None:
    """The same command, with the trouble mended, finishes and sends nothing twice that was answered."""
    server.behaviour, server.latency = well_behaved, 0.0
    done = tunesmith(*run_args(server, source, folder, *more))
    assert done.returncode == 0, done.stderr
    assert json.loads((folder / "manifest.json").read_text())["status"] == "finished"
    assert len((folder / "data" / "train.jsonl").read_text().splitlines()) == 60
    assert max(server.answered.values()) == 1
    assert len(server.answered) == 120


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": {"message": "Incorrect API key provided: sk-test-key"}}, "check the key in the environment"),
        (404, {"error": {"message": "The model `gpt-4o-mini` does not exist"}}, "check the model's name"),
    ],
)
def test_a_wrong_key_and_a_wrong_model(
    server: Loopback, source: Path, tmp_path: Path, status: int, body: Any, words: str
) -> None:
    async def refuse(_: Any, nth: int, request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    server.behaviour = refuse
    done = tunesmith(*run_args(server, source, tmp_path / "run"))
    assert done.returncode == 1
    assert words in one_sentence(done)
    assert "sk-test-key" not in done.stderr
    assert "the same command again" not in done.stdout
    goes_on(server, source, tmp_path / "run")


def test_an_unreachable_host(server: Loopback, source: Path, tmp_path: Path) -> None:
    args = run_args(server, source, tmp_path / "run")
    args[args.index(server.url)] = "http://127.0.0.1:9/v1"
    done = tunesmith(*args)
    assert done.returncode == 1
    assert "nothing listens there" in one_sentence(done)
    goes_on(server, source, tmp_path / "run")


def test_a_spent_budget(server: Loopback, source: Path, tmp_path: Path) -> None:
    done = tunesmith(*run_args(server, source, tmp_path / "run", "--price", "100,400", "--budget", "4"))
    assert done.returncode == 1
    assert "the budget of $4 is spent" in one_sentence(done)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert 0 < manifest["paid"]["cost"] <= 4
    assert manifest["paid"]["replies"] == len(server.bodies)
    goes_on(server, source, tmp_path / "run", "--price", "100,400", "--budget", "400")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for about a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(server: Loopback, source: Path, small_disk: Path, tmp_path: Path) -> None:
    folder, ballast = small_disk / "run", small_disk / "ballast"
    ballast.write_bytes(b"x" * 700_000)
    done = tunesmith(*run_args(server, source, folder))
    assert done.returncode == 1, done.stderr
    message = one_sentence(done)
    assert "full" in message or "No space" in message
    answered = set(server.answered)
    ballast.unlink()
    shutil.move(folder, tmp_path / "moved")
    server.answered.clear()
    goes_on_after_full_disk(server, source, tmp_path / "moved", answered)


def goes_on_after_full_disk(server: Loopback, source: Path, folder: Path, answered: set[str]) -> None:
    done = tunesmith(*run_args(server, source, folder))
    assert done.returncode == 0, done.stderr
    again = set(server.answered) & answered
    assert len(again) <= 8, "only what was in flight or could not be written is asked again"
    assert len(answered | set(server.answered)) == 120


def test_a_folder_that_cannot_be_written(server: Loopback, source: Path, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() == 0:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", str(place)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip("cannot mount a read-only file system")
    else:
        place.chmod(0o500)
    try:
        done = tunesmith(*run_args(server, source, place / "run"))
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", "-l", str(place)], check=True)
    assert done.returncode == 2
    assert "cannot write" in one_sentence(done)
    assert "another --output" in done.stderr
    assert not server.bodies


def test_a_run_folder_that_has_become_read_only(server: Loopback, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert tunesmith(*run_args(server, source, folder, "--limit", 5)).returncode == 0
    command = ["mount", "--bind", str(folder), str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may make a folder read-only for itself")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
    try:
        sent = len(server.bodies)
        done = tunesmith(*run_args(server, source, folder))
        assert tunesmith("show", folder, "--row", "0").returncode == 0, "looking is still possible"
        assert tunesmith("store", "show", folder).returncode == 0
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
    assert done.returncode in (1, 2)
    assert "ead-only" in one_sentence(done)
    assert len(server.bodies) == sent
    goes_on(server, source, folder)


def wait_for(condition: Any, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_ctrl_c_once_waits_for_what_is_paid_for(server: Loopback, source: Path, tmp_path: Path) -> None:
    server.latency = 0.4
    with start(*run_args(server, source, tmp_path / "run")) as process:
        wait_for(lambda: len(server.bodies) >= 10)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "answers in flight, waited for: 4" in err
    assert "stopped by Ctrl-C" in err
    assert "Traceback" not in err
    sent = len(server.bodies)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["paid"]["replies"] == sent == server.answered.total()
    assert manifest["status"] == "stopped"
    goes_on(server, source, tmp_path / "run")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_twice_stops_at_once(server: Loopback, source: Path, tmp_path: Path, number: signal.Signals) -> None:
    async def stall(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        if len(server.bodies) > 8:
            import asyncio

            await asyncio.sleep(60)
        return await well_behaved(body, nth, request)

    server.behaviour = stall
    with start(*run_args(server, source, tmp_path / "run")) as process:
        wait_for(lambda: server.in_flight == 4)
        process.send_signal(number)
        time.sleep(0.5)
        assert process.poll() is None, "it waits for what is in flight"
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "everything stored so far is kept" in err
    assert "Traceback" not in err
    goes_on(server, source, tmp_path / "run")


def test_no_key_anywhere(server: Loopback, source: Path, tmp_path: Path) -> None:
    """Plant a key, let everything happen that may print one, and search all that is left behind."""
    key = "sk-planted-4711-do-not-leak"

    async def talkative(body: Any, nth: int, request: web.Request) -> web.StreamResponse:
        said = {"error": {"message": f"bad request with {request.headers['Authorization']}"}}
        number = len(server.bodies)
        if number % 7 == 3:
            return web.json_response(said, status=500)
        if number % 7 == 5:
            return web.json_response(said, status=400)
        if number > 90:
            return web.json_response(said, status=401)
        return await well_behaved(body, nth, request)

    server.behaviour = talkative
    folder = tmp_path / "run"
    with start(*run_args(server, source, folder), env=environment(OPENAI_API_KEY=key)) as process:
        wait_for(lambda: len(server.bodies) > 5)
        command_line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert server.headers[0]["Authorization"] == f"Bearer {key}"
    shown = tunesmith("show", folder, "--dropped").stdout + tunesmith("show", folder).stdout
    left = [out.encode(), err.encode(), shown.encode(), command_line]
    left += [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert len(left) > 8
    assert b"[key]" in b"".join(left), "the messages did pass through here"
    for text in left:
        assert key.encode() not in text
