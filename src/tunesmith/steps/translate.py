"""Step ``translate``: each row also in another language (as Peng et al. 2023 made GPT-4-LLM's Chinese half)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tunesmith.curate.refusals import declines
from tunesmith.curate.translation.checks import prose, same_names, untranslated
from tunesmith.curate.translation.code_lines import is_code
from tunesmith.curate.translation.scripts import check_language, has_words, is_called, named, told
from tunesmith.curate.translation.spans import kept_texts
from tunesmith.curate.translation.wording import about_wording
from tunesmith.errors import Unreadable, UsageError
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Message, Reply, Request, Teacher

from .base import MaxTokens, Result, TeacherStep, as_text
from .dealings import Outcome
from .ledger import Ledger

_MOST_NAMED = 40  # spans that the prompt lists; all are checked
_LONGEST_NAMED = 80  # characters of a span that it lists
_UNKNOWN = {"", "unknown", "nan", "none", "null", "n/a", "na", "und", "other", "-", "?"}  # said of no language
_ANY_MARK = re.compile(r"[<＜]\s*/?\s*textx*[_ ]\d+\s*[>＞]", re.IGNORECASE)


class Translate(TeacherStep):
    """Have a teacher translate each row; the row stays, and its translation is added, linked to it by its id."""

    expected_tokens: ClassVar[int] = 80

    step: Literal["translate"] = "translate"
    language: str = Field("English", description="Language of the rows, by its English name.")
    target: str = Field("Chinese", description="Language to translate them into.")
    columns: tuple[str, ...] = Field(("instruction", "input"), min_length=1, description="Columns to translate.")
    keep: tuple[str, ...] = Field((), description="Words that must stay as they are, besides code, formulas and such.")
    only_pairs: bool = Field(
        False, description="Drop rows that cannot be translated; else they stay, in their own language alone."
    )
    max_tokens: MaxTokens = 2048

    @model_validator(mode="after")
    def _two_languages(self) -> Self:
        for name in (self.language, self.target):
            check_language(name)
        if self.language.lower() == self.target.lower():
            raise ValueError(f"language and target are both {self.target}; name another target")
        if empty := [word for word in self.keep if not word.strip()]:
            raise ValueError(f"keep: {empty[0]!r} is no word")
        return self

    @property
    def reads(self) -> Collection[str]:
        """What is translated, and what the prompt names besides; an input may be missing."""
        return (set(super().reads) | set(self.columns)) - {"input"}

    @property
    def writes(self) -> tuple[str, ...]:
        """The translated texts; ``language``, and of a translated row ``translation_of``, the id of the other."""
        return (*self.columns, "language", "translation_of")

    @property
    def places(self) -> Mapping[str, str]:
        """What prompts may name: the texts with their marks, how many, what must stay, and the languages."""
        return {"source": self.language, "target": self.target} | dict.fromkeys(("texts", "kept", "mark", "count"), "")

    def prompts(self) -> dict[str, Prompt]:
        """The prompts, seen to show the texts with the marks by which the reply is read."""
        found = super().prompts()
        if "texts" not in found["prompt"].places:
            raise UsageError(
                f"{found['prompt'].name} does not name {{texts}}: the texts of the row, each between marks such as "
                "<text_1> and </text_1>, between which the reply must give them back; name it, and ask for the marks"
            )
        return found

    def requests(self, row: Row) -> list[Request]:
        """One request with all texts of the row; none if there is nothing to translate."""
        texts = self._to_translate(row)
        if not texts or self._language_of(row) != self.language:
            return []
        mark = _mark(texts)
        marked = [f"<{mark}_{n}>\n{text}\n</{mark}_{n}>" for n, text in enumerate(texts.values(), 1)]
        kept = [text for text in kept_texts("\n".join(texts.values()), self.keep) if "\n" not in text]
        named = "\n".join(f"  {text}" for text in kept[:_MOST_NAMED] if len(text) <= _LONGEST_NAMED)
        values = {
            **row,
            **self.places,
            "texts": "\n".join(marked),
            "kept": named,
            "mark": mark,
            "count": len(texts),
        }
        prompts = self.prompts()
        messages = [Message("system", prompts["system"].fill(values))] if "system" in prompts else []
        messages.append(Message("user", prompts["prompt"].fill(values)))
        return [Request(tuple(messages), self.max_tokens, self.temperature, self.top_p)]

    def parse(self, row: Row, replies: list[Reply]) -> Result:
        """The row with its language, and its translation; raises `Unreadable` if something was not translated."""
        language = self._language_of(row)
        if language != self.language:
            return row | {"language": language}
        texts = self._to_translate(row)
        translated = _texts_in(replies[0].text, _mark(texts), len(texts)) if texts else []
        found = dict(zip(texts, translated, strict=True))
        task, *_ = texts.values() or [""]
        for position, (column, text) in enumerate(texts.items()):
            texts_left = [prose(one, "", self.keep) for one in (text, found[column])]
            may_stay = position > 0 and (about_wording(task) or same_names(*texts_left))
            if problem := untranslated(text, found[column], self.target, self.keep, may_stay):
                where = f"{column}: " if len(texts) > 1 else ""
                kind = problem.partition(": ")[0]
                raise Unreadable(f"{where}{kind}", text=text, translation=found[column], problem=problem)
        if len(set(found.values())) < len(set(texts.values())):
            raise Unreadable("the same translation of different texts", translation=translated[0])
        other = row | found | {"language": self.target, "translation_of": row["id"]}
        if "output" in other and "output" not in self.columns:
            other["output"] = ""  # it answers the other row, in the other language
        return [row | {"language": self.language}, other]

    def sketch(self, row: Row) -> Iterator[Row]:
        """The row and one like it."""
        yield row | {"language": self.language}
        if self._language_of(row) == self.language:
            yield row | {"language": self.target, "translation_of": as_text(row.get("id"))}

    def declines(self, reply: Reply) -> bool:
        """Whether the reply, or what stands between some of its marks, is nothing but a refusal in words."""
        return any(map(declines, _ANY_MARK.split(reply.text)))

    def remarks(self, row: Row, after: Result) -> Mapping[str, Any]:
        """Why a row was not translated."""
        if not isinstance(after, dict):
            return {} if self._to_translate(row) else {"reason": "nothing to translate: copied"}
        return {"reason": f"not in {self.language}: not translated"}

    def lost(self, came: Outcome, ledger: Ledger) -> Iterator[Row]:
        """Enter a translation that came to nothing; the row itself stays unless only pairs are wanted."""
        if self.only_pairs:
            yield from super().lost(came, ledger)
            return
        entry: dict[str, Any] = {**came.details, "replies": [reply.key for reply in came.said] or None}
        entry["unanswered"] = came.unanswered or None
        ledger.refused(next(ledger.child_ids(came.row["id"])), came.reason, came.kind, **entry)
        yield from ledger.passed(came.row, came.row | {"language": self.language}, came.said)

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Translate every row, and tell how many were not in the source language."""
        others: Counter[str] = Counter()
        for row in super().run(rows, ledger, teacher):
            if row["language"] != self.language and not row.get("translation_of"):
                others[row["language"]] += 1
            yield row
        if others:
            which = ", ".join(f"{number:,} {language}" for language, number in others.most_common())
            ledger.note(f"not in {self.language} and so not translated: {which}")

    def _to_translate(self, row: Row) -> dict[str, str]:
        """The texts that have words outside what must stay; further columns that are code as a whole have none."""
        texts = {column: as_text(row.get(column)).strip() for column in self.columns}
        first, *_ = self.columns
        return {
            column: text
            for column, text in texts.items()
            if has_words(prose(text, "", self.keep)) and (column == first or not is_code(text))
        }

    def _language_of(self, row: Row) -> str:
        """The row's language: what it says itself, else as its script tells; text without letters is in any."""
        said = as_text(row.get("language")).strip()
        if said.lower() not in _UNKNOWN:
            return next((own for own in (self.language, self.target) if is_called(said, own)), named(said))
        for column in self.columns:
            text = prose(as_text(row.get(column)), "", self.keep)
            if found := told(text, (self.language, self.target)):
                return found
        return self.language


def _mark(texts: Mapping[str, str]) -> str:
    """A name for the marks around the texts that none of them contains."""
    mark = "text"
    while any(f"<{mark}_" in text or f"</{mark}_" in text for text in texts.values()):
        mark += "x"
    return mark


def _texts_in(reply: str, mark: str, count: int) -> list[str]:
    """The texts between the marks of a reply; a last closing mark may be missing.

    Raises:
        Unreadable: Some text is not there, or is there twice.
    """
    found = []
    for number in range(1, count + 1):
        name = rf"\s*{mark}[_ ]{number}\s*"
        opening = re.findall(rf"[<＜]{name}[>＞]", reply, re.IGNORECASE)
        if len(opening) != 1:
            problem = "no translation" if not opening else "more than one translation"
            raise Unreadable(f"{problem} between the marks", reply=reply[:2000])
        text = reply.partition(opening[0])[2]
        text = re.split(
            rf"[<＜]\s*/{name}[>＞]|[<＜]/?\s*{mark}[_ ]\d+\s*[>＞]", text, maxsplit=1, flags=re.IGNORECASE
        )[0]
        if not text.strip():
            raise Unreadable("an empty translation between the marks")
        found.append(text.strip())
    return found
