"""What a fault rule has in mind for one request or one transition: facts only, empty by default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """How a transition of a group, or the deletion of a resource group, is to go wrong.

    Attributes:
        seconds: How much longer it takes.
        outcome: `stuck`, `Failed` or `Canceled`; empty for its natural course.
        code: The code of the error that `Failed` reports.
        message: Its message.
    """

    seconds: float = 0.0
    outcome: str = ""
    code: str = "Failed"
    message: str = ""


NATURAL = Script()
