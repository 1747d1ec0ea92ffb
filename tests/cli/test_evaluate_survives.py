"""A whole evaluation as a process: killed at many moments and gone on with, and within its budget."""

import json
import signal
import time
from pathlib import Path

import pytest
from aiohttp import web

from tests.cli.runner import one_sentence, start, tunesmith
from tests.judges import choice_in_many_styles, in_many_styles, pair_in, worth
from tests.loopback import Json, Loopback, canned, completion, prompt_of

KILLS, CONCURRENCY = 8, 8


async def models_and_judge(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    """Models in their own words; a judge with many styles, swayed by place, that garbles one reply in six."""
    prompt = prompt_of(body)
    shown = pair_in(prompt)
    if not shown:
        return web.json_response(completion(canned(body), body))
    mark = len(prompt) + len(body["messages"])
    if mark % 6 == 0:
        return web.json_response(completion("somewhere from 7 to 9", body))
    first, second = worth(shown[0]) + 1, worth(shown[1])
    write = choice_in_many_styles if body["model"] == "chooser" else in_many_styles
    return web.json_response(completion(write(first, second, mark), body))


@pytest.fixture
def questions(shared: Path) -> str:
    return f"testset:vicuna={shared / 'fastchat' / 'question.jsonl'}"


def command(server: Loopback, questions: str, folder: Path, *more: object) -> list[object]:
    return ["run", "evaluate", "--input", questions, "--output", folder, "--base-url", server.url,
            "--set", "candidates.models=ours=openai:ours,theirs=openai:theirs", "--set", "judge.models=openai:judge",
            "--concurrency", CONCURRENCY, "--price", "1,1", *more]  # fmt: skip


def test_killed_at_many_moments_and_gone_on_with(questions: str, tmp_path: Path) -> None:
    with Loopback(models_and_judge, latency=0.02) as server:
        done = tunesmith(*command(server, questions, tmp_path / "calm"))
        assert done.returncode == 0, done.stderr
        calm = len(server.bodies)
        folder, total = tmp_path / "killed", 0
        for kill in range(KILLS):
            server.bodies.clear()
            with start(*command(server, questions, folder), stdout=None, stderr=None) as process:
                until = time.monotonic() + 60
                while process.poll() is None and len(server.bodies) < 10 + 4 * kill and time.monotonic() < until:
                    time.sleep(0.002)
                process.send_signal(signal.SIGKILL)
                process.wait()
            total += len(server.bodies)
        assert total < calm, "the kills came too late to hit the work"
        server.bodies.clear()
        done = tunesmith(*command(server, questions, folder))
        assert done.returncode == 0, done.stderr
        total += len(server.bodies)
    # each of three teachers may have had so many in flight
    assert total <= calm + KILLS * 3 * CONCURRENCY, "more was sent again than can have been in flight"
    made = {path.name for path in (tmp_path / "calm" / "data").iterdir()}
    assert made >= {"verdict.html", "verdict.json", "outcomes.svg", "relative.svg", "judge_scores.svg"}
    for name in ("ledger.jsonl", *(f"data/{name}" for name in sorted(made - {"README.md"}))):
        assert (folder / name).read_bytes() == (tmp_path / "calm" / name).read_bytes(), name
    unread = [
        verdict
        for line in (folder / "data" / "train.jsonl").read_text().splitlines()
        for verdict in json.loads(line)["verdicts"]
        if "unreadable" in verdict
    ]
    assert unread
    assert all(len(verdict["replies"]) == 3 for verdict in unread)


def test_a_dry_run_tells_what_is_sent_and_a_budget_holds(questions: str, tmp_path: Path) -> None:
    async def brief(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        shown = pair_in(prompt_of(body))
        text = f"{worth(shown[0])} {worth(shown[1])}" if shown else canned(body)
        return web.json_response(completion(text, body))

    with Loopback(brief) as server:
        told = tunesmith(*command(server, questions, tmp_path / "run", "--dry-run", "--json"))
        assert told.returncode == 0, told.stderr
        foretold = json.loads(told.stdout)
        assert [step["requests"] for step in foretold["steps"]] == [80, 80, 160]
        assert not server.bodies
        budget = 0.04
        stopped = tunesmith(*command(server, questions, tmp_path / "run", "--budget", budget))
        assert stopped.returncode == 1
        assert "budget" in one_sentence(stopped)
        spent = json.loads((tmp_path / "run" / "manifest.json").read_text())["paid"]
        assert 0 < spent["cost"] + spent["unconfirmed"] <= budget
        first = len(server.bodies)
        assert 0 < first < 320
        done = tunesmith(*command(server, questions, tmp_path / "run", "--budget", 50))
        assert done.returncode == 0, done.stderr
        assert len(server.bodies) == 320, "something was asked twice"
    paid = json.loads((tmp_path / "run" / "manifest.json").read_text())["paid"]
    assert paid["cost"] <= foretold["most"]
