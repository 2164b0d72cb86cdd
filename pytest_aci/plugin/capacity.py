from __future__ import annotations

from typing import Any

import pytest

from pytest_aci.plugin.options import SETTINGS


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Skip instead of fail what no region has room for, if the user wants that."""
    problem = call.excinfo.value if call.excinfo else None
    if item.config.stash[SETTINGS].on_capacity == "skip" and lacks_room(problem):
        reason = str(problem)
        call.excinfo = pytest.CallInfo.from_call(lambda: pytest.skip(reason), call.when).excinfo
    return (yield)


def lacks_room(problem: BaseException | None) -> bool:
    """Whether a group could not be created because no region has room for it, here or in another process."""
    if problem is None:
        return False
    from pytest_aci.errors import FailedElsewhere, NoRoom  # noqa: PLC0415 # not loaded by suites without containers

    return isinstance(problem, NoRoom) or (isinstance(problem, FailedElsewhere) and problem.is_lack_of_room)
