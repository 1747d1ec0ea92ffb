"""The three kinds of step, the ledger's arithmetic, and what the first steps make of replies."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import Drop, RunError, TeacherStopped, Unreadable
from tunesmith.rows import Row
from tunesmith.steps import Ledger, RowStep, TableStep, TeacherStep
from tunesmith.steps.answer import Answer
from tunesmith.steps.identity import Identity
from tunesmith.steps.strip_leaks import StripLeaks
from tunesmith.teacher import Reply, ReplyStore, ScriptedClient, Teacher
from tunesmith.teacher.scripted import Script


class Scripted(TeacherStep):
    """A step whose every verdict the row itself prescribes."""

    step: Literal["scripted"] = "scripted"
    count: int = 1
    expected_tokens: ClassVar[int] = 5

    @property
    def default_prompt(self) -> str:
        return "answer_plain"

    def requests(self, row: Row) -> list[Any]:
        if row["instruction"] == "refused before":
            raise Drop("not asked at all")
        return super().requests(row) * self.count

    def parse(self, row: Row, replies: list[Reply]) -> Row | list[Row]:
        assert len(replies) == self.count
        text = replies[0].text
        if text == "unreadable":
            raise Unreadable("no score in it")
        if text == "drop":
            raise Drop("no good")
        if text == "defect":
            raise KeyError("oops")
        return [{**row, "output": f"{text} {n}"} for n in range(int(text))]


def run(
    step: Any, rows: list[Row], script: list[dict[str, Any]], tmp_path: Path
) -> tuple[list[Row], Ledger, list[Any]]:
    entries: list[Any] = []
    ledger = Ledger(step.label, entries.append)
    client = ScriptedClient(Script.model_validate({"replies": script}))
    with Teacher(client, ReplyStore(tmp_path / "s.sqlite")) as teacher:
        out = list(step.run(rows, ledger, teacher))
    return out, ledger, entries


def row(number: int, instruction: str) -> Row:
    return {"id": str(number), "instruction": instruction, "output": ""}


SCRIPT: list[dict[str, Any]] = [
    {"when": ["nothing"], "reply": "0"},
    {"when": ["one"], "reply": "1"},
    {"when": ["three"], "reply": "3"},
    {"when": ["never"], "reply": "unreadable"},
    {"when": ["second"], "reply": "unreadable", "attempt": 0},
    {"when": ["second"], "reply": "1"},
    {"when": ["cut once"], "reply": "1", "finish_reason": "length", "attempt": 0},
    {"when": ["cut once"], "reply": "1"},
    {"when": ["cut always"], "reply": "1", "finish_reason": "length"},
    {"when": ["drop"], "reply": "drop"},
]
FATES = {
    "nothing": (0, "the step made nothing of it"),
    "one": (1, ""),
    "three": (3, ""),
    "never": (0, "unreadable: no score in it, asked 3 times"),
    "second": (1, ""),
    "cut once": (1, ""),
    "cut always": (0, "cut off by max_tokens, asked 3 times"),
    "drop": (0, "no good"),
    "refused before": (0, "not asked at all"),
    "unknown to the script": (0, "the teacher failed"),
}


@given(st.lists(st.sampled_from([*FATES]), max_size=25))
def test_rows_in_is_rows_out_and_rows_dropped(tmp_path_factory: pytest.TempPathFactory, kinds: list[str]) -> None:
    kinds = ["one", *kinds]  # a script that fits nothing at all is an error of its own
    rows = [row(number, kind) for number, kind in enumerate(kinds)]
    out, ledger, entries = run(Scripted(), rows, SCRIPT, tmp_path_factory.mktemp("run"))
    tally = ledger.tally
    assert tally.rows_in == len(rows)
    assert tally.rows_out == len(out) == sum(FATES[kind][0] for kind in kinds)
    fates = Counter(entry["fate"] for entry in entries)
    assert len(rows) == fates["kept"] + fates["changed"] + fates["dropped"]
    assert len(out) == fates["kept"] + fates["changed"] + fates["added"]
    assert len({r["id"] for r in out}) == len(out), "ids are unique"
    for entry in entries:
        if entry["fate"] == "dropped":
            assert FATES[kinds[int(entry["row"])]][1] in entry["reason"]
            assert bool(entry.get("unanswered")) == (kinds[int(entry["row"])] == "unknown to the script")
    assert [r["id"].split(".")[0] for r in out] == sorted((r["id"].split(".")[0] for r in out), key=int)


def test_entries_name_the_replies_that_caused_them(tmp_path: Path) -> None:
    _, ledger, entries = run(Scripted(), [row(0, "second"), row(1, "never"), row(2, "cut always")], SCRIPT, tmp_path)
    assert [len(entry["replies"]) for entry in entries] == [2, 3, 3]
    store = ReplyStore(tmp_path / "s.sqlite")
    asked = [store.find(key) for key in entries[2]["replies"]]
    assert [found.request.max_tokens for found in asked if found] == [1024, 2048, 4096], "cut off: more room each time"
    assert [found.request.attempt for found in asked if found] == [0, 1, 2]
    assert ledger.tally.replies == 8


def test_only_the_reply_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    out, _, entries = run(Scripted(count=2), [row(0, "cut once")], SCRIPT, tmp_path)
    assert len(out) == 1
    assert len(entries[0]["replies"]) == 4, "both were cut off, and both were asked again"


def test_a_defect_in_a_step_names_the_row(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the step scripted failed on row 0: KeyError"):
        run(Scripted(), [row(0, "x")], [{"reply": "defect"}], tmp_path)


def test_a_script_that_fits_nothing_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(TeacherStopped, match="the script has no reply"):
        run(Scripted(), [row(n, f"x{n}") for n in range(50)], [{"when": ["y"], "reply": "1"}], tmp_path)


class Upper(RowStep):
    """Upper case; drops questions; doubles rows marked so."""

    step: Literal["upper"] = "upper"

    def apply(self, found: Row) -> Row | list[Row]:
        if "?" in found["instruction"]:
            raise Drop("a question")
        changed = {**found, "instruction": found["instruction"].upper()}
        return [changed, {**changed, "output": "twin"}] if "2" in found["instruction"] else changed


class Every(TableStep):
    """Keep every n-th row."""

    step: Literal["every"] = "every"
    n: int = 2

    def apply(self, rows: Iterable[Row], ledger: Ledger) -> Iterator[Row]:
        for number, found in enumerate(rows):
            if number % self.n:
                ledger.dropped(found, f"not the {self.n}th")
            else:
                yield from ledger.passed(found, found)


@given(st.lists(st.text("ab2?A", max_size=4), max_size=30))
def test_row_and_table_steps_account_for_all(texts: list[str]) -> None:
    rows = [row(number, text) for number, text in enumerate(texts)]
    entries: list[Any] = []
    first, second = Ledger("upper", entries.append), Ledger("every", entries.append)
    middle = list(Upper().run(rows, first, None))
    out = list(Every().run(middle, second, None))
    assert (first.tally.rows_in, first.tally.rows_out) == (len(rows), len(middle))
    assert (second.tally.rows_in, second.tally.rows_out) == (len(middle), len(out))
    assert [r["instruction"] for r in rows] == texts, "a step does not change the rows of others"
    kept = [entry for entry in entries if entry["step"] == "upper" and entry["fate"] == "kept"]
    assert len(kept) == sum(1 for text in texts if text == text.upper() and "?" not in text)


def parsed(step: TeacherStep, text: str) -> Any:
    return step.parse({"id": "0", "instruction": "x"}, [Reply(text)])


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("  You are a botanist who knows ferns.\n", "You are a botanist who knows ferns."),
        ("[Agent Description]: You are a botanist.", "You are a botanist."),
        ("Expert: You are a botanist.", "You are a botanist."),
        ("**Expert Identity:** You are a botanist.", "You are a botanist."),
        ('"You are a botanist."', "You are a botanist."),
        ("You are a botanist.\n\n[Instruction]: Write a poem.\n[Agent Description]: You are", "You are a botanist."),
        ("You are a botanist.\nInstruction: Write a poem.", "You are a botanist."),
        ("专家：你是一名植物学家，熟悉各种蕨类。", "你是一名植物学家，熟悉各种蕨类。"),
        ("You are an expert: a botanist.", "You are an expert: a botanist."),
    ],
)
def test_identities_are_read(text: str, identity: str) -> None:
    assert parsed(Identity(), text)["expert_identity"] == identity


@pytest.mark.parametrize(
    "text", ["I'm sorry, but I can't help.", "As an AI language model, I", "no", "抱歉，我无法回答这个问题。"]
)
def test_identities_that_are_none(text: str) -> None:
    with pytest.raises(Unreadable):
        parsed(Identity(), text)


def test_answers_are_read() -> None:
    assert parsed(Answer(), "\n 42 \n")["output"] == "42"
    with pytest.raises(Unreadable):
        parsed(Answer(), " \n")


def test_leaks_are_stripped_noted_and_dropped() -> None:
    entries: list[Any] = []
    ledger = Ledger("strip_leaks", entries.append)
    identity = "You are a botanist with twenty years of experience."
    rows = [
        {"id": "0", "instruction": "x", "output": "As a botanist, I can say that ferns have no seeds.",
         "expert_identity": identity},
        {"id": "1", "instruction": "x", "output": "As a rule, ferns have no seeds.", "expert_identity": identity},
        {"id": "2", "instruction": "x", "output": "I am a botanist.", "expert_identity": identity},
        {"id": "3", "instruction": "x", "output": ""},
    ]  # fmt: skip
    out = list(StripLeaks().run(rows, ledger, None))
    assert [r["id"] for r in out] == ["0", "1", "3"]
    assert out[0]["output"] == "I can say that ferns have no seeds."
    assert out[0]["leaks"] == ["As a botanist,"]
    assert (out[1]["output"], out[1]["leaks"]) == (rows[1]["output"], [])
    assert "nothing but the role" in entries[2]["reason"]
