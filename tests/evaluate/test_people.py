"""People's votes: shares and agreement against oracles, the published counts, and damage that is never counted."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import DataError, UsageError
from tunesmith.estimates import share
from tunesmith.evaluate.findings import Tally
from tunesmith.evaluate.people import nominal_alpha, reviews_of_votes, sentence, shares_of
from tunesmith.evaluate.verdicts import report
from tunesmith.evaluate.vote_files import VoteFiles, read_votes

PUBLISHED = {  # from the figures of the paper, in per cent: the first model, ties, the second
    ("llama_gpt4", "gpt4", "helpfulness"): (42.78, 13.11, 44.11),
    ("llama_gpt4", "gpt4", "honesty"): (37.88, 24.64, 37.48),
    ("llama_gpt4", "gpt4", "harmlessness"): (31.66, 32.98, 35.36),
    ("alpaca", "llama_gpt4", "helpfulness"): (19.74, 26.14, 54.12),
    ("alpaca", "llama_gpt4", "honesty"): (31.39, 42.61, 25.99),
    ("alpaca", "llama_gpt4", "harmlessness"): (25.43, 58.10, 16.48),
}
HEAD = "question,voter,criterion,choice\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def votes(path: Path, lines: Sequence[str]) -> Path:
    return write(path / "votes.csv", HEAD + "".join(f"{line}\n" for line in lines))


# Shares


def test_the_published_shares(shared: Path) -> None:
    found = read_votes([shared / "gpt4llm" / "published_figures.json"])
    shares = {(*one.models, one.criterion): one for one in shares_of(found)}
    assert shares.keys() == PUBLISHED.keys()
    for key, percents in PUBLISHED.items():
        one = shares[key]
        assert [round(100 * (part.value or 0), 2) for part in (one.first, one.tie, one.second)] == list(percents)
        n = 755 if key[1] == "gpt4" else 704
        assert one.tally.n == one.first.rows == n
        assert one.first == share(one.tally.wins, n)  # Wilson's, each vote for itself
    (note,) = found.notes
    assert "llama_gpt4_vs_gpt4(n=755)' does not say in which order" in note


def test_shares_of_single_votes_have_questions_for_units(tmp_path: Path) -> None:
    lean = random.Random(1)
    sides = [lean.choice(["a", "b", "tie"]) for _ in range(30)]
    alone = votes(tmp_path, [f"q{q},ann,helpfulness,{side}" for q, side in enumerate(sides)])
    (one,) = shares_of(read_votes([alone]))
    ten = votes(tmp_path, [f"q{q},v{v},helpfulness,{side}" for q, side in enumerate(sides) for v in range(10)])
    (all_alike,) = shares_of(read_votes([ten]))
    assert (one.tally.n, all_alike.tally.n) == (30, 300)
    assert (one.questions, all_alike.questions, all_alike.voters) == (30, 30, 10)
    for few, many in ((one.first, all_alike.first), (one.win_rate, all_alike.win_rate)):
        assert few.low is not None
        assert many.low == pytest.approx(few.low, abs=1e-9)  # ten who say the same know no more than one
        assert many.high == pytest.approx(few.high, abs=1e-9)
    assert one.sign_test == all_alike.sign_test
    assert all_alike.alike.value == 1


def test_people_prefer_one_only_if_the_interval_says_so(tmp_path: Path) -> None:
    def said(wins: int, ties: int, losses: int) -> str:
        text = f"criterion,model_a,model_b,wins,ties,losses\nHonesty,new,old,{wins},{ties},{losses}\n"
        (one,) = shares_of(read_votes([write(tmp_path / "counts.csv", text)]))
        assert one.tally == Tally(wins, ties, losses)
        return sentence(one)

    assert said(60, 5, 20) == "honesty: these votes prefer new to old (60 votes for new, 20 for old, 5 ties)"
    assert said(20, 5, 60).startswith("honesty: these votes prefer old to new")
    assert said(30, 5, 28).startswith("honesty: votes do not tell new and old apart")
    assert said(10**9, 10**9, 10**9).startswith("honesty: votes do not tell")  # counts, not a list of votes
    assert said(0, 0, 0).startswith("honesty: votes do not tell new and old apart")


def test_either_order_of_the_two_models_is_the_same_vote(tmp_path: Path) -> None:
    head = "question,voter,model_a,model_b,choice\n"
    file = write(tmp_path / "v.csv", head + "1,ann,x,y,x\n2,ann,y,x,model_b\n3,ben,y,x,A\n4,ben,x,y,Tie\n")
    (one,) = shares_of(read_votes([file]))
    assert (one.models, one.tally) == (("x", "y"), Tally(2, 1, 1))


# Agreement, against the definition


def alpha_by_pairs(units: Sequence[Counter[int]]) -> float | None:
    """Krippendorff's alpha as one minus observed over expected disagreement, all pairs one by one."""
    kept = [list(unit.elements()) for unit in units if unit.total() > 1]
    values = [value for unit in kept for value in unit]
    expected = sum(a != b for a, b in permutations(values, 2)) / (len(values) * (len(values) - 1)) if values else 0
    if not expected:
        return None
    observed = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in kept) / len(values)
    return 1 - observed / expected


