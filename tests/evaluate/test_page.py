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

from tunesmith.estimates import Estimate, measured
from tunesmith.evaluate.findings import ContestReport, LengthBias, Rates, Report, Tally
from tunesmith.evaluate.page import Ruling, Shown, pictures, write_page
from tunesmith.evaluate.review_files import read_review_files
from tunesmith.evaluate.review_files.exhibits import exhibits_of
from tunesmith.evaluate.reviews import Counts, Review, Totals
from tunesmith.evaluate.sentences import counted, outcome, p_value, percent, sentence, title, verdict
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
    outcome = ("tied", "won", "unreadable", "lost")[sign]
    ruling = Ruling("judge", ("theirs", "ours"), (6.0, 7.5), preferred, f"why of {text}")
    return Shown(text, (("ours", f"our {text}"), ("theirs", f"their {text}")), outcome, (ruling,), category)


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

        sign = 1 if (longer.value or 0) > 0.5 else -1
        near = 0.2 if abs((longer.value or 0) - 0.5) > 0.1 else -0.2
        low, high = sorted((sign * 1.8, sign * near))
        slope = Estimate(sign * 1.0, low, high)
        length = LengthBias(longer, (100.0, 50.0), Estimate(0.51, 0.4, 0.62, 50), slope)
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
    assert percent(Estimate(0.7194, 0.661, 0.7724)) == "71.9 % (95 %: 66.1 to 77.2)"
    assert percent(Estimate(0.7)) == "70.0 %, no interval"
    assert percent(Estimate()) == measured(Estimate()) == "-"
    assert measured(Estimate(0.7194, 0.661, 0.7724), 1, 100, " %") == "71.9 % (66.1 to 77.2)"
    assert measured(Estimate(1234.5, 1200, 1300), 0) == "1,234 (1,200 to 1,300)"
    assert measured(Estimate(-0.001, -0.2, 0.2)) == "0.00 (-0.20 to 0.20)"  # nothing has no sign
    assert [counted(number, "vote") for number in (0, 1, 1200)] == ["0 votes", "1 vote", "1,200 votes"]
    assert [p_value(p) for p in (0.5, 0.0499, 0.00314, 1e-9, 0.0)] == [
        "p = 0.50", "p = 0.05", "p = 0.0031", "p < 0.0001", "p < 0.0001",
    ]  # fmt: skip


def test_a_set_that_both_are_named_after_is_said_once() -> None:
    def of(model: str, baseline: str) -> str:
        return title(report_of_counts([Counts(model, baseline, 1, 2, 3)])[0])

    assert of("m (brainstorming)", "b (brainstorming)") == "m against b (brainstorming)"
    assert of("m (a)", "b (b)") == "m (a) against b (b)"
    assert of("m", "b (a)") == "m against b (a)"


def test_a_liking_for_a_place_is_said_with_its_interval() -> None:
    swayed = [Review(str(n), pair, 1, judge="j") for n in range(60) for pair in (("a", "b"), ("b", "a"))]
    swayed[:8] = [Review(one.question, one.models, -1, judge="j") for one in swayed[:8]]
    (one,) = report(swayed, "b").contests
    assert f"j prefers the answer shown first, in {percent(one.positions[0].first)} of decisions." in sentence(one)


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


def test_scores_far_apart_make_no_endless_picture() -> None:
    for scores in (
        {1.0: 1, 1e12: 2},
        {-1e308: 1, 1e308: 1},
        {0.5: 1, 1e6: 1},
        {-5e-324: 1, 3.0: 1},
        {1.0: 1, 100.0: 1},
    ):
        svg = pictures(Report((), scores={"j": scores}))["judge_scores.svg"]
        assert len(svg) < 20_000
        assert svg.count('class="kept"') == 2


def test_a_picture_says_nothing_that_it_does_not_show() -> None:
    def told(found: Report) -> dict[str, str]:
        return {name: " ".join(ElementTree.fromstring(svg).itertext()) for name, svg in pictures(found).items()}

    sums = told(
        Report((*report_of_totals([Totals("m", "b", (1.0, 2.0))]), *report_of_counts([Counts("m", "b", 1, 2, 3)])))
    )
    assert "intervals" not in sums["relative.svg"]
    assert "orders" not in sums["outcomes.svg"]
    both = told(report(judged([1, -1, 0] * 10), "theirs"))
    assert "intervals" in both["relative.svg"]
    assert "Both orders" in both["outcomes.svg"]
    parts = {"j": {7.0: 1, 8.7: 3}}
    assert "up to the next bar" in told(Report((), scores=parts))["judge_scores.svg"]
    assert "up to the next bar" not in told(Report((), scores={"j": {7.5: 1, 8.0: 3}}))["judge_scores.svg"]


# The page


