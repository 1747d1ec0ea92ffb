"""Between two models and an honest sentence about which is better: reviews, verdicts, maths, ROUGE, people's votes."""

from .findings import (
    Agreement,
    ContestReport,
    Group,
    LengthBias,
    Rates,
    Report,
    Standing,
    Tally,
)
from .reviews import Bout, Contest, Counts, Review, Totals, Verdict, contests_of

__all__ = [
    "Agreement",
    "Bout",
    "Contest",
    "ContestReport",
    "Counts",
    "Group",
    "LengthBias",
    "Rates",
    "Report",
    "Review",
    "Standing",
    "Tally",
    "Totals",
    "Verdict",
    "contests_of",
]
