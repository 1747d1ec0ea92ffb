"""Read subtasks and examples out of a reply that is text.

The lines that begin a part are found first; then it is decided which of them are the teacher's own and which stand in
a text of its: an example's parts come in the order instruction, input, output, in one dress, and what begins the next
example looks like what began the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import words
from .labels import Label, find_labels, is_rule, is_separator, next_lines
from .parts import Draft, Proposal, clean_title, make_draft, make_proposal
from .words import EXAMPLE, EXAMPLES, INPUT, INSTRUCTION, OUTPUT, REASON, SEPARATOR, SUBTASK


@dataclass(slots=True)
class Found:
    """What stands in a reply: subtasks, and what is said outside of all parts."""

    proposals: list[Proposal]
    aside: str


@dataclass(slots=True)
class _Task:
    """A subtask in the making; the examples before the first one belong to one without a label."""

    label: Label | None = None
    title: str = ""
    reason: str = ""
    drafts: list[Draft] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """A part from its first line up to the next one's."""

    kind: str
    start: int
    end: int = 0


def read_text(text: str, cut_off: bool, subtasks: bool, label_first: bool = False) -> Found:
    """Read a reply that is text.

    Args:
        text: The reply.
        cut_off: Whether it was ended by length.
        subtasks: Whether any are expected, or only examples.
        label_first: Whether outputs may stand before inputs.
    """
    lines = text.split("\n")
    labels = find_labels(lines, cut_off, label_first)
    if cut_off and (label := labels[-1]) and label.kind == SEPARATOR:
        labels[-1] = None  # it may have been the beginning of a heading
    blocks = list(_Walk(lines, labels, subtasks).blocks())
    aside: list[str] = []
    tasks = [_Task()]
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        last = after is None
        if block.kind == EXAMPLE:
            parts = _parts_of(labels, block, label_first)
            tasks[-1].drafts.append(_example(lines, block.end, parts, aside if last else None, cut_off and last))
            continue
        label = labels[block.start] if block.kind else None
        value = _value(lines, label, block.start, block.end)
        if last and block.kind in (SUBTASK, REASON):
            value = _without_remark(value, aside)
        if block.kind == SUBTASK:
            title, _, more = value.partition("\n\n")
            tasks.append(_Task(label, clean_title(title), more.strip()))
        elif block.kind == REASON:
            if tasks[-1].label is None:
                tasks.append(_Task(label))
            tasks[-1].reason = "\n\n".join(part for part in (tasks[-1].reason, value) if part)
        elif value and not subtasks and tasks[-1].drafts and after and block.kind == after.kind == SEPARATOR:
            tasks[-1].drafts.append(make_draft("", "", value))  # nothing is said between two examples: it is one
        else:
            aside.append(value)
    return Found(list(_proposals(tasks, cut_off, aside)), "\n\n".join(part for part in aside if part))


def _proposals(tasks: list[_Task], cut_off: bool, aside: list[str]) -> Iterator[Proposal]:
    for task in tasks:
        if task.label is None and not task.drafts:
            continue
        cut = cut_off and task is tasks[-1]
        if not task.drafts and not cut and (words.means_nothing(task.title) or words.says_nothing_more(task.title)):
            aside.append(task.title)
        else:
            yield make_proposal(task.title, task.reason, task.drafts, "cut off" if cut else "")


class _Walk:
    """Goes down a reply once and says where its parts begin."""

    def __init__(self, lines: list[str], labels: list[Label | None], subtasks: bool) -> None:
        self._lines, self._labels, self._subtasks = lines, labels, subtasks
        self._following = next_lines(lines)
        self._next_kind = [""] * len(lines)
        kind = ""
        for place in range(len(lines) - 1, -1, -1):
            self._next_kind[place] = kind
            if (label := labels[place]) and label.kind != SEPARATOR:
                kind = label.kind
        self._state = ""  # the kind of the block that is open; "" outside of all
        self._seen: set[str] = set()  # labels of the example that is open
        self._first: dict[str, Label] = {}  # the first label of a kind, which the others should look like
        self._task_seen: set[str] = set()  # parts of the subtask that is open

    def blocks(self) -> Iterator[_Block]:
        """The parts in order; of kind ``""`` where nothing or a separator was before a text."""
        block = _Block("", 0)
        for place, label in enumerate(self._labels):
            if label is None:
                continue
            kind = self._begun(place, label)
            if kind is None:
                self._seen.add(label.kind)
                continue
            block.end = place
            if block.end > block.start:
                yield block
            block = _Block(kind, place)
            self._state = kind if kind in (SUBTASK, REASON, EXAMPLE) else ""
            self._seen = {label.kind}
            self._note(kind, label)
        block.end = len(self._lines)
        yield block

    def _note(self, kind: str, label: Label) -> None:
        if kind == SUBTASK:
            self._task_seen = set()
            self._first.pop(INSTRUCTION, None)
        self._task_seen.add(kind)
        self._first.setdefault(label.kind, label)

    def _begun(self, place: int, label: Label) -> str | None:
        """Which part begins with a label; None if it is a word in a text, or goes on with the open example."""
        state = self._state
        inside = state == EXAMPLE
        below = self._below(place)
        if label.kind == SEPARATOR:
            after = self._next_kind[place]  # "Input:\n###\n...\n###\nOutput:" is one example
            goes_on = after in (INPUT, OUTPUT) and not self._seen & {after, OUTPUT}
            return None if inside and goes_on else SEPARATOR
        if label.kind == SUBTASK:
            return SUBTASK if self._begins_subtask(place, label) else None
        if label.kind == REASON:
            open_to_it = not inside and not self._task_seen & {REASON, EXAMPLE}
            return REASON if self._subtasks and open_to_it else None
        if label.kind == EXAMPLES:
            begins = below in (INSTRUCTION, EXAMPLE, SEPARATOR) and not label.rest
            return EXAMPLES if not inside or begins else None
        if label.kind == EXAMPLE:
            return EXAMPLES if not inside or OUTPUT in self._seen or below == INSTRUCTION else None
        if label.kind == INSTRUCTION:
            return EXAMPLE if not inside or self._begins_example(place, label) else None
        return EXAMPLE if state == "" else None

    def _begins_subtask(self, place: int, label: Label) -> bool:
        inside = self._state in (EXAMPLE, REASON)
        if not inside:
            return True
        if self._next_kind[place] in (INPUT, OUTPUT):
            return False
        first = self._first.get(SUBTASK)
        alike = first is not None and first.dress == label.dress
        return alike or self._subtasks and self._after_a_gap(place)

    def _begins_example(self, place: int, label: Label) -> bool:
        first = self._first.get(INSTRUCTION)
        if first is None or (first.dress == label.dress and (label.number or not first.number)):
            return True
        return self._after_a_gap(place) and self._next_kind[place] in (INPUT, OUTPUT)

    def _below(self, place: int) -> str:
        below = self._following[place]
        label = self._labels[below] if below < len(self._lines) else None
        return label.kind if label else ""

    def _after_a_gap(self, place: int) -> bool:
        return place == 0 or not self._lines[place - 1].strip()


