"""The page of a tree: what stands in it, that data stay data, and, where there is a browser, what one makes of it."""

import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.explore.page import content, embedded, page_of
from tunesmith.explore.page.sunburst import arcs, branches, depths_of, with_those_beneath
from tunesmith.explore.tree import Progress, Task, Tree, new_tree

EVIL = (
    "</script><script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\"><!-- <script> "
    "${document.title} $title &lt;b&gt; \u2028\u2029 \ud800 \u202e \x00"
)
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = pytest.mark.skipif(BROWSER is None, reason="no browser is installed")


def example(text: str, **more: Any) -> dict[str, Any]:
    return {"instruction": text, "input": "", "output": f"{text} done", "reply": "r1", **more}


def small_tree() -> Tree:
    tree = new_tree("Rewriting texts", [example("Rewrite this.")], "Every writer rewrites.")
    style = tree.add(tree.root, "Style", "Readers differ.", reply="r7")
    style.examples = [example(f"Restyle {n}.") for n in range(12)]
    style.lookahead, style.backtracks = Progress(2, 0, "the teacher says that there are no more"), 1
    style.filtered = [example("Restyle 1!", resembles="Restyle 1.", score=0.8333333, position=4)]
    style.refused = [
        {"why": "too short", "reply": "r1", "instruction": "Go", "input": "", "output": ""},
        {"why": "no name", "reply": "r2", "task": "", "reason": "none"},
        {"why": "too short", "reply": "r1", "instruction": "Do", "input": "", "output": ""},
    ]
    tone = tree.add(style, "Tone", "Moods differ.")
    tone.examples = [example("Cheer up.")] * 3
    manner = tree.add(tree.root, "Manner of style", "")
    manner.examples, manner.pruned = [example("Again.")] * 4, {"resembles": style.name, "score": 0.75}
    return tree


