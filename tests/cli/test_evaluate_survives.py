"""A whole evaluation as a process: killed at many moments and gone on with, and within its budget."""

import json
import signal
import time
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from aiohttp import web

from tests.batch_server import BatchServer, Outcome, said_to
from tests.cli.runner import environment, one_sentence, start, tunesmith
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


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_judged_in_batches_and_killed(api: str, tmp_path: Path) -> None:
    """Some answers and verdicts expire, are refused or cannot be read; a killed run ends as a calm one does."""

    def behave(body: Json, key: str, nth: int) -> Outcome:
        prompt = prompt_of(body)
        mark = crc32(prompt.encode()) % 7
        shown = pair_in(prompt)
        if not shown:
            return (
                Outcome(kind="expired")
                if body["model"] == "mb" and mark == 3
                else Outcome(text=f"{said_to(body)} {body['model']}")
            )
        if mark == 1:
            error = {"error": {"message": "no", "type": "invalid_request_error"}}
            return Outcome(kind="error", status=400, error=error)
        said = f"{worth(shown[0])} {worth(shown[1])}\nThe details count."
        return Outcome(text="8-9, both" if mark == 2 else said)

    rows = [{"id": str(n), "instruction": f"{'Say ' * (n % 9)}what {n} is."} for n in range(20)]
    (tmp_path / "q.json").write_text(json.dumps(rows))
    env: dict[str, Any] = {"ANTHROPIC_API_KEY": "sk-test-key"}
    with BatchServer(key="sk-test-key") as server:
        server.outcome = behave

        def run(folder: str) -> list[object]:
            models = f"candidates.models=a={api}:ma,b={api}:mb"
            return ["run", "evaluate", "--input", tmp_path / "q.json", "--base-url", server.url(api), "--set", models,
                    "--set", f"judge.models={api}:j1,{api}:j2", "--output", tmp_path / folder, "--price", "1,2",
                    "--budget", 5, "--batch", "--poll", 0.05, "--batch-grace", 0.3]  # fmt: skip

        done = tunesmith(*run("calm"), **env)
        assert done.returncode == 0, done.stderr
        server.reset()
        for _ in range(4):
            reached = server.stages.count("created")
            with start(*run("killed"), stdout=None, stderr=None, env=environment(**env)) as process:
                server.reached("created", reached + 1)
                process.send_signal(signal.SIGKILL)
                process.wait()
        done = tunesmith(*run("killed"), **env)
        assert done.returncode == 0, done.stderr
    for name in ("ledger.jsonl", "data/train.jsonl", "data/verdict.json", "data/verdict.html"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes(), name
    judged = [json.loads(line) for line in (tmp_path / "calm" / "data" / "train.jsonl").read_text().splitlines()]
    assert [len(row["verdicts"]) for row in judged] == [4] * 20
    kinds = {
        kind for row in judged for verdict in row["verdicts"] for kind in ("scores", "unreadable") if kind in verdict
    }
    assert kinds == {"scores", "unreadable"}