def _parts_of(labels: list[Label | None], block: _Block, label_first: bool) -> list[tuple[int, Label]]:
    """The labels of an example that begin a part of it, in their order, with their places."""
    within = [(place, label) for place in range(block.start, block.end) if (label := labels[place])]
    inputs = [one for one in within if one[1].kind == INPUT]
    outputs = [one for one in within if one[1].kind == OUTPUT]
    input_first = bool(inputs) and (not outputs or inputs[0][0] < outputs[0][0])
    output = _most_alike(outputs, inputs[0] if input_first else within[0])
    if label_first and output and not input_first:
        given = _most_alike([one for one in inputs if one[0] > output[0]], output)
    else:
        given = _most_alike([one for one in inputs if output is None or one[0] < output[0]], within[0])
    first = within[0] if within[0][1].kind == INSTRUCTION else None
    return sorted((one for one in (first, given, output) if one), key=lambda one: one[0])


def _example(
    lines: list[str], end: int, parts: list[tuple[int, Label]], aside: list[str] | None, cut_off: bool
) -> Draft:
    """An example of its parts. ``aside`` takes what the teacher says after it, where it is the last one."""
    ends = [*(place for place, _ in parts[1:]), end]
    text = {label.kind: _value(lines, label, place, until) for (place, label), until in zip(parts, ends, strict=True)}
    if aside is not None and parts and parts[-1][1].kind != INSTRUCTION:
        text[parts[-1][1].kind] = _without_remark(text[parts[-1][1].kind], aside)
    return make_draft(
        text.get(INSTRUCTION, ""), text.get(INPUT, ""), text.get(OUTPUT, ""), "cut off" if cut_off else ""
    )


def _most_alike(candidates: list[tuple[int, Label]], like: tuple[int, Label]) -> tuple[int, Label] | None:
    """The first of the labels that are marked like another of the example, else the first that stands like it."""
    model = like[1]
    return min(
        candidates,
        key=lambda one: (one[1].dress != model.dress, model.kind == INPUT and one[1].indent != model.indent),
        default=None,
    )


def _value(lines: list[str], label: Label | None, start: int, end: int) -> str:
    """The text of a part, without what separates it from the next one."""
    if label is None:
        return "\n".join(lines[start:end]).strip()
    start += 1
    while start < end and is_separator(lines[start]):
        start += 1
    below = lines[start:end]
    while below and (not below[-1].strip() or is_rule(below[-1]) or is_separator(below[-1])):
        below.pop()
    if label.hanging:
        blanks = min((len(line) - len(line.lstrip()) for line in below if line.strip()), default=0)
        if blanks <= label.hanging:  # more of them belong to the text
            below = [line[blanks:] for line in below]
    text = "\n".join([label.rest, *below]) if label.rest else "\n".join(below).strip("\n")
    text = text.rstrip()
    if text.endswith(" ###") or text.endswith("\n###"):
        text = text[:-4].rstrip()
    return text if not label.rest and text.lstrip() != text and "\n" in text else text.strip()


def _without_remark(text: str, aside: list[str]) -> str:
    """The text without a last paragraph that is the teacher's own word to us."""
    kept, _, paragraph = text.rpartition("\n\n")
    above = kept.rstrip().rpartition("\n")[2]
    if not kept or not words.is_remark(paragraph, is_rule(above)):
        return text
    aside.append(paragraph)
    kept = kept.rstrip()
    return kept.rpartition("\n")[0].rstrip() if is_rule(above) else kept
