"""What all tests share: a clean environment, the real data where it is at hand, a server on loopback."""

import json
import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.loopback import Loopback
from tunesmith.teacher import ReplyStore

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, endpoint or proxy of the machine at hand reaches a test."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "ANTHROPIC_", "HF_", "TUNESMITH_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-key")


@pytest.fixture(autouse=True)
def close_stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every reply store that a test has opened: newer Pythons warn of those that are left open."""
    opened: list[ReplyStore] = []
    open_one = ReplyStore.__init__

    def remember(self: ReplyStore, *args: Any, **more: Any) -> None:
        open_one(self, *args, **more)
        opened.append(self)

    monkeypatch.setattr(ReplyStore, "__init__", remember)
    yield
    for store in opened:
        store.close()


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data is not beside this checkout (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def alpaca(shared: Path) -> list[dict[str, Any]]:
    """All of Alpaca."""
    with lzma.open(shared / "alpaca" / "alpaca_data.json.xz", "rt", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = json.load(file)
    return rows
