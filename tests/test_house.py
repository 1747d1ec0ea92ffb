"""The rules of the house: who may import whom, what stays light, which names are public."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tunesmith

SOURCE = Path(tunesmith.__file__).parent
FLOORS = [
    {"errors", "estimates", "plain", "rows", "text"},
    {"data", "figures", "prompts", "teacher"},
    {"curate"},
    {"explore", "evaluate"},
    {"steps", "analyze", "train"},
    {"recipes"},
    {"cli", "web", "__init__"},
    {"__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
HEAVY = {"torch", "transformers"}
MODULES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """All modules that a file imports, as absolute dotted names."""
    package = ("tunesmith", *path.parts[:-1])
    found = set()
    for node in ast.walk(ast.parse((SOURCE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            found.add(".".join([*base, *([node.module] if node.module else [])]))
    return found


def offences(path: Path, imported: set[str]) -> list[str]:
    room = room_of(path)
    wrong = []
    for name in imported:
        parts = name.split(".")
        if parts[0] in HEAVY and not (room == "train" or path == Path("teacher/local.py")):
            wrong.append(f"{path} imports {name}")
        if parts[0] != "tunesmith" or len(parts) == 1 or parts[1] == room:
            continue
        # The files of the ground floor may lean on each other; rooms above it may not look sideways.
        if FLOOR[parts[1]] > FLOOR[room] or FLOOR[parts[1]] == FLOOR[room] > 0:
            wrong.append(f"{path} (floor {FLOOR[room] + 1}) imports {name} (floor {FLOOR[parts[1]] + 1})")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_from_floors_below(path: Path) -> None:
    assert offences(path, imports_of(path)) == []


def test_the_rule_can_be_broken() -> None:
    assert offences(Path("teacher/store.py"), {"tunesmith.recipes.run"})
    assert offences(Path("steps/rate.py"), {"tunesmith.analyze.coverage"})
    assert offences(Path("steps/rate.py"), {"torch.nn"})


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_module_is_overgrown(path: Path) -> None:
    assert len((SOURCE / path).read_text(encoding="utf-8").splitlines()) <= 500


def modules_after(code: str) -> set[str]:
    out = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in out.stdout.split()}


@pytest.mark.parametrize(
    "code",
    ["import tunesmith", "from click.testing import CliRunner; from tunesmith.cli import cli\n"
     "assert 'run' in CliRunner().invoke(cli, ['--help']).output"],
    ids=["import", "help"],
)  # fmt: skip
def test_start_up_stays_light(code: str) -> None:
    heavy = {"torch", "transformers", "pandas", "datasets", "pyarrow", "numpy", "aiohttp", "huggingface_hub", "openai"}
    assert modules_after(code) & heavy == set()


def test_what_only_one_step_needs_is_not_loaded_for_all() -> None:
    code = "import sys\nimport tunesmith.cli\nprint(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    # Compiling the patterns by which a judge's score is read takes as long as everything else together.
    assert {"tunesmith.curate.scores", "tunesmith.curate.compiled"}.isdisjoint(out)


def test_the_public_names() -> None:
    assert tunesmith.__all__ == [
        "Drop",
        "Limits",
        "Message",
        "Plan",
        "Recipe",
        "Reply",
        "ReplyStore",
        "Request",
        "Row",
        "RowStep",
        "Run",
        "Step",
        "TableStep",
        "Teacher",
        "TeacherStep",
        "TunesmithError",
        "Unreadable",
        "connect",
        "load_recipe",
        "run_recipe",
    ]
    assert all(hasattr(tunesmith, name) for name in tunesmith.__all__)
