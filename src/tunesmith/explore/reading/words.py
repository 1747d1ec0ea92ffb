"""The words that teachers use: labels of the parts, for "there is no input", for "there are no more subtasks"."""

from __future__ import annotations

import re

SUBTASK, REASON, EXAMPLES, EXAMPLE = "subtask", "reason", "examples", "example"
INSTRUCTION, INPUT, OUTPUT, SEPARATOR = "instruction", "input", "output", "separator"

LABELS: dict[str, tuple[str, ...]] = {
    SUBTASK: ("subtask", "sub-task", "sub task", "task name", "new task", "子任务", "新任务", "任务名称"),
    REASON: ("reason", "rationale", "justification", "理由", "原因"),
    EXAMPLES: ("examples", "示例", "例子", "样例", "举例"),
    EXAMPLE: ("example", "例"),
    INSTRUCTION: ("instruction", "指令", "指示"),
    INPUT: ("input", "输入"),
    OUTPUT: ("output", "输出"),
}
"""What our prompts and the published ones ask for, and its translations."""

SPARE_LABELS: dict[str, tuple[str, ...]] = {
    SUBTASK: ("task", "title", "name", "任务", "名称", "标题"),
    INSTRUCTION: ("instructions", "question", "prompt", "query", "problem", "问题", "题目", "提问"),
    INPUT: ("inputs", "context", "上下文", "背景"),
    OUTPUT: ("outputs", "response", "answer", "solution", "completion", "回答", "答案", "回复", "响应"),
}
"""What some teachers write instead; believed only in a reply that has none of the labels above for the part."""

CLASS_LABELS = ("class label", "label", "class", "类别", "标签")
"""What an output may be called, likewise, where classification tasks are expected; elsewhere it is a word in a text."""

_NO_INPUT = re.compile(
    r"""(?:
        <?\s?no[\s_-]?input\s?>?(?:\s?[(（].{0,200}[)）])?
      | (?:none|nil|null|nothing|empty|n\s?/\s?a|n\.a|na|not\s(?:applicable|required|needed|necessary)|[-–—]{1,3})
        (?:\s?[(（].{0,200}[)）])?
      | none\s(?:is\s)?(?:required|needed|necessary|provided|given)
      | (?:there\sis\s)?no\s(?:additional\s|further\s|specific\s|extra\s)?(?:input|context)
        (?:\s(?:is|was))?(?:\s(?:required|needed|necessary|provided|given|available))?
        (?:\s(?:for|by|in|with)\s(?:this|the)\s(?:instruction|task|example|question|problem))?
      | (?:无|没有|空|不适用|无需|不需要)(?:需)?(?:任何|额外)?(?:的)?(?:输入|提供输入)?(?:内容)?
    )""",
    re.I | re.X,
)
_AROUND = " \t\n*_`\"'“”<>()[]{}（）【】.。!"

_MORE = r"(?:more|further|other|additional|new|missing|remaining|extra|essential|necessary|obvious)"
_TASKS = r"(?:sub-?\s?)?(?:tasks?|branch(?:es)?|additions?|suggestions?)"
_NOTHING = re.compile(
    rf"""
      (?:\bno|(?:\bnot|n['’]t|\bcannot|\bnor)\s(?:[a-z]{{1,9}}\s){{0,3}}any)\s
        (?:{_MORE}(?:,?\s(?:and\s|or\s)?{_MORE}){{0,2}}\s{_TASKS}|sub-?\s?tasks?(?:\s(?:is|are))?\s
        (?:missing|needed|required|left|remain(?:ing)?|to\s(?:add|propose|suggest)))\b
    | \bnothing\s(?:more|else|further|new)?\s?(?:is|to|needs|was|seems|left|remains)\b
        (?:\s(?:to|be|be\sadded|added|add|missing|propose|suggest|left|needed|required)){{1,3}}
    | \b(?:list|tree|decomposition|set|breakdown|coverage|subtasks|children|branches)\s
        (?:of\s(?:existing\s)?subtasks\s)?(?:is|are|looks?|seems?|appears?)\s
        (?:to\sbe\s)?(?:already\s|now\s|thus\s|therefore\s|quite\s){{0,2}}(?:complete|comprehensive|exhaustive)\b
    | (?:没有|无|无需|不需要|不再需要|不存在)[^，。；、]{{0,4}}
        (?:更多|其他|其它|新|增加|补充|额外|进一步|缺失|遗漏)[^，。；、]{{0,8}}任务
    | (?:没有|无)(?:任何)?(?:缺失|遗漏)
    | (?:已经?|列表)(?:是)?(?:很|非常)?(?:完整|全面|齐全)
    """,
    re.I | re.X,
)
_BARE_NOTHING = re.compile(
    r"(?:(?:new\s)?sub-?tasks?:\s?)?(?:none|nothing|nothing\s(?:more|else|is\smissing|missing)|no|n/a|no\smore|complete"
    r"|no\ssub-?tasks|none\s(?:needed|required|missing|left)|(?:the\slist\sis\s)?complete|没有了?|无|没有子任务|无子任务)",
    re.I,
)
_REMARK = re.compile(
    r"(?:(?:please\s)?let\sme\sknow|i\shope|hope|feel\sfree|please\sfeel\sfree|would\syou\slike|if\syou|these|all\s(?:of\s)?these"
    r"|the\sabove|note|in\stotal|each\s(?:of\sthese\s)?|希望|如果|以上|如需|请告诉我)",
    re.I,
)
_SPEAKS_OF_THE_REPLY = re.compile(r"\b(?:examples?|sub-?tasks?)\b|示例|例子|子任务", re.I)


def means_no_input(text: str) -> bool:
    """Whether an input says that there is none."""
    if len(text) > 300:
        return False
    words = " ".join(text.split())
    bare = words.strip(_AROUND)
    return not bare and "_" not in text or any(_NO_INPUT.fullmatch(way) for way in (bare, words.strip("*`\"'. ")))


def means_nothing(text: str) -> bool:
    """Whether a title, or a reply of a few words, says that there is no subtask."""
    return len(text) < 200 and bool(_BARE_NOTHING.fullmatch(" ".join(text.strip(_AROUND + ",;:").split())))


def says_nothing_more(text: str) -> bool:
    """Whether a text outside of all parts says that there are no (more) subtasks."""
    return any(means_nothing(line) for line in text.split("\n")[:200] if line.strip()) or bool(
        _NOTHING.search(" ".join(text.split()))
    )


def is_remark(paragraph: str, apart: bool) -> bool:
    """Whether a last paragraph is the teacher's own word to us; ``apart`` if a line drawn across sets it off.

    Without one it must speak of examples or subtasks: a letter may well end in "Let me know if you have questions".
    """
    if len(paragraph) > 500 or "\n" in paragraph.strip():
        return False
    told = _REMARK.match(paragraph.strip("*_ ")) is not None
    return (
        told
        and (apart or _SPEAKS_OF_THE_REPLY.search(paragraph) is not None)
        or bool(_SPEAKS_OF_THE_REPLY.search(paragraph) and says_nothing_more(paragraph))
    )
