"""The data set card, in the Hugging Face hub's format: YAML between two lines of ``---``, then Markdown.

What is not known stays "unknown": a licence or a language is taken from the source's own card or from the user.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which licence, and in which languages, data stands."""

    license: str = UNKNOWN
    languages: tuple[str, ...] = ()

    @property
    def non_commercial(self) -> bool:
        """Whether the licence forbids commercial use, by the hub's name for it (``cc-by-nc-4.0`` and its kin)."""
        return bool(re.search(r"(?<![a-z])nc(?![a-z])|non[\s_-]?commercial", self.license, re.IGNORECASE))


def terms_of(card: Mapping[str, Any]) -> Terms:
    """Licence and languages from a card's YAML."""
    found = card.get("license_name") if card.get("license") == "other" else card.get("license")
    license_name = ", ".join(map(str, found)) if isinstance(found, list) else str(found or "")
    languages = card.get("language") or card.get("languages") or ()
    if isinstance(languages, str):
        languages = (languages,)
    known = [str(language) for language in languages if language] if isinstance(languages, list | tuple) else []
    return Terms(license_name or UNKNOWN, tuple(known))


def terms_beside(source: Path) -> Terms:
    """The terms in a card (``README.md``) in the folder of a source file, if there is one."""
    try:
        text = ((source if source.is_dir() else source.parent) / "README.md").read_text(encoding="utf-8")
        front = text.split("---\n", 2)[1] if text.startswith("---\n") else ""
        card = yaml.safe_load(front)
    except (OSError, UnicodeDecodeError, IndexError, yaml.YAMLError):
        return Terms()
    return terms_of(card) if isinstance(card, dict) else Terms()


def front_matter(name: str, terms: Terms, rows: int, files: list[str], tags: list[str]) -> str:
    """The YAML that the hub reads, with its separators."""
    data: dict[str, Any] = {"license": terms.license, "pretty_name": name, "tags": tags}
    if terms.languages:
        data["language"] = list(terms.languages)
    data |= {
        "task_categories": ["text-generation"],
        "size_categories": [_size(rows)],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": files}]}],
    }
    return f"---\n{yaml.safe_dump(data, sort_keys=False, allow_unicode=True)}---\n"


def _size(rows: int) -> str:
    """The hub's word for a size."""
    steps = [(10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M")]
    return next((word for limit, word in steps if rows < limit), "n>10M")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; bars and line ends in cells are made harmless."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
