"""The cap on money holds whatever the replies cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import UsageError
from tunesmith.teacher import Identity, Message, Price, Request, Usage
from tunesmith.teacher.budget import Budget
from tunesmith.teacher.store import Paid

WHO = Identity("openai", "", "m")
NOTHING = Paid(0, 0.0, 0.0, 0.0, Usage(0, 0), Usage(0, 0))


@given(
    st.lists(
        st.tuples(st.text(max_size=200), st.integers(1, 500), st.sampled_from(["paid", "uncounted", "lost", "free"])),
        max_size=60,
    ),
    st.floats(0, 0.01),
    st.integers(1, 8),
)
def test_no_sequence_of_replies_exceeds_the_cap(requests: list[tuple[str, int, str]], cap: float, at_once: int) -> None:
    budget = Budget(cap, Price(2.0, 8.0), NOTHING, WHO)
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
        worst = budget.worst(request)
        if not budget.fits(worst):
            continue
        budget.hold(worst)
        tokens = len(text.encode()) + 8  # no tokenizer makes more; a few for the chat's own marks
        flying.append((worst, Price(2.0, 8.0).cost(Usage(tokens, max_tokens)), fate))
        if len(flying) >= at_once:
            land()
    while flying:
        land()
    assert charged <= cap + 1e-9


def test_what_earlier_processes_spent_counts() -> None:
    budget = Budget(1.0, Price(1.0, 1.0), Paid(3, 0.5, 0.25, 0.0, Usage(100_000, 100_000), Usage(0, 0)), WHO)
    assert budget.spent == pytest.approx(0.7)
    assert budget.fits(0.05)
    assert not budget.fits(0.06)


def test_a_budget_needs_a_price_and_bounded_replies() -> None:
    with pytest.raises(UsageError, match="--price IN,OUT"):
        Budget(1.0, None, NOTHING, WHO)
    with pytest.raises(UsageError, match="max_tokens"):
        Budget(1.0, Price(1, 1), NOTHING, WHO).worst(Request((Message("user", "q"),)))
    assert Budget(1.0, Price(0, 0), NOTHING, WHO).worst(Request((Message("user", "q"),))) == 0
