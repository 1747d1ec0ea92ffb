"""Test sets: the published files as they are, fetched over HTTP from loopback, kept, and told from other files."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from aiohttp import web

from tests.cli.runner import environment, one_sentence, start, tunesmith
from tunesmith.data.files import check_source, read_rows
from tunesmith.data.testsets import (
    QuestionSet,
    cached_file,
    differences,
    digest_of,
    fetched,
    file_of,
    hints_on,
    keep,
    known_sets,
    load_set,
)
from tunesmith.errors import DataError, RunError, UsageError

FILES = {
    "vicuna": "alpagasus/test_sets/vicuna_test_set.jsonl",
    "koala": "alpagasus/test_sets/koala_test_set.jsonl",
    "wizardlm": "alpagasus/test_sets/wizardlm_test_set.jsonl",
    "self-instruct": "alpagasus/test_sets/sinstruct_test_set.jsonl",
    "math": "explore_instruct/MATH_eval_set_sample.jsonl",
    "explore-instruct": "explore_instruct/en_eval_set.jsonl",
}
COLUMNS = {
    "vicuna": {"category"},
    "koala": set(),
    "wizardlm": {"skill", "difficulty"},
    "self-instruct": {"motivation_app", "reference"},
    "math": {"reference", "category", "level", "type"},
    "explore-instruct": {"category"},
}
TEXT = '{"question_id": 1, "text": "Why?", "category": "generic"}\n'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TUNESMITH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("name", FILES)
def test_the_published_files_are_what_is_described(name: str, shared: Path) -> None:
    path = shared / FILES[name]
    named, by_path = check_source(f"testset:{name}={path}"), check_source(path)
    assert differences(load_set(name), digest_of(path), named.rows) == []
    assert hints_on(str(path), by_path.shape, by_path.rows) == []
    assert named.rows == load_set(name).rows
    assert by_path.shape == f"testset:{name}"
    assert by_path.sha256 == named.sha256
    assert set(named.columns) >= {"id", "instruction", "input"} | COLUMNS[name]
    assert "output" not in named.columns
    theirs = {json.loads(line).get("id") or json.loads(line).get("question_id") or json.loads(line).get("idx")
              for line in path.read_text(encoding="utf-8").splitlines()}  # fmt: skip
    assert {row["id"] for row in read_rows(path)} == set(map(str, theirs))


def test_every_description_is_whole() -> None:
    assert set(FILES) | {"gsm8k", "unnatural-instructions"} == set(known_sets())
    for found in known_sets().values():
        assert found.title
        assert found.license
        assert found.where
        assert "instruction" in found.columns.values()
        assert found.url or "PATH" in one_sentence(tunesmith("testsets", "get", found.name))


def test_gsm8k_has_references_and_is_maths(tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"question": "2 + 2?", "answer": "2 + 2 = 4\\n#### 4"}\n')
    (row,) = read_rows(f"testset:gsm8k={tmp_path / 'test.jsonl'}")
    assert row == {
        "id": "0",
        "instruction": "2 + 2?",
        "input": "",
        "category": "math",
        "reference": "2 + 2 = 4\n#### 4",
    }
    with pytest.raises(DataError, match="no column 'instruction'"):  # anybody's questions have such columns
        check_source(tmp_path / "test.jsonl")


def test_a_file_with_answers_is_no_test_set(shared: Path) -> None:
    with pytest.raises(DataError, match="no column 'instruction'"):
        check_source(shared / "fastchat" / "answers" / "answer_gpt35.jsonl")


def test_a_set_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("nr,frage,loesung,art\n7,Was?,Das.,leicht\n8,Wer?,,schwer\n")
    (tmp_path / "mine.yaml").write_text(
        "title: Mine\nfile: mine.csv\nlicense: mit\nlanguages: [de]\n"
        "columns: {nr: id, frage: instruction, loesung: reference, art: difficulty}\n"
    )
    rows = list(read_rows(f"testset:{tmp_path / 'mine.yaml'}"))
    assert rows == [
        {"id": "7", "instruction": "Was?", "input": "", "reference": "Das.", "difficulty": "leicht"},
        {"id": "8", "instruction": "Wer?", "input": "", "difficulty": "schwer"},
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("testset:vikuna", "there is no test set 'vikuna'.*'vicuna'"),
        ("testset:vicuna=", "no path stands after the '='"),
        ("testset:koala", "cannot be fetched; it is had from: github.com.*testset:koala=PATH"),
        ("testset:vicuna=nowhere.jsonl", "cannot be read"),
        ("testset:nowhere.yaml", "cannot read the description"),
    ],
)
def test_sources_that_name_nothing(source: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_source(source)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1", "no description of a test set"),
        ("title: x", "has no 'file:'"),
        ("title: x\nfile: a.csv\nrows: many", "rows: expected a whole number, found 'many'"),
        ("title: x\nfile: a.csv\nurl: ftp://x", "url:"),
        (
            "title: x\nfile: a.csv\ncolumns: {id: instruction, prompt: instruction}",
            "yaml: columns: 'id' and 'prompt' would both be 'instruction'",
        ),
        ("title: x\nfile: a.csv\ncolumns: {instruction: text}", "'instruction' is renamed, and no column becomes it"),
    ],
)
def test_a_description_that_makes_no_sense(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(DataError, match=said):
        load_set(str(tmp_path / "mine.yaml"))


def test_a_set_of_ones_own_is_held_against_its_description(tmp_path: Path) -> None:
    text = '{"frage": "Was?"}\n{"frage": "Wer?"}\n'
    (tmp_path / "mine.jsonl").write_text(text)
    about = "title: Mine\nfile: mine.jsonl\ncolumns: {frage: instruction}\n"
    digest = sha256(text.encode()).hexdigest()
    source = f"testset:{tmp_path / 'mine.yaml'}"
    for more, said in (
        ("rows: 2", ""),
        ("rows: 3", "it has 2 rows, not 3"),
        (f"sha256: {digest}", ""),
        (f"sha256: {digest[::-1]}", "its SHA-256 is"),
    ):
        (tmp_path / "mine.yaml").write_text(about + more)
        facts = check_source(source)
        hints = hints_on(source, facts.shape, facts.rows)
        assert bool(hints) == bool(said)
        assert said in "".join(hints)
        assert "mine.yaml describes" in hints[0] if said else not hints


def test_two_columns_for_one_are_refused_where_they_meet(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"text": "Why?", "instruction": "How?", "question_id": 1}\n')
    with pytest.raises(DataError, match="line 1: the row has both 'instruction' and 'text', which is read as it"):
        list(read_rows(f"testset:vicuna={tmp_path / 'mine.jsonl'}"))


def test_ordinary_rows_with_a_test_sets_columns_stay_as_they_are_where_no_question_is_wanted(tmp_path: Path) -> None:
    for columns in ({"id": 1, "prompt": "a b c"}, {"question_id": 1, "text": "a b c", "category": "x"}):
        text = "".join(json.dumps(columns | {key: n for key in columns if key.endswith("id")}) + "\n" for n in range(3))
        (tmp_path / "mine.jsonl").write_text(text)
        assert check_source(tmp_path / "mine.jsonl", needs=("id",) if "id" in columns else ()).shape == "plain"
        column = "prompt" if "prompt" in columns else "text"
        out = tmp_path / f"{column}.jsonl"
        done = tunesmith("dedup", tmp_path / "mine.jsonl", "--column", column, "--output", out)
        assert done.returncode == 0, done.stderr
        (row,) = read_rows(out, "plain")
        assert row.keys() >= columns.keys()


def test_an_edited_file_that_is_recognised_by_its_columns_is_told(shared: Path, tmp_path: Path) -> None:
    lines = (shared / FILES["vicuna"]).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "mine.jsonl").write_text("".join(lines[1:]), encoding="utf-8")
    facts = check_source(tmp_path / "mine.jsonl")
    (hint,) = hints_on(str(tmp_path / "mine.jsonl"), facts.shape, facts.rows)
    assert "is read as testset:vicuna, whose columns it has, but is not the published vicuna" in hint
    assert "it has 79 rows, not 80" in hint


@pytest.mark.parametrize("source", ["-", "hf:someone/set", "folder"])
def test_what_is_no_local_file_is_not_held_against_anything(source: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / source if source == "folder" else source
    assert hints_on(f"testset:vicuna={path}", "testset:vicuna", 3) == []


def test_a_test_set_from_standard_input(tmp_path: Path) -> None:
    models = "candidates.models=tuned=scripted:tuned,base=scripted:base"
    run = ("run", "evaluate", "--input", "testset:vicuna=-", "--set", models, "--model", "scripted:judge", "--dry-run")
    done = tunesmith(*run, "--output", tmp_path / "run", stdin=TEXT)
    assert done.returncode == 0, done.stderr


def test_a_copy_that_was_changed_in_the_cache_is_not_taken_for_the_published_file(shared: Path) -> None:
    content = (shared / FILES["koala"]).read_bytes()
    path = keep(load_set("koala"), content, "here")
    assert check_source("testset:koala").rows == 180
    path.write_bytes(content.replace(b"a", b"b", 1))
    with pytest.raises(RunError, match="in the cache, .*, is no longer the published file; remove it"):
        check_source("testset:koala")


def test_several_that_keep_the_same_set_at_once(shared: Path, home: Path) -> None:
    """Processes, started together: each keeps the file or finds it kept."""
    command = ("testsets", "get", "koala", "--from", shared / FILES["koala"])
    keeping = [start(*command, env=environment(TUNESMITH_HOME=str(home))) for _ in range(6)]
    for process in keeping:
        _, said = process.communicate()
        assert process.returncode == 0, said
    assert cached_file(load_set("koala")).read_bytes() == (shared / FILES["koala"]).read_bytes()
    assert [path.name for path in (home / "testsets").iterdir()] == ["koala.jsonl"]


def test_a_missing_column_is_told_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"question_id": 1, "txt": "Why?"}\n')
    with pytest.raises(DataError, match="line 1: no column 'text'; found 'question_id', 'txt'; if 'txt' is meant"):
        list(read_rows(f"testset:vicuna={tmp_path / 'mine.jsonl'}"))


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Serves one address on loopback; gives it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runners: list[web.AppRunner] = []

    async def begin(answer: Answer) -> str:
        app = web.Application()
        app.router.add_get("/set.jsonl", answer)
        runners.append(web.AppRunner(app, shutdown_timeout=0.1))
        await runners[-1].setup()
        site = web.TCPSite(runners[-1], "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/set.jsonl"  # type: ignore[union-attr]

    yield lambda answer: asyncio.run_coroutine_threadsafe(begin(answer), loop).result()
    for runner in runners:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def whole(request: web.Request) -> web.StreamResponse:
    return web.Response(text=TEXT)


async def missing(request: web.Request) -> web.StreamResponse:
    return web.Response(status=404, text="gone")


async def truncated(request: web.Request) -> web.StreamResponse:
    """Promise a whole file, send a part of it, and hang up."""
    response = web.StreamResponse(headers={"Content-Length": str(len(TEXT) * 2)})
    await response.prepare(request)
    await response.write(TEXT.encode())
    assert request.transport is not None
    request.transport.close()
    return response


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def other(request: web.Request) -> web.StreamResponse:
    return web.Response(text=TEXT.replace("Why", "How") + TEXT.replace("1", "2"))


def a_set(url: str) -> QuestionSet:
    return load_set("vicuna").model_copy(update={"url": url, "rows": 1, "sha256": sha256(TEXT.encode()).hexdigest()})


def test_the_right_file_is_fetched_once_and_kept(
    serve: Callable[[Answer], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def counting(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await whole(request)

    known = {**known_sets(), "vicuna": a_set(serve(counting))}
    monkeypatch.setattr("tunesmith.data.testsets.described.known_sets", lambda: known)
    for _ in range(2):
        (row,) = read_rows("testset:vicuna")
        assert row == {"id": "1", "instruction": "Why?", "input": "", "category": "generic"}
    assert asked == ["/set.jsonl"]
    assert file_of("testset:vicuna").read_text() == TEXT


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (missing, r"refused \(status 404\).*give a copy of your own: testset:vicuna=PATH"),
        (truncated, "then it broke off|failed"),
        (cut, "failed"),
        (other, "is not the published vicuna: it has 2 rows, not 1; its SHA-256 is .*It was not kept"),
    ],
)
def test_what_comes_otherwise_is_refused_and_not_kept(
    answer: Answer, said: str, serve: Callable[[Answer], str], home: Path
) -> None:
    found = a_set(serve(answer))
    with pytest.raises(RunError, match=said):
        keep(found, fetched(found), found.url)
    assert not cached_file(found).exists()
    assert not list(home.rglob("*.new"))


def test_nobody_listens(serve: Callable[[Answer], str]) -> None:
    with pytest.raises(RunError, match="failed .*check the network"):
        fetched(a_set("http://127.0.0.1:9/set.jsonl"))


def test_the_commands(shared: Path, home: Path, tmp_path: Path) -> None:
    run = partial(tunesmith, TUNESMITH_HOME=str(home))
    listed = json.loads(run("testsets", "list", "--json").stdout)
    assert {one["name"]: one["rows"] for one in listed}["koala"] == 180
    assert "koala" in run("testsets", "list").stdout
    told = run("testsets", "show", "wizardlm").stdout
    assert "Skill (read as skill)" in told
    assert "cc-by-nc-4.0" in told
    got = run("testsets", "get", "koala", "--from", shared / FILES["koala"])
    assert got.stdout.strip() == str(home / "testsets" / "koala.jsonl")
    assert json.loads(run("testsets", "show", "koala", "--json").stdout)["cached"] is True
    wrong = run("testsets", "get", "vicuna", "--from", shared / FILES["koala"])
    assert wrong.returncode == 1
    assert "is not the published vicuna" in one_sentence(wrong)
    done = run("convert", "testset:koala", "--output", tmp_path / "out.jsonl", "--to", "alpaca")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 180
