"""Self-Instruct within a domain, and the comparison with a tree."""

import fcntl
import json
import random
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.runner import one_sentence, tunesmith
from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.analyze.coverage import measure
from tunesmith.cli.explore_compare import _share
from tunesmith.curate.near_duplicates import find_near_duplicates
from tunesmith.errors import RunError
from tunesmith.explore import Asking, Manner, load_domain
from tunesmith.explore.self_instruct.within_domain import SelfInstructed, self_instruct
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
    assert found.unanswered == 0
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


async def refuse(body: Json, nth: int, request: web.Request) -> web.Response:
    return web.json_response({"error": {"message": "no such setting"}}, status=400)


async def silent(body: Json, nth: int, request: web.Request) -> web.Response:
    return web.json_response(completion("I would rather not.", body))


async def moody(body: Json, nth: int, request: web.Request) -> web.Response:
    """Refuses a quarter of the requests."""
    refused = sha256(prompt_of(body).encode()).hexdigest()[1] in "0123"
    return await (refuse if refused else writer)(body, nth, request)


def test_what_was_not_answered_is_told_apart_from_what_cannot_be_read(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = moody
    found = instructed(server, tmp_path)
    refused = sum(sha256(prompt_of(body).encode()).hexdigest()[1] in "0123" for body in server.bodies)
    assert found.unanswered == refused > 5
    assert 0 < found.unreadable < 40
    assert "no such setting" in found.failure


def test_where_nothing_was_answered_there_is_no_result(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = refuse
    with pytest.raises(RunError, match="no request was answered: .*no such setting"):
        instructed(server, tmp_path, requests=5)


def test_what_is_shown_is_not_listed_once_more(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = writer
    instructed(server, tmp_path, requests=8)
    for text in map(prompt_of, server.bodies):
        shown = [example.instruction for example in DOMAIN.examples if example.instruction in text]
        assert len(shown) == 2
        assert [text.count(instruction) for instruction in shown] == [1, 1]
        assert "has already" not in text


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
    # The seeds are in both sets, so they count in neither.
    assert found["second"]["rows"] == len(kept) - len(DOMAIN.examples) > 0
    assert found["first"]["rows"] == len(taught(tree))
    assert found["self_instruct"]["requests"] == found["requests"] == len(server.bodies)
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


def taught(tree: Path) -> list[Json]:
    """All examples of a tree that a teacher wrote."""
    entries = [json.loads(line) for line in (tree / "ledger.jsonl").read_text().splitlines()]
    return [entry for entry in entries if entry["fate"] == "added" and "replies" in entry]


def asks(server: Loopback) -> tuple[str, ...]:
    return "--model", "openai:gpt-4o-mini", "--base-url", server.url


def test_a_teacher_that_brings_nothing_leaves_what_was_paid_for_before(server: Loopback, tree: Path) -> None:
    server.behaviour = writer
    assert tunesmith("explore", "compare", tree, *asks(server)).returncode == 0
    files = tree / "self_instruct.jsonl", tree / "self_instruct.meta.json"
    before = [file.read_bytes() for file in files]
    for behaviour, said in ((refuse, "no request was answered"), (silent, "brought no example")):
        server.behaviour = behaviour
        failed = tunesmith("explore", "compare", tree, *asks(server), "--seed", "1", "--requests", "3")
        assert failed.returncode == 1
        assert said in one_sentence(failed)
        assert [file.read_bytes() for file in files] == before


def test_a_later_comparison_tells_how_the_rows_came_about(server: Loopback, tree: Path) -> None:
    server.behaviour = moody
    done = tunesmith("explore", "compare", tree, *asks(server), "--requests", "25", "--batch", "4", "--seed", "3")
    assert done.returncode == 0, done.stderr
    again = tunesmith("explore", "compare", tree)
    for out in (done.stdout, again.stdout):
        assert "25 requests for 4 examples each, to openai:gpt-4o-mini, seed 3" in out
        assert "requests were not answered" in out
        assert f"the tree took {requests_of(json.loads((tree / 'tree_meta_info.json').read_text()))} requests, " in out
    assert "over all comparisons of this tree" in done.stdout
    assert "$0.0" in done.stdout
    told = json.loads(tunesmith("explore", "compare", tree, "--json").stdout)
    assert told["requests"] != told["self_instruct"]["requests"] == 25
    assert told["self_instruct"]["unanswered"] > 0
    (tree / "self_instruct.meta.json").unlink()
    assert "is not known" in tunesmith("explore", "compare", tree).stdout
    (tree / "self_instruct.meta.json").write_text("{}")
    assert "self_instruct.meta.json" in one_sentence(tunesmith("explore", "compare", tree))


def test_a_tree_of_the_published_program_is_compared_without_its_root(server: Loopback, tree: Path) -> None:
    found = len(taught(tree))
    for file in tree.glob("*.json"):
        data: Json = json.loads(file.read_text())
        for example in data.get("examples", []):
            example.pop("reply", None)
        file.write_text(json.dumps(data))
    server.behaviour = writer
    done = tunesmith("explore", "compare", tree, *asks(server), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["first"]["rows"] == found


async def russian(body: Json, nth: int, request: web.Request) -> web.Response:
    """An example whose only words of a to z are always the same."""
    signs = sha256(prompt_of(body).encode()).hexdigest().translate({ord(f"{n:x}"): chr(0x430 + n) for n in range(16)})
    new = " ".join(signs[n : n + 4] for n in range(0, 40, 4))
    text = f"###\n1. Instruction: Translate into German: {new}\nInput: x\nOutput: x\n###"
    return web.json_response(completion(text, body))


def test_likeness_goes_by_the_tokenizer_that_is_named(server: Loopback, tree: Path) -> None:
    server.behaviour = russian
    told = {}
    for tokenizer in ("rouge", "unicode"):
        command = ("explore", "compare", tree, *asks(server), "--requests", "6", "--tokenizer", tokenizer, "--json")
        done = tunesmith(*command)
        assert done.returncode == 0, done.stderr
        told[tokenizer] = json.loads(done.stdout)["self_instruct"]
    assert (told["rouge"]["alike"], told["unicode"]["alike"]) == (5, 0)
    assert told["unicode"]["tokenizer"] == "unicode"


def test_the_cost_is_told_beforehand_and_nothing_happens(server: Loopback, tree: Path) -> None:
    before = {file: file.read_bytes() for file in tree.iterdir()}
    told = tunesmith("explore", "compare", tree, *asks(server), "--requests", "7", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "cost: about $0.0" in told.stdout
    assert "nothing was sent" in told.stdout
    assert "7" in told.stdout.splitlines()[1].split()
    figures = json.loads(tunesmith("explore", "compare", tree, *asks(server), "--dry-run", "--json").stdout)
    assert figures["steps"][0]["requests"] > 10
    assert server.bodies == []
    assert {file: file.read_bytes() for file in tree.iterdir()} == before
    assert "--with" in one_sentence(tunesmith("explore", "compare", tree, "--with", "x.jsonl", "--dry-run"))


def test_a_setting_that_cannot_be_is_one_sentence(server: Loopback, tree: Path) -> None:
    assert "--temperature" in one_sentence(tunesmith("explore", "compare", tree, *asks(server), "--temperature", "5"))


def test_a_comparison_has_a_budget_of_its_own(server: Loopback, tree: Path) -> None:
    server.behaviour = writer
    assert tunesmith("explore", "compare", tree, *asks(server)).returncode == 0
    names = [(tree / file).read_text().strip() for file in (".run", ".compare")]
    with ReplyStore(tree / "replies.sqlite") as store:
        explored, compared = (store.paid(name) for name in names)
    assert compared.replies == len(server.bodies)
    assert explored.cost == 0 < compared.cost


def test_a_run_keeps_its_own_accounts(server: Loopback, tmp_path: Path) -> None:
    folder, store = tmp_path / "run", tmp_path / "elsewhere.sqlite"
    small = ("--set", "explore.extend.breadth=2", "--set", "explore.enrich.examples=4")
    run = ("run", "explore-instruct", "--model", "scripted:explorer", "--store", store, "--output", folder, *small)
    done = tunesmith(*run)
    assert done.returncode == 0, done.stderr
    before = paid_by(folder)
    server.behaviour = writer
    compare = ("explore", "compare", folder, *asks(server))
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "another tunesmith" in one_sentence(tunesmith(*compare))
    assert server.bodies == []
    done = tunesmith(*compare)
    assert done.returncode == 0, done.stderr
    assert not (folder / "replies.sqlite").exists()
    assert not (folder / "data" / "tree" / ".lock").exists()
    with ReplyStore(store) as replies:
        assert replies.paid((folder / ".compare").read_text().strip()).replies == len(server.bodies) > 0
    assert tunesmith(*run).returncode == 0
    assert paid_by(folder) == before
    shutil.rmtree(folder / "data" / "tree")
    assert tunesmith(*compare).returncode == 2


def paid_by(folder: Path) -> dict[str, Any]:
    paid = json.loads((folder / "manifest.json").read_text())["paid"]
    return {name: number for name, number in paid.items() if name != "now"}


def test_many_rows_are_announced(tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps({"instruction": f"Write {n}"}) + "\n" for n in range(5000)))
    done = tunesmith("explore", "compare", tree, "--with", other)
    assert done.returncode == 0, done.stderr
    assert "comparing 5,0" in done.stderr


def test_of_very_many_rows_some_are_drawn_to_find_their_nearest() -> None:
    lots = random.Random(0)
    rows = [{"instruction": f"Write about {lots.randrange(1000)} and {lots.randrange(1000)}"} for _ in range(300)]
    rows += rows
    whole, drawn = measure(rows), measure(rows, nearest=200)
    assert (whole.alike, whole.alike_of) == (600, 600)
    assert drawn.alike_of == 200
    assert 20 < drawn.alike < 130
    assert drawn == measure(rows, nearest=200)
    assert drawn.as_json()["alike_of"] == 200
    assert "of 200 drawn" in _share(drawn)
    assert "drawn" not in _share(whole)
