"""Review files are read as they were published, and damage is refused or said: real files, some of them spoilt here."""

import csv
import gzip
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from math import fsum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import UsageError
from tunesmith.evaluate import Review, contests_of
from tunesmith.evaluate.review_files import Beside, ReviewFiles, read_review_files, reviews_of_row
from tunesmith.evaluate.verdicts import report, report_of_counts

Row = dict[str, Any]
Spoil = Callable[[list[Row]], object]
TOTALS = {
    "alpaca_13b": (549.5, 726.5),
    "llama_gpt3.5_plus": (630.5, 687.5),
    "llama_gpt3.5": (644, 694.5),
    "llama_gpt4": (651, 701.5),
    "vicuna-13b-20230322-new-hp-fp16": (650, 689),
    "bard": (661.5, 692.5),
    "expertllama": (655.5, 679),
}


def lines_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, rows: list[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def totals(found: ReviewFiles) -> dict[str, tuple[float, float]]:
    sums = {}
    for contest in contests_of(found.reviews, found.baseline):
        scores = [verdict.scores for bout in contest.bouts for verdict in bout.read if verdict.scores]
        sums[contest.model] = fsum(ours for ours, _ in scores), fsum(theirs for _, theirs in scores)
    return sums


def outcomes(found: ReviewFiles) -> tuple[int, int, int]:
    (contest,) = contests_of(found.reviews, found.baseline)
    balance = [sum(verdict.sign or 0 for verdict in bout.read) for bout in contest.bouts]
    return sum(b > 0 for b in balance), sum(b == 0 for b in balance), sum(b < 0 for b in balance)


@pytest.fixture
def expertllama(shared: Path) -> list[Path]:
    return sorted((shared / "expertllama" / "reviews_vs_chatgpt").glob("*.jsonl"))


@pytest.fixture
def bard(shared: Path, tmp_path: Path) -> Callable[[Spoil], Path]:
    """Copies FastChat's reviews of Bard with the answers beside them, spoils the rows, and tells where they are."""

    def spoilt(spoil: Spoil) -> Path:
        shutil.copytree(shared / "fastchat" / "answers", tmp_path / "answers", dirs_exist_ok=True)
        rows = lines_of(shared / "fastchat" / "reviews" / "review_bard.jsonl")
        spoil(rows)
        return write(tmp_path / "reviews" / "review_bard.jsonl", rows)

    return spoilt


def refused(*paths: Path, **beside: Any) -> str:
    with pytest.raises(UsageError) as error:
        read_review_files(paths, Beside(**beside))
    return str(error.value)


# The published files


def test_expertllama(expertllama: list[Path]) -> None:
    found = read_review_files(expertllama)
    assert totals(found) == TOTALS
    assert (found.baseline, len(found.reviews), found.notes) == ("gpt3.5", 560, ())
    unknown = [review for review in found.reviews if not review.shown]
    assert all(review.sign == 0 for review in unknown)  # only equal scores leave the order open
    assert len(unknown) == 16 + 15 + 18 + 11 + 23 + 14
    assert Counter(review.models[0] == "gpt3.5" for review in found.reviews if review.shown) == {True: 234, False: 229}


def test_a_folder_is_its_files(expertllama: list[Path]) -> None:
    assert totals(read_review_files([expertllama[0].parent])) == TOTALS


def test_the_order_shown_is_that_of_the_text(expertllama: list[Path]) -> None:
    for path in expertllama:
        rows = {str(row["q_id"]): row for row in lines_of(path)}
        for review in read_review_files([path]).reviews:
            first = [float(number) for number in rows[review.question]["full_response"].split("\n")[0].split()]
            assert review.scores == tuple(first)
            straight = rows[review.question]["score"] == first
            assert not review.shown or straight == (review.models[0] == "gpt3.5")


def test_facts_and_lengths_come_from_answers(shared: Path) -> None:
    (path,) = (shared / "expertllama" / "reviews_vs_chatgpt").glob("*_expertllama.jsonl")
    folder = shared / "expertllama" / "answers"
    found = read_review_files([path], Beside([folder]))
    assert Counter(review.facts["category"] for review in found.reviews)["math"] == 3
    assert all(review.asked and review.lengths is None for review in found.reviews)  # ChatGPT's are not there
    assert found.notes == ("answers of models that no review is about: llama_gpt3.5, llama_gpt3.5_plus",)
    both = read_review_files(
        [path], Beside([folder], models=("llama_gpt3.5_plus", "expertllama"))
    )  # not who they are: it only shows that the lengths are found where both models' answers are there
    answers = {row["question_id"]: row["answer"] for row in lines_of(folder / "vicuna80_expertllama.jsonl")}
    for review in both.reviews:
        assert review.lengths is not None
        place = review.models.index("expertllama")
        assert review.lengths[place] == len(answers[int(review.question)].split())


def test_fastchat(shared: Path) -> None:
    found = read_review_files(sorted((shared / "fastchat" / "reviews").glob("*.jsonl")))
    assert totals(found) == {
        "llama-13b:v1": (513, 694),
        "alpaca-13b:v1": (583, 704),
        "bard": (664, 655.5),
        "gpt-3.5-turbo:20230327": (693, 638),
    }
    assert {review.judge for review in found.reviews} == {
        "gpt-4-0328-generic",
        "gpt-4-0328-coding",
        "gpt-4-0328-math",
    }
    assert {review.facts["category"] for review in found.reviews} > {"fermi", "coding"}
    assert all((review.lengths is None) == ("bard" in review.models) for review in found.reviews)
    said = [note.rpartition("/")[2] for note in found.notes]
    assert said == [
        "review_bard.jsonl, line 70: the score is 10 and 2, but the judge's own words say 10 and 4; counted as "
        "published",
        "review_llama-13b.jsonl, line 70: the score is 10 and 2, but the judge's own words say 10 and 4; counted as "
        "published",
        "review_llama-13b.jsonl, line 74: the judge gave 0 and 9, outside the scale 1-10, and its own words say the "
        "same; counted as given",
        "answers",
    ]


def test_alpagasus2(shared: Path) -> None:
    files = sorted((shared / "alpagasus2_qlora").glob("*.json"))
    for paths in (files, files[::-1]):
        found = read_review_files(paths)
        wins, ties, losses = outcomes(found)
        assert ties == 71
        assert {wins, losses} == {94, 15}
        (contest,) = contests_of(found.reviews, "alpaca2")
        assert sum(bout.both_orders for bout in contest.bouts) == 180
        assert sum(sum(verdict.sign or 0 for verdict in bout.read) > 0 for bout in contest.bouts) == 94
        assert all(bout.lengths is not None for bout in contest.bouts)
        assert found.notes == ()


def test_alpaca_eval(shared: Path) -> None:
    found = read_review_files([shared / "alpaca_eval" / "alpaca-7b_annotations.json.xz"])
    assert outcomes(found) == (205, 16, 584)
    assert found.baseline == "text_davinci_003"
    assert not any(review.shown for review in found.reviews)  # the lot was undone before it was written down
    assert Counter(review.facts["dataset"] for review in found.reviews)["vicuna"] == 80
    assert {review.judge for review in found.reviews} == {"alpaca_eval_gpt4"}


def test_totals_of_gpt4llm(shared: Path) -> None:
    path = shared / "gpt4llm" / "published_figures.json"
    published = json.loads(path.read_text())
    found = read_review_files([path])
    assert len(found.totals) == 28
    ours = [100 * one.points[0] / one.points[1] for one in found.totals]
    groups = ("vs_gpt4", "vs_chatgpt", "rank_vs_chatgpt", "rank_vs_gpt4")
    assert ours == pytest.approx([one["pct"] for group in groups for one in published[group].values()])
    assert {one.baseline for one in found.totals} == {"GPT4", "ChatGPT"}


def test_a_verdict_in_many_orders_is_no_double(tmp_path: Path) -> None:
    verdicts = [{"judge": "j", "order": list(order), "scores": [5, 6, 7]} for order in ("abc", "acb", "cab")]
    path = write(tmp_path / "rows.jsonl", [judged(*verdicts)])
    found = read_review_files([path, path])
    assert len(found.reviews) == 9
    assert "there twice and alike" in found.notes[0]


def test_several_formats_at_once(shared: Path, expertllama: list[Path]) -> None:
    paths = [*expertllama, *sorted((shared / "alpagasus2_qlora").glob("*.json"))]
    found = read_review_files(paths)
    assert len(found.reviews) == 560 + 360
    assert found.notes == ()  # other questions are no gaps


# Damage


def test_the_order_of_rows_does_not_matter(expertllama: list[Path], tmp_path: Path) -> None:
    rows = lines_of(expertllama[0])
    random.Random(1).shuffle(rows)
    found = read_review_files([write(tmp_path / expertllama[0].name, rows)])
    straight = read_review_files([expertllama[0]])
    assert {r.question: (r.models, r.scores) for r in found.reviews} == {
        r.question: (r.models, r.scores) for r in straight.reviews
    }
    assert found.notes == ()


def test_missing_rows_are_said(expertllama: list[Path], shared: Path, tmp_path: Path) -> None:
    rows = lines_of(expertllama[0])
    path = write(tmp_path / expertllama[0].name, rows[:40] + rows[42:])
    (note,) = read_review_files([path, *expertllama[1:]]).notes
    assert note == "alpaca_13b and gpt3.5: 2 of 80 questions have no review (41, 42)"
    assert read_review_files([path]).notes == ()  # nothing tells how many there should be
    (note,) = read_review_files([path], Beside(questions=shared / "fastchat" / "question.jsonl")).notes
    assert note == "alpaca_13b and gpt3.5: 2 of 80 questions have no review (41, 42)"


def test_a_missing_order_is_said(shared: Path, tmp_path: Path) -> None:
    first, second = sorted((shared / "alpagasus2_qlora").glob("*.json"))
    rows = json.loads(second.read_text())
    short = tmp_path / second.name
    short.write_text(json.dumps(rows[3:]))
    found = read_review_files([first, short])
    assert found.notes == (
        "alpaca2 and alpagasus2: 3 of 180 questions have reviews in one order only (koala_1, koala_2, koala_3)",
    )


def test_reviews_of_questions_that_were_not_asked_are_refused(expertllama: list[Path], tmp_path: Path) -> None:
    questions = write(tmp_path / "q.jsonl", [{"question_id": n, "text": "?"} for n in range(1, 80)])
    assert "line 80: the question '80' is not in the file of questions" in refused(expertllama[0], questions=questions)


def test_alike_rows_count_once(bard: Callable[[Spoil], Path]) -> None:
    found = read_review_files([bard(lambda rows: rows.append(rows[4]))])
    assert totals(found) == {"vicuna-13b:20230322-clean-lang": (655.5, 664)}
    assert any(note.endswith("1 question is there twice and alike (5); counted once") for note in found.notes)


def test_rows_that_contradict_each_other_are_refused(bard: Callable[[Spoil], Path]) -> None:
    def spoil(rows: list[Row]) -> None:
        rows.append(rows[4] | {"score": [3, 9], "text": "3 9\nWorse."})

    message = refused(bard(spoil))
    assert "review_bard.jsonl, line 81: a second review of question '5'" in message
    assert "line 5; remove one" in message


def test_a_file_given_twice_counts_once(expertllama: list[Path], shared: Path) -> None:
    for paths in ([expertllama[0]], sorted((shared / "alpagasus2_qlora").glob("*.json"))):
        once, twice = read_review_files(paths), read_review_files([*paths, paths[0]])
        assert len(once.reviews) == len(twice.reviews)
        assert any("there twice and alike" in note for note in twice.notes)


@pytest.mark.parametrize("score", [[85, 90], [11.5, 3], [-3, 5], [0.0, 1e8]])
def test_scores_outside_the_scale_are_refused(bard: Callable[[Spoil], Path], score: list[float]) -> None:
    message = refused(bard(lambda rows: rows[9].update(score=score)))
    assert "review_bard.jsonl, line 10: the scores" in message
    assert "--scale" in message


def test_a_score_just_outside_the_scale_needs_the_judges_word(bard: Callable[[Spoil], Path]) -> None:
    assert "outside the scale 1-10" in refused(bard(lambda rows: rows[9].update(score=[0, 9])))
    found = read_review_files([bard(lambda rows: rows[9].update(score=[0, 9], text="0 9\nNothing there."))])
    assert any("line 10: the judge gave 0 and 9, outside the scale" in note for note in found.notes)
    wide = read_review_files([bard(lambda rows: rows[9].update(score=[0, 9]))], Beside(scale=(0, 10)))
    assert any("line 10: the score is 0 and 9, but the judge's own words" in note for note in wide.notes)


@pytest.mark.parametrize(
    "score", [[True, 9], ["8", "9"], "8 9", [8], [8, 9, 7], [8, None], {"a": 8, "b": 9}, 8, [[8], [9]]]
)
def test_what_is_no_two_numbers_is_refused(bard: Callable[[Spoil], Path], score: Any) -> None:
    message = refused(bard(lambda rows: rows[9].update(score=score)))
    assert "line 10: 'score' is" in message
    assert "expected two numbers" in message


def test_nan_is_refused(bard: Callable[[Spoil], Path]) -> None:
    path = bard(lambda rows: rows[9].update(score=[float("nan"), 9]))
    assert "line 10: NaN is not JSON" in refused(path)


def test_the_mark_for_unreadable_is_no_score(bard: Callable[[Spoil], Path]) -> None:
    def spoil(rows: list[Row]) -> None:
        rows[9].update(score=[-1, -1])
        rows[10].update(score=[-1, -1], text="Both are fine answers, each in its way.")
        rows[11].update(score=None, text="I would rather not say.")

    found = read_review_files([bard(spoil)])
    unread = [review.question for review in found.reviews if review.sign is None]
    assert unread == ["11", "12"]
    assert all(review.scores is None for review in found.reviews if review.sign is None)
    assert any("the scores are marked as unreadable ([-1, -1])" in note for note in found.notes)
    said = [note.partition("review_bard.jsonl, ")[2] for note in found.notes]
    marked, nothing = "the scores are marked as unreadable ([-1, -1])", "nor do the judge's words tell"
    assert [note for note in said if note.startswith(("line 10", "line 11", "line 12"))] == [  # one on each
        f"line 10: {marked}; read from the judge's own words",
        f"line 11: {marked}; {nothing}; counts as unreadable",
        f"line 12: there is no score; {nothing}; counts as unreadable",
    ]


def test_without_scores_the_texts_are_read(bard: Callable[[Spoil], Path]) -> None:
    found = read_review_files([bard(lambda rows: [row.pop("score") for row in rows])])
    assert totals(found) == {"vicuna-13b:20230322-clean-lang": (657.5, 664)}  # question 70: 4 where 2 was published
    assert any(
        "80 lines (1, 2, 3, 4, 5 and 75 more): there is no score; read from the judge's own words" in note
        for note in found.notes
    )


def test_without_scores_expertllamas_texts_do_not_tell_whose_they_are(expertllama: list[Path], tmp_path: Path) -> None:
    rows = [row | {"score": None} for row in lines_of(expertllama[2])]
    found = read_review_files([write(tmp_path / expertllama[2].name, rows)])
    signs = Counter(review.sign for review in found.reviews)
    assert signs == {None: 65, 0: 15}  # the 15 ties are ties whoever was shown first


def test_one_score_against_its_own_text_is_said(expertllama: list[Path], tmp_path: Path) -> None:
    rows = lines_of(expertllama[2])
    rows[30]["score"] = [2.0, 3.0]
    found = read_review_files([write(tmp_path / expertllama[2].name, rows)])
    (note,) = found.notes
    assert "line 31: the score is 2 and 3, but the judge's own words say" in note
    (review,) = [review for review in found.reviews if review.question == "31"]
    assert (review.shown, review.scores) == (False, (2.0, 3.0))


def test_scores_that_were_turned_round_are_refused(bard: Callable[[Spoil], Path]) -> None:
    message = refused(bard(lambda rows: [row["score"].reverse() for row in rows]))
    assert "of 80 scores are the other way round" in message


def test_scores_of_another_file_are_refused(expertllama: list[Path], tmp_path: Path) -> None:
    rows = lines_of(expertllama[0])
    for row, other in zip(rows, lines_of(expertllama[2]), strict=True):
        row["score"] = other["score"]
    message = refused(write(tmp_path / expertllama[0].name, rows))
    assert "not what the judge's own words say" in message


def test_a_truncated_file_is_refused(expertllama: list[Path], tmp_path: Path) -> None:
    path = tmp_path / expertllama[0].name
    path.write_bytes(expertllama[0].read_bytes()[:-300])
    assert "line 80: the file ends in the middle of this row" in refused(path)
    packed = tmp_path / (path.name + ".gz")
    packed.write_bytes(gzip.compress(expertllama[0].read_bytes())[:-300])
    assert packed.name in refused(packed)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused(expertllama: list[Path], tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "gpt3.5_vs_é.jsonl"
    text = "\n".join(
        json.dumps(row | {"full_response": row["full_response"] + " é"}, ensure_ascii=False)
        for row in lines_of(expertllama[0])
    )
    path.write_bytes(text.encode(encoding, "replace"))
    assert "UTF-8" in refused(path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": 1, "model_a": "a", "model_b": "a", "winner": "tie"}, "a review of 'a' against itself"),
        ({"question": 1, "model_a": "a", "model_b": "b", "winner": "c"}, "the winner is 'c'"),
        ({"question": 1, "model_a": "a", "model_b": "b", "winner": 1}, "'winner' is a number (1)"),
        ({"question": 1.5, "model_a": "a", "model_b": "b", "winner": "a"}, "the question has no id"),
        ({"question": True, "model_a": "a", "model_b": "b", "winner": "a"}, "the question has no id"),
        ({"question": 1, "model_a": "", "model_b": "b", "winner": "b"}, "'model_a' is text ()"),
        ({"question_id": 1, "model_1": "a", "model_2": "b", "g1_winner": "a", "g2_winner": "x"}, "the winner is 'x'"),
    ],
)
def test_a_bad_vote_is_refused_with_its_line(tmp_path: Path, row: Row, said: str) -> None:
    assert said in refused(write(tmp_path / "votes.jsonl", [row]))


def test_winners_by_place_and_by_name(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    winners = ["model_a", "Model_B", "a", "gpt", "tie", "tie (bothbad)", ""]
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["question", "model_a", "model_b", "winner", "judge", "category"])
        table.writerows([n, "gpt", "llama", winner, "me", "maths"] for n, winner in enumerate(winners))
    found = read_review_files([path])
    assert [review.sign for review in found.reviews] == [1, -1, 1, 1, 0, 0, None]
    assert all(review.shown and review.judge == "me" for review in found.reviews)
    assert found.reviews[0].facts == {"category": "maths"}
    assert "line 8: 'winner' is null; the review counts as unreadable" in found.notes[0]


def test_mt_bench_has_both_orders_in_a_row(tmp_path: Path) -> None:
    judge = ["gpt-4", "pair-v2"]
    row = {"question_id": 81, "model_1": "a", "model_2": "b", "judge": judge, "turn": 1}
    rows = [
        row | {"g1_winner": "model_1", "g2_winner": "model_1"},
        row | {"g1_winner": "model_2", "g2_winner": "tie", "turn": 2},
        row | {"question_id": 82, "g1_winner": "error", "g2_winner": "model_2"},
    ]
    found = read_review_files([write(tmp_path / "mt.jsonl", rows)])
    assert [(r.models, r.sign) for r in found.reviews] == [
        (("a", "b"), 1),
        (("b", "a"), -1),
        (("a", "b"), -1),
        (("b", "a"), 0),
        (("a", "b"), None),
        (("b", "a"), 1),
    ]
    assert {review.judge for review in found.reviews} == {"gpt-4"}
    assert any("line 3: 'g1_winner' is text (error)" in note for note in found.notes)


@pytest.mark.parametrize(
    ("preference", "sign"), [(1, 1), (2, -1), (0, 0), (1.5, 0), (1.2, 1), (1.97, -1), (None, None)]
)
def test_preferences_of_all_versions(tmp_path: Path, preference: float | None, sign: int | None) -> None:
    row = {"instruction": "Q", "output_1": "a b", "output_2": "c", "generator_1": "base", "generator_2": "ours"}
    found = read_review_files([write(tmp_path / "a.json", [row | {"preference": preference, "annotator": "j"}])])
    (review,) = found.reviews
    assert (review.sign, review.lengths, review.judge) == (sign, (2, 1), "j")
    if preference == 1.2:
        assert "their mean, which AlpacaEval calls the win rate, is 20.0000 %" in found.notes[0]


@pytest.mark.parametrize("preference", [3, -1, 0.5, "2", True, [1]])
def test_other_preferences_are_refused(tmp_path: Path, preference: Any) -> None:
    row = {"instruction": "Q", "output_1": "a", "output_2": "b", "generator_1": "x", "generator_2": "y"}
    path = write(tmp_path / "a.jsonl", [row | {"preference": preference}])
    assert "line 1: 'preference' is" in refused(path)


# AlpaGasus2: which order a file has


def test_a_renamed_file_is_refused(shared: Path, tmp_path: Path) -> None:
    first, second = sorted((shared / "alpagasus2_qlora").glob("*.json"))
    for file, name in ((first, second.name), (second, first.name)):
        path = tmp_path / name
        shutil.copy(file, path)
        assert "what the judge writes about Assistant 1 fits the answers of" in refused(path)


def test_a_name_that_says_nothing_leaves_it_to_the_text(shared: Path, tmp_path: Path) -> None:
    for number, file in enumerate(sorted((shared / "alpagasus2_qlora").glob("*.json"))):
        path = tmp_path / f"{number}.json"
        shutil.copy(file, path)
        found, straight = read_review_files([path]), read_review_files([file])
        assert [review.models for review in found.reviews] == [review.models for review in straight.reviews]
        assert "was shown first, going by what the judge writes" in found.notes[0]
        rows = [row | {"review": row["review"].split("\n")[0]} for row in json.loads(file.read_text())]
        path.write_text(json.dumps(rows))
        assert "it cannot be told whether" in refused(path)


# FastChat: whose the answers are


def test_without_answers_the_models_must_be_named(shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "review_bard.jsonl"
    shutil.copy(shared / "fastchat" / "reviews" / path.name, path)
    assert "give --answers FILE, or --models FIRST,SECOND" in refused(path)
    found = read_review_files([path], Beside(models=("bard", "vicuna")))
    assert totals(found) == {"vicuna": (655.5, 664)}
    named = read_review_files([path], Beside([shared / "fastchat" / "answers"]))
    assert totals(named) == {"vicuna-13b:20230322-clean-lang": (655.5, 664)}


def test_an_answer_to_another_question_is_refused(bard: Callable[[Spoil], Path]) -> None:
    def spoil(rows: list[Row]) -> None:
        rows[3]["answer2_id"], rows[4]["answer2_id"] = rows[4]["answer2_id"], rows[3]["answer2_id"]

    assert "line 4: 'answer2_id' is an answer to question '5', but the review is of question '4'" in refused(
        bard(spoil)
    )


def test_a_models_answer_against_itself_is_refused(bard: Callable[[Spoil], Path]) -> None:
    message = refused(bard(lambda rows: rows[3].update(answer1_id=rows[3]["answer2_id"])))
    assert "line 4: 'answer1_id' is" in message
    assert "an answer of 'vicuna-13b:20230322-clean-lang', unlike those of most rows" in message


def test_answers_that_contradict_each_other_are_refused(shared: Path, tmp_path: Path) -> None:
    rows = lines_of(shared / "fastchat" / "answers" / "answer_gpt35.jsonl")
    path = write(tmp_path / "answer_gpt35.jsonl", [*rows, rows[0] | {"text": "Something else."}])
    review = shared / "fastchat" / "reviews" / "review_gpt35.jsonl"
    assert "line 81: a second answer of 'gpt-3.5-turbo:20230327' to question '1'" in refused(review, answers=[path])


# Our own rows


def judged(*verdicts: Row, **more: Any) -> Row:
    candidates = [{"model": name, "text": f"{name} says " + "so " * n} for n, name in enumerate("abc", 1)]
    return {"id": "q1", "instruction": "Say.", "candidates": candidates, "verdicts": list(verdicts), **more}


def test_verdicts_of_all_kinds() -> None:
    row = judged(
        {"judge": "j", "order": ["a", "b"], "scores": [8, 9], "preferred": "b", "why": "More."},
        {"judge": "j", "order": ["b", "a"], "scores": None, "preferred": "tie"},
        {"judge": "k", "order": ["a", "b"], "preferred": "a"},
        {"judge": "k", "order": ["b", "a"], "unreadable": "no score", "replies": ["x"]},
        category="maths",
    )
    found = reviews_of_row(row)
    assert [(r.judge, r.models, r.sign, r.scores) for r in found] == [
        ("j", ("a", "b"), -1, (8.0, 9.0)),
        ("j", ("b", "a"), 0, None),
        ("k", ("a", "b"), 1, None),
        ("k", ("b", "a"), None, None),
    ]
    assert found[0].facts == {"category": "maths"}
    assert (found[0].lengths, found[1].lengths) == ((3, 4), (4, 3))
    assert (found[0].why, found[3].why, found[0].asked) == ("More.", "no score", "Say.")


def test_a_verdict_on_three_answers_is_three_reviews() -> None:
    found = reviews_of_row(judged({"judge": "j", "order": ["c", "a", "b"], "scores": [5, 7, 5]}))
    assert [(r.models, r.sign, r.scores) for r in found] == [
        (("c", "a"), -1, (5.0, 7.0)),
        (("c", "b"), 0, (5.0, 5.0)),
        (("a", "b"), 1, (7.0, 5.0)),
    ]


def test_own_rows_from_jsonl_and_csv(tmp_path: Path) -> None:
    row = judged({"judge": "j", "order": ["a", "b"], "scores": [8, 9]})
    path = write(tmp_path / "rows.jsonl", [row, row | {"id": "q2"}])
    table = tmp_path / "rows.csv"
    with table.open("w", newline="") as file:
        out = csv.DictWriter(file, list(row))
        out.writeheader()
        for one in (row, row | {"id": "q2"}):
            out.writerow(one | {name: json.dumps(one[name]) for name in ("candidates", "verdicts")})
    read = [
        [(r.question, r.models, r.scores, r.lengths) for r in read_review_files([p]).reviews] for p in (path, table)
    ]
    assert read[0] == read[1] == [(q, ("a", "b"), (8.0, 9.0), (3, 4)) for q in ("q1", "q2")]


def test_of_two_models_the_second_named_is_the_baseline(tmp_path: Path) -> None:
    row = judged({"judge": "j", "order": ["b", "a"], "scores": [8, 9]})
    two = row | {"candidates": row["candidates"][:2]}
    assert read_review_files([write(tmp_path / "two.jsonl", [two])]).baseline == "b"
    assert read_review_files([write(tmp_path / "three.jsonl", [row])]).baseline is None


def test_own_rows_that_are_there_twice(tmp_path: Path) -> None:
    row = judged({"judge": "j", "order": ["a", "b"], "scores": [8, 9]})
    found = read_review_files([write(tmp_path / "rows.jsonl", [row, row])])
    assert len(found.reviews) == 1
    assert "there twice and alike (q1)" in found.notes[0]
    other = judged({"judge": "j", "order": ["a", "b"], "scores": [9, 8]})
    assert "says something else than the one in" in refused(write(tmp_path / "rows.jsonl", [row, other]))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ({"order": ["a", "b"], "scores": [1, 2]}, "expected {"),
        ({"judge": "j", "order": ["a"], "scores": [1]}, "the order of a verdict"),
        ({"judge": "j", "order": ["a", "a"], "scores": [1, 2]}, "against itself"),
        ({"judge": "j", "order": ["a", "b"], "scores": [1]}, "expected 2 numbers"),
        ({"judge": "j", "order": ["a", "b"], "scores": [True, 2]}, "expected 2 numbers"),
        ({"judge": "j", "order": ["a", "b"], "preferred": "z"}, "prefers text (z)"),
        ({"judge": "j", "order": ["a", "b"]}, "neither scores nor a preference"),
        ({"judge": "j", "order": ["a", "b"], "scores": [1, 2], "preferred": "a"}, "its scores say otherwise"),
        ("8 9", "expected {"),
    ],
)
def test_a_bad_verdict_is_refused(tmp_path: Path, verdict: Any, said: str) -> None:
    path = write(tmp_path / "rows.jsonl", [judged(verdict)])
    message = refused(path)
    assert said in message
    assert "line 1" in message


