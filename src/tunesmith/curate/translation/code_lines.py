"""Whether a text is a program's source although nobody put it between fences."""

from __future__ import annotations

import re

_LINE = re.compile(
    r"""^\s*(?:
        (?:def|class)\s+\w+.*:\s*$
      | def\s+\w+\s*\(.*\)\s*:.*$ | (?:for|while|if|elif|with|except|try|else|finally)\b[^.!?]*:\s*$
      | (?:import\s+[\w.]+(?:\s+as\s+\w+)?|from\s+[\w.]+\s+import\s.+)$ | return\b\s*[\w\[({'"-].{0,60}$
      | (?:public|private|protected|static|const|let|var|function)\b.*[;{)}=].*$
      | (?:void|int|float|double|char|String|bool|boolean)\b.*[;{)}=].*$
      | \#include\b.* | \#!/.* | (?:SELECT|select)\b.*\b(?:FROM|from)\b.*
      | (?:FROM|WHERE|ORDER\ BY|GROUP\ BY|INSERT\ INTO|UPDATE|CREATE\ TABLE)\b.*
      | [\w.\[\]'"]+\s*(?:[-+*/%]|//|\*\*)?=\s*\S[^.!?]*$            # an assignment
      | [A-Za-z_][\w.]*\(.*\);?\s*$                                   # a call
      | </?[A-Za-z!][^>]*>.*$ | .*</[A-Za-z][\w]*>\s*$                # a mark-up language
      | [\[\](){}<>,;\s]+$ | .*[()=\[\]<>"'+].*[;{}]\s*$
      | (?:print|console\.log|System\.out\.print(?:ln)?|echo|pass|break|continue)\b[^a-z]*.{0,80}$
    )""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"^\s*(?://|#|/\*|\*|--\s)")


def is_code(text: str) -> bool:
    """Whether most lines of a text look like source code, and the first or last of them does; prose hardly ever."""
    lines = [line for line in text.splitlines() if line.strip() and not _COMMENT.match(line)]
    if not lines:
        return False
    looks = [bool(_LINE.match(line)) for line in lines]
    return sum(looks) >= 0.6 * len(lines) and (looks[0] or looks[-1])


def without_code_lines(text: str, like: str) -> str:
    """The text without lines of code that stand in ``like`` as well, so that its prose can be judged."""
    theirs = {line.strip() for line in like.splitlines() if _LINE.match(line) or _COMMENT.match(line)}
    return "\n".join(line for line in text.splitlines() if line.strip() not in theirs)
