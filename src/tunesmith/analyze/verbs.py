"""The verb of an instruction and the noun that it acts on, as Self-Instruct counts the variety of its data.

Self-Instruct (Wang et al. 2022, figure 3) and Explore-Instruct (Wan et al. 2023) parse the first sentence and take its
root verb with the noun that is its direct object. This does the same without a parser, from lists of words and the
order in which English puts them; `parser.parsed_by` uses a parser where there is one. Why, and how often it is right:
docs/decisions/0018-verb-noun-pairs.md.
"""

from __future__ import annotations

from .clause import main_clause
from .sentence import first_sentence

Pair = tuple[str, str]
"""A verb and a noun, both in lower case and as in a dictionary."""


def verb_noun(instruction: str) -> Pair | None:
    """The verb of an English instruction and the noun that is its direct object.

    Only the first sentence is read, as is usual with this measure.

    Returns:
        ``None`` where there is no such verb, or its object is no noun: a pronoun, a name, a number, a clause.
    """
    found = main_clause(first_sentence(instruction))
    return None if found is None or found[1] is None else (found[0], found[1])


def is_english(text: str) -> bool:
    """Whether most letters of a text are those of the English alphabet; false where it has none."""
    letters = [character for character in text if character.isalpha()]
    return bool(letters) and sum(character.isascii() for character in letters) > len(letters) / 2
