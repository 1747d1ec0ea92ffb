"""Whether a text is a translation of another, as far as that can be told without knowing either language.

Told are: spans that must not change (`spans`), the writing system (`scripts`), stretches that were left as they were,
remarks around it (`remarks`), a refusal, and a length that no translation has. What is prose is judged outside of
protected spans, lines of code that both texts have, and quotations that both have: "Find the verb in 'He runs'" may
keep its English quotation. Words may stay as well where the task is about them (`wording`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tunesmith.curate.refusals import declines, may_decline

from .code_lines import without_code_lines
from .remarks import remark_around
from .scripts import WITHOUT_BLANKS, Token, amounts, has_words, not_in, tokens, writing_of
from .spans import altered, outside, protected
from .wording import about_wording

_QUOTED = re.compile(
    r"“([^”]*)”|\"([^\"\n]*)\"|「([^」]*)」|『([^』]*)』|‘([^’]*)’|«([^»]*)»|《([^》]*)》|(?<!\w)'([^'\n]*)'(?!\w)"
)
_LINKING = {"a", "an", "and", "de", "der", "for", "in", "la", "of", "on", "the", "to", "van", "von"}
_WITHIN_A_RUN = re.compile(r"[ \t,'’\-\d.]*")
_CHARACTERS = 5  # of a script without blanks: an idiom has four
_RUN, _COPIED_RUN = 3, 6  # words in a row that were left as they were: in another script, in the same one
_LONGEST, _SHORTEST = (
    (5.0, 30),
    0.12,
)  # a translation's length by the source's: no more than 5 times and 30, no less than


def untranslated(source: str, translation: str, language: str, keep: Sequence[str] = (), may_stay: bool = False) -> str:
    """Why one text is no translation of the other into the language; nothing if it may be one.

    Args:
        source: The text to be translated.
        translation: What a teacher made of it.
        language: The language that it should be in, by its English name.
        keep: Words that must stay, besides what `spans.protected` finds.
        may_stay: Whether words of the source may be left as they were, some or all: the task is about its wording.
    """
    if declines(translation) and not may_decline(source):
        return "a refusal instead of a translation"
    if changes := altered(source, translation, keep):
        return "changed what must stay: " + "; ".join(changes[:3]) + (" ..." if len(changes) > 3 else "")
    if remark := remark_around(source, translation, language):
        return remark
    was, now = (prose(text, other, keep) for text, other in ((source, translation), (translation, source)))
    if not amounts(was):
        return "" if not amounts(now) else "words where the source has none"
    if translation.split() == source.split():
        return "" if may_stay else "left as it was"
    if problem := _length(sum(amounts(was).values()), sum(amounts(now).values())):
        return problem
    if may_stay and not _foreign(now, language) - _foreign(was, language):
        return ""
    return _not_translated(was, now, language)


def _length(before: int, after: int) -> str:
    """Whether a translation is longer or shorter than any is."""
    if after > _LONGEST[0] * before + _LONGEST[1]:
        return "much longer than its source: an answer rather than a translation"
    return "nearly nothing is left of it" if after < _SHORTEST * before else ""


def _not_translated(was: str, now: str, language: str) -> str:
    """Which prose is in another language, as a whole or in part; nothing if none can be told to be."""
    if problem := not_in(amounts(_without_names(now, was)), language, 0.4):
        return problem
    run = _left_as_it_was(now, was, language)
    return f"left untranslated: {run!r}" if run else ""


def prose(text: str, other: str, keep: Sequence[str] = ()) -> str:
    """What is to be judged of a text: all but what must stay, and but code and quotations that the other has too."""
    theirs = {_quoted(found) for found in _QUOTED.finditer(other)}
    spared = _QUOTED.sub(lambda found: " \0 " if _quoted(found) in theirs else found[0], text)
    if about_wording(text) or about_wording(other):
        spared = _without_material(spared, other)
    spared = without_code_lines(spared, other)
    left = outside(spared, protected(spared, keep), "\0")
    if not has_words(left):  # nothing but a quotation: then it is what was to be translated
        left = outside(text, protected(text, keep), "\0")
    return left


def only_names(text: str) -> bool:
    """Whether a text may well be a list of names, which many languages leave as they are: all words capitalised."""
    found = list(tokens(text))
    words = [token.text for token in found]
    capital = all(word[0].isupper() or word in _LINKING for word in words)
    return len(words) <= 40 and capital and ". " not in text and not _is_shouted(text, found)


def same_names(one: str, other: str) -> bool:
    """Whether two texts are lists of the same names, whatever signs stand between them."""
    return only_names(one) and [token.text for token in tokens(one)] == [token.text for token in tokens(other)]


def _quoted(found: re.Match[str]) -> str:
    return " ".join(next((part for part in found.groups() if part is not None), "").split())


def _foreign(text: str, language: str) -> Counter[str]:
    """The words in another script than the language's."""
    writing = writing_of(language)
    return Counter(token.text for token in tokens(text) if writing and token.script not in writing.own)


