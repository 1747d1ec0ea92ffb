r"""The two shapes that hold conversations: ShareGPT and OpenAI messages.

A leading system turn becomes the row's ``system``; the last question and its answer become ``instruction`` and
``output``; whatever lies between is its ``history``, a list of ``{"role", "content"}``. The row's ``input`` is
joined to the question, as ``instruction + "\n\n" + input``, and rides beside it so that it can be split off again.

What a row has no place for (other names of roles, further keys of a turn, a system prompt in a column of its own)
is kept in the column ``chat``, under the name of the shape, and put back when that shape is written again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tunesmith.errors import DataError
from tunesmith.rows import Row, question

from .json_text import described, kind_of, shorten

_ROLES = {  # names seen in published ShareGPT files, and what they mean
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "bing": "assistant",
    "claude": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "developer": "system",
}
_TAKEN = ("instruction", "output", "history")
Turn = dict[str, Any]


@dataclass(frozen=True)
class Chat:
    """A shape whose records are conversations.

    Args:
        name: The shape's name.
        column: Where its conversation is.
        role_key: The key of a turn that says who speaks.
        text_key: The key of a turn that says what.
        names: What it calls the user and the assistant.
    """

    name: str
    column: str
    role_key: str
    text_key: str
    names: dict[str, str]

    def fits(self, record: Row) -> bool:
        """Whether a record has this shape's column, or turns with this shape's keys in the other's column."""
        if self.column in record and (isinstance(record[self.column], list) or "instruction" not in record):
            return True
        for column in ("conversations", "messages"):
            turns = record.get(column)
            if isinstance(turns, list) and turns and isinstance(turns[0], dict) and self.role_key in turns[0]:
                return True
        return False

    def to_row(self, record: Row) -> Row:
        """Make a row of a record.

        Raises:
            DataError: The conversation cannot be one instruction and its answer.
        """
        column, role_key, text_key = self._layout(record)
        turns = [self._turn(turn, place, role_key, text_key) for place, turn in enumerate(record[column], 1)]
        rest = {name: value for name, value in record.items() if name != column}
        for name in _TAKEN:
            if name in rest:
                raise DataError(f"column {name!r} stands beside {column!r}, which is made into it; rename or remove it")
        marks: dict[str, Any] = {}
        if (column, role_key, text_key) != (self.column, self.role_key, self.text_key):
            marks["layout"] = [column, role_key, text_key]
        if extras := self._extras(record[column], turns, role_key, text_key):
            marks["turns"] = extras
        row = _split(turns)
        if rest.get("system") is not None:
            if "system" in row:
                raise DataError("there is a column 'system' and a system turn too; remove one")
            if isinstance(rest["system"], str):  # anything else can be nothing but a column
                marks["system"] = "column"
        row["instruction"], row["input"] = split_question(row["instruction"], rest.pop("input", None))
        row |= rest
        if marks:
            row["chat"] = (rest.get("chat") or {}) | {self.name: marks}
        return row

    def from_row(self, row: Row) -> Row:
        """Make a record of a row.

        Raises:
            DataError: A column has this shape's name, or ``history`` is not a list of turns.
        """
        marks = _marks(row, self.name)
        column, role_key, text_key = marks.get("layout") or (self.column, self.role_key, self.text_key)
        if column in row:
            raise DataError(f"column {column!r} is where {self.name} keeps its turns; rename or remove it")
        record = {name: value for name, value in row.items() if name not in (*_TAKEN, "system", "input", "chat")}
        turns = _history(row)
        system = row.get("system")
        if marks.get("system") == "column" or not isinstance(system, str):
            if "system" in row:
                record["system"] = system
        else:
            turns.insert(0, {"role": "system", "content": system})
        if not isinstance(row.get("instruction"), str):
            raise DataError("no column 'instruction' that holds text; add it")
        turns.append({"role": "user", "content": question(row)})
        if row.get("input"):
            record["input"] = row["input"]
        if row.get("output") is not None:
            turns.append({"role": "assistant", "content": row["output"]})
        extras = marks.get("turns") or []
        if len(extras) != len(turns):  # a step has added or removed turns since
            extras = [{}] * len(turns)
        record[column] = [
            {role_key: self.names.get(turn["role"], turn["role"]), text_key: turn["content"], **extra}
            for turn, extra in zip(turns, extras, strict=True)
        ]
        others = {name: value for name, value in (row.get("chat") or {}).items() if name != self.name}
        if others or ("chat" in row and not row["chat"]):  # an empty one is the user's own
            record["chat"] = others or row["chat"]
        return record

    def _layout(self, record: Row) -> tuple[str, str, str]:
        column = self.column
        if column not in record:
            column = {"conversations": "messages", "messages": "conversations"}[column]
        if column not in record:
            raise DataError(f"no column {self.column!r}; found {', '.join(map(repr, record)) or 'none'}; add it")
        turns = record[column]
        if not isinstance(turns, list):
            raise DataError(f"column {column!r} holds {described(turns)}, expected a list of turns")
        first = turns[0] if turns else {}
        if isinstance(first, dict) and self.role_key not in first:
            for role_key, text_key in (("from", "value"), ("role", "content")):
                if role_key in first:
                    return column, role_key, text_key
        return column, self.role_key, self.text_key

    def _turn(self, turn: object, place: int, role_key: str, text_key: str) -> Turn:
        if not isinstance(turn, dict):
            raise DataError(f"turn {place} is {described(turn)}, expected an object; mend the row")
        role, text = turn.get(role_key), turn.get(text_key)
        if not isinstance(role, str):
            raise DataError(f"turn {place} has no {role_key!r} that says who speaks; mend the row")
        if not isinstance(text, str):
            what = f"turn {place} holds {described(text)} as its {text_key!r}, expected text"
            raise DataError(f"{what}; tool calls and pictures cannot be one instruction, so remove the row")
        return {"role": _ROLES.get(role.lower(), role.lower()), "content": text}

    def _extras(self, before: list[Turn], turns: list[Turn], role_key: str, text_key: str) -> list[Turn]:
        """For each turn, what is to be put over what the row would be written as; nothing if no turn has any."""
        extras = []
        for old, turn in zip(before, turns, strict=True):
            extra = {key: value for key, value in old.items() if key not in (role_key, text_key)}
            if old[role_key] != self.names.get(turn["role"], turn["role"]):
                extra[role_key] = old[role_key]
            extras.append(extra)
        return extras if any(extras) else []


