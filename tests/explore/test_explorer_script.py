"""The scripted explorer: its replies can be read, but for those that are not meant to be, and make the right tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from tunesmith.errors import Unreadable
from tunesmith.explore.asking import Asking
from tunesmith.explore.domain import load_domain
from tunesmith.explore.endings import Outcome
from tunesmith.explore.enrich import Enrich, enrich
from tunesmith.explore.extend import Extend, extend
from tunesmith.explore.names import same_title
from tunesmith.explore.prune import filter_examples, prune
from tunesmith.explore.reading import Draft, read_drafts, read_proposals
from tunesmith.explore.rounds import Work
from tunesmith.explore.tree import Task, Tree, new_tree
from tunesmith.teacher import ReplyStore, ScriptedClient, Teacher
from tunesmith.teacher.scripted import ScriptedReply, load_script

from .test_domains import MARKERS

ENTRIES = load_script("explorer").replies

# Each reply alone

NO_ANSWER = ("extend", "Explaining specialist texts", 0)
CUT_OFF = {"Prose into structure": "cut off", "Summaries for one reader": "cut off"}


def kind_of(entry: ScriptedReply) -> str:
    (kind,) = [kind for kind, marker in MARKERS.items() if marker == entry.when[0]]
    return kind


def title_of(entry: ScriptedReply) -> str:
    """The task that an entry is about; empty for those at the end of the script."""
    match = re.fullmatch(r'Task: "(.+)"', entry.when[1]) if len(entry.when) > 1 else None
    return match[1] if match else ""


def drafts_of(entry: ScriptedReply) -> Iterator[Draft]:
    cut_off = entry.finish_reason == "length"
    if kind_of(entry) == "enrich":
        yield from read_drafts(entry.reply, cut_off)
    else:
        for proposal in read_proposals(entry.reply, cut_off).found:
            yield from proposal.drafts


def is_answer(entry: ScriptedReply) -> bool:
    return bool(title_of(entry)) and (kind_of(entry), title_of(entry), entry.sample) != NO_ANSWER


def test_entries_name_a_prompt_and_a_task() -> None:
    assert {title_of(entry) for entry in ENTRIES[-3:]} == {""}
    assert [entry.when for entry in ENTRIES[-3:]] == [(marker,) for marker in MARKERS.values()]
    assert all(title_of(entry) and len(entry.when) == 2 for entry in ENTRIES[:-3])
    keys = Counter((kind_of(entry), title_of(entry), entry.sample) for entry in ENTRIES)
    assert max(keys.values()) == 1


def test_the_script_is_small_and_tidy() -> None:
    text = files("tunesmith").joinpath("recipes", "sample", "explorer.replies.yaml").read_text(encoding="utf-8")
    assert len(text.encode()) < 150_000
    assert not re.search(r"[ \t]+$|\t", text, re.MULTILINE)
    assert not re.search(r"^ {6}#(?!##$)", text, re.MULTILINE), "a remark within a reply"


def test_replies_can_be_read() -> None:
    for entry in ENTRIES:
        if is_answer(entry):
            cut = [draft for draft in drafts_of(entry) if draft.problem]
            assert {draft.problem for draft in cut} <= {CUT_OFF.get(title_of(entry))}
            assert len(cut) == (entry.finish_reason == "length" and kind_of(entry) == "enrich")
    assert {title_of(entry) for entry in ENTRIES if entry.finish_reason == "length"} == set(CUT_OFF)


def test_replies_that_hold_nothing() -> None:
    (nonsense,) = [entry for entry in ENTRIES if title_of(entry) and not is_answer(entry)]
    with pytest.raises(Unreadable):
        read_proposals(nonsense.reply)
    extending, going_back, enriching = ENTRIES[-3:]
    assert read_proposals(extending.reply).nothing_more
    assert read_proposals(going_back.reply).nothing_more
    with pytest.raises(Unreadable):
        read_drafts(enriching.reply)


def test_subtasks_have_a_reason_and_two_examples() -> None:
    titles = Counter()  # type: Counter[str]
    for entry in ENTRIES:
        if is_answer(entry) and kind_of(entry) != "enrich":
            proposals = read_proposals(entry.reply, entry.finish_reason == "length")
            assert not proposals.nothing_more
            for proposal in proposals.found:
                titles[same_title(proposal.title)] += 1
                assert 2 <= len(proposal.title.split()) <= 5
                assert proposal.problem or proposal.reason.endswith(".")
                assert proposal.problem or len(proposal.drafts) == 2 or proposal.title == "Notes into Flowing Prose"
    again = {title: number for title, number in titles.items() if number > 1}
    assert again == {"notes into flowing prose": 2, "prose into tables": 2}


# The tree that it makes


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tree, Outcome]:
    """The tree, with its examples, before anything is pruned or filtered."""
    domain = load_domain("rewriting")
    tree = new_tree(domain.title, domain.seeds(), domain.reason)
    path = tmp_path_factory.mktemp("explorer") / "replies.sqlite"
    script = load_script("explorer").model_copy(update={"delay": 0.0})
    store = ReplyStore(path)
    with Teacher(ScriptedClient(script), store) as teacher:
        settings = Extend(breadth=(5, 3, 2), backtrack=2)
        outcome = extend(Work(tree, teacher), Asking(domain, settings), settings)
        more = Enrich(examples=(12, 6), batch=4, fruitless=2)
        enrich(Work(tree, teacher), Asking(domain, more), more)
    store.close()
    return tree, outcome


def by_title(tree: Tree) -> dict[str, Task]:
    return {task.title: task for task in tree.tasks()}


def test_fifty_tasks_to_depth_three(explored: tuple[Tree, Outcome]) -> None:
    tree, outcome = explored
    assert Counter(task.depth for task in tree.tasks()) == {0: 1, 1: 6, 2: 18, 3: 25}
    assert "unanswered" not in outcome.why
    tasks = by_title(tree)
    assert len(tasks) == 50
    assert {title for entry in ENTRIES if (title := title_of(entry))} <= set(tasks)
    assert tree.root.children[-1].title == "Shifting the viewpoint"
    assert tasks["Adjusting the tone"].children[-1].title == "Borrowed voices"
    assert [len(tasks[title].children) for title in ("Shifting the viewpoint", "Borrowed voices")] == [2, 2]
    two_deep = [
        len(task.children) for task in tree.tasks() if task.depth == 2 and task.parent is not tree.root.children[-1]
    ]
    assert Counter(two_deep) == {2: 9, 1: 7}


def test_every_entry_is_used(explored: tuple[Tree, Outcome]) -> None:
    tree, _ = explored
    tasks = by_title(tree)
    for entry in ENTRIES[:-3]:
        task, number = tasks[title_of(entry)], entry.sample or 0
        asked = {
            "extend": task.lookahead.requests,
            "backtrack": task.backtracks,
            "enrich": task.enriched.requests,
        }[kind_of(entry)]
        assert number < asked, entry.when


def test_every_task_has_good_examples(explored: tuple[Tree, Outcome]) -> None:
    tree, _ = explored
    assert all(len(task.examples) >= 3 for task in tree.tasks())
    assert 200 <= sum(len(task.examples) for task in tree.tasks()) <= 230
    for task in tree.tasks():
        for example in task.examples:
            assert example["input"], example["instruction"]
            assert example["output"] != example["input"]


def test_what_is_refused(explored: tuple[Tree, Outcome]) -> None:
    tree, _ = explored
    why = Counter(refusal["why"].partition(" (")[0].partition(":")[0] for t in tree.tasks() for refusal in t.refused)
    why.pop("unreadable")  # depends on how often one asks on
    assert why == {
        "banned word in the instruction": 3,
        "banned start of the instruction": 1,
        "cut off": 2,
        "input not filled in": 1,
        "instruction starts with punctuation": 1,
        "instruction too short": 1,
        "the same as an earlier example": 1,
        "there is a task of this name": 1,
        "its subtask was refused": 1,
    }


def test_what_is_pruned_and_put_aside(explored: tuple[Tree, Outcome]) -> None:
    tree, _ = explored
    pruned = {task.title: task.pruned["resembles"] for task in prune(tree)}
    assert pruned == {
        "Notes into flowing prose": "turning_notes_into_prose",
        "Splitting overly long sentences": "splitting_long_sentences",
    }
    aside = {task.title for task in tree.tasks() if filter_examples(task)}
    assert aside == {
        "Making messages formal",
        "One-sentence summaries",
        "Plain official language",
        "Punctuation repair",
    }


# What the examples promise


def example_with(tree: Tree, part: str) -> dict[str, Any]:
    (found,) = [
        example
        for task in tree.tasks()
        for example in (*task.examples, *task.filtered)
        if part in example["instruction"] and (part != "two sentences" or example["input"].startswith("Beavers"))
    ]
    return found


@pytest.mark.parametrize(
    ("part", "most"),
    [
        ("no more than ten words", 10),
        ("at most six words", 6),
        ("at most twelve words", 12),
        ("at most thirty words", 30),
        ("at most twenty of them", 20),
    ],
)
def test_limits_are_kept(explored: tuple[Tree, Outcome], part: str, most: int) -> None:
    assert len(example_with(explored[0], part)["output"].split()) <= most


@pytest.mark.parametrize(
    ("part", "sentences"),
    [
        ("Summarise the passage in two sentences", 2),
        ("friendly message of three sentences", 3),
        ("Lengthen the toast to three sentences", 3),
        ("a scene of four short sentences", 4),
        ("into four sentences", 4),
        ("two complete sentences in the past tense", 2),
        ("biography of two sentences", 2),
        ("Convey in two sentences", 2),
        ("in two calm sentences", 2),
        ("into two sentences that a guide can say", 2),
        ("in one sentence that does not give away the end", 1),
        ("Compress the study into one sentence", 1),
        ("Say what the timetable says in one sentence", 1),
        ("Condense the announcement to one sentence", 1),
        ("in one sentence, without her metaphor", 1),
    ],
)
def test_sentences_are_as_many_as_asked_for(explored: tuple[Tree, Outcome], part: str, sentences: int) -> None:
    output = example_with(explored[0], part)["output"]
    assert len(re.findall(r"(?<!\d)[.!?](?=\s|$)|(?<=\d)\.(?=\s|$)", output)) == sentences