@given(st.lists(st.lists(st.sampled_from([-1, 0, 1]), max_size=6).map(Counter), max_size=12))
def test_alpha_is_the_definitions(units: list[Counter[int]]) -> None:
    expected = alpha_by_pairs(units)
    found = nominal_alpha(units)
    assert (found.value is None) == (expected is None)
    if expected is not None:
        assert found.value == pytest.approx(expected, abs=1e-9)


def test_alphas_jackknife_is_the_one_by_hand() -> None:
    lot = random.Random(5)
    units = [Counter(lot.choices([-1, 0, 1], k=3)) for _ in range(20)]
    without = [alpha_by_pairs(units[:n] + units[n + 1 :]) or 0 for n in range(20)]
    mean = sum(without) / 20
    error = (19 / 20 * sum((one - mean) ** 2 for one in without)) ** 0.5
    assert nominal_alpha(units).error == pytest.approx(error)


def test_agreement_at_its_ends(tmp_path: Path) -> None:
    lines = [f"q{q},{v},h,{'a' if q % 2 else 'b'}" for q in range(20) for v in ("ann", "ben")]
    (one,) = shares_of(read_votes([votes(tmp_path, lines)]))
    assert (one.alpha.value, one.alike.value) == (1, 1)
    lines = [f"q{q},{v},h,{v}" for q in range(20) for v in ("a", "b")]
    (one,) = shares_of(read_votes([votes(tmp_path, lines)]))
    assert one.alike.value == 0
    assert one.alpha.value is not None
    assert one.alpha.value < 0


# Judges against people


def test_votes_are_reviews_that_judges_are_held_against(tmp_path: Path) -> None:
    lines = [f"{q},{v},h,{'a' if q % 3 else 'b'}" for q in range(30) for v in ("ann", "ben", "cy")]
    people = reviews_of_votes(read_votes([votes(tmp_path, lines)]))
    assert len(people) == 90
    assert {one.judge for one in people} == {"ann", "ben", "cy"}
    judge = [type(people[0])(str(q), ("b", "a"), -1 if q % 3 else 1, judge="gpt") for q in range(30)]
    (agreement,) = report(judge, "b", votes=people).agreements
    assert (agreement.judges, agreement.accuracy.value, agreement.kappa.value) == (("gpt", "people"), 1, 1)


def test_reviews_need_one_criterion_and_questions(tmp_path: Path, shared: Path) -> None:
    file = votes(tmp_path, ["1,ann,Helpfulness,a", "1,ann,honesty,b"])
    with pytest.raises(UsageError, match=r"2 criteria \(helpfulness, honesty\)"):
        reviews_of_votes(read_votes([file]))
    assert [one.sign for one in reviews_of_votes(read_votes([file]), "HONESTY ")] == [-1]
    with pytest.raises(UsageError, match="no vote is by the criterion 'harm'; there are helpfulness, honesty"):
        reviews_of_votes(read_votes([file]), "harm")
    with pytest.raises(UsageError, match="votes on no single questions"):
        reviews_of_votes(read_votes([shared / "gpt4llm" / "published_figures.json"]))


