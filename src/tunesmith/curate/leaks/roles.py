"""Is this noun phrase a role that a teacher was given? The evidence behind ``leaks``.

The strongest evidence is the expert identity itself (ExpertPrompting, Xu et al. 2023: "You are a botanist with
..."): a phrase that names its head noun, or a role in its field, is the writer speaking of itself. Without it
a closed list of professions and their endings decides, and the caller asks for more signs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from . import words

_CORE_ENDS = re.compile(r"[,，;:.!?。](?=\s|$)|\s(?=I\s|I['’])")
_WORD = re.compile(r"[A-Za-z][\w.&/+#’'-]*|\d[\w+,.-]*")
_IDENTITY = re.compile(
    r"\b(?:you[ ]are|you['’]re|as|act[ ]as|role[ ]of)[ ](?:(?:also|both|now)[ ])?(?:an?|the|one[ ]of[ ]the)[ ]"
    r"([^.;:\n]{1,160})",
    re.I,
)
_ZH_IDENTITY = re.compile(r"(?:是|作[为為]|身[为為]|担任)(?:一[名位个個])?([^，。；,.;\n]{1,60})")
_ADJECTIVE = re.compile(r"(?:ed|ing|al|ful|ive|ic|ate|ent|ant|able|ible|ous|ary|ior|ern|ly|-level|ized|less)$")
STEM = 5


class Grade(IntEnum):
    """How surely a noun phrase names the writer's role."""

    NO = 0
    LIKELY = 1
    SURE = 2
    MACHINE = 3  # "an AI language model": sure, and what follows may be impersonal


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the identity says: head nouns of its roles, stems of its field words, its Chinese roles."""

    given: bool
    heads: frozenset[str]
    stems: frozenset[str]
    chinese: str


def stem(word: str) -> str:
    """Return the first letters of a word: enough to tie "botanist" to "botany"."""
    return word[:STEM].casefold()


def singular(word: str) -> str:
    """Return the singular of a regular plural: "experts" to "expert"."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def read_identity(identity: str) -> Evidence:
    """Read the heads and the field of an identity such as "You are a botanist with 20 years of ..."."""
    identity = identity[:4000]
    heads: set[str] = set()
    for found in _IDENTITY.finditer(identity):
        for piece in re.split(r",| and an? | or an? ", found[1])[:3]:
            heads.update(_heads(_lower(piece), everything=True))
    stems = {
        stem(word)
        for word in _lower(identity)[:120]
        if len(word) >= 4 and word not in words.GENERIC and word not in words.STOPPERS
    }
    chinese = "\n".join(_ZH_IDENTITY.findall(identity)) + "\n" if re.search(r"[\u4e00-\u9fff]", identity) else ""
    return Evidence(bool(identity.strip()), frozenset(heads - words.SOMEBODY), frozenset(stems), chinese)


def grade(phrase: str, evidence: Evidence) -> Grade:
    """Judge what stands after "as a": ``phrase`` starts behind the article and may run on past the role."""
    phrase = phrase[:300]
    tokens = _lower(phrase)
    heads = _heads(_lower(_core(phrase)))
    if not heads:
        return Grade.NO
    head = heads[0]
    if _is_a_thing(tokens, head, own=head in evidence.heads):
        return Grade.NO
    if head in words.SOMEBODY:
        return _somebody(tokens, evidence)
    if _machine(phrase):
        return Grade.MACHINE
    if head in words.NEVER:
        return Grade.NO
    if head in evidence.heads:
        return Grade.SURE
    known = _is_role(head)
    in_core = any(stem(word) in evidence.stems for word in _lower(_core(phrase)) if len(word) >= 4)
    if in_core and (known or head in words.FIELD_ROLES):
        return Grade.SURE
    return Grade.LIKELY if known else Grade.NO


