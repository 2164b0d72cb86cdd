from __future__ import annotations

from typing import Any

import pytest

from pytest_aci.errors import FailedElsewhere, NoCredential, NoRoom
from pytest_aci.plugin.options import SETTINGS

NO_CREDENTIAL = pytest.StashKey[bool]()
"""Set once a test has told which credentials were tried."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Skip instead of fail what has no room in Azure, or no credential for it, if the user wants that."""
    settings = item.config.stash[SETTINGS]
    problem = call.excinfo.value if call.excinfo else None
    skips = (
        (settings.on_capacity, lacks_room(problem)),
        (settings.on_no_credential, isinstance(problem, NoCredential)),
    )
    if isinstance(problem, NoCredential) and settings.on_no_credential == "fail":
        if NO_CREDENTIAL in item.config.stash:  # many tests have the same failure of a dozen lines
            problem.args = (f"No credential for {problem.endpoint}: the first of these failures tells what was tried.",)
        item.config.stash[NO_CREDENTIAL] = True
    if ("skip", True) in skips:
        reason = "no Azure credential" if isinstance(problem, NoCredential) else in_one_line(str(problem))
        call.excinfo = pytest.CallInfo.from_call(lambda: _skip(reason), call.when).excinfo
    return (yield)


def _skip(reason: str) -> None:
    raise pytest.skip.Exception(reason, _use_item_location=True)  # the report shows where the test is, not this line


def in_one_line(text: str) -> str:
    """Return a heading and what stands below it in one line, which is all that pytest shows of a reason to skip."""
    heading, *evidence = text.splitlines()
    return f"{heading} {'; '.join(line.strip() for line in evidence)}".rstrip()


def lacks_room(problem: BaseException | None) -> bool:
    """Whether a group could not be created because no region has room for it, here or in another process."""
    return isinstance(problem, NoRoom) or (isinstance(problem, FailedElsewhere) and problem.is_lack_of_room)