# Damage


def test_a_doubled_vote_counts_once_and_a_contradiction_is_refused(tmp_path: Path) -> None:
    found = read_votes([votes(tmp_path, ["1,ann,h,a", "1,ann,h,a", "2,ann,h,b", "1,ben,h,b"])])
    assert len(found.votes) == 3
    assert found.notes == ("1 vote stands there twice, and alike; counted once",)
    with pytest.raises(DataError, match=r"line 4: 'ann' voted twice on question '1', and not alike: see also .*line 2"):
        read_votes([votes(tmp_path, ["1,ann,h,a", "2,ann,h,b", "1,ann,h,tie"])])
    two = write(tmp_path / "w.csv", "question,voter,model_a,model_b,choice\n1,ann,a,b,a\n1,ann,b,a,a\n")
    assert len(read_votes([two]).votes) == 1  # the same the other way round
    assert len(read_votes([votes(tmp_path, ["1,,h,a", "1,,h,a", "1,,h,b"])]).votes) == 3
    assert "do not say whose they are" in read_votes([votes(tmp_path, ["1,,h,a", "1,ann,h,b"])]).notes[0]


def test_files_are_read_as_one(tmp_path: Path) -> None:
    one, other = (write(tmp_path / f"{side}.csv", HEAD + f"1,ann,h,{side}\n2,ben,h,a\n3,ben,h,b\n") for side in "ab")
    assert len(read_votes([one, one]).votes) == 3
    with pytest.raises(DataError, match="'ann' voted twice on question '1', and not alike"):
        read_votes([one, other])


def test_counts_that_are_there_twice(tmp_path: Path) -> None:
    head = "criterion,model_a,model_b,wins,ties,losses\n"
    found = read_votes([write(tmp_path / "v.csv", head + "h,x,y,3,2,1\nh,y,x,1,2,3\nk,x,y,3,2,1\n")])
    assert [(one.criterion, one.counts) for one in found.ballots] == [("h", (3, 2, 1)), ("k", (3, 2, 1))]
    assert "line 3: the votes on h of y against x are in" in found.notes[0]
    with pytest.raises(DataError, match="line 3: the votes on h of x against y are others than in .*line 2"):
        read_votes([write(tmp_path / "v.csv", head + "h,x,y,3,2,1\nh,x,y,3,2,2\n")])


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 400, "1_0", "1e3", "٣"])
def test_counts_are_plain_numbers(number: str, tmp_path: Path, shared: Path) -> None:
    with pytest.raises(DataError, match="'wins' is .*expected a whole number"):
        read_votes([write(tmp_path / "v.csv", f"model_a,model_b,wins,ties,losses\nx,y,{number},2,1\n")])
    with pytest.raises(DataError, match="is not of the form|are not three"):
        read_votes([spoiled(shared, tmp_path, lambda hhh: hhh.update({f"x_vs_y(n={number})": {"h": [10**400, 1, 1]}}))])


def test_models_that_are_not_the_files_are_refused(tmp_path: Path, shared: Path) -> None:
    head = "question,voter,model_a,model_b,choice\n"
    file = write(tmp_path / "v.csv", head + "1,ann,x,y,x\n")
    assert len(read_votes([file], ("y", "x")).votes) == 1
    with pytest.raises(UsageError, match="--models p,q: but .*v.csv, line 2 is about x and y"):
        read_votes([file], ("p", "q"))
    with pytest.raises(UsageError, match="--models p,q: but"):
        read_votes([shared / "gpt4llm" / "published_figures.json"], ("p", "q"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "1,ann,h,a\n2,ann,h,b\n3,ann,h,bb\n", r"line 2: the choices name 3 models \(a, b, bb\)"),
        (HEAD + "1,ann,h,tie\n", r"line 2: the choices name 0 models \(none\).*--models A,B"),
        (HEAD + "1,ann,h,a\n2,ann,,b\n", "line 3: the criterion is empty"),
        ("question,voter,score\n1,ann,7\n", "line 2: no column tells what was chosen; expected choice or winner"),
        ("question,model_a,model_b,choice\n1,x,x,x\n", "line 2: the two models are 'x' and 'x'"),
        ("question,model_a,model_b,choice\n1,x,,x\n", "line 2: the two models are 'x' and ''"),
        ("question,model_a,model_b,choice\n1,x,y,x\n2,x,y,xx\n", "line 3: the choice is .*expected 'x', 'y' or tie"),
        ("model_a,model_b,wins,ties,losses\nx,y,3,2.5,1\n", "line 2: 'ties' is .*expected a whole number"),
        ("model_a,model_b,wins,ties,losses\nx,y,-3,2,1\n", "line 2: 'wins' is .*expected a whole number"),
        ("wins,ties,losses\n1,2,3\n", "line 2: counts without model_a and model_b"),
    ],
)
def test_damage_is_refused_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_votes([write(tmp_path / "votes.csv", text)])


