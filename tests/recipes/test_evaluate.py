"""The recipe ``evaluate`` on Vicuna's 80 questions: two models, both orders, a judge with known habits on loopback."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import web

from tests.cli.runner import tunesmith
from tests.judges import choice_in_many_styles, in_many_styles, pair_in, worth
from tests.loopback import Behaviour, Json, Loopback, canned, completion, prompt_of
from tunesmith.data.files import read_rows
from tunesmith.errors import UsageError
from tunesmith.recipes import Plan, Run, estimate, ledger_entries, load_recipe, run_recipe
from tunesmith.teacher import Limits, Voice, connect

MODELS = ["ours=openai:ours", "theirs=openai:theirs"]
Verdict = Callable[[list[str], int], str]


def mark_of(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def behave_as(verdict: Verdict) -> Behaviour:
    """Models that answer in their own words, and a judge that writes ``verdict``."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        prompt = prompt_of(body)
        shown = pair_in(prompt)
        text = verdict(shown, mark_of(prompt)) if shown else canned(body)
        return web.json_response(completion(text, body))

    return behave


def fair(shown: list[str], mark: int) -> str:
    return in_many_styles(worth(shown[0]), worth(shown[1]), mark)


@pytest.fixture
def questions(shared: Path) -> str:
    return f"testset:vicuna={shared / 'fastchat' / 'question.jsonl'}"


def evaluate(source: str, folder: Path, server: Loopback, **settings: Any) -> Run:
    given = {"candidates.models": MODELS, "judge.models": ["openai:judge"]}
    recipe = load_recipe("evaluate").change(given | {k.replace("__", "."): v for k, v in settings.items()})
    voices = {name: Voice(connect(name, server.url)) for name in recipe.teachers()}
    return run_recipe(Plan(recipe, source, folder), voices)


def contest_in(run: Run) -> dict[str, Any]:
    found = json.loads((run.folder.data / "verdict.json").read_text(encoding="utf-8"))
    (contest,) = found["contests"]
    return dict(contest)


def test_two_models_80_questions_both_orders(server: Loopback, questions: str, tmp_path: Path) -> None:
    server.behaviour = behave_as(fair)
    run = evaluate(questions, tmp_path / "run", server)
    rows = list(run.rows())
    assert len(rows) == 80
    assert len(server.bodies) == 80 * 2 + 80 * 2
    wins = ties = losses = 0
    for row in rows:
        ours, theirs = (worth(one["text"]) for one in row["candidates"])
        wins, ties, losses = wins + (ours > theirs), ties + (ours == theirs), losses + (ours < theirs)
        first, second = row["verdicts"]
        assert first["order"] == second["order"][::-1]
        texts = {one["model"]: one["text"] for one in row["candidates"]}
        for verdict in row["verdicts"]:
            assert verdict["scores"] == [worth(texts[name]) for name in verdict["order"]]
            assert verdict["judge"] == "openai:judge"
    contest = contest_in(run)
    tally = contest["by_question"]["tally"]
    assert (contest["model"], contest["baseline"]) == ("ours", "theirs")  # as named, whichever was shown first
    assert tally == {"wins": wins, "ties": ties, "losses": losses}
    assert wins != losses
    assert (contest["questions"], contest["verdicts"], contest["unreadable"]) == (80, 160, 0)
    assert {group["value"] for group in contest["groups"] if group["column"] == "category"} >= {"coding", "fermi"}
    page = (run.folder.data / "verdict.html").read_text(encoding="utf-8")
    assert "How can I improve my time management skills?" in page
    for picture in ("outcomes.svg", "relative.svg", "groups.svg"):
        ElementTree.parse(run.folder.data / picture)
        assert f"({picture})" in (run.folder.data / "README.md").read_text(encoding="utf-8")
    assert "apache-2.0" in (run.folder.data / "README.md").read_text(encoding="utf-8")


def test_a_judge_that_favours_the_first_place_is_found_out_and_both_orders_undo_it(
    server: Loopback, questions: str, tmp_path: Path
) -> None:
    def swayed(shown: list[str], mark: int) -> str:
        return in_many_styles(worth(shown[0]) + 2, worth(shown[1]), mark)

    server.behaviour = behave_as(swayed)
    run = evaluate(questions, tmp_path / "run", server)
    contest = contest_in(run)
    (bias,) = contest["positions"]
    assert bias["first"]["low"] > 0.5
    assert bias["flips"]["value"] > 0
    assert any("preferred the answer shown earlier" in note for note in run.manifest["steps"][1]["notes"])
    means = [sum(v["scores"][v["order"].index("ours")] for v in row["verdicts"]) / 2 - 1 for row in run.rows()]
    assert means == [worth(row["candidates"][0]["text"]) for row in run.rows()]


