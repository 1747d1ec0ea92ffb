"""The hard cap on money: a request goes out only if even its dearest reply would stay below the cap."""

from __future__ import annotations

from tunesmith.errors import UsageError

from .chat import Identity, Request
from .prices import Price
from .store import Paid


def check_cap(cap: float | None, price: Price | None, identity: Identity) -> None:
    """See that a cap can be held at all.

    Raises:
        UsageError: The price is not known.
    """
    if cap is not None and price is None:
        raise UsageError(
            f"--budget cannot be held: the price of {identity} is not known; "
            "give it with --price IN,OUT (dollars per million tokens) or --prices FILE"
        )


class Budget:
    """Dollars spent, possibly spent, and held for requests in flight.

    Args:
        cap: The most to spend, or ``None`` for no cap.
        price: The price of a token, or ``None`` if it is not known.
        before: What the run spent in earlier processes.
        identity: Who answers, for the message.

    Raises:
        UsageError: A cap without a price.
    """

    def __init__(self, cap: float | None, price: Price | None, before: Paid, identity: Identity) -> None:
        check_cap(cap, price, identity)
        self.cap, self.price = cap, price
        # Replies paid for before the price was known count at today's price.
        self.spent = before.cost + (price.cost(before.unpriced) if price else 0.0)
        self.unconfirmed, self.open = before.unconfirmed, 0.0
        self.newly_unconfirmed = 0.0
        self.announced = 0.0

    def worst(self, request: Request) -> float:
        """Most dollars the request can cost: a token for each byte sent, and ``max_tokens`` back.

        Raises:
            UsageError: There is a cap and the request does not bound its reply.
        """
        if self.price is None:
            return 0.0
        if request.max_tokens is None:
            if self.cap is not None and self.price.output > 0:
                raise UsageError("--budget cannot be held: a request has no max_tokens; set it on the step")
            return 0.0
        # Chat templates add a few tokens a message: role, separators, the opening of the answer.
        sent = request.size() + 16 * (len(request.messages) + 1)
        return (sent * self.price.input + request.max_tokens * self.price.output) / 1e6

    def fits(self, worst: float) -> bool:
        """Whether a request that may cost ``worst`` keeps the run within the cap."""
        return self.cap is None or self.spent + self.unconfirmed + self.open + worst <= self.cap + 1e-12

    def must_announce(self, worst: float) -> bool:
        """Whether the store must first hear that so much may be in flight, should this process be killed."""
        return self.cap is not None and self.open + worst > self.announced + 1e-12

    def announce(self, more: float) -> float:
        """Dollars that may be in flight from the next commit on, with ``more`` about to be sent."""
        # A little above what is needed, so that it need not be raised for every request; never above the cap.
        assert self.cap is not None
        room = self.cap - self.spent - self.unconfirmed
        return max(self.announced, min(1.25 * (self.open + more), room))

    def hold(self, worst: float) -> None:
        """A request goes out."""
        self.open += worst

    def paid(self, worst: float, cost: float | None) -> None:
        """Its reply came; with the cost unknown the dearest case counts as possibly spent."""
        self.open = max(0.0, self.open - worst)
        if cost is None:
            self.at_risk(worst)
        else:
            self.spent += cost

    def failed(self, worst: float, may_be_charged: bool) -> None:
        """No reply came."""
        self.open = max(0.0, self.open - worst)
        if may_be_charged:
            self.at_risk(worst)

    def at_risk(self, worst: float) -> None:
        """Dollars that the provider may have charged although nobody can say."""
        self.unconfirmed += worst
        self.newly_unconfirmed += worst

    def take_unconfirmed(self) -> float:
        """What became unconfirmed since the last call, to be written to the store."""
        taken, self.newly_unconfirmed = self.newly_unconfirmed, 0.0
        return taken