# Sums, and what is no review at all


def test_counts(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("domain,model,baseline,win,tie,lose\nx,a,b,3,2,1\ny,a,b,1,1,1\n")
    found = read_review_files([path])
    assert [(one.model, one.wins, one.ties, one.losses) for one in found.counts] == [
        ("a (x)", 3, 2, 1),
        ("a (y)", 1, 1, 1),
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,b,3,2,-1\n", "'lose' is text (-1)"),
        ("a,b,3,2,1.5\n", "'lose' is text (1.5)"),
        ("a,b,3,,1\n", "'tie' is null"),
        ("a,a,3,2,1\n", "against itself"),
        ("a,b,3,2,1\na,b,3,1,2\n", "line 3: the counts of a against b are others than in"),
        ("a,b,3,2,1\nb,a,3,2,1\n", "line 3: the counts of b against a are others than in"),
        ("a,b,1_0,2,1\n", "'win' is text (1_0)"),
        (f"a,b,{'9' * 5000},2,1\n", "'win' is text (999"),
    ],
)
def test_bad_counts_are_refused(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("model,baseline,win,tie,lose\n" + rows)
    assert said in refused(path)


@pytest.mark.parametrize("pair", [[1], ["1", "2"], [1, 0], [-1, 2], [True, 2], None])
def test_bad_totals_are_refused(tmp_path: Path, pair: Any) -> None:
    path = tmp_path / "totals.json"
    path.write_text(json.dumps({"vs_x": {"m": {"pair": [1, 2]}, "n": {"pair": pair}}}))
    assert "vs_x, 'n': the pair is" in refused(path)


def test_a_percentage_against_its_own_totals_is_said(tmp_path: Path) -> None:
    path = tmp_path / "totals.json"
    path.write_text(json.dumps({"vs_x": {"m": {"pair": [1, 2], "pct": 51}}}))
    (note,) = read_review_files([path]).notes
    assert "the file says 51 %, but its totals give 50.0000 %" in note


def test_what_is_no_reviews_is_refused(shared: Path, tmp_path: Path) -> None:
    assert "no reviews of a known format" in refused(shared / "fastchat" / "question.jsonl")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert "empty" in refused(empty)
    assert "cannot be read" in refused(tmp_path / "nothing.jsonl")
    with pytest.raises(UsageError, match="--models"):
        read_review_files(sorted((shared / "alpagasus2_qlora").glob("*.json")), Beside(models=("a", "b")))


# Damage that would be counted in silence


def model_rows(folder: Path, rows: list[Row], name: str = "rows.jsonl") -> ReviewFiles:
    return read_review_files([write(folder / name, rows)])


def vote(question: object, winner: object = "a", **more: Any) -> Row:
    return {"question": question, "model_a": "a", "model_b": "b", "winner": winner, "judge": "j", **more}


@pytest.mark.parametrize("scores", [[800, 9], [-5, -9], [0, 9], [10**400, 9], [1e308, 9]])
def test_scores_of_own_rows_are_held_against_the_scale(tmp_path: Path, scores: list[float]) -> None:
    path = write(tmp_path / "rows.jsonl", [judged({"judge": "j", "order": ["a", "b"], "scores": scores})])
    assert "line 1: the scores" in refused(path)
    wide = judged({"judge": "j", "order": ["a", "b"], "scores": [80, 9]})
    assert "outside the scale 1-10" in refused(write(path, [wide]))
    assert read_review_files([path], Beside(scale=(1, 100))).reviews[0].scores == (80, 9)


@pytest.mark.parametrize("number", [10**400, -(10**400), 10**12, 1e300])
def test_numbers_beyond_all_scores_are_refused_in_every_format(
    bard: Callable[[Spoil], Path], tmp_path: Path, number: float
) -> None:
    assert "line 10: 'score' is" in refused(bard(lambda rows: rows[9].update(score=[number, 9])))
    row = {"instruction": "Q", "output_1": "a", "output_2": "c", "generator_1": "x", "generator_2": "y"}
    assert "'preference' is" in refused(write(tmp_path / "a.jsonl", [row | {"preference": number}]))
    sums = tmp_path / "sums.json"
    sums.write_text(json.dumps({"vs_x": {"m": {"pair": [1, number]}}}))
    assert "the pair is" in refused(sums)
    sums.write_text(json.dumps({"vs_x": {"m": {"pair": [1, 2], "pct": number}}}))
    assert "but its totals give 50.0000 %" in read_review_files([sums]).notes[0]
    sums.write_text(json.dumps([{"model": "a", "baseline": "b", "win": number, "tie": 1, "lose": 1}]))
    assert "'win' is" in refused(sums)


def test_a_turn_may_be_anything(tmp_path: Path) -> None:
    row = {"instruction": "Q", "output_1": "a", "output_2": "c", "generator_1": "x", "generator_2": "y"}
    rows = [row | {"preference": 1, "turn": ["a", "b"]}, row | {"preference": 2, "turn": ["b"]}]
    assert [review.sign for review in model_rows(tmp_path, rows).reviews] == [1, -1]


def test_rows_of_another_format_are_refused(shared: Path, expertllama: list[Path], tmp_path: Path) -> None:
    other = lines_of(shared / "fastchat" / "reviews" / "review_gpt35.jsonl")
    rows = [*lines_of(expertllama[2])[:79], other[79]]
    message = refused(write(tmp_path / expertllama[2].name, rows))
    assert "line 80: a row of FastChat among rows of ExpertLLaMA" in message
    rows[79].pop("answer1_id")
    assert "line 80: the question has no id: 'q_id' is null" in refused(write(tmp_path / expertllama[2].name, rows))


def test_what_is_missing_of_fastchats_own_questions_is_said(shared: Path, tmp_path: Path) -> None:
    shutil.copytree(shared / "fastchat" / "answers", tmp_path / "answers")
    shutil.copy(shared / "fastchat" / "question.jsonl", tmp_path)
    rows = lines_of(shared / "fastchat" / "reviews" / "review_gpt35.jsonl")
    found = read_review_files([write(tmp_path / "reviews" / "review_gpt35.jsonl", rows[:78])])
    assert any(note.endswith("2 of 80 questions have no review (79, 80)") for note in found.notes)
    whole = [*sorted((shared / "alpagasus2_qlora").glob("*.json")), tmp_path / "reviews"]
    assert len(read_review_files(whole).reviews) == 360 + 78  # questions of another set are none of these


@pytest.mark.parametrize("place", ["answer1_id", "answer2_id"])
def test_a_damaged_answer_id_makes_no_model(shared: Path, tmp_path: Path, place: str) -> None:
    shutil.copytree(shared / "fastchat" / "answers", tmp_path / "answers")
    rows = lines_of(shared / "fastchat" / "reviews" / "review_gpt35.jsonl")
    rows[20][place] += "x"
    message = refused(write(tmp_path / "reviews" / "review_gpt35.jsonl", rows))
    assert f"line 21: {place!r} is" in message
    assert "which no file of answers has" in message


def test_sums_that_are_there_twice_count_once(shared: Path, tmp_path: Path) -> None:
    path = shared / "gpt4llm" / "published_figures.json"
    twice = read_review_files([path, path])
    assert len(twice.totals) == 28
    assert sum("alike; counted once" in note for note in twice.notes) == 28
    group = {"m": {"pair": [1, 2]}}
    for other, text in (({"m": {"pair": [1, 3]}}, "are others than in"), (group, "")):
        files = [tmp_path / "1.json", tmp_path / "2.json"]
        for file, held in zip(files, (group, other), strict=True):
            file.write_text(json.dumps({"vs_x": held}))
        assert text in refused(*files) if text else len(read_review_files(files).totals) == 1
    counts = tmp_path / "counts.csv"
    counts.write_text("model,baseline,win,tie,lose\na,b,3,2,1\nb,a,1,2,3\n")
    found = read_review_files([counts])
    assert [(one.model, one.wins) for one in found.counts] == [("a", 3)]
    assert "line 3: the counts of b against a are in" in found.notes[0]


def test_what_no_total_is_is_not_left_out(tmp_path: Path) -> None:
    path = tmp_path / "totals.json"
    path.write_text(json.dumps({"vs_x": {"m": {"pair": [1, 2]}}, "vs_y": {"m": {"par": [1, 2]}}}))
    assert "vs_y, 'm': the pair is null" in refused(path)
    path.write_text('{"vs_x": {"m": {"pair": [1, 2]}, "m": {"pair": [1, 3]}}}')
    assert "the key 'm' is there twice" in refused(path)
    path.write_text(json.dumps({"vs_x": {"m": {"pair": [1, 2]}}}))
    assert "--models" in refused(path, models=("a", "b"))


def test_a_file_of_both_orders_is_not_passed_unsaid(shared: Path, tmp_path: Path) -> None:
    first, second = (json.loads(path.read_text()) for path in sorted((shared / "alpagasus2_qlora").glob("*.json")))
    path = tmp_path / "alpagasus2-alpaca2-koala.json"
    path.write_text(json.dumps(first[:90] + second[90:]))
    (note,) = read_review_files([path]).notes
    assert "is told by the file's name alone: of 1" in note
    assert "if it holds rows of both orders" in note


def test_a_first_row_without_an_answer_does_not_hide_the_models(shared: Path, tmp_path: Path) -> None:
    (path, _) = sorted((shared / "alpagasus2_qlora").glob("*.json"))
    rows = json.loads(path.read_text())
    del rows[0]["alpaca2"]
    rows[1]["alpagasus2"] = None
    (tmp_path / path.name).write_text(json.dumps(rows))
    found = read_review_files([tmp_path / path.name])
    assert [review.lengths is None for review in found.reviews[:3]] == [True, True, False]
    assert sum("the length is not known" in note for note in found.notes) == 2
    rows[1]["alpagasus2"] = 5
    (tmp_path / path.name).write_text(json.dumps(rows))
    assert "'alpagasus2' is a number (5); expected the text of an answer" in refused(tmp_path / path.name)


def test_an_answer_that_is_not_there_has_no_length(tmp_path: Path) -> None:
    row = {"instruction": "Q", "generator_1": "x", "generator_2": "y", "preference": 2, "output_1": "a b"}
    found = model_rows(tmp_path, [row | {"output_2": None}])
    assert (found.reviews[0].lengths, found.reviews[0].answers, found.reviews[0].sign) == (None, None, -1)
    assert "line 1: no answer in 'output_2'" in found.notes[0]


def test_expertllama_without_the_judges_words(expertllama: list[Path], tmp_path: Path) -> None:
    rows = lines_of(expertllama[2])
    rows[3].pop("full_response")
    rows[4]["full_response"] = None
    found = read_review_files([write(tmp_path / expertllama[2].name, rows)])
    assert not any(review.shown for review in found.reviews[3:5])
    assert "2 lines (4, 5): the judge's words are not there" in found.notes[0]


def test_space_around_ids_and_names_is_no_part_of_them(tmp_path: Path) -> None:
    rows = [vote("4 "), vote(" 4", model_a="a ", model_b=" b"), vote(4, judge="j ")]
    found = model_rows(tmp_path, rows)
    assert [(review.question, review.models, review.judge) for review in found.reviews] == [("4", ("a", "b"), "j")]


def test_rows_without_ids_are_told_apart_by_their_questions(tmp_path: Path) -> None:
    verdict = {"judge": "j", "order": ["a", "b"], "scores": [8, 9]}
    first, second = (judged(verdict, instruction=text) for text in ("One?", "Two?"))
    for row in (first, second):
        del row["id"]
    files = [write(tmp_path / f"{name}.jsonl", [row]) for name, row in (("1", first), ("2", second))]
    assert [review.question for review in read_review_files(files).reviews] == ["One?", "Two?"]
    del first["instruction"]
    assert "line 1: the row has neither an id nor an instruction" in refused(write(files[0], [first]))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ({"judge": "j", "order": ["a", "b"], "scores": [9, 1], "preferred": "tie"}, "its scores say otherwise"),
        ({"judge": "j", "order": ["a", "b"], "scores": [9, 1], "unreadable": "no"}, "was unreadable, and yet"),
        ({"judge": "j", "order": ["a", "b"], "preferred": "a", "unreadable": "no"}, "was unreadable, and yet"),
        ({"judge": "j", "order": ["a", "z"], "scores": [9, 1]}, "a verdict on an answer of 'z'"),
        ({"judge": None, "order": ["a", "b"], "scores": [9, 1]}, "a verdict is an object"),
        ({"judge": " ", "order": ["a", "b"], "scores": [9, 1]}, "a verdict is an object"),
        ({"judge": "j", "order": ["a", "b"], "scores": [9, 1], "same": True}, "is no tie"),
        ({"judge": "j", "order": ["a", "b"], "unreadable": "no", "absent": ["c"]}, "expected models of its order"),
        ({"judge": "j", "order": ["a", "b"], "preferred": ["a"]}, "prefers a list"),
    ],
)
def test_verdicts_that_contradict_themselves_are_refused(tmp_path: Path, verdict: Row, said: str) -> None:
    assert said in refused(write(tmp_path / "rows.jsonl", [judged(verdict)]))