def test_choices_in_one_order_by_lot(server: Loopback, questions: str, tmp_path: Path) -> None:
    def choosing(shown: list[str], mark: int) -> str:
        return choice_in_many_styles(worth(shown[0]), worth(shown[1]), mark)

    server.behaviour = behave_as(choosing)
    run = evaluate(questions, tmp_path / "run", server, judge__mode="choice", judge__orders="one")
    assert len(server.bodies) == 80 * 3
    first = [row["verdicts"][0]["order"][0] for row in run.rows()]
    assert 20 < first.count("ours") < 60
    for row in run.rows():
        (verdict,) = row["verdicts"]
        values = {one["model"]: worth(one["text"]) for one in row["candidates"]}
        best = "tie" if len({*values.values()}) == 1 else max(values, key=lambda name: values[name])
        assert verdict["preferred"] == best
        assert "scores" not in verdict
    contest = contest_in(run)
    assert contest["totals"] is None
    assert contest["both_orders"] == 0


def test_what_cannot_be_read_is_kept_as_such_and_counts_for_nothing(
    server: Loopback, questions: str, tmp_path: Path
) -> None:
    def garbled(shown: list[str], mark: int) -> str:
        return "8-9 for both" if max(shown) == shown[0] and worth(shown[0]) == 3 else fair(shown, mark)

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        shown = pair_in(prompt_of(body))
        if shown and worth(shown[0]) == 8:  # withheld, whichever way it is asked
            return web.json_response(completion("", body, "content_filter"))
        return await behave_as(garbled)(body, nth, request)

    server.behaviour = behave
    run = evaluate(questions, tmp_path / "run", server)
    rows = list(run.rows())
    assert len(rows) == 80
    unread = [verdict for row in rows for verdict in row["verdicts"] if "unreadable" in verdict]
    reasons = {verdict["unreadable"] for verdict in unread}
    assert any(reason.startswith("unreadable: ") and reason.endswith("asked 3 times") for reason in reasons)
    assert "withheld by the provider (content_filter)" in reasons
    assert all("scores" not in verdict and "preferred" not in verdict for verdict in unread)
    assert contest_in(run)["unreadable"] == len(unread)
    assert contest_in(run)["verdicts"] == 160 - len(unread)
    refused = [entry for entry in ledger_entries(run.folder) if entry["fate"] == "refused"]
    assert len(refused) == len(unread)
    (note, *_) = run.manifest["steps"][1]["notes"]
    assert note.startswith(f"{len(unread)} of 160 verdicts are missing, and count for nothing")


def test_published_answers_are_judged_and_nobody_is_asked_to_answer(
    server: Loopback, questions: str, shared: Path, tmp_path: Path
) -> None:
    server.behaviour = behave_as(fair)
    files = [f"{name}={shared / 'fastchat' / 'answers' / f'answer_{name}.jsonl'}" for name in ("gpt35", "vicuna-13b")]
    files.append(f"expert={shared / 'expertllama' / 'answers' / 'vicuna80_expertllama.jsonl'}")
    run = evaluate(questions, tmp_path / "run", server, candidates__models=[], candidates__files=files,
                   judge__baseline="gpt35")  # fmt: skip
    assert len(server.bodies) == 80 * 2 * 2
    found = json.loads((run.folder.data / "verdict.json").read_text(encoding="utf-8"))
    assert {(one["model"], one["baseline"]) for one in found["contests"]} == {
        ("vicuna-13b", "gpt35"),
        ("expert", "gpt35"),
    }


