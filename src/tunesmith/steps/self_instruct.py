"""Step ``self_instruct``: from a few seed tasks to many, written by the teacher, each unlike all before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.resources import files
from itertools import count as count_from
from math import ceil
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from tunesmith.curate.rouge import Tokenizer
from tunesmith.errors import RunError, UsageError
from tunesmith.explore.asking import is_head
from tunesmith.explore.self_instruct.asking import Sampling, Shown, TaskAsking
from tunesmith.explore.self_instruct.filters import Filters
from tunesmith.explore.self_instruct.growth import NEW_SHARE, Ending, Growth, most_under_way
from tunesmith.figures import Bar, histogram
from tunesmith.prompts import Prompt
from tunesmith.rows import Row
from tunesmith.teacher import Teacher

from .base import CountRequest, Exhibit, Step, text_of
from .ledger import Ledger

_FIELDS = ("instruction", "input", "output")
_USUAL = 100  # tokens of a usual task, with its input and labels
_CLASSIFICATION = 0.25  # of the requests; of Self-Instruct's 52,445 instructions, 22 % are classification tasks
_NO_SEED = "no row has both an instruction and an output, as a seed needs; give others with --input"
_BAR, _BARS = 0.05, 20


class SelfInstruct(Step):
    """Grow tasks from a few: the teacher is shown some and writes more, and what is unlike all before it joins them."""

    takes_teacher: ClassVar[bool] = True

    step: Literal["self_instruct"] = "self_instruct"
    n: int = Field(100, ge=1, description="New rows wanted; the seeds do not count.")
    demonstrations: int = Field(3, ge=0, description="Seeds that a request shows.")
    own: int = Field(0, ge=0, description="Tasks of the teacher's own that a request shows besides; in the paper 2.")
    tasks: int = Field(20, ge=1, description="Length of the list that a request asks for, those shown included.")
    classification: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="Share of the requests that ask for classification tasks, each with its label before its input; "
        "0.25 if left out, and none with a published prompt, which asks for tasks of all kinds.",
    )
    filters: Filters = Field(Filters(), description="What a task must be like.")
    threshold: float = Field(0.7, ge=0, le=1, description="ROUGE-L of instructions above which a task is not new.")
    tokenizer: Tokenizer = Field("rouge", description="What a word is; unicode for other languages than English.")
    rare: float = Field(
        0.05,
        ge=0,
        le=1,
        description="Share of new tasks among the latest below which asking ends; 0 to go on as long as any come.",
    )
    last: int = Field(20, ge=1, description="How many of the latest requests that share is taken of.")
    max_requests: int | None = Field(None, ge=1, description="Most requests.")
    ahead: int = Field(64, ge=1, description="Most requests under way; what comes out depends on it if own is above 0.")
    keep_seeds: bool = Field(True, description="Whether the seeds are part of the data set.")
    prompt: Path | None = Field(
        None, description="File that replaces the prompt: Jinja if it ends in .jinja, else the head of Alpaca's."
    )
    classification_prompt: Path | None = Field(None, description="Likewise, for classification tasks.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(1.0, description="As published; null to leave out.")
    top_p: Annotated[float, Field(gt=0, le=1)] | None = Field(1.0, description="As published; null to leave out.")
    max_tokens: int = Field(3072, ge=1, description="Most tokens of a reply; if it is cut off, its last task goes.")
    stop: tuple[str, ...] | None = Field(
        None, description="Texts that end a reply; as published if left out where the prompt is, else none."
    )
    seed: int = Field(0, description="Seed of the draws.")
    model: str = Field("", description="Teacher of this step, PROVIDER:NAME; the run's own if left out.")

    _growth: Growth | None = PrivateAttr(None)  # of the latest run, for the exhibits
    _scores: list[float] = PrivateAttr(default_factory=list)

    @model_validator(mode="after")
    def _leaves_something_to_write(self) -> Self:
        if self.tasks <= (shown := self.demonstrations + self.own):
            raise ValueError(
                f"tasks: a list of {self.tasks} that begins with {shown} tasks shown (demonstrations and own) leaves "
                f"none to be written; give at least {shown + 1}, or show fewer"
            )
        return self

    @property
    def source(self) -> tuple[str, str]:
        """Our seeds."""
        return str(
            files("tunesmith").joinpath("recipes", "sample", "seeds", "seed_tasks.jsonl")
        ), "the seeds of tunesmith"

    @property
    def writes(self) -> tuple[str, ...]:
        """What a new row has besides the three texts."""
        return ("input", "output", "is_classification", "most_similar", "similarity", "reply")

    @property
    def teachers(self) -> tuple[str, ...]:
        """Its own teacher, if the settings name one."""
        return (self.model,) if self.model else ()

    def check_rows(self, rows: Iterable[Row]) -> None:
        """See that there is a seed."""
        if not any(map(_is_whole, rows)):
            raise UsageError(_NO_SEED)

    def rounds(self, requests: int) -> int:
        """As many as there are when all replies come at once, as those of a batch do."""
        taken = rounds = 0
        while taken < requests:
            taken += most_under_way(self.ahead, self.last, taken)
            rounds += 1
        return rounds

    def prompts(self) -> dict[str, Prompt]:
        """The prompts, read once, whatever happens to the files later."""
        return self._asking.loaded()

    @cached_property
    def _asking(self) -> TaskAsking:
        shown = Shown(self.demonstrations, self.own, self.tasks)
        sampling = Sampling(self.temperature, self.top_p, self.max_tokens, self.stop)
        return TaskAsking(shown, sampling, (self.prompt, self.classification_prompt), self.seed, self.model)

    def _new_growth(self, seeds: list[Row]) -> Growth:
        ending = Ending(self.n, self.rare, self.last, self.max_requests, self.ahead)
        usual = 0.0 if is_head(self._asking.prompt) else _CLASSIFICATION
        share = usual if self.classification is None else self.classification
        return Growth(seeds, ending, self.filters.checks(), share, self.threshold, self.tokenizer)

    def foretell(self, rows: Iterable[Row], count: CountRequest) -> Iterator[Row]:
        """Requests as if so many of the tasks were new as usual, each showing seeds alone."""
        seeds = [row for row in rows if _is_whole(row)]
        request = self._new_growth(seeds).requests(self._asking)
        wanted = self._asking.shown.wanted
        likely = ceil(self.n / (wanted * NEW_SHARE))
        asked = min(likely, self.max_requests or likely)
        for number in range(asked):
            count(request(number), wanted * _USUAL, self.max_tokens)
        yield from seeds if self.keep_seeds else ()
        for number in range(min(self.n, asked * wanted)):
            yield {"id": f"{self.label}.{number}", "instruction": "word " * 15, "input": "", "output": "word " * 50}

    def run(self, rows: Iterable[Row], ledger: Ledger, teacher: Teacher | None) -> Iterator[Row]:
        """Ask until there are enough, then tell of every task what became of it."""
        if teacher is None:
            raise RunError(f"the step {self.label} asks a teacher, and none was given")
        seeds = list(rows)
        fit = [seed for seed in seeds if _is_whole(seed)]
        if not fit:
            raise RunError(_NO_SEED)
        growth = self._growth = self._new_growth(fit)
        watch = ledger.watch
        if watch is not None:
            watch.step(self.label, self.n, teacher, "new rows")
        try:
            growth.grow(teacher, self._asking, watch.row if watch is not None else lambda: None)
        finally:
            ledger.tally.used(growth.replies)
        if watch is not None:
            watch.step(self.label, len(seeds), None, "seeds")
        for seed in seeds:
            if not _is_whole(seed):
                ledger.dropped(seed, "a seed without instruction or output")
            elif self.keep_seeds:
                yield from ledger.passed(seed, seed)
            else:
                ledger.dropped(seed, "a seed: only shown to the teacher")
        yield from self._new_rows(growth, _free_prefix(self.label, seeds), ledger)

    def _new_rows(self, growth: Growth, prefix: str, ledger: Ledger) -> Iterator[Row]:
        ids = [str(seed["id"]) for seed in growth.seeds] + [f"{prefix}.{n}" for n in range(1, len(growth.own) + 1)]
        self._scores = []
        matches = growth.similarities()
        for row_id, task, like in zip(ids[len(growth.seeds) :], growth.own, matches, strict=True):
            self._scores.append(like.score if like else 0.0)
            nearest = {"most_similar": ids[like.row] if like else None, "similarity": like.score if like else 0.0}
            texts = {name: task[name] for name in _FIELDS}
            row = {"id": row_id, **texts, "is_classification": task["is_classification"], **nearest}
            yield ledger.made({**row, "reply": task["reply"]}, replies=[task["reply"]])
        for number, refusal in enumerate(growth.refused, 1):
            _enter(ledger, f"{prefix}.refused.{number}", refusal, ids)
        for note in self._notes(growth):
            ledger.note(note)

    def _notes(self, growth: Growth) -> Iterator[str]:
        yield f"ended: {growth.why}"
        yield (
            f"{growth.taken:,} requests, {growth.proposals:,} proposals, {len(growth.own):,} new rows "
            f"from {len(growth.seeds):,} seeds"
        )
        if growth.spare:
            yield f"{growth.spare:,} of the replies came when no row was needed any more"
        if self._scores:
            scores = sorted(self._scores)
            yield (
                "ROUGE-L to the most similar row before it: "
                f"median {scores[len(scores) // 2]:.2f}, highest {scores[-1]:.2f}"
            )
        if growth.index.wordless:
            yield (
                f"{growth.index.wordless:,} instructions have no word of a to z, and were held against nothing; "
                "tokenizer: unicode compares all scripts"
            )

    def exhibits(self, rows: Iterable[Row], rows_out: int) -> Iterator[Exhibit]:
        """How alike the tasks are, as Self-Instruct's paper shows it."""
        if self._growth is None or not self._scores:
            return
        alike = [one["like"].score for one in self._growth.refused if "like" in one]
        kept, rest = _by_bar(self._scores), _by_bar(alike)
        bars = [Bar(round(n * _BAR, 2), kept[n] + rest[n], kept[n]) for n in range(_BARS)]
        caption = (
            f"ROUGE-L of each of {len(self._scores):,} new instructions to the most similar one before it; not kept: "
            f"those above {self.threshold:g}, with the one that each resembles."
        )
        title = "How much the new instructions resemble those before them"
        name = "similarity.svg" if self.label == "self_instruct" else f"{self.label}-similarity.svg"
        yield Exhibit(name, caption, histogram(bars, _BAR, None, title, "ROUGE-L", caption))


