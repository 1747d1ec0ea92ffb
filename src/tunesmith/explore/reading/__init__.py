"""Read what a teacher proposes: subtasks with a reason and examples, or examples alone.

Teachers answer in JSON where they are made to, and in text where not: numbered, bulleted, in headings, in bold, in
English or Chinese, with parts missing and cut off by length. What can be read is read; a part that cannot be used says
why in its ``problem``, and a reply without any is ``Unreadable``, to be asked again.
"""

from __future__ import annotations

import re

from tunesmith.errors import Unreadable

from .from_json import FoundJson, read_json
from .from_text import Found, read_text
from .parts import Draft, Proposal, Proposals
from .words import says_nothing_more

__all__ = ["Draft", "Proposal", "Proposals", "read_drafts", "read_proposals", "says_nothing_more"]

_LINE_END = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_THINKING = re.compile(r"<(think|thinking|thought)>", re.I)
_LONGEST_FAREWELL = 2000


def read_proposals(text: str, cut_off: bool = False) -> Proposals:
    """Read the subtasks of a reply.

    Args:
        text: The reply.
        cut_off: Whether it was ended by length. The example in which it ends is then not to be used, nor the subtask
            if it has no whole example; what an ``###`` has closed is whole.

    Returns:
        The subtasks in their order, and whether the teacher says that there are no (more). Takes time linear in the
        length of the text.

    Raises:
        Unreadable: There is neither a subtask nor word that there are none.
    """
    text = _tidy(text)
    found = read_json(text)
    if found is None:
        read = read_text(text, cut_off, subtasks=True)
        proposals, nothing_more = read.proposals, says_nothing_more(read.aside)
        short = len(text) <= _LONGEST_FAREWELL
        if not proposals and not (short and nothing_more):
            raise Unreadable("neither a subtask nor word that there are no more" if text else "an empty reply")
    else:
        proposals, nothing_more = found.proposals, found.nothing_more
    if proposals and all(proposal.problem == "no name" for proposal in proposals):
        raise Unreadable("examples, but no subtask that they belong to")
    return Proposals(tuple(proposals), nothing_more)


def read_drafts(text: str, cut_off: bool = False, label_first: bool = False) -> tuple[Draft, ...]:
    """Read the examples of a reply, in their order.

    Args:
        text: The reply.
        cut_off: Whether it was ended by length. The example in which it ends is then not to be used.
        label_first: Whether outputs may stand before inputs, as in classification tasks.

    Raises:
        Unreadable: There is none.
    """
    text = _tidy(text)
    found: FoundJson | Found | None = read_json(text)
    if found is None:
        found = read_text(text, cut_off, subtasks=False, label_first=label_first)
    drafts = tuple(draft for proposal in found.proposals for draft in proposal.drafts)
    if not drafts:
        raise Unreadable("no example in the reply" if text else "an empty reply")
    return drafts


def _tidy(text: str) -> str:
    """The reply with one kind of line end and without the thinking before it."""
    text = _LINE_END.sub("\n", text).lstrip("\ufeff \n\t")
    if thinking := _THINKING.match(text):
        _, ended, text = text.partition(f"</{thinking[1]}>")
        if not ended:
            raise Unreadable("the thinking never ends")
    return text.strip() + "\n" * (text.endswith("\n") and not text.isspace())