def test_a_preference_among_three_says_nothing_of_the_other_two() -> None:
    found = reviews_of_row(judged({"judge": "j", "order": ["a", "b", "c"], "preferred": "b"}))
    assert [(review.models, review.sign) for review in found] == [(("a", "b"), -1), (("b", "c"), 1)]
    tie = reviews_of_row(judged({"judge": "j", "order": ["a", "b", "c"], "preferred": "tie"}))
    assert [review.sign for review in tie] == [0, 0, 0]


def test_what_nobody_was_asked_has_no_order() -> None:
    same = {"judge": "j", "preferred": "tie", "same": True}
    row = judged(*({**same, "order": order} for order in (["a", "b"], ["b", "a"])))
    found = reviews_of_row(row)
    assert [review.same for review in found] == [True, True]
    (contest,) = contests_of(found)
    assert [verdict.first for bout in contest.bouts for verdict in bout.verdicts] == [None, None]


def test_answers_in_another_column_are_found(tmp_path: Path) -> None:
    row = judged({"judge": "j", "order": ["a", "b"], "scores": [8, 9]})
    row["answers"] = row.pop("candidates")
    assert reviews_of_row(row, "answers")[0].lengths == (3, 4)
    assert model_rows(tmp_path, [row]).reviews[0].lengths == (3, 4)