def _split(turns: list[Turn]) -> Row:
    """Divide a conversation into system, history, instruction and output."""
    row: Row = {}
    if turns and turns[0]["role"] == "system":
        row["system"] = turns[0]["content"]
        turns = turns[1:]
    last = len(turns) - 1
    if last >= 0 and turns[last]["role"] == "assistant":
        row["output"] = turns[last]["content"]
        last -= 1
    if last < 0 or turns[last]["role"] != "user":
        roles = ", ".join(turn["role"] for turn in turns[-3:]) or "nothing"
        raise DataError(
            f"the conversation ends with {roles}, expected a user's turn and an assistant's after it; remove the row"
        )
    if last > 0:
        row["history"] = turns[:last]
    order = {"instruction": turns[last]["content"], "input": ""}
    return order | row


def split_question(text: str, extra: object) -> tuple[str, str]:
    """Divide a question into instruction and input, given the input that rode beside it."""
    if extra is None:
        return text, ""
    if isinstance(extra, str):
        if not extra.strip():  # then it was not joined to the instruction
            return text, extra
        if text.endswith("\n\n" + extra):
            return text[: -len(extra) - 2], extra
    raise DataError("column 'input' stands beside a conversation whose last question does not end in it; rename it")


def _history(row: Row) -> list[Turn]:
    history = row.get("history") or []
    if not isinstance(history, list):
        raise DataError(f"column 'history' holds {kind_of(history)}, expected a list of turns; rename or mend it")
    for turn in history:
        if not isinstance(turn, dict) or turn.keys() != {"role", "content"}:
            raise DataError(f'a turn in \'history\' is {shorten(turn)}, expected {{"role": ..., "content": ...}}')
    return list(history)


def _marks(row: Row, name: str) -> dict[str, Any]:
    chat = row.get("chat")
    if chat is not None and not isinstance(chat, dict):
        raise DataError(f"column 'chat' holds {kind_of(chat)}, but tunesmith keeps its notes there; rename it")
    marks = (chat or {}).get(name)
    return marks if isinstance(marks, dict) else {}


SHAREGPT = Chat("sharegpt", "conversations", "from", "value", {"user": "human", "assistant": "gpt"})
MESSAGES = Chat("messages", "messages", "role", "content", {})
