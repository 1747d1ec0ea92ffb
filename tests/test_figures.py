"""The picture of a distribution: whole XML, true to its numbers, nothing outside it and nothing in the way."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tunesmith.figures import HEIGHT, WIDTH, Bar, Panel, histogram, panels

SVG = "{http://www.w3.org/2000/svg}"


def bars(rows: list[int], start: float = 0.0, width: float = 0.5, threshold: float = 4.5) -> list[Bar]:
    places = [round(start + n * width, 10) for n in range(len(rows))]
    return [Bar(place, count, count if place >= threshold else 0) for place, count in zip(places, rows, strict=True)]


def draw(shown: list[Bar], width: float = 0.5, threshold: float | None = 4.5) -> str:
    return histogram(shown, width, threshold, "Ratings", "rating", "Some were kept.")


def texts(picture: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(picture).iter(f"{SVG}text"))


def said(picture: str) -> list[str]:
    return [element.text or "" for element in texts(picture)]


ELEVEN = [1, 0, 3, 12, 90, 859, 4486, 11999, 16889, 12108, 5558]


def test_counts_labels_threshold_and_legend_are_there() -> None:
    picture = draw(bars(ELEVEN))
    found = said(picture)
    for words in (
        "Ratings",
        "rating",
        "rows",
        "16,889",
        "0",
        "2.5",
        "4.5 or more",
        "Some were kept.",
        "kept: 17,666",
        "not kept: 34,339",
    ):
        assert words in found, words
    assert picture == draw(bars(ELEVEN))


def test_bars_are_as_high_as_their_rows_and_coloured_by_fate() -> None:
    root = ElementTree.fromstring(draw([Bar(4.0, 50, 0), Bar(4.5, 100, 40)]))
    found = [
        (element.get("class"), float(element.get("height", 0)))
        for element in root.iter(f"{SVG}rect")
        if float(element.get("height", 0)) not in (11.0, HEIGHT)
    ]
    whole = found[1][1] + found[2][1]
    assert [name for name, _ in found] == ["rest", "kept", "rest"]
    assert found[0][1] == pytest.approx(whole / 2)
    assert found[1][1] == pytest.approx(whole * 0.4)


def test_a_single_row_among_a_million_is_seen_and_so_is_one_that_is_not_kept() -> None:
    rects = [
        (element.get("class"), float(element.get("height", 0)))
        for element in ElementTree.fromstring(draw([Bar(4.0, 1, 0), Bar(4.5, 1_000_000, 999_999)])).iter(f"{SVG}rect")
    ]
    assert all(height >= 1 for _, height in rects)
    assert [name for name, _ in rects].count("rest") == 3  # both bars' and the legend's


@pytest.mark.parametrize(
    ("shown", "width", "threshold"),
    [
        (bars(ELEVEN), 0.5, 4.5),
        (bars([50_000] * 21), 0.5, 4.5),
        (bars([1_234_567] * 24), 0.5, 11.5),
        (bars(list(range(101)), 0, 1), 1, 85),
        (bars([5] * 400, 0, 0.05), 0.05, 3),
        (bars([2022], 5), 0.5, 4.5),
        (bars([3, 4], 1), 0.5, 900),
        ([], 0.5, 4.5),
    ],
    ids=["0 to 5", "0 to 10", "millions", "0 to 100", "400 bars", "one bar", "threshold far off", "no rows"],
)
def test_nothing_is_outside_and_no_two_labels_overlap(shown: list[Bar], width: float, threshold: float) -> None:
    picture = draw(shown, width, threshold)
    lines: dict[str, list[tuple[float, float]]] = {}
    for element in texts(picture):
        x, size = float(element.get("x", 0)), float(element.get("font-size", 0))
        wide = len(element.text or "") * size * 0.56
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "")]
        assert -wide / 2 <= left
        assert left + wide <= WIDTH
        if size in (11, 12):  # numbers above bars, scores below them
            lines.setdefault(element.get("y", ""), []).append((left, left + wide))
    for places in lines.values():
        for (_, right), (left, _) in pairwise(sorted(places)):
            assert right <= left + 0.5
    for element in ElementTree.fromstring(picture).iter(f"{SVG}rect"):
        assert float(element.get("x", 0)) + float(element.get("width", 0)) <= WIDTH
        assert float(element.get("height", 0)) >= 0


def test_no_rows_are_said_in_words() -> None:
    assert "no row has a score" in said(draw([]))
    assert "no row has a score" in said(draw([Bar(1, 0, 0)]))


def test_text_is_text_and_not_markup() -> None:
    picture = histogram(
        bars([1, 2]), 0.5, None, "<script>alert(1)</script> & \x00\x1b[31m\ud800", "a\nb", "]]>" + "word " * 99
    )
    root = ElementTree.fromstring(picture)
    assert not list(root.iter(f"{SVG}script"))
    found = said(picture)
    assert any(text.startswith("<script>alert(1)</script> & \ufffd") for text in found)
    assert "a b" in found
    assert any(text.endswith("…") for text in found)
    picture.encode()


def test_long_titles_are_cut_to_fit_whatever_the_script() -> None:
    for title in ("word " * 99, "评分" * 99):
        found = said(histogram(bars([1]), 0.5, None, title, title, ""))
        assert found[0].endswith("…")
        assert len(found[0]) < 110


def test_light_and_dark_and_no_way_out_of_the_file() -> None:
    picture = draw(bars(ELEVEN))
    assert "@media screen and (prefers-color-scheme: dark)" in picture
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|href|url\(|@import|<script", picture)
    # Without the style every shape still has its light colour.
    for element in ElementTree.fromstring(picture).iter():
        if element.tag in (f"{SVG}rect", f"{SVG}text"):
            assert element.get("fill", "").startswith("#")


def test_rounded_counts_where_there_is_no_room() -> None:
    found = said(draw(bars([1_234_567, 999_960, 12_345, 999] * 6)))
    assert {"1.2M", "1.0M", "12k", "999"} <= set(found)


def panel(name: str, rows: list[int], outside: int = 0, mean: float | None = 5.0) -> Panel:
    shown = [Bar(float(place), count, 0 if place < outside else count) for place, count in enumerate(rows)]
    return Panel(name, f"n {sum(rows):,} · mean {mean}", shown, mean)


def draw_panels(groups: list[Panel]) -> str:
    return panels(groups, 1, "Scores of models", "score", "Share of each model's scores.")


THREE = [
    panel("text-davinci-003", [49, 117, 90, 142, 547, 97, 460, 587, 8029, 38846, 2219], 1, 8.72),
    panel(
        "a rather long name of a model that somebody gave it to tell it from all of the others there are", [9] * 11, 1
    ),
    panel("评分模型", [0] * 10 + [3], 1, None),
]


def test_panels_name_their_groups_and_shares() -> None:
    found = said(draw_panels(THREE))
    assert {"text-davinci-003", "评分模型", "76 %", "16 %", "0.1 %", "100 %", "within the scale", "outside it"} <= set(
        found
    )
    assert "outside it" not in said(draw_panels([panel("a", [1, 2, 3])]))
    assert draw_panels(THREE) == draw_panels(THREE)


def test_panels_are_drawn_to_one_measure() -> None:
    root = ElementTree.fromstring(draw_panels([panel("a", [10, 30]), panel("b", [20, 20])]))
    heights = [float(e.get("height", 0)) for e in root.iter(f"{SVG}rect")][1:]
    assert heights[1] == pytest.approx(3 * heights[0], abs=0.2)
    assert heights[2] == heights[3] == pytest.approx(2 * heights[0], abs=0.2)


@pytest.mark.parametrize("groups", [THREE, [panel("a", [1] * 101)], [panel("a", [1] * 400)] * 12, [panel("a", [])]])
def test_nothing_of_panels_is_outside_and_no_two_labels_overlap(groups: list[Panel]) -> None:
    picture = draw_panels(groups)
    root = ElementTree.fromstring(picture)
    high = float(root.get("height", 0))
    lines: dict[str, list[tuple[float, float]]] = {}
    for element in texts(picture):
        x, size = float(element.get("x", 0)), float(element.get("font-size", 0))
        wide = sum(size if ord(c) > 0x2E80 else size * 0.56 for c in element.text or "")
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[element.get("text-anchor", "")]
        assert left >= 0
        assert left + wide <= WIDTH
        assert float(element.get("y", 0)) <= high
        lines.setdefault(element.get("y", ""), []).append((left, left + wide))
    for places in lines.values():
        for (_, right), (left, _) in pairwise(sorted(places)):
            assert right <= left + 0.5
    for element in root.iter(f"{SVG}rect"):
        assert float(element.get("y", 0)) + float(element.get("height", 0)) <= high


def test_the_mean_stands_where_it_is_written_on_the_axis() -> None:
    root = ElementTree.fromstring(draw_panels([panel("a", [1] * 11, mean=7.0)]))
    (mark,) = [element for element in root.iter(f"{SVG}line") if element.get("stroke-dasharray")]
    (tick,) = [element for element in root.iter(f"{SVG}text") if element.text == "7"]
    assert mark.get("x1") == tick.get("x")


def test_panels_keep_text_as_text_and_colours_for_both_screens() -> None:
    picture = draw_panels([Panel("<script>alert(1)</script>", "\x1b[31m&", [Bar(1, 2, 2)], 1.0)])
    assert not list(ElementTree.fromstring(picture).iter(f"{SVG}script"))
    assert "@media screen and (prefers-color-scheme: dark)" in picture
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg\")|href|url\(|@import|<script", picture)
