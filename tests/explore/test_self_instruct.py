"""Self-Instruct within a domain, and the comparison with a tree."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from aiohttp import web

from tests.cli.runner import one_sentence, tunesmith
from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.curate.near_duplicates import find_near_duplicates
from tunesmith.explore import Asking, Manner, SelfInstructed, load_domain, self_instruct
from tunesmith.teacher import Limits, ReplyStore, Teacher, connect

DOMAIN = load_domain("rewriting")


async def writer(body: Json, nth: int, request: web.Request) -> web.Response:
    """Four examples: one new, two like others, one that the checks refuse; now and then none."""
    words = sha256(prompt_of(body).encode()).hexdigest()
    if words[0] in "01":
        return web.json_response(completion("I would rather not.", body))
    new = " ".join(words[n : n + 4] for n in range(0, 40, 4))
    drafts = [
        (f"Rewrite {new}.", "x"),
        (f"Rewrite {new} please.", "x"),
        (DOMAIN.examples[0].instruction, "x"),
        ("Two words", "x"),
    ]
    text = "\n".join(f"{n}. Instruction: {i}\nInput: {x}\nOutput: {x}" for n, (i, x) in enumerate(drafts, 1))
    return web.json_response(completion(f"###\n{text}\n###", body))


def instructed(server: Loopback, folder: Path, concurrency: int = 8, requests: int = 80) -> SelfInstructed:
    client = connect("openai:gpt-4o-mini", server.url)
    with ReplyStore(folder / "replies.sqlite") as store, Teacher(client, store, Limits(concurrency)) as teacher:
        return self_instruct(teacher, Asking(DOMAIN, Manner()), DOMAIN.seeds(), requests)


def test_what_is_like_nothing_before_joins_and_the_rest_is_counted(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = writer
    found = instructed(server, tmp_path)
    assert len(server.bodies) == found.requests == 80
    answered = 80 - found.unreadable
    assert 0 < found.unreadable < 40
    assert found.refused == answered
    new = len(found.rows) - len(DOMAIN.examples)
    assert new + found.alike == 3 * answered
    assert found.alike >= 2 * answered
    assert new > 40
    instructions = [row["instruction"] for row in found.rows]
    assert not any(find_near_duplicates(instructions, 0.7))
    assert instructions[: len(DOMAIN.examples)] == [seed.instruction for seed in DOMAIN.examples]
    assert len({row["id"] for row in found.rows}) == len(found.rows)


def test_the_same_whatever_the_concurrency_and_paid_once(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = writer
    one = instructed(server, tmp_path / "one", 1)
    many = instructed(server, tmp_path / "many", 32)
    assert one == many
    asked = len(server.bodies)
    assert instructed(server, tmp_path / "many", 32) == many
    assert len(server.bodies) == asked


def test_later_requests_show_what_was_found(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = writer
    found = instructed(server, tmp_path)
    new = [row["instruction"] for row in found.rows[len(DOMAIN.examples) :]]
    shown = [prompt_of(body) for body in server.bodies[32:]]
    assert any(instruction in text for text in shown for instruction in new)


@pytest.fixture
def tree(server: Loopback, tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    assert tunesmith("explore", "new", "--domain", "rewriting", "-o", folder).returncode == 0
    asked = tunesmith("explore", "extend", folder, "--model", "scripted:explorer", "--breadth", "5,3")
    assert asked.returncode == 0, asked.stderr
    return folder


def test_compare_asks_as_often_as_the_tree_was_asked(server: Loopback, tree: Path) -> None:
    server.behaviour = writer
    teacher = ("--model", "openai:gpt-4o-mini", "--base-url", server.url)
    done = tunesmith("explore", "compare", tree, *teacher)
    assert done.returncode == 0, done.stderr
    meta = json.loads((tree / "tree_meta_info.json").read_text())
    assert len(server.bodies) == requests_of(meta) > 10
    for said in (
        "different verb-noun pairs",
        "among",
        "of one task",
        "of different tasks",
        "at depth 2",
        "Self-Instruct",
    ):
        assert said in done.stdout
    kept = (tree / "self_instruct.jsonl").read_text().splitlines()
    again = tunesmith("explore", "compare", tree, "--json")
    assert again.returncode == 0, again.stderr
    found = json.loads(again.stdout)
    assert found["second"]["rows"] == len(kept)
    assert found["first"]["tasks"] > 10
    assert len(server.bodies) == requests_of(meta)


def requests_of(entry: Json) -> int:
    own = entry.get("lookahead", {}).get("requests", 0) + entry.get("backtracks", 0)
    return int(own) + sum(requests_of(child) for child in entry["children"])


def test_compare_with_rows_of_any_kind(tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"instruction": "Write a poem about rain."}\n{"instruction": "Sort these numbers."}\n')
    done = tunesmith("explore", "compare", tree, "--with", other)
    assert done.returncode == 0, done.stderr
    assert "other.jsonl" in done.stdout


def test_compare_with_nothing_is_one_sentence(tree: Path, tmp_path: Path) -> None:
    assert "--with" in one_sentence(tunesmith("explore", "compare", tree))
    empty = tmp_path / "no.jsonl"
    empty.write_text('{"text": "a"}\n')
    assert "no column 'instruction'" in one_sentence(tunesmith("explore", "compare", tree, "--with", empty))
