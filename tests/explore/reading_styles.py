"""The styles in which teachers write subtasks and examples, as functions that write what the readers should read."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from tunesmith.explore.reading import Draft, Proposal

Write = Callable[[Sequence[Proposal]], str]
SEPARATOR = "###\n"


def asked_for(proposals: Sequence[Proposal]) -> str:
    text = "###\n"
    for one in proposals:
        text += f"Subtask: {one.title}\nReason: {one.reason}\nExamples:\n{numbered(one.drafts)}###\n"
    return text


def numbered(drafts: Sequence[Draft], separator: str = "") -> str:
    return "".join(f"{separator}{n}. {unnumbered(draft)}" for n, draft in enumerate(drafts, 1))


def unnumbered(draft: Draft) -> str:
    return f"Instruction: {draft.instruction}\nInput: {draft.input or '<noinput>'}\nOutput: {draft.output}\n"


def published(proposals: Sequence[Proposal]) -> str:
    return "\n".join(
        f"New subtask: {one.title}\nReason: {one.reason}\nExamples:\n{numbered(one.drafts, SEPARATOR)}###"
        for one in proposals
    )


def published_without_numbers(proposals: Sequence[Proposal]) -> str:
    text = ""
    for one in proposals:
        text += f"New subtask: {one.title}\nReason: {one.reason}\nExamples:\n###\n"
        for draft in one.drafts:
            text += (
                f"Instruction: {draft.instruction}\nInput: {draft.input or '<noinput>'}\nOutput: {draft.output}\n###\n"
            )
    return text


def bold(proposals: Sequence[Proposal]) -> str:
    text = "Sure! Here are the new subtasks:\n\n"
    for number, one in enumerate(proposals, 1):
        text += f"**New subtask {number}:** {one.title}\n\n**Reason:** {one.reason}\n\n**Examples:**\n\n"
        for n, draft in enumerate(one.drafts, 1):
            text += f"{n}. **Instruction:** {draft.instruction}\n\n**Input:** {draft.input or 'None'}\n\n"
            text += f"**Output:** {draft.output}\n\n"
    return text


def bulleted(proposals: Sequence[Proposal]) -> str:
    text = ""
    for number, one in enumerate(proposals, 1):
        text += f"{number}. Subtask: {one.title}\n- Reason: {one.reason}\n"
        for n, draft in enumerate(one.drafts, 1):
            text += f"Example {n}:\n- Instruction: {draft.instruction}\n- Input: {draft.input or 'N/A'}\n"
            text += f"- Output: {draft.output}\n"
    return text


def headings(proposals: Sequence[Proposal]) -> str:
    text = ""
    for number, one in enumerate(proposals, 1):
        text += f"## Subtask {number}: {one.title}\n\n### Reason\n{one.reason}\n\n"
        for n, draft in enumerate(one.drafts, 1):
            text += f"### Example {n}\n\n#### Instruction\n{draft.instruction}\n\n"
            text += f"#### Input\n{draft.input or '(none)'}\n\n#### Output\n{draft.output}\n\n"
    return text


def beneath(proposals: Sequence[Proposal]) -> str:
    text = ""
    for one in proposals:
        text += f"SUBTASK:\n{one.title}\nREASON:\n{one.reason}\n"
        for draft in one.drafts:
            given = f"INPUT:\n{draft.input}\n" if draft.input else ""
            text += f"INSTRUCTION:\n{draft.instruction}\n{given}OUTPUT:\n{draft.output}\n"
        text += "###\n"
    return text


def chinese(proposals: Sequence[Proposal]) -> str:
    text = "好的，以下是新的子任务：\n\n"
    for one in proposals:
        text += f"新子任务：“{one.title}”\n理由：{one.reason}\n示例：\n"
        for n, draft in enumerate(one.drafts, 1):
            text += f"{n}. 指令：{draft.instruction}\n输入：{draft.input or '无'}\n输出：{draft.output}\n"
    return text


def windows(proposals: Sequence[Proposal]) -> str:
    return asked_for(proposals).replace("\n", "\r\n")


def fenced(proposals: Sequence[Proposal]) -> str:
    return f"Here you are:\n\n```\n{asked_for(proposals)}```\n\nLet me know if you need anything else!"


def as_json(proposals: Sequence[Proposal]) -> str:
    found = [
        {
            "name": one.title,
            "reason": one.reason,
            "examples": [
                {"instruction": draft.instruction, "input": draft.input, "output": draft.output} for draft in one.drafts
            ],
        }
        for one in proposals
    ]
    return json.dumps({"subtasks": found}, ensure_ascii=False)


def json_in_a_fence(proposals: Sequence[Proposal]) -> str:
    return f"Here is the JSON:\n\n```json\n{json.dumps(json.loads(as_json(proposals)), indent=2)}\n```\n"


STYLES: list[Write] = [
    asked_for, published, published_without_numbers, bold, bulleted, headings, beneath, chinese, windows, fenced,
    as_json, json_in_a_fence,
]  # fmt: skip
