"""Several teachers from the command line."""

import json
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner

from tests.cli.runner import one_sentence, start, tunesmith
from tests.loopback import Loopback
from tests.recipes.test_teachers import AskAll
from tunesmith.cli.steps import _command
from tunesmith.steps import STEPS

RECIPE = "name: together\nsteps: [{step: tests.recipes.test_teachers.AskAll, name: join}]"
ROWS = [{"instruction": f"Question {n}?"} for n in range(60)]


@pytest.fixture
def other() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    (tmp_path / "r.yaml").write_text(RECIPE)
    (tmp_path / "prices.yaml").write_text("models: {openai:a: [1, 2], openai:b: [10, 20]}")
    return tmp_path


def args(folder: Path, *more: object) -> list[object]:
    return ["run", folder / "r.yaml", "--input", folder / "rows.json", "--output", folder / "run", *more]


def models(*servers: Loopback) -> list[str]:
    """Settings that name the models ``a``, ``b`` ... at these addresses."""
    named = [f"openai:{name}@{one.url}" for name, one in zip("ab", servers, strict=False)]
    return ["--set", f"join.models={','.join(named)}"]


def test_each_model_at_its_own_address_and_price(server: Loopback, other: Loopback, folder: Path) -> None:
    done = tunesmith(*args(folder, *models(server, other), "--prices", folder / "prices.yaml", "--budget", 5))
    assert done.returncode == 0, done.stderr
    assert ({b["model"] for b in server.bodies}, {b["model"] for b in other.bodies}) == ({"a"}, {"b"})
    assert re.search(r"taught by openai:a, openai:b; paid for in this run: 120 replies, .* \$0\.\d{4};", done.stdout)
    story = tunesmith("show", folder / "run", "--row", 7).stdout
    assert "request 1 to openai:a (" in story
    assert "request 2 to openai:b (" in story
    told = json.loads(tunesmith("store", "show", folder / "run", "--json").stdout)
    assert sorted((t["teacher"], t["endpoint"], t["replies"]) for t in told) == [
        ("openai:a", server.url, 60),
        ("openai:b", other.url, 60),
    ]
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    del manifest["teachers"]
    manifest["teacher"] = {"name": "openai:old", "endpoint": "", "price": {"input": 0, "output": 0, "source": ""}}
    (folder / "run" / "manifest.json").write_text(json.dumps(manifest))
    assert "taught by openai:old; " in tunesmith("show", folder / "run").stdout


def test_a_dry_run_with_two_teachers(server: Loopback, other: Loopback, folder: Path) -> None:
    more = [*models(server, other), "--dry-run"]
    done = tunesmith(*args(folder, *more, "--prices", folder / "prices.yaml"))
    assert done.returncode == 0, done.stderr
    assert re.search(r"join +openai:a +60 .*\njoin +openai:b +60 ", done.stdout)
    assert re.search(r"at most \$\d\.\d\d\n +openai:a: \$1\.00 in, .*\n +openai:b: \$10\.00 in, ", done.stdout)
    (folder / "prices.yaml").write_text("models: {openai:a: [1, 2]}")
    half = tunesmith(*args(folder, *more, "--prices", folder / "prices.yaml")).stdout
    assert "cost: unknown; no price is known for openai:b (give" in half
    both = json.loads(tunesmith(*args(folder, *more, "--price", "1,1", "--json")).stdout)
    assert [step["teacher"] for step in both["steps"]] == ["openai:a", "openai:b"]
    assert both["cost"] > 0
    assert not server.bodies
    assert not other.bodies


