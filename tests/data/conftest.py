from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Find a public file that is too large, or not ours, to be committed; skip the test where it is missing."""

    def find(name: str) -> Path:
        path = _SHARED / name
        if not path.exists():
            pytest.skip(f"the public data file {name} is not in ../shared/data beside the repository")
        return path

    return find
