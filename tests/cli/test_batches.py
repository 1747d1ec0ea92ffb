"""`--batch` from the command line: a process killed at every stage pays nothing twice and loses no finished answer."""

import json
import random
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.batch_server import BatchServer, Json, Outcome, always
from tests.cli.runner import environment, one_sentence, start, tunesmith

BOTH = pytest.mark.parametrize("api", ["openai", "anthropic"])
ROWS = 60


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer(key="sk-test-key") as one:
        yield one


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{"instruction": f"Explain matter {n} in a sentence."} for n in range(ROWS)]))
    return path


def args(server: BatchServer, api: str, source: Path, folder: Path, *more: object) -> list[object]:
    return ["run", "expertllama", "--input", source, "--model", f"{api}:m", "--base-url", server.url(api),
            "--output", folder, "--price", "1,2", "--budget", 5, "--batch", "--poll", 0.05, "--batch-grace", 0.3,
            *more]  # fmt: skip


ENV: dict[str, Any] = {"ANTHROPIC_API_KEY": "sk-test-key"}


def outcome(folder: Path) -> dict[str, bytes]:
    names = ["ledger.jsonl", "data/train.jsonl", *(f"steps/{path.name}" for path in (folder / "steps").iterdir())]
    return {name: (folder / name).read_bytes() for name in sorted(names)}


def paid(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())["paid"]
    return found


def kill_at(server: BatchServer, stage: str, stall: bool, command: list[object]) -> bool:
    """Start a process and kill it when it has reached a stage, with the answer still to come if ``stall``.

    Returns:
        Whether it was still at work.
    """
    wanted = server.stages.count(stage) + 1
    server.stall = {stage: wanted} if stall else {}
    with start(*command, stdout=None, stderr=None, env=environment(**ENV)) as process:
        # One that was killed late may have left nothing to do, so that the next ends before it gets there.
        while server.stages.count(stage) < wanted and process.poll() is None:
            time.sleep(0.005)
        assert not stall or process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    server.stall = {}
    return process.returncode == -signal.SIGKILL


STAGES = [
    ("upload", True),  # the file is on its way
    ("uploaded", False),
    ("create", True),  # the call has arrived, and no batch was begun
    ("created", True),  # a batch was begun, and the process never heard of it
    ("created", False),
    ("look", True),
    ("look", False),
    ("content", True),
    ("half", True),  # half of the results are out
    ("results", False),
]


@BOTH
@pytest.mark.parametrize(("stage", "stall"), STAGES)
def test_killed_at_every_stage(
    server: BatchServer, source: Path, tmp_path: Path, api: str, stage: str, stall: bool
) -> None:
    if api == "anthropic" and stage.startswith("upload"):
        pytest.skip("Anthropic's requests go along with the call that begins a batch")
    calm, folder = tmp_path / "calm", tmp_path / "killed"
    done = tunesmith(*args(server, api, source, calm), **ENV)
    assert done.returncode == 0, done.stderr
    assert sum(server.charged.values()) == 2 * ROWS
    dollars = server.dollars
    server.reset()
    command = args(server, api, source, folder)
    # At the first batch; then once more there, or at the one of the second step.
    kills = [kill_at(server, stage, stall, command) for _ in range(2 if stage in ("uploaded", "created") else 3)]
    assert kills[0]
    assert all(kills) or not stall
    done = tunesmith(*command, **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}, "a request was charged twice"
    assert len(server.charged) == 2 * ROWS
    for name, content in outcome(calm).items():
        assert (folder / name).read_bytes() == content, name
    assert paid(folder)["cost"] == pytest.approx(dollars) == pytest.approx(server.dollars)
    assert paid(folder)["unconfirmed"] == 0
    assert "held" not in paid(folder)


