"""Two answers put before one judge once: who sees what in which order, and how that judge is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tunesmith.curate.candidates import Candidate
from tunesmith.rows import Row
from tunesmith.teacher import Reply, Request

from .step import Result


@dataclass(frozen=True, slots=True)
class Showing:
    """Two answers as one judge sees them once.

    Attributes:
        first: The one that is shown first, if there is one.
        second: The other, likewise.
        judge: Who, as `Request.teacher` names it.
    """

    first: Candidate
    second: Candidate
    judge: str

    @property
    def absent(self) -> list[str]:
        """Whose answer there is none of."""
        return [one.model for one in (self.first, self.second) if one.missing]

    @property
    def same(self) -> bool:
        """Whether both say the same, so that they tie whoever judges."""
        return not self.absent and self.first.text == self.second.text

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to judge."""
        return not self.absent and not self.same

    @property
    def order(self) -> list[str]:
        """Whose answers they are, as shown."""
        return [self.first.model, self.second.model]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What `Dealings` must know to hear one judge on one showing.

    Attributes:
        label: The step's name.
        tries: How often the judge is asked.
        request: What.
        read: Reads a reply; raises `Unreadable`.
        fallback: Nobody, as another's verdict would be taken for the judge's.
    """

    label: str
    tries: int
    request: Request
    read: Callable[[Reply], Row]
    fallback: tuple[str, ...] = ()

    def asked(self, row: Row) -> list[Request]:
        """The one request."""
        return [self.request]

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """What the judge said."""
        return self.read(replies[0])

    def declines(self, reply: Reply) -> bool:
        """Never: a judge that declines has given no verdict, which is seen when it is read."""
        return False