def test_wrong_calls_cost_nothing(server: Loopback, other: Loopback, folder: Path) -> None:
    priced = ["--prices", folder / "prices.yaml"]
    (folder / "prices.yaml").write_text("models: {openai:a: [1, 2]}")
    wrong: list[tuple[list[object], str]] = [
        ([*models(server, other), *priced, "--budget", 1], "the price of openai:b is not known"),
        (["--set", "join.models=openai:a,llama"], "'llama' names no model"),
        (["--set", "join.models=openai:a@http://me:pw@h/v1"], "environment"),
        ([], "give --model"),
    ]
    for more, words in wrong:
        done = tunesmith(*args(folder, *more))
        assert done.returncode == 2
        assert words in one_sentence(done)
        assert "pw" not in done.stderr
    assert not server.bodies + other.bodies
    assert not (folder / "run").exists()


def test_base_url_is_for_the_names_without_an_address(server: Loopback, other: Loopback, folder: Path) -> None:
    named = f"openai:plain,openai:b@{other.url}"
    done = tunesmith(*args(folder, "--set", f"join.models={named}", "--base-url", server.url))
    assert done.returncode == 0, done.stderr
    assert "cost unknown (no price is known for openai:plain, openai:b)" in done.stdout
    assert (len(server.bodies), len(other.bodies)) == (60, 60)


def test_base_url_is_not_for_two_providers_at_once(server: Loopback, folder: Path) -> None:
    base = ["--base-url", server.url]
    done = tunesmith(*args(folder, "--set", "join.models=openai:a,anthropic:b", *base))
    assert done.returncode == 2
    assert "--base-url cannot be for anthropic and openai at once; give each its own address, NAME@URL" in (
        one_sentence(done)
    )
    assert not server.bodies
    (folder / "s.yaml").write_text("replies: [{reply: as written}]")
    done = tunesmith(*args(folder, "--set", f"join.models=openai:a,scripted:{folder / 's.yaml'}", *base))
    assert done.returncode == 0, done.stderr
    assert len(server.bodies) == 60


def test_a_recipe_cannot_have_the_key_sent_to_an_address_of_its_own(
    server: Loopback, other: Loopback, folder: Path
) -> None:
    key: dict[str, Any] = {f"TUNESMITH_KEY_127_0_0_1_{other.port}": "sk-own"}
    done = tunesmith(*args(folder, *models(server, other), "--limit", 2), **key)
    assert done.returncode == 0, done.stderr
    assert not any("Authorization" in headers for headers in server.headers)
    assert {headers["Authorization"] for headers in other.headers} == {"Bearer sk-own"}


def test_a_killed_run_of_two_teachers_goes_on(server: Loopback, other: Loopback, folder: Path) -> None:
    server.latency = other.latency = 0.02
    call = args(folder, *models(server, other), "--prices", folder / "prices.yaml", "--budget", 5, "--concurrency", 2)
    with start(*call, stdout=None, stderr=None) as process:
        while process.poll() is None and len(server.bodies) < 20:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
    shown = tunesmith("show", folder / "run").stdout
    assert "(60 rows): killed" in shown
    assert "taught by openai:a, openai:b; " in shown
    done = tunesmith(*call)
    assert done.returncode == 0, done.stderr
    assert 60 <= len(server.bodies) <= 62
    assert 60 <= len(other.bodies) <= 62
    manifest = json.loads((folder / "run" / "manifest.json").read_text())
    assert manifest["paid"]["replies"] == 120
    assert manifest["paid"]["unconfirmed"] > 0


class AskAllByName(AskAll):
    """Asks every model."""

    step: Literal["ask_all"] = "ask_all"  # type: ignore[assignment]


def test_a_list_as_an_option_of_a_steps_command(
    server: Loopback, other: Loopback, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STEPS, "ask_all", AskAllByName)
    command = _command("ask_all", AskAllByName)
    shown = CliRunner().invoke(command, ["--help"]).output
    assert "--models A,B" in shown
    call = [str(folder / "rows.json"), "-o", str(folder / "o.jsonl"), "--models"]
    done = CliRunner().invoke(command, [*call, f"openai:a@{server.url}, openai:b@{other.url}", "--concurrency", "4"])
    assert done.exit_code == 0, done.output
    assert (len(server.bodies), len(other.bodies)) == (60, 60)
