"""``tunesmith grade`` as a person types it: on the references of MATH, on several models, on a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.runner import one_sentence, tunesmith
from tunesmith.data.files import read_rows

ROWS: list[dict[str, Any]] = [
    {"question": "1/2?", "reference": r"It is $\boxed{\frac12}$.", "level": "1", "output": "The answer is 0.5."},
    {"question": "x+x?", "reference": r"It is $\boxed{2x}$.", "level": "1", "output": r"So \boxed{x+x}."},
    {"question": "(0,1)?", "reference": r"It is $\boxed{(0,1)}$.", "level": "2", "output": r"So \boxed{[0,1]}."},
    {
        "question": "?",
        "reference": r"It is $\boxed{3}$.",
        "level": "2",
        "output": "I had rather not say what it is.",
    },
    {"question": "!", "reference": r"It is $\boxed{4}$.", "level": "2", "output": None},
    {"question": "-", "reference": None, "level": "2", "output": r"\boxed{5}"},
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_all_500_references_of_math_are_right(shared: Path) -> None:
    file = shared / "explore_instruct" / "MATH_eval_set_sample.jsonl"
    done = tunesmith("grade", f"gold={file}", "--references", file, "--column", "std_answer", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    gold = found["models"]["gold"]
    assert (found["rows"], gold["right"], gold["rate"]["rows"], gold["not_found"]) == (500, 500, 500, 0)
    assert gold["rate"]["low"] == pytest.approx(0.9924, abs=1e-4)  # Wilson
    assert sum(one["gold"]["rate"]["rows"] for one in found["groups"]["level"].values()) == 500
    assert found["groups"]["type"]["Algebra"]["gold"]["rate"]["rows"] == 119


def test_answers_find_their_references_in_a_test_set(shared: Path, tmp_path: Path) -> None:
    source = f"testset:math={shared / 'explore_instruct' / 'MATH_eval_set_sample.jsonl'}"
    rows = [row for row, _ in zip(read_rows(source), range(40), strict=False)]
    answers = [{"id": row["id"], "output": row["reference"]} for row in rows[::-1]]
    file = write(tmp_path / "answers.jsonl", answers)
    found = json.loads(tunesmith("grade", file, "--references", source, "--json").stdout)["models"]["answers"]
    assert (found["right"], found["rate"]["rows"], found["no_answer"]) == (40, 40, 460)


def test_rows_are_graded_counted_and_written(tmp_path: Path) -> None:
    pytest.importorskip("math_verify", reason="the extra maths is not installed")
    done = tunesmith("grade", write(tmp_path / "answers.jsonl", ROWS), "-o", tmp_path / "graded.jsonl")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "6 questions; compared by rules, then math-verify"
    assert lines[2].split()[:4] == ["answers", "5", "2", "40.0"]
    assert lines[2].endswith("1  box 2, label 1")
    assert "answers: column output; references: column reference" in lines
    assert "answers: 1 row without a reference, not counted" in lines
    assert "answers: 1 empty answer, not right" in lines
    assert lines[-1] == f"6 rows with the column grades written to {tmp_path / 'graded.jsonl'}"
    written = [json.loads(line)["grades"]["answers"] for line in (tmp_path / "graded.jsonl").read_text().splitlines()]
    assert [one["right"] for one in written] == [True, True, False, False, False, None]
    assert [one["why"] for one in written] == [
        "rules", "math-verify", "rules", "no answer found", "empty answer", "no reference",
    ]  # fmt: skip
    assert (written[1]["extracted"], written[1]["reference"], written[1]["sign"]) == ("x+x", "2x", "box")
    assert all(line == line.rstrip() for line in lines)


def test_rules_alone_say_what_they_could_not_tell(tmp_path: Path) -> None:
    done = tunesmith("grade", write(tmp_path / "a.jsonl", ROWS), "--equivalence", "rules")
    assert "compared by rules" in done.stdout
    assert "a: 1 answer not right because nobody could compare: the rules cannot tell" in done.stdout


def test_several_models_are_compared_on_the_same_rows(tmp_path: Path) -> None:
    gold = [{"id": f"q{n}", "question": f"{n}?", "reference": f"#### {n}"} for n in range(12)]
    strong = [{"id": f"q{n}", "output": f"It is {n}.00"} for n in range(12)]
    weak = [{"id": f"q{n}", "output": f"It is {n if n < 4 else -1}"} for n in reversed(range(12))]
    files = [f"strong={write(tmp_path / 's.jsonl', strong)}", f"weak={write(tmp_path / 'w.jsonl', weak)}"]
    references = write(tmp_path / "g.jsonl", gold)
    done = tunesmith("grade", *files, "--references", references, "--kind", "gsm8k")
    assert done.returncode == 0, done.stderr
    assert "12 questions; compared by numbers" in done.stdout
    assert "strong against weak on 12 common questions: 8 right only for strong, 0 only for weak" in done.stdout
    assert "difference 66.7 (29.9 to 86.2) points" in done.stdout
    assert "McNemar's exact p 0.00781" in done.stdout
    found = json.loads(tunesmith("grade", *files, "--references", references, "--kind", "gsm8k", "--json").stdout)
    assert found["comparisons"][0]["difference"]["value"] == pytest.approx(8 / 12)


def test_answers_to_other_questions_are_told_and_groups_have_each_models_number(tmp_path: Path) -> None:
    gold = write(tmp_path / "g.jsonl", [{"problem": f"{n}?", "answer": str(n), "level": n} for n in (2, 10, 9)])
    one = write(tmp_path / "one.jsonl", [{"problem": f"{n}?", "output": str(n)} for n in (9, 2, 77)])
    two = write(tmp_path / "two.jsonl", [{"problem": f"{n}?", "output": str(n)} for n in (10, 9, 2)])
    done = tunesmith("grade", one, two, "--references", gold)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "one: 1 answer to no question of the references, not counted" in lines
    assert "one: 1 question without an answer, not counted" in lines
    levels = lines[lines.index(next(line for line in lines if line.startswith("level"))) + 1 :][:3]
    assert [line.split()[0] for line in levels] == ["2", "9", "10"]
    assert levels[2].split()[1:4] == ["0", "/", "1"]
    found = json.loads(tunesmith("grade", one, two, "--references", gold, "--json").stdout)
    assert (found["columns"], found["reference_column"]) == ({"one": "output", "two": "output"}, "answer")
    assert found["strangers"] == {"one": 1, "two": 0}


def test_candidates_of_a_run_are_graded(tmp_path: Path) -> None:
    models = {"good": "It is ${}$", "bad": "It is $-1{}$"}
    rows: list[dict[str, Any]] = [
        {"instruction": f"{n}?", "output": "", "rating": 5, "reference": str(n),
         "candidates": [{"model": model, "text": text.format(n)} for model, text in models.items()]}
        for n in range(3)
    ]  # fmt: skip
    source = write(tmp_path / "q.jsonl", rows)
    done = tunesmith("keep", source, "-o", tmp_path / "out.jsonl", "--run", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    for file in (tmp_path / "out.jsonl", tmp_path / "run"):
        found = json.loads(tunesmith("grade", file, "--json").stdout)
        assert {model: one["right"] for model, one in found["models"].items()} == {"good": 3, "bad": 0}


def test_names_in_files_are_text_and_obey_nobody(tmp_path: Path) -> None:
    rows = [{"question": "1", "reference": "1", "level": "[red]\x1b[31m", "output": "1"}]
    done = tunesmith("grade", f"[b]m={write(tmp_path / 'a.jsonl', rows)}")
    assert "[b]m" in done.stdout
    assert "[red]" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["none.jsonl"], "cannot be read"),
        (["a.jsonl", "--column", "outptu"], "did you mean 'output'"),
        (["a.jsonl", "--by", "levle"], "--by: no column 'levle' (did you mean 'level'?)"),
        (["a.jsonl", "a.jsonl"], "would both be called 'a'"),
        (["a.jsonl", "--reference-column", "level", "--kind", "gsm8k", "--references", "none"], "none: cannot be read"),
        (["a.jsonl", "--kind", "gsm8k", "--equivalence", "math-verify"], "--equivalence is for --kind math"),
        (["a.jsonl", "-o", "./a.jsonl"], "would overwrite what is graded"),
        (["a.jsonl", "-o", "a.foo"], "rows cannot be written to a file of this name"),
        (["graded.jsonl", "-o", "b.jsonl"], "have a column 'grades' already"),
        (["a.jsonl", "--references", "other.jsonl"], "no row of a.jsonl has the id of a row of other.jsonl"),
        (["empty.jsonl"], "no column of answers"),
        (["bare.jsonl"], "no row has a reference with a final answer in it"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(tmp_path: Path, args: list[str], said: str) -> None:
    write(tmp_path / "a.jsonl", ROWS)
    write(tmp_path / "empty.jsonl", [])
    write(tmp_path / "graded.jsonl", [{"question": "1", "output": "1", "reference": "1", "grades": {}}])
    write(tmp_path / "other.jsonl", [{"question": "3?", "reference": "1"}])
    write(tmp_path / "bare.jsonl", [{"question": "1", "output": "1"}])
    done = tunesmith("grade", *args, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert said in one_sentence(done)
