"""Names of tasks: safe as files' names everywhere, never twice, and never outside the folder."""

import json
import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunesmith.explore.names import MOST, RESERVED, name_of, same_title
from tunesmith.explore.tree import Tree, file_key, new_tree
from tunesmith.explore.tree_files import META, PRUNED, TreeFolder

NASTY = [
    "../x", "..", ".", "/etc/passwd", "\\\\server\\share", "C:\\x", "a/b", "CON", "con.json", "LPT1", "COM¹", "NUL.",
    "aux ", "a" * 300, "ü" * 300, "写" * 300, "🙂", "🙂🙃", "***", "C++", "C#", "C", "c", "写作", "写作！", "Ⅷ", "ﬁx",
    "fix", "Straße", "STRASSE", "é", "e\u0301", "É", "İ", "tree_meta_info", "Tree meta info", "pruned subtasks name",
    "task", "task_0", "con_task", "a\nb", "a\tb", "a\x00b", "\u202eabc", "-rf", "~", "$HOME", "%PATH%", "a b", "a_b",
    "a  b", "A-B", "\ud800", "domain", "ledger", " ", "_", "name.", "x" * 79 + "é", "हिन्दी", "ไทย",
]  # fmt: skip

titles = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=12), st.text("aAbB _-0\u0301é", min_size=1))


def tree_of(names: list[str]) -> Tree:
    tree = new_tree(names[0])
    for number, title in enumerate(names[1:]):
        tree.add(tree.tasks()[number // 2], title, "")
    return tree


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Text expansion!", "text_expansion"),
        ("  Fix spelling & grammar ", "fix_spelling_grammar"),
        ("C++", "c"),
        ("写作", "写作"),
        ("🙂", "task"),
        ("CON", "con_task"),
        ("COM¹", "com1_task"),
        ("../../etc", "etc"),
        ("Ünicode", "ünicode"),
    ],
)
def test_a_title_becomes_words_in_lower_case(title: str, name: str) -> None:
    assert name_of(title) == name


def test_further_tasks_of_a_name_are_numbered_from_0_as_published() -> None:
    tree = tree_of(["Root", "Tone", "tone", "TONE!"])
    assert [task.name for task in tree.tasks()] == ["root", "tone", "tone_0", "tone_1"]


def test_signs_above_and_below_letters_belong_to_them() -> None:
    assert name_of("हिन्दी पत्र!") == "हिन्दी_पत्र"
    assert name_of("Cafe\u0301 chat") == "café_chat"


def test_names_that_are_long_are_cut_off_and_told_apart() -> None:
    one, other = (name_of("very " * 60 + end) for end in ("long", "longer"))
    assert one != other
    assert one.startswith("very_very")
    assert max(len(one), len(other)) <= MOST


@given(titles)
def test_a_name_is_the_bare_name_of_a_file_on_every_system(title: str) -> None:
    name = name_of(title)
    for word in name.split("_"):
        assert word
        assert all(sign.isalnum() or unicodedata.category(sign)[0] == "M" for sign in word)
    assert 0 < len(name.encode()) <= MOST
    assert name not in RESERVED
    assert PureWindowsPath(f"{name}.json").name == f"{name}.json"
    assert name == unicodedata.normalize("NFKC", name)


@given(st.lists(titles, min_size=1, max_size=40))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_two_tasks_share_a_name_or_a_file_even_where_case_and_accents_do_not_count(names: list[str]) -> None:
    tasks = tree_of(names).tasks()
    assert len({task.name for task in tasks}) == len(tasks)
    keys = {file_key(task.file) for task in tasks} | {META, PRUNED}
    assert len(keys) == len(tasks) + 2


@given(st.lists(titles, min_size=1, max_size=12))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_tasks_are_called_their_files_stay_in_the_folder_and_are_read_again(
    tmp_path: Path, names: list[str]
) -> None:
    folder = TreeFolder(tmp_path / f"{len(list(tmp_path.iterdir()))}" / "tree")
    tree = tree_of(names)
    folder.save(tree, durable=False)
    assert len([*folder.path.iterdir()]) == len(names) + 1
    assert [path.name for path in folder.path.parent.iterdir()] == ["tree"]
    again = TreeFolder(folder.path)
    assert [(t.name, t.title, t.file) for t in again.read().tasks()] == [
        (t.name, t.title, t.file) for t in tree.tasks()
    ]
    assert again.notices == []
    json.loads((folder.path / META).read_text(encoding="utf-8"))


@pytest.mark.parametrize("by_hand", ["Paraphrase", "PARAPHRASE.JSON", "e\u0301t\u00e9"])
def test_new_tasks_keep_clear_of_files_that_people_have_named(by_hand: str) -> None:
    tree = new_tree("Root")
    old = tree.add(tree.root, "Old", "")
    stem = by_hand.removesuffix(".JSON")
    old.file = by_hand if by_hand.endswith(".JSON") else f"{by_hand}.json"
    tree._taken = None
    new = tree.add(tree.root, stem, "")
    assert file_key(new.file) != file_key(old.file)


def test_a_tree_named_like_its_own_file_has_another_file(tmp_path: Path) -> None:
    for title in ("Tree meta info", "pruned_subtasks_name"):
        folder = TreeFolder(tmp_path / title)
        folder.save(new_tree(title, [{"instruction": "Do it.", "input": "", "output": "Done"}]))
        assert len(TreeFolder(folder.path).read().root.examples) == 1


def test_titles_that_mean_the_same_task_are_known() -> None:
    assert same_title("  Text_Expansion. ") == same_title("**text   expansion**") == same_title("TEXT EXPANSION:")
    assert len({same_title(title) for title in ("C", "C++", "C#")}) == 3
    assert same_title("ｆｕｌｌ width") == same_title("full width")
