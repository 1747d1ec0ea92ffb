"""The hard cap on money: a request goes out only if even its dearest reply would stay below the cap.

One budget for all of a run's teachers; each has a price of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from tunesmith.errors import BudgetSpent, UsageError

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
        before: What the run spent in earlier processes.
        prices: The price of a token for each teacher, ``None`` where it is not known.

    Raises:
        UsageError: A cap, and a teacher without a price.
    """

    def __init__(self, cap: float | None, before: Paid, prices: Mapping[Identity, Price | None]) -> None:
        for identity, price in prices.items():
            check_cap(cap, price, identity)
        self.cap = cap
        self.spent = before.cost + _at_todays_prices(before, prices)
        self.unconfirmed, self.open = before.unconfirmed, 0.0
        self.newly_unconfirmed = 0.0
        # Invariant: what the store knows to be possibly in flight covers what is, and what it has not been told yet.
        self.announced = self.unbooked = 0.0

    def worst(self, request: Request, price: Price | None) -> float:
        """Most dollars the request can cost: a token for each byte sent, and ``max_tokens`` back.

        Raises:
            UsageError: There is a cap and the request does not bound its reply.
        """
        if price is None:
            return 0.0
        if request.max_tokens is None:
            if self.cap is not None and price.output > 0:
                raise UsageError("--budget cannot be held: a request has no max_tokens; set it on the step")
            return 0.0
        # Chat templates add a few tokens a message: role, separators, the opening of the answer.
        sent = request.size() + 16 * (len(request.messages) + 1)
        return (sent * price.input + request.max_tokens * price.output) / 1e6

    def fits(self, worst: float) -> bool:
        """Whether a request that may cost ``worst`` keeps the run within the cap."""
        return self.cap is None or self.spent + self.unconfirmed + self.open + worst <= self.cap + 1e-12

    def exhausted(self, worst: float, who: str) -> BudgetSpent:
        """What to say when a request to ``who`` that may cost ``worst`` does not fit and nothing is in flight."""
        assert self.cap is not None
        left = max(0.0, self.cap - self.spent - self.unconfirmed - self.open)
        open_now = self.open > 1e-9  # and not what sums of fractions leave over
        state = "too small" if worst > self.cap else "held" if open_now else "spent"
        risk = f" and up to ${self.unconfirmed:.4f} for requests without a counted answer" if self.unconfirmed else ""
        held = f", ${self.open:.4f} held for batches at a provider" if open_now else ""
        cancel = "cancel those with `tunesmith batches FOLDER --cancel`, or " if open_now else ""
        return BudgetSpent(
            f"the budget of ${self.cap:.10g} is {state}: ${self.spent:.4f} paid{risk}{held}, "
            f"and one request to {who} alone may cost up to ${worst:.4f}, more than the ${left:.4f} left; "
            f"all replies are kept, so {cancel}raise --budget (or lower max_tokens) and give the same command again"
        )

    def must_announce(self, worst: float) -> bool:
        """Whether the store must first hear that so much may be in flight, should this process be killed."""
        return self.cap is not None and self.open + self.unbooked + worst > self.announced + 1e-9

    def announce(self, more: float) -> float:
        """Dollars that may be in flight from the next commit on, with ``more`` about to be sent."""
        # A little above what is needed, so that it need not be raised for every request; never above the cap.
        assert self.cap is not None
        room = self.cap - self.spent - self.unconfirmed
        return max(self.announced, min(1.25 * (self.open + more), room))

    def still_open(self, announcing: float) -> float:
        """What a commit that books all so far may call open: no more than the cap leaves beside what it books."""
        if self.cap is None:
            return self.open
        return max(self.open, min(announcing, self.cap - self.spent - self.unconfirmed))

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
            self.unbooked += cost

    def failed(self, worst: float, may_be_charged: bool) -> None:
        """No reply came."""
        self.open = max(0.0, self.open - worst)
        if may_be_charged:
            self.at_risk(worst)

    def at_risk(self, worst: float) -> None:
        """Dollars that the provider may have charged although nobody can say."""
        self.unconfirmed += worst
        self.newly_unconfirmed += worst
        self.unbooked += worst

    def take_unconfirmed(self) -> float:
        """What became unconfirmed since the last call, to be written to the store."""
        taken, self.newly_unconfirmed = self.newly_unconfirmed, 0.0
        return taken

    def booking(self, still_open: float) -> float:
        """A commit begins that books all so far and announces ``still_open``; returns what `booked` wants to know."""
        # Until it is known to be on disk, either the old announcement stands there or the new one.
        self.announced = min(self.announced, still_open)
        return self.unbooked

    def booked(self, taken: float, announced: float) -> None:
        """The commit is on disk."""
        self.unbooked = max(0.0, self.unbooked - taken)
        self.announced = announced

    def not_booked(self, risk: float) -> None:
        """The commit failed, and with it the booking of so much as unconfirmed."""
        self.newly_unconfirmed += risk


def _at_todays_prices(before: Paid, prices: Mapping[Identity, Price | None]) -> float:
    """Dollars for replies that were paid for before their price was known.

    Those of a teacher that the run no longer has, so that nobody can say its price, count at the dearest there is.
    """
    known = {(str(who), who.endpoint): price for who, price in prices.items()}
    priced = [price for price in prices.values() if price]
    dearest = Price(max((p.input for p in priced), default=0.0), max((p.output for p in priced), default=0.0))
    costs = ((known.get(who, dearest), usage) for who, usage in before.unpriced.items())
    return sum(price.cost(usage) for price, usage in costs if price)
