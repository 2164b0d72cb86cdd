from __future__ import annotations

from pathlib import Path

from pytest_aci.frames import LIBRARIES, PACKAGE, level_outside

HERE = Path(__file__).parent


def asked(*folders: Path) -> int:
    """Ask as a module does whose warning is to point elsewhere."""
    return level_outside(folders)


def test_the_nearest_caller_outside_is_found() -> None:
    """Levels count as `warnings.warn` counts them: 1 is who asks, if it is outside itself."""
    assert asked(PACKAGE, *LIBRARIES) == 1
    assert asked(HERE) > 2  # neither `asked` nor this test


def test_where_all_callers_are_inside_it_is_the_outermost() -> None:
    """A warning always has a place."""
    assert asked(HERE.parent, *LIBRARIES) > asked(HERE)
