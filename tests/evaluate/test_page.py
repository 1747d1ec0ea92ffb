"""The page of a report: the honest sentence, true figures, data that stay text, and what a browser makes of it."""

import json
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunesmith.estimates import Estimate
from tunesmith.evaluate.findings import ContestReport, LengthBias, Rates, Report, Tally
from tunesmith.evaluate.page import Ruling, Shown, pictures, write_page
from tunesmith.evaluate.reviews import Counts, Review, Totals
from tunesmith.evaluate.sentences import interval, outcome, p_value, sentence, verdict
from tunesmith.evaluate.verdicts import report, report_of_counts, report_of_totals

EVIL = (
    "</script></style></details></p><script>document.title='hacked'</script><img src=x "
    "onerror=\"document.title='hacked'\"><!-- {{ 7*7 }} {% raw %} ' \" &lt;b&gt; \u2028 \ud800 \u202e \u2066 \x00\x1b"
)
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = pytest.mark.skipif(BROWSER is None, reason="no browser is installed")


def judged(signs: list[int], ours: str = "ours", theirs: str = "theirs", **more: Any) -> list[Review]:
    """A review a question in each order; the judge is not swayed by it."""
    found = []
    for number, sign in enumerate(signs):
        points = (6.0 + sign, 6.0)
        facts = {"category": "maths" if number % 2 else "writing"}
        first = Review(str(number), (ours, theirs), sign, points, "judge", facts=facts, **more)
        found += [first, Review(str(number), (theirs, ours), -sign, points[::-1], "judge", facts=facts, **more)]
    return found


def contest(signs: list[int], **more: Any) -> ContestReport:
    return report(judged(signs, **more), "theirs").contests[0]


def shown(text: str, sign: int = 1, category: str = "") -> Shown:
    preferred = None if sign > 1 else ("tie", "ours", "theirs")[sign]
    ruling = Ruling("judge", ("theirs", "ours"), (6.0, 7.5), preferred, f"why of {text}")
    return Shown(text, (("ours", f"our {text}"), ("theirs", f"their {text}")), (ruling,), category)


# The honest sentence


@pytest.mark.parametrize(
    ("signs", "found", "head"),
    [
        ([1] * 60 + [-1] * 20, "better", "ours is better than theirs: ours wins 60 of 80 questions, ties 0, loses 20"),
        ([1] * 20 + [-1] * 60, "worse", "ours is worse than theirs: ours wins 20 of 80"),
        ([1] * 42 + [-1] * 38, "not told apart", "ours and theirs cannot be told apart: ours wins 42 of 80"),
        ([0] * 80, "not told apart", "ours and theirs cannot be told apart: ours wins 0 of 80 questions, ties 80"),
    ],
)
def test_one_is_better_only_if_the_interval_excludes_a_half(signs: list[int], found: str, head: str) -> None:
    one = contest(signs)
    assert outcome(one) == found
    assert verdict(one).startswith(head)


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=60))
@settings(max_examples=60, deadline=None)
def test_the_sentence_turns_round_with_the_models(signs: list[int]) -> None:
    mirror = {"better": "worse", "worse": "better"}
    other = outcome(contest([-sign for sign in signs]))
    assert outcome(contest(signs)) == mirror.get(other, other)


def test_the_edge_of_the_rule() -> None:
    def at(low: float | None, high: float | None) -> str:
        rates = Rates(Tally(1, 1, 1), win_rate=Estimate(0.6, low, high, 3))
        none = Rates(Tally())
        return outcome(ContestReport("a", "b", 3, 3, 0, 3, None, Estimate(), rates, rates, none, none))

    assert at(0.5, 0.7) == "not told apart"  # a half is within
    assert at(0.5001, 0.7) == "better"
    assert at(0.3, 0.4999) == "worse"
    assert at(None, None) == "not told apart"  # nothing is known of the others


def test_what_limits_it_is_said_once() -> None:
    one_order = [review for review in judged([1] * 30) if review.models[0] == "ours"]
    one_order.append(Review("x", ("ours", "theirs"), None, None, "judge"))
    said = sentence(report(one_order, "theirs").contests[0])
    assert "1 of 31 verdicts could not be read" in said
    assert said.count("could not be read") == 1
    assert "ours was always shown first" in said


def test_length_is_named_only_where_it_tells() -> None:
    base = contest([1] * 40 + [-1] * 10)

    def said(longer: Estimate) -> str:
        from dataclasses import replace

        length = LengthBias(longer, (100.0, 50.0), Estimate(0.51, 0.4, 0.62, 50), Estimate(1.0))
        return sentence(replace(base, length=length))

    assert "longer answer wins 80.0 % (95 %: 70.0 to 88.0)" in said(Estimate(0.8, 0.7, 0.88, 50))
    assert "at equal length the win rate would be 51.0 % (95 %: 40.0 to 62.0)" in said(Estimate(0.8, 0.7, 0.88, 50))
    assert "shorter answer wins 80.0 % (95 %: 70.0 to 88.0)" in said(Estimate(0.2, 0.12, 0.3, 50))
    assert "answer wins" not in said(Estimate(0.55, 0.45, 0.65, 50))


