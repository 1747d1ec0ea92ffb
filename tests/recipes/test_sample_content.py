"""The sample: every request finds the reply that was written for it, and the replies are right."""

from __future__ import annotations

import ast
import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.resources import files
from statistics import mean, median
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from tunesmith.curate.leaks import strip_leaks
from tunesmith.teacher.scripted import ScriptedReply, load_script

SAMPLE = files("tunesmith").joinpath("recipes", "sample")
PROMPTS = files("tunesmith").joinpath("prompts")
ROWS: list[dict[str, str]] = json.loads(SAMPLE.joinpath("instructions.json").read_text(encoding="utf-8"))
ENTRIES = load_script("sample").replies
KINDS = {
    "identity": "casting experts",
    "answer_expert": "With that background",
    "answer_static": "with the care and knowledge of an expert",
    "answer_plain": "",
}
ATTEMPTS = 3
NEVER_WHOLE = "every bone"
ONLY_ROLE = "rental contract"
LEAKS = {
    "three hearts": "As a marine biologist,",
    "塞翁失马": "作为一名语文教师，",
    "pay rise": "As someone who has spent years in salary negotiations on both sides of the table,",
    "child fractions": "As a primary school teacher,",
    "minor chord": "As a music psychologist,",
}
OPENINGS = {
    "semicolon": "As a rule, use",
    "side of the Moon": "As a result of a braking",
    "grandmother's kitchen": "As a child, I believed",
}
BOTH = pytest.mark.parametrize("persona", ["answer_expert", "answer_plain"])


def question(row: dict[str, str]) -> str:
    return row["instruction"] + ("\n\n" + row["input"] if row["input"] else "")


def render(kind: str, **values: str) -> str:
    template = PROMPTS.joinpath(f"{kind}.jinja").read_text(encoding="utf-8")
    return Environment(keep_trailing_newline=True, autoescape=False).from_string(template).render(values)


def index_for(text: str, attempt: int) -> int:
    return next(number for number, entry in enumerate(ENTRIES) if entry.fits(text, attempt))


def is_bad(entry: ScriptedReply) -> bool:
    return entry.finish_reason == "length" or entry.reply.startswith("I'm sorry")


def whole_identity(row: dict[str, str]) -> str:
    """The first identity that a run would accept."""
    text = render("identity", question=question(row))
    return next(e.reply for a in range(ATTEMPTS) if not is_bad(e := ENTRIES[index_for(text, a)]))


def request(kind: str, row: dict[str, str]) -> str:
    more = {"expert_identity": whole_identity(row)} if kind == "answer_expert" else {}
    return render(kind, question=question(row), **more)


def row_with(part: str) -> dict[str, str]:
    (row,) = [row for row in ROWS if part in question(row)]
    return row


def reply(kind: str, part: str) -> str:
    return ENTRIES[index_for(request(kind, row_with(part)), ATTEMPTS)].reply


def expert_answers() -> Iterator[tuple[dict[str, str], str]]:
    for row in ROWS:
        entry = ENTRIES[index_for(request("answer_expert", row), 0)]
        yield row, entry.reply