def test_the_estimate_is_what_is_sent(server: Loopback, questions: str, tmp_path: Path) -> None:
    server.behaviour = behave_as(fair)
    recipe = load_recipe("evaluate").change(
        {"candidates.models": [*MODELS, "c=openai:c"], "judge.models": ["openai:j", "openai:k"]}
    )
    voices = {name: Voice(connect(name, server.url)) for name in recipe.teachers()}
    foretold = estimate(recipe, list(read_rows(questions)), voices, Limits())
    asked = {(step.name, step.teacher): step.requests for step in foretold.steps}
    assert asked == {
        ("candidates", "openai:ours"): 80, ("candidates", "openai:theirs"): 80, ("candidates", "openai:c"): 80,
        ("judge", "openai:j"): 480, ("judge", "openai:k"): 480,
    }  # fmt: skip
    assert not server.bodies
    run = run_recipe(Plan(recipe, questions, tmp_path / "run"), voices)
    assert len(server.bodies) == sum(asked.values())
    found = json.loads((run.folder.data / "verdict.json").read_text(encoding="utf-8"))
    assert len(found["contests"]) == len(found["standings"]) == 3
    assert len(found["agreements"]) == 1


def rows_of(folder: Path, number: int) -> str:
    """A file of so many questions of our own."""
    rows = [{"id": str(n), "instruction": f"Question {n}?"} for n in range(number)]
    (folder / "q.json").write_text(json.dumps(rows))
    return str(folder / "q.json")


