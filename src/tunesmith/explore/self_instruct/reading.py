"""Read the tasks of a Self-Instruct reply.

The form that Alpaca's prompt asks for is read first, to the letter: blocks between lines of ``###``, in each of them
"4. Instruction:", "4. Input:" and "4. Output:". The reply begins in the middle of the first, as the request ends with
its label. For a classification task the output comes before the input, as in Self-Instruct. A reply that is not of this
form throughout is read like any list of examples (``reading/``), so that a task that cannot be made out is one with a
problem.
"""

from __future__ import annotations

import re
from itertools import pairwise

from tunesmith.explore.reading import Draft, read_drafts
from tunesmith.explore.reading.parts import make_draft

_SEPARATOR = re.compile(r"^[ \t]*###[ \t]*$", re.M)
_BEGINS = re.compile(r"\s*(?:[\[{`]|(?:#{2,6}\s*)?[*_]{0,2}(?:\d{1,6}[.)]\s*)?[*_]{0,2}(?:Instruction|指令)\b)", re.I)
_NUMBERED = re.compile(r"^[ \t]*(\d{1,6})\.\s+(Instruction|Input|Output):", re.M)
_INSTRUCTION = re.compile(r"^[ \t]*[*_]{0,2}(?:\d{1,6}[.)][ \t]*)?[*_]{0,2}Instruction[*_]{0,2}:", re.M | re.I)


def read_tasks(text: str, cut_off: bool = False, begun: int = 0, label_first: bool = False) -> tuple[Draft, ...]:
    """The tasks of a reply, in their order.

    Args:
        text: The reply.
        cut_off: Whether it was ended by length. The last task is then not to be used, however whole it looks.
        begun: The number of the task with whose label the request ended, which the reply goes on from; 0 if with none.
        label_first: Whether outputs stand before inputs.

    Raises:
        Unreadable: There is none.
    """
    if begun and not _BEGINS.match(text):  # a model that chats may well repeat the label
        text = f"{begun}. Instruction:{text}"
    blocks = _blocks(text)
    drafts = [_numbered(block) for block in blocks]
    found = [draft for draft in drafts if draft is not None]
    if not found or len(found) < len(drafts):
        return read_drafts(text, cut_off, label_first)
    if cut_off and not _SEPARATOR.search(text.rstrip("\n").rpartition("\n")[2]):
        found[-1] = Draft(found[-1].instruction, found[-1].input, found[-1].output, "cut off")
    return tuple(found)


def _blocks(text: str) -> list[str]:
    """The reply in pieces of one task each; by the numbers of the instructions where there are no separators."""
    blocks = [block for block in _SEPARATOR.split(text) if block.strip()]
    if len(blocks) > 1:
        return blocks
    text = _SEPARATOR.sub("", text)
    starts = [0, *(label.start() for label in _INSTRUCTION.finditer(text)), len(text)]
    return [block for start, end in pairwise(starts) if (block := text[start:end]).strip()]


def _numbered(block: str) -> Draft | None:
    """A task whose three parts all have its number, in either order; None if it is not written like this."""
    first = _NUMBERED.match(block.lstrip())
    if first is None:
        return None
    pieces = re.split(rf"(?<!\d){first[1]}\.\s+(Instruction|Input|Output):", block)
    if pieces[0].strip() or pieces[1::2] not in (
        ["Instruction", "Input", "Output"],
        ["Instruction", "Output", "Input"],
    ):
        return None
    parts = dict(zip(pieces[1::2], map(str.strip, pieces[2::2]), strict=True))
    return make_draft(parts["Instruction"], parts["Input"], parts["Output"])
