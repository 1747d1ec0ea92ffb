"""The reply store: every reply ever paid for, in one SQLite file, on disk before anyone sees it.

Replies are keyed by everything that changes them (`reply_key`), so a run that starts again finds what it paid for.
The file is in WAL mode with ``synchronous=FULL``: a commit that returned survives SIGKILL and a power cut, several
processes may write at once, and the first reply committed under a key stays.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tunesmith.errors import StoreError

from .chat import Identity, Reply, Request, Usage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
  key TEXT PRIMARY KEY, run TEXT NOT NULL, teacher TEXT NOT NULL, endpoint TEXT NOT NULL, request TEXT NOT NULL,
  text TEXT NOT NULL, finish_reason TEXT NOT NULL, input_tokens INTEGER, output_tokens INTEGER,
  model TEXT NOT NULL, cost REAL, created REAL NOT NULL);
CREATE INDEX IF NOT EXISTS replies_by_run ON replies (run, cost);
CREATE TABLE IF NOT EXISTS runs (
  run TEXT PRIMARY KEY, unconfirmed REAL NOT NULL, open REAL NOT NULL, twice REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS batches (
  nonce TEXT PRIMARY KEY, run TEXT NOT NULL, provider TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
  id TEXT NOT NULL, source TEXT NOT NULL, state TEXT NOT NULL, said TEXT NOT NULL, requests INTEGER NOT NULL,
  done INTEGER NOT NULL, created REAL NOT NULL, tried REAL NOT NULL);
CREATE TABLE IF NOT EXISTS batch_items (
  nonce TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, worst REAL NOT NULL, PRIMARY KEY (nonce, key));
"""
_APPLICATION_ID = 0x74756E65  # "tune": tells our file from any other SQLite database
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_REPLY = "text, finish_reason, input_tokens, output_tokens, model, cost, key"


@dataclass(frozen=True, slots=True)
class Paid:
    """What one run spent, in US dollars.

    Attributes:
        replies: How many of its replies are in the store.
        cost: What they cost, and ``twice``.
        unconfirmed: The most that requests without a counted reply may have cost.
        twice: What was paid for replies that another run had stored first.
        unpriced: Tokens of replies whose cost was not known when they came, by teacher (``provider:model``) and its
            endpoint.
        usage: Tokens of all its replies.
        held: The most that its batches at a provider may still cost.
    """

    replies: int
    cost: float
    unconfirmed: float
    twice: float
    unpriced: Mapping[tuple[str, str], Usage]
    usage: Usage
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class Stored:
    """A request with its reply, as the store holds it."""

    run: str
    teacher: str
    endpoint: str
    request: Request
    reply: Reply
    created: float