def _is_a_thing(tokens: list[str], head: str, *, own: bool) -> bool:
    """Whether what is recommended bears the role: "as a text editor", "as a tutor for your son".

    "As a chef for 20 years" is a person, and so is the identity's own role, except for "your" sake.
    """
    at = next((number for number, token in enumerate(tokens) if singular(token) == head), -1)
    after = tokens[at + 1 : at + 9]
    if own:
        return after[:2] == ["for", "your"]
    if at > 0 and tokens[at - 1] in words.TOOLS.get(head, ()):
        return True
    return after[:1] == ["for"] and not any(singular(token) in {"year", "decade"} for token in after)


def in_field(phrase: str, evidence: Evidence) -> bool:
    """Whether ``phrase`` uses a field word of the identity."""
    return any(stem(w) in evidence.stems for w in _lower(phrase) if len(w) >= 4 and w not in words.GENERIC)


def skilled(phrase: str) -> bool:
    """Whether ``phrase`` speaks of years, training or expertise."""
    return any(word in words.SKILL_WORDS for word in _lower(phrase))


def role_ends(phrase: str, evidence: Evidence) -> int:
    """Return where the role's last word ends in ``phrase``, 0 if there is none within its first eight words."""
    for number, found in enumerate(_WORD.finditer(phrase[:120])):
        word = singular(found[0].rstrip(".").lower())
        if number >= 8 or word in words.STOPPERS:
            return 0
        if _is_role(word) or word in evidence.heads:
            rest = _WORD.match(phrase, found.end() + 1)
            follower = singular(rest[0].lower()) if rest else ""
            if not (_is_role(follower) or follower in evidence.heads):
                return found.end()
    return 0


def _lower(phrase: str) -> list[str]:
    return [word.rstrip(".'’").lower() for word in _WORD.findall(phrase)]


def _heads(tokens: list[str], *, everything: bool = False) -> list[str]:
    """Head nouns of the first noun phrases: the last word before a preposition, a relative or an "and".

    "experienced and certified dietitian" has one head: what stands before "and" is an adjective.
    """
    heads: list[str] = []
    last = ""
    for number, token in enumerate(tokens[:14]):
        if token in words.STOPPERS and not (token in {"trained", "skilled", "experienced", "renowned"} and not last):
            # "one of the leading experts": the head comes later
            if token == "of" and last == "one":
                last = ""
                continue
            break
        if token in {"and", "or"}:
            if last and not (_ADJECTIVE.search(last) and not _is_role(singular(last))):
                heads.append(singular(last))
                if not everything:
                    return heads
            last = ""
            continue
        if token in {"a", "an", "the"} and number:
            continue
        last = token
    if last:
        heads.append(singular(last))
    return heads


def _core(phrase: str) -> str:
    """Return the noun phrase up to its first comma; a comma between adjectives does not count."""
    for end in _CORE_ENDS.finditer(phrase):
        before = _lower(phrase[: end.start()])
        comma = phrase[end.start()] in ",，"
        if not (comma and before and _ADJECTIVE.search(before[-1]) and not _is_role(singular(before[-1]))):
            return phrase[: end.start()]
    return phrase


def _is_role(word: str) -> bool:
    if word in words.NEVER:
        return False
    if word in words.ROLES or word.rpartition("-")[2] in words.ROLES:
        return True
    return word.endswith(words.ROLE_ENDINGS) and word not in words.NOT_BY_ENDING and len(word) > 6


def _machine(phrase: str) -> bool:
    """Whether the phrase opens with "AI ...", "language model ..." and the like."""
    core: list[str] = []
    for word in _lower(_core(phrase))[:6]:
        if word in words.STOPPERS and word != "based":
            break
        core.append(word)
    return any(w in words.MACHINE_WORDS for w in core) and any(w in words.MACHINE_HEADS for w in core[-3:])


def _somebody(tokens: list[str], evidence: Evidence) -> Grade:
    """Judge "someone who has spent 20 years in X": skill makes it likely, the identity's field makes it sure."""
    if not any(token in words.SKILL_WORDS for token in tokens):
        return Grade.NO
    known = any(stem(w) in evidence.stems or singular(w) in evidence.heads for w in tokens if len(w) >= 4)
    return Grade.SURE if known else Grade.LIKELY
