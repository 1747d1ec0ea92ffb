"""Whether a task is about the wording of its material, which must then stay in the language in which it is."""

from __future__ import annotations

import re

_ABOUT = re.compile(
    r"""\b(?:spell\w*|misspell\w*|typos?|proof-?read\w*|gramma\w*|punctuat\w*|capitali[sz]\w*
      | (?:upper|lower)[ -]?case\w*
      | re-?arrang\w*|re-?order\w*|reorgani[sz]e\w*\ the\ (?:words|letters|sentence)|arrange\ the\ (?:words|letters)
      | (?:un)?scrambl\w*|jumbled|anagrams?|palindromes?
      | synonym\w*|antonym\w*|homo(?:nym|phone)s?|rhym\w*|alliterat\w*
      | (?:ad)?verbs?|(?:pro)?nouns?|adjectives?|prepositions?
      | conjunctions?|interjections?|participles?|gerunds?|clauses?
      | subjects?\ and\ predicates?|parts?[ -]of[ -]speech|(?:past|present|future|verb)\ (?:\w+\ )?tenses?|tenses?
      | plurals?|singular|conjugat\w*|syllab\w*|prefix\w*|suffix\w*|vowels?|consonants?|letters?\ in|first\ letters?
      | (?:passive|active)\ (?:voice|form)|pronunciation|pronounc\w*|phonetic\w*|contractions?|idioms?|blanks?
      | translat\w*|English|acronyms?|abbreviat\w*|bold(?:ed)?\ words?|word\ (?:count|order|choice)
      | strings?|regex|regular\ expression|case-insensitive|pig\ latin|morse|cipher|encrypt\w*|characters\ in
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


def about_wording(task: str) -> bool:
    """Whether an English instruction asks about words rather than about what they say: spelling, grammar ..."""
    return bool(_ABOUT.search(task))
