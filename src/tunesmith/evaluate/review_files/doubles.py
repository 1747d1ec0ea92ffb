"""Reviews and sums that are there twice, and questions that are not there: found over all files, and said."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence

from tunesmith.errors import DataError
from tunesmith.evaluate.reviews import Review

from .answers import Library
from .remarks import Remarks, listed


class Doubles:
    """Lets each review through once."""

    def __init__(self, remarks: Remarks) -> None:
        self._seen: dict[Hashable, Review] = {}
        self._remarks = remarks
        self._twice: dict[str, dict[str, None]] = {}

    def is_new(self, review: Review, key: Hashable) -> bool:
        """Whether it is the first of its kind.

        Args:
            review: A review.
            key: What no two reviews may have in common.

        Raises:
            DataError: An earlier one of the same kind says something else, or it is of a model against itself.
        """
        if review.models[0] == review.models[1]:
            raise DataError(f"{review.where}: a review of {review.models[0]!r} against itself; expected two models")
        known = self._seen.setdefault(key, review)
        if known is review:
            return True
        if _said(known) != _said(review):
            raise DataError(
                f"{review.where}: a second review of question {review.question!r:.60}, {' and '.join(review.models)}, "
                f"which says something else than the one in {known.where}; remove one"
            )
        self._twice.setdefault(_file(review), {})[review.question] = None
        return False

    def remark(self) -> None:
        """Say which were left out."""
        for file, questions in self._twice.items():
            what = "question is" if len(questions) == 1 else "questions are"
            shown = listed(question[:40] for question in questions)
            self._remarks.say(f"{file}: {len(questions):,} {what} there twice and alike ({shown}); counted once")


def _said(review: Review) -> Hashable:
    return review.models, review.sign, review.scores, review.why


def see_that_they_fit_together(reviews: Iterable[Review]) -> None:
    """See that one id means one question, and that a model has one answer to it, wherever these are told.

    Raises:
        DataError: They differ, so that verdicts on different things would be counted as on the same.
    """
    asked: dict[str, tuple[str, str]] = {}
    given: dict[tuple[str, str, str], tuple[str, str]] = {}
    for review in reviews:
        text = " ".join(review.asked.split())
        known, place = asked.setdefault(review.question, (text, review.where))
        if text and known and text != known:
            raise DataError(
                f"{review.where}: the question {review.question!r:.60} is another one than in {place}; give reviews on "
                "different test sets apart"
            )
        if text and not known:
            asked[review.question] = text, review.where
        for model, answer in zip(review.models, review.answers or (), strict=False):
            key = review.question, str(review.facts.get("turn")), model
            known, place = given.setdefault(key, (answer, review.where))
            if answer != known:
                raise DataError(
                    f"{review.where}: the answer of {model} to question {review.question!r:.60} is another one than in "
                    f"{place}; a verdict on one says nothing of the other"
                )


class Sums:
    """Lets each two models' figures through once, be they sums of points, counts or votes."""

    def __init__(self, remarks: Remarks) -> None:
        self._seen: dict[Hashable, tuple[tuple[float, ...], str]] = {}
        self._remarks = remarks

    def are_new(self, what: str, models: tuple[str, str], figures: tuple[float, ...], where: str) -> bool:
        """Whether they are the first of their kind.

        Args:
            what: Their kind.
            models: Whose they are.
            figures: In the order of the models, so that the other way round they are those of the models turned round.
            where: File, and line or name.

        Raises:
            DataError: Earlier ones of the same kind are others.
        """
        first, second = models
        if first > second:
            figures = figures[::-1]
        key = what, frozenset(models)
        if key not in self._seen:
            self._seen[key] = figures, where
            return True
        known, place = self._seen[key]
        told = f"{where}: the {what} of {first} against {second}"
        if known != figures:
            raise DataError(f"{told} are others than in {place}; remove one")
        self._remarks.say(f"{told} are in {place} too, and alike; counted once")
        return False


def _file(review: Review) -> str:
    return review.where.rpartition(", line ")[0] or review.where


def remark_on_gaps(reviews: Sequence[Review], library: Library, remarks: Remarks) -> None:
    """Say which questions some files lack that others have, and which of those that were asked nobody reviewed.

    Raises:
        DataError: A review is of a question that the user's own file of questions does not have.
    """
    found: dict[frozenset[str], dict[str, set[bool | None]]] = {}
    for review in reviews:
        if library.whole and review.question not in library.questions:
            raise DataError(
                f"{review.where}: the question {review.question!r:.60} is not in the file of questions; give the file "
                "that belongs to these reviews"
            )
        pair = found.setdefault(frozenset(review.models), {})
        pair.setdefault(review.question, set()).add(_way(review))
    for models, ways in found.items():
        sets = [*found.values(), *library.asked_together]
        wanted = list(library.questions) if library.whole else list(_asked(ways, sets))
        _remark(remarks, models, [question for question in wanted if question not in ways], len(wanted), "no review")
        single = [question for question, orders in ways.items() if len(orders) == 1 and None not in orders]
        if len(single) < len(ways) and any(len(orders) > 1 for orders in ways.values()):
            _remark(remarks, models, single, len(ways), "reviews in one order only")


def _asked(own: Collection[str], others: Iterable[Collection[str]]) -> dict[str, None]:
    """The questions of two models and of all others on what is clearly the same set: half of the smaller in common."""
    asked = dict.fromkeys(own)
    for other in others:
        if 2 * len({*own} & {*other}) > min(len(own), len(other)):
            asked |= dict.fromkeys(other)
    return asked


def _way(review: Review) -> bool | None:
    """Which of the two came first: the same for the same order of the same two."""
    return review.models[0] < review.models[1] if review.shown else None


def _remark(remarks: Remarks, models: Iterable[str], questions: Sequence[str], of: int, what: str) -> None:
    if questions:
        has = "has" if len(questions) == 1 else "have"
        shown = listed(question[:40] for question in questions)
        remarks.say(f"{' and '.join(sorted(models))}: {len(questions):,} of {of:,} questions {has} {what} ({shown})")
