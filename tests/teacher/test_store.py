"""The reply store: what is committed stays, whatever happens to the process."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tunesmith.errors import StoreError
from tunesmith.teacher import Identity, Message, Reply, ReplyStore, Request, Usage, reply_key

WHO = Identity("openai", "http://x/v1", "m")


def entry(text: str, cost: float | None = 0.5, who: Identity = WHO) -> tuple[Identity, Request, Reply]:
    request = Request((Message("user", text),), 10)
    return who, request, Reply(f"re: {text}", "stop", Usage(3, 4), "m-1", cost, reply_key(who, request))


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "a" / "s.sqlite")
    _, request, reply = entry("Größe\n大小 \x00 😀")
    assert store.get(reply.key) is None
    store.put("run", [(WHO, request, reply)])
    assert store.get(reply.key) == reply
    found = store.find(reply.key)
    assert found is not None
    assert (found.request, found.reply, found.teacher, found.endpoint) == (request, reply, "openai:m", "http://x/v1")
    store.close()
    assert ReplyStore(tmp_path / "a" / "s.sqlite").get(reply.key) == reply


def test_the_first_reply_under_a_key_stays(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "s.sqlite")
    _, request, first = entry("q")
    store.put("run", [(WHO, request, first)])
    second = Reply("another", "stop", None, "m", 1.0, first.key)
    assert store.put("late", [(WHO, request, second), entry("mine")]) == [first, entry("mine")[2]]
    assert store.get(first.key) == first
    assert (store.paid("late").cost, store.paid("late").twice) == (1.5, 1.0), "paid twice is paid all the same"


def test_money_is_counted_by_run(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "s.sqlite")
    store.put("one", [entry("a"), entry("b")], unconfirmed=0.25, still_open=2.0)
    other = Identity("openai", "http://y/v1", "m")
    store.put("two", [entry("c", None), entry("d", None), entry("c", None, other), entry("e", 0.0, other)])
    assert (store.paid("one").replies, store.paid("one").cost, store.paid("one").unconfirmed) == (2, 1.0, 2.25)
    assert store.paid("two").cost == 0.0
    unpriced = {("openai:m", "http://x/v1"): Usage(6, 8), ("openai:m", "http://y/v1"): Usage(3, 4)}
    assert store.paid("two").unpriced == unpriced
    store.settle_dead_run("one")
    store.put("one", [], still_open=0.5)
    assert store.paid("one").unconfirmed == 2.75


WRITER = """
import sys
from tests.teacher.test_store import entry
from tunesmith.teacher import ReplyStore
store = ReplyStore(sys.argv[1])
for number in range(int(sys.argv[3])):
    store.put("run", [entry(f"{sys.argv[2]} {number} {part}") for part in range(3)])
    print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_what_was_committed_survives_sigkill(tmp_path: Path) -> None:
    process = writer(tmp_path / "s.sqlite", "w", 100_000)
    assert process.stdout is not None
    last = -1
    for line in process.stdout:
        last = int(line)
        if last == 40:
            os.kill(process.pid, signal.SIGKILL)
            break
    last = max([last, *(int(line) for line in process.stdout)])
    process.communicate()
    store = ReplyStore(tmp_path / "s.sqlite")
    for number in range(last + 1):
        for part in range(3):
            assert store.get(entry(f"w {number} {part}")[2].key) is not None
    count = len(list(store.entries()))
    assert count % 3 == 0, "a transaction was kept by half"


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    writers = [writer(path, "same", 60), writer(path, "same", 60), writer(path, "other", 60)]
    for process in writers:
        process.communicate()
        assert process.returncode == 0
    assert len(list(ReplyStore(path).entries())) == 2 * 180


def test_a_file_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one\n" * 50)
    with pytest.raises(StoreError, match="is no reply store"):
        ReplyStore(tmp_path / "text")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE precious (x)")
    other.close()
    before = (tmp_path / "other").read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreError, match="something else"):
            ReplyStore(tmp_path / "other", read_only)
    assert (tmp_path / "other").read_bytes() == before, "not a byte of somebody else's database is touched"
    with pytest.raises(StoreError, match="unable to open"):
        ReplyStore(tmp_path / "missing", read_only=True)
    assert not (tmp_path / "missing").exists()


def test_reading_only(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path / "s.sqlite")
    store.put("run", [entry("a")])
    with ReplyStore(tmp_path / "s.sqlite", read_only=True) as reader:
        assert reader.get(entry("a")[2].key) == entry("a")[2]
        assert reader.count() == (1, 0.5)
        with pytest.raises(StoreError, match="readonly"):
            reader.put("run", [entry("b")])
        store.put("run", [entry("c")])
        assert reader.count("run=?", ("run",)) == (2, 1.0)


def test_delete_gives_the_space_back(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    store = ReplyStore(path)
    store.put("run", [entry(f"{number} " + "x" * 2000) for number in range(500)])
    store.close()
    before = path.stat().st_size
    store = ReplyStore(path)
    assert store.delete("teacher=?", ("openai:m",)) == 500
    store.close()
    assert path.stat().st_size < before / 10
