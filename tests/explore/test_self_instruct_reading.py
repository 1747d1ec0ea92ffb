"""Reading the tasks of a Self-Instruct reply: Alpaca's form, which begins in the middle, and other ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recipes.self_instruct_teachers import listed, published_tasks
from tunesmith.errors import Unreadable
from tunesmith.explore.self_instruct.asking import PUBLISHED_STOP, Sampling, Shown, TaskAsking, begun_in
from tunesmith.explore.self_instruct.reading import read_tasks

TWO = [("Name the tallest of these.", "Ann 1.60, Bo 1.75", "Bo"), ("Why is snow white?", "", "It scatters all light.")]
LABELS = [("Is it prime?", "91", "no"), ("Which sense is it: sight or hearing?", "A bell rings.", "hearing")]


def triples(text: str, begun: int = 0, label_first: bool = False, cut_off: bool = False) -> list[tuple[str, str, str]]:
    drafts = read_tasks(text, cut_off, begun, label_first)
    return [(draft.instruction, draft.input, draft.output) for draft in drafts if not draft.problem]


def test_a_reply_that_begins_in_the_middle() -> None:
    said = listed(TWO, 4)
    assert said.startswith(" Name the tallest")
    assert triples(said, 4) == TWO


@pytest.mark.parametrize(
    "said",
    [
        listed(TWO),
        listed(TWO).replace("###\n", "\n"),
        listed(TWO).replace(". Input:\n", ". Input: ").replace(". Output:\n", ". Output: "),
        "###\n" + listed(TWO).replace("1. ", "").replace("2. ", ""),
        listed(TWO).replace("Instruction:", "**Instruction:**").replace("Output:", "**Output:**"),
        "Here are two tasks:\n\n" + listed(TWO),
        f"<think>Two, then.</think>\n{listed(TWO)}",
        '[{"instruction": "Name the tallest of these.", "input": "Ann 1.60, Bo 1.75", "output": "Bo"}, '
        '{"instruction": "Why is snow white?", "input": "", "output": "It scatters all light."}]',
    ],
)
@pytest.mark.parametrize("begun", [0, 4])
def test_a_teacher_that_begins_anew(said: str, begun: int) -> None:
    assert triples(said, begun) == TWO


@pytest.mark.parametrize(
    "said",
    [
        listed(LABELS, label_first=True),
        listed(LABELS),
        listed(LABELS, label_first=True).replace("###\n", "\n"),
        "###\n" + listed(LABELS, label_first=True).replace("1. ", "").replace("2. ", ""),
        listed(LABELS, label_first=True).replace("Output:", "**Class label:**").replace("Input:", "**Input:**"),
        listed(LABELS, label_first=True).replace("Output:", "Label:"),
        f"<think>Two, then.</think>\nHere they are:\n\n{listed(LABELS, label_first=True)}",
        listed(LABELS, 3, label_first=True).replace(" Is it", "3. Instruction: Is it"),
        json.dumps([dict(zip(("instruction", "output", "input"), (i, o, g), strict=True)) for i, g, o in LABELS]),
        f"```json\n{json.dumps([{'instruction': i, 'input': g, 'output': o} for i, g, o in LABELS])}\n```",
        "".join(f"###\n{n}. 指令：{i}\n{n}. 输出：{o}\n{n}. 输入：{g}\n" for n, (i, g, o) in enumerate(LABELS, 1))
        + "###",
        "".join(f"###\n{n}. 指令: {i}\n{n}. 标签: {o}\n{n}. 输入: {g}\n" for n, (i, g, o) in enumerate(LABELS, 1)),
    ],
)
def test_a_label_before_its_input(said: str) -> None:
    assert triples(said, label_first=True) == LABELS


@pytest.mark.parametrize("label_first", [False, True])
@pytest.mark.parametrize("broken", ["2. Instruction Name it", "2. Name it:", "Name it", "2. Instruktion: Name it"])
def test_a_task_that_cannot_be_made_out_is_one_with_a_problem(broken: str, label_first: bool) -> None:
    three = [LABELS[0], ("Name it", "a bear", "animal"), LABELS[1]]
    said = listed(three, label_first=label_first).replace("2. Instruction: Name it", broken)
    found = read_tasks(f"Gladly:\n###\n{said}\nThat is all.", label_first=label_first)
    assert [(draft.instruction, draft.input, draft.output) for draft in (found[0], found[2])] == LABELS
    assert [draft.problem for draft in found] == ["", "no instruction", ""]
    blocks = said.split("###")
    blocks[1] = "\nName it. A bear. Animal.\n"
    found = read_tasks("###".join(blocks), label_first=label_first)
    assert [draft.problem for draft in found] == ["", "no instruction", ""]


@pytest.mark.parametrize("label_first", [False, True])
@pytest.mark.parametrize("number", [998, 99_990])
@pytest.mark.parametrize("bare", [False, True])
def test_long_lists(label_first: bool, number: int, bare: bool) -> None:
    tasks = [(f"Do task {n} of many.", "it", "done") for n in range(20)]
    said = f"{number}. Instruction:{listed(tasks, number, label_first)}"
    assert triples(said.replace("Instruction:", "**Instruction:**") if bare else said, 0, label_first) == tasks


def test_of_a_reply_that_was_cut_off_the_last_task_is_left_out() -> None:
    for label_first in (False, True):
        said = listed(LABELS, label_first=label_first)
        assert triples(said[:-3], label_first=label_first, cut_off=True) == LABELS[:1]
        assert triples(said, label_first=label_first, cut_off=True) == LABELS  # the line below closes it
        assert [draft.problem for draft in read_tasks(said[:-3], True, 0, label_first)] == ["", "cut off"]


@pytest.mark.parametrize("said", ["", "  \n", "I would rather not.", "###\n###", "What kind of tasks do you mean?"])
@pytest.mark.parametrize("label_first", [False, True])
def test_what_is_no_list_is_unreadable(said: str, label_first: bool) -> None:
    with pytest.raises(Unreadable):
        read_tasks(said, label_first=label_first)


texts = st.text("ab 12.:\n-", min_size=1, max_size=30).map(str.strip).filter(bool)
lines = texts.map(lambda text: " ".join(text.split()))


headed = (("Do it all", lines), ("of", texts), ("is", texts))
tasks = st.tuples(*(words.map(f"{head} {{}}".format) for head, words in headed))


@given(st.lists(tasks, min_size=1), st.integers(1, 7))
def test_well_formed_replies_are_read_as_published(tasks: list[tuple[str, str, str]], shown: int) -> None:
    said = listed(tasks, shown + 1)
    assert triples(said, shown + 1) == published_tasks(said, shown, "stop") == tasks


@given(st.text(max_size=200), st.booleans(), st.booleans(), st.integers(0, 5))
def test_any_text_is_read_or_unreadable(said: str, cut_off: bool, label_first: bool, begun: int) -> None:
    try:
        assert read_tasks(said, cut_off, begun, label_first)
    except Unreadable:
        pass


def test_a_request_says_where_its_reply_begins() -> None:
    asking = TaskAsking(Shown(2, 1, 20), Sampling(1, 1, 100, None))
    seeds = [{"instruction": f"Do {n}.", "input": "", "output": "x"} for n in range(5)]
    request = asking.request(3, seeds, seeds[:1], False)
    assert begun_in(request) == 0
    assert request.stop == ()
    assert "Write 17 new tasks" in request.messages[0].content
    assert request == asking.request(3, seeds, seeds[:1], False) != asking.request(4, seeds, seeds[:1], False)
    assert len(PUBLISHED_STOP) == 3
