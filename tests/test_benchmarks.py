"""The benchmarks that need no peer run, however briefly: a figure that nobody can measure again is worth nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["self_instruct.py", "--rows", "60", "--latency", "0.01", "--every", "0"], "share"),
        (["math_equivalence.py", "--first", "8"], "auto: 0 wrong"),
    ],
)
def test_a_benchmark_runs(arguments: list[str], said: str, shared: Path, tmp_path: Path) -> None:
    script, *options = arguments
    done = subprocess.run(
        [sys.executable, BENCHMARKS / script, *options], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
