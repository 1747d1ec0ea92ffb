"""Whatever comes of batches, the cap holds and the books agree with the bill."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.batch_server import BatchServer, Json, Outcome, always
from tunesmith.errors import RunError
from tunesmith.teacher import Batching, Limits, Message, Price, ReplyStore, Request, Teacher, connect

QUICK = Batching(poll=0.01, grace=0.05)
KINDS = st.sampled_from(["answer", "answer", "answer", "expired", "error", "missing", "damaged"])


@settings(max_examples=25, deadline=None)
@given(
    api=st.sampled_from(["openai", "anthropic"]),
    fates=st.lists(st.lists(KINDS, min_size=1, max_size=3), min_size=1, max_size=25),
    room=st.floats(0.5, 30),
    most=st.sampled_from([None, 1, 4]),
    cuts=st.integers(0, 3),
    ends=st.sampled_from(["completed", "expired", "cancelled", "failed"]),
    unheard=st.booleans(),
)
def test_the_cap_holds_over_several_processes(
    api: str, fates: list[list[str]], room: float, most: int | None, cuts: int, ends: str, unheard: bool
) -> None:
    """Each request has its fates, one for each batch that it gets into; some processes are cut while they wait.

    A batch may end in any state with some of its requests answered, and the call that began one may be answered with
    an error, with the batch in no list for a while.
    """
    requests = [Request((Message("user", f"Question {n} is {'long ' * n}"),), 60) for n in range(len(fates))]
    cap = room * 60 * 1.0 / 1e6

    def outcome(body: Json, key: str, nth: int) -> Outcome:
        fate = fates[int(body["messages"][0]["content"].split()[1])]
        kind = fate[min(nth, len(fate) - 1)]
        return always(body, key, nth) if kind == "answer" else Outcome(kind, text="x" * 40, status=503)

    with BatchServer(outcome=outcome, ends=ends) as server, tempfile.TemporaryDirectory() as folder:
        if unheard:
            server.fail["created"], server.lag = [(500, {})], 8
        for process in range(cuts + 1):
            if process < cuts:
                server.fail["look"] = [(401, {})]
            limits = Limits(batch=Batching(QUICK.poll, most, grace=QUICK.grace), patience=5, budget=cap)
            with ReplyStore(Path(folder, "s")) as store:
                try:
                    client = connect(f"{api}:m", server.url(api))
                    with Teacher(client, store, limits, Price(1.0, 2.0), "run") as teacher:
                        list(teacher.ask(requests))
                except RunError:
                    pass
                paid = store.paid("run")
                assert paid.cost - 1e-9 <= server.dollars <= paid.cost + paid.unconfirmed + paid.held + 1e-9
                assert paid.cost + paid.unconfirmed + paid.held <= cap + 1e-9
            server.fail.pop("look", None)
        assert server.dollars <= cap + 1e-9
        assert server.most_at_risk <= cap + 1e-9