def test_sums_and_nothing_are_no_verdict() -> None:
    (totals,) = report_of_totals([Totals("m", "b", (655.5, 679.0))])
    assert outcome(totals) == "not measured"
    assert verdict(totals).startswith("m has 655.5 points and b 679, 96.54 % as many; sums alone do not tell")
    unread = report([Review("1", ("b", "m"), None)], "b").contests[0]
    assert verdict(unread) == "Nothing can be said of m and b: no verdict on them could be read."
    (counts,) = report_of_counts([Counts("m", "b", 194, 1, 13)])
    assert outcome(counts) == "better"


def test_figures_in_words() -> None:
    assert interval(Estimate(0.7194, 0.661, 0.7724), " %") == "71.9 % (66.1 to 77.2)"
    assert interval(Estimate(1234.5, 1200, 1300), digits=0) == "1,234 (1,200 to 1,300)"
    assert interval(Estimate()) == "–"
    assert [p_value(p) for p in (0.5, 0.0499, 0.00314, 1e-9, 0.0)] == [
        "p = 0.50", "p = 0.05", "p = 0.0031", "p < 0.0001", "p < 0.0001",
    ]  # fmt: skip


# The pictures


def test_only_the_pictures_for_which_there_are_data() -> None:
    assert list(pictures(report(judged([1, 0, -1] * 10), "theirs"))) == [
        "relative.svg", "outcomes.svg", "judge_scores.svg", "groups.svg",
    ]  # fmt: skip
    assert list(pictures(Report(report_of_totals([Totals("m", "b", (1.0, 2.0))])))) == ["relative.svg"]
    assert list(pictures(Report(report_of_counts([Counts("m", "b", 1, 2, 3)])))) == ["outcomes.svg"]
    assert pictures(Report(())) == {}
    several = judged([1, -1] * 10) + judged([1, 1, -1, 0] * 5, "third")
    assert "standings.svg" in pictures(report(several, "theirs"))


def test_pictures_hold_the_reports_figures() -> None:
    found = report(judged([1] * 94 + [0] * 71 + [-1] * 15), "theirs")
    said = {name: " ".join(ElementTree.fromstring(svg).itertext()) for name, svg in pictures(found).items()}
    assert "94 : 71 : 15 of 180" in said["outcomes.svg"]
    assert f"{100 * (found.contests[0].relative.value or 0):.1f} %" in said["relative.svg"]
    assert "n 720" in said["judge_scores.svg"]
    assert {"maths", "writing"} <= set(re.findall(r"\w+", said["groups.svg"]))


def test_half_points_have_bars_of_their_own() -> None:
    svg = pictures(Report((), scores={"j": {7.5: 1, 8.0: 3}, "none": {}}))["judge_scores.svg"]
    said = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"7.5", "8", "25 %", "75 %", "n 4 · mean 7.88"} <= set(said)


# The page


def test_the_page_holds_every_figure_and_says_how_it_was_found() -> None:
    found = report(judged([1] * 94 + [0] * 71 + [-1] * 15), "theirs")
    page = unescape(write_page(found, "Two models"))
    (one,) = found.contests
    for said in (
        verdict(one),
        interval(one.relative, " %", digits=2),
        interval(one.by_question.winning_score, digits=3),
        interval(one.by_question.beat_rate, " %"),
        interval(one.positions[0].first, " %"),
        "category",
        "How this was found",
        "<td>94</td><td>71</td><td>15</td>",
        *one.notes,
    ):
        assert said in page
    assert page.count("data:image/svg+xml;base64,") == len(pictures(found))
    assert 'id="questions"' not in page


def test_a_report_of_nothing_is_a_page() -> None:
    assert "There is nothing to compare." in write_page(Report(()), "")
    for contests in (report_of_totals([Totals("m", "b", (1.0, 0.0))]), report_of_counts([Counts("m", "b", 0, 0, 0)])):
        assert "<h2>Figures</h2>" in write_page(Report(contests), "T")


