"""Pictures of scores as self-contained SVG: one distribution with a threshold, or several below each other.

Written by hand, because a plotting library would be most of the installation (docs/decisions/0014-figures.md).
"""

from .histogram import HEIGHT, histogram
from .panels import Panel, panels
from .svg import WIDTH, Bar

__all__ = ["HEIGHT", "WIDTH", "Bar", "Panel", "histogram", "panels"]