def _is_whole(seed: Row) -> bool:
    return all(text_of(seed, name).strip() for name in ("instruction", "output"))


def _by_bar(scores: Iterable[float]) -> Counter[int]:
    return Counter(min(int(score / _BAR + 1e-9), _BARS - 1) for score in scores)


def _free_prefix(label: str, seeds: Iterable[Row]) -> str:
    """How ids of new rows begin: as no seed's does, for the seeds may have been made like this themselves."""
    taken = {str(seed["id"]).partition(".")[0] for seed in seeds}
    return next(name for n in count_from(1) if (name := label if n == 1 else f"{label}-{n}") not in taken)


def _enter(ledger: Ledger, row_id: str, refusal: dict[str, Any], ids: list[str]) -> None:
    """Enter what did not join; a request that was not answered counts as such."""
    what = {name: refusal[name] for name in (*_FIELDS, "text") if refusal.get(name)}
    like, reply = refusal.get("like"), refusal.get("reply")
    if like is not None:
        refusal = {"why": f"resembles {ids[like.row]}, ROUGE-L {like.score:.4f}", "kind": "resembles another"}
        what |= {"like": ids[like.row], "score": like.score}
    if reply:
        what["replies"] = [reply]
    else:
        what["unanswered"] = True
    ledger.refused(row_id, refusal["why"], refusal["kind"], **what)