def _without_material(text: str, other: str) -> str:
    """The text without what stands behind its last colon, if the other ends likewise: what the task is about."""
    (head, sign, tail), (_, _, theirs) = (re.sub("：", ":", one).rpartition(":") for one in (text, other))
    return head + sign + " \0" if sign and tail.split() == theirs.split() else text


def _without_names(text: str, source: str) -> str:
    """The text without capitalised words that the source has too, as long as something else is left."""
    found = list(tokens(text))
    theirs = {token.text for token in tokens(source)}
    names = [token for token in found if token.text[0].isupper() and token.text in theirs]
    if len(names) == len(found) or _is_shouted(text, names):
        return text
    parts, at = [], 0
    for name in names:
        parts.append(text[at : name.start])
        at = name.end
    return " ".join([*parts, text[at:]])


def _is_shouted(text: str, words: Sequence[Token]) -> bool:
    """Whether more than three words in a row, with only blanks between them, are all capitals: a sentence, no names."""
    row = 0
    for at, word in enumerate(words):
        follows = at > 0 and text[words[at - 1].end : word.start].isspace()
        row = (row if follows else 0) + 1 if word.text.isupper() else 0
        if row > 3:
            return True
    return False


def _left_as_it_was(text: str, source: str, language: str) -> str:
    """A stretch of words in another script than the language's, or, where both share one, that the source has too."""
    writing = writing_of(language)
    own = writing.own if writing else frozenset()
    # Between languages of one script, and for one that is not in the table, only what the source has too is telling.
    shared = writing is None or bool(own & amounts(source).keys())
    words = [token.text for token in tokens(source)]
    theirs = {tuple(words[at : at + _COPIED_RUN]) for at in range(len(words) - _COPIED_RUN + 1)}
    for run in _runs(text, frozenset() if shared else own):
        if shared:
            for at in range(len(run) - _COPIED_RUN + 1):
                some = run[at : at + _COPIED_RUN]
                if tuple(token.text for token in some) in theirs and _common(some) >= _RUN:
                    return " ".join(token.text for token in some)
        elif len(run) >= (_CHARACTERS if run[0].script in WITHOUT_BLANKS else _RUN) and (
            (_common(run) >= 2 or _is_shouted(text, run)) and not _in_brackets(text, run, own, len(words))
        ):
            return " ".join(token.text for token in run[:8])
    return ""


def _runs(text: str, own: frozenset[str]) -> Iterator[list[Token]]:
    """Words in a row that are in none of the language's own scripts, with nothing but blanks and commas between."""
    run: list[Token] = []
    for token in tokens(text):
        if run and (token.script in own or not _WITHIN_A_RUN.fullmatch(text, run[-1].end, token.start)):
            yield run
            run = []
        if token.script not in own:
            run.append(token)
    if run:
        yield run


def _common(run: Sequence[Token]) -> int:
    """How many words are no names: not capitalised, or of a script that has no capitals."""
    return sum(not token.text[0].isupper() for token in run)


def _in_brackets(text: str, run: Sequence[Token], own: frozenset[str], whole: int) -> bool:
    """Whether the run is a term put in brackets behind its translation, and not the source as a whole."""
    before = text[: run[0].start].rstrip()
    term = before[:-1].rstrip(" \"'”’」』》*")
    behind = next(iter(tokens(term[-1:])), None)
    return before[-1:] in ("(", "（") and behind is not None and behind.script in own and len(run) <= min(6, whole - 1)
