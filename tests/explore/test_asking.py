"""Requests: in the published form to the byte, and in ours with what a teacher must know."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.explore.teachers import DOMAIN, SEEDS, asked_in
from tunesmith.errors import UsageError
from tunesmith.explore import Asking, Manner, Tree, new_tree, read_tree
from tunesmith.explore.asking import KINDS, Kind, published_enrich, published_extend
from tunesmith.teacher import Request

PUBLISHED = ["write_assistance", "brainstorming", "math"]


def head(shared: Path, domain: str, kind: str) -> Path:
    return shared / "prompts" / f"explore_instruct_{domain}_{kind}.txt"


def with_prompts(files: Mapping[str, Path]) -> Asking:
    return Asking(DOMAIN.model_copy(update=dict(files)), Manner())


def text_in(request: Request) -> str:
    (message,) = request.messages
    assert message.role == "user"
    return message.content


def tree_of_letters() -> Tree:
    tree = new_tree("Writing letters", SEEDS[:6], "")
    love = tree.add(tree.root, "Love letters", "People love each other.")
    tree.add(tree.root, "Letters to the editor", "Papers print them.")
    tree.add(love, "First letters", "One must begin.").examples = SEEDS[10:12]
    tree.add(love, "Answers", "Some love back.")
    return tree


# The published form


@pytest.mark.parametrize("number", range(3))
def test_a_request_is_that_of_the_published_program_to_the_byte(shared: Path, number: int) -> None:
    case = json.loads((shared / "explore_instruct" / "published_requests.json").read_text(encoding="utf-8"))[number]
    task = read_tree(shared / "explore_instruct" / "demo_domain").by_name()[case["task"]]
    text = head(shared, "write_assistance", case["kind"]).read_bytes().decode()
    if case["kind"] == "extend":
        numbers = (case["extend_num"], case["num_examples"], case["target_children_num"])
        request = published_extend(text, task, case["demonstrations"], numbers)
    else:
        request = published_enrich(text, task, case["demonstrations"], case["num_examples"])
    assert request == case["request"]


@pytest.mark.parametrize("number", range(3))
def test_a_prompt_file_of_the_published_program_asks_as_it_does(
    shared: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = json.loads((shared / "explore_instruct" / "published_requests.json").read_text(encoding="utf-8"))[number]
    task = read_tree(shared / "explore_instruct" / "demo_domain").by_name()[case["task"]]
    files = {kind: head(shared, "write_assistance", kind) for kind in ("extend", "enrich")}
    asking = with_prompts(files)
    monkeypatch.setattr(asking, "demonstrations", lambda *_: case["demonstrations"])
    if case["kind"] == "extend":
        request = asking.subtasks(task, case["extend_num"], case["num_examples"], case["target_children_num"], 0)
        expected = case["request"]
    else:
        request, expected = asking.examples(task, case["num_examples"], 0), case["request"]
    assert text_in(request) == expected


def test_missing_branches_are_asked_for_in_the_published_words_too(shared: Path) -> None:
    asking = with_prompts({"extend": head(shared, "write_assistance", "extend")})
    root = read_tree(shared / "explore_instruct" / "demo_domain").root
    ahead, back = asking.subtasks(root, 4, 2, 12, 0), asking.branches(root, 1, 2, 12, 0)
    assert text_in(back).endswith(
        "there are 8 existing subtasks. Generate 1 new subtasks with the corresponding reason, then list 2 examples of "
        "this new subtask:"
    )
    assert ahead.sample != back.sample


def test_at_least_three_subtasks_are_asked_for_as_published_as_far_as_there_is_room(shared: Path) -> None:
    asking = with_prompts({"extend": head(shared, "write_assistance", "extend")})
    root = read_tree(shared / "explore_instruct" / "demo_domain").root

    def asked_for(wanted: int, most: int) -> int:
        return asked_in(text_in(asking.subtasks(root, wanted, 2, most, 0))).wanted

    assert [asked_for(1, 12), asked_for(4, 12), asked_for(2, 10), asked_for(1, 8)] == [3, 4, 2, 1]


@pytest.mark.parametrize("domain", PUBLISHED)
@pytest.mark.parametrize("kind", ["extend", "enrich"])
def test_a_published_head_is_sent_to_the_byte(shared: Path, domain: str, kind: Kind) -> None:
    path = head(shared, domain, kind)
    asking = with_prompts({kind: path})
    task = tree_of_letters().by_name()["love_letters"]
    request = asking.subtasks(task, 3, 2, 12, 0) if kind == "extend" else asking.examples(task, 10, 0)
    text = path.read_bytes().decode()
    assert text_in(request).startswith(f"{text}\n\nTarget task: ")
    if domain == "math":
        assert '\\\\boxed{value of "Answer:"}' in text_in(request)
        assert "= {?}$" in text_in(request)
    shown = re.findall(r"^(?:(\d)\. )?Instruction: Rewrite the note", text_in(request), re.M)
    # Examples are numbered where the head's own description of the form has them so.
    assert shown == (["1", "2"] if domain == "write_assistance" else ["", ""])


def test_the_unnumbered_form_whole(shared: Path) -> None:
    path = head(shared, "math", "enrich")
    task = new_tree("Algebra", [], "All of it.").root
    task.name = "algebra"
    shown = [{"instruction": " Solve\n this: ", "input": "", "output": "$\\boxed{1}$"}]
    assert published_enrich(path.read_bytes().decode(), task, shown, 7) == path.read_bytes().decode() + (
        "\n\nTarget task: algebra\nExamples:\n###\nInstruction: Solve this\nInput: <noinput>\n"
        "Output: $\\boxed{1}$\n###\n\n"
        "The list of already existing subtasks for this target task is: [].\n"
        "The list of already existing peer tasks for this target task is: [].\n"
        "\nList 7 examples of this new subtask below:\n\nNew subtask: algebra\nReason: All of it."
    )


@pytest.mark.parametrize("text", ["Head {task} {{ task }} \\boxed{x}\r\nwindows\r\n", "\ufeffwith a mark", "{% if %}"])
def test_nothing_in_a_plain_prompt_file_is_a_place_to_fill(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(text.encode())
    request = with_prompts({"enrich": path}).examples(tree_of_letters().root, 3, 0)
    assert text_in(request).startswith(f"{text}\n\nTarget task: writing_letters\n")


# Our form


def test_our_requests_say_what_is_wanted_of_which_task(shared: Path) -> None:
    asking = Asking(DOMAIN, Manner())
    tree = tree_of_letters()
    love = tree.by_name()["love_letters"]
    assert asked_in(text_in(asking.subtasks(love, 4, 2, 12, 0))).wanted == 4
    for kind, request, wanted, each in (
        ("extend", asking.subtasks(love, 3, 2, 12, 0), 3, 2),
        ("extend", asking.subtasks(love, 1, 0, 12, 0), 1, 0),
        ("backtrack", asking.branches(love, 1, 1, 12, 0), 1, 1),
        ("enrich", asking.examples(love, 10, 0), 10, 0),
        ("enrich", asking.examples(love, 1, 0), 1, 0),
    ):
        asked = asked_in(text_in(request))
        assert (asked.kind, asked.task, asked.wanted, asked.each) == (kind, "Love letters", wanted, each)
        for part in ("Writing letters > Love letters", "People love each other.", "Letters to the editor"):
            assert part in asked.text, (kind, part)
        assert "First letters" in asked.text
        assert "Answers" in asked.text
        assert "{" not in asked.text


def test_our_requests_are_for_text_or_for_json_by_a_schema() -> None:
    root = tree_of_letters().root
    plain, by_schema = (Asking(DOMAIN, Manner(structured=yes)).examples(root, 3, 0) for yes in (False, True))
    assert plain.extra == {}
    assert by_schema.extra["response_format"]["type"] == "json_schema"
    assert '{"examples": [{"instruction"' in text_in(by_schema)
    assert "###" not in text_in(by_schema)


def test_the_manner_is_that_of_the_settings() -> None:
    request = Asking(DOMAIN, Manner(temperature=0.7, top_p=0.9, max_tokens=77)).examples(tree_of_letters().root, 1, 5)
    assert (request.temperature, request.top_p, request.max_tokens, request.sample) == (0.7, 0.9, 77, 5)


def test_what_a_person_wrote_is_text_and_no_template() -> None:
    tree = new_tree("{{ 7 * 7 }}", [{"instruction": "{% raw %}", "output": "{{ x }}"}], "{# no #}")
    text = text_in(Asking(DOMAIN, Manner()).examples(tree.root, 1, 0))
    for part in ("{{ 7 * 7 }}", "{% raw %}", "{{ x }}", "{# no #}"):
        assert part in text


# Demonstrations


def shown(tree: Tree, task: str, number: int = 0, **manner: Any) -> list[str]:
    asking = Asking(DOMAIN, Manner(**manner))
    return [example["instruction"] for example in asking.demonstrations(tree.by_name()[task], "enrich", number)]


def test_demonstrations_are_drawn_from_the_nearest_task_above_that_has_examples() -> None:
    tree = tree_of_letters()
    ours = {example["instruction"] for example in SEEDS[:6]}
    assert set(shown(tree, "answers")) < ours
    assert set(shown(tree, "love_letters")) < ours
    assert set(shown(tree, "writing_letters")) < ours
    tree.by_name()["love_letters"].examples = SEEDS[20:25]
    assert set(shown(tree, "answers")) < {example["instruction"] for example in SEEDS[20:25]}


def test_demonstrations_depend_on_seed_and_number_and_on_nothing_else() -> None:
    tree = tree_of_letters()
    assert shown(tree, "answers") == shown(tree_of_letters(), "answers")
    draws = {tuple(shown(tree, "answers", number, seed=seed)) for number in range(4) for seed in range(4)}
    assert len(draws) > 8
    assert len(shown(tree, "answers", demonstrations=100)) == 6
    assert shown(tree, "answers", demonstrations=0) == []


def test_a_tree_without_examples_shows_none() -> None:
    tree = new_tree("Bare")
    text = text_in(Asking(DOMAIN, Manner()).subtasks(tree.root, 2, 2, 12, 0))
    assert "What examples in this field look like" not in text


# Prompts of the user's own


def test_a_template_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.jinja"
    path.write_text("{{ kind or '' }}{{ task }} of {{ domain }}: {{ wanted }}".replace("{{ kind or '' }}", ""))
    asking = with_prompts({"enrich": path})
    assert text_in(asking.examples(tree_of_letters().by_name()["answers"], 3, 0)) == "Answers of Writing letters: 3"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.jinja", "{{ tusk }}", "names 'tusk'; there are: already, beneath, children"),
        ("a.jinja", "{{ task", "a.jinja"),
        ("a.txt", "  \n", "is empty"),
        ("a.txt", None, "cannot read the prompt file"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_prompt_file_is_told(tmp_path: Path, kind: Kind, name: str, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=words):
        with_prompts({kind: tmp_path / name})