@BOTH
def test_stopped_by_ctrl_c_it_says_what_is_at_the_provider(
    server: BatchServer, source: Path, tmp_path: Path, api: str
) -> None:
    server.looks = 10**9
    command = args(server, api, source, tmp_path / "run")
    with start(*command, env=environment(**ENV)) as process:
        server.reached("look", 2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"! {ROWS} requests are at the provider; the same command collects them" in said
    assert "stopped by Ctrl-C; everything so far is kept" in said
    assert f"stopping; requests at the provider, collected by the same command: {ROWS}" in said
    server.looks = 2
    done = tunesmith(*command, **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}
    assert f"batch batch_1 {'completed' if api == 'openai' else 'ended'}: {ROWS} replies" in done.stderr


@BOTH
@pytest.mark.parametrize("stage", ["created", "half"])
def test_ctrl_c_twice_at_a_bad_moment(server: BatchServer, source: Path, tmp_path: Path, api: str, stage: str) -> None:
    """Once waits for the id of a batch that was just begun; twice does not, and it is looked for the next time."""
    command = args(server, api, source, tmp_path / "run")
    server.stall = {stage: 1}
    with start(*command, env=environment(**ENV)) as process:
        server.reached(stage)
        process.send_signal(signal.SIGINT)
        if stage == "created":
            time.sleep(0.5)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    server.stall = {}
    done = tunesmith(*command, **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}
    assert paid(tmp_path / "run")["cost"] == pytest.approx(server.dollars)


def test_an_uploaded_file_that_is_gone_is_uploaded_again(server: BatchServer, source: Path, tmp_path: Path) -> None:
    command = args(server, "openai", source, tmp_path / "run")
    kill_at(server, "create", True, command)
    server.files.clear()
    done = tunesmith(*command, **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}


def pending(server: BatchServer, api: str, source: Path, folder: Path) -> None:
    """A run whose first step is at the provider."""
    looks, server.looks = server.looks, 10**9
    with start(*args(server, api, source, folder), stdout=None, stderr=None, env=environment(**ENV)) as process:
        server.reached("look", 2)  # what the first one told is in the book by then
        process.send_signal(signal.SIGKILL)
        process.wait()
    server.looks = looks


@BOTH
def test_without_batch_a_pending_run_is_refused_and_told_the_ways_out(
    server: BatchServer, source: Path, tmp_path: Path, api: str
) -> None:
    folder = tmp_path / "run"
    pending(server, api, source, folder)
    before = (folder / "manifest.json").read_bytes()
    command = [arg for arg in args(server, api, source, folder) if arg != "--batch"]
    done = tunesmith(*command, **ENV)
    assert done.returncode == 2
    said = one_sentence(done)
    assert f"{ROWS} requests of this run are in 1 batch at a provider and would be paid for twice" in said
    assert f"give --batch to collect them, or cancel them with `tunesmith batches {folder} --cancel`" in said
    assert (folder / "manifest.json").read_bytes() == before


@BOTH
def test_batches_are_listed_cancelled_and_what_was_finished_is_collected(
    server: BatchServer, source: Path, tmp_path: Path, api: str
) -> None:
    folder, env = tmp_path / "run", {f"{api.upper()}_BASE_URL": server.url(api), **ENV}
    pending(server, api, source, folder)
    (told,) = json.loads(tunesmith("batches", folder, "--json").stdout)
    assert (told["id"], told["requests"], told["waited_for"], told["open"]) == ("batch_1", ROWS, ROWS, True)
    assert told["held"] == pytest.approx(json.loads(tunesmith("show", folder, "--json").stdout)["paid"]["held"])
    shown = tunesmith("batches", folder).stdout
    assert re.search(rf"batch_1 +{api}:m +in_progress +{ROWS} +0 +\$0\.\d{{4}} +\d{{4}}-", shown), shown

    def half(body: Json, key: str, nth: int) -> Outcome:
        return always(body, key, nth) if int(key, 16) % 2 else Outcome("cancelled")

    server.outcome, server.looks = half, 10**9
    done = tunesmith("batches", folder, "--cancel", "--poll", 0.05, **env)
    assert done.returncode == 0, done.stderr
    assert re.search(r"batch_1 +openai:m +collected|batch_1 +anthropic:m +collected", done.stdout)
    assert "cancel" in server.stages
    finished = sum(server.charged.values())
    assert 0 < finished < ROWS
    assert paid(folder)["replies"] == finished
    assert paid(folder)["cost"] == pytest.approx(server.dollars)
    assert "held" not in paid(folder)
    server.outcome, server.looks = always, 2
    done = tunesmith(*args(server, api, source, folder), **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}
    assert paid(folder)["cost"] == pytest.approx(server.dollars)


@BOTH
def test_a_batch_that_ends_before_it_can_be_cancelled_is_collected(
    server: BatchServer, source: Path, tmp_path: Path, api: str
) -> None:
    pending(server, api, source, tmp_path / "run")
    server.late_cancel, server.looks = True, 10**9
    done = tunesmith("batches", tmp_path / "run", "--cancel", "--base-url", server.url(api), "--poll", 0.05, **ENV)
    assert done.returncode == 0, done.stderr
    assert paid(tmp_path / "run")["replies"] == ROWS
    assert paid(tmp_path / "run")["cost"] == pytest.approx(server.dollars)


@BOTH
def test_killed_at_any_moment(server: BatchServer, source: Path, tmp_path: Path, api: str) -> None:
    """Some moments are of a stage, some of the clock; half of the requests expire once."""
    dice = random.Random(f"batches {api}")
    server.ends, server.looks = "expired", 3
    server.outcome = lambda body, key, nth: (
        Outcome("expired") if nth == 0 and int(key, 16) % 2 else always(body, key, nth)
    )
    command = args(server, api, source, tmp_path / "run")
    for _ in range(12):
        stages = len(server.stages)
        more = dice.randrange(1, 9)
        moment = time.monotonic() + dice.uniform(0.6, 1.6)
        with start(*command, stdout=None, stderr=None, env=environment(**ENV)) as process:
            while process.poll() is None and time.monotonic() < moment and len(server.stages) < stages + more:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
    done = tunesmith(*command, **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}, "a request was charged twice"
    assert len(server.charged) == 2 * ROWS
    assert paid(tmp_path / "run")["cost"] == pytest.approx(server.dollars)
    assert paid(tmp_path / "run")["unconfirmed"] == 0
    assert len((tmp_path / "run" / "data" / "train.jsonl").read_text().splitlines()) == ROWS


@BOTH
def test_a_key_goes_to_an_address_from_a_file_only_if_the_user_names_it(
    server: BatchServer, source: Path, tmp_path: Path, api: str
) -> None:
    folder = tmp_path / "run"
    pending(server, api, source, folder)
    server.headers.clear()
    done = tunesmith("batches", folder, "--cancel", "--poll", 0.05, **ENV)
    assert done.returncode == 1
    assert "401" in one_sentence(done)
    assert not any("sk-test-key" in str(headers) for headers in server.headers)
    done = tunesmith("batches", folder, "--cancel", "--poll", 0.05, "--base-url", server.url(api), **ENV)
    assert done.returncode == 0, done.stderr
    assert paid(folder)["replies"] == ROWS


@BOTH
def test_what_is_lost_can_be_given_up(server: BatchServer, source: Path, tmp_path: Path, api: str) -> None:
    folder = tmp_path / "run"
    pending(server, api, source, folder)
    server.batches.clear()
    done = tunesmith(*args(server, api, source, folder), **ENV)
    assert done.returncode == 1
    assert "does not know the batch batch_1" in one_sentence(done)
    assert "`tunesmith batches FOLDER --forget` gives up what is lost" in one_sentence(done)
    held = json.loads((folder / "manifest.json").read_text())["paid"]["held"]
    assert tunesmith("batches", folder, "--forget").returncode == 0
    assert paid(folder)["unconfirmed"] == pytest.approx(held)
    done = tunesmith(*args(server, api, source, folder), **ENV)
    assert done.returncode == 0, done.stderr


@BOTH
def test_only_what_is_lost_or_named_is_given_up(server: BatchServer, source: Path, tmp_path: Path, api: str) -> None:
    folder = tmp_path / "run"
    command = args(server, api, source, folder, "--batch-most", ROWS // 2)
    server.looks = 10**9
    with start(*command, stdout=None, stderr=None, env=environment(**ENV)) as process:
        server.reached("look", 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = tunesmith("batches", folder, "--forget")
    assert done.returncode == 2
    assert "no batch is known to be lost" in one_sentence(done)
    done = tunesmith("batches", folder, "--forget", "batch_9")
    assert done.returncode == 2
    assert "nothing of this run is waited for in a batch batch_9" in one_sentence(done)
    assert tunesmith("batches", folder, "batch_1").returncode == 2
    lost = server.batches.pop("batch_1")
    server.looks = 2
    done = tunesmith(*command, **ENV)
    assert done.returncode == 1
    assert "does not know the batch batch_1" in one_sentence(done)
    assert len(server.charged) == ROWS // 2, "the other is collected all the same"
    assert tunesmith("batches", folder, "--forget").returncode == 0
    states = {one["id"]: one["state"] for one in json.loads(tunesmith("batches", folder, "--json").stdout)}
    assert states == {"batch_1": "not taken", "batch_2": "collected"}
    done = tunesmith(*command, **ENV)
    assert done.returncode == 0, done.stderr
    assert set(server.charged.values()) == {1}
    assert lost.items.keys() <= server.charged.keys()


@BOTH
def test_a_batch_is_given_up_by_its_name(server: BatchServer, source: Path, tmp_path: Path, api: str) -> None:
    pending(server, api, source, tmp_path / "run")
    held = json.loads(tunesmith("show", tmp_path / "run", "--json").stdout)["paid"]["held"]
    assert tunesmith("batches", tmp_path / "run", "batch_1", "--forget").returncode == 0
    assert paid(tmp_path / "run")["unconfirmed"] == pytest.approx(held)
    assert "held" not in paid(tmp_path / "run")


@BOTH
def test_what_was_given_up_is_looked_for_again_and_can_be_cancelled(
    server: BatchServer, source: Path, tmp_path: Path, api: str
) -> None:
    """The batch is in no list until the run has stopped for want of money."""
    server.fail["created"], server.lag = [(500, {})], 10**9
    folder = tmp_path / "run"
    price = json.loads(tunesmith(*args(server, api, source, folder), "--dry-run", "--json").stdout)["most"]
    command = [*args(server, api, source, folder), "--budget", price / 2]
    done = tunesmith(*command, **ENV)
    assert done.returncode in (0, 1)
    assert len(server.batches) <= 2
    assert server.most_at_risk <= price / 2
    server.lag = 0
    done = tunesmith("batches", folder, "--cancel", "--base-url", server.url(api), "--poll", 0.05,
                     "--batch-grace", 0.3, **ENV)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "held" not in paid(folder)
    assert paid(folder)["cost"] == pytest.approx(server.dollars)


def test_a_dry_run_tells_half_the_price_and_a_day_for_each_step(
    server: BatchServer, source: Path, tmp_path: Path
) -> None:
    command = [*args(server, "openai", source, tmp_path / "run"), "--dry-run"]
    told = tunesmith(*command).stdout
    assert "time: up to 48.0 h (a batch may take a day, and 2 are sent one after the other)" in told
    assert "$0.50 in, $1.00 out per million tokens; given on the command line; halved, as batches are" in told
    ordinary = [arg for arg in command if arg != "--batch"]
    halved, whole = (json.loads(tunesmith(*c, "--json").stdout) for c in (command, ordinary))
    assert halved["most"] == pytest.approx(whole["most"] / 2)
    assert not server.batches


def test_the_manifest_and_the_card_say_the_price_of_batches(server: BatchServer, source: Path, tmp_path: Path) -> None:
    done = tunesmith(*args(server, "openai", source, tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["teacher"]["price"]["input"] == 0.5
    card = (tmp_path / "run" / "data" / "README.md").read_text()
    assert f"${server.dollars:.4f}" in card


def test_a_scripted_teacher_has_no_batches(source: Path, tmp_path: Path) -> None:
    done = tunesmith("run", "expertllama", "--input", source, "--model", "scripted:sample", "--batch",
                     "--output", tmp_path / "run")  # fmt: skip
    assert done.returncode == 2
    assert one_sentence(done).startswith("tunesmith: --batch: scripted:sample has no batches")
    assert not (tmp_path / "run").exists()


def test_a_folder_without_batches(source: Path, tmp_path: Path) -> None:
    tunesmith("run", "expertllama", "--input", source, "--model", "scripted:sample", "--output", tmp_path / "run")
    assert tunesmith("batches", tmp_path / "run").stdout == "the run has no batches\n"
    done = tunesmith("batches", tmp_path)
    assert done.returncode == 2
    assert "is not a run folder" in one_sentence(done)
