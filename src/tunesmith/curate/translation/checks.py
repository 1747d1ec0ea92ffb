"""Whether a text is a translation of another, as far as that can be told without knowing either language.

Told are: spans that must not change (`spans`), the writing system (`scripts`), stretches that were left as they were, a
remark in front, and a length that no translation has. What is prose is judged outside of protected spans, lines of code
that both texts have, and quotations that both have: "Find the verb in 'He runs'" may keep its English quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .code_lines import without_code_lines
from .scripts import Token, amounts, has_words, not_in, tokens, writing_of
from .spans import altered, outside, protected

_QUOTED = re.compile(
    r"“([^”]*)”|\"([^\"\n]*)\"|「([^」]*)」|『([^』]*)』|‘([^’]*)’|«([^»]*)»|《([^》]*)》|(?<!\w)'([^'\n]*)'(?!\w)"
)
_REMARK = re.compile(
    r"\W*(?:(?:sure|certainly|of course|okay|absolutely|gladly)\b[^\n]{0,80}[:!.,]"
    r"|here(?:['’]s| is| are)\b[^\n]{0,80}\btranslat\w*[^\n]{0,60}:|(?:the |my )?translat(?:ion|ed)\b[^\n]{0,60}:"
    r"|(?:好的|当然|没问题)[^\n]{0,12}[，,：:！!]|(?:以下|下面|这)是?[^\n]{0,16}(?:翻译|译文)[^\n]{0,12}[：:]|(?:翻译|译文)[^\n]{0,8}[：:])",
    re.IGNORECASE,
)
_LINKING = {"a", "an", "and", "de", "der", "for", "in", "la", "of", "on", "the", "to", "van", "von"}
_WITHIN_A_RUN = re.compile(r"[ \t,'’\-\d.]*")
_RUN, _COPIED_RUN = 3, 6  # words in a row that were left as they were: in another script, in the same one
_LONGEST, _SHORTEST = (
    (5.0, 30),
    0.12,
)  # a translation's length by the source's: no more than 5 times and 30, no less than


def untranslated(source: str, translation: str, language: str, keep: Sequence[str] = ()) -> str:
    """Why one text is no translation of the other into the language; nothing if it may be one.

    Args:
        source: The text to be translated.
        translation: What a teacher made of it.
        language: The language that it should be in, by its English name.
        keep: Words that must stay, besides what `spans.protected` finds.
    """
    if changes := altered(source, translation, keep):
        return "changed what must stay: " + "; ".join(changes[:3]) + (" ..." if len(changes) > 3 else "")
    if _REMARK.match(translation) and not _REMARK.match(source):
        return "a remark stands before the translation"
    was, now = (prose(text, other, keep) for text, other in ((source, translation), (translation, source)))
    if not amounts(was):
        return "" if not amounts(now) else "words where the source has none"
    if translation.split() == source.split():
        return "left as it was"
    before, after = sum(amounts(was).values()), sum(amounts(now).values())
    if after > _LONGEST[0] * before + _LONGEST[1]:
        return "much longer than its source: an answer rather than a translation"
    if after < _SHORTEST * before:
        return "nearly nothing is left of it"
    if problem := not_in(amounts(now), language, 0.4):
        return problem
    if run := _left_as_it_was(now, was, language):
        return f"left untranslated: {run!r}"
    return ""


def prose(text: str, other: str, keep: Sequence[str] = ()) -> str:
    """What is to be judged of a text: all but what must stay, and but code and quotations that the other has too."""
    theirs = {_quoted(found) for found in _QUOTED.finditer(other)}
    spared = _QUOTED.sub(lambda found: " \0 " if _quoted(found) in theirs else found[0], text)
    spared = without_code_lines(spared, other)
    left = outside(spared, protected(spared, keep), "\0")
    if not has_words(left):  # nothing but a quotation: then it is what was to be translated
        left = outside(text, protected(text, keep), "\0")
    return left


def only_names(text: str) -> bool:
    """Whether a text may well be a list of names, which many languages leave as they are: all words capitalised."""
    words = [token.text for token in tokens(text)]
    return len(words) <= 40 and all(word[0].isupper() or word in _LINKING for word in words) and ". " not in text


def _quoted(found: re.Match[str]) -> str:
    return " ".join(next((part for part in found.groups() if part is not None), "").split())


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
        elif len(run) >= _RUN and _common(run) >= 2 and not _in_brackets(text, run, own):
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


def _in_brackets(text: str, run: Sequence[Token], own: frozenset[str]) -> bool:
    """Whether the run is a term put in brackets behind its translation."""
    before = text[: run[0].start].rstrip()
    behind = next(iter(tokens(before[-2:-1])), None)
    return before[-1:] in ("(", "（") and behind is not None and behind.script in own and len(run) <= 6
