"""Answers that do nothing but decline."""

import json
from pathlib import Path
from typing import Any

import pytest

from tunesmith.curate.refusals import declines


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't assist with that.",
        "I’m sorry, but I cannot help with that request. If you have any other questions, feel free to ask!",
        "I am very sorry, but as an AI language model, I am not able to provide medical advice.",
        "As an AI language model, I cannot generate explicit content.",
        "Unfortunately, I am unable to fulfill this request as it goes against my guidelines.",
        "I can't help you create that. It could hurt somebody.",
        "I won't write that.",
        "Sorry, the task involves audio output. Due to the model, we cannot complete this task.",
        "抱歉，我无法提供这方面的帮助。",
        "很抱歉，我不能协助完成这个请求。如果您有其他问题，请随时告诉我。",
        "对不起，作为一个人工智能语言模型，我无法回答这个问题。",
        "作为一个AI语言模型，我无法提供个人意见。",
        "我不能帮您写这封信。",
        "抱歉，这个问题我无法回答。",
        "我拒绝回答这个问题。",
        "抱歉，我無法協助完成此請求。",
        "對不起，作為一個人工智能語言模型，我無法回答這個問題。",
    ],
)
def test_refusals(answer: str) -> None:
    assert declines(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I'm sorry to hear that. Is there anything I can do to help?",
        "I'm sorry, but I can't make it to the party on Friday.",
        "Unfortunately, the meeting was cancelled.",
        "I can't believe it!",
        "I cannot provide medical advice. However, here are some general tips:\n1. Drink water.\n2. Rest.",
        "I can't write the whole book, but I can give you an outline:\n\nChapter one ...",
        "As an AI language model, I do not have feelings. In general, people are happy when they are with friends.",
        "我不能来参加你的婚礼，祝你们幸福。",
        "抱歉，让您久等了。",
        "很遗憾，我们无法参加会议。",
        "对不起，我昨天说的话伤害了你。",
        "I cannot help but smile when I think of it.",
        "I can't help feeling that it is late.",
        "I can't write left-handed, said Tom.",
        "抱歉，我无法完成这个项目，请把截止日期推迟到下周五。",
    ],
)
def test_answers(answer: str) -> None:
    assert not declines(answer)


def test_what_declines_in_alpaca(alpaca: list[dict[str, Any]]) -> None:
    """All of them read: no other answer of Alpaca's 52,002 is taken for a refusal."""
    found = [number for number, row in enumerate(alpaca) if declines(row["output"])]
    assert found == [
        7216, 14885, 19917, 20703, 21863, 21868, 27866, 31986, 34406, 36073, 38008, 41162, 43790, 43962, 43965, 43966,
        46382, 47258,
    ]  # fmt: skip


def test_answers_of_other_models(shared: Path) -> None:
    texts = []
    for file in sorted((shared / "fastchat" / "answers").iterdir()):
        texts += [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(texts) > 200
    assert [text for text in texts if declines(text)] == []
