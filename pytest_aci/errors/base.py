from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class AciError(Exception):
    """The root of everything pytest-aci raises on its own account.

    A subclass takes facts, keeps them as attributes and builds its sentence from them:
    what happened, what is known, what to do next.
    """

    def __init_subclass__(cls) -> None:
        """Call every error by the place from which people import it, also where a traceback has little room."""
        cls.__module__ = "pytest_aci.errors"


def with_evidence(sentence: str, evidence: Sequence[str]) -> str:
    """Return a sentence with each line of evidence below it."""
    return "\n".join([sentence, *(f"  {line}" for line in evidence)])


def listed(lines: Sequence[str], most: int) -> str:
    """The first lines, each on its own, and how many more there are."""
    more = [f"... and {len(lines) - most} more"] if len(lines) > most else []
    return "".join(f"\n    {line}" for line in [*lines[:most], *more])
