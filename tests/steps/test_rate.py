"""Rating rows: by one teacher or several, once or often, or from a file."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.errors import DataError, UsageError
from tunesmith.recipes import Plan, Recipe, estimate, run_recipe
from tunesmith.rows import Row
from tunesmith.steps import Ledger
from tunesmith.steps.rate import CRITERIA, Rate
from tunesmith.teacher import Limits, ReplyStore, Teacher, Voice, connect

ROW: Row = {"id": "0", "instruction": "Name a fruit.", "input": "", "output": "Apple."}


def rows(number: int) -> list[Row]:
    return [ROW | {"id": str(n), "output": f"Apple {n}."} for n in range(number)]


def answer_with(server: Loopback, replies: dict[str, list[str]]) -> None:
    """Have the server answer requests that contain a text with replies in turn, the last one for ever."""

    async def behave(body: Json, nth: int, request: Any) -> Any:
        from aiohttp import web

        texts = next(texts for part, texts in replies.items() if part in body["model"] + prompt_of(body))
        text = texts.pop(0) if len(texts) > 1 else texts[0]
        return web.json_response(completion(text, body))

    server.behaviour = behave


def rate(step: Rate, source: list[Row], server: Loopback, tmp_path: Path) -> tuple[list[Row], list[dict[str, Any]]]:
    entries: list[dict[str, Any]] = []
    voices = {name: Voice(connect(name or "openai:gpt", server.url)) for name in step.teachers or ("",)}
    with Teacher(voices, ReplyStore(tmp_path / "s.sqlite")) as teacher:
        out = list(step.run(source, Ledger(step.label, entries.append), teacher))
    return out, entries


def test_a_score_and_its_reasons(server: Loopback, tmp_path: Path) -> None:
    answer_with(server, {"": ["4.5\nIt is a fruit, and it is named."]})
    out, _ = rate(Rate(), [ROW], server, tmp_path)
    assert out == [ROW | {"rating": 4.5, "rating_why": "It is a fruit, and it is named."}]
    assert server.bodies[0]["temperature"] == 0


def test_the_prompt_says_what_is_rated_and_how(server: Loopback) -> None:
    (request,) = Rate().requests(ROW | {"input": "in Latin"})
    text = request.messages[0].content
    for part in ("from 0 to 5", "Half points", CRITERIA["accuracy"], "=== Input ===\nin Latin\n", "Apple."):
        assert part in text
    plain = (
        Rate(dimension="Is it fit for a child?", scale="1-100").requests(ROW | {"output": " "})[0].messages[0].content
    )
    assert "Is it fit for a child?" in plain
    assert "from 1 to 100" in plain
    assert "Half points" not in plain
    assert "Input" not in plain
    assert "(The answer is empty.)" in plain


def test_a_prompt_of_ones_own_may_name_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_text("{instruction}|{output}|{dimension}|{low}|{high}")
    step = Rate(prompt=file, scale="1-10", dimension="helpfulness")
    assert step.requests(ROW)[0].messages[0].content == "Name a fruit.|Apple.|helpfulness|1|10"
    assert set(step.reads) == {"instruction", "output"}


def test_what_cannot_be_read_is_asked_again_and_then_goes(server: Loopback, tmp_path: Path) -> None:
    replies = {"Apple 0.": ["4 to 5", "4"], "Apple 1.": ["I would rather not."], "Apple 2.": ["7"]}
    answer_with(server, replies)
    out, entries = rate(Rate(), rows(3), server, tmp_path)
    assert [(row["id"], row["rating"]) for row in out] == [("0", 4.0)]
    assert [entry["fate"] for entry in entries] == ["changed", "dropped", "dropped"]
    assert "outside the scale" in entries[2]["reason"]
    assert "asked 3 times" in entries[1]["reason"]
    assert len(entries[0]["replies"]) == 2
    assert len(entries[1]["replies"]) == 3


def test_several_samples_and_several_teachers(server: Loopback, tmp_path: Path) -> None:
    answer_with(server, {"strict": ["2\nno", "3"], "kind": ["5", "4.5"]})
    step = Rate(samples=2, models=("openai:strict", "openai:kind"), column="quality")
    out, entries = rate(step, [ROW], server, tmp_path)
    assert out[0]["quality"] == 3.625
    assert out[0]["quality_spread"] == pytest.approx(1.3768926)
    found = {(score["teacher"], score["sample"]): score["score"] for score in out[0]["quality_scores"]}
    assert {teacher for teacher, _ in found} == {"openai:strict", "openai:kind"}
    assert sorted(found.values()) == [2.0, 3.0, 4.5, 5.0]
    assert found["openai:strict", 0] + found["openai:strict", 1] == 5.0
    assert len(entries[0]["replies"]) == 4
    assert "temperature" not in server.bodies[0]
    assert set(step.writes) <= out[0].keys()


def test_only_the_score_that_cannot_be_read_is_asked_for_again(server: Loopback, tmp_path: Path) -> None:
    answer_with(server, {"m-one": ["none"] * 2 + ["3"], "m-two": ["4"]})
    out, _ = rate(Rate(models=("openai:m-one", "openai:m-two")), [ROW], server, tmp_path)
    assert out[0]["rating"] == 3.5
    assert sorted(body["model"] for body in server.bodies) == ["m-one"] * 3 + ["m-two"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": "5"}, "LOW-HIGH"),
        ({"scale": "5-0"}, "LOW-HIGH"),
        ({"samples": 3, "temperature": 0}, "the same answer 3 times"),
        ({"models": ("openai:a", "openai:a")}, "twice"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Rate(**settings)


def look_up(step: Rate, source: list[Row]) -> tuple[dict[str, float], list[dict[str, Any]]]:
    entries: list[dict[str, Any]] = []
    step.check_inputs()
    out = list(step.run(source, Ledger("rate", entries.append), None))
    return {row["id"]: row["rating"] for row in out}, entries


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.json", "[4, 4.5, null, 0]"),
        ("r.json", "\ufeff[4, 4.5, null, 0]"),
        ("r.json", '{"0": "4", "1": 4.5, "3": 0}'),
        ("r.json", '{"0": 4, "1": 4.5, "3": 0}'),
        ("r.jsonl", '{"rating": 4}\n{"rating": 4.5}\n{"rating": null}\n{"rating": 0}\n'),
        ("r.jsonl", '{"id": 3, "rating": 0}\n{"id": 1, "rating": 4.5}\n{"id": "0", "rating": 4}\n'),
        ("r.csv", "rating\n4\n4.5\nn/a\n0\n"),
        ("r.csv", "id,rating,note\n0,4,x\n1,4.5,y\n3,0,z\n"),
        ("r.json", '[{"id": 1, "rating": 4.5},\n {"id": 0, "rating": 4}, {"id": 3, "rating": 0}]'),
    ],
)
def test_ratings_that_exist_already(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    step = Rate(file=file)
    assert (step.prompts(), step.reads, step.teachers) == ({}, (), ())
    ratings, entries = look_up(step, rows(4))
    assert ratings == {"0": 4.0, "1": 4.5, "3": 0.0}
    assert entries[2]["fate"] == "dropped"
    assert "no rating" in entries[2]["reason"]


def test_a_rating_outside_the_scale_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("[4, 7]")
    ratings, entries = look_up(Rate(file=file), rows(2))
    assert ratings == {"0": 4.0}
    assert entries[1]["reason"] == "the rating 7 in r.json is outside the scale 0-5"


@pytest.mark.parametrize(
    ("name", "text", "match", "error", "message"),
    [
        ("r.json", "[4, 5]", "auto", UsageError, "2 ratings, but 4 rows"),
        ("r.json", "[4, 5, 4, 5]", "id", UsageError, "no ids"),
        ("r.json", "[4, 5", "auto", DataError, "not JSON"),
        ("r.json", '{"1": 4, "1": 5}', "auto", DataError, "stands twice"),
        ("r.json", "[" * 100_000, "auto", DataError, "lists within lists|not JSON"),
        (".", "", "auto", UsageError, "is a folder"),
        ("r.jsonl", '{"id": 1, "ratnig": 4}\n', "auto", DataError, "no column 'rating'.*did you mean 'ratnig'"),
        ("r.jsonl", '{"id": 1, "rating": 4}\n{"id": 1, "rating": 5}\n', "auto", DataError, "second rating"),
        ("r.jsonl", '{"id": 1, "rating": 4}\n{"rating": 5}\n', "auto", DataError, "some have none"),
    ],
)
def test_files_of_ratings_that_do_not_fit(
    tmp_path: Path, name: str, text: str, match: Any, error: type[Exception], message: str
) -> None:
    file = tmp_path / name
    if name != ".":
        file.write_text(text)
    with pytest.raises(error, match=message):
        look_up(Rate(file=file, match=match), rows(4))


def test_matching_by_position_although_there_are_ids(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps([{"id": f"other {n}", "rating": n} for n in range(4)]))
    assert look_up(Rate(file=file, match="position"), rows(4))[0] == {"0": 0.0, "1": 1.0, "2": 2.0, "3": 3.0}


def test_one_model_under_two_names_is_not_two_judges(server: Loopback, tmp_path: Path) -> None:
    source = tmp_path / "rows.json"
    source.write_text(json.dumps([ROW]))
    names = [f"openai:gpt@{server.url}", f"openai:gpt@{server.url}/"]
    recipe = Recipe.model_validate({"name": "twice", "steps": [{"step": "rate", "models": names}]})
    voices = {name: Voice(connect(name)) for name in names}
    with pytest.raises(UsageError, match="names one teacher twice"):
        run_recipe(Plan(recipe, str(source), tmp_path / "run"), voices)
    assert server.bodies == []


def test_each_score_has_tries_of_its_own(server: Loopback, tmp_path: Path) -> None:
    async def behave(body: Json, nth: int, request: Any) -> Any:
        from aiohttp import web

        asked = sum(other["model"] == body["model"] for other in server.bodies)
        if body["model"] == "m-cut":
            return web.json_response(completion("4\nFine.", body, "length" if asked < 3 else "stop"))
        return web.json_response(completion("hm" if asked < 3 else "4", body))

    server.behaviour = behave
    out, entries = rate(Rate(models=("openai:m-cut", "openai:m-vague"), tries=3), [ROW], server, tmp_path)
    models = [body["model"] for body in server.bodies]
    assert models.count("m-vague") == 3
    assert out[0]["rating"] == 4.0
    assert len(entries[0]["replies"]) == len(models)


def test_ratings_for_no_row_are_told_and_a_stream_of_rows_is_not_used_up(tmp_path: Path) -> None:
    by_id, by_position = tmp_path / "id.json", tmp_path / "position.json"
    by_id.write_text('{"0": 4, "99": 5}')
    by_position.write_text("[1, 2]")
    ledger = Ledger("rate", lambda entry: None)
    assert len(list(Rate(file=by_id).run(iter(rows(2)), ledger, None))) == 1
    assert ledger.tally.notes == ["1 ratings in id.json are for ids that no row has here, such as '99'"]
    ledger = Ledger("rate", lambda entry: None)
    assert len(list(Rate(file=by_position).run(iter(rows(2)), ledger, None))) == 2
    assert ledger.tally.notes == []


def test_an_estimate_with_ratings_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("[4]")
    recipe = Recipe.model_validate({"name": "x", "steps": [{"step": "rate", "file": str(tmp_path / "r.json")}]})
    assert estimate(recipe, [ROW], {}, Limits()).steps == []


def test_a_dimension_that_is_nearly_one_of_ours() -> None:
    with pytest.raises(ValidationError, match="did you mean 'accuracy'"):
        Rate(dimension="acuracy")
