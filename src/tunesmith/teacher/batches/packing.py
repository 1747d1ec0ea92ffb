"""Filling batches: in the order of asking, as far as the money goes, and no more at once than an endpoint takes."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tunesmith.teacher.budget import Budget
from tunesmith.teacher.lane import Job, Lane

from .api import BatchClient

_FRAME = 1000  # bytes around the requests of a batch


@dataclass(slots=True, eq=False)
class Pack:
    """Requests that go into one batch, and their lines in it."""

    lane: Lane
    jobs: list[Job] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True, eq=False)
class Way:
    """What is known of how much an endpoint takes at once.

    Attributes:
        most: Requests in one batch.
        careful: It has refused a batch for its size: from now on it gets the next only once it has taken one in.
        blocked: And it must have finished another before it takes the next.
    """

    most: int
    careful: bool = False
    blocked: bool = False

    def open(self, fresh: bool) -> bool:
        """Whether it may be given a batch; ``fresh`` says whether it has one that it has not taken in yet."""
        return not self.blocked and not (self.careful and fresh)


class Packer:
    """Fills batches.

    Args:
        clients: Where the requests of each lane go.
        budget: The money.
        most: Most requests in one batch, where fewer are wanted than the providers take.
    """

    def __init__(self, clients: Mapping[Lane, BatchClient], budget: Budget, most: int | None) -> None:
        self._clients, self._budget = clients, budget
        self.ways = {lane: Way(min(most or 10**9, client.most_requests)) for lane, client in clients.items()}

    def fill(self, lanes: Sequence[Lane]) -> tuple[list[Pack], Job | None]:
        """Take what is ready from these lanes into batches; the money for them is held from here on.

        There is one purse, so requests are served in the order of asking, whoever's they are: money must not go to
        some of a row's requests and then lack for the others.

        Returns:
            The batches, and the first job that there is no money for now.

        Raises:
            UsageError: The budget cannot be held, as a request does not bound its reply.
        """
        packs: list[Pack] = []
        filling: dict[Lane, Pack] = {}
        left: Job | None = None
        for job in heapq.merge(*(list(lane.ready) for lane in lanes), key=lambda job: job.ticket):
            lane, way, client = job.lane, self.ways[job.lane], self._clients[job.lane]
            job.worst = self._budget.worst(job.request, lane.price)
            if not self._budget.fits(job.worst):
                left = job
                break
            line = client.line(job.key, job.request)
            pack = filling.get(lane)
            if pack is None or len(pack.jobs) >= way.most or pack.size + len(line) + 1 > client.most_bytes - _FRAME:
                if pack is not None and way.careful:
                    continue
                pack = filling[lane] = Pack(lane)
                packs.append(pack)
            pack.jobs.append(job)
            pack.lines.append(line)
            pack.size += len(line) + 1
            self._budget.hold(job.worst)
        taken = {id(job) for pack in packs for job in pack.jobs}
        for lane in lanes:
            lane.ready = deque(job for job in lane.ready if id(job) not in taken)
        return packs, left