@pytest.mark.parametrize("choice", [True, 1, 0.5, ["x"], {"x": 1}])
def test_a_choice_that_is_no_text_is_no_vote(choice: Any, tmp_path: Path) -> None:
    rows = [{"question": 1, "model_a": "x", "model_b": "1", "choice": choice}]
    with pytest.raises(DataError, match="the choice is .*; expected 'x', '1' or tie"):
        read_votes([write(tmp_path / "v.jsonl", json.dumps(rows[0]) + "\n")])


def test_an_empty_choice_counts_for_nothing_and_is_said(tmp_path: Path) -> None:
    found = read_votes([votes(tmp_path, ["1,ann,h,a", "2,ann,h,", "3,ann,h,b", "4,ann,h, "])])
    assert len(found.votes) == 2
    assert "2 lines (3, 5): there is no choice; the row counts for nothing" in found.notes[0]
    with pytest.raises(UsageError, match="no column tells what was chosen"):
        read_votes([votes(tmp_path, ["1,ann,h,"])], ("a", "b"))


@pytest.mark.parametrize("text", ["", HEAD, "\n \n"])
def test_an_empty_file_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_votes([write(tmp_path / "v.csv", text)])


def spoiled(shared: Path, folder: Path, change: Any) -> Path:
    found = json.loads((shared / "gpt4llm" / "published_figures.json").read_text())
    change(found["hhh"])
    return write(folder / "figures.json", json.dumps(found))


def test_the_published_file_spoiled(shared: Path, tmp_path: Path) -> None:
    first, second = "llama_gpt4_vs_gpt4(n=755)", "alpaca_vs_llama_gpt4(n=704) order alpaca,llama_gpt4,tie"

    def refused(change: Any, message: str) -> None:
        with pytest.raises(DataError, match=message):
            read_votes([spoiled(shared, tmp_path, change)])

    refused(lambda hhh: hhh[first]["Honesty"].append(3), "'Honesty' are not three that make up 755")
    refused(lambda hhh: hhh[first].update(Honesty=[755, True, -1]), "are not three")
    refused(lambda hhh: hhh[second]["Honesty"].__setitem__(0, 9), "not three that make up 704")
    refused(lambda hhh: hhh.update({"a against b": {}}), "'a against b' is not of the form")
    refused(lambda hhh: hhh.update({"a_vs_b(n=3) order a,c,tie": {}}), "expected its two models and tie")
    turned = spoiled(shared, tmp_path, lambda hhh: hhh.update({"x_vs_y(n=6) order tie,y,x": {"Honesty": [1, 2, 3]}}))
    one = shares_of(read_votes([turned]))[-1]
    assert (one.models, one.tally) == (("x", "y"), Tally(3, 1, 2))


def test_the_models_may_be_named(tmp_path: Path) -> None:
    file = votes(tmp_path, ["1,ann,h,tie", "2,ann,h,ours"])
    found: VoteFiles = read_votes([file], ("ours", "theirs"))
    assert [vote.sign for vote in found.votes] == [0, 1]
    with pytest.raises(DataError, match="the choice is 'ours' .did you mean 'our"):
        read_votes([file], ("our", "theirs"))