def test_rows_without_a_single_verdict_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [judged(), judged(id="q2")])
    assert "there is not one verdict in" in refused(path)


def test_alike_means_alike(tmp_path: Path) -> None:
    row = {"instruction": "Q", "output_1": "a", "output_2": "c", "generator_1": "x", "generator_2": "y"}
    path = write(tmp_path / "a.jsonl", [row | {"preference": share} for share in (1.2, 1.4)])
    assert "says something else than" in refused(path)
    found = model_rows(tmp_path, [vote(3), vote(3), vote(3)])
    assert found.notes == (f"{tmp_path / 'rows.jsonl'}: 1 question is there twice and alike (3); counted once",)


# Whatever a file holds, it is read or refused in a sentence

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 12)
    | st.sampled_from([10**12, 10**400, 1e308])
    | st.floats(-2, 12)
    | st.sampled_from(["a", "b", "tie", "8 9", "", "9" * 5000, "1_0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)
COLUMNS = [
    ["q_id", "score", "full_response"],
    ["question_id", "answer1_id", "answer2_id", "score", "text"],
    ["instruction", "generator_1", "generator_2", "output_1", "output_2", "preference", "annotator"],
    ["question_id", "model_1", "model_2", "g1_winner", "g2_winner", "judge", "turn"],
    ["question", "model_a", "model_b", "winner", "judge"],
    ["question_id", "prompt", "a", "b", "review", "score"],
    ["id", "candidates", "verdicts"],
    ["model", "baseline", "win", "tie", "lose"],
]
SOUND = {  # so that what lies behind the first checks is reached too
    "id": st.sampled_from([1, "1 ", "q"]),
    "q_id": st.integers(1, 3),
    "question_id": st.integers(1, 3),
    "question": st.sampled_from(["Q", "R "]),
    "turn": st.sampled_from([1, "2", ["a", "b"]]),
    "instruction": st.just("Say."),
    "score": st.lists(st.integers(-1, 11), min_size=2, max_size=2),
    "full_response": st.sampled_from(["8 9", "9 8\nBetter.", None]),
    "candidates": st.just([{"model": name, "text": "So."} for name in "abc"]),
    "verdicts": st.lists(
        st.fixed_dictionaries(
            {"judge": st.just("j"), "order": st.permutations("abc").map(lambda names: names[:2])},
            optional={
                "scores": st.lists(st.integers(1, 10) | st.just(10**400), min_size=2, max_size=2),
                "preferred": st.sampled_from(["a", "b", "tie"]),
                "unreadable": st.just("no"),
                "same": st.booleans(),
            },
        ),
        max_size=3,
    ),
} | {name: st.sampled_from("ab") for name in ("model", "model_a", "model_1", "winner", "g1_winner", "generator_1")} | {
    name: st.just("b") for name in ("baseline", "model_b", "model_2", "g2_winner", "generator_2")
}  # fmt: skip


@given(data=st.data(), columns=st.sampled_from(COLUMNS))
def test_any_row_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, columns: list[str]
) -> None:
    cells = {name: SOUND.get(name, VALUES) | VALUES for name in columns}
    rows = data.draw(st.lists(st.fixed_dictionaries({}, optional=cells), min_size=1, max_size=3))
    path = write(tmp_path_factory.mktemp("any") / "a_vs_b.jsonl", rows)
    try:
        found = read_review_files([path])
    except UsageError:
        return
    report(found.reviews, found.baseline)  # nor can what was read break or hold up what is worked out of it
    report_of_counts(found.counts)
    for review in found.reviews:
        assert isinstance(review, Review)
        assert review.sign in (-1, 0, 1, None)
        assert review.models[0] != review.models[1]
        if review.scores is not None and review.sign is not None:
            first, second = review.scores
            assert review.sign == (first > second) - (first < second)


@pytest.mark.parametrize("indent", [None, 1], ids=["in one line", "over many lines"])
def test_doubles_are_found_however_the_file_is_laid_out(tmp_path: Path, indent: int | None) -> None:
    """In JSON without line breaks all rows stand on one line, which then does not tell them apart."""
    alike = [
        {"question": str(n % 30), "model_a": "ours", "model_b": "base", "winner": "model_a", "judge": "j"}
        for n in range(32)
    ]
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps(alike, indent=indent))
    found = read_review_files([path])
    assert len(found.reviews) == 30
    assert "2 questions are there twice and alike (0, 1); counted once" in " ".join(found.notes)
    alike[31]["winner"] = "model_b"
    path.write_text(json.dumps(alike, indent=indent))
    said = refused(path)
    assert "says something else" in said
    assert ("row 32" in said) == (indent is None)


def test_one_id_for_two_questions_is_refused(shared: Path, tmp_path: Path) -> None:
    """Else the orders of different questions would be put together."""
    first, second = sorted((shared / "alpagasus2_qlora").glob("*.json"))
    rows = json.loads(second.read_text())
    ids = [row["question_id"] for row in rows]
    for row, other in zip(rows, ids[1:] + ids[:1], strict=True):
        row["question_id"] = other
    shifted = tmp_path / second.name
    shifted.write_text(json.dumps(rows))
    assert "is another one than in" in refused(first, shifted)


def test_two_answers_of_one_model_to_one_question_are_refused(shared: Path, tmp_path: Path) -> None:
    first, second = sorted((shared / "alpagasus2_qlora").glob("*.json"))
    rows = json.loads(second.read_text())
    rows[7]["alpaca2"] = "hello"
    changed = tmp_path / second.name
    changed.write_text(json.dumps(rows))
    assert "the answer of alpaca2 to question 'koala_8'" in refused(first, changed)