def fences(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def function(kind: str, part: str, name: str) -> Callable[..., Any]:
    """A function from the one Python block of an answer."""
    (block,) = fences(reply(kind, part), "python")
    names: dict[str, Any] = {}
    exec(compile(ast.parse(block), part, "exec"), names)
    found: Callable[..., Any] = names[name]
    return found


# The instructions


def test_forty_instructions() -> None:
    assert len(ROWS) == 40
    assert all(set(row) == {"instruction", "input"} for row in ROWS)
    assert len({row["instruction"] for row in ROWS}) == 40
    assert sum(bool(row["input"]) for row in ROWS) == 14
    texts = [text for row in ROWS for text in row.values()]
    assert all(text == text.strip() for text in texts)


def test_two_are_in_chinese_and_answered_in_chinese() -> None:
    chinese = [row for row in ROWS if re.search(r"[\u4e00-\u9fff]", row["instruction"])]
    assert len(chinese) == 2
    for row in chinese:
        for kind in KINDS:
            text = ENTRIES[index_for(request(kind, row), 0)].reply
            assert len(re.findall(r"[\u4e00-\u9fff]", text)) > len(text) * 0.7
            assert not re.search(r"[\u4e00-\u9fff][,;:!?()]", text)


# The script


def test_every_request_gets_its_own_entry_and_every_entry_is_used() -> None:
    owners: dict[int, set[tuple[str, str]]] = {}
    for row in ROWS:
        for kind, marker in KINDS.items():
            for attempt in range(ATTEMPTS):
                number = index_for(request(kind, row), attempt)
                if kind != "answer_static":
                    assert ([*ENTRIES[number].when[:-1]] or [""]) == [marker]
                assert ENTRIES[number].when[-1] in question(row)
                answer = "bare" if kind in ("answer_plain", "answer_static") else kind
                owners.setdefault(number, set()).add((row["instruction"], answer))
    assert set(owners) == set(range(len(ENTRIES)))
    assert all(len(users) == 1 for users in owners.values())


def test_the_order_of_the_entries_does_not_matter_between_instructions() -> None:
    for row in ROWS:
        own = {entry.when[-1] for entry in ENTRIES if entry.when[-1] in question(row)}
        assert len(own) == 1
        for kind in KINDS:
            text = request(kind, row)
            assert {entry.when[-1] for entry in ENTRIES if all(part in text for part in entry.when)} == own


def test_the_markers_occur_in_no_other_prompt() -> None:
    for row in ROWS:
        for kind in KINDS:
            found = {marker for marker in KINDS.values() if marker and marker in request(kind, row)}
            assert found == ({KINDS[kind]} - {""})


def test_identities_are_paragraphs_in_the_second_person() -> None:
    seen = Counter(whole_identity(row) for row in ROWS)
    assert max(seen.values()) == 1
    for text in seen:
        assert text.startswith(("You are a", "你是一名"))
        assert "\n" not in text
        assert 3 <= len(re.findall(r"[.。？！](?=\s|$|[\u4e00-\u9fff])", text)) <= 6


def test_answers_are_whole_and_tidy() -> None:
    for entry in ENTRIES:
        assert entry.reply == entry.reply.strip()
        assert entry.reply.count("```") % 2 == 0
        assert not re.search(r"[ \t]+$", entry.reply, re.MULTILINE)


# What the script plays


def test_cut_off_and_unreadable_replies() -> None:
    cut = [(entry.when[-1], entry.attempt) for entry in ENTRIES if entry.finish_reason == "length"]
    assert cut == [("coffee grinder", 0), (NEVER_WHOLE, 0), (NEVER_WHOLE, 1), (NEVER_WHOLE, None)]
    refused = [(entry.when, entry.attempt) for entry in ENTRIES if entry.reply.startswith("I'm sorry, but I can't")]
    assert refused == [(("casting experts", "lie awake"), 0)]
    for part in ("coffee grinder", "lie awake"):
        asked = request("identity", row_with(part))
        assert is_bad(ENTRIES[index_for(asked, 0)])
        assert not is_bad(ENTRIES[index_for(asked, 1)])


def test_strip_leaks_finds_these_and_no_others() -> None:
    found: dict[str, tuple[str, ...]] = {}
    for row, answer in expert_answers():
        stripped = strip_leaks(answer, whole_identity(row))
        if stripped.removed:
            found[row["instruction"]] = stripped.removed
            only_role = ONLY_ROLE in row["instruction"]
            assert (stripped.text == "") is only_role
            assert not stripped.text[:1].islower()
    expected = {row_with(part)["instruction"]: (phrase,) for part, phrase in LEAKS.items()}
    only = row_with(ONLY_ROLE)["instruction"]
    assert found == expected | {only: (reply("answer_expert", ONLY_ROLE),)}


def test_plain_answers_play_no_role() -> None:
    for row in ROWS:
        answer = ENTRIES[index_for(request("answer_plain", row), 0)].reply
        for identity in ("", whole_identity(row)):
            assert strip_leaks(answer, identity).removed == ()


def test_legitimate_openings_survive() -> None:
    for part, opening in OPENINGS.items():
        answer = reply("answer_expert", part)
        assert answer.startswith(opening)
        assert strip_leaks(answer, whole_identity(row_with(part))).text == answer


def test_thirty_eight_rows_come_out() -> None:
    out = [
        row
        for row, answer in expert_answers()
        if strip_leaks(answer, whole_identity(row)).text and NEVER_WHOLE not in row["instruction"]
    ]
    assert len(out) == 38


# Code


def test_python_blocks_compile() -> None:
    blocks = [block for entry in ENTRIES for block in fences(entry.reply, "python")]
    assert len(blocks) == 6
    for block in blocks:
        ast.parse(block)


@BOTH
def test_merge_intervals(persona: str) -> None:
    merge = function(persona, "merge_intervals", "merge_intervals")
    given = [(8, 9), (1, 4), (2, 3), (4, 6)]
    assert merge(given) == [(1, 6), (8, 9)]
    assert given == [(8, 9), (1, 4), (2, 3), (4, 6)]
    assert merge([]) == []
    assert merge([(1, 2), (1, 2), (3, 4)]) == [(1, 2), (3, 4)]


def roman(number: int) -> str:
    digits: list[tuple[str, ...]] = [("", "M", "MM", "MMM")]
    for one, five, ten in ("CDM", "XLC", "IVX"):
        low = ("", one, one * 2, one * 3, one + five)
        digits.append((*low, five, five + one, five + one * 2, five + one * 3, one + ten))
    return "".join(row[int(digit)] for row, digit in zip(digits, f"{number:04}", strict=True))


@BOTH
def test_roman_to_int(persona: str) -> None:
    convert = function(persona, "roman_to_int", "roman_to_int")
    assert convert("MCMXCIV") == 1994
    assert [convert(roman(n)) for n in range(1, 4000)] == list(range(1, 4000))
    for wrong in ("", "IIII", "VX", "IC", "XM", "VV", "IXI", "MMMM", "xiv", "X ", "A", "CMCM", "I\n"):
        with pytest.raises(ValueError, match="not a Roman numeral"):
            convert(wrong)


@BOTH
def test_moving_average(persona: str) -> None:
    average = function(persona, "moving_average", "moving_average")
    assert average([2, 4, 6, 8], 2) == [3.0, 5.0, 7.0]
    assert average([5], 1) == [5.0]
    assert average([1, 2], 3) == []


def test_the_function_to_mend_is_wrong_in_the_way_that_the_answer_says() -> None:
    names: dict[str, Any] = {}
    exec(row_with("moving_average")["input"], names)
    assert names["moving_average"]([2, 4, 6, 8], 2) == [1.5, 2.5]
    average = function("answer_expert", "moving_average", "moving_average")
    with pytest.raises(ValueError, match="at least 1, not 0"):
        average([1], 0)


@BOTH
def test_sql_query(persona: str) -> None:
    (query,) = fences(reply(persona, "one SQL query"), "sql")
    base = sqlite3.connect(":memory:")
    base.executescript(
        """CREATE TABLE customers (id, name); CREATE TABLE orders (id, customer_id, placed_on, total);
        INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bo'), (3, 'Cy');
        INSERT INTO orders VALUES (1, 1, '2024-01-01', 10), (2, 1, '2024-02-01', 20), (3, 1, '2024-02-01', 30),
            (4, 3, '2024-03-01', 40), (5, 3, '2023-03-01', 50);"""
    )
    expected = [(1, "Ada", "2024-02-01", 30), (2, "Bo", None, None), (3, "Cy", "2024-03-01", 40)]
    assert base.execute(query).fetchall() == expected
    base.close()


@BOTH
def test_regular_expression(persona: str) -> None:
    row = row_with("regular expression")
    accepted, rejected = reply(persona, "regular expression").split("Accepted:")[1].split("Rejected:")
    good, bad = (re.findall(r"^- `([^`]+)`", part, re.MULTILINE) for part in (accepted, rejected))
    assert len(good) == len(bad) == 2
    assert all(re.search(row["input"], text) for text in good)
    assert not any(re.search(row["input"], text) for text in bad)
    assert re.search(row["input"], "Lighthouse7\n")  # the trap with "$" that the answer tells of
    assert re.search(row["input"], "Lighthouse٧")


@BOTH
def test_payments_as_json(persona: str) -> None:
    (block,) = fences(reply(persona, "Halden Timber"), "json")
    payments = json.loads(block)
    assert [p["date"] for p in payments] == ["2024-04-29", "2024-05-10"]
    assert sum(p["amount"] for p in payments) == 1240.50
    assert {p["currency"] for p in payments} == {"EUR"}


# Sums


@BOTH
def test_two_taps_and_a_leak(persona: str) -> None:
    assert math.isclose(1 / (1 / 6 + 1 / 4 - 1 / 12), 3)
    assert "3 hours" in reply(persona, "Tap A fills")


def test_two_taps_without_the_leak() -> None:
    assert math.isclose(1 / (1 / 6 + 1 / 4), 2 + 24 / 60)
    assert "2 hours 24 minutes" in reply("answer_expert", "Tap A fills")


@BOTH
def test_commuting_times(persona: str) -> None:
    times = [int(time) for time in row_with("commuting times")["input"].split(",")]
    assert (sum(times), round(mean(times), 1), median(times)) == (220, 31.4, 25)
    assert round(149 / 6, 1) == 24.8
    answer = reply(persona, "commuting times")
    assert "220 / 7 ≈" in answer
    assert "31.4" in answer
    assert "25 minutes" in answer


@BOTH
def test_level(persona: str) -> None:
    from itertools import permutations

    words = set(permutations("LEVEL"))
    palindromes = {"".join(word) for word in words if word == word[::-1]}
    assert (len(words), palindromes) == (30, {"LEVEL", "ELVLE"})
    assert math.comb(5, 1) * math.comb(4, 2) == 30
    answer = reply(persona, "word LEVEL")
    assert "30" in answer
    assert "LEVEL and ELVLE" in answer


@BOTH
def test_birthdays(persona: str) -> None:
    def match(people: int) -> float:
        return 1 - math.prod((365 - n) / 365 for n in range(people))

    assert [round(100 * match(n), 1) for n in (22, 23, 50)] == [47.6, 50.7, 97.0]
    assert round(1 - match(23), 3) == 0.493
    assert math.comb(23, 2) == 253
    assert round(100 * (1 - (364 / 365) ** 22), 1) == 5.9
    answer = reply(persona, "share a birthday")
    assert all(figure in answer for figure in ("253", "50.7 per cent", "0.493"))


@BOTH
def test_savings(persona: str) -> None:
    total = 0.0
    for _ in range(60):
        total = total * 1.0025 + 200
    assert round(total, 2) == 12929.34
    assert round(total * 1.0025, 2) == 12961.67
    assert (round(1.0025**60, 6), round((1.0025**60 - 1) / 0.0025, 4)) == (1.161617, 64.6467)
    answer = reply(persona, "savings account")
    assert persona == "answer_plain" or "12,961.67" in answer
    assert all(figure in answer for figure in ("12,929.34", "929.34 euros", "12,000"))


def test_fractions_in_the_kitchen() -> None:
    assert 3 / 4 * 2 / 0.5 == 3  # half cups in three quarters of a jug of two cups
    assert 12 * (1 / 2 + 1 / 4) == 9
    assert 3 / 4 / 2 == 3 / 8
    assert math.isclose(1 - 1 / 2 - 1 / 3, 1 / 6)
    answer = reply("answer_expert", "child fractions")
    assert all(figure in answer for figure in ("(Three.)", "nine of twelve", "three eighths", "only a sixth"))


def test_bones_add_up() -> None:
    regions = [int(n) for n in re.findall(r"\((\d+)\):", reply("answer_plain", NEVER_WHOLE))]
    assert regions == [22, 6, 1, 26, 25, 64, 62]
    assert sum(regions) == 206
    assert 2 * (5 + 8 + 5 + 14) == 64
    assert 2 * (5 + 7 + 5 + 14) == 62


# Words


def test_the_essay_has_about_120_words() -> None:
    for persona in ("answer_expert", "answer_plain"):
        assert 110 <= len(reply(persona, "grandmother's kitchen").split()) <= 130


@BOTH
def test_summary_has_two_sentences(persona: str) -> None:
    assert len(re.findall(r"[.](?=\s|$)", reply(persona, "Summarise this passage"))) == 2


@BOTH
def test_ten_names_and_six_ways(persona: str) -> None:
    for part, count in (("bakery that opens", 10), ("child fractions", 6)):
        assert len(re.findall(r"^\d+\. ", reply(persona, part), re.MULTILINE)) == count


@BOTH
def test_every_animal_is_sorted_once(persona: str) -> None:
    answer = reply(persona, "Sort these animals")
    for animal in row_with("Sort these animals")["input"].split(", "):
        assert answer.count(animal) == 1


def test_the_card() -> None:
    _, front, text = SAMPLE.joinpath("README.md").read_text(encoding="utf-8").split("---\n", 2)
    card = yaml.safe_load(front)
    assert card["license"] == "apache-2.0"
    assert card["language"] == ["en", "zh"]
    assert card["configs"][0]["data_files"][0]["path"] == "instructions.json"
    assert text.strip().startswith("# " + card["pretty_name"])
