"""The folder of a tree: the published format is read and written without loss, and what is damaged is told."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.explore.teachers import SEEDS
from tunesmith.errors import DataError, UsageError
from tunesmith.explore import filter_examples, prune, read_tree, sample
from tunesmith.explore.tree import DEEPEST, Progress, Task, Tree, new_tree
from tunesmith.explore.tree_files import META, PRUNED, TreeFolder, files_of


@pytest.fixture
def real(shared: Path, tmp_path: Path) -> Path:
    """A copy of the tree that was published."""
    copy = tmp_path / "demo_domain"
    copy.mkdir()
    for file in (shared / "explore_instruct" / "demo_domain").iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def bytes_in(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.iterdir() if not file.name.startswith(".")}


def read_by_the_published_rules(path: Path) -> dict[str, tuple[str, int]]:
    """Each task's title and number of examples, found as the published program finds them."""

    def walk(entry: dict[str, Any]) -> Iterator[tuple[str, tuple[str, int]]]:
        body = json.loads((path / entry["config_filename"]).read_text(encoding="utf-8"))
        assert body["task_name"] == entry["task_name"]
        assert isinstance(entry["reason"], str)
        for example in body["examples"]:
            assert {"instruction", "input", "output"} <= example.keys()
        yield entry["task_name"], (entry["raw_task_name"], len(body["examples"]))
        for child in entry["children"]:
            yield from walk(child)

    return dict(walk(json.loads((path / META).read_text(encoding="utf-8"))))


# The published tree


def test_the_published_tree_is_read_whole(real: Path) -> None:
    folder = TreeFolder(real)
    tree = folder.read()
    assert folder.notices == []
    assert [task.name for task in tree.tasks()] == [
        "assistance_for_text_editting", "paraphrase", "style_transfer", "simplify_language", "text_expansion",
        "fix_spelling_and_grammar", "language_style_simulation", "coherence_and_cohesion_improvement",
        "writing_enhancement",
    ]  # fmt: skip
    known = read_by_the_published_rules(real)
    assert {task.name: (task.title, len(task.examples)) for task in tree.tasks()} == known
    assert [task.depth for task in tree.tasks()] == [0] + 8 * [1]


def test_saving_what_was_not_changed_writes_nothing(real: Path) -> None:
    before, folder = bytes_in(real), TreeFolder(real)
    folder.save(folder.read())
    assert bytes_in(real) == before


def test_pruning_at_0_4_removes_nothing(real: Path) -> None:
    assert prune(read_tree(real), 0.4) == []


def test_the_filter_at_0_7_keeps_as_many_as_published(real: Path) -> None:
    tasks = read_tree(real).by_name()
    kept = {}
    for name in ("paraphrase", "style_transfer"):
        filter_examples(tasks[name])
        kept[name] = len(tasks[name].examples)
    assert kept == {"paraphrase": 269, "style_transfer": 347}


def test_only_the_files_of_tasks_that_change_are_written(real: Path) -> None:
    before, folder = bytes_in(real), TreeFolder(real)
    tree = folder.read()
    filter_examples(tree.by_name()["paraphrase"])
    folder.save(tree)
    after = bytes_in(real)
    assert {name for name in after if before.get(name) != after[name]} == {"paraphrase.json"}
    assert read_by_the_published_rules(real)["paraphrase"] == ("Paraphrase", 269)


def test_a_pruned_tree_is_read_by_the_published_rules(real: Path) -> None:
    folder = TreeFolder(real)
    tree = folder.read()
    known = read_by_the_published_rules(real)
    pruned = prune(tree, 0.0)
    tree.add(tree.root, "写作 & more", "New.").examples = SEEDS[:2]
    folder.save(tree)
    assert read_by_the_published_rules(real) == {**known, "写作_more": ("写作 & more", 2)}
    assert json.loads((real / PRUNED).read_text(encoding="utf-8")) == [task.name for task in pruned]
    assert json.loads((real / META).read_text(encoding="utf-8"))["children"][-1]["children"] == []


def test_what_was_put_aside_comes_back_as_it_was(real: Path) -> None:
    before, folder = {task.name: list(task.examples) for task in read_tree(real).tasks()}, TreeFolder(real)
    for threshold in (0.5, 0.9, 0.7, 1.0):
        tree = folder.read()
        for task in tree.tasks():
            filter_examples(task, threshold)
        folder.save(tree)
        again = TreeFolder(real).read()
        assert [len(task.filtered) for task in again.tasks()] == [len(task.filtered) for task in tree.tasks()]
        assert {task.name: len(task.examples) + len(task.filtered) for task in again.tasks()} == {
            name: len(examples) for name, examples in before.items()
        }
    assert {task.name: task.examples for task in again.tasks()} == before


