"""The shapes of comparison data: a question with a better and a worse answer.

| shape | one record |
|---|---|
| preference | ``prompt``, ``chosen``, ``rejected``: texts (TRL, standard format, explicit prompt) |
| preference-messages | likewise lists of ``{"role": ..., "content": ...}`` (TRL, conversational format) |
| comparisons | ``user_input``, ``completion_a`` (the better one), ``completion_b`` (as GPT-4-LLM publishes) |

A row has ``instruction``, ``input``, ``chosen`` and ``rejected``. Every other column rides along; ``margin``, the
difference in score, is what TRL's RewardTrainer reads by that name. An input is joined to the question and rides beside
it, so that it can be split off again.
"""

from __future__ import annotations

from typing import Any

from tunesmith.errors import DataError
from tunesmith.rows import Row, question

from .chats import MESSAGES, split_question
from .json_text import described

PAIR = ("chosen", "rejected")
_PREFERENCE = {"prompt": "instruction", "chosen": "chosen", "rejected": "rejected"}
_COMPARISONS = {"user_input": "instruction", "completion_a": "chosen", "completion_b": "rejected"}


def fits_preference(record: Row) -> bool:
    """Whether a record has a prompt and two answers, all texts."""
    return "instruction" not in record and all(isinstance(record.get(name), str) for name in _PREFERENCE)


def fits_preference_messages(record: Row) -> bool:
    """Whether a record has a prompt and two answers, all lists of messages."""
    return "instruction" not in record and all(isinstance(record.get(name), list) for name in _PREFERENCE)


def fits_comparisons(record: Row) -> bool:
    """Whether a record has the published columns."""
    return "instruction" not in record and all(name in record for name in _COMPARISONS)


def from_preference(row: Row) -> Row:
    """A row as TRL's standard format has it; raises a DataError without file and line."""
    return _from(row, _PREFERENCE, "preference")


def to_preference(record: Row) -> Row:
    """The inverse of `from_preference`."""
    return _to(record, _PREFERENCE)


def from_comparisons(row: Row) -> Row:
    """A row as the published comparison data has it; raises a DataError without file and line."""
    return _from(row, _COMPARISONS, "comparisons")


def to_comparisons(record: Row) -> Row:
    """The inverse of `from_comparisons`."""
    return _to(record, _COMPARISONS)


def _from(row: Row, names: dict[str, str], shape: str) -> Row:
    for name, own in names.items():
        if name != own and name in row:
            raise DataError(f"column {name!r} is where {shape} keeps the {own}; rename or remove it")
    texts = {own: _text(row, own) for own in names.values()}
    record = {name: question(row) if own == "instruction" else texts[own] for name, own in names.items()}
    if row.get("input"):
        record["input"] = row["input"]
    return record | {name: value for name, value in row.items() if name not in (*names.values(), "input")}


def _to(record: Row, names: dict[str, str]) -> Row:
    rest = {name: value for name, value in record.items() if name not in names}
    for own in names.values():
        if own in rest:
            raise DataError(f"column {own!r} stands beside {', '.join(map(repr, names))}; rename or remove it")
    row: Row = {own: _text(record, name) for name, own in names.items()}
    instruction, given = split_question(row.pop("instruction"), rest.pop("input", None))
    return {"instruction": instruction, "input": given, **row, **rest}


def from_row_to_messages(row: Row) -> Row:
    """A row as TRL's conversational format has it, with system and history in the prompt; raises a DataError."""
    if "prompt" in row:
        raise DataError("column 'prompt' is where preference-messages keeps the conversation; rename or remove it")
    answers = {name: [{"role": "assistant", "content": _text(row, name)}] for name in PAIR}
    aside = {name: value for name, value in row.items() if name in ("output", *PAIR)}
    record = MESSAGES.from_row({name: value for name, value in row.items() if name not in aside})
    if "output" in aside:
        record["output"] = aside["output"]
    return {"prompt": record.pop("messages"), **answers, **record}


def from_messages_to_row(record: Row) -> Row:
    """The inverse; answers that repeat the prompt, as in TRL's older data sets, are read too.

    Raises:
        DataError: The prompt is no conversation that ends with the user, or an answer is not one assistant's turn.
    """
    prompt = record.get("prompt")
    answers = {name: _answer(record, name, prompt) for name in PAIR}
    rest = {name: value for name, value in record.items() if name not in ("prompt", "output", *PAIR)}
    row = MESSAGES.to_row({"messages": prompt, **rest})
    if "output" in row:
        raise DataError("the prompt ends with an assistant's turn, but an answer is to follow it; mend the row")
    if "output" in record:
        row["output"] = record["output"]
    return row | answers


def _answer(record: Row, name: str, prompt: Any) -> str:
    turns = record.get(name)
    if not isinstance(turns, list):
        raise DataError(f"column {name!r} holds {described(turns)}, expected a list of messages; mend the row")
    if isinstance(prompt, list) and len(turns) > len(prompt) and turns[: len(prompt)] == prompt:
        turns = turns[len(prompt) :]
    match turns:
        case [{"role": "assistant", "content": str(text)}]:
            return text
    raise DataError(f"column {name!r} is not one message of the assistant after the prompt; mend or remove the row")


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if isinstance(value, str):
        return value
    if name not in row:
        hint = "; pairs come from the step pairs" if name in PAIR else ""
        raise DataError(f"no column {name!r}; found {', '.join(map(repr, row)) or 'none'}{hint}")
    raise DataError(f"column {name!r} holds {described(value)}, expected text; mend the row")
