"""Texts as vectors, and the choice of vectors that are as far apart as can be. Needs the extra ``embeddings``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tunesmith.errors import UsageError


def embed(texts: Sequence[str], model: str) -> Any:
    """The vectors of texts by a sentence-transformers model, as an array of one row a text.

    Args:
        texts: The texts.
        model: A folder, or a model's name on the hub.

    Raises:
        UsageError: The library is not installed, or there is no such model.
    """
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise UsageError(
            "a model for embeddings needs sentence-transformers; pip install 'tunesmith[embeddings]'"
        ) from None
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        encoder = SentenceTransformer(model)
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise UsageError(f"the model for embeddings {model!r} cannot be loaded: {said}") from None
    return encoder.encode(list(texts), convert_to_numpy=True, show_progress_bar=False)


def farthest_vectors(vectors: Sequence[Any], wanted: int, lots: Sequence[int]) -> list[int]:
    """Choose vectors, each with the smallest cosine to its nearest among those chosen before.

    Args:
        vectors: All of one length; one of zeros is like nothing.
        wanted: How many; not more than there are.
        lots: The order among equals; the first in it is chosen first.

    Returns:
        Their numbers in the order in which they were chosen.

    Raises:
        UsageError: numpy is not installed, or the vectors are not lists of numbers of one length.
    """
    try:
        import numpy as np
    except ImportError:
        raise UsageError("choosing by vectors needs numpy; pip install 'tunesmith[embeddings]'") from None
    try:
        array = np.array(vectors, np.float32)[list(lots)]
        if array.ndim != 2 or not np.isfinite(array).all():
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        what = "the vectors are not lists of numbers that are all of one length; mend the column"
        raise UsageError(what) from None
    norms = np.linalg.norm(array, axis=1, keepdims=True)
    array /= np.where(norms == 0, 1, norms)
    closest = np.full(len(array), -2, np.float32)  # cosines are from -1 to 1
    chosen: list[int] = []
    for _ in range(wanted):
        place = int(closest.argmin())
        chosen.append(lots[place])
        np.maximum(closest, array @ array[place], out=closest)
        closest[place] = 2
    return chosen