def test_the_page_admits_nothing_but_its_own() -> None:
    page = write_page(report(judged([1, -1])), "T", [shown("q")])
    for tag in ("style", "script"):
        (own,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert f"{tag}-src 'sha256-{b64encode(sha256(own.encode()).digest()).decode()}'" in page
    assert "default-src 'none'" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def hostile() -> str:
    reviews = judged([1, -1, 0] * 5, EVIL, EVIL + "b")
    reviews += judged([1, 0], EVIL, "third") + judged([0, 1], "third", EVIL + "b")
    reviews = [
        Review(r.question, r.models, r.sign, r.scores, EVIL, facts={"category": EVIL if int(r.question) % 2 else "x"})
        for r in reviews
    ]
    ruling = Ruling(EVIL, (EVIL, EVIL + "b"), None, EVIL, EVIL)
    return write_page(
        report(reviews, EVIL),
        "Its own title " + EVIL,
        [Shown(EVIL, ((EVIL, EVIL), (EVIL + "b", EVIL)), (ruling,), EVIL)],
    )


def test_hostile_text_is_no_markup() -> None:
    page = hostile()
    page.encode()
    assert page.count("<script") == page.count("</script>") == 1
    assert page.count("<style") == page.count("</style>") == 1
    assert "<img src=x" not in page
    assert "{{ 7*7 }} {% raw %}" in page
    assert not re.search("[\x00-\x08\x1b\ud800]", page)
    for picture in re.findall(r"base64,([\w+/=]+)", page):
        assert not list(ElementTree.fromstring(b64decode(picture)).iter("{http://www.w3.org/2000/svg}script"))


def test_text_that_turns_the_line_round_is_held_in() -> None:
    page = write_page(report(judged([1, -1], "a\u202eb", "c"), "c"), "T\u202e", [shown("q\u202e")])
    (heading,) = re.findall("<h1.*?</h1>", page)
    assert "\u202e" not in heading
    held = re.findall(r"<(\w+)([^>]*)>[^<]*\u202e", page)
    assert {"bdi", "span", "p"} <= {element[0] for element in held}
    for element in held:
        assert element[0] == "bdi" or 'dir="auto"' in element[1]


# In a browser


def after(page: str, script: str, folder: Path, size: str = "1200,900") -> dict[str, Any]:
    """What a script finds in the page, run beside its own: ``seen`` is what it leaves."""
    assert BROWSER is not None
    listen = "<script>const errors = []; addEventListener('error', (e) => errors.push(e.message));</script>"
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', listen, page)
    probe = (
        "<script>addEventListener('load', () => { const seen = {}; const $ = (q) => document.querySelector(q);"
        "const all = (q) => [...document.querySelectorAll(q)];"
        "try { " + script + " } catch (error) { errors.push(String(error)); } seen.errors = errors;"
        "document.body.append(Object.assign(document.createElement('pre'), {id: 'seen', textContent: "
        "JSON.stringify(seen)})); });</script></body>"
    )
    file = folder / "page.html"
    file.write_text(page.replace("</body>", probe), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command = [BROWSER, *flags, f"--window-size={size}", "--virtual-time-budget=4000", "--dump-dom", file.as_uri()]
    dom = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode("utf-8", "replace")
    found = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    assert not seen["errors"], seen
    return seen


@in_browser
def test_hostile_text_does_not_run(tmp_path: Path) -> None:
    seen = after(
        hostile(),
        """
        all("details").forEach((box) => (box.open = true));
        seen.title = document.title;
        seen.scripts = all("img:not([src^=data])").length;
        seen.answer = $(".answers p").textContent;
        seen.why = $(".ruling p.text").textContent;
        seen.broken = all("img").filter((one) => !one.naturalWidth).length;
        """,
        tmp_path,
    )
    assert seen["title"].startswith("Its own title </script>")
    assert seen["scripts"] == seen["broken"] == 0
    assert seen["answer"] == seen["why"]
    assert seen["answer"].startswith("</script></style></details></p><script>document.title='hacked'</script><img")


@in_browser
def test_the_filters(tmp_path: Path) -> None:
    exhibits = [
        shown("one apple", 1, "fresh  fruit"),
        shown("two", 0, "fresh  fruit"),
        shown("three", -1, "other"),
        shown("4", 2),
    ]
    seen = after(
        write_page(report(judged([1, -1])), "T", exhibits),
        """
        const set = (name, value) => {
          const element = document.getElementById(name);
          element.value = value;
          element.dispatchEvent(new Event(name === "find" ? "input" : "change"));
          return [all(".question:not([hidden]) .asked").map((e) => e.textContent), $("#found").textContent];
        };
        seen.chips = all(".chip").map((chip) => chip.textContent);
        seen.won = set("outcome", "won");
        seen.unread = set("outcome", "unread");
        set("outcome", "");
        seen.fruit = set("category", "fresh  fruit");
        seen.found = set("find", "our one APPLE");
        seen.none = set("outcome", "lost");
        seen.focusable = all("summary, select, input").every((e) => e.tabIndex === 0);
        """,
        tmp_path,
    )
    assert seen["chips"] == ["won", "tied", "lost", "unreadable"]
    assert seen["won"] == [["one apple"], "1 question"]
    assert seen["unread"] == [["4"], "1 question"]
    assert seen["fruit"] == [["one apple", "two"], "2 questions"]
    assert seen["found"] == [["one apple"], "1 question"]
    assert seen["none"] == [[], "0 questions"]
    assert seen["focusable"]


@in_browser
@pytest.mark.parametrize("name", ["m", "M" * 200, "模型" * 60], ids=["short", "long", "zh"])
def test_nothing_runs_over_the_edge_of_a_narrow_page(name: str, tmp_path: Path) -> None:
    page = write_page(report(judged([1, -1, 0] * 4, name), "theirs"), name, [shown("x" * 400, 1, name)])
    script = """
        all("details").forEach((box) => (box.open = true));
        seen.over = document.documentElement.scrollWidth - innerWidth;
        seen.pictures = all("img").filter((one) => one.naturalWidth).length;
    """
    seen = after(page, script, tmp_path, "500,900")
    assert seen["over"] <= 0
    assert seen["pictures"] == 4
