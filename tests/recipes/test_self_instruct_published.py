"""Self-Instruct as published: with Alpaca's own prompt file, the request and what is kept are Alpaca's."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web

from tests.loopback import Json, Loopback, completion, prompt_of
from tests.recipes.self_instruct_teachers import (
    Task,
    answering,
    dice,
    fresh,
    grow,
    listed,
    published_kept,
    published_tasks,
)
from tunesmith.data.files import read_rows
from tunesmith.recipes import Run, load_recipe
from tunesmith.teacher import ReplyStore

SEEDS = Path(load_recipe("self-instruct").steps[0].source[0])


def all_new(lots: Random, body: Json) -> list[Task]:
    return [fresh(lots) for _ in range(17)]


def _task(row: dict[str, Any]) -> Task:
    return row["instruction"], row["input"], row["output"]


def test_the_published_request_to_the_byte(server: Loopback, tmp_path: Path, shared: Path) -> None:
    server.behaviour = answering(all_new)
    head = shared / "prompts" / "alpaca_self_instruct.txt"
    grow(tmp_path, server.url, shared / "alpaca" / "seed_tasks.jsonl", n=60, prompt=str(head))
    seeds = list(read_rows(shared / "alpaca" / "seed_tasks.jsonl"))
    by_text = {" ".join(seed["instruction"].split()).rstrip(":"): seed for seed in seeds}
    assert len(server.bodies) == 4
    for body in server.bodies:
        text = prompt_of(body)
        expected = head.read_bytes().decode() + "\n"
        assert text.startswith(expected)
        shown = [line for line in text[len(expected) :].split("\n") if line[1:].startswith(". Instruction: ")]
        assert len(shown) == 3
        for number, line in enumerate(shown, 1):
            seed = by_text[line.partition(": ")[2]]
            instruction = " ".join(seed["instruction"].split()).rstrip(":")
            expected += f"###\n{number}. Instruction: {instruction}\n{number}. Input:\n{seed['input'] or '<noinput>'}\n"
            expected += f"{number}. Output:\n{seed['output']}\n"
        assert text == expected + "###\n4. Instruction:"
        assert {name: body[name] for name in ("temperature", "top_p", "stop")} == {
            "temperature": 1.0,
            "top_p": 1.0,
            "stop": ["\n20", "20.", "20."],
        }
        assert 3072 in body.values()


@pytest.mark.parametrize(("finish_reason", "n"), [("stop", 800), ("length", 300)])
def test_the_kept_set_is_the_published_one(
    server: Loopback, tmp_path: Path, shared: Path, alpaca: list[dict[str, Any]], finish_reason: str, n: int
) -> None:
    """Thousands of proposals made of real rows, every third a near-duplicate or a row that is to be filtered."""
    # Some of Alpaca's outputs hold the task that came after theirs: such a block the published program drops whole.
    rows = [_task(row) for row in alpaca if not {"###", "Instruction:"} & {*str(row).split()} and row["output"].strip()]

    def proposals(dice: Random, body: Json) -> list[Task]:
        found = []
        for _ in range(17):
            instruction, given, output = rows[dice.randrange(300)] if dice.random() < 0.5 else dice.choice(rows)
            words = instruction.split()
            if dice.random() < 0.3:
                words[dice.randrange(len(words))] = dice.choice(["any", "three", "the", "music", "Çelik"])
            found.append((" ".join(words), given, output))
        return found

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        return web.json_response(completion(listed(proposals(dice(body), body), 4), body, finish_reason))

    server.behaviour = behave
    source, head = shared / "alpaca" / "seed_tasks.jsonl", shared / "prompts" / "alpaca_self_instruct.txt"
    run = grow(tmp_path, server.url, source, n=n, prompt=str(head), keep_seeds=False)
    by_text = {prompt_of(body): body for body in server.bodies}
    assert len(by_text) == len(server.bodies)
    found: list[Task] = []
    for prompt in _in_order(run):
        said = listed(proposals(dice(by_text[prompt]), by_text[prompt]), 4)
        found += published_tasks(said, 3, finish_reason)
    assert len(found) > 1.1 * n
    kept = published_kept([row["instruction"] for row in read_rows(source)], [task[0] for task in found])
    assert [row["instruction"] for row in run.rows()] == kept[:n]
    texts = {instruction: (given, output) for instruction, given, output in reversed(found)}
    assert sum((row["input"], row["output"]) == texts[row["instruction"]] for row in run.rows()) > 0.98 * n


def _in_order(run: Run) -> list[str]:
    with ReplyStore(run.folder.store) as store:
        asked = sorted((stored.request.sample, stored.request.messages[0].content) for stored in store.entries())
    return [text for _, text in asked]


def test_with_a_head_of_ones_own_all_tasks_are_shown_as_published(server: Loopback, tmp_path: Path) -> None:
    """Whatever their kind, and without the colon at their end; tasks of the teacher's own too, in an order drawn."""
    server.behaviour = answering(all_new)
    head = tmp_path / "head.txt"
    head.write_text("List twenty tasks.\n")
    run = grow(tmp_path / "run", server.url, n=200, prompt=str(head), own=2, ahead=2, stop=[])
    shown = [
        [line[16:] for line in prompt_of(body).split("\n") if line[1:].startswith(". Instruction: ")]
        for body in server.bodies
    ]
    seeds = {row["instruction"].rstrip(":"): row["is_classification"] for row in read_rows(SEEDS)}
    assert {seeds[text] for texts in shown for text in texts if text in seeds} == {True, False}
    places = {place for texts in shown[2:] for place, text in enumerate(texts) if text not in seeds}
    assert places == {0, 1, 2, 3, 4}
    assert all("stop" not in body for body in server.bodies)
    assert len(list(run.rows())) == 260


def test_a_colon_at_the_end_is_not_shown(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    head, seeds = tmp_path / "head.txt", tmp_path / "seeds.json"
    head.write_text("List twenty tasks.\n")
    seeds.write_text(json.dumps([{"instruction": "Answer  this\nquestion:", "input": "Why?", "output": "So."}]))
    grow(tmp_path / "run", server.url, seeds, n=10, prompt=str(head))
    for body in server.bodies:
        assert prompt_of(body) == (
            "List twenty tasks.\n\n###\n1. Instruction: Answer this question\n1. Input:\nWhy?\n1. Output:\nSo.\n"
            "###\n2. Instruction:"
        )
        assert body["stop"] == ["\n20", "20.", "20."]


def test_of_a_published_prompt_the_kind_is_not_known(server: Loopback, tmp_path: Path, shared: Path) -> None:
    server.behaviour = answering(all_new)
    head = shared / "prompts" / "alpaca_self_instruct.txt"
    rows = list(grow(tmp_path, server.url, n=60, prompt=str(head), keep_seeds=False).rows())
    assert {row.get("is_classification") for row in rows} == {None}
