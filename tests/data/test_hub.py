"""The hub's own library, talking to a server on this machine that answers as the hub does."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tunesmith.data import hub
from tunesmith.data.files import check_source, read_rows
from tunesmith.errors import DataError, RunError, TunesmithError, UsageError

hf = pytest.importorskip("huggingface_hub", reason="the extra tunesmith[hub] is not installed")
pa: Any = pytest.importorskip("pyarrow")
pq: Any = pytest.importorskip("pyarrow.parquet")

CONVERTED = "refs/convert/parquet"


@dataclass
class Repo:
    """A data set: its files by revision, and how it is guarded."""

    files: dict[str, dict[str, bytes]]
    card: dict[str, Any] = field(default_factory=dict)
    error: tuple[int, str] | None = None  # status and X-Error-Code of every file

    def commit(self, revision: str) -> str | None:
        """The revision's commit, given its name or the commit itself."""
        known = {name: hashlib.sha1(name.encode()).hexdigest() for name in self.files}
        return next((commit for name, commit in known.items() if revision in (name, commit)), None)

    def at(self, commit: str) -> dict[str, bytes]:
        return next(files for name, files in self.files.items() if self.commit(name) == commit)


class Hub(ThreadingHTTPServer):
    """What huggingface_hub asks: the list of files at a revision, then HEAD and GET of each."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos: dict[str, Repo] = {}
        self.down = False
        self.requests: list[str] = []

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        parts = unquote(path).strip("/").split("/")
        if self.down:
            return 500, {}, b""
        api = parts[0] == "api"
        name, rest = "/".join(parts[2:4] if api else parts[1:3]), parts[4 if api else 3 :]
        repo = self.repos.get(name)
        if repo is None:  # the real one says 401 for fear of telling what is private
            return 401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Invalid username or password."}, b""
        revision = "main" if not rest else "/".join(rest[1:]) if api else rest[1]
        commit = repo.commit(revision)
        if commit is None:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        if api:
            siblings = [{"rfilename": file} for file in repo.at(commit)]
            info = {"id": name, "sha": commit, "siblings": siblings, "cardData": repo.card, "tags": []}
            return 200, {"Content-Type": "application/json"}, json.dumps(info).encode()
        if repo.error:
            return repo.error[0], {"X-Error-Code": repo.error[1]}, b""
        body = repo.at(commit)["/".join(rest[2:])]
        return 200, {"X-Repo-Commit": commit, "ETag": f'"{hashlib.sha1(body).hexdigest()}"'}, body


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.requests.append(f"{self.command} {unquote(path)}")
        status, headers, body = self.server.answer(path)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as hub_server:
        thread = threading.Thread(target=hub_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub_server.server_port}")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))
        monkeypatch.delenv("HF_TOKEN", raising=False)
        hub._choose.cache_clear()
        yield hub_server
        hub_server.shutdown()
        thread.join()


def parquet(*instructions: str) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"instruction": list(instructions), "output": ["x"] * len(instructions)}), file)
    return file.getvalue()


def lines(*instructions: str) -> bytes:
    return "".join(json.dumps({"instruction": text}) + "\n" for text in instructions).encode()


def instructions(source: str) -> list[str]:
    return [row["instruction"] for row in read_rows(source)]


def test_the_hubs_own_parquet_is_preferred(server: Hub) -> None:
    converted = {
        "default/train/0000.parquet": parquet("a", "b"),
        "default/train/0001.parquet": parquet("c"),
        "default/test/0000.parquet": parquet("d"),
    }
    server.repos["owner/name"] = Repo({CONVERTED: converted, "main": {"train.jsonl": lines("other")}})
    facts = check_source("hf:owner/name")
    assert facts.rows == 3
    assert facts.files == (
        "hf:owner/name/default/train/0000.parquet",
        "hf:owner/name/default/train/0001.parquet",
    )
    asked = len(server.requests)
    assert instructions("hf:owner/name") == ["a", "b", "c"]
    assert len(server.requests) == asked, "what is in the cache is not asked for again"
    assert instructions("hf:owner/name:test") == ["d"]


@pytest.mark.parametrize(
    ("files", "source", "expected"),
    [
        ({"README.md": b"", "data.json": b'[{"instruction": "a"}]'}, "hf:o/n", ["a"]),
        ({"data/train-00000.jsonl": lines("a"), "data/test-00000.jsonl": lines("b")}, "hf:o/n:test", ["b"]),
        ({"train.csv": b"instruction\na\n", "constraint.csv": b"instruction\nb\n"}, "hf:o/n", ["a"]),
        ({"en/train.jsonl": lines("a"), "zh/train.jsonl": lines("b")}, "hf:o/n:zh/train", ["b"]),
        ({"train/1.jsonl": lines("a"), "train/2.parquet": parquet("b"), ".x.json": b""}, "hf:o/n:train", ["a", "b"]),
    ],
)
def test_else_the_files_whose_path_names_the_split(
    server: Hub, files: dict[str, bytes], source: str, expected: list[str]
) -> None:
    server.repos["o/n"] = Repo({"main": files})
    assert instructions(source) == expected


def test_configurations_and_very_large_splits(server: Hub) -> None:
    files = {"en/partial-train/0000.parquet": parquet("a"), "zh/train/0000.parquet": parquet("b")}
    server.repos["o/n"] = Repo({CONVERTED: files, "main": {}})
    assert instructions("hf:o/n:en/train") == ["a"]
    with pytest.raises(UsageError, match=r"no configuration 'default'; pick one: hf:o/n:en/train, hf:o/n:zh/train"):
        read_rows("hf:o/n")
    with pytest.raises(UsageError, match=r"no split 'test'; it has train"):
        read_rows("hf:o/n:zh/test")


def test_damage_is_told_by_the_files_name(server: Hub) -> None:
    server.repos["o/n"] = Repo({"main": {"train.jsonl": lines("a") + b"{"}})
    with pytest.raises(DataError, match=r"^hf:o/n/train.jsonl, line 2: the file ends in the middle"):
        check_source("hf:o/n")


def test_the_card(server: Hub) -> None:
    card = {"license": "cc-by-nc-4.0", "language": ["en", "zh"], "pretty_name": "x"}
    server.repos["o/n"] = Repo({"main": {}}, card)
    server.repos["o/bare"] = Repo({"main": {}})
    assert hub.hub_card("o/n") == {"license": "cc-by-nc-4.0", "language": ["en", "zh"]}
    assert hub.hub_card("hf:o/n:test") == {"license": "cc-by-nc-4.0", "language": ["en", "zh"]}
    assert hub.hub_card("o/bare") == {}


ERRORS: list[tuple[str, Repo | None, type[TunesmithError], str]] = [
    ("hf:o/n", None, UsageError, "hf:o/n: there is no such data set, or it is private"),
    ("hf:o/n", Repo({"main": {"train.json": b"x"}}, error=(403, "GatedRepo")), UsageError, "is gated: accept"),
    ("hf:o/n", Repo({"main": {"train.json": b"x"}}, error=(403, "")), UsageError, r"refuses access \(status 403\)"),
    ("hf:o/n", Repo({"main": {"x.py": b""}}), UsageError, "no data files that tunesmith reads"),
    ("hf:o/n:dev", Repo({"main": {"train.json": b"x"}}), UsageError, "the split 'dev'; it has train.json"),
    ("hf:o/n", Repo({"main": {"a.json": b"x", "b.json": b"x"}}), UsageError, "'train'; it has a.json, b.json"),
    ("hf:name", None, UsageError, "expected hf:owner/name"),
    ("hf:o/n:a:b", None, UsageError, "expected hf:owner/name"),
]


@pytest.mark.parametrize(("source", "repo", "kind", "message"), ERRORS)
def test_errors(server: Hub, source: str, repo: Repo | None, kind: type[TunesmithError], message: str) -> None:
    if repo is not None:
        server.repos["o/n"] = repo
    with pytest.raises(kind, match=message) as caught:
        check_source(source)
    assert "\n" not in str(caught.value)


def test_a_hub_that_fails(server: Hub) -> None:
    server.down = True
    with pytest.raises(RunError, match=r"hf:o/n: the hub failed \(status 500\); try again later"):
        check_source("hf:o/n")
    with pytest.raises(RunError, match="status 500"):
        hub.hub_card("o/n")


def test_no_network(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(RunError, match=r"http://127.0.0.1:9 cannot be reached .*; check the network"):
        check_source("hf:o/n")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UsageError, match=r"hf:o/n: .* pip install huggingface_hub pyarrow"):
        read_rows("hf:o/n")
    with pytest.raises(UsageError, match=r"pip install huggingface_hub pyarrow"):
        hub.hub_card("o/n")
