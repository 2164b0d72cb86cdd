from __future__ import annotations

import pytest

from tests.chaos.crash_points import Case, play, sample

# Points of a run with two shared groups; the long form is `python -m tests.chaos.crash_points`.
GROUPS, POINTS, SIZE, SEED = 2, 20, 10, 4


@pytest.mark.parametrize("case", sample(POINTS, SIZE, SEED), ids=str)
def test_a_crash(case: Case) -> None:
    """Wherever and however a run crashes, nothing is left afterwards, and the decoys are untouched."""
    result = play(case, GROUPS)
    assert result.struck, result.said
    assert result.leaks == ()
    assert result.decoys
