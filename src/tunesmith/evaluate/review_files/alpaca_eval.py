"""AlpacaEval's annotations: a preference between two outputs (Li et al., 2023).

The judge saw the outputs in an order drawn by lot, and the preference was put back: the order shown is not known.
``preference`` is 1 or 2 for the output preferred; a tie is 0 in older files and 1.5 in newer ones, which also have
shares in between (the judge's own probability of the second).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from tunesmith.data.json_text import described
from tunesmith.evaluate.reviews import Review

from .context import Context
from .numbers import number_in
from .source import SourceRow

_TIES = (0.0, 1.5)
_NO_FACTS = frozenset(
    {
        "instruction",
        "output_1",
        "output_2",
        "generator_1",
        "generator_2",
        "annotator",
        "preference",
        "price_per_example",
        "time_per_example",
        "time_per_annotation",
        "raw_completion",
        "annotator_index",
    }
)


def read_alpaca_eval(sources: Sequence[SourceRow], context: Context) -> Iterator[Review]:
    """Read one file.

    Raises:
        DataError: It is damaged.
    """
    shares: list[float] = []
    for source in sources:
        models = source.text("generator_1"), source.text("generator_2")
        context.baselines[models[0]] = None
        asked = source.text("instruction")
        known = context.review(source, asked, models, context.answers_in(source, ("output_1", "output_2")))
        preference = _preference(source, context)
        if preference is not None:
            shares.append(0.5 if preference in _TIES else preference - 1)
        yield replace(
            known,
            sign=_sign(preference),
            judge=source.text_or_nothing("annotator"),
            shown=False,
            facts={**source.facts(_NO_FACTS), **known.facts},
            asked=asked,
            why="" if preference is None else f"preference {preference:g}",
        )
    if any(share not in (0, 0.5, 1) for share in shares):
        context.remarks.say(
            f"{sources[0].file}: preferences between 1 and 2 count as wins of the nearer side; their mean, which "
            f"AlpacaEval calls the win rate, is {100 * fmean(shares):.4f} %"
        )


def _sign(preference: float | None) -> int | None:
    if preference is None:
        return None
    return 0 if preference in _TIES else 1 if preference < 1.5 else -1


def _preference(source: SourceRow, context: Context) -> float | None:
    given = source.row.get("preference")
    if given is None:
        context.remarks.add(source, "no preference; the review counts as unreadable")
        return None
    number = number_in(given)
    if number is None or (number != 0 and not 1 <= number <= 2):
        raise source.damaged(f"'preference' is {described(given)}; expected a number from 1 to 2, or 0 for a tie")
    return number
