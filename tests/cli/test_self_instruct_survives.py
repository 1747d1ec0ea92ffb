"""`tunesmith run self-instruct` as a person types it: killed at any moment, it goes on and pays nothing twice."""

import json
import signal
import time
from pathlib import Path

import pytest

from tests.cli.runner import one_sentence, start, tunesmith
from tests.loopback import Loopback
from tests.recipes.self_instruct_teachers import answering, dice, fresh


@pytest.fixture
def teacher(server: Loopback) -> Loopback:
    server.behaviour = answering(lambda lots, body: [fresh(dice(body) if n == 16 else lots) for n in range(17)])
    return server


def command(server: Loopback, folder: Path, *more: str) -> tuple[object, ...]:
    settings = [f"--set=self_instruct.{one}" for one in ("n=300", "own=2", "ahead=6", *more)]
    model = ("--model", "openai:gpt-4o-mini", "--base-url", server.url)
    return ("run", "self-instruct", *model, "--output", folder, *settings)


@pytest.mark.parametrize("moment", [1, 5, 12, 18])
def test_killed_and_gone_on(teacher: Loopback, tmp_path: Path, moment: int) -> None:
    whole = tunesmith(*command(teacher, tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    asked = set(map(json.dumps, teacher.bodies))
    assert len(asked) == len(teacher.bodies) > 18
    teacher.bodies.clear()
    teacher.answered.clear()
    teacher.latency = 0.05
    with start(*command(teacher, tmp_path / "cut")) as process:
        deadline = time.monotonic() + 60
        while sum(teacher.answered.values()) < moment and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    teacher.latency = 0
    on_their_way = 6  # answered by the server, and lost with the process before they were stored
    gone_on = tunesmith(*command(teacher, tmp_path / "cut"))
    assert gone_on.returncode == 0, gone_on.stderr
    assert set(map(json.dumps, teacher.bodies)) == asked
    assert len(teacher.bodies) <= len(asked) + on_their_way
    for file in ("data/train.jsonl", "ledger.jsonl", "data/similarity.svg"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_what_it_will_take_is_told_beforehand(teacher: Loopback, tmp_path: Path) -> None:
    told = tunesmith(*command(teacher, tmp_path / "run"), "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "34" in told.stdout.splitlines()[1].split()
    assert "nothing was sent" in told.stdout
    assert teacher.bodies == []
    assert not (tmp_path / "run").exists()


def test_a_users_mistake_is_one_sentence(teacher: Loopback, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text(" \n")
    broken = tmp_path / "broken.jinja"
    broken.write_text("{{ wnated }}")
    for setting, said in (
        (f"prompt={empty}", "is empty"),
        (f"prompt={tmp_path / 'no.txt'}", "cannot read the prompt file"),
        (f"classification_prompt={broken}", "there are: examples, wanted"),
        ("threshold=2", "threshold"),
        ("filters.base=klingon", "alpaca"),
        ("filters.min_word=3", "did you mean 'min_words'"),
        ("n=0", "n:"),
    ):
        failed = tunesmith(*command(teacher, tmp_path / "run", setting))
        assert failed.returncode == 2, failed.stderr
        assert said in one_sentence(failed)
    assert teacher.bodies == []
