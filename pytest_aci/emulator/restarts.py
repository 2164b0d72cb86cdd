"""When a container is started again, how long the pause is, and what its group's state is called: pure rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .records import InstanceView

AZURE_BACK_OFF = 10
"""Seconds of Azure's first back-off, which is what the wording shows whatever the emulator's own pause is."""
AZURE_LIMIT = 300


def restarts(policy: str, exit_code: int) -> bool:
    """Whether a container that ended is started again."""
    return policy == "Always" or (policy == "OnFailure" and exit_code != 0)


def pause(restart_count: int, first: float, limit: float) -> float:
    """Seconds before the next start of a container that was restarted *restart_count* times.

    Azure starts it again 2 s after the first exit, 10 s after the second, and doubles from there; *first* stands for
    the 10 s.
    """
    if restart_count == 0:
        return min(first / 5, limit)
    return min(first * 2.0 ** min(restart_count - 1, 30), limit)


def back_off_detail(restart_count: int) -> str:
    """The detail status of a container that waits for its next start, with Azure's nominal seconds."""
    seconds = min(AZURE_BACK_OFF * 2 ** min(max(restart_count - 1, 0), 30), AZURE_LIMIT)
    return f"CrashLoopBackOff: Back-off {seconds}s restarting failed"


def group_state(policy: str, views: Iterable[InstanceView]) -> str:
    """`Running` while any container runs or will run again, else `Succeeded`, or `Failed` if one exited non-zero."""
    codes: list[int] = []
    for view in views:
        current = view.current
        if current is None or current.state != "Terminated" or current.exit_code is None:
            return "Running"
        if restarts(policy, current.exit_code):
            return "Running"
        codes.append(current.exit_code)
    return "Failed" if any(codes) else "Succeeded"