def test_a_draw_from_the_published_tree_takes_its_share_of_each_task(real: Path) -> None:
    tree = read_tree(real)
    draw = sample(tree, 400)
    assert len(draw.rows) == 400
    for task in tree.tasks():
        drawn = sum(row["task"] == task.name for row in draw.rows)
        assert abs(drawn - 400 * min(len(task.examples), 500) / draw.available) < 1


# Nothing is lost


def with_more(path: Path) -> None:
    """Put fields that nobody knows everywhere."""
    meta = json.loads((path / META).read_text(encoding="utf-8"))
    for entry in (meta, *meta["children"]):
        entry.update({"colour": [1, {"a": None}], "score": 0.5, "lookahead": "mine", "reply": ["not ours"]})
    (path / META).write_text(json.dumps(meta), encoding="utf-8")
    for file in path.glob("*.json"):
        if file.name != META:
            body = json.loads(file.read_text(encoding="utf-8"))
            body |= {"notes": "kept", "refused": "not a list", "children": ["a field of the same name"]}
            for number, example in enumerate(body["examples"]):
                example.update({"score": number, "position": "before", "before": [1], "source": {"page": number}})
            file.write_text(json.dumps(body), encoding="utf-8")


def test_fields_that_nobody_knows_survive(real: Path) -> None:
    with_more(real)
    before = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in real.glob("*.json")}
    for threshold in (0.3, 1.0):
        folder = TreeFolder(real)
        tree = folder.read()
        for task in tree.tasks():
            filter_examples(task, threshold)
        tree.root.reason = "A new one."
        folder.save(tree)
    after = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in real.glob("*.json")}
    for found in (before[META], before[read_tree(real).root.file]):
        found["reason"] = "A new one."
    assert after == before


names = st.text('abcé写🙂"\\\n ', min_size=1, max_size=6)
values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                      | st.text(max_size=5), lambda some: st.lists(some, max_size=2) | st.dictionaries(names, some,
                      max_size=2), max_leaves=4)  # fmt: skip
examples = st.builds(
    lambda fields, more: {**more, **fields},
    st.fixed_dictionaries({"instruction": st.text(min_size=1, max_size=8)}, optional={
        "input": st.text(max_size=5), "output": st.text(max_size=5)}),
    st.dictionaries(names, values, max_size=2),
)  # fmt: skip


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    tree = new_tree(draw(names), draw(st.lists(examples, max_size=3)), draw(st.text(max_size=5)))
    for _ in range(draw(st.integers(0, 6))):
        parent = draw(st.sampled_from(tree.tasks()))
        task = tree.add(parent, draw(names), draw(st.text(max_size=5)), draw(st.text("ab", max_size=2)))
        task.examples = draw(st.lists(examples, max_size=4))
        task.refused = [{"why": "bad", "reply": "r"}] * draw(st.integers(0, 1))
        task.lookahead = Progress(draw(st.integers(0, 3)), 0, draw(st.sampled_from(["", "over"])))
        task.pruned = draw(st.sampled_from([{}, {"by": "hand"}, {"resembles": "x", "score": 0.8}]))
        task.more = ({"unknown": draw(values)}, {"unknown": draw(values)})
    if draw(st.booleans()):
        tree.state = {"backtracked": draw(st.integers(0, 2)), "other": draw(values)}
    return tree


def as_told(tree: Tree) -> list[Any]:
    fields = [name for name in Task.__slots__ if name not in ("parent", "children")]
    return [
        [{name: getattr(task, name) for name in fields}, task.parent.name if task.parent else ""]
        for task in tree.tasks()
    ] + [tree.state]


@given(trees())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_tree_is_read_as_it_was_written(tmp_path: Path, tree: Tree) -> None:
    path = tmp_path / str(len([*tmp_path.iterdir()]))
    TreeFolder(path).save(tree, durable=False)
    again = TreeFolder(path)
    read = again.read()
    assert as_told(read) == as_told(tree)
    before = bytes_in(path)
    assert before == {name: text.encode() for name, text in files_of(tree).items()}
    for file in path.iterdir():
        file.unlink()
    TreeFolder(path).save(read, durable=False)
    assert bytes_in(path) == before


