"""GPT-4-LLM over real rows of Alpaca, with teachers that misbehave, and offline with the scripted ones."""

import hashlib
import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.runner import start, tunesmith
from tests.loopback import Json, Loopback, completion, prompt_of
from tunesmith.curate.translation.scripts import told
from tunesmith.curate.translation.spans import kept_texts, protected
from tunesmith.recipes import Plan, ledger_entries, load_recipe, run_recipe
from tunesmith.recipes.folder import RunFolder
from tunesmith.rows import Row
from tunesmith.teacher import ReplyStore, Voice, connect

SAMPLE = Path(str(files("tunesmith").joinpath("recipes", "sample", "bilingual.json")))
HAN = "天地人和春夏秋冬山水风云日月星光江河湖海花草树木鸟鱼虫石金火土"


def dice(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def in_chinese(text: str) -> str:
    """A made translation: each word a Chinese one of two characters, and what is protected as it was."""
    parts, at = [], 0
    for start_, end in [*((span.start, span.end) for span in protected(text)), (len(text), len(text))]:
        prose = re.sub(
            r"[^\W\d_]+", lambda word: HAN[dice(word[0]) % 31] + HAN[dice(word[0][::-1]) % 31], text[at:start_]
        )
        parts += [prose, text[start_:end]]
        at = end
    return "".join(parts)


def texts_of(prompt: str) -> list[tuple[str, str]]:
    return re.findall(r"<(textx*_\d)>\n(.*?)\n</\1>\n", prompt, re.DOTALL)


SPOILS = ["English", "remark", "spans", "no marks", "twice", "half", "filter", "refused"]


def translation(prompt: str, spoil: str) -> tuple[str, str]:
    found = texts_of(prompt)
    made = {mark: in_chinese(text) for mark, text in found}
    first, text = found[0]
    match spoil:
        case "English":
            made[first] = text
        case "remark":
            made[first] = "Here is the translation: " + made[first]
        case "spans":
            made[first] += " `added()`"
        case "no marks":
            return made[first], "stop"
        case "half":
            made[first] += " and this is what was left in English"
        case "filter":
            return "", "content_filter"
    reply = "\n".join(f"<{mark}>\n{text}\n</{mark}>" for mark, text in made.items())
    return (reply * 2 if spoil == "twice" else reply), "stop"


async def behave(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
    """One translation in five is spoiled, some of these each time; one answer in eight declines or is withheld."""
    prompt = prompt_of(body)
    number = dice(prompt)
    if "How to translate" in prompt:
        assert body["model"] == "translator"
        spoil = SPOILS[number // 5 % len(SPOILS)] if number % 5 == 0 and (nth == 0 or number // 40 % 2 == 0) else ""
        if spoil == "refused" and nth == 0:
            return web.json_response({"error": {"message": f"flagged {number}"}}, status=400)
        return web.json_response(completion(*_reply(body, translation(prompt, spoil))))
    chinese = "Write the response in Chinese" in prompt
    answer = f"这是第{number}个回答，写得很完整。" if chinese else f"This is answer {number}, and a whole one."
    if body["model"] == "gpt" and number % 8 == 0:
        said = [("抱歉，我无法提供这方面的帮助。", "stop"), ("", "content_filter")][number // 8 % 2]
        return web.json_response(completion(*_reply(body, said)))
    return web.json_response(completion(*_reply(body, (answer, "stop"))))


def _reply(body: Json, said: tuple[str, str]) -> tuple[str, Json, str]:
    return said[0], body, said[1]


@pytest.fixture
def rows(alpaca: list[Row]) -> list[Row]:
    """400 rows, half of them with spans that must stay."""
    with_spans = [row for row in alpaca if kept_texts(row["instruction"] + "\n" + row["input"])]
    return alpaca[:200] + random.Random(5).sample(with_spans, 200)


@pytest.fixture
def source(rows: list[Row], tmp_path: Path) -> Path:
    path = tmp_path / "alpaca.json"
    path.write_text(json.dumps(rows))
    return path


def arguments(server: Loopback, source: Path, folder: Path, *more: object) -> Sequence[object]:
    return ["run", "gpt4llm", "--input", source, "--model", "openai:gpt", "--base-url", server.url, "--output", folder,
            "--set", "translate.model=openai:translator", "--set", "answer.fallback=openai:other", "--set",
            "answer.former=alpaca_output", "--split-by", "language", "--concurrency", 16, "--price", "1,1",
            *more]  # fmt: skip


def test_teachers_that_misbehave(rows: list[Row], source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with Loopback(behave) as server:
        done = tunesmith(*arguments(server, source, folder, "--budget", 5))
        assert done.returncode == 0, done.stderr
    manifest, entries = RunFolder(folder).read_manifest(), list(ledger_entries(RunFolder(folder)))
    out = [json.loads(line) for line in (folder / "data" / "train.jsonl").read_text().splitlines()]
    by_id = {row["id"]: row for row in out}
    pairs = [(by_id[row["translation_of"]], row) for row in out if row.get("translation_of") in by_id]
    assert len(pairs) > 300
    for english, chinese in pairs:
        assert (english["language"], chinese["language"]) == ("English", "Chinese")
        assert chinese["id"] == f"{english['id']}.translate.1"
        for column in ("instruction", "input"):
            assert kept_texts(chinese[column].strip()) == kept_texts(english[column].strip())
        assert told(chinese["instruction"], ("Chinese",)) == "Chinese"
    for row in out:
        assert row["output"].startswith(("This is", "这是", "抱歉"))
        assert (row["language"] == "Chinese") == (told(row["output"]) == "Chinese") or row["output"].startswith("抱歉")
        assert row["alpaca_output"] == ("" if row["language"] == "Chinese" else rows[int(row["id"])]["output"])
    refused = Counter(entry.get("kind", entry["reason"]) for entry in entries if entry["fate"] == "refused")
    for kind in (
        "left as it was",
        "a remark stands",
        "changed what must stay",
        "no translation",
        "more than one",
        "withheld",
    ):
        assert any(kind in found for found in refused), (kind, refused)
    translate, answer = manifest["steps"]
    assert translate["rows_in"] == translate["kept"] + translate["changed"] == 400
    assert translate["refused"] == sum(refused.values()) == 400 - translate["added"]
    assert answer["rows_out"] == len(out) == answer["rows_in"] == translate["rows_out"]
    assert {row["answered_by"] for row in out} == {"openai:gpt", "openai:other"}
    stand_ins = [entry for entry in entries if entry.get("answered_by") == "openai:other"]
    assert Counter(entry["refusals"][0]["reason"] for entry in stand_ins).keys() == {
        "declined in words", "withheld by the provider (content_filter)"
    }  # fmt: skip
    parts = {file.stem: len(file.read_text().splitlines()) for file in (folder / "data" / "by-language").iterdir()}
    assert parts == Counter(row["language"] for row in out)


def outcome(folder: Path) -> dict[str, bytes]:
    names = ["ledger.jsonl", "data/train.jsonl", "recipe.yaml", "data/by-language/Chinese.jsonl"]
    return {name: (folder / name).read_bytes() for name in names}


def stored(folder: Path) -> int:
    if not (folder / "replies.sqlite").exists():
        return 0
    store = ReplyStore(folder / "replies.sqlite")
    try:
        return sum(1 for _ in store.entries())
    finally:
        store.close()


def test_killed_and_started_again(source: Path, tmp_path: Path) -> None:
    async def by_attempt(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        """The same whenever it is asked: a request that was in flight at a kill comes a second time."""
        return await behave(body, 0, request)

    with Loopback(by_attempt, latency=0.01) as server:
        limit = ("--limit", 120)
        assert tunesmith(*arguments(server, source, tmp_path / "calm", *limit)).returncode == 0
        in_all, folder = stored(tmp_path / "calm"), tmp_path / "killed"
        assert server.answered.total() == in_all
        for moment in (5, 60, 200):
            server.bodies.clear()
            with start(*arguments(server, source, folder, *limit), stdout=None, stderr=None) as process:
                give_up = time.monotonic() + 60
                while process.poll() is None and len(server.bodies) < moment and time.monotonic() < give_up:
                    time.sleep(0.002)
                process.send_signal(signal.SIGKILL)
                process.wait()
        assert 0 < stored(folder) < in_all
        done = tunesmith(*arguments(server, source, folder, *limit))
        assert done.returncode == 0, done.stderr
        assert server.answered.total() <= 2 * in_all + 3 * 2 * 16  # at a kill, two teachers' requests were in flight
    assert outcome(folder) == outcome(tmp_path / "calm")
    assert stored(folder) == in_all


def test_its_own_output_in_a_third_language(source: Path, tmp_path: Path) -> None:
    async def in_two(body: Json, nth: int, request: web.Request) -> web.StreamResponse:
        prompt = prompt_of(body)
        if "How to translate" not in prompt:
            return web.json_response(completion("gut" if "German" in prompt else "well", body))
        made = [(mark, in_chinese(text)) for mark, text in texts_of(prompt)]
        if "into German" in prompt:
            made = [(mark, re.sub("[\u4e00-\u9fff]", "ach ", text)) for mark, text in made]
        return web.json_response(completion("\n".join(f"<{mark}>\n{text}\n</{mark}>" for mark, text in made), body))

    with Loopback(in_two) as server:
        first, second = tmp_path / "zh", tmp_path / "de"
        assert tunesmith(*arguments(server, source, first, "--limit", 8)).returncode == 0
        more = ("--set", "translate.target=German")
        done = tunesmith(*arguments(server, first / "data" / "train.jsonl", second, *more))
        assert done.returncode == 0, done.stderr
        asked, before = len(server.bodies), (second / "data" / "train.jsonl").read_bytes()
        assert tunesmith(*arguments(server, first / "data" / "train.jsonl", second, *more)).returncode == 0
        assert len(server.bodies) == asked
        assert (second / "data" / "train.jsonl").read_bytes() == before
    ids = {row["id"]: row["language"] for row in map(json.loads, before.decode().splitlines())}
    assert (ids["0"], ids["0.translate.1"], ids["0.translate.2"]) == ("English", "Chinese", "German")


def test_english_only(server: Loopback, source: Path, tmp_path: Path) -> None:
    server.behaviour = behave
    done = tunesmith(
        *arguments(server, source, tmp_path / "run", "--limit", 20)[:10], "--skip", "translate", "--limit", 20
    )
    assert done.returncode == 0, done.stderr
    row = json.loads((tmp_path / "run" / "data" / "train.jsonl").read_text().splitlines()[0])
    assert "language" not in row
    body = server.bodies[0]
    assert (body["temperature"], body["top_p"]) == (1.0, 1.0)
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 512


ALPACA_WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:"
)
ALPACA = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:"
)


def test_the_published_prompt_to_the_byte(alpaca: list[Row]) -> None:
    answer: Any = load_recipe("gpt4llm").steps[1]
    for row in alpaca[:500]:
        asked = answer.requests(row | {"language": "English"})[0].messages
        assert [message.role for message in asked] == ["user"]
        assert asked[0].content == (ALPACA_WITH_INPUT if row["input"] else ALPACA).format(**row)
    chinese = answer.requests({"instruction": "写诗", "input": "海", "language": "Chinese"})[0].messages[0].content
    sentence = " Write the response in Chinese, unless the instruction itself asks for another language."
    assert chinese == ALPACA_WITH_INPUT.format(instruction="写诗", input="海").replace(
        "request.", "request." + sentence
    )


def test_the_sample_offline(tmp_path: Path) -> None:
    recipe = load_recipe("gpt4llm").change({"answer.fallback": ["scripted:stand-in"]})
    voices = {name: Voice(connect(name or "scripted:translator")) for name in recipe.teachers()}
    ended = run_recipe(Plan(recipe, str(SAMPLE), tmp_path / "run", split_by="language"), voices)
    translate, answer = ended.manifest["steps"]
    assert (translate["rows_in"], translate["added"], translate["refused"]) == (12, 11, 0)
    assert (answer["rows_in"], answer["dropped"]) == (23, 0)
    out = list(ended.rows())
    assert Counter(row["language"] for row in out) == {"Chinese": 12, "English": 11}
    assert all(told(row["output"], (row["language"],)) in (row["language"], "") for row in out)
    assert [row["id"] for row in out if row["answered_by"] == "scripted:stand-in"] == ["6"]
    entries = list(ledger_entries(ended.folder))
    asked_twice = [
        entry["row"] for entry in entries if entry["step"] == "translate" and len(entry.get("replies", [])) == 2
    ]
    assert asked_twice == ["0", "8"]
    assert stored(ended.folder.path) == 37


def test_the_card_names_the_languages_that_the_rows_tell(tmp_path: Path) -> None:
    sample = files("tunesmith").joinpath("recipes", "sample", "bilingual.json")
    (tmp_path / "rows.json").write_text(sample.read_text(encoding="utf-8"), encoding="utf-8")  # without its card
    voices = {"": Voice(connect("scripted:translator"))}
    run = run_recipe(Plan(load_recipe("gpt4llm"), str(tmp_path / "rows.json"), tmp_path / "run"), voices)
    assert "Languages: en, zh." in (run.folder.data / "README.md").read_text(encoding="utf-8")