def test_the_page_holds_every_figure_and_says_how_it_was_found() -> None:
    found = report(judged([1] * 94 + [0] * 71 + [-1] * 15), "theirs")
    page = unescape(write_page(found, "Two models"))
    (one,) = found.contests
    for said in (
        verdict(one),
        measured(one.relative, 2, 100, " %"),
        measured(one.by_question.winning_score, 3),
        measured(one.by_question.beat_rate, 1, 100, " %"),
        measured(one.positions[0].first, 1, 100, " %"),
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


def test_a_question_counts_on_the_page_as_in_the_figures() -> None:
    answers = ("a", "b")
    heard = [("j", 1), ("j", 1), ("j", 1), ("k", -1), ("l", -1)]  # by verdicts 3 to 2, by judges 1 to 2
    reviews = [Review("1", ("ours", "theirs"), sign, judge=judge, answers=answers) for judge, sign in heard]
    (one,) = exhibits_of(reviews, "theirs")
    assert report(reviews, "theirs").contests[0].by_question.tally.losses == 1
    assert one.outcome == "lost"
    assert len(one.rulings) == 5


@given(
    st.lists(
        st.tuples(st.sampled_from("123"), st.sampled_from("jkl"), st.sampled_from([-1, 0, 1, None]), st.booleans())
    )
)
@settings(max_examples=100, deadline=None)
def test_outcomes_add_up_to_the_tally(heard: list[tuple[str, str, int | None, bool]]) -> None:
    pairs = {True: ("ours", "theirs"), False: ("theirs", "ours")}
    reviews = [Review(q, pairs[first], sign, judge=j, answers=("a", "b")) for q, j, sign, first in heard]
    if not reviews:
        return
    tally = report(reviews, "theirs").contests[0].by_question.tally
    outcomes = [one.outcome for one in exhibits_of(reviews, "theirs")]
    assert Tally(*map(outcomes.count, ("won", "tied", "lost"))) == tally


def test_an_order_that_nobody_knows_is_not_stated(shared: Path) -> None:
    found = read_review_files([shared / "alpaca_eval" / "alpaca-7b_annotations.json.xz"])
    exhibits = exhibits_of(found.reviews[:3], found.baseline)
    page = write_page(report(found.reviews[:3], found.baseline), "T", exhibits)
    assert page.count("<bdi>the order shown is not known</bdi>") == 3
    assert "shown: " not in page


def test_what_no_judge_was_asked_is_said() -> None:
    alike = Review("1", ("a", "b"), 0, judge="j", answers=("x", "x"), same=True)
    none = Review("2", ("a", "b"), None, judge="j", answers=("x", ""), absent=("b",))
    exhibits = exhibits_of([alike, none], "b")
    assert [one.outcome for one in exhibits] == ["tied", "left out"]
    page = write_page(report([alike, none], "b"), "T", exhibits)
    assert "no judge was asked: both answers are the same" in page
    assert "no judge was asked: no answer of b" in page


def test_pairs_of_answers_are_not_called_questions() -> None:
    reviews = [Review(q, (m, "b"), 1, judge="j", answers=("x", "y")) for q in "12" for m in ("m", "n")]
    page = write_page(report(reviews, "b"), "T", exhibits_of(reviews, "b"))
    assert "4 pairs of answers</span>" in page
    assert "2 questions</span>" in write_page(report(reviews[::2], "b"), "T", exhibits_of(reviews[::2], "b"))


def test_no_sentence_has_a_dash_for_a_figure() -> None:
    reviews = [Review(str(n), ("m", "b"), 1, judge="j", lengths=(9, 3)) for n in range(40)]
    page = write_page(report(reviews, "b"), "T")
    assert "cannot be told" in page
    assert "would be -" not in page


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
        [Shown(EVIL, ((EVIL, EVIL), (EVIL + "b", EVIL)), "won", (ruling,), EVIL)],
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
    assert {element[0] for element in held} == {"span", "p"}  # names, unlike texts, have no such signs at all
    for element in held:
        assert 'dir="auto"' in element[1]


# In a browser


def after(page: str, script: str, folder: Path, size: str = "1200,900") -> dict[str, Any]:
    """What a script finds in the page, run beside its own: ``seen`` is what it leaves."""
    assert BROWSER is not None
    listen = "<script>const errors = []; addEventListener('error', (e) => errors.push(e.message));</script>"
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', listen, page)
    probe = (
        "<script>addEventListener('load', async () => { const seen = {}; const $ = (q) => document.querySelector(q);"
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
        seen.unread = set("outcome", "unreadable");
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


@in_browser
def test_on_a_phone_letters_can_be_read_and_what_goes_on_at_the_right_is_marked(tmp_path: Path) -> None:
    page = write_page(report(judged([1, -1, 0] * 4), "theirs"), "T", [shown("q")])
    script = """
        seen.letters = Math.min(...all("img").map((one) => 11 * one.clientWidth / one.naturalWidth));
        const sign = (box) => getComputedStyle(box).maskImage !== "none";
        await new Promise((done) => setTimeout(done, 500));
        const wide = all(".scroll").filter((box) => box.scrollWidth > box.clientWidth);
        seen.wide = wide.length;
        seen.marked = wide.every(sign);
        seen.unmarked = all(".scroll").every((box) => wide.includes(box) || !sign(box));
        wide.forEach((box) => { box.scrollLeft = box.scrollWidth; box.dispatchEvent(new Event("scroll")); });
        seen.atEnd = wide.some(sign);
    """
    seen = after(page, script, tmp_path, "500,900")
    assert seen["letters"] >= 9.5
    assert seen["wide"] > 5
    assert (seen["marked"], seen["unmarked"], seen["atEnd"]) == (True, True, False)
