"""The recipe ``alpagasus`` on the real data: with a rater on loopback, a scripted one, and ratings that exist."""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from tests.cli.runner import COMMAND, environment
from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.data.files import read_table
from tunesmith.recipes import Plan, Run, ledger_entries, load_recipe, run_recipe
from tunesmith.rows import Row
from tunesmith.teacher import Client, connect

STYLES = ["{}", "Score: {}\nBecause.", "**{}/5**\n\nIt names 2 of 3.", "I'd rate it {} out of 5.", "评分：{}"]


def score_of(text: str) -> float:
    """A score that hangs on the text alone."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 11 / 2


async def rater(body: Json, nth: int, request: web.Request) -> web.Response:
    score = score_of(prompt_of(body))
    return web.json_response(completion(STYLES[int(score * 2) % len(STYLES)].format(score), body))


def alpagasus(source: Path, folder: Path, client: Client | None = None, **settings: Any) -> Run:
    skip = settings.pop("skip", ())
    recipe = load_recipe("alpagasus").change({k.replace("__", "."): v for k, v in settings.items()}, skip)
    return run_recipe(Plan(recipe, str(source), folder), client)


@pytest.fixture
def some(alpaca: list[Row], tmp_path: Path) -> Path:
    path = tmp_path / "some.json"
    path.write_text(json.dumps(alpaca[::200]))
    return path


def test_real_rows_and_a_rater_on_loopback(server: Loopback, some: Path, tmp_path: Path) -> None:
    server.behaviour = rater
    run = alpagasus(some, tmp_path / "run", connect("openai:gpt-4o-mini", server.url), keep__random_twin=True)
    source, kept = json.loads(some.read_text()), list(run.rows())
    assert len(server.bodies) == len(source)
    scores = {prompt: score_of(prompt) for prompt in map(prompt_of, server.bodies)}
    assert len(kept) == sum(score >= 4.5 for score in scores.values()) > 20
    assert all(row["rating"] >= 4.5 for row in kept)
    order = [row["instruction"] for row in source]
    places = [order.index(row["instruction"]) for row in kept]
    assert places == sorted(places)
    fates = [entry["fate"] for entry in ledger_entries(run.folder) if entry["step"] == "keep"]
    assert (fates.count("kept"), len(fates)) == (len(kept), len(source))
    twin = list(read_table(run.folder.data / "random_twin.jsonl"))
    assert len(twin) == len(kept)
    figure = (run.folder.data / "ratings.svg").read_text()
    card = (run.folder.data / "README.md").read_text()
    assert figure.startswith("<svg")
    assert "](ratings.svg)" in card
    assert f"{len(kept):,} of {len(source):,} rows were kept" in card
    assert run.manifest["seeds"] == {"keep": 0}


def test_the_published_choice_comes_out_of_its_list(alpaca: list[Row], shared: Path, tmp_path: Path) -> None:
    chosen = json.loads((shared / "alpagasus" / "kept_indices.json").read_text())["helpfulness_t45"]
    by_id, by_position = tmp_path / "by_id.json", tmp_path / "by_position.json"
    by_id.write_text(json.dumps(dict.fromkeys(map(str, chosen), 4.5)))
    ratings = [0.0] * len(alpaca)
    for place in chosen:
        ratings[place] = 4.5
    by_position.write_text(json.dumps(ratings))
    source = shared / "alpaca" / "alpaca_data.json.xz"
    for file in (by_id, by_position):
        run = alpagasus(source, tmp_path / file.stem, rate__file=str(file))
        kept = [{name: row[name] for name in ("instruction", "input", "output")} for row in run.rows()]
        assert len(kept) == 2022
        assert kept == [alpaca[place] for place in chosen]
        assert run.manifest["inputs"] == {str(file): hashlib.sha256(file.read_bytes()).hexdigest()}
    dropped = run.manifest["steps"][1]["dropped_because"]
    assert dropped == {"rating below 4.5": 52002 - 2022}


def test_ratings_in_a_column_of_the_source(tmp_path: Path) -> None:
    source = tmp_path / "rated.csv"
    source.write_text("instruction,output,score\nA?,a,5\nB?,b,4\nC?,c,\nD?,d,4.5\n")
    run = alpagasus(source, tmp_path / "run", skip=["rate"], keep__column="score")
    assert [row["instruction"] for row in run.rows()] == ["A?", "D?"]


def test_dolly_rows_keep_their_category(shared: Path, tmp_path: Path, server: Loopback) -> None:
    server.behaviour = rater
    some = tmp_path / "dolly.json"
    some.write_text(json.dumps(json.loads((shared / "alpagasus" / "dolly_3k.json").read_text())[:200]))
    run = alpagasus(some, tmp_path / "run", connect("openai:gpt-4o-mini", server.url), keep__share=0.25)
    kept = list(run.rows())
    assert len(kept) == 50
    assert all(row["category"] and "rating" in row for row in kept)


def test_a_file_of_ratings_is_found_from_the_folder_of_the_recipe_and_of_the_run(tmp_path: Path) -> None:
    recipe, source = tmp_path / "recipes" / "mine.yaml", tmp_path / "rows.json"
    recipe.parent.mkdir()
    steps = [{"step": "rate", "file": "r.json"}, {"step": "keep", "best": 1}]
    recipe.write_text(yaml.safe_dump({"name": "mine", "steps": steps}))
    (recipe.parent / "r.json").write_text("[1, 3, 2]")
    source.write_text(json.dumps([{"instruction": name} for name in "abc"]))
    run = run_recipe(Plan(load_recipe(recipe), str(source), tmp_path / "run"), None)
    assert [row["instruction"] for row in run.rows()] == ["b"]
    again = run_recipe(Plan(load_recipe(run.folder.recipe), str(source), tmp_path / "again"), None)
    assert list(again.rows()) == list(run.rows())


def peak_memory(*args: object) -> float:
    """Most megabytes that a command had in use."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    return usage.ru_maxrss / 1024


def test_all_of_alpaca_streams_in_flat_memory(shared: Path, tmp_path: Path) -> None:
    script = tmp_path / "rater.yaml"
    replies = [
        {"when": [word], "reply": reply} for word, reply in (("Name", "3"), ("poem", "No."), ("Generate", "4.5"))
    ]
    script.write_text(yaml.safe_dump({"replies": [*replies, {"reply": "5\nAll is well."}]}))
    source = shared / "alpaca" / "alpaca_data.json.xz"
    common = ["run", "alpagasus", "--input", source, "--model", f"scripted:{script}", "--output"]
    small = peak_memory(*common, tmp_path / "small", "--limit", 5200)
    large = peak_memory(*common, tmp_path / "large")
    manifest = json.loads((tmp_path / "large" / "manifest.json").read_text())
    assert manifest["steps"][0]["rows_in"] == 52002
    assert large < small + 40, f"{small:.0f} MB for 5,200 rows, {large:.0f} MB for 52,002"