@given(trees(), st.lists(st.sampled_from([0.0, 0.3, 0.7, 1.0]), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_filtering_loses_no_example_whatever_the_thresholds(tree: Tree, thresholds: list[float]) -> None:
    before = [list(task.examples) for task in tree.tasks()]
    for threshold in [*thresholds, 1.0]:
        for task in tree.tasks():
            filter_examples(task, threshold)
    for task, examples_before in zip(tree.tasks(), before, strict=True):
        back = sorted((*task.examples, *(e["before"] | e if "before" in e else e for e in task.filtered)), key=str)
        assert len(back) == len(examples_before)
        filter_examples(task, 1.0)
        # At 1.0 nothing exceeds the threshold: all is as it was, in its order, with its keys in their order.
        assert json.dumps(task.examples) == json.dumps(examples_before)


def test_a_task_is_on_the_disk_before_the_tree_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a power cut leaves no tree with tasks whose files are empty."""
    on_disk: list[str] = []
    sync = os.fsync

    def remember(handle: int) -> None:
        on_disk.append(Path(f"/proc/self/fd/{handle}").resolve().name)
        sync(handle)

    monkeypatch.setattr(os, "fsync", remember)
    tree, folder = new_tree("Root", SEEDS[:1]), TreeFolder(tmp_path / "tree")
    folder.save(tree)
    first = tree.add(tree.root, "First", "")
    tree.add(tree.root, "Second", "")
    folder.save(tree, [first, *tree.root.children])
    assert on_disk == ["root.json", "tree", META, "tree", "first.json", "second.json", "tree", META, "tree"]


# Edits by hand


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Rewriting, with Tone (Warm, Cold) and Form below it."""
    tree = new_tree("Rewriting", SEEDS[:3], "Why.")
    tone = tree.add(tree.root, "Tone", "Moods.")
    for parent, title in ((tree.root, "Form"), (tone, "Warm"), (tone, "Cold")):
        tree.add(parent, title, f"{title} is needed.").examples = SEEDS[:2]
    path = tmp_path / "tree"
    TreeFolder(path).save(tree)
    return path


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    found = json.loads(path.read_text(encoding="utf-8-sig"))
    changed = change(found)
    path.write_text(json.dumps(found if changed is None else changed), encoding="utf-8")


def test_titles_and_reasons_can_be_changed_in_a_tasks_file(folder: Path) -> None:
    edit(folder / "warm.json", lambda body: body.update({"raw_task_name": "Heartfelt", "reason": "Because."}))
    there = TreeFolder(folder)
    tree = there.read()
    warm = tree.by_name()["warm"]
    assert (warm.title, warm.reason) == ("Heartfelt", "Because.")
    there.save(tree)
    assert read_by_the_published_rules(folder)["warm"] == ("Heartfelt", 2)
    assert TreeFolder(folder).read().by_name()["warm"].reason == "Because."


def test_where_the_two_files_differ_it_is_said_which_counts(folder: Path) -> None:
    edit(folder / META, lambda meta: meta["children"][1].update({"raw_task_name": "Shape", "reason": "Other."}))
    there = TreeFolder(folder)
    assert there.read().by_name()["form"].title == "Form"
    assert there.notices == [
        f"form.json and {META} differ in 'raw_task_name', and form.json counts",
        f"form.json and {META} differ in 'reason', and form.json counts",
    ]


def test_an_example_may_lack_an_output_and_is_then_not_drawn(folder: Path) -> None:
    edit(folder / "cold.json", lambda body: body["examples"].append({"instruction": "Freeze it."}))
    there = TreeFolder(folder)
    tree, before = there.read(), bytes_in(folder)
    there.save(tree)
    assert bytes_in(folder) == before
    assert "Freeze it." not in {row["instruction"] for row in sample(tree).rows}


def test_an_example_may_lack_an_input(folder: Path) -> None:
    edit(folder / "cold.json", lambda body: body["examples"].append({"instruction": "Freeze it.", "output": "Ice."}))
    there = TreeFolder(folder)
    tree = there.read()
    before = bytes_in(folder)
    there.save(tree)
    assert bytes_in(folder) == before
    assert sample(tree).rows[-1] | {"id": ""} == {
        "id": "", "instruction": "Freeze it.", "input": "", "output": "Ice.", "task": "cold",
        "path": ["Rewriting", "Tone", "Cold"], "depth": 2,
    }  # fmt: skip


def test_a_task_can_be_added(folder: Path) -> None:
    entry = {"raw_task_name": "Humour", "task_name": "humour", "config_filename": "my humour.json", "reason": "Fun."}
    edit(folder / META, lambda meta: meta["children"][0]["children"].insert(0, {**entry, "children": []}))
    (folder / "my humour.json").write_text('{"examples": [{"instruction": "Joke.", "output": "Ha."}]}')
    humour = read_tree(folder).by_name()["humour"]
    assert (humour.title, humour.reason, len(humour.examples), humour.depth) == ("Humour", "Fun.", 1, 2)


@pytest.mark.parametrize("entry", [{"raw_task_name": "Dry wit"}, {"task_name": "dry_wit"}])
def test_a_task_can_be_added_by_its_name_alone(folder: Path, entry: dict[str, str]) -> None:
    edit(folder / META, lambda meta: meta["children"].append(entry))
    there = TreeFolder(folder)
    tree = there.read()
    task = tree.by_name()["dry_wit"]
    assert (task.file, task.title) == ("dry_wit.json", next(iter(entry.values())))
    assert there.notices == [f"the task {next(iter(entry.values()))!r} has no file dry_wit.json, and so no examples"]
    there.save(tree)
    assert "dry_wit" in read_by_the_published_rules(folder)


def test_a_task_can_be_taken_out_and_its_file_stays(folder: Path) -> None:
    edit(folder / META, lambda meta: meta["children"].pop(0) and None)
    there = TreeFolder(folder)
    tree = there.read()
    assert [task.name for task in tree.tasks()] == ["rewriting", "form"]
    assert there.notices == [f"not part of the tree, as {META} does not name them: cold.json and 2 more"]
    there.save(tree)
    assert {"tone.json", "warm.json", "cold.json"} <= bytes_in(folder).keys()


def test_a_file_that_is_missing_is_a_task_without_examples(folder: Path) -> None:
    (folder / "form.json").unlink()
    there = TreeFolder(folder)
    tree = there.read()
    assert tree.by_name()["form"].examples == []
    assert tree.by_name()["form"].reason == "Form is needed."
    assert there.notices == ["the task 'form' has no file form.json, and so no examples"]
    there.save(tree)
    assert read_by_the_published_rules(folder)["form"] == ("Form", 0)


def test_files_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    (folder / PRUNED).write_text('["form"]')
    for file in folder.glob("*.json"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    before, there = bytes_in(folder), TreeFolder(folder)
    tree = there.read()
    assert len(tree.tasks()) == 5
    assert tree.by_name()["form"].pruned == {"by": "hand"}
    there.save(tree)
    assert bytes_in(folder) == before


def test_children_can_be_put_in_another_order(folder: Path) -> None:
    edit(folder / META, lambda meta: meta["children"].reverse())
    assert [task.name for task in read_tree(folder).tasks()] == ["rewriting", "form", "tone", "warm", "cold"]


def test_the_list_of_pruned_tasks_can_be_edited(folder: Path) -> None:
    there = TreeFolder(folder)
    tree = there.read()
    warm = tree.by_name()["warm"]
    warm.pruned = {"resembles": "cold", "score": 0.9}
    there.save(tree)
    (folder / PRUNED).write_text('["form", "nobody"]')
    there = TreeFolder(folder)
    tree = there.read()
    assert {task.name: task.pruned for task in tree.tasks() if task.pruned} == {"form": {"by": "hand"}}
    assert there.notices == [f"{PRUNED} names 'nobody', and there is no such task"]
    assert prune(tree) == []
    assert tree.by_name()["form"].pruned == {"by": "hand"}
    there.save(tree)
    assert json.loads((folder / PRUNED).read_text()) == ["form"]


# Damage


def broken(text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "form.json").write_text(text, encoding="utf-8")


def replaced(folder: Path) -> None:
    (folder / "form.json").unlink()
    (folder / "form.json").mkdir()


def bytes_of(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "form.json").write_bytes(content)


def meta(change: Callable[[Any], Any]) -> Callable[[Path], object]:
    return lambda folder: edit(folder / META, change)


def child(**fields: Any) -> Callable[[Path], object]:
    return meta(lambda found: found["children"][1].update(fields))


def alone(**fields: Any) -> Callable[[Path], object]:
    """A task by these fields alone, so that no file says otherwise."""
    return meta(lambda found: found["children"].append(fields))


def explored(**state: Any) -> Callable[[Path], object]:
    return meta(lambda found: found.update({"exploration": state}))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a comma too many": (broken('{\n "examples": [\n ],\n}'), "form.json, line 4: is not JSON"),
    "half a file": (broken('{"examples": [{"instr'), "form.json, line 1: is not JSON"),
    "an empty file": (broken(""), "form.json, line 1: is not JSON"),
    "a list": (broken("[]"), r"form.json: expected a JSON object \{...\}"),
    "nested too deeply": (broken('{"a":' * 9000), "form.json: is nested too deeply"),
    "examples no list": (broken('{"examples": {"1": {}}}'), "form.json: 'examples' is not a list"),
    "an example no object": (broken('{"examples": [{"instruction": "Do."}, "Do."]}'), "form.json: example 2 is not an"),
    "an example of nothing": (broken('{"examples": [{"output": "Do."}]}'), "form.json: example 1 has no 'instruction'"),
    "a number as output": (broken('{"examples": [{"instruction": "Do.", "output": 5}]}'), "example 1 has a 'output'"),
    "not UTF-8": (bytes_of(b'{"a": "\xff"}'), "form.json: is not UTF-8"),
    "UTF-16": (bytes_of('{"a": 1}'.encode("utf-16")), "form.json: is not UTF-8"),
    "a folder": (replaced, "cannot be read: Is a"),
    "the tree no JSON": (lambda folder: (folder / META).write_text("{\n]"), f"{META}, line 2: is not JSON"),
    "no name": (alone(reason="x"), f"{META}: a task has neither 'task_name' nor 'raw_task_name'"),
    "a number as name": (alone(task_name=5), f"{META}: a task has neither 'task_name' nor"),
    "children no list": (child(children={"a": {}}), "the 'children' of the task 'form' are not a list of tasks"),
    "children no tasks": (child(children=["warm"]), "the 'children' of the task 'form' are not a list of tasks"),
    "two of a name": (alone(task_name="tone", config_filename="b.json"), "two tasks have the name 'tone': Rewriting"),
    "two of a file": (alone(task_name="b", config_filename="TONE.json"), "two tasks have the file 'tone.json'"),
    "exploration": (explored(rounds=[1]), f"{META}: 'exploration'"),
    "a round": (explored(rounds={"enrich": [["tone", 1]]}), f"{META}: 'exploration'"),
    "going back": (explored(backtracking={}), f"{META}: 'exploration'"),
    "pruned no list": (lambda folder: (folder / PRUNED).write_text('{"form": 1}'), f"{PRUNED}: is not a JSON list of"),
    "pruned no JSON": (lambda folder: (folder / PRUNED).write_text('["form",\n'), f"{PRUNED}: is not a JSON.*line 2"),
    **{
        f"the file {name[:12]!r}": (child(config_filename=name), "names the file .* not the plain name of a .json file")
        for name in ("../x.json", "/etc/x.json", "a/b.json", "C:x.json", "..\\x.json", "CON.json", "nul.json",
                     "COM1.tar.json", ".json", ".hidden.json", "x.txt", "x", META, "Tree_Meta_Info.JSON", PRUNED,
                     "a\0.json", "\ud800.json", "x" * 300 + ".json")
    },
    "a number as file": (child(config_filename=5), "names the file 5, which is not the plain name"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told_in_a_sentence_and_nothing_is_written(folder: Path, name: str) -> None:
    damage, words = DAMAGE[name]
    damage(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(DataError, match=words) as caught:
        TreeFolder(folder).read()
    assert caught.value.exit_status == 2
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_folder_that_holds_no_tree(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no such folder; `tunesmith explore new` makes one"):
        read_tree(tmp_path / "none")
    with pytest.raises(UsageError, match=r"it has no tree_meta_info.json"):
        read_tree(tmp_path)


def chain(depth: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"task_name": f"t{depth}"}
    for number in reversed(range(depth)):
        entry = {"task_name": f"t{number}", "children": [entry]}
    return entry


def test_the_deepest_tree_is_read_and_written_and_a_deeper_one_is_told(tmp_path: Path) -> None:
    (tmp_path / META).write_text(json.dumps(chain(DEEPEST)))
    folder = TreeFolder(tmp_path)
    tree = folder.read()
    folder.save(tree, durable=False)
    assert as_told(TreeFolder(tmp_path).read()) == as_told(tree)
    for deeper in (DEEPEST + 1, 400):
        (tmp_path / META).write_text(json.dumps(chain(deeper)))
        with pytest.raises(DataError, match=f"the task 't{DEEPEST + 1}' is deeper than {DEEPEST}"):
            TreeFolder(tmp_path).read()


def test_a_tree_is_copied_by_copying_its_folder(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    assert as_told(read_tree(tmp_path / "copy")) == as_told(read_tree(folder))