class ReplyStore:
    """One store file. Safe to use from several threads and several processes.

    Raises:
        StoreError: From any method: the file is not a store, the disk is full, the folder is read-only.
    """

    def __init__(self, path: str | Path, read_only: bool = False) -> None:
        self.path = Path(path)
        self._lock, self._read_lock = threading.Lock(), threading.Lock()
        # A medium that cannot be written has no room for SQLite's own helper files: then the file is taken as it lies.
        self._ways = ["mode=ro", "immutable=1"] if read_only else ["mode=rwc"]
        try:
            if not read_only:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._connect()
        except (sqlite3.Error, OSError) as error:
            raise self._error("open", error) from error
        try:
            if not read_only:
                self._set_up()
            # A second connection, so that looking up a reply never waits for a commit to reach the disk.
            self._reader = self._connect()
        except (sqlite3.Error, OSError) as error:
            self._db.close()
            raise self._error("open", error) from error

    def _connect(self) -> sqlite3.Connection:
        """A connection that has seen the file to be a store, or to be new.

        Raises:
            StoreError: The file is something else; it has not been touched.
        """
        address = self.path.absolute().as_uri()
        for way in self._ways:
            db = sqlite3.connect(
                f"{address}?{way}", uri=True, timeout=60, check_same_thread=False, isolation_level=None
            )
            try:
                db.execute("BEGIN")
                (application,) = db.execute("PRAGMA application_id").fetchone()
                (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
                db.execute("COMMIT")
            except sqlite3.Error:
                db.close()
                if way == self._ways[-1]:
                    raise
                continue
            if application == _APPLICATION_ID or (not tables and self._ways == ["mode=rwc"]):
                return db
            db.close()
            raise StoreError(f"{self.path} is no reply store but an SQLite database of something else")
        raise AssertionError  # the last way returns or raises

    def _set_up(self) -> None:
        """Make the file a store if it is new. Several processes may do so at the same moment."""
        # SQLite does not wait for a lock when it changes the journal mode, so that is tried again here.
        deadline = time.monotonic() + 60
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";")[:-1]:
            self._db.execute(statement)
        self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        self._db.execute("COMMIT")

    def _error(self, doing: str, error: Exception) -> StoreError:
        if "not a database" in str(error):
            return StoreError(f"{self.path} is no reply store")
        return StoreError(
            f"cannot {doing} the reply store {self.path}: {error}; every reply committed so far is kept, "
            "so free some space or mend the permissions and give the same command again"
        )

    def get(self, key: str) -> Reply | None:
        """The reply stored under ``key``, if there is one."""
        try:
            with self._read_lock:
                found = self._reader.execute(f"SELECT {_REPLY} FROM replies WHERE key=?", (key,)).fetchone()
        except sqlite3.Error as error:
            raise self._error("read", error) from error
        return None if found is None else _reply(found)

    def put(
        self,
        run: str,
        paid: Sequence[tuple[Identity, Request, Reply]],
        unconfirmed: float = 0.0,
        still_open: float = 0.0,
    ) -> list[Reply]:
        """Commit replies in one transaction; when this returns they are on disk.

        Args:
            run: The run that pays.
            paid: Who answered, the request, and the reply, which carries its key and cost.
            unconfirmed: Dollars more that may have been charged without a reply.
            still_open: Dollars that the requests now in flight may cost at most.

        Returns:
            The replies as they stand in the store: where another process was first, that one's reply.
        """
        with self.writing() as db:
            late = self.add(db, run, paid, unconfirmed)
            db.execute("UPDATE runs SET open=? WHERE run=?", (still_open, run))
        replies = [reply for _, _, reply in paid]
        return [self.get(reply.key) or reply for reply in replies] if late else replies

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on disk when the block has ended, and never there in part."""
        try:
            with self._lock:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise self._error("write to", error) from error

    def add(
        self,
        db: sqlite3.Connection,
        run: str,
        paid: Sequence[tuple[Identity, Request, Reply]],
        unconfirmed: float,
    ) -> bool:
        """Put replies and what may have been charged into an open transaction; see `put`.

        Returns:
            Whether another process was first with one of them.
        """
        now = time.time()
        rows = [
            (
                reply.key,
                run,
                str(identity),
                identity.endpoint,
                _encode(request.as_json()),
                reply.text,
                reply.finish_reason,
                reply.usage and reply.usage.input_tokens,
                reply.usage and reply.usage.output_tokens,
                reply.model,
                reply.cost,
                now,
            )
            for identity, request, reply in paid
        ]
        values = ",".join("?" * 12)
        added = len(rows) and db.executemany(f"INSERT OR IGNORE INTO replies VALUES ({values})", rows).rowcount
        late = [] if added == len(rows) else self._late(rows)
        db.execute(
            "INSERT INTO runs VALUES (?,?,0,?) ON CONFLICT (run) DO UPDATE SET "
            "unconfirmed=unconfirmed+excluded.unconfirmed, twice=twice+excluded.twice",
            (run, unconfirmed, sum(row[-2] or 0.0 for row in late)),
        )
        return bool(late)

    def _late(self, rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Those of the rows under whose key another process stored a reply first: paid for, and of no use."""
        stored = "SELECT 1 FROM replies WHERE key=? AND run=? AND created=?"
        return [row for row in rows if not self._db.execute(stored, (row[0], row[1], row[-1])).fetchone()]

    def settle_dead_run(self, run: str) -> None:
        """Count what was in flight when an earlier process of this run died as possibly charged."""
        try:
            with self._lock:
                self._db.execute("UPDATE runs SET unconfirmed=unconfirmed+open, open=0 WHERE run=?", (run,))
        except sqlite3.Error as error:
            raise self._error("write to", error) from error

    def paid(self, run: str) -> Paid:
        """What ``run`` has spent so far, over all its processes."""
        try:
            with self._lock:
                tokens = "SELECT total(input_tokens), total(output_tokens), count(*), total(cost) FROM replies "
                *total, count, cost = self._db.execute(tokens + "WHERE run=?", (run,)).fetchone()
                unpriced = self._db.execute(
                    "SELECT teacher, endpoint, sum(input_tokens), sum(output_tokens) FROM replies "
                    "WHERE run=? AND cost IS NULL AND input_tokens IS NOT NULL GROUP BY teacher, endpoint",
                    (run,),
                ).fetchall()
                booked = self._db.execute("SELECT unconfirmed+open, twice FROM runs WHERE run=?", (run,)).fetchone()
                held = self._held(run)
        except sqlite3.Error as error:
            raise self._error("read", error) from error
        risk, twice = booked or (0.0, 0.0)
        late = {(teacher, endpoint): Usage(given, made) for teacher, endpoint, given, made in unpriced}
        return Paid(count, cost + twice, risk, twice, late, Usage(*map(int, total)), held)

    def _held(self, run: str) -> float:
        """What batches may still cost; a store that tunesmith 0.1 made and that is only read knows of none."""
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name='batch_items'").fetchone():
            return 0.0
        items = "SELECT total(worst) FROM batch_items JOIN batches USING (nonce) WHERE run=?"
        return float(self._db.execute(items, (run,)).fetchone()[0])

    def count(self, where: str = "1", values: Iterable[Any] = ()) -> tuple[int, float]:
        """How many replies there are, and what they cost in US dollars."""
        try:
            with self._read_lock:
                query = f"SELECT count(*), total(cost) FROM replies WHERE {where}"
                found, cost = self._reader.execute(query, tuple(values)).fetchone()
        except sqlite3.Error as error:
            raise self._error("read", error) from error
        return found, cost

    def entries(self, where: str = "1", values: Iterable[Any] = ()) -> Iterator[Stored]:
        """Stream stored requests and replies, oldest first; ``where`` is SQL over the columns of ``replies``."""
        try:
            reader = self._connect()
            try:
                for row in reader.execute(
                    f"SELECT {_REPLY}, run, teacher, endpoint, request, created FROM replies WHERE {where} "
                    "ORDER BY created, key",
                    tuple(values),
                ):
                    *reply, run, teacher, endpoint, request, created = row
                    yield Stored(run, teacher, endpoint, Request.from_json(json.loads(request)), _reply(reply), created)
            finally:
                reader.close()
        except sqlite3.Error as error:
            raise self._error("read", error) from error

    def find(self, key: str) -> Stored | None:
        """The request and reply stored under ``key``."""
        return next(self.entries("key=?", (key,)), None)

    def delete(self, where: str, values: Iterable[Any] = ()) -> int:
        """Delete replies for good and give the space back; returns how many."""
        try:
            with self._lock:
                gone = self._db.execute(f"DELETE FROM replies WHERE {where}", tuple(values)).rowcount
                self._db.execute("VACUUM")
        except sqlite3.Error as error:
            raise self._error("write to", error) from error
        return gone

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; later calls fail."""
        with self._lock, self._read_lock:
            self._reader.close()
            self._db.close()


def _reply(found: Any) -> Reply:
    text, finish_reason, given, made, model, cost, key = found
    usage = None if given is None else Usage(given, made)
    return Reply(text, finish_reason, usage, model, cost, key)


def with_key(reply: Reply, key: str, cost: float | None) -> Reply:
    """The reply as it is stored: with its key and its cost."""
    return Reply(reply.text, reply.finish_reason, reply.usage, reply.model, cost, key)
