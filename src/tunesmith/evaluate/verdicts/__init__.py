"""Verdicts made into figures: who is better, by which rule, how sure that is, and what the judges' habits are."""

from .whole import report, report_of_counts, report_of_totals

__all__ = ["report", "report_of_counts", "report_of_totals"]
