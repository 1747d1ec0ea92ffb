"""The book of batches, in the reply store's own file: what is at a provider, under which name, and what it may cost.

A batch is written down before it is created, so that a process that is killed at any moment leaves enough to find it:

- ``creating``: it may or may not have reached the provider; its nonce, its file and its keys tell.
- ``sent``: the provider's id for it is known.
- ``doubted``: it was looked for and not found, so its requests go into another; it may turn up all the same.
- ``done``: all that came of it is in the store. ``void``: it never came about, or was refused whole.

An item stands in the book for as long as its request may still be answered and charged; what its dearest reply would
cost is held that long. The reply goes into the store and the item out of the book in one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunesmith.errors import UsageError
from tunesmith.teacher.chat import Identity, Reply, Request
from tunesmith.teacher.store import ReplyStore

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_OPEN_STATES = ("creating", "sent", "doubted")
_OPEN = f"state IN {_OPEN_STATES} AND nonce IN (SELECT nonce FROM batch_items)"
LOST = "lost"
"""What the book has the provider say of a batch that it does not know any more."""
_FIELDS = "nonce, provider, endpoint, model, id, source, state, said, requests, done, created, tried"


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch as it stands in the book.

    Attributes:
        nonce: Our name for it.
        identity: Who answers.
        id: The provider's name for it, empty if that is not known.
        source: The file that was uploaded for it, likewise.
        state: ``creating``, ``sent``, ``doubted``, ``done`` or ``void``.
        said: The provider's word for its state when it was last looked at; `LOST` if it knew nothing of it.
        requests: How many were put into it.
        done: How many of them had an outcome when it was last looked at.
        created: Unix time at which it was written down.
        tried: Unix time of the last try to create it, 0 if there was none that may have come to anything.
        items: What each request that is still open may cost at most, by its key.
    """

    nonce: str
    identity: Identity
    id: str
    source: str
    state: str
    said: str
    requests: int
    done: int
    created: float
    tried: float
    items: Mapping[str, float]

    @property
    def open(self) -> bool:
        """Whether something may still come of it."""
        return self.state in _OPEN_STATES

    @property
    def name(self) -> str:
        """The provider's name for it, or as long as that is not known, the beginning of ours."""
        return self.id or self.nonce[:8]