def data_in(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


# What the page knows


def test_the_counts() -> None:
    root, style, manner, tone = content(small_tree())["tasks"]
    assert [task["title"] for task in (root, style, manner, tone)] == [
        "Rewriting texts", "Style", "Manner of style", "Tone",
    ]  # fmt: skip
    assert [task["beneath"] for task in (root, style, manner, tone)] == [20, 15, 4, 3]
    assert [task["parent"] for task in (root, style, manner, tone)] == [-1, 0, 0, 1]
    assert manner["twin"] == 2  # the second task, counted from 1
    assert manner["pruned"] == {"resembles": "style", "score": "0.75"}
    assert style["lookahead"] == [2, "the teacher says that there are no more"]
    assert "enriched" not in style
    assert "reason" not in manner


def test_a_reply_is_named_once() -> None:
    shown = content(small_tree())
    assert shown["replies"] == ["r1", "r2"]
    assert shown["tasks"][0]["examples"] == [["Rewrite this.", "", "Rewrite this. done", 0]]


def test_what_was_put_aside() -> None:
    style = content(small_tree())["tasks"][1]
    assert style["filtered"][0][4] == {"resembles": "Restyle 1.", "score": "0.8333", "position": "4"}
    assert [(why, [item[0] for item in items]) for why, items in style["refused"]] == [
        ("too short", ["Go", "Do"]), ("no name", [""]),
    ]  # fmt: skip
    assert style["refused"][1][1][0][4] == {"reason": "none"}


def test_the_tree_is_not_changed() -> None:
    tree = small_tree()
    tree.root.refused = [{"why": "odd", "task": {"title": "T", "reason": "R"}}]
    page_of(tree, "T")
    assert tree.root.refused == [{"why": "odd", "task": {"title": "T", "reason": "R"}}]


def test_entries_of_other_forms() -> None:
    tree = new_tree("T", [{"instruction": None, "input": 3, "output": ["a"], "reply": None}])
    tree.root.filtered, tree.root.refused = ["text"], [7, {"why": None}]  # type: ignore[list-item]
    root = data_in(page_of(tree, "T"))["tasks"][0]
    assert root["examples"] == [["", "3", '["a"]', -1]]
    assert root["filtered"] == [["text", "", "", -1]]
    assert root["refused"] == [["no reason noted", [["7", "", "", -1], ["", "", "", -1]]]]


@pytest.mark.parametrize(("explored", "by"), [(0, "tasks"), (2, "tasks"), (3, "examples")])
def test_angles_are_tasks_until_most_have_examples(explored: int, by: str) -> None:
    tree = new_tree("T", [example("seed")])
    for n in range(4):
        tree.add(tree.root, f"Task {n}", "").examples = [example("one")] * (n < explored)
    assert content(tree)["by"] == by


def test_numbers_above_the_page() -> None:
    page = page_of(small_tree(), "T")
    numbers = dict(re.findall(r'<dd id="total-(\w+)">([\d,]+)</dd>', page))
    assert numbers == {
        "tasks": "4", "depth": "2", "examples": "20", "pruned": "1", "filtered": "1", "refused": "3",
    }  # fmt: skip
    assert "4 in pruned tasks" in page
    assert '<tr><th scope="row">Examples</th><td>1</td><td>16</td><td>3</td></tr>' in page


# Data are text


@pytest.mark.parametrize(("text", "shown"), [("\ud83d", "\ufffd"), ("a\ude00b", "a\ufffdb"), ("\ud83d\ude00", "😀")])
def test_half_a_character_is_not_written(text: str, shown: str) -> None:
    page = page_of(new_tree(text), text)
    page.encode()
    assert f"<title>{shown}</title>" in page
    assert data_in(page)["tasks"][0]["title"] == shown


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.recursive(TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_embedded_json_is_the_same_data_and_no_markup(value: Any) -> None:
    text = embedded(value)
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == value


def test_hostile_text_stays_within_the_data() -> None:
    page = page_of(new_tree(EVIL, [{"instruction": EVIL, "reply": EVIL, EVIL: EVIL}], EVIL), EVIL)
    page.encode()  # half an emoji would not be UTF-8
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page
    assert page.count("&lt;/script&gt;") == 2 * 2  # the title and the heading, with two tags in each
    root = data_in(page)["tasks"][0]
    shown = EVIL.replace("\ud800", "\ufffd")
    assert root["title"] == shown
    assert root["examples"][0][4] == {shown: shown}


def test_the_policy_names_the_script_and_style_and_nothing_else() -> None:
    page = page_of(small_tree(), "T")
    policy = re.search('Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    parts = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert parts["default-src"] == "'none'"
    for name, pattern in (("style-src", "<style>(.*?)</style>"), ("script-src", "<script>(.*?)</script>")):
        own = re.search(pattern, page, re.DOTALL)
        assert own is not None
        assert parts[name] == f"'sha256-{b64encode(sha256(own[1].encode()).digest()).decode()}'"


def test_the_script_makes_no_markup_and_calls_nobody() -> None:
    folder = files("tunesmith.explore.page")
    scripts = [file for file in folder.iterdir() if file.name.endswith((".js", ".css", ".html"))]
    assert len(scripts) > 5
    for file in scripts:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|XMLHttp", text)
        assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}
        assert len(text.splitlines()) <= 350


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read(theme: int) -> None:
    css = files("tunesmith.explore.page").joinpath("page.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", re.findall(r":root \{(.*?)\}", css, re.DOTALL)[theme]))

    def contrast(one: str, other: str) -> float:
        low, high = sorted(luminance(colours[name]) for name in (one, other))
        return (high + 0.05) / (low + 0.05)

    for branch in (*(f"b{n}" for n in range(8)), "trunk", "page", "raised", "mark", "hatch-ground"):
        assert contrast("ink", branch) >= 4.5, branch
    for ground in ("page", "raised"):
        assert contrast("soft", ground) >= 4.5
        assert contrast("accent", ground) >= 4.5


# Where tasks lie


@st.composite
def shapes(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    size = draw(st.integers(1, 40))
    parents = [-1, *(draw(st.integers(0, place - 1)) for place in range(1, size))]
    return parents, draw(st.lists(st.integers(0, 1000), min_size=size, max_size=size))


@given(shapes(), st.booleans())
def test_arcs_lie_within_the_one_above_and_beside_each_other(shape: tuple[list[int], list[int]], filled: bool) -> None:
    parents, own = shape
    found = arcs(own, parents, filled)
    assert found[0] == (0.0, 1.0)
    end = {place: arc[0] for place, arc in enumerate(found)}
    for place in range(1, len(parents)):
        above = found[parents[place]]
        assert above[0] <= found[place][0] <= found[place][1] <= above[1]
        assert found[place][0] >= end[parents[place]] - 1e-9
        end[parents[place]] = found[place][1]


@given(shapes())
def test_angles_are_in_proportion(shape: tuple[list[int], list[int]]) -> None:
    parents, own = shape
    sums = with_those_beneath(own, parents)
    for (start, end), total in zip(arcs(own, parents, filled=False), sums, strict=True):
        assert end - start == pytest.approx(total / sums[0] if sums[0] else end - start, abs=1e-6)


def test_subtasks_fill_the_arc_of_the_one_above() -> None:
    assert arcs([1, 1, 1, 1], [-1, 0, 0, 1], filled=True) == [(0, 1), (0, 0.6666667), (0.6666667, 1), (0, 0.6666667)]
    assert arcs([2, 1, 1], [-1, 0, 0], filled=False) == [(0, 1), (0, 0.25), (0.25, 0.5)]


def test_branches_begin_where_there_are_several() -> None:
    assert branches([-1, 0, 1, 1, 2, 3]) == [-1, -1, 0, 1, 0, 1]
    assert branches([-1]) == [-1]
    assert branches([-1, 0]) == [-1, 0]
    assert depths_of([-1, 0, 1, 1]) == [0, 1, 2, 2]


@pytest.mark.parametrize("many", [2, 8, 9, 17, 25])
def test_branches_side_by_side_differ(many: int) -> None:
    found = branches([-1] + [0] * many)[1:]
    assert all(one != other for one, other in zip(found, [*found[1:], found[0]], strict=True))


# In a browser


def dom_of(page: str, folder: Path, size: str = "1400,1000") -> str:
    assert BROWSER is not None
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--force-prefers-reduced-motion",
        f"--user-data-dir={folder / 'profile'}",
    ]
    command = [BROWSER, *flags, f"--window-size={size}", "--virtual-time-budget=4000", "--dump-dom", file.as_uri()]
    return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode("utf-8", "replace")


def after(page: str, script: str, folder: Path, size: str = "1400,1000") -> dict[str, Any]:
    """What a script finds in the page, run beside its own: ``seen`` is what it leaves."""
    listen = "<script>const errors = []; addEventListener('error', (e) => errors.push(e.message));</script>"
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', listen, page)
    probe = (
        "<script>(async () => { const seen = {}; const wait = (ms) => new Promise((done) => setTimeout(done, ms));"
        "try { " + script + " } catch (error) { errors.push(String(error)); } seen.errors = errors;"
        "document.body.append(Object.assign(document.createElement('pre'), {id: 'seen', textContent: "
        "JSON.stringify(seen)})); })();</script></body>"
    )
    found = re.search(r'<pre id="seen">(.*?)</pre>', dom_of(page.replace("</body>", probe), folder, size), re.DOTALL)
    assert found is not None
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    assert not seen["errors"], seen
    return seen


@in_browser
def test_hostile_text_does_not_run(tmp_path: Path) -> None:
    tree = new_tree(EVIL, [{"instruction": EVIL, "input": EVIL, "output": EVIL, "reply": EVIL, EVIL: EVIL}], EVIL)
    task = tree.add(tree.root, EVIL, EVIL, EVIL)
    task.examples = [{"instruction": EVIL, "output": EVIL}]
    task.filtered = [{"instruction": EVIL, "resembles": EVIL, "score": EVIL}]
    task.refused = [{"why": EVIL, "task": EVIL, "reason": EVIL}]
    task.pruned = {"resembles": EVIL, EVIL: EVIL}
    page = page_of(tree, "Title of its own " + EVIL)
    dom = dom_of(page, tmp_path)
    assert "<title>Title of its own &lt;/script&gt;" in dom
    assert 'class="slice' in dom  # the page's own script ran
    seen = after(
        page,
        """
        for (const i of [0, 1]) {
          page.choose(i);
          document.querySelectorAll("details").forEach((box) => (box.open = true));
          await wait(600);
        }
        seen.told = document.querySelector(".about").textContent;
        search_for("script");
        async function search_for(text) {
          document.getElementById("search").value = text;
          document.getElementById("search").dispatchEvent(new Event("input"));
        }
        await wait(600);
        seen.title = document.title;
        seen.found = document.getElementById("found").textContent;
        seen.hits = document.querySelectorAll("#results mark").length;
        seen.strange = document.querySelectorAll("img, b, iframe, body script script").length;
        """,
        tmp_path,
    )
    assert seen["title"].startswith("Title of its own </script>")
    assert seen["found"] == "2 tasks, 2 instructions"
    assert seen["hits"] == 6
    assert seen["strange"] == 0
    assert "onerror" in seen["told"]


@in_browser
def test_the_tree_and_the_sunburst_in_a_browser(tmp_path: Path) -> None:
    seen = after(
        page_of(small_tree(), "Explored"),
        """
        const slice = (i) => document.querySelector(`path[data-task="${i}"]`);
        const row = (i) => document.querySelector(`li[data-task="${i}"]`);
        const key = (on, name) => on.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true}));
        seen.rows = [...document.querySelectorAll(".row .title")].map((title) => title.textContent);
        seen.slices = [...document.querySelectorAll(".slice")].map((one) => one.getAttribute("aria-label"));
        slice(1).dispatchEvent(new MouseEvent("click", {bubbles: true}));
        await wait(800);
        seen.crumbs = document.getElementById("crumbs").textContent;
        seen.hidden = slice(2).style.display;
        seen.story = row(1).querySelector(".story").textContent;
        seen.shown = row(1).querySelectorAll(":scope > .about > .examples > li").length;
        const more = row(1).querySelector(".more");
        seen.more = more.textContent;
        more.click();
        seen.all = row(1).querySelectorAll(":scope > .about > .examples > li").length;
        document.querySelector(".middle").dispatchEvent(new MouseEvent("click", {bubbles: true}));
        await wait(800);
        seen.back = slice(2).style.display;
        const keyed = [];
        slice(2).focus();
        for (const name of ["ArrowRight", "Enter", "Backspace", "ArrowLeft", "ArrowUp"]) {
          key(document.activeElement, name);
          await wait(200);
          keyed.push(document.activeElement.getAttribute("aria-label").split(":")[0]);
        }
        seen.keyed = keyed;
        row(0).focus();
        key(row(0), "ArrowDown");
        seen.down = document.activeElement.dataset.task;
        key(row(1), "ArrowLeft");
        seen.closed = row(1).getAttribute("aria-expanded");
        key(row(1), "ArrowDown");
        key(row(2), "Enter");
        seen.pruned = row(2).querySelector(".pruned-why").textContent;
        document.getElementById("search").value = "restyle 1";
        document.getElementById("search").dispatchEvent(new Event("input"));
        await wait(300);
        seen.found = document.getElementById("found").textContent;
        """,
        tmp_path,
    )
    assert seen["rows"] == ["Rewriting texts", "Style", "Tone", "Manner of style"]
    assert seen["slices"][0] == "Style: 12 examples · 15 with its subtasks"
    assert (seen["crumbs"], seen["hidden"], seen["back"]) == ("Rewriting textsStyle", "none", "")
    assert "proposed by the teacher, in reply r7" in seen["story"]
    assert "2 requests; ended: the teacher says" in seen["story"]
    assert (seen["shown"], seen["more"], seen["all"]) == (3, "Show all 12", 12)
    assert seen["keyed"] == ["Style", "Tone", "Style", "Manner of style", "Manner of style"]
    assert (seen["down"], seen["closed"]) == ("1", "false")
    assert seen["pruned"] == "Pruned: its examples are left out of the data set, as it resembles Style (score 0.75)"
    assert seen["found"] == "0 tasks, 3 instructions"


def chain(length: int) -> Tree:
    tree = new_tree("Top", [], "T " * 200)
    task: Task = tree.root
    for depth in range(length):
        task = tree.add(task, f"Level {depth} " + "w" * 300, "R")
        task.examples = [example("x" * 3000)]
    return tree


@in_browser
@pytest.mark.parametrize(
    "tree", [new_tree("Alone"), chain(12), new_tree("改写文本 " * 60)], ids=["alone", "deep", "zh"]
)
def test_nothing_runs_over_the_edge_of_a_narrow_page(tree: Tree, tmp_path: Path) -> None:
    script = """
        document.getElementById("expand").click();
        page.choose(tasks.length - 1);
        await wait(600);
        seen.over = document.documentElement.scrollWidth - window.innerWidth;
        seen.tasks = document.querySelectorAll("[role=treeitem]").length;
    """
    seen = after(page_of(tree, "T" * 300), script, tmp_path, "500,900")
    assert seen["over"] <= 0
    assert seen["tasks"] == len(tree.tasks())
