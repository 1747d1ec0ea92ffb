"""Answers to maths questions: found in what a model wrote, compared with the reference, counted."""

from .equivalence import Equivalence
from .grade import Accuracy, Comparison, Grade, Grader, accuracy, comparisons

__all__ = ["Accuracy", "Comparison", "Equivalence", "Grade", "Grader", "accuracy", "comparisons"]
