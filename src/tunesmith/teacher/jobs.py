"""What comes out of the driver: outcomes and counts."""

from __future__ import annotations

from dataclasses import dataclass

from tunesmith.errors import RunError

from .chat import Reply

Outcome = tuple[int, Reply | RunError]
"""A ticket, and the reply or why there will be none."""


@dataclass(slots=True)
class Stats:
    """What has happened so far in this process; read by progress displays while it changes.

    All lanes together. Costs are US dollars over the whole run, earlier processes included.
    """

    answered: int = 0
    from_store: int = 0
    failed: int = 0
    retries: int = 0
    in_flight: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    spent: float = 0.0
    unconfirmed: float = 0.0
    concurrency: int = 0
    at_provider: int = 0  # requests in batches that have not been collected
    done_there: int = 0  # those of them that the provider says it has done
