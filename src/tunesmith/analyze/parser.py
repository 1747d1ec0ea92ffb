"""Verbs and nouns as spaCy's parser sees them, for who has a model of it.

Models are no part of spaCy and have to be downloaded, so nothing here is needed: `verbs.verb_noun` does without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Protocol

from tunesmith.errors import UsageError

from .verbs import Pair


class Token(Protocol):
    """What is used of a token of spaCy's."""

    pos_: str
    dep_: str
    lemma_: str

    @property
    def children(self) -> Iterable[Token]:
        """The tokens that depend on it, in the order of the sentence."""


def pair_of(root: Token) -> Pair | None:
    """The verb and noun of a parsed sentence, by the rule of Self-Instruct's published program.

    The verb is the root; if that is no verb, the first verb down the chain of first children. The noun is the first
    that is its direct object.
    """
    token: Token | None = root
    while token is not None and token.pos_ != "VERB":
        token = next(iter(token.children), None)
    if token is None:
        return None
    for child in token.children:
        if child.dep_ in ("dobj", "obj") and child.pos_ == "NOUN":
            return token.lemma_.lower(), child.lemma_.lower()
    return None


def parsed_by(model: str) -> Callable[[str], Pair | None]:
    """What reads the verb and noun of an instruction's first sentence with a model for spaCy.

    Args:
        model: Its name, such as ``en_core_web_sm``, or the folder that holds it.

    Raises:
        UsageError: spaCy or the model is not installed, or the model does not parse.
    """
    try:
        spacy = import_module("spacy")
    except ImportError:
        raise UsageError("reading verbs with a parser needs spaCy: pip install spacy") from None
    try:
        language: Any = spacy.load(model)
    except OSError:
        raise UsageError(
            f"spaCy has no model {model!r}; install it (python -m spacy download {model}), or go without"
        ) from None
    if "parser" not in language.pipe_names:
        raise UsageError(
            f"the model {model!r} does not parse sentences; it has {', '.join(language.pipe_names) or '-'}"
        )

    def read(instruction: str) -> Pair | None:
        sentence = next(iter(language(instruction.strip()).sents), None)
        return None if sentence is None else pair_of(sentence.root)

    return read
