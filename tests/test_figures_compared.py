"""Bars, stacked bars and lines: true to their numbers, readable without colours, and the same as PNG."""

import re
import struct
from itertools import pairwise
from typing import Any
from unicodedata import east_asian_width
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import UsageError
from tunesmith.estimates import Estimate
from tunesmith.figures import WIDTH, Level, Measure, Segment, Series, Stack, bars, lines, png, stacked, to_png
from tunesmith.figures.svg import LIGHT

SVG = "{http://www.w3.org/2000/svg}"
SEGMENTS = (Segment("won", "win"), Segment("tied", "tie"), Segment("lost", "lose"))
LONG = "a rather long name of a model that somebody gave it to tell it from all of the others there are " * 2
SHARE = Measure("points", reference=1.0)
SCALE = Measure("strength", percent=False, reference=1000.0, from_zero=False, digits=0)


def said(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def boxes(picture: str, name: str) -> list[dict[str, float]]:
    """Place and size of all rectangles of a class."""
    found = [element for element in ElementTree.fromstring(picture).iter(f"{SVG}rect") if element.get("class") == name]
    return [{key: float(one.get(key, 0)) for key in ("x", "y", "width", "height")} for one in found]


def level(name: str, value: float | None, reach: float = 0.04) -> Level:
    found = Estimate(rows=80) if value is None else Estimate(value, value - reach, value + reach, 80)
    return Level(name, found, "n 80")


def three(rows: list[Stack]) -> str:
    return stacked(rows, SEGMENTS, "Won, tied and lost", "Each question once.", "questions")


# True to their numbers


def test_bars_are_as_long_as_their_figures_and_say_them() -> None:
    picture = bars([level("a", 0.4), level("b", 0.8)], Measure("share"), "Title", "Caption.")
    first, second = boxes(picture, "level")
    assert second["width"] == pytest.approx(2 * first["width"], abs=0.2)
    assert {"a", "b", "40.0 % (36.0 to 44.0) · n 80", "0 %", "Title", "Caption.", "share"} <= set(said(picture))


def test_a_whisker_spans_the_interval_and_the_reference_stands_where_it_is_said() -> None:
    picture = bars([level("a", 0.5, 0.25)], Measure("share", reference=0.5), "T", "C")
    (whisker,) = re.findall(r'd="M([\d.]+) [\d.]+H([\d.]+)', picture)
    (bar,) = boxes(picture, "level")
    middle = bar["x"] + bar["width"]
    assert float(whisker[1]) - middle == pytest.approx(middle - float(whisker[0]), abs=0.2)
    assert float(whisker[0]) - bar["x"] == pytest.approx(bar["width"] / 2, abs=0.2)
    (mark,) = [e for e in ElementTree.fromstring(picture).iter(f"{SVG}line") if e.get("stroke-dasharray")]
    assert float(mark.get("x1", 0)) == pytest.approx(middle, abs=0.1)


def test_points_where_the_axis_does_not_begin_at_nought() -> None:
    picture = bars([level("a", 1040.0, 30), level("b", 960.0, 30)], SCALE, "T", "C")
    assert not boxes(picture, "level")
    places = [float(e.get("cx", 0)) for e in ElementTree.fromstring(picture).iter(f"{SVG}circle")]
    ticks = {
        float(e.text.replace(",", "")): float(e.get("x", 0))
        for e in ElementTree.fromstring(picture).iter(f"{SVG}text")
        if e.text and re.fullmatch(r"[\d,]+", e.text) and e.get("font-size") == "11.5"
    }
    point = (ticks[1060] - ticks[960]) / 100
    assert places == pytest.approx([ticks[1000] + 40 * point, ticks[1000] - 40 * point], abs=0.2)


def test_what_is_not_known_is_said_and_not_drawn() -> None:
    picture = bars([level("a", None), Level("b", Estimate(0.5))], Measure("share"), "T", "C")
    assert {"no figure · n 80", "50.0 %"} <= set(said(picture))
    assert len(boxes(picture, "level")) == 1
    assert "ink-line" not in re.sub("<style>.*?</style>", "", picture)  # no interval, no whisker
    assert "there are no figures" in said(bars([], SHARE, "T", "C"))


@pytest.mark.parametrize("value", [-0.5, 0.0, 1e-9, 3.0, 250.0])
def test_any_value_stays_within_the_picture(value: float) -> None:
    picture = bars([level("a", value), level("b", 0.5)], SHARE, "T", "C")
    for box in boxes(picture, "level"):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= WIDTH


def test_segments_are_shares_of_their_row_and_every_count_is_written() -> None:
    picture = three([Stack("a", (94, 71, 15), "2 unreadable")])
    widths = [boxes(picture, name)[0]["width"] for name in ("win", "tie", "lose")]
    assert [width / sum(widths) for width in widths] == pytest.approx([94 / 180, 71 / 180, 15 / 180], abs=0.001)
    assert {"94 : 71 : 15 of 180 · 2 unreadable", "52.2 %", "39.4 %", "8.3 %", "won", "tied", "lost"} <= set(
        said(picture)
    )


def test_all_none_and_one_in_a_million() -> None:
    picture = three([Stack("all", (80, 0, 0)), Stack("none", (0, 0, 0)), Stack("one", (1, 999_998, 1))])
    won, lost = boxes(picture, "win"), boxes(picture, "lose")
    assert len(won) == 3  # all, one, and the legend's
    assert won[0]["width"] == 664
    assert won[1]["width"] == lost[0]["width"] == 4  # seen, though far less than a pixel
    assert {"80 : 0 : 0 of 80", "0 : 0 : 0 of 0", "1 : 999,998 : 1 of 1,000,000", "100.0 %"} <= set(said(picture))
    assert "there is nothing to count" in said(three([]))


@given(st.lists(st.integers(0, 10**7), min_size=3, max_size=3))
def test_segments_fill_their_row_without_gaps(counts: list[int]) -> None:
    picture = three([Stack("a", counts)])
    found = [boxes(picture, name)[0] for name, count in zip(("win", "tie", "lose"), counts, strict=True) if count]
    if found:
        assert found[0]["x"] == 36
        assert sum(box["width"] for box in found) == pytest.approx(664, abs=0.2)
    for before, after in pairwise(found):
        assert after["x"] == pytest.approx(before["x"] + before["width"], abs=0.11)
    assert all(box["width"] >= 3.9 for box in found)


def test_lines_go_through_their_figures() -> None:
    series = [Series("a", [Estimate(0.25), Estimate(0.5)]), Series("b", [Estimate(), Estimate(1.0, 0.75, 1.0)])]
    picture = lines(series, ["0-2", "3-5"], Measure("ROUGE-L", percent=False), "T", "words", "C")
    ticks = {e.text: float(e.get("y", 0)) - 4 for e in ElementTree.fromstring(picture).iter(f"{SVG}text")}
    path = re.search(r'<path class="win-line" d="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)"', picture)
    assert path is not None
    one = ticks["0"] - ticks["1"]
    assert [(ticks["0"] - float(y)) / one for y in path.groups()] == pytest.approx([0.25, 0.5], abs=0.001)
    assert {"a", "b", "0-2", "3-5", "words", "ROUGE-L"} <= set(said(picture))
    assert "there are no figures" in said(lines([], [], SHARE, "T", "", "C"))
    assert "there are no figures" in said(lines([Series("a", [Estimate()])], ["x"], SHARE, "T", "", "C"))


# Nothing overlaps or is cut

ROWS = [level(LONG, 0.5), level("评分" * 40, 1.4), level("c", 0.01), *(level(f"m{n}", n / 20) for n in range(27))]
PICTURES = {
    "bars": bars(ROWS, SHARE, LONG, LONG),
    "points": bars([level(LONG, 1000.0, 60), level("b", 1234.5, 99)], SCALE, "T", "C"),
    "stacked": three([Stack(LONG, (1, 2, 3), LONG), Stack("评分" * 40, (10**9, 1, 10**9)), Stack("c", (0, 0, 1))] * 10),
    "many segments": stacked(
        [Stack("a", (1, 2, 3, 4))],
        [Segment(LONG, "win"), *(Segment(f"{look} of them all is here", look) for look in ("tie", "lose", "other"))],
        "T", "C",
    ),
    "lines": lines(
        [Series(f"{n} {LONG}", [Estimate(0.1 * n, 0.1 * n - 0.05, 0.1 * n + 0.05)] * 7) for n in range(9)],
        [f"{n}-{LONG}" for n in range(7)], SHARE, "T", LONG, "C",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_outside_and_no_two_labels_overlap(name: str) -> None:
    root = ElementTree.fromstring(PICTURES[name])
    high = float(root.get("height", 0))
    rows: dict[str, list[tuple[float, float]]] = {}
    for element in root.iter(f"{SVG}text"):
        x, size = float(element.get("x", 0)), float(element.get("font-size", 0))
        size *= 1.2 if element.get("font-weight") == "600" and size < 17 else 1
        wide = sum(size if east_asian_width(c) in "WF" else size * 0.56 for c in element.text or "")
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "")]
        assert left >= 0
        assert left + wide <= WIDTH
        assert 0 < float(element.get("y", 0)) <= high
        rows.setdefault(element.get("y", ""), []).append((left, left + wide))
    for places in rows.values():
        for (_, right), (left, _) in pairwise(sorted(places)):
            assert right <= left + 0.5
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("y", 0)) + float(box.get("height", 0)) <= high


