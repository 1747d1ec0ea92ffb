"""Judgments that name a winner: FastChat's later format (MT-Bench), and tables of votes (Chatbot Arena and others).

MT-Bench has ``model_1``, ``model_2`` and a winner for each order: ``g1_winner`` with model_1 shown first, ``g2_winner``
with model_2 first. A table has ``model_a`` (shown first), ``model_b`` and ``winner``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tunesmith.data.json_text import described
from tunesmith.evaluate.reviews import Review
from tunesmith.text import nearest

from .context import Context
from .source import TIES, SourceRow, from_json

_IDS = ("question_id", "question", "q_id", "prompt", "instruction", "id")
_ERRORS = frozenset({"error", "unreadable", "invalid"})
_MT_BENCH = frozenset(
    {
        "model_1",
        "model_2",
        "g1_winner",
        "g2_winner",
        "judge",
        "g1_user_prompt",
        "g1_judgment",
        "g2_user_prompt",
        "g2_judgment",
        "turn",
        "tstamp",
    }
)
_TABLE = frozenset(
    {"model_a", "model_b", "winner", "judge", "turn", "tstamp", "conversation_a", "conversation_b", "anony"}
)


def read_mt_bench(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file; a row is two reviews.

    Raises:
        DataError: It is damaged.
    """
    for source in sources:
        question, judge = source.identity(*_IDS), _judge(source)
        models = source.text("model_1"), source.text("model_2")
        for game, shown in (("g1", models), ("g2", models[::-1])):
            sign = _sign(source, f"{game}_winner", shown, {"model_1": models[0], "model_2": models[1]}, context)
            text = source.text_or_nothing(f"{game}_judgment")
            known = context.review(source, question, shown)
            yield replace(
                known,
                sign=sign,
                judge=judge,
                facts={**source.facts(_MT_BENCH | {*_IDS}), **known.facts, **_turn(source)},
                why=text,
            )


def read_table(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file of votes.

    Raises:
        DataError: It is damaged.
    """
    for source in sources:
        question = source.identity(*_IDS)
        models = source.text("model_a"), source.text("model_b")
        places = {"model_a": models[0], "a": models[0], "model_b": models[1], "b": models[1]}
        known = context.review(source, question, models)
        yield replace(
            known,
            sign=_sign(source, "winner", models, places, context),
            judge=_judge(source),
            facts={**source.facts(_TABLE | {*_IDS}), **known.facts, **_turn(source)},
            asked=known.asked or source.text_or_nothing("question"),
        )


def _judge(source: SourceRow) -> str:
    """The judge; of MT-Bench's pair of model and prompt, the model."""
    found = from_json(source.row.get("judge"))
    return str(found[0] if isinstance(found, list) and found else found or "").strip()


def _turn(source: SourceRow) -> dict[str, str]:
    turn = source.row.get("turn")
    return {} if turn in (None, "") else {"turn": str(turn)}


def _sign(
    source: SourceRow, column: str, shown: tuple[str, str], places: dict[str, str], context: Context
) -> int | None:
    """Who won, seen from the one shown first."""
    given = source.row.get(column)
    if given is None or (isinstance(given, str) and given.strip().lower() in _ERRORS):
        context.remarks.add(source, f"{column!r} is {described(given)}; the review counts as unreadable")
        return None
    if not isinstance(given, str):
        raise source.damaged(f"{column!r} is {described(given)}; expected the winner's name, or tie")
    name = given.strip()
    winner = name if name in shown else places.get(name.lower())
    if winner is not None:
        return 1 if winner == shown[0] else -1
    if name.lower() in TIES:
        return 0
    known = [*shown, *places, "tie"]
    raise source.damaged(f"the winner is {name!r}{nearest(name, known)}; expected one of {', '.join(known)}")
