"""The cap on money holds whatever the replies cost."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import UsageError
from tunesmith.teacher import Identity, Message, Price, Request, Usage
from tunesmith.teacher.budget import Budget
from tunesmith.teacher.store import Paid

WHO = Identity("openai", "", "m")
NOTHING = Paid(0, 0.0, 0.0, 0.0, {}, Usage(0, 0))


@given(
    st.lists(
        st.tuples(st.text(max_size=200), st.integers(1, 500), st.sampled_from(["paid", "uncounted", "lost", "free"])),
        max_size=60,
    ),
    st.floats(0, 0.01),
    st.integers(1, 8),
)
def test_no_sequence_of_replies_exceeds_the_cap(requests: list[tuple[str, int, str]], cap: float, at_once: int) -> None:
    price = Price(2.0, 8.0)
    budget = Budget(cap, NOTHING, {WHO: price})
    charged = 0.0
    flying: list[tuple[float, float, str]] = []

    def land() -> None:
        nonlocal charged
        worst, dearest, fate = flying.pop(0)
        if fate == "free":
            budget.failed(worst, may_be_charged=False)
            return
        charged += dearest  # the provider charges for the longest reply, whether it arrives or not
        if fate == "lost":
            budget.failed(worst, may_be_charged=True)
        else:
            budget.paid(worst, dearest if fate == "paid" else None)

    for text, max_tokens, fate in requests:
        request = Request((Message("user", text),), max_tokens)
        worst = budget.worst(request, price)
        if not budget.fits(worst):
            continue
        budget.hold(worst)
        tokens = len(text.encode()) + 8  # no tokenizer makes more; a few for the chat's own marks
        flying.append((worst, price.cost(Usage(tokens, max_tokens)), fate))
        if len(flying) >= at_once:
            land()
    while flying:
        land()
    assert charged <= cap + 1e-9


def test_what_earlier_processes_spent_counts() -> None:
    unpriced = {("openai:m", ""): Usage(100_000, 100_000)}
    budget = Budget(1.0, Paid(3, 0.5, 0.25, 0.0, unpriced, Usage(0, 0)), {WHO: Price(1.0, 1.0)})
    assert budget.spent == pytest.approx(0.7)
    assert budget.fits(0.05)
    assert not budget.fits(0.06)


def test_replies_paid_for_before_their_price_was_known_count_at_their_own_teachers() -> None:
    """A teacher that the run no longer has is taken to be as dear as the dearest."""
    cheap, dear = Price(1.0, 2.0), Price(3.0, 1.0)
    prices = {WHO: cheap, Identity("openai", "", "n"): dear}

    def spent(who: str) -> float:
        return Budget(9.0, Paid(1, 0.0, 0.0, 0.0, {(who, ""): Usage(100_000, 200_000)}, Usage(0, 0)), prices).spent

    assert [spent(f"openai:{name}") for name in "mnx"] == pytest.approx([0.5, 0.5, 0.7])


def test_a_budget_needs_prices_and_bounded_replies() -> None:
    with pytest.raises(UsageError, match="openai:m is not known; give it with --price IN,OUT"):
        Budget(1.0, NOTHING, {Identity("openai", "", "n"): Price(1, 1), WHO: None})
    budget, unbounded = Budget(1.0, NOTHING, {}), Request((Message("user", "q"),))
    with pytest.raises(UsageError, match="max_tokens"):
        budget.worst(unbounded, Price(1, 1))
    assert budget.worst(unbounded, Price(0, 0)) == 0


def test_what_the_store_has_not_been_told_is_not_given_out_a_second_time() -> None:
    """A reply that has arrived and a request that may be charged leave the purse only once they are on disk."""
    budget = Budget(10.0, NOTHING, {WHO: Price(1, 1)})
    budget.booked(budget.booking(4.0), 4.0)
    for _ in range(2):
        assert not budget.must_announce(2.0)
        budget.hold(2.0)
    budget.paid(2.0, 1.5)
    budget.failed(2.0, may_be_charged=True)
    assert budget.must_announce(1.0), "3.5 of the 4 announced may be spent"
    taken = budget.booking(4.0)
    assert budget.must_announce(1.0), "nor while the commit is under way"
    budget.booked(taken, 4.0)
    assert not budget.must_announce(4.0)


def test_what_is_announced_shrinks_by_what_was_paid_meanwhile() -> None:
    """An announcement is made before the commit that carries it: what is booked then may not be counted twice."""
    budget = Budget(1.0, NOTHING, {WHO: Price(1, 1)})
    budget.hold(0.5)
    announcing = budget.announce(0.3)
    budget.paid(0.5, 0.4)
    assert announcing == 1.0
    assert budget.spent + budget.still_open(announcing) == pytest.approx(1.0)
    budget.hold(0.6)
    assert budget.still_open(0.0) == 0.6


def test_a_request_that_never_fits_is_told_from_a_budget_that_is_spent() -> None:
    budget = Budget(0.5, NOTHING, {WHO: Price(1, 1)})
    words = r"\$0.5 is too small: .* one request to openai:m alone may cost up to \$1.0000, more than the \$0.5000 left"
    assert re.search(words, str(budget.exhausted(1.0, "openai:m")))
    budget.paid(0.0, 0.4)
    assert "the budget of $0.5 is spent: $0.4000 paid, and one request to" in str(budget.exhausted(0.2, "openai:m"))
