"""The recipe ``self-instruct``: a few seeds in, many tasks out, as published, and nothing unaccounted for."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from tests.loopback import Json, Loopback, completion, prompt_of
from tests.recipes.self_instruct_teachers import (
    Task,
    answering,
    dice,
    fresh,
    grow,
    listed,
    wants_labels,
)
from tunesmith.curate.rouge import rouge_l
from tunesmith.data.files import read_rows
from tunesmith.errors import RecipeError, RunError, UsageError
from tunesmith.recipes import Plan, Run, estimate, ledger_entries, load_recipe, row_story, run_recipe
from tunesmith.teacher import Limits, Voice, connect

SEEDS = Path(load_recipe("self-instruct").steps[0].source[0])


def all_new(lots: random.Random, body: Json) -> list[Task]:
    return [fresh(lots) for _ in range(17)]


def new_rows(run: Run) -> list[dict[str, Any]]:
    return [row for row in run.rows() if "reply" in row]


def facts(run: Run) -> dict[str, Any]:
    return dict(run.manifest["steps"][0])


def test_as_many_as_wanted_and_hardly_more_are_paid_for(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    run = grow(tmp_path, server.url, n=200)
    assert len(new_rows(run)) == 200
    assert len(list(run.rows())) == 260
    assert len(server.bodies) == 12  # 17 each
    assert facts(run)["refused_because"] == {"not needed any more": 4}
    assert any("that were wanted are there" in note for note in facts(run)["notes"])
    assert [row["id"] for row in new_rows(run)][::199] == ["self_instruct.1", "self_instruct.200"]


def mixed(lots: random.Random, body: Json) -> list[Task]:
    """Half of the tasks are known to every request: they are new once."""
    known = [fresh(random.Random(f"known {lots.randrange(300)}")) for _ in range(8)]
    return [*known, *(fresh(lots) for _ in range(6)), ("Too few words", "", "x"), ("Draw a red house please.", "", "x")]


def test_the_same_whatever_the_concurrency(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(mixed)
    settings: dict[str, Any] = {"n": 300, "own": 2, "ahead": 8}
    one = grow(tmp_path / "one", server.url, concurrency=1, **settings)
    asked = Counter(map(prompt_of, server.bodies))
    server.bodies.clear()
    many = grow(tmp_path / "many", server.url, concurrency=32, **settings)
    assert Counter(map(prompt_of, server.bodies)) == asked
    assert server.most_in_flight <= 8
    files = "data/train.jsonl", "ledger.jsonl"
    assert [(one.folder.path / f).read_bytes() for f in files] == [(many.folder.path / f).read_bytes() for f in files]


def test_again_costs_nothing(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(mixed)
    before = list(grow(tmp_path, server.url, n=100).rows())
    asked = len(server.bodies)
    again = grow(tmp_path, server.url, n=100)
    assert (list(again.rows()), len(server.bodies), again.manifest["paid"]["now"]) == (before, asked, 0)
    more = grow(tmp_path, server.url, n=150)
    assert [row["id"] for row in more.rows()][:160] == [row["id"] for row in before]
    assert len(server.bodies) < 2 * asked


@pytest.mark.parametrize("classification", [0, 0.5, 1])
def test_every_proposal_is_accounted_for(server: Loopback, tmp_path: Path, classification: float) -> None:
    """What the server wrote is counted, not what was read: 17 tasks, 16, or as many as were begun before a cut."""
    wrote: list[int] = []

    async def moody(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        labels = wants_labels(body)
        whole = listed(all_new(dice(body), body), 1, labels)
        match dice(body).randrange(10):
            case 0:
                return web.json_response(completion("Which tasks would you like?", body))
            case 1:
                return web.json_response({"error": {"message": "I refuse"}}, status=400)
            case 2:
                half = whole[: len(whole) // 2]
                wrote.append(half.count("Instruction:"))
                return web.json_response(completion(half, body, "length"))
            case 3:
                return web.json_response(completion("", body, "content_filter"))
            case 4:
                wrote.append(17)
                return web.json_response(completion(whole.replace("7. Instruction:", "7. Instruction"), body))
            case 5:
                wrote.append(17)
                blocks = whole.split("###")
                blocks[4] = "\nSort it by size: small or large. A whale. Large.\n"
                return web.json_response(completion(f"Here they are:\n###{'###'.join(blocks)}\nDone!", body))
        wrote.append(16)
        return await answering(mixed)(body, nth, request)

    server.behaviour = moody
    run = grow(tmp_path, server.url, n=500, classification=classification)
    entries = list(ledger_entries(run.folder))
    fates = Counter(entry["fate"] for entry in entries)
    step = facts(run)
    assert (step["kept"], step["added"], step["refused"]) == (60, 500, fates["refused"])
    proposed = int(
        next(note for note in step["notes"] if "proposals" in note).split(", ")[1].split()[0].replace(",", "")
    )
    why = step["refused_because"]
    assert {"instruction too short", "banned word in the instruction", "resembles another", "unreadable"} <= why.keys()
    assert {"cut off", "the teacher failed", "no instruction"} <= why.keys()
    assert proposed == sum(wrote)
    assert proposed == 500 + fates["refused"] - why["unreadable"] - why["the teacher failed"]
    assert step["unanswered"] == why["the teacher failed"]
    assert all(entry.get("replies") or entry.get("unanswered") for entry in entries if entry["fate"] == "refused")
    for entry in entries:
        if entry.get("kind") == "resembles another":
            ids = {row["id"]: row["instruction"] for row in run.rows()}
            assert entry["score"] == rouge_l(entry["instruction"], ids[entry["like"]]) > 0.7
    row = new_rows(run)[-1]
    assert row["instruction"] in json.dumps(row_story(run.folder, row["id"]))


def test_similarity_is_that_to_the_most_similar_row_before(server: Loopback, tmp_path: Path, alpaca: list[Any]) -> None:
    server.behaviour = answering(lambda lots, body: [_task(lots.choice(alpaca)) for _ in range(17)])
    run = grow(tmp_path, server.url, n=150)
    rows = list(run.rows())
    for place, row in enumerate(rows):
        if "reply" in row:
            scores = [rouge_l(row["instruction"], other["instruction"]) for other in rows[:place]]
            assert row["similarity"] == max(scores) <= 0.7
            assert row["most_similar"] == rows[scores.index(max(scores))]["id"]
    assert "<svg" in (run.folder.data / "similarity.svg").read_text()
    assert "similarity.svg" in (run.folder.data / "README.md").read_text()


def _task(row: dict[str, Any]) -> Task:
    return row["instruction"], row["input"], row["output"]


def test_it_ends_when_new_ones_become_rare(server: Loopback, tmp_path: Path) -> None:
    few = [fresh(random.Random(n)) for n in range(120)]
    server.behaviour = answering(lambda lots, body: lots.sample(few, 15))
    run = grow(tmp_path, server.url, n=5000, last=10, rare=0.1)
    (why,) = (note for note in facts(run)["notes"] if note.startswith("ended: "))
    assert "new tasks have become rare: of 150 in the last 10 requests" in why
    assert 100 < len(new_rows(run)) <= 120
    assert len(server.bodies) < 60
    assert why in (run.folder.data / "README.md").read_text()


async def refuse(body: Json, nth: int, request: web.Request) -> web.Response:
    return web.json_response({"error": {"message": "no such setting"}}, status=400)


def test_other_ends_say_which(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    capped = grow(tmp_path / "cap", server.url, n=500, max_requests=3)
    assert len(server.bodies) == 3
    assert "the cap of 3 requests is reached" in str(facts(capped)["notes"])
    assert len(new_rows(capped)) == 51
    server.behaviour = refuse
    with pytest.raises(RunError, match="no request was answered: .*no such setting"):
        grow(tmp_path / "no", server.url, n=500, last=5, ahead=5)

    async def silent(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        return web.json_response(completion("Tell me more.", body))

    server.behaviour = silent
    mute = grow(tmp_path / "mute", server.url, n=500, last=5, ahead=5)
    assert "none brought a task that could be read" in str(facts(mute)["notes"])
    assert len(list(mute.rows())) == 60


def test_a_teacher_that_begins_to_refuse_everything_ends_no_run(server: Loopback, tmp_path: Path) -> None:
    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        known = len(server.bodies) <= 12
        return await (answering(all_new) if known else refuse)(body, nth, request)

    server.behaviour = behave
    for _ in range(3):
        with pytest.raises(RunError, match="no such setting.*; everything so far is kept, and the same command"):
            grow(tmp_path, server.url, n=500, last=5, ahead=5)
        assert not (tmp_path / "data" / "train.jsonl").exists()
    server.behaviour = answering(all_new)
    asked = len(server.bodies)
    assert len(new_rows(grow(tmp_path, server.url, n=500, last=5, ahead=5))) == 500
    assert len(server.bodies) - asked == 30 - 12


@pytest.mark.parametrize("answered", [1, 0])
def test_requests_that_fail_now_and_then_end_nothing(server: Loopback, tmp_path: Path, answered: int) -> None:
    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        return await (answering(all_new) if dice(body).randrange(2) == answered else refuse)(body, nth, request)

    server.behaviour = behave
    run = grow(tmp_path, server.url, n=500)
    assert len(new_rows(run)) == 500
    assert facts(run)["unanswered"] > 5


def test_a_teacher_that_repeats_itself_for_ever_comes_to_an_end(server: Loopback, tmp_path: Path) -> None:
    same = [fresh(random.Random(n)) for n in range(17)]
    server.behaviour = answering(lambda lots, body: same)
    run = grow(tmp_path, server.url, n=500, rare=0, last=3, ahead=3)
    assert "of the last 30 requests none brought a new task" in str(facts(run)["notes"])
    assert len(new_rows(run)) == 17
    assert len(server.bodies) < 31 + 3


def test_few_are_paid_for_in_vain_when_it_ends_for_rarity(server: Loopback, tmp_path: Path) -> None:
    """As new ones become rare fewer are under way: with all 64 allowed, dozens would come after the end."""
    few = [fresh(random.Random(n)) for n in range(400)]
    server.behaviour = answering(lambda lots, body: lots.sample(few, 15))
    run = grow(tmp_path, server.url, n=5000, rare=0.2)
    assert "become rare" in str(facts(run)["notes"])
    ended = len(server.bodies)
    server.bodies.clear()
    one = grow(tmp_path / "one", server.url, n=5000, rare=0.2, ahead=1)
    assert "become rare" in str(facts(one)["notes"])
    assert ended - len(server.bodies) < 25


def test_replies_that_came_too_late_are_counted(server: Loopback, tmp_path: Path) -> None:
    """The first requests bring little, so that many are sent; then each brings more than all that was wanted."""
    plenty = [fresh(random.Random(n)) for n in range(400)]

    def tasks(lots: random.Random, body: Json) -> list[Task]:
        return plenty[:1] if len(server.bodies) <= 5 else plenty

    server.behaviour = answering(tasks)
    run = grow(tmp_path, server.url, n=200, rare=0, last=5, ahead=8, concurrency=1)
    late = len(server.bodies) - 6
    assert late > 0
    assert f"{late} of the replies came when no row was needed any more" in facts(run)["notes"]
    exact = grow(tmp_path / "exact", server.url, n=400, max_requests=1)
    assert not any("no row was needed" in note for note in facts(exact)["notes"])


def test_a_share_of_the_requests_is_for_classification(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    run = grow(tmp_path, server.url, n=17 * 12, classification=0.5)
    assert Counter(map(wants_labels, server.bodies)) == {True: 6, False: 6}
    assert Counter(row["is_classification"] for row in new_rows(run)) == {True: 102, False: 102}
    seeds = {row["instruction"]: row["is_classification"] for row in read_rows(SEEDS)}
    for body in server.bodies:
        shown = [kind for text, kind in seeds.items() if text in prompt_of(body)]
        assert shown == [wants_labels(body)] * 3
    assert {row["output"] for row in new_rows(run)} == {"It is done."}


def test_tasks_of_its_own_are_shown_too(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    run = grow(tmp_path, server.url, n=300, own=2, demonstrations=6, ahead=2)
    new = [row["instruction"] for row in new_rows(run)]
    seeds = [row["instruction"] for row in read_rows(SEEDS)]
    shown = [[sum(text in prompt_of(body) for text in texts) for texts in (seeds, new)] for body in server.bodies]
    assert shown[0] == [6, 0]
    assert shown[8:] == [[6, 2]] * (len(shown) - 8)


def test_its_own_output_is_an_input_like_any_other(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    first = grow(tmp_path / "first", server.url, n=20)
    second = grow(tmp_path / "second", server.url, first.folder.data / "train.jsonl", n=20, seed=1)
    ids = [row["id"] for row in second.rows()]
    assert len(ids) == len(set(ids)) == 100
    assert ids[-1] == "self_instruct-2.20"


def test_seeds_that_are_none_are_dropped_with_the_reason(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    source = tmp_path / "seeds.json"
    good = {"instruction": "Say hello to the moon.", "input": "", "output": "Hello, moon."}
    source.write_text(json.dumps([good, {"instruction": "Say it again.", "input": ""}]))
    run = grow(tmp_path / "run", server.url, source, n=20, keep_seeds=False)
    because = {"a seed without instruction or output": 1, "a seed: only shown to the teacher": 1}
    assert facts(run)["dropped_because"] == because
    assert len(list(run.rows())) == 20


@pytest.mark.parametrize("lack", ["", ', "output": ""', ', "output": null'])
def test_without_a_seed_nothing_is_begun(server: Loopback, tmp_path: Path, lack: str) -> None:
    source = tmp_path / "seeds.json"
    source.write_text(f'[{{"instruction": "Say it again.", "input": ""{lack}}}]')
    with pytest.raises(UsageError, match="no row has both an instruction and an output, as a seed needs"):
        grow(tmp_path / "run", server.url, source)
    assert server.bodies == []
    assert not (tmp_path / "run").exists()
    with pytest.raises(UsageError, match="as a seed needs"):
        Plan(load_recipe("self-instruct"), str(source), tmp_path / "run").check()


def test_no_id_stands_for_two_things(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(mixed)
    source = tmp_path / "seeds.json"
    good = {"id": "mine", "instruction": "Say hello to the moon.", "input": "", "output": "Hello, moon."}
    lacking = [{"id": f"self_instruct{end}.1", "instruction": "Say it.", "output": ""} for end in ("", ".refused")]
    source.write_text(json.dumps([good, *lacking]))
    run = grow(tmp_path / "run", server.url, source, n=50)
    ids = [entry["row"] for entry in ledger_entries(run.folder)]
    assert len(set(ids)) == len(ids)
    assert "self_instruct.1" in ids


def test_its_own_teacher(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    mine = f"openai:gpt-4o@{server.url}"
    recipe = load_recipe("self-instruct").change({"self_instruct.model": mine, "self_instruct.n": 20})
    assert list(recipe.teachers()) == [mine]
    plan = Plan(recipe, str(SEEDS), tmp_path / "run")
    run = run_recipe(plan, {mine: Voice(connect(mine), None)})
    assert {body["model"] for body in server.bodies} == {"gpt-4o"}
    assert len(new_rows(run)) == 20


def test_the_card_names_the_language_of_the_seeds(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    run = grow(tmp_path, server.url, n=20)
    card = yaml.safe_load((run.folder.data / "README.md").read_text().split("---\n")[1])
    assert (card["language"], card["license"]) == (["en"], "apache-2.0")


def test_a_further_shape_that_cannot_be_written_is_found_before_anything_is_paid(
    server: Loopback, tmp_path: Path
) -> None:
    server.behaviour = answering(all_new)
    source = tmp_path / "seeds.json"
    good = {"instruction": "Say hello to the moon.", "input": "", "output": "Hello, moon."}
    source.write_text(json.dumps([good, good | {"context": "night"}]))
    recipe = load_recipe("self-instruct").change({"self_instruct.n": 20})

    def run(folder: str, *also: str, **settings: Any) -> Run:
        changed = recipe.change({f"self_instruct.{name}": value for name, value in settings.items()})
        plan = Plan(changed, str(source), tmp_path / folder, shape="alpaca", also=also)
        return run_recipe(plan, connect("openai:gpt-4o-mini", server.url), Limits())

    with pytest.raises(UsageError, match="--also dolly: column 'context' is dolly's name"):
        run("no", "messages", "dolly")
    assert server.bodies == []
    assert run("yes", "messages").folder.data.joinpath("messages.jsonl").exists()
    assert run("new", "dolly", keep_seeds=False).folder.data.joinpath("dolly.jsonl").exists()


def test_filters_can_be_changed_for_other_languages(server: Loopback, tmp_path: Path) -> None:
    chinese = [
        "请用三句话解释为什么海水是咸的。",
        "把下面的通知改写成一封友好的邮件。",
        "比较步行和骑车上班的优点。",
        "请用三句话解释为什么海水会是咸的。",
    ]
    server.behaviour = answering(lambda lots, body: [(text, "", "好的。") for text in chinese])
    settings: dict[str, Any] = {"n": 3, "classification": 0, "last": 2, "ahead": 1, "max_requests": 2}
    run = grow(tmp_path / "zh", server.url, filters={"base": "multilingual"}, tokenizer="unicode", **settings)
    assert [row["instruction"] for row in new_rows(run)] == chinese[:3]
    english = grow(tmp_path / "en", server.url, **settings)
    assert facts(english)["refused_because"] == {"instruction starts with a character that is not ASCII": 8}
    wordless = grow(tmp_path / "wordless", server.url, filters={"base": "none"}, **{**settings, "n": 4})
    assert "tokenizer: unicode" in str(facts(wordless)["notes"])
    banned = grow(tmp_path / "more", server.url, filters={"base": "none", "also_banned": ["邮件"]}, **settings)
    assert facts(banned)["refused_because"]["banned word in the instruction"] == 1


def test_the_estimate_tells_how_many_requests_are_likely(tmp_path: Path) -> None:
    recipe = load_recipe("self-instruct").change({"self_instruct.n": 1000})
    client = connect("scripted:instructor")
    found = estimate(recipe, read_rows(SEEDS), {"": Voice(client, None)}, Limits())
    assert found.steps[0].requests == 99  # 1,000 of 17 each, six in ten of them new
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("settings", "rows"), [({}, 1060), ({"keep_seeds": False}, 1000), ({"max_requests": 3}, 111)])
def test_the_estimate_tells_later_steps_how_many_rows_are_likely(settings: dict[str, Any], rows: int) -> None:
    step = load_recipe("self-instruct").change({"self_instruct.n": 1000})
    step = step.change({f"self_instruct.{name}": value for name, value in settings.items()})
    lacking = {"id": "x", "instruction": "Say it.", "input": "", "output": ""}
    found = list(step.steps[0].foretell([*read_rows(SEEDS), lacking], lambda *asked: None))
    assert len(found) == rows
    assert sum(row in found for row in read_rows(SEEDS)) == (60 if rows % 1000 else 0)


def test_in_batches_it_takes_as_many_rounds_as_are_told() -> None:
    """Of 17 new tasks each, 5,000 were seven batches; what was measured with a batch server is what is told."""
    step = load_recipe("self-instruct").steps[0]
    assert [step.rounds(requests) for requests in (0, 1, 20, 21, 295)] == [0, 1, 1, 2, 7]
    many = load_recipe("self-instruct").change({"self_instruct.ahead": 500, "self_instruct.last": 500}).steps[0]
    assert many.rounds(491) == 1


def test_the_folders_own_recipe_runs_again_for_nothing(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = answering(all_new)
    first = grow(tmp_path / "run", server.url, n=100)
    asked = len(server.bodies)
    plan = Plan(load_recipe(first.folder.recipe), str(SEEDS), tmp_path / "run")
    again = run_recipe(plan, connect("openai:gpt-4o-mini", server.url), Limits())
    assert list(again.rows()) == list(first.rows())
    assert len(server.bodies) == asked


def test_the_script_of_the_demo(tmp_path: Path) -> None:
    recipe = load_recipe("self-instruct").change({"self_instruct.n": 40, "self_instruct.tasks": 12})
    run = run_recipe(Plan(recipe, str(SEEDS), tmp_path / "run"), connect("scripted:instructor"))
    assert len(list(run.rows())) == 100
    why = facts(run)["refused_because"]
    assert {"resembles another", "cut off", "unreadable", "banned start of the instruction"} <= why.keys()
    assert {row["is_classification"] for row in new_rows(run)} == {True, False}
    more = load_recipe("self-instruct").change({"self_instruct.tasks": 12, "self_instruct.last": 5})
    spent = run_recipe(Plan(more, str(SEEDS), tmp_path / "more"), connect("scripted:instructor"))
    assert "become rare" in str(facts(spent)["notes"])


@pytest.mark.parametrize("settings", [{"tasks": 3}, {"demonstrations": 100}, {"own": 17}])
def test_a_request_that_leaves_nothing_to_write_is_no_setting(settings: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match=r"leaves none to be written; give at least \d+, or show fewer"):
        load_recipe("self-instruct").change({f"self_instruct.{name}": value for name, value in settings.items()})
