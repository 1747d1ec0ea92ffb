"""Test sets: what each is and where it is had, one small YAML file a set; how its file is read, fetched and verified.

A source ``testset:NAME`` is the published file, from the cache or fetched; ``testset:NAME=PATH`` is a copy of one's
own; ``testset:FILE.yaml`` is a set of one's own that is described in the same way. Rows have the set's own ids, and the
right answer, where it is known, is the ``reference``: as an ``output`` it would be taken for a model's answer.
"""

from .copies import cached_file, differences, digest_of, fetched, file_of, hints_on, keep
from .described import PREFIX, QuestionSet, known_sets, load_set, named
from .shapes import published_shape, shape_of_set

__all__ = [
    "PREFIX",
    "QuestionSet",
    "cached_file",
    "differences",
    "digest_of",
    "fetched",
    "file_of",
    "hints_on",
    "keep",
    "known_sets",
    "load_set",
    "named",
    "published_shape",
    "shape_of_set",
]
