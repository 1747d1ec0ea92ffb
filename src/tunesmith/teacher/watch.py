"""Who is told what happens while a teacher is asked, so that it can be shown."""

from __future__ import annotations

from .teacher import Teacher


class Watch:
    """Told what happens, for whoever wants to show it. This one shows nothing."""

    def step(self, label: str, rows: int, teacher: Teacher | None, unit: str = "rows") -> None:
        """A step begins, over so many rows, or whatever else it counts."""

    def row(self) -> None:
        """The fate of a row at the step is settled."""

    def notice(self, text: str) -> None:
        """Something that the user should know."""
