"""Verdicts made into figures: who is better, by which rule, how sure that is, and what the judges' habits are."""

from .outcome import Outcome, outcome, side, together
from .whole import report, report_of_counts, report_of_totals

__all__ = ["Outcome", "outcome", "report", "report_of_counts", "report_of_totals", "side", "together"]
