"""The orders in which answers are shown: all different, reversed in turn, and undone without loss."""

from math import factorial

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.curate.orders import draw_orders, in_own_order

answers = st.integers(2, 6)
wanted = st.integers(1, 24)
seeds = st.text(max_size=8)


@given(answers, wanted, seeds)
def test_orders_differ_and_each_is_a_bijection(number: int, many: int, seed: str) -> None:
    orders = draw_orders(number, many, seed)
    assert len(set(orders)) == len(orders) == min(many, factorial(number))
    assert all(sorted(order) == list(range(number)) for order in orders)
    assert orders == draw_orders(number, many, seed)


@given(answers, wanted, seeds)
def test_each_second_order_is_the_reverse_of_the_one_before(number: int, many: int, seed: str) -> None:
    orders = draw_orders(number, many, seed)
    assert all(orders[n + 1] == orders[n][::-1] for n in range(0, len(orders) - 1, 2))


@given(answers, wanted, seeds, st.data())
def test_scores_end_at_the_right_answer_whatever_the_order(
    number: int, many: int, seed: str, data: st.DataObject
) -> None:
    own = tuple(data.draw(st.lists(st.floats(0, 10), min_size=number, max_size=number)))
    for order in draw_orders(number, many, seed):
        shown = tuple(own[answer] for answer in order)
        assert in_own_order(order, shown) == own


def test_the_lot_is_fair() -> None:
    first = [draw_orders(3, 1, f"0 {row}")[0] for row in range(6000)]
    counts = {order: first.count(order) for order in set(first)}
    assert len(counts) == 6
    assert all(850 < count < 1150 for count in counts.values())  # five standard deviations