def test_other_columns_and_names_go_all_the_way(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behave_as(fair)
    questions = rows_of(tmp_path, 8)
    plain = evaluate(questions, tmp_path / "plain", server)
    server.behaviour = behave_as(fair)
    run = evaluate(questions, tmp_path / "run", server, candidates__column="answers", judge__column="answers",
                   judge__name="jury")  # fmt: skip
    assert {"jury_verdict.html", "jury_verdict.json", "jury_outcomes.svg"} <= {
        p.name for p in run.folder.data.iterdir()
    }
    found = json.loads((run.folder.data / "jury_verdict.json").read_text(encoding="utf-8"))
    assert found["contests"] == json.loads((plain.folder.data / "verdict.json").read_text(encoding="utf-8"))["contests"]
    assert found["contests"][0]["length"] is not None
    told = [tunesmith("verdict", one.folder.path, "--json").stdout for one in (plain, run)]
    assert json.loads(told[0])["contests"] == json.loads(told[1])["contests"]


def test_answers_that_are_missing_leave_their_questions_out_and_that_is_said_everywhere(
    server: Loopback, tmp_path: Path
) -> None:
    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        if body["model"] == "theirs" and mark_of(prompt_of(body)) % 2:
            return web.json_response(completion("", body, "content_filter"))
        return await behave_as(fair)(body, nth, request)

    server.behaviour = behave
    lost = sum(mark_of(f"Question {n}?") % 2 for n in range(40))
    run = evaluate(rows_of(tmp_path, 40), tmp_path / "run", server)
    assert 10 < lost < 30
    assert len([body for body in server.bodies if body["model"] == "judge"]) <= 2 * (40 - lost)
    rows = list(run.rows())
    assert [len(row["verdicts"]) for row in rows] == [2] * 40  # as many as ever, whatever came of them
    unasked = [verdict for row in rows for verdict in row["verdicts"] if "absent" in verdict]
    assert len(unasked) == 2 * lost
    assert all(verdict["absent"] == ["theirs"] and "scores" not in verdict for verdict in unasked)
    contest = contest_in(run)
    assert (contest["questions"], contest["unreadable"], contest["absent"]) == (40 - lost, 0, {"theirs": lost})
    said = f"Of 40 questions, {lost} are left out: no answer of theirs."
    assert said in contest["notes"]
    assert said in (run.folder.data / "verdict.html").read_text(encoding="utf-8")
    assert said in run.manifest["exhibits"][0]["caption"]
    told = tunesmith("verdict", run.folder.path)
    assert said in " ".join(told.stdout.split())
    assert said in json.loads(tunesmith("verdict", run.folder.path, "--json").stdout)["contests"][0]["notes"]
    assert (
        f"{lost} of 40 questions have no answer of theirs, and say nothing of it" in run.manifest["steps"][1]["notes"]
    )


def test_an_empty_answer_is_an_answer_and_judged(server: Loopback, tmp_path: Path) -> None:
    """A model that says nothing on half of the questions gains nothing by it."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        prompt = prompt_of(body)
        if shown := pair_in(prompt):
            scores = (1 if text == "(This answer is empty.)" else worth(text) for text in shown)
            return web.json_response(completion(" ".join(map(str, scores)), body))
        silent = body["model"] == "theirs" and int(prompt[9:-1]) % 2
        return web.json_response(completion(" \n" if silent else canned(body), body))

    server.behaviour = behave
    (tmp_path / "files.jsonl").write_text(
        "".join(json.dumps({"id": n, "output": ["", None, "Words."][n % 3]}) + "\n" for n in range(12))
    )
    run = evaluate(rows_of(tmp_path, 12), tmp_path / "run", server,
                   candidates__files=[f"filed={tmp_path / 'files.jsonl'}"], judge__baseline="ours")  # fmt: skip
    found = json.loads((run.folder.data / "verdict.json").read_text(encoding="utf-8"))
    theirs, filed = found["contests"]
    assert (theirs["model"], theirs["questions"], theirs["absent"]) == ("theirs", 12, {})
    assert theirs["by_question"]["tally"]["losses"] >= 6
    assert (filed["model"], filed["questions"], filed["absent"]) == ("filed", 8, {"filed": 4})
    assert filed["by_question"]["tally"]["losses"] >= 4
    assert "6 answers of theirs are empty; they count as answers" in run.manifest["steps"][0]["notes"]


def test_answers_that_are_the_same_are_told_from_verdicts(server: Loopback, tmp_path: Path) -> None:
    """Ties without a judge count as ties, and for no liking of places, no agreement and no score."""

    async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        prompt = prompt_of(body)
        if pair_in(prompt):
            return web.json_response(completion("9 5\nThe first is the best.", body))
        own = "" if int(prompt[9:-1]) % 4 else body["model"]
        return web.json_response(completion(f"An answer. {own}", body))

    server.behaviour = behave
    run = evaluate(rows_of(tmp_path, 40), tmp_path / "run", server, judge__models=["openai:j", "openai:k"])
    contest = contest_in(run)
    assert (contest["questions"], contest["same"], contest["verdicts"], contest["relative"]["n"]) == (40, 30, 40, 10)
    assert contest["by_question"]["tally"] == {"wins": 0, "ties": 40, "losses": 0}
    assert contest["ours_first"]["tally"] == {"wins": 20, "ties": 0, "losses": 0}
    assert [(bias["rows"], bias["flips"]["value"]) for bias in contest["positions"]] == [(10, 1.0), (10, 1.0)]
    said = (
        "Both answers to 30 of 40 questions are the same; these tie, and no judge was asked. The relative score rests "
        "on 10 others."
    )
    assert said in contest["notes"]
    assert not any("one order only" in note for note in contest["notes"])
    assert said in (run.folder.data / "verdict.html").read_text(encoding="utf-8")
    (agreement,) = json.loads((run.folder.data / "verdict.json").read_text(encoding="utf-8"))["agreements"]
    assert agreement["accuracy"]["n"] == 10
    assert len(json.loads(tunesmith("verdict", run.folder.path, "--json").stdout)["agreements"]) == 1


def test_rows_are_the_units_of_what_is_told_of_places(server: Loopback, tmp_path: Path) -> None:
    server.behaviour = behave_as(fair)
    run = evaluate(rows_of(tmp_path, 20), tmp_path / "run", server, candidates__models=[*MODELS, "more=openai:more"])
    assert any(note.startswith("openai:judge on 20 rows: ") for note in run.manifest["steps"][1]["notes"])


def test_a_model_called_tie_is_refused_before_anything_is_paid(server: Loopback, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a model is called 'tie', .*; rename it: NAME="):
        evaluate(rows_of(tmp_path, 3), tmp_path / "run", server, candidates__models=["Tie=openai:a", "openai:b"])
    assert not server.bodies


def test_a_baseline_that_nobody_answers_as_is_refused_before_anything_is_paid(
    server: Loopback, questions: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no answers of the baseline 'thiers' are collected; there are those of ours"):
        evaluate(questions, tmp_path / "run", server, judge__baseline="thiers")
    assert not server.bodies


def test_an_edited_copy_is_told_from_the_published_set(server: Loopback, shared: Path, tmp_path: Path) -> None:
    server.behaviour = behave_as(fair)
    lines = (shared / "fastchat" / "question.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "mine.jsonl").write_text("".join(lines[:5]))
    plan = Plan(load_recipe("evaluate").change({"candidates.models": MODELS}),
                f"testset:vicuna={tmp_path / 'mine.jsonl'}", tmp_path / "run")  # fmt: skip
    (hint,) = plan.check()[1]
    assert "is not the published vicuna" in hint
    assert "it has 5 rows, not 80" in hint