# Without colours, on both screens, as text


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_segments_differ_in_lightness_and_texture() -> None:
    win, lose, tie = (luminance(LIGHT[name]) for name in ("win", "lose", "tie"))
    assert (lose + 0.05) / (win + 0.05) > 3  # WCAG's least contrast of shapes
    assert tie > lose * 1.4
    picture = three([Stack("a", (1, 1, 1))])
    textured = [
        float(e.get("x", 0)) for e in ElementTree.fromstring(picture).iter(f"{SVG}rect") if "url" in e.get("fill", "")
    ]
    assert textured == [boxes(picture, "lose")[n]["x"] for n in (0, 1)]


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_bytes_no_way_out_and_both_screens(name: str) -> None:
    picture = PICTURES[name]
    assert "@media screen and (prefers-color-scheme: dark)" in picture
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|href|url\((?!#)|@import|<script", picture)
    classes = set(re.findall(r'class="([\w -]+)"', picture))
    for named in {one for several in classes for one in several.split()} - {"halo"}:
        assert f".{named} {{" in picture, named  # else it would keep its light colour on a dark screen


def test_text_is_text() -> None:
    evil = "<script>alert(1)</script> & \x00\x1b[31m\ud800"
    for picture in (
        bars([Level(evil, Estimate(0.5), evil)], Measure(evil), evil, evil),
        stacked([Stack(evil, (1,), evil)], [Segment(evil, "win")], evil, evil, evil),
        lines([Series(evil, [Estimate(1.0)])], [evil], Measure(evil), evil, evil, evil),
    ):
        assert not list(ElementTree.fromstring(picture).iter(f"{SVG}script"))
        picture.encode()


# PNG

resvg = pytest.importorskip("resvg_py", reason="resvg-py is not installed")


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", picture[16:24])
    return wide, high


def test_png_is_twice_as_large_and_has_its_words() -> None:
    row = Stack("model", (1, 2, 3))
    picture = to_png(three([row]))
    root = ElementTree.fromstring(three([row]))
    assert size(picture) == (2 * WIDTH, 2 * int(float(root.get("height", 0))))
    assert picture == to_png(three([row]))
    assert picture != to_png(three([Stack("other", (1, 2, 3))]))


def test_png_is_light_whatever_the_screen() -> None:
    svg = three([Stack("a", (1, 2, 3))])
    without = re.sub(r"@media screen and \(prefers-color-scheme: dark\) \{.*\} (?=svg \{)", "", svg)
    assert without != svg
    assert to_png(svg) == to_png(without)


def test_letters_that_no_font_has_are_refused_and_named() -> None:
    with pytest.raises(UsageError, match=r"boxes for .* \(U\+F0000\).*SVG"):
        to_png(three([Stack("\U000f0000", (1, 2, 3))]).replace("\ufffd", "\U000f0000"))


def test_without_any_font_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = resvg.svg_to_bytes

    def fontless(**given: Any) -> Any:
        return real(**given, skip_system_fonts=True)

    monkeypatch.setattr(resvg, "svg_to_bytes", fontless)
    png._drawn.cache_clear()
    png._sans.cache_clear()
    try:
        with pytest.raises(UsageError, match="no font; install one"):
            to_png(three([Stack("a", (1, 2, 3))]))
    finally:
        png._drawn.cache_clear()
        png._sans.cache_clear()


def test_without_resvg_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "resvg_py", None)
    with pytest.raises(UsageError, match=r"pip install 'tunesmith\[png\]'"):
        to_png(three([]))
