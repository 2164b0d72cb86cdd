from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aci.emulator.runtimes.base import GroupPlan
from pytest_aci.emulator.runtimes.closing import Closing, close_all
from tests.emulator.fake_runtime import FakeRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

pytestmark = pytest.mark.asyncio


def failing(times: int) -> tuple[Callable[[], Coroutine[Any, Any, None]], list[int]]:
    """A job that fails so many times, and the list of its runs."""
    runs: list[int] = []

    async def job() -> None:
        runs.append(len(runs))
        await asyncio.sleep(0)
        if len(runs) <= times:
            raise RuntimeError("not now")

    return job, runs


async def test_closes_once() -> None:
    """Whoever awaits it, also after its end, shares one run."""
    job, runs = failing(0)
    closing = Closing(job)
    await asyncio.gather(closing(), closing())
    await closing()
    assert runs == [0]


async def test_closes_again_after_a_failure() -> None:
    """All who await a run that fails are told; the next one runs it again."""
    job, runs = failing(1)
    closing = Closing(job)
    outcomes = await asyncio.gather(closing(), closing(), return_exceptions=True)
    assert [str(each) for each in outcomes] == ["not now", "not now"]
    await closing()
    assert runs == [0, 1]


async def test_goes_on_when_its_caller_is_cancelled() -> None:
    """A caller that is cancelled does not cancel what others rely on."""
    job, runs = failing(0)
    closing = Closing(job)
    caller = asyncio.create_task(closing())
    await asyncio.sleep(0)
    caller.cancel()
    await closing()
    assert runs == [0]


async def test_one_failure_keeps_no_other_from_closing(caplog: pytest.LogCaptureFixture) -> None:
    """Of several sandboxes the one that can not be closed is logged, and the others are closed."""
    runtime = FakeRuntime()
    sandboxes = [await runtime.open(GroupPlan(str(number))) for number in range(3)]
    sandboxes[0].close = failing(9)[0]  # type: ignore[method-assign] # a sandbox that fails
    await close_all(sandboxes)
    assert runtime.open_sandboxes == {sandboxes[0]}
    assert [each.getMessage() for each in caplog.records] == ["A container group could not be removed"]
