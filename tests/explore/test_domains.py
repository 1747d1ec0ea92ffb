"""The domains and prompts that come with tunesmith: whole, right, and in a form that our reader understands."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise, product
from typing import Any

import pytest

from tunesmith.curate.near_duplicates import find_near_duplicates
from tunesmith.explore.domain import builtin_domains, load_domain
from tunesmith.explore.reading import Draft, read_drafts, read_proposals
from tunesmith.prompts import load_prompt

DOMAINS = ("brainstorming", "maths", "rewriting")
EACH_DOMAIN = pytest.mark.parametrize("name", DOMAINS)

# What only one of the three prompts says; the script's entries are chosen by it.
MARKERS = {"extend": "Divide one task", "backtrack": "look for the gaps", "enrich": "writing exercises"}
EACH_PROMPT = pytest.mark.parametrize("kind", MARKERS)
PLACES = {
    "extend": {"children", "each"},
    "backtrack": {"beneath", "each"},
    "enrich": {"children", "already"},
}
OF_ALL = {"domain", "task", "reason", "path", "examples", "siblings", "wanted", "guidance", "structured"}


# The domains


def test_three_domains() -> None:
    assert tuple(builtin_domains()) == DOMAINS


@EACH_DOMAIN
def test_a_domain_is_whole(name: str) -> None:
    domain = load_domain(name)
    assert domain.name == name
    assert domain.title
    assert domain.reason.endswith(".")
    assert 3 <= len(domain.guidance.strip().splitlines()) <= 6
    assert all(line.startswith("- ") and line.endswith(".") for line in domain.guidance.strip().splitlines())
    assert 8 <= len(domain.examples) <= 10
    for seed in domain.examples:
        assert all(text == text.strip() for text in (seed.instruction, seed.input, seed.output))


@EACH_DOMAIN
def test_seeds_pass_the_checks_of_their_domain(name: str) -> None:
    domain = load_domain(name)
    for seed in domain.examples:
        assert domain.checks.problem(seed.instruction, seed.input, seed.output) == ""
        assert domain.checks.mend(seed.output) == seed.output


@EACH_DOMAIN
def test_seeds_differ(name: str) -> None:
    instructions = [seed.instruction for seed in load_domain(name).examples]
    assert not any(find_near_duplicates(instructions, 0.5))
    assert len({instruction.split()[0] for instruction in instructions}) >= 6


def test_what_the_domains_let_through() -> None:
    checks = {name: load_domain(name).checks for name in DOMAINS}
    for instruction, refusing in (
        ("Turn the flowchart into a poem of four lines.", {"brainstorming", "maths", "rewriting"}),
        ("List ten places that a treasure map could lead to.", {"rewriting"}),
        ("Where does the graph of $x^2$ cross the axes?", {"brainstorming", "rewriting"}),
        ("Solve $x=1$.", {"brainstorming", "rewriting"}),
    ):
        found = {name for name in DOMAINS if checks[name].problem(instruction, "", r"Answer: $\boxed{1}$")}
        assert found == refusing, instruction


def test_texts_are_rewritten_and_problems_stand_alone() -> None:
    assert all(seed.input for seed in load_domain("rewriting").examples)
    assert not any(seed.input for seed in load_domain("maths").examples)
    assert sum(bool(seed.input) for seed in load_domain("brainstorming").examples) == 1


def test_the_paragraph_is_cut_to_a_third() -> None:
    (seed,) = [seed for seed in load_domain("rewriting").examples if "a third of its length" in seed.instruction]
    assert 0.3 < len(seed.output.split()) / len(seed.input.split()) < 0.4
    assert all(figure in seed.output for figure in re.findall(r"\d[\d,]*", seed.input))


def test_the_sentences_of_the_recipe_are_all_there() -> None:
    (seed,) = [seed for seed in load_domain("rewriting").examples if "recipe" in seed.instruction]
    before, after = (sorted(re.split(r"(?<=\.) ", text)) for text in (seed.input, seed.output))
    assert before == after


def test_lists_are_as_long_as_asked_for() -> None:
    numbers = {"four": 8, "five": 5, "six": 6, "seven": 7, "eight": 8, "ten": 10, "one activity an hour": 7}
    for seed in load_domain("brainstorming").examples:
        (word,) = [word for word in numbers if re.search(rf"\b{word}\b (?!euros|and)", seed.instruction)]
        assert len(re.findall(r"^(?:\d+\.|-) ", seed.output, re.MULTILINE)) == numbers[word]


# The maths is right

SOLUTIONS: dict[str, Any] = {
    r"\frac{2x - 1}{3}": 14,
    "A jacket": 120,
    "four-digit": 126,
    "altitude": 12,
    "7^{100}": 9,
    "dice": r"\frac{5}{11}",
    "local maximum": r"2\sqrt{5}",
    "inequality": "(1, 7)",
    "vectors": r"3 \pm \sqrt{6}",
}


def test_answers_are_boxed_once_and_at_the_end() -> None:
    found = {}
    for seed in load_domain("maths").examples:
        (key,) = [key for key in SOLUTIONS if key in seed.instruction]
        last = seed.output.splitlines()[-1]
        assert seed.output.count(r"\boxed") == 1
        assert seed.output.count("$") % 2 == 0
        assert (match := re.fullmatch(r"Answer: \$\\boxed\{(.*)\}\$", last)), last
        found[key] = match[1]
    assert found == {key: str(answer) for key, answer in SOLUTIONS.items()}


def test_the_answers_are_right() -> None:
    assert (2 * 14 - 1) / 3 == (14 + 4) / 2
    assert math.isclose(120 * 0.7, 84)
    assert sum(all(a < b for a, b in pairwise(str(n))) for n in range(1000, 10000)) == 126
    assert math.hypot(20, 15) * 12 == 20 * 15
    assert pow(7, 100, 13) == 9
    with_six = [dice for dice in product(range(1, 7), repeat=2) if 6 in dice]
    assert (sum(sum(dice) >= 10 for dice in with_six), len(with_six)) == (5, 11)
    values = {x: x**3 - 6 * x**2 + 9 * x + 1 for x in (1, 3)}
    assert math.isclose(math.dist((1, values[1]), (3, values[3])), 2 * math.sqrt(5))
    assert [x for x in range(-100, 200) if abs(2 * x / 10 - 5) < x / 10 + 2] == [*range(11, 70)]
    for k in (3 + math.sqrt(6), 3 - math.sqrt(6)):
        (a, b, c), (d, e, f), (g, h, i) = (1, 2, k), (0, 1, 3), (k, 1, 0)
        assert math.isclose(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g), 0, abs_tol=1e-9)


# The prompts


def filled(kind: str, **changed: Any) -> str:
    places: dict[str, Any] = {
        "domain": "Rewriting texts",
        "task": "Adjusting the tone",
        "reason": "How a text treats its reader.",
        "path": ["Rewriting texts", "Adjusting the tone"],
        "examples": [
            {"instruction": "Soften this.", "input": "No.\nNever.", "output": "Rather not."},
            {"instruction": "Think of a word.", "input": "", "output": "{{ braces }}"},
        ],
        "children": ["Formality shifts", "Mood and energy"],
        "siblings": ["Changing the length"],
        "beneath": [("Formality shifts", ["Making messages formal"]), ("Mood and energy", [])],
        "wanted": 2,
        "already": ["Make this shorter"],
        "each": 2,
        "guidance": "- Inputs are whole texts.",
        "structured": False,
    }
    prompt = load_prompt(f"explore_{kind}")
    return prompt.fill({name: value for name, value in (places | changed).items() if name in prompt.places})


BARE = {
    "task": "Rewriting texts",
    "path": ["Rewriting texts"],
    "reason": "",
    "guidance": "",
    "wanted": 1,
    "each": 1,
    "already": [],
}
ALONE: dict[str, Any] = {"examples": [], "children": [], "siblings": [], "beneath": []}


@EACH_PROMPT
def test_places(kind: str) -> None:
    assert load_prompt(f"explore_{kind}").places == OF_ALL | PLACES[kind]


@EACH_PROMPT
@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("each", [0, 1, 2])
@pytest.mark.parametrize("changed", [{}, BARE, ALONE, BARE | ALONE, {"siblings": []}])
def test_prompts_are_tidy(kind: str, structured: bool, each: int, changed: dict[str, Any]) -> None:
    text = filled(kind, **changed | {"structured": structured, "each": each})
    assert text == text.strip()
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]$|[ \t]{2}|\{%|%\}", text, re.MULTILINE)
    assert [other for other, marker in MARKERS.items() if marker in text] == [kind]
    assert "\n###\n" in text or structured


@EACH_PROMPT
def test_what_is_known_is_shown(kind: str) -> None:
    text = filled(kind)
    assert '\nTask: "Adjusting the tone"\nWhere it stands: Rewriting texts > Adjusting the tone\n' in text
    for known in (
        "Mood and energy",
        "Changing the length",
        "How a text treats its reader.",
        "- Inputs are whole texts.",
    ):
        assert known in text
    assert "1. Instruction: Soften this.\nInput: No.\nNever.\nOutput: Rather not.\n2. Instruction: Think" in text
    assert "Input: <noinput>\nOutput: {{ braces }}\n" in text
    if kind == "backtrack":
        assert "\n- Formality shifts: Making messages formal\n- Mood and energy\n" in text


@EACH_PROMPT
def test_a_root_without_anything(kind: str) -> None:
    text = filled(kind, **BARE | ALONE)
    for heading in (
        "Where it stands",
        "What it is for",
        "beside it:",
        "About the field",
        "What examples in this field",
    ):
        assert heading not in text
    assert "examples of it" not in text
    assert "2. Instruction" not in text


@pytest.mark.parametrize("kind", ["extend", "backtrack"])
def test_no_examples_can_be_asked_for(kind: str) -> None:
    text = filled(kind, each=0, examples=[])
    assert "Instruction" not in text
    assert "Examples:" not in text
    assert '"examples": []' in filled(kind, each=0, structured=True)


@EACH_PROMPT
def test_the_form_that_is_asked_for_can_be_read(kind: str) -> None:
    form = filled(kind)[filled(kind).rindex("one after the last:") :].partition("\n\n")[2]
    block = form[: form.rindex("\n###") + 4]
    drafts = read_drafts(block) if kind == "enrich" else read_proposals(block).found[0].drafts
    assert drafts[0] == Draft("the request", "the text that it is about, or <noinput> if there is none", "the answer")
    structured = filled(kind, structured=True)
    shown = json.loads(next(line for line in structured.splitlines() if line.startswith("{")))
    examples = shown["examples"] if kind == "enrich" else shown["subtasks"][0]["examples"]
    assert set(examples[0]) == {"instruction", "input", "output"}


@pytest.mark.parametrize("kind", ["extend", "backtrack"])
def test_the_word_for_nothing_is_understood(kind: str) -> None:
    said = filled(kind).rpartition("reply exactly: ")[2]
    assert said == "No more subtasks."
    assert read_proposals(said).nothing_more
    assert not read_proposals(said).found
    empty = filled(kind, structured=True).rpartition("the list is empty: ")[2]
    assert read_proposals(empty).nothing_more