class BatchBook:
    """One run's batches.

    Raises:
        StoreError: From any method: the store cannot be read or written.
    """

    def __init__(self, store: ReplyStore, run: str) -> None:
        self.store, self.run = store, run

    def intend(self, nonce: str, identity: Identity, items: Sequence[tuple[str, Request, float]]) -> set[str]:
        """Write a batch down that is about to be created: key, request and dearest cost of each item.

        Returns:
            The keys that are left out, as another run of the same store has them in a batch or has their replies; if
            that is all of them, nothing is written.
        """
        now = time.time()
        with self.store.writing() as db:
            keys = [key for key, _, _ in items]
            taken = self._elsewhere(db, keys) | _among(db, keys, "SELECT key FROM replies WHERE 1")
            items = [item for item in items if item[0] not in taken]
            if items:
                row = (nonce, self.run, identity.provider, identity.endpoint, identity.model, len(items), now)
                db.execute("INSERT INTO batches VALUES (?,?,?,?,?,'','','creating','',?,0,?,0)", row)
            db.executemany(
                "INSERT INTO batch_items VALUES (?,?,?,?)",
                ((nonce, key, _encode(request.as_json()), worst) for key, request, worst in items),
            )
        return taken

    def trying(self, nonce: str, source: str) -> None:
        """It is going to be created now, from this file."""
        self._set("source=?, tried=?", nonce, source, time.time())

    def not_made(self, nonce: str) -> None:
        """The try certainly came to nothing."""
        self._set("tried=0", nonce)

    def doubt(self, nonce: str) -> None:
        """It was tried, and was not found; its requests go into another batch."""
        self._set("state='doubted'", nonce)

    def sent(self, nonce: str, batch: str, said: str) -> None:
        """The provider has it under this name."""
        self._set("id=?, said=?, state='sent'", nonce, batch, said)

    def told(self, nonce: str, said: str, done: int) -> None:
        """How the provider says it is getting on."""
        self._set("said=?, done=?", nonce, said, done)

    def _set(self, what: str, nonce: str, *values: object) -> None:
        with self.store.writing() as db:
            db.execute(f"UPDATE batches SET {what} WHERE nonce=?", (*values, nonce))

    def requests(self, nonce: str, keys: Sequence[str]) -> dict[str, Request]:
        """The requests of open items."""
        with self.store.writing() as db:
            query = f"SELECT key, request FROM batch_items WHERE nonce=? AND key IN ({','.join('?' * len(keys))})"
            found = db.execute(query, (nonce, *keys)).fetchall()
        return {key: Request.from_json(json.loads(request)) for key, request in found}

    def settle(
        self, nonce: str, keys: Iterable[str], paid: Sequence[tuple[Identity, Request, Reply]], unconfirmed: float
    ) -> list[Reply]:
        """Store replies and close the items under ``keys``, and the batch if these were its last.

        Returns:
            The replies as they stand in the store: where another process was first, that one's.
        """
        with self.store.writing() as db:
            late = self.store.add(db, self.run, paid, unconfirmed)
            db.executemany("DELETE FROM batch_items WHERE nonce=? AND key=?", ((nonce, key) for key in keys))
            left = "SELECT 1 FROM batch_items WHERE nonce=?"
            db.execute(f"UPDATE batches SET state='done' WHERE nonce=? AND NOT EXISTS ({left})", (nonce, nonce))
        replies = [reply for _, _, reply in paid]
        return [self.store.get(reply.key) or reply for reply in replies] if late else replies

    def close(self, nonce: str, state: str, unconfirmed: float = 0.0) -> None:
        """Nothing more will come of it; ``unconfirmed`` dollars may have been charged for what is missing."""
        with self.store.writing() as db:
            self.store.add(db, self.run, (), unconfirmed)
            db.execute("DELETE FROM batch_items WHERE nonce=?", (nonce,))
            db.execute("UPDATE batches SET state=? WHERE nonce=?", (state, nonce))

    def known(self) -> set[str]:
        """The provider's names of all batches in the store, whosever they are."""
        with self.store.writing() as db:
            return {batch for (batch,) in db.execute("SELECT id FROM batches WHERE id<>''")}

    def elsewhere(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that other runs of the same store have in batches."""
        with self.store.writing() as db:
            return self._elsewhere(db, keys)

    def _elsewhere(self, db: sqlite3.Connection, keys: Sequence[str]) -> set[str]:
        query = "SELECT nonce FROM batches WHERE run<>? AND state IN ('creating', 'sent')"
        others = db.execute(query, (self.run,)).fetchall()
        return set().union(*(_among(db, keys, "SELECT key FROM batch_items WHERE nonce=?", *one) for one in others))

    def entries(self, only_open: bool = False) -> list[Entry]:
        """The run's batches, the oldest first."""
        with self.store.writing() as db:
            which = _OPEN if only_open else "1"
            query = f"SELECT {_FIELDS} FROM batches WHERE run=? AND {which} ORDER BY created, nonce"
            rows = db.execute(query, (self.run,)).fetchall()
            items: dict[str, dict[str, float]] = {row[0]: {} for row in rows}
            open_items = f"SELECT nonce, key, worst FROM batch_items JOIN batches USING (nonce) WHERE run=? AND {_OPEN}"
            for nonce, key, worst in db.execute(open_items, (self.run,)):
                items[nonce][key] = worst
        return [_entry(row, items[row[0]]) for row in rows]


def _among(db: sqlite3.Connection, keys: Sequence[str], query: str, *values: object) -> set[str]:
    """Those of the keys that a query finds."""
    found: set[str] = set()
    for first in range(0, len(keys), 500):  # SQLite takes so many values at once, and not many more
        some = keys[first : first + 500]
        marks = ",".join("?" * len(some))
        found.update(key for (key,) in db.execute(f"{query} AND key IN ({marks})", (*values, *some)))
    return found


def _entry(row: Sequence[Any], items: Mapping[str, float]) -> Entry:
    nonce, provider, endpoint, model, batch, source, state, said, requests, done, created, tried = row
    who = Identity(provider, endpoint, model)
    if state in _OPEN_STATES and not items:
        state = "done"  # an older tunesmith was killed between the last reply and closing it
    return Entry(nonce, who, batch, source, state, said, requests, done, created, tried, items)


def check_no_batches(store: ReplyStore, run: str, remedy: str = "ask through batches again to collect them") -> None:
    """See that nothing of the run is at a provider's batch endpoint.

    Raises:
        UsageError: Something is; it would be asked for and paid for a second time.
    """
    pending = BatchBook(store, run).entries(only_open=True)
    if pending:
        count = sum(len(entry.items) for entry in pending)
        raise UsageError(
            f"{count:,} requests of this run are in {len(pending)} batch{'es' * (len(pending) > 1)} at a provider and "
            f"would be paid for twice; {remedy}"
        )
