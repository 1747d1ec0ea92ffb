"""Read subtasks and examples out of a reply that is JSON: whatever its keys are called, and however it is nested."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import words
from .labels import find_labels
from .lenient import Nested, Word, read_value
from .parts import Draft, Proposal, clean_title, make_draft, make_proposal

_START = re.compile(r"[{\[]\s{0,200}(?:[\"{\[\]}]|$)")
_NO_LETTER = re.compile(r"[\W\d_]+")
_DEEPEST = 8

_SUBTASKS = {"subtasks", "newsubtasks", "tasks", "newtasks", "proposals", "children", "proposedsubtasks", "子任务列表"}
_TITLES = {"subtask", "newsubtask", "task", "newtask", "title", "name", "taskname", "subtaskname", "tasktitle"}
_TITLES |= {"subtasktitle", "newsubtaskname", "topic", "子任务", "新子任务", "任务", "名称", "标题", "任务名称"}
_REASONS = {"reason", "rationale", "justification", "why", "explanation", "description", "理由", "原因", "说明"}
_EXAMPLES = {"examples", "example", "samples", "instances", "demonstrations", "示例", "例子", "样例"}
_INSTRUCTIONS = {"instruction", "instructions", "question", "prompt", "query", "problem", "指令", "问题", "题目"}
_INPUTS = {"input", "inputs", "context", "输入", "上下文"}
_OUTPUTS = {"output", "outputs", "answer", "response", "completion", "solution", "输出", "答案", "回答", "回复"}
_NO_MORE = {"nothingmore", "nomore", "nomoresubtasks", "nothingmissing", "complete", "done"}


@dataclass(slots=True)
class FoundJson:
    """What a JSON reply holds."""

    proposals: list[Proposal] = field(default_factory=list)
    nothing_more: bool = False


def read_json(text: str) -> FoundJson | None:
    """Read a reply that is JSON, alone, in a fence or after a sentence; None if it holds nothing of ours."""
    found = FoundJson()
    loose: list[Draft] = []
    aside: list[str] = []
    done = 0
    while start := _START.search(text, done):
        aside.append(text[done : start.start()])
        if not done and any(find_labels(aside[0].split("\n"))):
            return None  # JSON within an example that is written as text
        value, done = read_value(text, start.start())
        _gather(value, found, loose)
    aside.append(text[done:])
    if loose:
        found.proposals.append(make_proposal("", "", loose))
    if not found.proposals and any(find_labels(aside[-1].split("\n"))):
        return None
    found.nothing_more = found.nothing_more or bool(done) and words.says_nothing_more("\n".join(aside))
    return found if found.proposals or done and found.nothing_more else None


def _gather(value: Any, found: FoundJson, loose: list[Draft], name: str = "", depth: int = 0) -> None:
    """Collect what stands in a value; ``name`` is the key that it stands under."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Nested) and value.listed:
        found.nothing_more |= not value.pairs and not value.problem and (not depth or _bare(name) in _SUBTASKS)
        for _, element in value.pairs:
            if isinstance(element, str) and _bare(name) in _SUBTASKS:
                found.proposals.append(make_proposal(clean_title(element), "", ()))
            else:
                _gather(element, found, loose, "", depth + 1)
    elif isinstance(value, Nested):
        members = [(_bare(key), key, inner) for key, inner in value.pairs]
        kinds = {kind for kind, _, inner in members if not isinstance(inner, Nested)}
        holds_subtasks = any(kind in _SUBTASKS and not isinstance(inner, str) for kind, _, inner in members)
        if not holds_subtasks and kinds & (_OUTPUTS | _INSTRUCTIONS):
            loose.append(_draft(value))
        elif not holds_subtasks and (kinds & (_TITLES | _REASONS) or _bare(name) and _has_examples(value)):
            _add(_proposal(value, name), found)
        else:
            for kind, key, inner in members:
                if isinstance(inner, str):
                    truth = kind in _NO_MORE and inner.lower() in ("true", "yes")
                    found.nothing_more |= truth or words.says_nothing_more(inner)
                else:
                    _gather(inner, found, loose, "" if kind in _EXAMPLES else key, depth + 1)


def _add(proposal: Proposal, found: FoundJson) -> None:
    nothing = words.means_nothing(proposal.title) or words.says_nothing_more(proposal.title)
    if nothing and not proposal.drafts:
        found.nothing_more = True
    else:
        found.proposals.append(proposal)


def _bare(key: str) -> str:
    """A key without case, digits and signs: ``New_Subtask 1`` is ``newsubtask``."""
    return _NO_LETTER.sub("", key[:80]).lower()


def _has_examples(value: Nested) -> bool:
    return any(_bare(key) in _EXAMPLES for key, _ in value.pairs)


def _proposal(value: Nested, name: str) -> Proposal:
    generic = _TITLES | _SUBTASKS | {""}
    title = _text_of(value, _TITLES) or ("" if _bare(name) in generic else name)
    drafts = [draft for key, inner in value.pairs if _bare(key) in _EXAMPLES for draft in _drafts(inner)]
    return make_proposal(clean_title(title), _text_of(value, _REASONS), drafts, value.problem)


def _drafts(value: Any, depth: int = 0) -> Iterator[Draft]:
    if isinstance(value, Nested):
        if any(_bare(key) in _INSTRUCTIONS | _INPUTS | _OUTPUTS for key, _ in value.pairs):
            yield _draft(value)
        elif depth < _DEEPEST:
            for _, inner in value.pairs:
                yield from _drafts(inner, depth + 1)
    elif isinstance(value, str) and value.strip():
        yield make_draft(value.strip(), "", "")


def _draft(value: Nested) -> Draft:
    instruction = _text_of(value, _INSTRUCTIONS) or _text_of(value, _TITLES)
    return make_draft(instruction, _text_of(value, _INPUTS), _text_of(value, _OUTPUTS), value.problem)


def _text_of(value: Nested, keys: set[str]) -> str:
    return next((text for key, inner in value.pairs if _bare(key) in keys and (text := _as_text(inner))), "")


def _as_text(value: Any) -> str:
    """A value as text: a list of lines as lines, what is nested otherwise as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if not isinstance(value, Nested):
        return ""
    lines = [inner for _, inner in value.pairs]
    if value.listed and all(isinstance(line, str) and not isinstance(line, Word) for line in lines):
        return "\n".join(lines).strip()
    return value.source
