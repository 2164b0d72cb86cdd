from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The one of *choices* that *word* was most likely meant to be, if any is near."""
    folded = word.casefold()
    by_folded = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(folded, by_folded, n=1)
    longer = [choice for choice in by_folded if folded and (choice.startswith(folded) or folded.startswith(choice))]
    return next((by_folded[choice] for choice in (*close, *longer)), None)


def name_like(value: object, longest: int = 63) -> str | None:
    """A valid container name that resembles *value*; None if nothing of it can stay."""
    if not isinstance(value, str):
        return None
    return re.sub(r"[^a-z0-9-]+", "-", value.lower())[:longest].strip("-") or None


def label_like(value: object, longest: int) -> str | None:
    """A valid DNS label of 5 to *longest* characters that resembles *value*; None if nothing of it can stay."""
    name = name_like(value, longest)
    if name is None:
        return None
    letter_first = name if name[0].isalpha() else f"n{name}"[:longest].rstrip("-")
    return letter_first if len(letter_first) >= 5 else f"{letter_first}-test"  # noqa: PLR2004 # Azure's least
