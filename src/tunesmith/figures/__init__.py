"""Pictures as self-contained SVG: distributions, figures with intervals, parts of a whole, lines; and the same as PNG.

Written by hand, because a plotting library would be most of the installation (docs/decisions/0014-figures.md).
"""

from .axes import Measure
from .bars import Level, bars
from .histogram import HEIGHT, histogram
from .lines import Series, lines
from .panels import Panel, panels
from .png import to_png
from .stacked import LOOKS, Segment, Stack, stacked
from .svg import WIDTH, Bar

__all__ = [
    "HEIGHT",
    "LOOKS",
    "WIDTH",
    "Bar",
    "Level",
    "Measure",
    "Panel",
    "Segment",
    "Series",
    "Stack",
    "bars",
    "histogram",
    "lines",
    "panels",
    "stacked",
    "to_png",
]
